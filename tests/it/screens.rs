//! Every screen as text, with its styles, in snapshots.

mod act;
mod empty;
mod files;
mod groups;
mod ingest;
mod logs;
mod pull;
mod scripts;
mod sync;
mod views;

use std::collections::HashMap;
use std::time::Duration;

use flowlens::domain::assessment::Findings;
use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::check::Detail;
use flowlens::domain::request::Asked;
use flowlens::domain::source::{Cause, Source};
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;
use flowlens::tui::overlay::Overlay;
use flowlens::tui::panel::Panel;
use flowlens::tui::update::update;
use flowlens::tui::{theme::Theme, view};
use insta::assert_snapshot;

use crate::support::board::{self, key, keys, noon, pass, poll_at, pull, repo, tell};
use crate::support::screen::{self, SIZES};

const THEME: Theme = Theme { color: true, ascii: false, wide_glyphs: false };

pub(crate) fn draw(model: &Model) -> String {
    draw_with(model, THEME)
}

fn draw_with(model: &Model, theme: Theme) -> String {
    let keymap = Keymap::default();
    screen::draw(model.size.0, model.size.1, |frame| view::draw(model, &keymap, &theme, frame))
}

/// All snapshots are made here, so that their files have names of one kind.
fn snap(name: impl AsRef<str>, screen: impl AsRef<str>) {
    assert_snapshot!(name.as_ref(), screen.as_ref());
}

/// One snapshot a size, `name_80x24`, of the full board after some keys.
fn at(name: &str, sizes: &[(u16, u16)], pressed: &str) {
    for (columns, lines) in sizes {
        let mut model = board::model(*columns, *lines);
        for event in board::events(pressed) {
            board::press(&mut model, &event);
            if let Some(Overlay::Files(_)) = model.overlay {
                update(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
            }
        }
        snap(format!("{name}_{columns}x{lines}"), draw(&model));
    }
}

/// Screens with times of this machine's zone, which is not ours to choose.
fn in_any_zone(asserted: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[A-Z][a-z]{2} [0-9]{2} [A-Z][a-z]{2} [0-9]{2}:[0-9]{2}", "Day dd Mon HH:MM");
    settings.add_filter(r"[0-9]{2} [A-Z][a-z]{2} [0-9]{2}:[0-9]{2}", "dd Mon HH:MM");
    settings.add_filter(r"[0-9]{2} [A-Z][a-z]{2} [0-9]{4}", "dd Mon yyyy");
    settings.bind(asserted);
}

const MIDDLE: &[(u16, u16)] = &[(80, 24)];
const LARGE: &[(u16, u16)] = &[(140, 40)];

#[test]
fn the_board_in_each_focus() {
    at("board", &SIZES, "");
    at("board", &[(60, 20), (200, 60)], "");
    at("focus_repos", &SIZES, "pj");
    at("focus_pipeline", &SIZES, "l");
    at("focus_insight", &SIZES, "ll");
    at("narrow_and_high", &[(50, 40)], "l");
}

#[test]
fn what_changed_is_marked() {
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        let failed = pull(1, 416, "In the merge queue", "dan", 20).stages(["passed", "failed", "", ""]);
        let retitled = pull(1, 421, "Add OAuth refresh tokens, a new title", "ana", 49);
        board::change(&mut model, vec![failed, retitled, pull(1, 500, "A new one", "bo", -1)]);
        keys(&mut model, "r<space>");
        snap(format!("news_{columns}x{lines}"), draw(&model));
    }
    let mut model = board::model(80, 24);
    board::change(&mut model, vec![pull(1, 419, "Another title", "bo", 400)]);
    snap("news_ascii_80x24", draw_with(&model, Theme { ascii: true, ..THEME }));
}

#[test]
fn a_snooze_asks_how_long_and_counts_what_it_hides() {
    in_any_zone(|| {
        at("snooze", &SIZES, "n<down>");
        at("snooze_typed", MIDDLE, "n90m");
        at("snooze_wrong", MIDDLE, "nsoon");
        at("snoozed", &[(80, 24), (140, 40)], "<space><space>n<enter>");
        at("snoozed_all", &[(40, 12), (80, 24)], "/#421<enter>nchanges<enter>");
    });
}

