//! Decisions of the dashboard: what was before, what happened, what is after. No terminal, no clock.

mod typing;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use crossterm::event::Event;
use flowlens::domain::attention::Sort;
use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::files::Files;
use flowlens::domain::filter::Filter;
use flowlens::domain::ids::PrKey;
use flowlens::domain::source::Cause;
use flowlens::tui::action::{Action, BINDINGS};
use flowlens::tui::effect::{Effect, HostCall, ServiceCall};
use flowlens::tui::geometry::Pane;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup, Waiting};
use flowlens::tui::msg::{Edit, LineEdit, Msg, Pointer};
use flowlens::tui::overlay::Overlay;
use flowlens::tui::state_file::{Choice, SavedState};
use flowlens::tui::translate::translate;
use flowlens::tui::update::update;

use crate::support::board::{self, change, key, keys, noon, pass, poll_at, pull, remove, repo, tell};

/// What the user would notice, by name.
fn look(model: &Model) -> BTreeMap<&'static str, String> {
    let overlay = match &model.overlay {
        None => String::new(),
        Some(Overlay::Help(help)) => format!("help {}", help.top),
        Some(Overlay::Files(view)) => {
            let spot =
                view.spot.as_ref().map(|spot| format!(" {}:{}", spot.file, spot.line.unwrap_or_default()));
            format!("files {} {}.{}{}", view.key.number, view.cursor, view.scroll, spot.unwrap_or_default())
        }
        Some(Overlay::Palette(palette)) => {
            let cursor = palette.cursor(&palette.offers(model.backdrop()));
            format!("palette {}.{cursor}", palette.line.text())
        }
        Some(Overlay::Confirm(confirm)) => format!("confirm {}", confirm.what),
        Some(Overlay::Address(address)) => format!("address {}", address.url),
    };
    let list = &model.list;
    BTreeMap::from([
        ("focus", format!("{:?}", model.focus)),
        ("zoomed", model.zoomed.to_string()),
        ("selected", list.selected.map_or_else(|| "none".to_owned(), |key| key.number.to_string())),
        ("repo", model.repos.selected.map_or("all", |id| model.board.full_name(id)).to_owned()),
        ("marked", list.marked.len().to_string()),
        ("sort", list.sort.name().to_owned()),
        ("quick", list.quick.name().to_owned()),
        ("filter", list.filter_text.clone()),
        ("rows", list.rows.len().to_string()),
        ("top", list.top.to_string()),
        ("typing", model.input.as_ref().map(|input| input.line.text().to_owned()).unwrap_or_default()),
        ("overlay", overlay),
        ("reading", format!("{}.{}", model.reading().cursor, model.reading().top)),
        ("times", model.absolute_times.to_string()),
        ("mouse", model.mouse.to_string()),
        ("frozen", model.frozen.to_string()),
    ])
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Service(ServiceCall::Refresh) => "!refresh".to_owned(),
        Effect::Service(ServiceCall::Reread) => "!reread".to_owned(),
        Effect::Service(ServiceCall::Detail(key, _)) => format!("!detail {}", key.number),
        Effect::Service(ServiceCall::Files(key)) => format!("!files {}", key.number),
        Effect::Service(ServiceCall::Ask(keys)) => format!("!ask {}", numbered(keys)),
        Effect::Service(ServiceCall::Join(keys)) => format!("!join {}", numbered(keys)),
        Effect::Service(ServiceCall::Cancel(keys)) => format!("!cancel {}", numbered(keys)),
        Effect::Service(ServiceCall::Open(url)) => format!("!open {url}"),
        Effect::Host(HostCall::Copy(text)) => format!("!copy {text}"),
        Effect::Host(HostCall::Mouse(on)) => format!("!mouse {on}"),
        Effect::Host(HostCall::Suspend) => "!suspend".to_owned(),
        Effect::Host(HostCall::Repaint) => "!repaint".to_owned(),
        Effect::Demo => "!demo".to_owned(),
        Effect::Quit => "!quit".to_owned(),
    }
}

fn numbered(keys: &[PrKey]) -> String {
    keys.iter().map(|key| key.number.to_string()).collect::<Vec<_>>().join(" ")
}

/// What some keys change, and the effects that they have: `selected #420, !detail #420`.
fn after(model: &mut Model, pressed: &str) -> String {
    let before = look(model);
    let effects = keys(model, pressed);
    let changed = look(model).into_iter().filter(|(name, value)| before.get(name) != Some(value));
    let changed = changed.map(|(name, value)| format!("{name} {value}"));
    changed.chain(effects.iter().map(effect)).collect::<Vec<_>>().join(", ")
}

fn numbers(model: &Model) -> Vec<i32> {
    model.list.rows.iter().map(|key| key.number.get()).collect()
}

fn selected(model: &Model) -> i32 {
    model.list.selected.map_or(0, |key| key.number.get())
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

/// The line of the screen on which the cursor stands.
fn line(model: &Model) -> usize {
    let at = model.list.rows.iter().position(|key| Some(*key) == model.list.selected).expect("selected");
    at - model.list.top
}

#[test]
fn the_demo_starts_only_from_an_empty_database() {
    let mut model = Model::new(board::setup(140, 30));
    tell(&mut model, FeedEvent::Connected(board::source()));
    assert_eq!(after(&mut model, "D"), "", "nobody knows yet whether it is empty");
    assert!(notice(&model).ends_with("in a shell: flowlens demo"), "{}", notice(&model));
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    assert_eq!(after(&mut model, "D"), "!demo");
    assert_eq!(after(&mut model, ":demo<enter>"), "!demo");
    assert_eq!(after(&mut model, "/D<esc>"), "", "a letter of a filter");
    tell(&mut model, FeedEvent::Repositories(board::repositories()));
    assert_eq!(after(&mut model, "D"), "");

    let mut model = Model::new(Setup { demo: true, ..board::setup(140, 30) });
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    assert_eq!(after(&mut model, "D"), "");
    assert!(notice(&model).starts_with("This is the demo"), "{}", notice(&model));
}

/// A message that is no key.
fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    update(model, msg)
}

