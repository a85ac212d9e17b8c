//! New insights on the whole screen, in snapshots: asked for, queued, running, failed, made, stored nowhere.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use chrono::TimeDelta;
use flowlens::domain::board::FeedEvent;
use flowlens::domain::request::{Asked, Request};
use flowlens::tui::backend::QuietBackend;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::Model;
use flowlens::tui::msg::Msg;
use flowlens::tui::update::update;
use flowlens::tui::{theme::Theme, view};
use insta::assert_snapshot;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::support::board::{self, key, keys, local, noon, pass, request, tell};
use crate::support::screen::{self, SIZES};

const THEME: Theme = Theme { color: true, ascii: false, wide_glyphs: false };
const ASCII: Theme = Theme { color: false, ascii: true, wide_glyphs: false };

fn draw_with(model: &Model, theme: Theme) -> String {
    let keymap = Keymap::default();
    screen::draw(model.size.0, model.size.1, |frame| view::draw(model, &keymap, &theme, frame))
}

/// One snapshot a size; the insight is in view at each of them.
fn at(name: &str, sizes: &[(u16, u16)], change: impl Fn(&mut Model)) {
    for (columns, lines) in sizes {
        let mut model = board::model(*columns, *lines);
        change(&mut model);
        assert_snapshot!(format!("{name}_{columns}x{lines}"), draw_with(&model, THEME));
    }
}

/// The insight is in view where one pane or one tab is shown at a time.
fn look(model: &mut Model) {
    if model.size.0 < 120 {
        keys(model, if model.size.0 < 80 { "ll" } else { "<tab>" });
    }
}

fn told(model: &mut Model, requests: Vec<Request>) {
    tell(model, FeedEvent::Requests(requests));
}

/// A request of each kind, the selected one's in the given state.
fn each_kind(model: &mut Model, state: &str) {
    told(
        model,
        vec![
            request(1, 421, state),
            request(2, 419, "running"),
            request(3, 418, "failed"),
            request(4, 416, "queued"),
            request(5, 420, "dead"),
        ],
    );
}

const WIDE: &[(u16, u16)] = &[(140, 40)];

#[test]
fn asked_for_and_queued() {
    at("new_asked", &SIZES, |model| {
        keys(model, "i");
        look(model);
    });
    at("new_queued", &SIZES, |model| {
        each_kind(model, "queued");
        look(model);
    });
    at("new_queued_again", WIDE, |model| {
        let error = Some("the LLM answered 500".into());
        told(model, vec![Request { attempts: 2, error, ..request(1, 421, "queued") }]);
    });
    at("new_list", &[(80, 24), (40, 12)], |model| each_kind(model, "queued"));
    at("new_without", &[(140, 40), (40, 12)], |model| {
        keys(model, "j");
        told(model, vec![request(1, 419, "queued")]);
        look(model);
    });
    at("new_none_yet", WIDE, |model| drop(keys(model, "j")));
}

#[test]
fn running_and_failed() {
    at("new_running", &SIZES, |model| {
        told(model, vec![Request { attempts: 2, ..request(1, 421, "running") }]);
        look(model);
        pass(model, 3);
    });
    at("new_failed", &SIZES, |model| {
        each_kind(model, "failed");
        look(model);
    });
    at("new_dead", &[(80, 24)], |model| {
        let error = Some("the changed files of this pull request are not stored, and nobody is there to read them; ask again later".into());
        told(model, vec![Request { attempts: 5, error, ..request(1, 421, "dead") }]);
        look(model);
    });
}

#[test]
fn what_the_new_one_changed() {
    for state in ["done", "cancelled"] {
        at(&format!("new_{state}"), if state == "done" { &SIZES } else { WIDE }, |model| {
            told(model, vec![request(1, 421, state)]);
            update(model, Msg::Detail(key(1, 421), Ok(board::detail_with_change())));
            look(model);
        });
    }
}

#[test]
fn the_worker_of_this_dashboard_waits() {
    let why = "privilege missing: this login may no longer change insight_requests or insert into insights";
    let fails = |model: &mut Model| {
        told(model, vec![request(1, 421, "queued")]);
        update(model, Msg::Worker(Some(why.to_owned())));
    };
    at("new_outage", &[(140, 40), (80, 24)], fails);
    let mut model = board::model(140, 40);
    fails(&mut model);
    update(&mut model, Msg::Worker(None));
    assert!(!draw_with(&model, THEME).contains("privilege missing"));
}

