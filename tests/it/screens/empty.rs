//! Before there is data: the start, an empty board, a database that does not answer.

use flowlens::{
    domain::{board::FeedEvent, source::Cause},
    tui::{
        keymap::Keymap,
        model::{Model, Setup},
        view,
    },
};

use super::{THEME, draw, snap};
use crate::support::board::{self, noon, poll_at, tell};
use crate::support::screen::{self, SIZES};

#[test]
fn before_there_is_data() {
    for (columns, lines) in SIZES {
        let mut model = Model::new(board::setup(columns, lines));
        snap(format!("starting_{columns}x{lines}"), draw(&model));
        tell(&mut model, FeedEvent::Connecting { node: "db-1:5433".to_owned() });
        if columns == 80 {
            snap("connecting_80x24", draw(&model));
        }
        tell(&mut model, FeedEvent::Connected(board::source()));
        if columns == 80 {
            snap("reading_80x24", draw(&model));
        }
        tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
        tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
        snap(format!("empty_{columns}x{lines}"), draw(&model));
        tell(&mut model, FeedEvent::Connected(board::embedded()));
        snap(format!("empty_embedded_{columns}x{lines}"), draw(&model));
        tell(&mut model, FeedEvent::Connected(board::source()));
        tell(&mut model, FeedEvent::Repositories(board::repositories()));
        if columns == 80 {
            snap("no_pull_requests_80x24", draw(&model));
        }
    }
}

#[test]
fn the_empty_page_follows_the_keymap() {
    let mut model = Model::new(Setup { target: "~/team.db".to_owned(), ..board::setup(80, 24) });
    tell(&mut model, FeedEvent::Connected(board::embedded()));
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    let shown = |model: &Model, keys: &[String]| {
        let keymap = Keymap::new(&[("demo", keys)]).expect("good bindings");
        let screen = screen::draw(80, 24, |frame| view::draw(model, &keymap, &THEME, frame));
        screen.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(shown(&model, &["f5".to_owned()]).contains(" F5 shows the demo"));
    let text = shown(&model, &[]);
    assert!(text.contains(" flowlens demo shows the demo") && text.contains("~/team.db"), "{text}");
    assert!(!text.contains("migrate"), "a file needs no migration by hand: {text}");
    model.demo = true;
    let text = shown(&model, &["f5".to_owned()]);
    assert!(text.contains("Making up a team") && !text.contains("F5"), "{text}");
}

#[test]
fn failures_before_there_is_data() {
    let pages = Cause::ALL.map(|cause| {
        let mut model = Model::new(board::setup(80, 24));
        tell(&mut model, board::outage(cause, 2));
        draw(&model)
    });
    snap("failing_causes_80x24", pages.join("\n-----\n"));
    for (columns, lines) in [(40, 12), (140, 40)] {
        let mut model = Model::new(board::setup(columns, lines));
        tell(&mut model, board::outage(Cause::Refused, 2));
        snap(format!("failing_{columns}x{lines}"), draw(&model));
    }
}