#[test]
fn one_pane_alone() {
    at("zoom_pulls", &SIZES, "z");
    at("zoom_pipeline", LARGE, "lz");
    at("zoom_insight", MIDDLE, "llz");
}

/// The insight pane of a pull request whose details have come, in the focus or not.
fn insight(name: &str, (columns, lines): (u16, u16), number: i32, detail: Detail, pressed: &str) {
    let mut model = board::model(columns, lines);
    model.list.selected = Some(key(1, number));
    update(&mut model, Msg::Detail(key(1, number), Ok(detail)));
    keys(&mut model, pressed);
    snap(format!("insight_{name}_{columns}x{lines}"), draw(&model));
}

#[test]
fn insights() {
    for size in [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20), (40, 16)] {
        let (wide, narrow) = (size.0 >= 120, size.0 < 80);
        insight("read", size, 421, board::detail(), if wide || narrow { "lljj" } else { "<tab>ljj" });
    }
    insight("whole", (160, 48), 421, board::detail(), "");
    insight("end", (120, 36), 421, board::detail(), "llG");
    insight("alone", (160, 48), 421, board::detail(), "llz");
    insight("alone", (40, 40), 421, board::detail(), "llz");
    insight("stale", (120, 36), 418, board::detail(), "");
    insight("stale", (80, 24), 418, board::detail(), "<tab>");
    let unknown = Findings {
        level_by_score: None,
        unknown: Some("the changed files are not stored".to_owned()),
        reasons: vec![],
        focus_files: vec![],
        effort: None,
        tests_touched: None,
        split: None,
        ..board::findings()
    };
    insight("unknown", (120, 36), 421, board::detail_of(Some(unknown)), "");
    let partial = Findings {
        partial: Some("GitHub lists 3 000 of 3 412 files; 40 have no patch".to_owned()),
        note: Some("the LLM answered 500; these words are built in".to_owned()),
        llm: None,
        source: "rules".to_owned(),
        ..board::findings()
    };
    insight("partial", (160, 48), 421, board::detail_of(Some(partial)), "");
    let mut before = board::detail();
    before.insights[0].details = None;
    insight("without_details", (120, 36), 421, before.clone(), "");
    insight("without_details", (80, 24), 421, before, "<tab>");
    let mut model = board::model(120, 36);
    update(&mut model, Msg::Detail(key(1, 421), Err("no answer in time: checks".to_owned())));
    snap("insight_not_read_120x36", draw(&model));
    let ascii = Theme { color: true, ascii: true, wide_glyphs: false };
    let model = board::model(160, 48);
    snap("insight_ascii_160x48", draw_with(&model, ascii));
}

/// Whatever a row may hold, at every size: what is shown before anyone moves in it fits.
#[test]
fn insights_of_any_size() {
    let mut findings = board::findings();
    let long = "認証 token ".repeat(90);
    findings.attention[0].text.clone_from(&long);
    findings.attention[1].file = Some(format!("src/{long}"));
    findings.focus_files[0].why.clone_from(&long);
    findings.reasons[0].contribution = 1e300;
    findings.reasons[1].text.clone_from(&long);
    findings.split = Some(long);
    findings.attention = findings.attention.iter().cycle().take(50).cloned().collect();
    // Where the layout changes, and between.
    for columns in [20, 21, 30, 39, 40, 60, 79, 80, 100, 119, 120, 180] {
        for lines in [5, 6, 9, 12, 16, 19, 20, 24, 40, 60] {
            let mut model = board::model(columns, lines);
            update(&mut model, Msg::Detail(key(1, 421), Ok(board::detail_of(Some(findings.clone())))));
            for pressed in ["", "<tab>", "l", "l", "j", "z", "G", "k"] {
                keys(&mut model, pressed);
                draw(&model);
                let panel = Panel::of(&model);
                let begun = model.reading().begun || model.zoomed;
                assert!(panel.lines.len() <= panel.rows || begun, "{columns}x{lines} {pressed}");
            }
        }
    }
}

