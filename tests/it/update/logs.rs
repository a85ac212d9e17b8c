//! The log of a job: how it opens, what its keys do, and late news.

use std::sync::Arc;

use chrono::TimeDelta;
use flowlens::{
    domain::{
        check::{CheckOutcome, Detail},
        files::Files,
        hub::{HubAsk, HubNews},
        log::{Attempt, Job, LogAsk, LogNews, LogReader, Withheld},
    },
    tui::{
        action::BINDINGS,
        effect::{Effect, HostCall, ServiceCall},
        keymap::Keymap,
        model::Model,
        msg::Msg,
        overlay::Overlay,
        translate::translate,
    },
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use super::{after, look, notice, send, text};
use crate::support::{
    board::{
        self, answer, change, check_of, gate, job, key, keys, log_ask, log_text, open_log, pass, pull,
        tell_check, tell_log,
    },
    screen,
};

fn opened() -> Model {
    let mut model = board::model(100, 30);
    open_log(&mut model);
    tell_log(&mut model);
    model
}

/// What the screen shows.
fn shown(model: &Model) -> Vec<String> {
    let theme = flowlens::tui::theme::Theme { color: true, ascii: false, wide_glyphs: false };
    let keymap = Keymap::default();
    let text = screen::draw(model.size.0, model.size.1, |frame| {
        flowlens::tui::view::draw(model, &keymap, &theme, frame);
    });
    screen::lines_of(&text).into_iter().take(usize::from(model.size.1)).collect()
}

/// The line at the cursor.
fn here(model: &Model) -> String {
    let line = shown(model).into_iter().find(|line| line.starts_with('▌')).unwrap_or_default();
    line.trim_start_matches('▌').trim().to_owned()
}

fn asked(effects: &[Effect]) -> Option<&HubAsk> {
    effects.iter().find_map(|effect| match effect {
        Effect::Service(ServiceCall::Hub(ask)) => Some(ask),
        _ => None,
    })
}

#[test]
fn the_failing_checks_log_is_asked_for_and_no_longer_read_when_it_is_left() {
    let mut model = board::model(100, 30);
    assert_eq!(asked(&keys(&mut model, "L")), None, "it runs elsewhere");
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.contains("runs elsewhere")));
    let mut detail: Detail = board::detail_of(None);
    detail.checks[0].url = Some("https://github.com/acme/api/actions/runs/11/job/22".to_owned());
    send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    assert_eq!(asked(&keys(&mut model, "L")), Some(&HubAsk::Log(log_ask())));
    assert!(look(&model)["overlay"].starts_with("log "));
    assert_eq!(asked(&keys(&mut model, "<esc>")), Some(&HubAsk::NoLog));
    assert!(model.overlay.is_none());
    // From its own screen, too: the check under the cursor.
    keys(&mut model, "<enter>G");
    assert_eq!(asked(&keys(&mut model, "<enter>")), Some(&HubAsk::Log(log_ask())));
    tell_log(&mut model);
    let effects = keys(&mut model, "g<enter>");
    assert!(model.overlay.is_none(), "an annotation's place is on the tab of files");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Service(ServiceCall::Files(..)))));
    keys(&mut model, "<esc>");
    // Late news open nothing.
    send(&mut model, Msg::Hub(HubNews::Log(log_ask(), LogNews::Reading(1))));
    assert!(model.overlay.is_none());
}

#[test]
fn the_cursor_goes_from_error_to_error_and_unfolds_what_it_finds() {
    let mut model = opened();
    assert!(here(&model).starts_with("✗ session::refresh: left: 3"), "{}", here(&model));
    for (pressed, starts) in [
        ("]", "✗ session::expiry: timed out"),
        ("]", "✗ Process completed with exit code 101."),
        ("]", "✗ Process completed"),
        ("[[", "✗ session::refresh: left"),
        ("j", "thread 'session::refresh' panicked"),
        // The step folds, and opens again.
        ("<enter>", "▸ ✗ Run cargo test"),
        ("<space>", "▾ ✗ Run cargo test"),
        ("g", "✗ src/auth/session.rs:118"),
        ("G", "▸ ● Complete job"),
        ("Z", "▸ ● Complete job"),
        // In a folded group of a folded step.
        ("/ubuntu-24<enter>", "Image: ubuntu-24.04"),
        ("n", "Image: ubuntu-24.04"),
        ("<esc>g<down>", "◆ Node.js 20 actions"),
        ("<enter>", "◆ Node.js 20 actions"),
    ] {
        keys(&mut model, pressed);
        assert!(
            here(&model).starts_with(starts),
            "{pressed}: {:?}\n{}",
            here(&model),
            shown(&model).join("\n")
        );
    }
    let effects = keys(&mut model, "<up><enter>");
    assert!(
        look(&model)["overlay"].starts_with("files #421 0.0 src/auth/session.rs:118"),
        "{}",
        look(&model)["overlay"]
    );
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Service(ServiceCall::Files(..)))));
    keys(&mut model, "<esc>");
    assert!(here(&model).starts_with("✗ src/auth/session.rs:118"), "back: {}", here(&model));
}

