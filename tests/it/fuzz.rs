//! The dashboard at every size, under random keys, and with hostile text everywhere: it draws, and never panics.

mod random;

use flowlens::domain::board::FeedEvent;
use flowlens::domain::check::{Check, CheckId, CheckOutcome, Detail, Review};
use flowlens::domain::files::Files;
use flowlens::domain::pipeline::HistoryEntry;
use flowlens::domain::request::Request;
use flowlens::domain::source::{Cause, Outage};
use flowlens::domain::text::clean;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::{Edit, LineEdit, Msg};
use flowlens::tui::state_file::SavedState;
use flowlens::tui::update::update;
use flowlens::tui::{theme::Theme, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use serde_json::json;

use crate::support::board::{self, HOSTILE, key, keys, noon, pull, tell};

/// Every way in which the screen can be covered or arranged.
const STATES: [&str; 24] = [
    "",
    "b",
    "|",
    "|hb",
    "h",
    "l",
    "ll",
    "z",
    "hz",
    "lz",
    "?",
    "?G",
    "d",
    "dG",
    ":",
    ":a",
    "/risk:",
    "i",
    "I",
    "<enter>",
    "<enter>2",
    "<enter>3G",
    "<enter>4",
    "<enter>2/a",
];

const THEMES: [Theme; 3] = [
    Theme { color: true, ascii: false, wide_glyphs: false },
    Theme { color: false, ascii: true, wide_glyphs: false },
    Theme { color: true, ascii: false, wide_glyphs: true },
];

fn drawn(model: &Model, theme: Theme, size: (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a screen in memory");
    let keymap = Keymap::default();
    terminal.draw(|frame| view::draw(model, &keymap, &theme, frame)).expect("a screen in memory");
    terminal.backend().buffer().clone()
}

fn sizes() -> impl Iterator<Item = (u16, u16)> {
    let small = (1..=26).flat_map(|w| (1..=9).map(move |h| (w, h)));
    let coarse = (1..=170).step_by(13).flat_map(|w| (1..=60).step_by(7).map(move |h| (w, h)));
    let edges = [79, 80, 81, 119, 120, 121, 133, 134].into_iter().flat_map(|w| [19, 20, 21].map(|h| (w, h)));
    small.chain(coarse).chain(edges)
}

#[test]
fn every_size_draws_in_every_state() {
    for (n, size) in sizes().enumerate() {
        // One state and theme a size, and all of them over the sizes; small sizes have all states.
        let states =
            if size.0 < 40 && size.1 < 10 { 0..STATES.len() } else { n % STATES.len()..n % STATES.len() + 1 };
        for state in states {
            let mut model = board::model(size.0, size.1);
            keys(&mut model, STATES[state]);
            update(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
            drawn(&model, THEMES[(n + state) % THEMES.len()], size);
            tell(&mut model, board::outage(Cause::Timeout, 3));
            drawn(&model, THEMES[0], size);
        }
        // Before there is data; and while the size that the model knows is not the terminal's.
        let mut model = Model::new(board::setup(size.0, size.1));
        drawn(&model, THEMES[0], size);
        tell(&mut model, board::outage(Cause::Schema, 3));
        drawn(&model, THEMES[1], size);
        drawn(&model, THEMES[0], (size.0 + 1, size.1));
    }
}

/// Text as hostile as can be, and very long.
fn hostile() -> String {
    format!("{HOSTILE}{}\u{9b}2J\u{61c}{}", "\u{1b}]52;c;aGk=\u{7}".repeat(3), "界\u{200d}".repeat(10_000))
}

/// A board on which everything that comes from outside is hostile; what the store cleans when it reads is cleaned.
fn hostile_model(columns: u16, lines: u16) -> Model {
    let mut model = board::model(columns, lines);
    let text = hostile();
    let cleaned = clean(&text);
    let mut repositories = board::repositories();
    repositories[0].full_name.clone_from(&cleaned);
    tell(&mut model, FeedEvent::Repositories(repositories));
    let draft = pull(1, 421, &text, &text, 49).stages([&text, "failed", &text, &text]).insight(&text, None);
    let draft = draft.with(|p| {
        p.branch_name = Some(text.clone());
        p.base_branch = Some(text.clone());
        p.labels = Some(json!([text]));
        p.reviewers = Some(json!([text, text]));
        p.state = Some(text.clone());
        p.pr_url = Some(text.clone());
        p.mergeable_state = Some("dirty".to_owned());
    });
    let mut pr = draft.done();
    if let Some(insight) = &mut pr.insight {
        (insight.summary, insight.recommendation) =
            (Some(cleaned.as_str().into()), Some(cleaned.as_str().into()));
    }
    tell(&mut model, FeedEvent::Pulls { changed: vec![pr], gone: vec![] });
    let id = CheckId { app: cleaned.clone(), suite: 7, name: cleaned.clone() };
    let check = Check {
        url: Some(cleaned.clone()),
        summary: Some(cleaned.clone()),
        workflow_name: Some(cleaned.clone()),
        ..Check::new(id, CheckOutcome::Failed)
    };
    let review = Review {
        reviewer: cleaned.clone(),
        state: cleaned.clone(),
        submitted_at: Some(noon()),
        sha: None,
        dismissed: false,
    };
    let (field, value, by) = (cleaned.clone(), cleaned.clone(), Some(cleaned.clone()));
    let history = vec![HistoryEntry { field, value, at: None, by }];
    let (reviews, said) = (vec![review.clone()], vec![review]);
    let detail = Detail { checks: vec![check], reviews, said, history, ..Detail::default() };
    update(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    let request = Request {
        error: Some(cleaned.as_str().into()),
        requested_by: Some(cleaned.as_str().into()),
        ..board::request(1, 421, "failed")
    };
    tell(&mut model, FeedEvent::Requests(vec![request]));
    let mut source = board::source();
    (source.missing, source.no_checks) = (vec![cleaned.clone()], Some(cleaned.clone()));
    (source.database, source.version, source.origin) =
        (cleaned.clone(), cleaned.clone(), Some(cleaned.clone()));
    tell(&mut model, FeedEvent::Connected(source));
    model
}

/// No cell holds what a terminal would obey, or what would turn the line around.
fn is_clean(buffer: &Buffer, what: &str) {
    for cell in &buffer.content {
        let bad = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
        };
        assert!(!cell.symbol().chars().any(bad), "{what}: {:?}", cell.symbol());
    }
}

#[test]
fn hostile_text_stays_text() {
    for size in [(40, 12), (80, 24), (140, 40)] {
        for (n, state) in STATES.iter().enumerate() {
            let mut model = hostile_model(size.0, size.1);
            keys(&mut model, state);
            let (text, cleaned) = (hostile(), clean(&hostile()));
            let list =
                json!([{"filename": text, "status": text, "patch": format!("{text}\n+{text}\n\t\r{text}")}]);
            update(&mut model, Msg::Files(key(1, 421), None, Ok(Files::parse(Some(&list.to_string())))));
            is_clean(&drawn(&model, THEMES[n % 3], size), state);
            update(&mut model, Msg::Files(key(1, 421), None, Err(cleaned.clone())));
            update(&mut model, Msg::Detail(key(1, 421), Err(cleaned.clone())));
            update(&mut model, Msg::Done(Err(cleaned.clone())));
            is_clean(&drawn(&model, THEMES[0], size), "errors");
            update(&mut model, Msg::NotOpened(cleaned.clone(), cleaned.clone()));
            is_clean(&drawn(&model, THEMES[0], size), "an address");
            let outage = Outage { cause: Cause::Other, message: cleaned, retry_at: noon() };
            tell(&mut model, FeedEvent::Failed(outage.clone()));
            is_clean(&drawn(&model, THEMES[0], size), "an outage");
            let mut model = Model::new(board::setup(size.0, size.1));
            tell(&mut model, FeedEvent::Failed(outage));
            is_clean(&drawn(&model, THEMES[0], size), "an outage before any data");
        }
    }
}

#[test]
fn hostile_text_reaches_no_terminal_title_and_no_file_of_the_past() {
    let mut model = hostile_model(140, 40);
    let title = view::title(&model);
    assert_eq!(
        title,
        format!("flowlens ✗{} ▲{}", model.board.total().failing, model.board.total().high_risk)
    );
    // What is pasted, and what a file of the past holds, by whomever it was written.
    keys(&mut model, "/");
    update(&mut model, Msg::Edit(Edit::Line(LineEdit::Insert(hostile()))));
    keys(&mut model, "<enter>");
    let is_good = |text: &str| !text.is_empty() && clean(text) == text;
    let state = model.state();
    assert!(is_good(&state.filter) && state.filters.iter().all(|line| is_good(line)), "{state:?}");
    let state = SavedState { filter: HOSTILE.to_owned(), filters: vec![HOSTILE.to_owned()], ..state };
    let mut model = board::with(Setup { state, ..board::setup(140, 40) });
    assert!(is_good(&model.list.filter_text), "{:?}", model.list.filter_text);
    for pressed in ["", "/", "<up>"] {
        keys(&mut model, pressed);
        is_clean(&drawn(&model, THEMES[0], (140, 40)), pressed);
    }
}