#[test]
fn stored_nowhere() {
    at("new_local", &SIZES, |model| {
        update(model, Msg::Local(key(1, 421), local()));
        look(model);
    });
}

#[test]
fn the_question() {
    at("new_confirm", &SIZES, |model| drop(keys(model, "I")));
    at("new_confirm_marked", &[(80, 24)], |model| {
        keys(model, "<space><space><space><space><space><space>i");
    });
}

/// Three of a few asked for have ended.
fn several(model: &mut Model) {
    keys(model, "/repo:acme/api<enter>Iy");
    told(model, vec![request(1, 419, "done"), request(2, 418, "running"), request(3, 417, "failed")]);
    pass(model, 10);
}

#[test]
fn how_far_several_are() {
    at("new_several", &SIZES, several);
    at("new_several_ended", &[(80, 24)], |model| {
        several(model);
        let later = Some(noon());
        told(model, vec![Request { updated_at: later, ..request(2, 418, "done") }, request(4, 415, "done")]);
    });
}

#[test]
fn in_ascii() {
    let mut model = board::model(140, 40);
    each_kind(&mut model, "running");
    assert_snapshot!("new_ascii_140x40", draw_with(&model, ASCII));
    update(&mut model, Msg::Local(key(1, 421), local()));
    told(&mut model, vec![Request { updated_at: Some(noon()), ..request(1, 421, "done") }]);
    assert_snapshot!("new_ascii_local_140x40", draw_with(&model, ASCII));
}

/// Two frames with nothing new are the same, and a second of a running request changes its number alone.
#[test]
fn a_second_changes_the_seconds_alone() {
    let mut model = board::model(140, 40);
    told(&mut model, vec![request(1, 421, "running")]);
    let frame = |model: &Model| {
        screen::buffer(140, 40, |frame| {
            view::draw(model, &Keymap::default(), &THEME, frame);
        })
    };
    let before = frame(&model);
    assert_eq!(before.diff(&frame(&model)).len(), 0);
    pass(&mut model, 1);
    assert_eq!(before.diff(&frame(&model)).len(), 1);
    let mut model = board::model(140, 40);
    told(&mut model, vec![request(1, 421, "queued"), request(2, 419, "running")]);
    let before = frame(&model);
    pass(&mut model, 1);
    assert_eq!(before.diff(&frame(&model)).len(), 0);
    assert!(model.deadline() - model.now > TimeDelta::seconds(50));
}

/// Counts what is written.
#[derive(Clone, Default)]
struct Sink(Rc<Cell<usize>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_key_and_no_word_of_a_request_costs_more_than_a_move() {
    for size in [(160, 48), (120, 36), (80, 24)] {
        let sink = Sink::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, size.0, size.1)) };
        let backend = QuietBackend::new(sink.clone(), false);
        let mut terminal = Terminal::with_options(backend, options).expect("a screen over nothing");
        let mut cost = |model: &Model| {
            let before = sink.0.get();
            terminal.draw(|frame| view::draw(model, &Keymap::default(), &THEME, frame)).expect("a frame");
            sink.0.get() - before
        };
        let mut model = board::model(size.0, size.1);
        look(&mut model);
        update(&mut model, Msg::Detail(key(1, 421), Ok(board::detail_with_change())));
        cost(&model);
        let mut costs = Vec::new();
        for (n, step) in
            ["i", "reply", "queued", "running", "second", "done", "I", "<esc>", "x"].into_iter().enumerate()
        {
            let later = Some(noon() + TimeDelta::seconds(i64::try_from(n).expect("few")));
            match step {
                "reply" => drop(update(
                    &mut model,
                    Msg::Asked(Ok(Asked::Queued { queued: 1, joined: 0, absent: 0, unknown: vec![] })),
                )),
                "queued" | "running" | "done" => {
                    told(&mut model, vec![Request { updated_at: later, ..request(1, 421, step) }]);
                }
                "second" => drop(pass(&mut model, 1)),
                pressed => drop(keys(&mut model, pressed)),
            }
            costs.push((step, cost(&model)));
            assert_eq!(cost(&model), 0, "{step}: nothing has changed");
        }
        let dear = costs.iter().filter(|(step, bytes)| *bytes > if *step == "second" { 60 } else { 1_400 });
        assert_eq!(dear.count(), 0, "{size:?}: {costs:?}");
    }
}