/// Before, keys, after; of each action at least one row.
const ACTIONS: &[(Action, &str, &str, &str)] = &[
    (Action::Down, "", "j", "selected #419, !detail #419"),
    (Action::Down, "G", "j", ""),
    (Action::Up, "jj", "k", "selected #419, !detail #419"),
    (Action::Up, "", "<up>", ""),
    (Action::PageDown, "", "<pagedown>", "selected #103, !detail #103"),
    (Action::PageUp, "G", "<ctrl-u>", "selected #106, !detail #106"),
    (Action::Top, "G", "g", "selected #421, top 0"),
    (Action::Bottom, "", "G", "selected #417, top 13, !detail #417"),
    (Action::Left, "", "h", "focus Repos"),
    (Action::Left, "h", "h", ""),
    (Action::Right, "", "l", "focus Pipeline"),
    (Action::Right, "ll", "l", ""),
    (Action::NextPane, "ll", "<tab>", "focus Repos"),
    (Action::PrevPane, "h", "<backtab>", "focus Insight"),
    (Action::Enter, "h", "<enter>", "focus Pulls"),
    (Action::Enter, "", "<enter>", "focus Pipeline"),
    (Action::Enter, "l", "<enter>", "overlay files #421 0.0 src/auth/session.rs:41, !files #421"),
    (Action::Enter, "ll", "<enter>", "overlay files #421 0.0 config/dev.env:12, !files #421"),
    (Action::Down, "ll", "j", "reading 1.0"),
    (Action::Bottom, "ll", "G", "reading 4.11"),
    (Action::Back, "z", "<esc>", "zoomed false"),
    (Action::Back, "ll", "<esc>", "focus Pulls"),
    (Action::Back, "<space>", "<esc>", "marked 0"),
    (Action::Back, "/oauth<enter>", "<esc>", "filter , rows 29"),
    (Action::Back, "?", "<esc>", "overlay "),
    (Action::Filter, "", "/oau", "filter oau, rows 1, typing oau"),
    (Action::Filter, "?", "/", ""),
    (Action::QuickFilter, "", "f", "quick mine, rows 7"),
    (Action::Sort, "", "s", "sort updated"),
    (Action::Repositories, "", "p", "focus Repos"),
    (Action::Repositories, "", "pj", "focus Repos, repo acme/api, rows 7"),
    (Action::Mark, "", "<space>", "marked 1, selected #419, !detail #419"),
    (Action::Mark, "<space>k", "<space>", "marked 0, selected #419, !detail #419"),
    (Action::Mark, "h", "<space>", "marked 1, selected #419, !detail #419"),
    (Action::Details, "", "d", "overlay files #421 0.0 src/auth/session.rs:41, !files #421"),
    (Action::OpenPullRequest, "", "o", "!open https://github.com/acme/api/pull/421"),
    (Action::OpenCheck, "", "O", "!open https://ci.example/run/1"),
    (Action::OpenCheck, "j", "O", ""),
    (Action::CopyNumber, "", "y", "!copy acme/api#421"),
    (Action::CopyUrl, "", "Y", "!copy https://github.com/acme/api/pull/421"),
    (Action::Regenerate, "", "i", "!ask #421"),
    (Action::Regenerate, "d", "i", ""),
    (Action::Regenerate, "<space><space>", "i", "marked 0, !ask #419 #421"),
    (Action::Regenerate, "i", "i", ""),
    (
        Action::Regenerate,
        "<space><space><space><space><space>",
        "i",
        "marked 0, !ask #418 #419 #421 #123456 #110",
    ),
    (
        Action::Regenerate,
        "<space><space><space><space><space><space>",
        "i",
        "overlay confirm 6 marked pull requests",
    ),
    (Action::RegenerateStale, "", "I", "overlay confirm 22 pull requests: 2 stale, 20 without an insight"),
    (Action::RegenerateStale, "", "I<esc>", ""),
    (Action::RegenerateStale, "", "In", ""),
    (Action::RegenerateStale, "", "Ix", "overlay confirm 22 pull requests: 2 stale, 20 without an insight"),
    (Action::Enter, "/is:stale<enter>I", "<enter>", "overlay , !ask #418 #77"),
    (Action::Back, "/is:stale<enter>I", "q", "overlay "),
    (Action::CancelRequests, "", "x", ""),
    (Action::CancelRequests, "i", "x", "!cancel #421"),
    (Action::Refresh, "", "r", "!refresh"),
    (Action::Reread, "", "R", "!detail #421, !reread"),
    (Action::AbsoluteTimes, "", "t", "times true"),
    (Action::Zoom, "", "z", "zoomed true"),
    (Action::Freeze, "", "<ctrl-f>", "frozen true"),
    (Action::Freeze, "<ctrl-f>", "<ctrl-f>", "frozen false"),
    (Action::Mouse, "", "m", "mouse true, !mouse true"),
    (Action::Palette, "", ":", "overlay palette .0"),
    (Action::Help, "", "?", "overlay help 0"),
    (Action::Help, "?", "?", "overlay "),
    (Action::Demo, "", "D", ""),
    (Action::Demo, "", ":simulated<enter>", ""),
    (Action::Suspend, "", "<ctrl-z>", "!suspend"),
    (Action::Suspend, "/oau", "<ctrl-z>", "!suspend"),
    (Action::Suspend, ":so", "<ctrl-z>", "!suspend"),
    (Action::Repaint, "", "<ctrl-l>", "!repaint"),
    (Action::Repaint, "/oau", "<ctrl-l>", "!repaint"),
    (Action::Repaint, "I", "<ctrl-l>", "!repaint"),
    (Action::Quit, "", "q", "!quit"),
    (Action::Quit, "/oau", "<ctrl-c>", "!quit"),
    (Action::Quit, "?", "q", "overlay "),
];