/// Whatever its place among the files, and whether they are read already or not.
#[test]
fn an_annotation_leads_to_its_line_among_many_files() {
    let file = |n: usize| {
        let name = if n == 250 { "src/auth/session.rs".to_owned() } else { format!("src/a{n:03}.rs") };
        let lines = (100..160).fold(String::new(), |lines, line| lines + &format!("+{name} {line}\n"));
        json!({"filename": name, "status": "modified", "additions": 60, "deletions": 0,
            "patch": format!("@@ -100,0 +100,60 @@\n{lines}")})
    };
    let many = (0..300).map(file).collect::<serde_json::Value>().to_string();
    let mut model = board::model(100, 30);
    let mut detail: Detail = board::detail_of(None);
    detail.checks[0].url = Some("https://github.com/acme/api/actions/runs/11/job/22".to_owned());
    send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    for before in ["<enter>G<enter>", "gggg1G<enter>"] {
        keys(&mut model, before);
        tell_log(&mut model);
        if keys(&mut model, "g<enter>")
            .iter()
            .any(|effect| matches!(effect, Effect::Service(ServiceCall::Files(..))))
        {
            send(&mut model, Msg::Files(key(1, 421), None, Ok(Files::parse(Some(&many)))));
        }
        let screen = shown(&model).join("\n");
        assert!(screen.contains("src/auth/session.rs 118"), "{before}: {screen}");
        assert!(model.pull.files.as_ref().is_some_and(|files| files.cursor == 250), "{before}");
        assert!(
            screen.lines().any(|line| line.contains('▌') && line.contains("session.rs")),
            "{before}: {screen}"
        );
    }
}

#[test]
fn lines_and_groups_are_copied_and_pages_opened() {
    let mut model = opened();
    let copied = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Host(HostCall::Copy(text)) => Some(text),
            _ => None,
        })
    };
    let line = "session::refresh: left: 3, right: 4, src/auth/session.rs:118";
    assert_eq!(copied(keys(&mut model, "y")).as_deref(), Some(line));
    let step = copied(keys(&mut model, "<enter>y")).expect("a step");
    assert!(step.starts_with("Run cargo test") && step.ends_with("exit code 101."), "{step}");
    assert!(step.lines().count() > 20 && !step.contains('\u{1b}'));
    let page = "https://github.com/acme/api/actions/runs/11/job/22".to_owned();
    assert_eq!(copied(keys(&mut model, "Y")), Some(page.clone()));
    let opened = keys(&mut model, "o");
    assert!(opened.contains(&Effect::Service(ServiceCall::Open(page))), "{opened:?}");
    assert!(look(&model)["overlay"].starts_with("log"), "it stays");
}

#[test]
fn earlier_attempts_are_asked_for_in_turn() {
    let mut model = opened();
    let first = LogAsk { attempt: Some(Attempt { run: 11, number: 1 }), ..log_ask() };
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(first.clone())));
    // Those of the one before are late.
    tell_log(&mut model);
    assert!(shown(&model)[3].contains("Asking GitHub"), "{:?}", shown(&model));
    let old = Job { attempt: first.attempt, ..job() };
    send(&mut model, Msg::Hub(HubNews::Log(first, LogNews::Job(Box::new(old)))));
    assert!(shown(&model)[1].contains("attempt 1 of 2"), "{}", shown(&model)[1]);
    assert!(text(&model).contains("e newest"), "none is before it: {}", text(&model));
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(log_ask())));
}

