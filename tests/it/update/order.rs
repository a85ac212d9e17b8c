//! The rows of the list: which are shown, in which order, and how they hold still.

use chrono::TimeDelta;
use flowlens::domain::attention::Sort;
use flowlens::domain::board::FeedEvent;
use flowlens::domain::ids::PrKey;
use flowlens::domain::source::Cause;
use flowlens::tui::model::{Model, Waiting};

use super::{after, effect, line, numbers, selected};
use crate::support::board::{self, change, key, keys, noon, pass, poll_at, pull, remove, repo, tell};

#[test]
fn the_selection_is_a_pull_request_and_not_a_place() {
    let mut model = board::model(140, 30);
    keys(&mut model, "jjj");
    let chosen = model.list.selected;
    change(&mut model, vec![pull(1, 500, "New", "bo", 0), pull(1, 419, "Renamed, in place", "bo", 400)]);
    assert_eq!(model.list.selected, chosen);
    keys(&mut model, "r");
    assert_eq!(model.list.selected, chosen);
}

#[test]
fn another_order_is_shown_from_its_first_row() {
    let mut model = board::model(100, 20);
    for key in ["s"; Sort::ALL.len()].into_iter().chain(["S", "<alt-s>wai<enter>"]) {
        keys(&mut model, "Gk");
        keys(&mut model, key);
        let name = model.list.sort.name();
        assert_eq!((model.position(), model.list.top), (Some(0), 0), "in the order {name}");
        // It is the first row of that order from then on as well, until somebody moves.
        let first = model.list.selected;
        change(&mut model, vec![pull(1, 500, "New", "bo", 0), pull(1, 419, "Renamed, in place", "bo", 400)]);
        keys(&mut model, "t");
        assert_eq!(model.list.selected, first, "in the order {name}");
    }
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
        if own_choice == "s" {
            assert_eq!(model.position(), Some(0));
            model.list.selected = Some(key(1, 419));
        }
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
fn a_large_board_is_in_order_whichever_page_is_the_last() {
    let page = |at: i32| (at..at + 400).map(|number| pull(1, number, "New", "bo", 0)).collect::<Vec<_>>();
    let setup = || board::setup(140, 30);
    let mut first = Model::new(setup());
    let mut later = Model::new(setup());
    tell(&mut later, FeedEvent::Loaded { limited: false, replaced: false });
    tell(&mut later, FeedEvent::Polled(poll_at(noon(), noon())));
    let mut cut = Model::new(setup());
    let mut counts = Vec::new();
    for at in (1..4_000).step_by(400) {
        for model in [&mut first, &mut later, &mut cut] {
            change(model, page(at));
        }
        counts.push(numbers(&first).len());
    }
    // The first pages each by itself, then several together.
    assert_eq!(counts, [400, 800, 1_200, 1_600, 2_000, 2_000, 2_800, 2_800, 3_600, 3_600]);
    tell(&mut first, FeedEvent::Loaded { limited: false, replaced: false });
    tell(&mut later, FeedEvent::Polled(poll_at(noon(), noon())));
    tell(&mut cut, board::outage(Cause::Refused, 5));
    for model in [&first, &later] {
        let sorted: Vec<i32> = (1..=4_000).rev().collect();
        assert_eq!(numbers(model), sorted);
        assert_eq!((selected(model), model.list.waiting.any()), (4_000, false));
    }
    assert_eq!(numbers(&cut).len(), 4_000);
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
fn marks_stay_with_their_pull_requests() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space>s");
    assert_eq!(model.list.marked.iter().map(|k| k.number.get()).collect::<Vec<_>>(), [419, 421]);
    remove(&mut model, &[key(1, 419)]);
    assert_eq!(model.list.marked.len(), 1);
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