#[test]
fn each_action_does_what_the_table_says() {
    let mut wrong = Vec::new();
    for (action, before, pressed, want) in ACTIONS {
        let mut model = board::model(140, 30);
        keys(&mut model, before);
        let got = after(&mut model, pressed);
        if got != *want {
            wrong.push(format!("{action:?}: {before:?}, then {pressed:?}: {got:?}, not {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_action_is_in_the_table_and_its_key_means_it() {
    let keymap = Keymap::default();
    let model = board::model(140, 30);
    for binding in &BINDINGS {
        assert!(ACTIONS.iter().any(|(action, ..)| *action == binding.action), "{}", binding.name);
        for name in binding.keys {
            let pressed = if name.chars().count() == 1 { (*name).to_owned() } else { format!("<{name}>") };
            let event = board::events(&pressed).remove(0);
            assert_eq!(translate(&model, &keymap, &event), Some(Msg::Action(binding.action)), "{name}");
        }
    }
}

/// How an overlay opens, and the keys that are its own there; all others do nothing.
const OWN_KEYS: &[(&str, &str)] = &[
    ("?", "j down k up ctrl-d pagedown ctrl-u pageup g home G end enter esc ? q"),
    ("d", "j down k up ctrl-d pagedown ctrl-u pageup g home G end l right h left tab backtab esc q"),
    ("I", "enter y esc n q"),
    ("o", "enter esc q"),
];

#[test]
fn keys_that_are_not_an_overlays_own_do_nothing_while_it_is_open() {
    for (open, own) in OWN_KEYS {
        for name in BINDINGS
            .iter()
            .flat_map(|binding| binding.keys)
            .filter(|name| !["ctrl-z", "ctrl-l"].contains(*name))
        {
            let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
            keys(&mut model, open);
            send(&mut model, Msg::Files(key(1, 421), Ok(board::files())));
            keys(&mut model, "jG");
            let pressed = if name.chars().count() == 1 { (*name).to_owned() } else { format!("<{name}>") };
            let event = board::events(&pressed).remove(0);
            let is_own = own.split(' ').any(|key| key == *name);
            let msg = translate(&model, &Keymap::default(), &event);
            assert_eq!(msg.is_some(), is_own, "{open}, then {name}: {msg:?}");
            let before = look(&model);
            let effects = keys(&mut model, &pressed);
            if !is_own {
                assert_eq!((look(&model), effects), (before, vec![]), "{open}, then {name}");
            }
        }
        let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
        keys(&mut model, open);
        assert_eq!(after(&mut model, "<ctrl-z><ctrl-l><ctrl-c>"), "!suspend, !repaint, !quit", "{open}");
    }
}

#[test]
fn the_selection_is_a_pull_request_and_not_a_place() {
    let mut model = board::model(140, 30);
    keys(&mut model, "jjj");
    let (chosen, at) = (model.list.selected, line(&model));
    for _ in Sort::ALL {
        keys(&mut model, "s");
        assert_eq!(model.list.selected, chosen, "after a sort by {}", model.list.sort.name());
    }
    assert_eq!(line(&model), at);
    change(&mut model, vec![pull(1, 500, "New", "bo", 0), pull(1, 419, "Renamed, in place", "bo", 400)]);
    assert_eq!(model.list.selected, chosen);
    keys(&mut model, "r");
    assert_eq!(model.list.selected, chosen);
}

#[test]
fn a_deleted_selection_goes_to_its_neighbour_and_details_follow() {
    let mut model = board::model(140, 30);
    keys(&mut model, "jj");
    let rows = model.list.rows.clone();
    let effects = remove(&mut model, &[rows[0], rows[2]]);
    assert_eq!(model.list.selected, Some(rows[3]));
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), [format!("!detail {}", rows[3].number)]);
    let all: Vec<PrKey> = rows.iter().copied().filter(|key| *key != rows[3]).collect();
    remove(&mut model, &all);
    assert_eq!(model.list.rows, [rows[3]]);
    remove(&mut model, &[rows[3]]);
    assert_eq!((model.list.selected, model.list.rows.len(), model.list.top), (None, 0, 0));
    assert_eq!(after(&mut model, "jkdoy<space>"), "");
    change(&mut model, vec![pull(1, 600, "The first of a new day", "bo", 0)]);
    assert_eq!(selected(&model), 600);
}

#[test]
fn the_order_holds_still_and_what_waits_is_told() {
    let mut model = board::model(140, 30);
    keys(&mut model, "j");
    let before = numbers(&model);
    change(
        &mut model,
        vec![
            pull(1, 501, "New one", "bo", 0),
            pull(1, 502, "New two", "bo", 0),
            pull(1, 416, "It fails now", "dan", 20).stages(["passed", "failed", "", ""]),
            pull(1, 418, "Merged", "cy", 75).with(|p| p.state = Some("merged".into())),
        ],
    );
    assert_eq!(numbers(&model), before);
    assert_eq!(model.list.waiting, Waiting { new: 2, left: 1, moved: true });
    assert_eq!(model.board.pull(key(1, 416)).map(|pr| &*pr.title), Some("It fails now"), "in place");

    let applied = |model: &Model| {
        assert!(!model.list.waiting.any());
        assert_eq!(selected(model), 419);
        let numbers = numbers(model);
        assert!(numbers.contains(&501) && numbers.contains(&502) && !numbers.contains(&418), "{numbers:?}");
    };
    let waiting = || {
        let mut model = board::model(140, 30);
        keys(&mut model, "j");
        change(&mut model, vec![pull(1, 501, "New one", "bo", 0), pull(1, 502, "New two", "bo", 0)]);
        remove(&mut model, &[key(1, 418)]);
        assert_eq!(model.list.waiting, Waiting { new: 2, left: 0, moved: false });
        model
    };
    for own_choice in ["r", "R", "s", "/!zzz", "<ctrl-f><ctrl-f>", "pjk"] {
        let mut model = waiting();
        keys(&mut model, own_choice);
        applied(&model);
    }
    let mut model = waiting();
    pass(&mut model, 59);
    assert!(model.list.waiting.any());
    keys(&mut model, "t");
    pass(&mut model, 59);
    assert!(model.list.waiting.any(), "a key puts it off");
    assert_eq!(model.deadline(), model.now + TimeDelta::seconds(1));
    pass(&mut model, 1);
    applied(&model);

    let mut model = waiting();
    keys(&mut model, "<ctrl-f>");
    pass(&mut model, 300);
    assert!(model.list.waiting.any(), "frozen");
    keys(&mut model, "<ctrl-f>");
    applied(&model);
}

#[test]
fn rows_that_come_while_nobody_is_there_are_shown_at_once() {
    let mut model = board::model(140, 30);
    pass(&mut model, 61);
    change(&mut model, vec![pull(1, 501, "New", "bo", 0)]);
    assert!(numbers(&model).contains(&501) && !model.list.waiting.any());
}

#[test]
fn a_list_without_a_row_to_hold_still_fills_at_once() {
    let come = |model: &mut Model| {
        for number in 600..603 {
            change(model, vec![pull(1, number, "New", "bo", 0)]);
        }
    };
    // The first rows of an empty database come in pages.
    let mut model = Model::new(board::setup(140, 30));
    tell(&mut model, FeedEvent::Repositories(board::repositories()));
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    come(&mut model);
    let effects = tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    assert_eq!((numbers(&model).len(), selected(&model)), (3, numbers(&model)[0]));
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), [format!("!detail #{}", selected(&model))]);
    change(&mut model, vec![pull(1, 700, "Later", "bo", 0)]);
    assert_eq!((numbers(&model).len(), model.list.waiting.new), (3, 1), "now there is an order to hold");

    // Another file has other rows: the new ones are read first, then the old ones go.
    let mut model = board::model(140, 30);
    let old: Vec<PrKey> = model.board.pulls().map(|pr| pr.key).collect();
    come(&mut model);
    remove(&mut model, &old);
    assert_eq!((numbers(&model).len(), model.list.waiting.any()), (3, false));
    assert_eq!(selected(&model), numbers(&model)[0]);

    // Or some of the same.
    let mut model = board::model(140, 30);
    come(&mut model);
    assert_eq!(model.list.waiting.new, 3);
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: true });
    assert!(!model.list.waiting.any() && numbers(&model).contains(&600));
}

