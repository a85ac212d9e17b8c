//! Where the cursor is at the start, and what of it the next run remembers.

use flowlens::domain::board::FeedEvent;
use flowlens::domain::filter::Filter;
use flowlens::domain::hub::{Gate, RunState};
use flowlens::domain::view::View;
use flowlens::tui::action::Action;
use flowlens::tui::geometry::Panes;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;
use flowlens::tui::state_file::{Choice, SavedState, SavedView};

use super::{line, numbers, selected, send};
use crate::support::board::{self, answer, change, gate, key, keys, pass, pull, repo, tell, workflow_run};

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
        view_choice: Choice::of("Whole".to_owned(), "Open".to_owned()),
        selected: Some((repo(5).uuid(), 103)),
        sort_choice: Choice::of("number".to_owned(), "attention".to_owned()),
        group_choice: None,
        columns_choice: None,
        places: vec![],
        views: vec![SavedView::of(&View { name: "Whole".to_owned(), key: Some(7), ..View::default() })],
        repository: None,
        filter: "!zzz".to_owned(),
        times_choice: Choice::of(true, false),
        filters: vec!["oauth".to_owned(), "is:failing".to_owned()],
        panes: Panes { lines: Some(9), columns: None, beside: Some(true), hides_repos: true },
        theme_choice: Choice::of("high-contrast".to_owned(), "default".to_owned()),
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

/// Who quits on a row in passing comes back to the row before, where there was a stay: a second, or something done.
#[test]
fn the_place_of_a_stay_is_remembered_and_a_row_in_passing_is_not() {
    let number = |model: &Model| model.state().selected.map(|(_, number)| number);
    let mut model = board::model(140, 30);
    let rows = numbers(&model);
    keys(&mut model, "jj");
    assert_eq!(number(&model), Some(rows[2]), "a signal, or a terminal that goes, is nobody's way out");
    keys(&mut model, "q");
    assert_eq!(number(&model), None);
    pass(&mut model, 1);
    assert_eq!(number(&model), Some(rows[2]), "a second");
    keys(&mut model, "jjq");
    assert_eq!(number(&model), Some(rows[2]), "the stay before");
    for does in ["y", "s", "d<esc>", "o", "i", "/x<esc>", "?<esc>"] {
        let mut model = board::model(140, 30);
        keys(&mut model, &format!("jjj{does}q"));
        assert_eq!(number(&model), Some(rows[3]), "{does}");
        keys(&mut model, "kq");
        assert_eq!(number(&model), Some(rows[3]), "{does}, and on the way out");
    }
    let mut model = board::model(140, 30);
    keys(&mut model, "j<space>q");
    assert_eq!(number(&model), Some(rows[1]), "marking goes on by itself");
    // The next run, left as quickly, leaves its place as it is.
    let state = model.state();
    let mut next = board::with(Setup { state: state.clone(), ..board::setup(140, 30) });
    assert_eq!(selected(&next), rows[1]);
    keys(&mut next, "Gq");
    assert_eq!(next.state().selected, state.selected);
}

#[test]
fn a_board_that_comes_back_is_what_it_was_until_it_is_read_once_more() {
    let databases = vec!["default".to_owned(), "staging".to_owned()];
    let named = Setup { databases, database: "default".to_owned(), ..board::setup(140, 30) };
    let mut model = board::with(named);
    keys(&mut model, "jjj");
    let (chosen, rows) = (model.list.selected, model.list.rows.clone());
    assert_eq!(super::after(&mut model, ":db staging<enter>"), "!database 1");
    assert_eq!(super::after(&mut model, ":db default<enter>"), "", "it is shown already");
    let later = model.now + chrono::TimeDelta::hours(1);
    model.come_back(later);
    assert_eq!((model.list.selected, &model.list.rows, model.link.connecting), (chosen, &rows, true));
    // Everything is told again but for one that was deleted meanwhile.
    let gone = model.list.rows[1];
    for event in board::start() {
        let event = match event {
            FeedEvent::Pulls { mut changed, gone: others } => {
                changed.retain(|pr| pr.key != gone);
                FeedEvent::Pulls { changed, gone: others }
            }
            other => other,
        };
        tell(&mut model, event);
    }
    assert!(model.board.pull(gone).is_none() && !model.list.rows.contains(&gone));
    assert_eq!((model.list.selected, model.list.rows.len()), (chosen, rows.len() - 1));
    assert_eq!(model.list.news, 0);
    assert!(!model.link.connecting);
}

/// Who has acted on a row goes on from there: it stays though the view holds it no more.
#[test]
fn the_row_that_was_acted_on_stays_until_the_cursor_goes() {
    let red = |model: &Model| (numbers(model), selected(model), line(model));
    let acted = |pressed: &str| {
        let mut model = board::model(140, 30);
        // In the middle of others that fail.
        let failing = [(430, 60), (431, 10)].map(|(number, hours)| {
            pull(1, number, "Red", "ana", hours).stages(["passed", "failed", "pending", "pending"])
        });
        change(&mut model, failing.into());
        keys(&mut model, "4j");
        let (rows, number, at) = red(&model);
        assert_eq!((rows.len(), at), (4, 1));
        keys(&mut model, pressed);
        let gate = gate_of(&model, number);
        answer(&mut model, number, gate);
        keys(&mut model, "fy");
        assert!(model.hub.under_way() > 0, "it was sent");
        let green = pull(1, number, "Green", "ana", 1).stages(["passed", "running", "pending", "pending"]);
        change(&mut model, vec![green]);
        (model, rows, number)
    };
    let (mut model, rows, number) = acted("a");
    // Neither the reader's own refresh, nor a filter that was not typed, nor a minute without a key, nor other news move it.
    for meanwhile in ["r", "R", "/<esc>", ""] {
        keys(&mut model, meanwhile);
        pass(&mut model, 70);
        change(&mut model, vec![pull(1, 420, "Another", "bo", 30)]);
        assert_eq!(red(&model), (rows.clone(), number, 1), "{meanwhile}");
        let left = model.selected().is_some_and(|pr| model.has_left(pr));
        assert!(left && !model.list.waiting.any(), "{meanwhile}");
    }
    // The cursor goes: it is one like all others, and goes with the next order.
    keys(&mut model, "j");
    assert_eq!((model.list.waiting.left, selected(&model)), (1, rows[2]));
    keys(&mut model, "r");
    assert_eq!(numbers(&model), rows.iter().copied().filter(|one| *one != number).collect::<Vec<_>>());
    // Another view, or another filter, shows what is in it.
    for elsewhere in ["14", "/red<enter>"] {
        let (mut model, ..) = acted("a");
        keys(&mut model, elsewhere);
        assert!(!numbers(&model).contains(&number), "{elsewhere}");
    }
    // From its own screen, too.
    let (mut model, rows, number) = acted("<enter>a");
    keys(&mut model, "r<esc>r");
    assert_eq!(red(&model), (rows, number, 1));
}

/// What GitHub says of a pull request with its head.
fn gate_of(model: &Model, number: i32) -> Gate {
    let head = model.board.pull(key(1, number)).and_then(|pr| pr.head.clone()).expect("a head");
    // One run: one order, of which the footer tells.
    Gate { head, runs: vec![workflow_run(11, "CI", RunState::Failed)], ..gate() }
}