#[test]
fn a_newer_attempt_is_told_of_and_shown_by_a_key() {
    let mut model = opened();
    let before = here(&model);
    let place = |model: &Model| shown(model).iter().position(|line| line.starts_with('▌'));
    let was = place(&model);
    tell_check(&mut model, check_of(22, 2, CheckOutcome::Failed));
    assert!(!shown(&model)[2].contains("attempt"), "it is shown");
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Running));
    assert_eq!(shown(&model)[2].trim_end(), " attempt 3 has run for 12s · e shows it");
    assert_eq!((here(&model), place(&model)), (before, was), "nothing else moves");
    assert!(model.deadline() - model.now <= TimeDelta::seconds(1), "its seconds count");
    pass(&mut model, 3);
    assert_eq!(shown(&model)[2].trim_end(), " attempt 3 has run for 15s · e shows it");
    // Behind the menu, and behind several results, they go on.
    keys(&mut model, "a");
    answer(&mut model, 421, gate());
    assert!(model.deadline() - model.now <= TimeDelta::seconds(1), "its seconds count");
    pass(&mut model, 2);
    keys(&mut model, "fy");
    pass(&mut model, 2);
    assert!(model.deadline() - model.now <= TimeDelta::seconds(1), "its seconds count");
    assert_eq!(shown(&model)[2].trim_end(), " attempt 3 has run for 19s · e shows it");
    keys(&mut model, "<esc>");
    let newer = LogAsk { job: 23, ..log_ask() };
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(newer.clone())));
    // It is read by now, but GitHub gives no log of what runs: its end is told of, too.
    let runs = Job { id: 23, status: "in_progress".to_owned(), conclusion: None, ..job() };
    for news in [LogNews::Job(Box::new(runs)), LogNews::Withheld(Withheld::Running)] {
        send(&mut model, Msg::Hub(HubNews::Log(newer.clone(), news)));
    }
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Running));
    assert!(!shown(&model)[2].contains("attempt"), "{:?}", shown(&model));
    // Over it, the menu hides nothing of the news.
    keys(&mut model, "a");
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Passed));
    keys(&mut model, "<esc>");
    assert_eq!(shown(&model)[2].trim_end(), " attempt 3 passed · e shows it");
    let said = shown(&model).join("\n");
    assert!(said.contains("It has ended since") && !said.contains("still running"), "{said}");
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(newer)));
}

/// Nothing fails while it runs again: what is wanted is its log, and until that is written the one before.
#[test]
fn the_log_of_a_check_that_runs_again_leads_to_the_attempt_before() {
    let mut model = board::model(100, 30);
    tell_check(&mut model, check_of(23, 1, CheckOutcome::Running));
    assert_eq!(asked(&keys(&mut model, "L")), None, "nothing has failed yet");
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Running));
    let newest = LogAsk { job: 23, ..log_ask() };
    assert_eq!(asked(&keys(&mut model, "L")), Some(&HubAsk::Log(newest.clone())));
    let attempt = |number| Some(Attempt { run: 11, number });
    let runs =
        Job { id: 23, attempt: attempt(3), status: "in_progress".to_owned(), conclusion: None, ..job() };
    for news in [LogNews::Job(Box::new(runs)), LogNews::Withheld(Withheld::Running)] {
        send(&mut model, Msg::Hub(HubNews::Log(newest.clone(), news)));
    }
    let said = shown(&model).join("\n");
    assert!(said.contains("still running") && said.contains("e shows the attempt before"), "{said}");
    let former = LogAsk { attempt: attempt(2), ..newest.clone() };
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(former.clone())));
    send(&mut model, Msg::Hub(HubNews::Log(former, LogNews::Job(Box::new(job())))));
    assert!(shown(&model)[1].contains("attempt 2 of 3"), "{}", shown(&model)[1]);
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Running));
    assert!(!shown(&model)[2].contains("attempt 3"), "its log is not there yet");
    tell_check(&mut model, check_of(23, 3, CheckOutcome::Passed));
    assert_eq!(shown(&model)[2].trim_end(), " attempt 3 passed · e shows it");
    assert_eq!(asked(&keys(&mut model, "e")), Some(&HubAsk::Log(newest)));
}

#[test]
fn the_rest_of_a_log_moves_nobody() {
    let mut model = board::model(100, 30);
    open_log(&mut model);
    let text = log_text();
    let at = text.find("thread 'session").expect("a line");
    let mut reader = LogReader::new(&job());
    reader.feed(&text.as_bytes()[..at]);
    let news = |news| Msg::Hub(HubNews::Log(log_ask(), news));
    send(&mut model, news(LogNews::Log(Arc::new(reader.early().expect("an error")))));
    assert!(here(&model).starts_with("✗ session::refresh"), "{}", here(&model));
    keys(&mut model, "kk");
    let before = (here(&model), shown(&model).iter().position(|line| line.starts_with('▌')));
    reader.feed(&text.as_bytes()[at..]);
    send(&mut model, news(LogNews::Log(Arc::new(reader.finish()))));
    assert_eq!((here(&model), shown(&model).iter().position(|line| line.starts_with('▌'))), before);
}

/// The log is read no more.
fn left() -> Effect {
    Effect::Service(ServiceCall::Hub(HubAsk::NoLog))
}