#[test]
fn the_selected_line_keeps_its_place_on_the_screen() {
    let mut model = board::model(140, 24);
    keys(&mut model, "sG");
    assert!(model.list.top > 0);
    for _ in 0..3 {
        keys(&mut model, "k");
    }
    let at = line(&model);
    change(&mut model, vec![pull(1, 501, "New", "bo", 0), pull(1, 502, "New", "bo", 0)]);
    keys(&mut model, "r");
    assert_eq!(line(&model), at, "rows came above it");
    let above: Vec<PrKey> = model.list.rows.iter().take(3).copied().collect();
    remove(&mut model, &above);
    assert_eq!(line(&model), at, "rows went above it");
    // Where one pane is shown at a time, the way into the details and back changes nothing.
    let mut model = board::model(60, 14);
    keys(&mut model, "jjjj");
    let (at, top) = (line(&model), model.list.top);
    keys(&mut model, "<enter><tab><esc>");
    assert_eq!((line(&model), model.list.top), (at, top));
}

#[test]
fn the_first_read_leaves_the_cursor_on_the_first_row_until_it_is_moved() {
    for (moved, want_first) in [("", true), ("j", false)] {
        let mut model = Model::new(board::setup(140, 30));
        let mut chosen = None;
        for (n, event) in board::start().into_iter().enumerate() {
            tell(&mut model, event);
            if n == 3 {
                keys(&mut model, moved);
                chosen = model.list.selected;
            }
        }
        if want_first {
            assert_eq!((model.list.selected, selected(&model)), (model.list.rows.first().copied(), 421));
        } else {
            assert_eq!(model.list.selected, chosen);
        }
        assert!(model.link.loaded && !model.link.connecting);
    }
}

#[test]
fn the_selection_of_the_last_run_waits_for_its_page() {
    let state = SavedState {
        selected: Some((repo(5).uuid(), 103)),
        repository: None,
        sort_choice: Choice::of("number".to_owned(), "attention".to_owned()),
        quick_choice: Choice::of("all".to_owned(), "open".to_owned()),
        filter: "!zzz".to_owned(),
        times_choice: Choice::of(true, false),
        filters: vec!["oauth".to_owned(), "is:failing".to_owned()],
    };
    // Neither a poll that is asked for nor the late answer to who I am loses it.
    for meanwhile in [vec![], vec![Msg::Action(Action::Refresh)], vec![Msg::Me("bo".to_owned())]] {
        let mut model = Model::new(Setup { state: state.clone(), me: None, ..board::setup(140, 20) });
        for event in board::start() {
            for msg in meanwhile.clone() {
                send(&mut model, msg);
            }
            tell(&mut model, event);
        }
        assert_eq!(selected(&model), 103, "{meanwhile:?}");
        assert!(line(&model) < 20);
        assert_eq!(SavedState { selected: state.selected, ..model.state() }, state);
        assert_eq!(model.state(), state, "what is remembered again");
    }
    // It may be gone: then the first row is selected, once everything is read.
    for gone in [(repo(5).uuid(), 9999), (repo(99).uuid(), 1)] {
        let state = SavedState { selected: Some(gone), repository: Some(gone.0), ..SavedState::default() };
        let model = board::with(Setup { state, ..board::setup(140, 20) });
        assert_eq!(model.list.selected, model.list.rows.first().copied());
        assert!(model.list.selected.is_some());
    }
    // The command line's filter beats the remembered one, which may even be wrong.
    let filter = Some(("oauth".to_owned(), Filter::parse("oauth").expect("a filter")));
    let state = SavedState {
        filter: "is:wrong".to_owned(),
        sort_choice: Choice::of("wrong".to_owned(), "attention".to_owned()),
        ..SavedState::default()
    };
    let model = board::with(Setup { state: state.clone(), filter, ..board::setup(140, 20) });
    assert_eq!(numbers(&model), [421]);
    assert_eq!(board::with(Setup { state, ..board::setup(140, 20) }).list.filter_text, "");
}