#[test]
fn overlays() {
    at("help", &SIZES, "?");
    at("help_end", MIDDLE, "?G");
    at("palette", &SIZES, ":re");
    at("palette_nothing", MIDDLE, ":zzzz");
    for (columns, lines) in SIZES {
        let mut model = board::with(Setup { remote: true, ..board::setup(columns, lines) });
        keys(&mut model, "o");
        snap(format!("address_{columns}x{lines}"), draw(&model));
        let evil = "https://github.com@evil.test/acme/api/pull/421";
        board::change(&mut model, vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some(evil.into()))]);
        keys(&mut model, "<esc>o");
        snap(format!("address_doubtful_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn each_selected_kind() {
    for (name, n, number) in [
        ("conflict", 1, 419),
        ("blocked_stale", 1, 418),
        ("queue_unknown_stale", 1, 416),
        ("cjk", 2, 77),
        ("emoji", 2, 76),
        ("hostile", 2, 75),
        ("foreign_words", 2, 73),
        ("orphan", 5, 88),
        ("long", 4, 123_456),
    ] {
        for (columns, lines) in [(80, 24), (140, 40)] {
            let mut model = board::model(columns, lines);
            model.list.selected = Some(key(n, number));
            pass(&mut model, 61);
            board::change(&mut model, vec![]);
            snap(format!("selected_{name}_{columns}x{lines}"), draw(&model));
        }
    }
}

#[test]
fn times_instead_of_ages() {
    in_any_zone(|| at("times", &[(80, 24), (140, 40)], "t"));
}

#[test]
fn failures_with_data_dim_it_and_count_down() {
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        pass(&mut model, 7);
        tell(&mut model, board::outage(Cause::Lost, 15));
        snap(format!("failing_with_data_{columns}x{lines}"), draw(&model));
        let first = screen::lines_of(&draw(&model)).remove(0);
        assert!(first.contains("retry in 8s") || columns == 40, "{first}");
        pass(&mut model, 300);
        let first = screen::lines_of(&draw(&model)).remove(0);
        assert!(first.contains("data 5m old") && first.contains("retryi"), "{first}");
    }
}

#[test]
fn headers() {
    let header = |change: &dyn Fn(&mut Model)| {
        SIZES.map(|(columns, lines)| {
            let mut model = board::model(columns, lines);
            change(&mut model);
            screen::lines_of(&draw(&model)).remove(0)
        })
    };
    let mut all: Vec<String> = Vec::new();
    let connected = |model: &mut Model, change: &dyn Fn(&mut Source)| {
        let mut source = board::source();
        change(&mut source);
        tell(model, FeedEvent::Connected(source));
    };
    all.extend(header(&|_| {}));
    all.extend(header(&|model| connected(model, &|source| source.exposed = true)));
    all.extend(header(&|model| {
        connected(model, &|source| source.origin = Some("from DATABASE_URL".to_owned()));
    }));
    all.extend(header(&|model| {
        model.board.set_limited(true);
        let counts = HashMap::from([(repo(1), 5_100_000), (repo(2), 2)]);
        tell(model, FeedEvent::OpenCounts(Some(counts)));
    }));
    all.extend(header(&|model| {
        let poll = Poll { slowed_to: Some(Duration::from_secs(14)), ..poll_at(noon(), noon()) };
        tell(model, FeedEvent::Polled(poll));
    }));
    all.extend(header(&|model| drop(keys(model, "<ctrl-f>"))));
    all.extend(header(&|model| {
        let new = vec![pull(1, 501, "New", "bo", 0), pull(1, 502, "New", "bo", 0)];
        board::change(model, new);
    }));
    snap("headers", all.join("\n"));
}

