//! What changed since the reader last looked.

use chrono::TimeDelta;
use flowlens::domain::board::FeedEvent;
use flowlens::domain::ids::PrKey;
use flowlens::domain::sync::Synced;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::state_file::SavedSeen;

use super::{notice, numbers, selected};
use crate::support::board::{self, Draft, change, key, keys, noon, pass, pull, remove, repo, tell};

/// The numbers of the rows that are marked, as they are shown.
fn news(model: &Model) -> Vec<i32> {
    let news = model.list.rows.iter().filter(|key| model.seen.is_news(**key));
    let news: Vec<i32> = news.map(|key| key.number.get()).collect();
    assert_eq!(model.list.news, news.len(), "as the title counts them");
    news
}

fn saved(model: &Model) -> SavedSeen {
    model.saved_seen(None).expect("everything is read")
}

/// The next run, which finds these rows, too.
fn next_run(seen: SavedSeen, more: Vec<Draft>) -> Model {
    let mut model = Model::new(Setup { seen, ..board::setup(140, 30) });
    let mut events = board::start();
    let changed = more.into_iter().map(Draft::done).collect();
    events.insert(5, FeedEvent::Pulls { changed, gone: vec![] });
    for event in events {
        tell(&mut model, event);
    }
    model
}

/// Its build has failed.
fn fails(model: &mut Model, number: i32, hours: i64) {
    let failed = pull(1, number, "In the merge queue", "dan", hours).stages(["passed", "failed", "", ""]);
    change(model, vec![failed]);
}

#[test]
fn on_the_first_visit_nothing_is_news_and_then_what_changes() {
    let mut model = board::model(140, 30);
    assert_eq!(news(&model), [0; 0]);
    fails(&mut model, 416, 20);
    assert_eq!(news(&model), [416]);
    // Ages, labels and who wrote the row are nothing to look at.
    let same = |p: &mut flowlens::domain::pull_request::PullRow| p.updated_at = Some(noon());
    change(
        &mut model,
        vec![pull(1, 417, "A draft of something larger", "ana", 5).with(|p| {
            p.is_draft = Some(true);
            same(p);
        })],
    );
    assert_eq!(news(&model), [416]);
    // What was opened since is news, once it is shown; what comes later but is old is not.
    change(&mut model, vec![pull(1, 500, "New", "bo", -1), pull(1, 300, "Synced now", "bo", 500)]);
    keys(&mut model, "r");
    let mut both = news(&model);
    both.sort_unstable();
    assert_eq!(both, [416, 500]);
    // It is as it was: nothing to look at any more.
    let queued = pull(1, 416, "In the merge queue", "dan", 20)
        .stages(["passed", "passed", "approved", "pending"])
        .with(|p| p.queue_position = Some(2));
    change(&mut model, vec![queued.insight("low", None)]);
    assert_eq!(news(&model), [500]);
    remove(&mut model, &[key(1, 500)]);
    assert_eq!(news(&model), [0; 0]);
}

#[test]
fn a_stay_or_something_done_there_is_a_look_and_passing_by_is_none() {
    let mut model = board::model(140, 30);
    let rows = numbers(&model);
    let number = rows[1];
    let retitled = |model: &mut Model, title: &str| {
        let repo = model.list.rows[1].repo.uuid().as_u128();
        change(model, vec![pull(repo, number, title, "bo", 400)]);
    };
    retitled(&mut model, "Another title");
    keys(&mut model, "jjkk");
    assert_eq!(news(&model), [number], "in passing");
    keys(&mut model, "j");
    pass(&mut model, 1);
    assert_eq!(news(&model), [number], "the mark stays while the cursor does");
    keys(&mut model, "j");
    assert_eq!(news(&model), [0; 0], "a second");
    for does in ["y", "d<esc>", "i", "<space>"] {
        retitled(&mut model, does);
        keys(&mut model, "gj");
        assert_eq!(news(&model), [number], "{does}");
        keys(&mut model, does);
        assert_eq!(news(&model), [0; 0], "{does}");
    }
    // The order, the filter and the like say nothing about the row.
    retitled(&mut model, "again");
    keys(&mut model, "gjss?<esc>t/x<esc>g");
    assert_eq!(news(&model), [number]);
}