#[test]
fn marks_stay_with_their_pull_requests() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space>s");
    assert_eq!(model.list.marked.iter().map(|k| k.number.get()).collect::<Vec<_>>(), [419, 421]);
    remove(&mut model, &[key(1, 419)]);
    assert_eq!(model.list.marked.len(), 1);
}

#[test]
fn a_filter_applies_as_it_is_typed_and_can_be_taken_back() {
    let mut model = board::model(140, 30);
    let all = model.list.rows.len();
    keys(&mut model, "/is:failing<enter>");
    let failing = model.list.rows.len();
    assert!(failing < all && model.input.is_none());
    keys(&mut model, "/ risk:hi");
    assert!(model.list.rows.is_empty());
    keys(&mut model, "gh");
    assert_eq!((model.list.filter_text.as_str(), numbers(&model)), ("is:failing risk:high", vec![421]));
    // What is not right leaves the last right one in force, says why, and cannot be accepted.
    keys(&mut model, " is:");
    let error = model.input.as_ref().and_then(|input| input.error.clone()).expect("an error");
    assert!(error.contains("wants a value"), "{error}");
    assert_eq!(model.list.filter_text, "is:failing risk:high is", "so far \"is\" is a word");
    keys(&mut model, "<enter>");
    assert!(model.input.is_some());
    keys(&mut model, "<esc>");
    assert_eq!((model.list.filter_text.as_str(), model.list.rows.len()), ("is:failing", failing));
    for (pressed, text) in [
        ("/ two words", "is:failing two words"),
        ("<ctrl-w>", "is:failing two "),
        ("<ctrl-w>", "is:failing "),
        ("<backspace>", "is:failing"),
        ("<ctrl-u>", ""),
        ("q?:s", "q?:s"),
    ] {
        keys(&mut model, pressed);
        assert_eq!(model.input.as_ref().map(|input| input.line.text()), Some(text), "{pressed}");
    }
    keys(&mut model, "<ctrl-u><ctrl-n>");
    assert_eq!((selected(&model), model.input.is_some()), (numbers(&model)[1], true));
    send(
        &mut model,
        Msg::Edit(Edit::Line(LineEdit::Insert(format!("{}\u{1b}\u{202e}\r\n", "x".repeat(20))))),
    );
    let text = model.input.as_ref().map(|input| input.line.text().to_owned()).expect("typing");
    assert_eq!(text.trim_end(), "x".repeat(20));
    send(&mut model, Msg::Edit(Edit::Line(LineEdit::Insert("y".repeat(5_000)))));
    assert!(model.input.is_some_and(|input| input.line.text().len() < 300));
}

#[test]
fn quick_filters_go_round() {
    let mut model = board::model(140, 30);
    let mut seen = Vec::new();
    for _ in 0..7 {
        keys(&mut model, "f");
        seen.push(format!("{} {}", model.list.quick.name(), model.list.rows.len()));
    }
    assert_eq!(
        seen,
        ["mine 7", "waiting on me 4", "failing 2", "high risk 2", "merged 1", "all 31", "open 29"]
    );
    model.me = None;
    keys(&mut model, "f");
    assert_eq!((model.list.rows.len(), model.list.selected), (0, None));
    send(&mut model, Msg::Me("ANA".to_owned()));
    assert_eq!(model.list.rows.len(), 7);
}

#[test]
fn the_repositories_narrow_the_list() {
    let mut model = board::model(140, 30);
    let rows: Vec<&str> = model.repos.rows.iter().map(|id| model.board.full_name(*id)).collect();
    assert_eq!(rows[0], "acme/api");
    keys(&mut model, "hj");
    assert_eq!(model.repos.selected, Some(repo(1)));
    assert!(model.list.rows.iter().all(|key| key.repo == repo(1)));
    keys(&mut model, "G");
    assert!(model.list.rows.is_empty() && model.list.selected.is_none());
    keys(&mut model, "g");
    assert_eq!((model.repos.selected, model.list.rows.len()), (None, 29));
    keys(&mut model, "j");
    let mut left = board::repositories();
    left.remove(0);
    tell(&mut model, FeedEvent::Repositories(left));
    assert_eq!(model.repos.selected, None, "a deleted repository cannot stay selected");
}

#[test]
fn a_late_answer_about_an_older_head_is_dropped() {
    let mut model = board::model(140, 30);
    let head = model.selected().and_then(|pr| pr.head.clone());
    let shown = |model: &Model| model.detail().and_then(|detail| detail.head.clone());
    assert_eq!((head.is_some(), shown(&model)), (true, None));
    let of = |sha: Option<flowlens::domain::ids::Sha>| {
        Msg::Detail(key(1, 421), Ok(flowlens::domain::check::Detail { head: sha, ..board::detail() }))
    };
    send(&mut model, of(flowlens::domain::ids::Sha::parse("0ld0ld0")));
    assert_eq!(shown(&model), None);
    send(&mut model, of(head.clone()));
    send(&mut model, of(flowlens::domain::ids::Sha::parse("0ld0ld0")));
    assert_eq!(shown(&model), head);
}

#[test]
fn the_palette_finds_commands_and_repositories() {
    let mut model = board::model(140, 30);
    for (typed, want) in [
        (":freeze<enter>", "frozen true"),
        (":acme/web<enter>", "repo acme/web, rows 5, selected #74, !detail #74"),
        (":moba<esc>", ""),
        (":zzzzzz<enter>", ""),
        (":sort<enter>", "sort updated"),
        (":help<enter>", "overlay help 0"),
    ] {
        let got = after(&mut model, typed);
        assert!(got.starts_with(want) && (want.is_empty() == got.is_empty()), "{typed}: {got}");
    }
    keys(&mut model, "<esc>:");
    let palette = |model: &Model| match &model.overlay {
        Some(Overlay::Palette(palette)) => palette.clone(),
        other => panic!("no palette: {other:?}"),
    };
    let cursor = |model: &Model| palette(model).cursor(&palette(model).offers(model.backdrop()));
    let all = palette(&model).offers(model.backdrop()).len();
    assert_eq!(all, BINDINGS.len() + 6);
    for _ in 0..100 {
        keys(&mut model, "<down>");
    }
    assert_eq!(cursor(&model), all - 1);
    keys(&mut model, "zzzz");
    assert_eq!(cursor(&model), 0);
}