#[test]
fn nothing_can_be_asked_without_a_token() {
    let mut model = board::model(100, 30);
    open_log(&mut model);
    send(&mut model, Msg::Hub(HubNews::Off("there is no token for github.com; set GH_TOKEN".to_owned())));
    assert!(shown(&model).iter().any(|line| line.contains("there is no token")), "{:?}", shown(&model));
    assert_eq!(after(&mut model, "jkG]nZtwy"), "");
}

#[test]
fn keys_that_are_not_its_own_do_nothing() {
    let own = "j down k up ctrl-d pagedown ctrl-u pageup g home G end enter space esc q h left / n N ] [ } { w t y Y o O Z a e | P";
    let model = opened();
    for name in
        BINDINGS.iter().flat_map(|binding| binding.keys).filter(|name| !["ctrl-z", "ctrl-l"].contains(*name))
    {
        let pressed = if name.chars().count() == 1 { (*name).to_owned() } else { format!("<{name}>") };
        let msg = translate(&model, &Keymap::default(), &board::events(&pressed).remove(0));
        assert_eq!(msg.is_some(), own.split(' ').any(|key| key == *name), "{name}: {msg:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_keys_and_sizes_leave_the_cursor_on_the_screen(
        pressed in vec(select(vec![
            "j", "k", "g", "G", "<ctrl-d>", "<ctrl-u>", "<enter>", "<space>", "Z", "w", "t", "]", "[", "n", "N",
            "/session<enter>", "/zzz<esc>", "<esc>/<enter>",
        ]), 1..40),
        sizes in vec((40_u16..200, 12_u16..60), 1..4),
    ) {
        let mut model = opened();
        for (n, key) in pressed.iter().enumerate() {
            if n % 12 == 0 {
                let (columns, lines) = sizes[n / 12 % sizes.len()];
                send(&mut model, Msg::Resize(columns, lines));
            }
            if *key == "<esc>/<enter>" {
                continue;
            }
            keys(&mut model, key);
            let is_log = matches!(model.overlay, Some(Overlay::Log(_)));
            if !is_log {
                open_log(&mut model);
                tell_log(&mut model);
            }
            // After a change of the size, the next key brings the cursor back.
            if n % 12 > 0 {
                prop_assert!(shown(&model).iter().any(|line| line.starts_with('▌')), "{key}\n{}", shown(&model).join("\n"));
            }
        }
    }
}

#[test]
fn the_menu_opens_over_a_log_for_its_pull_request_and_comes_back_to_it() {
    let mut model = board::model(100, 30);
    keys(&mut model, "j<space>k");
    open_log(&mut model);
    let effects = keys(&mut model, "a");
    let gates: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Service(ServiceCall::Hub(HubAsk::Gate(target))) => Some(target.key),
            _ => None,
        })
        .collect();
    assert_eq!(gates, [log_ask().key], "whatever is marked");
    assert!(!effects.contains(&left()), "it is still read");
    // What is told of it meanwhile is there once the menu is closed.
    tell_log(&mut model);
    assert_eq!(look(&model)["overlay"], "act menu");
    assert!(shown(&model)[1].contains("test (ubuntu)"), "{:?}", shown(&model));
    keys(&mut model, "<esc>");
    assert!(here(&model).starts_with("✗ session::refresh"), "{}", here(&model));
    // A deed, and the results of several, end in it, too.
    for (pressed, results) in [("chello<enter>", false), ("f", true)] {
        keys(&mut model, "a");
        answer(&mut model, 421, gate());
        keys(&mut model, pressed);
        let effects = keys(&mut model, "y");
        assert!(matches!(asked(&effects), Some(HubAsk::Act(_))), "{pressed}: {effects:?}");
        if results {
            assert_eq!(look(&model)["overlay"], "acts 0");
            keys(&mut model, "<esc>");
        }
        assert!(here(&model).starts_with("✗ session::refresh"), "{pressed}: {}", here(&model));
    }
    assert!(keys(&mut model, "<esc>").contains(&left()), "nobody reads it any more");
    assert!(model.overlay.is_none());
}

#[test]
fn a_log_stays_where_no_menu_can_open() {
    let mut model = board::model(100, 30);
    let headless = pull(1, 421, "Add OAuth refresh", "ana", 49).with(|pr| pr.commit_sha = None);
    change(&mut model, vec![headless]);
    open_log(&mut model);
    tell_log(&mut model);
    assert_eq!(keys(&mut model, "a"), []);
    assert_eq!(notice(&model), "The commit of acme/api#421 is not known (yet)");
    assert!(here(&model).starts_with("✗ session::refresh"), "{}", here(&model));
    assert!(keys(&mut model, "<esc>").contains(&left()));
    assert!(model.overlay.is_none());
}