#[test]
fn keys_hop_between_changed_rows_and_wrap() {
    let mut model = board::model(140, 30);
    keys(&mut model, "]");
    assert_eq!((selected(&model), notice(&model)), (421, "Nothing shown has changed since you looked"));
    let rows = model.list.rows.clone();
    for at in [2, 5, 20] {
        let key: PrKey = rows[at];
        change(&mut model, vec![pull(key.repo.uuid().as_u128(), key.number.get(), "Other", "bo", 9)]);
    }
    assert_eq!(model.list.rows, rows, "nothing has moved");
    let place = |model: &Model| rows.iter().position(|key| Some(*key) == model.list.selected);
    for (pressed, at) in
        [("]", 2), ("]", 5), ("]", 20), ("]", 2), ("[", 20), ("[", 5), ("jj]", 20), ("g[", 20)]
    {
        keys(&mut model, pressed);
        assert_eq!(place(&model), Some(at), "{pressed}");
    }
    assert_eq!(notice(&model), "From the end again: 3 changed");
    assert!(model.list.top + model.areas().rows_of(model.focus) > 20, "it is on the screen");
    keys(&mut model, "u");
    assert_eq!((news(&model), notice(&model)), (vec![], "3 changed pull requests taken for seen"));
    keys(&mut model, "u");
    assert_eq!(news(&model).len(), 3);
    keys(&mut model, "u");
    pass(&mut model, 61);
    keys(&mut model, "u");
    assert_eq!((news(&model), notice(&model)), (vec![], "Nothing shown has changed since you looked"));
}

#[test]
fn only_the_rows_in_view_are_taken_for_seen() {
    let mut model = board::model(140, 30);
    fails(&mut model, 416, 20);
    fails(&mut model, 415, 21);
    keys(&mut model, "/#416<enter>");
    assert_eq!(news(&model), [416]);
    keys(&mut model, "u<esc>");
    assert_eq!(news(&model), [415]);
}

#[test]
fn the_next_run_knows_what_was_seen() {
    let mut model = board::model(140, 30);
    fails(&mut model, 416, 20);
    change(&mut model, vec![pull(1, 500, "Opened during the visit", "bo", -1)]);
    keys(&mut model, "r");
    pass(&mut model, 7200);
    let seen = saved(&model);
    let numbers: usize = seen.prints.values().map(std::collections::BTreeMap::len).sum();
    assert_eq!(numbers, model.board.len());

    let print = |seen: &SavedSeen, number| seen.prints[&repo(1).uuid()][&number];

    // 416 is as it was before it failed.
    let mut next = next_run(
        seen.clone(),
        vec![
            pull(1, 500, "Opened during the visit", "bo", -1),
            pull(1, 501, "Opened in time, and in view only since", "bo", -1),
            pull(1, 502, "Opened since the visit", "bo", -3),
            pull(1, 420, "Retitled since the visit", "renovate[bot]", 30),
        ],
    );
    let mut marked = news(&next);
    marked.sort_unstable();
    assert_eq!(marked, [420, 500, 502]);
    fails(&mut next, 416, 20);
    keys(&mut next, "r");
    assert_eq!(news(&next).len(), 4);
    assert_eq!(print(&saved(&next), 416), print(&seen, 416), "nobody has looked");
    keys(&mut next, "u");
    assert_ne!(print(&saved(&next), 416), print(&seen, 416));
}

#[test]
fn before_everything_is_read_there_is_no_news_and_nothing_to_keep() {
    let seen = saved(&board::model(140, 30));
    let mut model = Model::new(Setup { seen: seen.clone(), ..board::setup(140, 30) });
    let mut events = board::start();
    let rest = events.split_off(4);
    for event in events {
        tell(&mut model, event);
    }
    assert_eq!((news(&model), model.saved_seen(None)), (vec![], None));
    for event in rest {
        tell(&mut model, event);
    }
    assert_eq!(news(&model), [0; 0]);
    assert_eq!(saved(&model).prints, seen.prints);
}

#[test]
fn what_is_out_of_view_is_forgotten_unless_this_run_shows_some_repositories_only() {
    let mut seen = saved(&board::model(140, 30));
    let elsewhere = repo(99).uuid();
    seen.prints.insert(elsewhere, [(7, 1)].into());
    seen.prints.get_mut(&repo(1).uuid()).expect("its rows").insert(9999, 1);
    for (is_partial, kept) in [(false, false), (true, true)] {
        let model = board::with(Setup { seen: seen.clone(), is_partial, ..board::setup(140, 30) });
        let again = saved(&model);
        assert_eq!(again.prints.contains_key(&elsewhere), kept);
        assert!(!again.prints[&repo(1).uuid()].contains_key(&9999));
    }
}