#[test]
fn the_help_scrolls_no_further_than_it_reaches() {
    for (columns, lines) in [(40, 12), (80, 24), (140, 24), (140, 60)] {
        let mut model = board::model(columns, lines);
        let top = |model: &Model| match &model.overlay {
            Some(Overlay::Help(help)) => help.top,
            _ => panic!("no help"),
        };
        keys(&mut model, "?G");
        let last = top(&model);
        // Some lines for each key at most, however narrow it is.
        assert!(last < 4 * BINDINGS.len(), "{last}");
        keys(&mut model, "jjj<pagedown>");
        assert_eq!(top(&model), last);
        keys(&mut model, "k");
        assert_eq!(top(&model), last.saturating_sub(1));
        keys(&mut model, "g");
        assert_eq!(top(&model), 0);
        keys(&mut model, "<enter>");
        assert!(model.overlay.is_none());
    }
}

#[test]
fn the_files_scroll_and_stale_replies_are_dropped() {
    let mut model = board::model(140, 30);
    let at = |model: &Model| match &model.overlay {
        Some(Overlay::Files(view)) => (view.cursor, view.scroll, view.files.is_some()),
        _ => panic!("no files"),
    };
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::detail_of(None))));
    keys(&mut model, "d");
    send(&mut model, Msg::Files(key(1, 420), Ok(board::files())));
    assert_eq!(at(&model), (0, 0, false), "another one's files");
    keys(&mut model, "j<pagedown>");
    send(&mut model, Msg::Files(key(1, 421), Ok(board::files())));
    assert_eq!(at(&model), (0, 0, true));
    for (pressed, want) in [
        ("<ctrl-d>", (0, 15)),
        ("G", (0, 38)),
        ("<ctrl-d>", (0, 38)),
        ("<ctrl-u>", (0, 23)),
        ("g", (0, 0)),
        ("<ctrl-d>j", (1, 0)),
        ("<tab>", (2, 0)),
        ("l", (2, 0)),
        ("<pagedown>", (2, 0)),
        ("<backtab>", (1, 0)),
        ("kk", (0, 0)),
    ] {
        keys(&mut model, pressed);
        let (cursor, scroll, _) = at(&model);
        assert_eq!((cursor, scroll), want, "{pressed}");
    }
    assert_eq!(after(&mut model, "q"), "overlay ");
    assert!(send(&mut model, Msg::Files(key(1, 421), Ok(board::files()))).is_empty());
    assert!(model.overlay.is_none(), "a late answer opens nothing");
    keys(&mut model, "d");
    send(&mut model, Msg::Files(key(1, 421), Err("no answer in time".to_owned())));
    keys(&mut model, "jjG<ctrl-u>");
    send(&mut model, Msg::Files(key(1, 421), Ok(Files::Unknown("why not"))));
    keys(&mut model, "jjG<ctrl-u>");
}

#[test]
fn the_insight_is_read_by_its_places_and_its_lines() {
    for (size, steps) in [
        // All but a line of it fits.
        ((160, 48), "j 1.0, j 2.0, j 3.0, j 4.0, j 4.1, k 3.1, <pagedown> 3.1, G 4.1, g 0.0"),
        (
            (120, 36),
            "j 1.0, j 2.0, j 3.1, j 4.2, j 4.3, <pagedown> 4.9, <pagedown> 4.9, k 3.7, <pageup> 3.0, k 2.0",
        ),
        ((80, 24), "j 1.0, j 2.1, j 3.2, j 4.3, j 4.4, j 4.5, G 4.10, <pageup> 4.4, g 0.0"),
        ((40, 16), "j 1.0, j 2.0, j 3.2, j 4.4, <ctrl-d> 4.15, G 4.16, <pageup> 4.5"),
    ] {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, if (80..120).contains(&size.0) { "<tab>" } else { "ll" });
        assert_eq!((model.focus, model.reading().cursor), (Pane::Insight, 0));
        let mut seen = Vec::new();
        for step in steps.split(", ") {
            let pressed = step.split(' ').next().expect("a key");
            assert_eq!(keys(&mut model, pressed), [], "the selection stays");
            let reading = model.reading();
            seen.push(format!("{pressed} {}.{}", reading.cursor, reading.top));
        }
        assert_eq!(seen.join(", "), steps, "{size:?}");
        assert_eq!(selected(&model), 421);
    }
    // Another pull request, another insight: from the top.
    let mut model = board::model(120, 36);
    keys(&mut model, "lljj");
    let before = model.reading();
    send(&mut model, Msg::Detail(key(1, 420), Ok(board::detail())));
    assert_eq!(model.reading(), before, "another one's details");
    keys(&mut model, "<esc>j");
    assert_eq!((model.reading().cursor, model.reading().top), (0, 0));
    keys(&mut model, "k");
    assert_eq!(model.reading(), before, "until the next one is read, it is not lost");
    let newer = |draft: board::Draft| draft.insight_of(78, "low");
    change(&mut model, vec![newer(pull(1, 421, "x", "ana", 49))]);
    assert_eq!((model.reading().cursor, model.findings()), (0, None), "its details are of the one before");
    // Nothing to move in: nothing happens.
    assert_eq!(after(&mut model, "lljG<pagedown>k"), "focus Insight");
    let mut empty = Model::new(board::setup(120, 36));
    assert_eq!(after(&mut empty, "lljGk<enter>"), "focus Insight");
}