#[test]
fn what_waits_is_announced() {
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        let fails = pull(1, 416, "It fails now", "dan", 20).stages(["passed", "failed", "", ""]);
        let merged = pull(1, 418, "Merged", "cy", 75).with(|p| p.state = Some("merged".into()));
        board::change(&mut model, vec![pull(1, 501, "New", "bo", 0), fails, merged]);
        snap(format!("waiting_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn much_that_waits_is_announced_in_short() {
    let mut model = board::model(80, 24);
    let fails = pull(1, 416, "It fails now", "dan", 20).stages(["passed", "failed", "", ""]);
    let merged = pull(1, 418, "Merged", "cy", 75).with(|p| p.state = Some("merged".into()));
    let new = (501..1701).map(|number| pull(1, number, "New", "bo", 0));
    board::change(&mut model, new.chain([fails, merged]).collect());
    let rule = screen::lines_of(&draw(&model)).into_iter().find(|line| line.contains("Pipeline"));
    let rule = rule.expect("the rule above the details");
    assert!(rule.ends_with("─ r +1200 −1 ↕ ──"), "{rule}");
}

#[test]
fn rows_of_a_repository_that_is_not_known() {
    let mut model = board::model(80, 24);
    board::change(&mut model, vec![pull(99, 900, "Whose is it?", "bo", 0)]);
    keys(&mut model, "r/whose<enter>");
    pass(&mut model, 10);
    snap("unknown_repository_80x24", draw(&model));
    assert_eq!(keys(&mut model, "oyd"), [], "nothing to open");
}

#[test]
fn notices() {
    let mut model = board::model(80, 24);
    keys(&mut model, "i");
    let says = "Making 40 insights here: the login may only read, nothing is stored";
    update(&mut model, Msg::Asked(Ok(Asked::Local(40))));
    assert_eq!(screen::lines_of(&draw(&model))[23], format!(" {says}"));
}

/// A word that ends in an ellipsis is cut.
#[test]
fn the_help_is_whole_on_every_page() {
    for (columns, lines) in [(80, 24), (100, 30), (140, 40)] {
        let mut model = board::model(columns, lines);
        keys(&mut model, "?");
        for _ in 0..6 {
            let page = screen::lines_of(&draw(&model)).join("\n");
            let cut: Vec<&str> =
                page.split_whitespace().filter(|word| *word != "…" && word.ends_with('…')).collect();
            assert!(cut.is_empty(), "{cut:?}\n{page}");
            keys(&mut model, "<space>");
        }
    }
}

/// The footer of an open overlay names its own keys, as they are bound, whatever else is to be told.
#[test]
fn an_overlay_has_a_footer_of_its_own() {
    let keymap = Keymap::new(&[("back", &["B".to_owned()]), ("down", &["f5".to_owned()])]).expect("bindings");
    let line = |model: &Model, at: usize| {
        let screen = screen::draw(80, 24, |frame| view::draw(model, &keymap, &THEME, frame));
        screen::lines_of(&screen).remove(at)
    };
    let footer = |model: &Model| line(model, 23);
    for (opened, says) in [
        ("?", " B closes  Space next page  Ctrl-u page before"),
        ("d", " B closes  F5 k file  Ctrl-d Ctrl-u patch  ] [ file/alert  / search  w wrap"),
        (":", " Enter runs  ↑ ↓ choose  Esc closes"),
        ("I", " Enter y yes  Esc n no"),
        ("o", " B closes"),
    ] {
        let mut model = board::with(Setup { remote: true, ..board::setup(80, 24) });
        keys(&mut model, opened);
        assert_eq!(footer(&model), says, "{opened}");
        tell(&mut model, board::outage(Cause::Lost, 2));
        assert_eq!(footer(&model), says, "{opened}");
        update(&mut model, Msg::Done(Err("no answer".to_owned())));
        assert_eq!(footer(&model), says, "{opened}");
        assert_eq!(line(&model, 1), " no answer", "{opened}: a passing message has a place of its own");
    }
}

#[test]
fn sizes_that_are_too_small_say_so() {
    for (columns, lines) in [(19, 5), (20, 4), (5, 3), (1, 1)] {
        let text = draw(&board::model(columns, lines));
        assert!(text.contains("Too") || columns < 5, "{text}");
    }
    at("smallest", &[(20, 5)], "");
}

#[test]
fn the_title_tells_what_is_wrong() {
    let mut model = Model::new(board::setup(80, 24));
    assert_eq!(view::title(&model), "flowlens");
    for event in board::start() {
        tell(&mut model, event);
    }
    assert_eq!(view::title(&model), "flowlens ✗2 ▲2");
    tell(&mut model, board::outage(Cause::Lost, 2));
    assert_eq!(view::title(&model), "flowlens ✗2 ▲2 (stale)");
}