#[test]
fn an_insight_of_ones_own_is_no_news_and_a_level_that_others_change_is() {
    let oauth = || {
        pull(1, 420, "Bump tokio from 1.53 to 1.54", "renovate[bot]", 30)
            .stages(["passed", "passed", "pending", "pending"])
    };
    let mut model = board::model(140, 30);
    change(&mut model, vec![oauth().insight_of(80, "high")]);
    assert_eq!(news(&model), [420]);
    change(&mut model, vec![oauth().insight_of(81, "low")]);
    assert_eq!(news(&model), [0; 0], "the same level in other words");

    let mut model = board::model(140, 30);
    keys(&mut model, "/#420<enter>i<esc>");
    change(&mut model, vec![oauth().insight_of(80, "high")]);
    assert_eq!(news(&model), [0; 0], "asked for here");
    change(&mut model, vec![oauth().insight_of(81, "medium")]);
    assert_eq!(news(&model), [420], "the next one was not");

    // The first insight of a pull request comes by itself.
    let bare =
        || pull(1, 419, "Merge conflict here", "bo", 400).stages(["passed", "passed", "approved", "pending"]);
    let bare = || bare().with(|p| p.mergeable_state = Some("dirty".into()));
    let mut model = board::model(140, 30);
    change(&mut model, vec![bare().insight_of(80, "medium")]);
    assert_eq!(news(&model), [0; 0]);
    change(&mut model, vec![bare().insight_of(81, "high")]);
    assert_eq!(news(&model), [419]);
}

#[test]
fn news_of_an_outage_is_news() {
    let mut model = board::model(140, 30);
    tell(&mut model, board::outage(flowlens::domain::source::Cause::Refused, 9));
    fails(&mut model, 416, 20);
    tell(&mut model, FeedEvent::Polled(board::poll_at(noon() + TimeDelta::minutes(9), noon())));
    assert_eq!(news(&model), [416]);
}

/// Whether a sync reads this repository for the first time.
fn synced(model: &mut Model, n: u128, is_first: bool) {
    let at = (!is_first).then(noon);
    let synced = vec![Synced { repository: repo(n), at, is_held: true, trouble: None, is_first }];
    tell(model, FeedEvent::Synced(synced));
}

#[test]
fn what_a_first_read_brings_is_the_board_itself_and_no_news() {
    let mut model = board::model(140, 30);
    keys(&mut model, "jjj");
    let (row, place) = (selected(&model), |model: &Model| model.position().map(|row| row - model.list.top));
    let line = place(&model);
    synced(&mut model, 6, true);
    // Opened since the reader came, of a repository that nobody knew.
    change(&mut model, vec![pull(6, 900, "From the list", "bo", -1), pull(6, 901, "Another", "bo", 70)]);
    assert!(numbers(&model).contains(&900) && numbers(&model).contains(&901), "without a key");
    assert_eq!((selected(&model), place(&model)), (row, line), "the reader reads on");
    // Its details come a little later.
    let failed = |title| pull(6, 900, title, "bo", -1).stages(["passed", "failed", "", ""]);
    change(&mut model, vec![failed("From the list")]);
    assert_eq!((news(&model), model.list.waiting.any()), (vec![], false));
    assert_eq!(selected(&model), row);
    // Others are told as ever.
    fails(&mut model, 416, 20);
    assert_eq!(news(&model), [416]);
    synced(&mut model, 6, false);
    change(&mut model, vec![failed("Another title"), pull(6, 902, "New", "bo", -1)]);
    assert!(model.list.waiting.new == 1 && !numbers(&model).contains(&902));
    let mut marked = news(&model);
    marked.sort_unstable();
    assert_eq!(marked, [416, 900]);
}

#[test]
fn a_frozen_order_waits_for_a_first_read_too() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<ctrl-f>");
    synced(&mut model, 6, true);
    change(&mut model, vec![pull(6, 900, "From the list", "bo", 70)]);
    assert_eq!((model.list.waiting.new, news(&model)), (1, vec![]));
}