#[test]
fn the_files_open_at_a_place() {
    let opened = |size: (u16, u16), pressed: &str| {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, pressed);
        send(&mut model, Msg::Files(key(1, 420), Ok(Files::Unknown("another one's"))));
        send(&mut model, Msg::Files(key(1, 421), Ok(board::files())));
        look(&model)["overlay"].clone()
    };
    let session = "src/auth/session.rs";
    for (size, pressed, want) in [
        ((140, 40), "d", format!("files #421 0.28 {session}:41")),
        ((80, 24), "d", format!("files #421 0.40 {session}:41")),
        ((140, 40), "llj<enter>", format!("files #421 0.28 {session}:40")),
        ((140, 40), "lljjj<enter>", format!("files #421 0.28 {session}:41")),
        ((140, 40), "lljj<enter>", "files #421 2.0 logo.png:0".to_owned()),
        ((140, 40), "ll<enter>", "files #421 0.0 config/dev.env:12".to_owned()),
        (
            (140, 40),
            "llG<enter>",
            "files #421 1.0 src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs:2"
                .to_owned(),
        ),
    ] {
        assert_eq!(opened(size, pressed), want, "{pressed}");
    }
    // Late: it stands where it was opened for, or nowhere.
    let mut model = board::model(140, 40);
    keys(&mut model, "d<esc>");
    send(&mut model, Msg::Files(key(1, 421), Ok(board::files())));
    assert!(model.overlay.is_none());
    keys(&mut model, "d");
    for answer in [Err("no answer".to_owned()), Ok(Files::Unknown("none"))] {
        send(&mut model, Msg::Files(key(1, 421), answer));
        assert!(look(&model)["overlay"].starts_with("files #421 0.0 "));
    }
}

#[test]
fn details_of_another_pull_request_do_not_show_here() {
    let mut model = board::model(140, 30);
    keys(&mut model, "j");
    send(&mut model, Msg::Detail(key(1, 421), Err("late".to_owned())));
    assert!(model.details.get(key(1, 419)).is_none());
    // What changed is asked for again where the cursor is, and forgotten elsewhere.
    send(&mut model, Msg::Detail(key(1, 419), Ok(board::detail())));
    let effects =
        change(&mut model, vec![pull(1, 419, "Changed", "bo", 400), pull(1, 421, "Too", "ana", 49)]);
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), ["!detail #419"]);
    assert!(model.details.get(key(1, 419)).is_some() && model.details.get(key(1, 421)).is_none());
    for n in 0..40 {
        send(&mut model, Msg::Detail(key(9, n), Ok(board::detail())));
    }
    assert!((0..40).filter(|n| model.details.get(key(9, *n)).is_some()).count() <= 16);
}

#[test]
fn details_that_failed_with_the_database_come_back_with_it() {
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Detail(key(1, 421), Err("connection lost".to_owned())));
    tell(&mut model, board::outage(Cause::Lost, 2));
    let effects = tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), ["!detail #421"]);
    assert_eq!(notice(&model), "The database answers again");
}

#[test]
fn a_browser_that_does_not_start_leaves_the_address() {
    let mut model = board::model(140, 30);
    let url = "https://github.com/acme/api/pull/421";
    let effects = send(&mut model, Msg::NotOpened(url.to_owned(), "no xdg-open".to_owned()));
    assert_eq!(effects, [Effect::Host(HostCall::Copy(url.to_owned()))]);
    assert_eq!(look(&model)["overlay"], format!("address {url}"));
    assert!(model.notice.as_ref().is_some_and(|n| n.is_error));
}

#[test]
fn over_ssh_no_browser_is_started_here() {
    let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
    let url = "https://github.com/acme/api/pull/421";
    assert_eq!(after(&mut model, "o"), format!("overlay address {url}, !copy {url}"));
    assert_eq!(after(&mut model, "<enter>"), "overlay ");
    let check = "https://ci.example/run/1";
    assert_eq!(after(&mut model, "O"), format!("overlay address {check}, !copy {check}"));
    keys(&mut model, "<esc>y");
    assert_eq!(notice(&model), "Sent to the clipboard: acme/api#421");
}

#[test]
fn only_https_addresses_are_opened() {
    let mut model = board::model(140, 30);
    for hostile in ["file:///etc/passwd", "javascript:alert(1)", "http://ci.example", "-h"] {
        let mut detail = board::detail();
        for check in &mut detail.checks {
            check.url = Some(hostile.to_owned());
        }
        send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
        assert_eq!(after(&mut model, "O"), format!("overlay address {hostile}, !copy {hostile}"));
        keys(&mut model, "<esc>");
    }
    change(
        &mut model,
        vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some("file:///etc/passwd".into()))],
    );
    assert_eq!(after(&mut model, "o"), "!open https://github.com/acme/api/pull/421");
}

#[test]
fn a_page_of_another_host_or_with_a_login_is_shown_and_not_opened() {
    let setup = board::setup(140, 30);
    let hosts = vec!["github.com".to_owned(), "ghe.acme.test".to_owned()];
    let mut model = board::with(Setup { hosts, ..setup });
    for (url, is_opened) in [
        ("https://github.com/acme/api/pull/421", true),
        ("https://ghe.acme.test/acme/api/pull/421", true),
        ("https://evil.test/acme/api/pull/421", false),
        ("https://github.com@evil.test/acme/api/pull/421", false),
        ("https://me:secret@github.com/acme/api/pull/421", false),
        ("https://github.com.evil.test/acme/api/pull/421", false),
    ] {
        change(&mut model, vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some(url.into()))]);
        let want =
            if is_opened { format!("!open {url}") } else { format!("overlay address {url}, !copy {url}") };
        assert_eq!(after(&mut model, "o"), want);
        keys(&mut model, "<esc>");
    }
    // Checks run anywhere; a login is never opened.
    let mut detail = board::detail();
    for check in &mut detail.checks {
        check.url = Some("https://github.com@evil.test/".to_owned());
    }
    send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    let url = "https://github.com@evil.test/";
    assert_eq!(after(&mut model, "O"), format!("overlay address {url}, !copy {url}"));
}

#[test]
fn a_paste_of_any_length_is_taken_up_to_the_limit_and_the_rest_is_said_to_be_cut() {
    for open in ["/", ":"] {
        for (pasted, fits) in [("a".repeat(200), true), ("a".repeat(201), false), ("é".repeat(4000), false)]
        {
            let mut model = board::model(140, 30);
            keys(&mut model, open);
            send_event(&mut model, &Event::Paste(pasted.clone()));
            let (text, cut) = typed(&model);
            assert_eq!(text.len(), 200, "{open}");
            assert!(pasted.starts_with(&text) && cut != fits, "{open} {cut} {text}");
            // It is said until the next key.
            keys(&mut model, "x");
            assert_eq!(typed(&model), (text.clone(), true));
            keys(&mut model, "<backspace>");
            assert!(!typed(&model).1);
        }
    }
    // Nothing is typed: nothing is done.
    let mut model = board::model(140, 30);
    let before = look(&model);
    send_event(&mut model, &Event::Paste("qqq".to_owned()));
    assert_eq!(look(&model), before);
}

fn send_event(model: &mut Model, event: &Event) {
    if let Some(msg) = translate(model, &Keymap::default(), event) {
        send(model, msg);
    }
}

/// The text that is being typed, and whether it is said to be cut.
fn typed(model: &Model) -> (String, bool) {
    let line = match (&model.overlay, &model.input) {
        (Some(Overlay::Palette(palette)), _) => &palette.line,
        (_, Some(input)) => &input.line,
        _ => panic!("nothing is typed"),
    };
    (line.text().to_owned(), line.cut().is_some())
}

#[test]
fn notices_expire() {
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Done(Ok("done".to_owned())));
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(6));
    pass(&mut model, 5);
    assert_eq!(notice(&model), "done");
    pass(&mut model, 1);
    assert_eq!(notice(&model), "");
    send(&mut model, Msg::Done(Err("failed".to_owned())));
    assert!(model.notice.is_some_and(|notice| notice.is_error));
    let warned = Model::new(Setup { warnings: vec!["careful".to_owned()], ..board::setup(140, 30) });
    assert_eq!(notice(&warned), "careful");
    let warnings = ["first", "second", "third"].map(str::to_owned).to_vec();
    let warned = Model::new(Setup { warnings, ..board::setup(140, 30) });
    assert_eq!(notice(&warned), "first; and 2 more: flowlens config check");
}

#[test]
fn a_poll_that_was_asked_for_answers() {
    let mut model = board::model(140, 30);
    for (changed, says) in [(0, "nothing new"), (1, "1 pull request changed"), (7, "7 pull requests changed")]
    {
        tell(&mut model, FeedEvent::Polled(Poll { changed, asked: true, ..poll_at(noon(), noon()) }));
        assert!(notice(&model).starts_with("Checked ") && notice(&model).ends_with(says));
    }
    pass(&mut model, 10);
    tell(&mut model, FeedEvent::Polled(Poll { changed: 3, ..poll_at(noon(), noon()) }));
    assert_eq!(notice(&model), "", "others come without a word");
}

#[test]
fn nothing_wakes_the_loop_but_the_minute_and_a_failure() {
    let mut model = board::model(140, 30);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    pass(&mut model, 42);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    let minute = model.minute;
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now, now)));
    assert_eq!((model.minute, model.deadline()), (minute, noon() + TimeDelta::seconds(60)));
    tell(&mut model, board::outage(Cause::Refused, 60));
    for _ in 0..3 {
        assert_eq!(model.deadline(), model.now + TimeDelta::seconds(1), "the countdown");
        pass(&mut model, 1);
    }
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now, now)));
    pass(&mut model, 10);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    pass(&mut model, 20);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(120));
}

#[test]
fn ages_follow_the_servers_clock_and_never_flicker() {
    for skew in [-3600, -20, 0, 20, 3600] {
        let mut model = Model::new(board::setup(140, 30));
        let server = noon() + TimeDelta::seconds(skew);
        for event in board::start() {
            tell(&mut model, event);
        }
        tell(&mut model, FeedEvent::Polled(poll_at(server, noon())));
        assert_eq!(model.server_now(), server, "{skew}");
        assert!((server - model.minute).abs() <= TimeDelta::seconds(60), "{skew}");
        pass(&mut model, 120);
        assert_eq!(model.minute.timestamp(), (server.timestamp() + 120).div_euclid(60) * 60, "{skew}");
        let wait = model.deadline() - model.now;
        assert!(wait > TimeDelta::zero() && wait <= TimeDelta::seconds(60), "{skew}: {wait}");
    }
    let mut model = board::model(140, 30);
    pass(&mut model, 60);
    let minute = model.minute;
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now - TimeDelta::milliseconds(3), now)));
    assert_eq!(model.minute, minute, "a clock that is off by milliseconds turns no minute back");
}

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut model = board::model(140, 30);
    let area = model.areas().pulls.expect("the list");
    let click = |model: &mut Model, x, y| {
        send(model, Msg::Mouse(Pointer::Click(x, y)));
    };
    click(&mut model, area.x + 5, area.y + 2 + 3);
    assert_eq!(selected(&model), numbers(&model)[3]);
    click(&mut model, area.x + 5, area.y + 1); // the column titles
    click(&mut model, area.x + 5, area.y + area.height - 1); // the border
    assert_eq!(selected(&model), numbers(&model)[3]);
    send(&mut model, Msg::Mouse(Pointer::Wheel(area.x, area.y, 1)));
    assert_eq!(selected(&model), numbers(&model)[6]);
    click(&mut model, 5, 4);
    assert_eq!((model.focus, model.repos.selected.is_some()), (Pane::Repos, true));
    for y in 0..31 {
        for x in 0..141 {
            click(&mut model, x, y);
        }
    }
    keys(&mut model, "?");
    let before = look(&model);
    click(&mut model, area.x + 5, area.y + 6);
    assert_eq!(look(&model), before, "an overlay takes no clicks");
}
