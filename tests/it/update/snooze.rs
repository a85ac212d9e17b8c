//! Pull requests that are hidden for a while.

use chrono::TimeDelta;
use flowlens::tui::action::Action;
use flowlens::tui::model::{Model, Setup};

use super::{after, notice, numbers, selected};
use crate::support::board::{self, change, key, keys, noon, pass, pull, remove, repo};

/// Before, keys, after.
pub(super) const ACTIONS: &[(Action, &str, &str, &str)] = &[
    (Action::Snooze, "", "n", "overlay snooze .0"),
    (Action::Snooze, "n<down>", "<enter>", "overlay , rows 28, selected #419, !detail #419, !save"),
    (Action::Snooze, "n", "<esc>", "overlay "),
    (Action::NextChanged, "", "]", ""),
    (Action::PreviousChanged, "", "[", ""),
    (Action::Seen, "", "u", ""),
];

fn shows(model: &Model, number: i32) -> bool {
    numbers(model).contains(&number)
}

/// Until when #421 is hidden, as it is kept.
fn saved(model: &Model) -> String {
    let saved = model.saved_seen(None).expect("everything is read");
    let rows = saved.snoozed.get(&repo(1).uuid());
    let until = rows.and_then(|rows| rows.get(&421));
    until.map_or_else(String::new, |until| until.map_or("a change".to_owned(), |at| at.to_rfc3339()))
}

#[test]
fn for_an_hour_it_is_no_row_and_then_it_is_one_again_and_marked() {
    let mut model = board::model(140, 30);
    keys(&mut model, "n<enter>");
    assert_eq!((shows(&model, 421), model.list.snoozed, selected(&model)), (false, 1, 419));
    assert!(notice(&model).starts_with("acme/api#421 hidden until "), "{}", notice(&model));
    assert_eq!(saved(&model), (noon() + TimeDelta::hours(1)).to_rfc3339());
    // Whatever happens to it.
    change(&mut model, vec![pull(1, 421, "Another title", "ana", 49)]);
    keys(&mut model, "rs");
    assert!(!shows(&model, 421));
    assert_eq!(model.deadline().max(noon()), model.deadline());
    pass(&mut model, 3599);
    assert!(!shows(&model, 421));
    keys(&mut model, "j");
    let at = selected(&model);
    assert_eq!(model.deadline(), noon() + TimeDelta::hours(1), "the program wakes by itself");
    pass(&mut model, 1);
    assert_eq!((model.list.waiting.new, model.list.snoozed), (1, 0));
    assert_eq!(notice(&model), "acme/api#421 back from a snooze");
    keys(&mut model, "r");
    assert!(shows(&model, 421) && model.seen.is_news(key(1, 421)));
    assert_eq!((selected(&model), saved(&model)), (at, String::new()));
}

#[test]
fn until_something_changes_it_is_no_row() {
    let mut model = board::model(140, 30);
    keys(&mut model, "nchanges<enter>");
    assert_eq!((shows(&model, 421), saved(&model).as_str()), (false, "a change"));
    pass(&mut model, 999_999);
    assert!(!shows(&model, 421));
    change(&mut model, vec![pull(1, 421, "Another title", "ana", 49)]);
    keys(&mut model, "r");
    assert!(shows(&model, 421) && model.seen.is_news(key(1, 421)));
    assert_eq!(saved(&model), "");
}

#[test]
fn marked_ones_are_hidden_together_and_shown_by_their_filter() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space>n2d<enter>");
    assert_eq!((model.list.snoozed, model.list.marked.len(), numbers(&model).len()), (2, 0, 27));
    assert!(notice(&model).starts_with("2 pull requests hidden until "), "{}", notice(&model));
    // Only those of the view are counted.
    keys(&mut model, "/#421<enter>");
    assert_eq!((numbers(&model).len(), model.list.snoozed), (0, 1));
    keys(&mut model, "<esc>/is:snoozed<enter>");
    assert_eq!((numbers(&model).len(), model.list.snoozed), (2, 0));
    assert_eq!(after(&mut model, "gn").split(", ").next(), Some("rows 1"));
    assert!(notice(&model).ends_with(" shown again"), "{}", notice(&model));
    keys(&mut model, "<esc>/!is:snoozed<enter>");
    assert_eq!((numbers(&model).len(), model.list.snoozed), (28, 0));
    keys(&mut model, "<esc>");
    assert_eq!((numbers(&model).len(), model.list.snoozed), (28, 1));
}

#[test]
fn a_wrong_duration_hides_nothing() {
    let mut model = board::model(140, 30);
    for typed in ["soon", "0s", "5", "-1h", "99999999d"] {
        assert_eq!(after(&mut model, &format!("n{typed}<enter>")), format!("overlay snooze {typed}.0"));
        keys(&mut model, "<esc>");
    }
    assert_eq!(model.list.snoozed, 0);
    keys(&mut model, "/zzzzz<enter>n");
    assert!(model.overlay.is_none());
    assert_eq!(notice(&model), "No pull request is selected");
}

#[test]
fn the_next_run_hides_them_too_until_their_time() {
    let mut model = board::model(140, 30);
    keys(&mut model, "n<enter>");
    let seen = model.saved_seen(None).expect("everything is read");
    let mut next = board::with(Setup { seen: seen.clone(), ..board::setup(140, 30) });
    assert_eq!((shows(&next, 421), next.list.snoozed), (false, 1));
    remove(&mut next, &[key(1, 421)]);
    assert_eq!((next.list.snoozed, saved(&next)), (0, String::new()));
    // Its time came while nobody looked.
    let late = Setup { now: noon() + TimeDelta::hours(2), seen, ..board::setup(140, 30) };
    let mut next = board::with(late);
    assert!(next.deadline() > next.now, "the program does not spin");
    pass(&mut next, 0);
    keys(&mut next, "r");
    assert!(shows(&next, 421) && next.seen.is_news(key(1, 421)));
}

#[test]
fn a_look_leaves_a_list_of_news_when_the_reader_says_so() {
    let mut model = board::model(140, 30);
    change(&mut model, vec![pull(1, 416, "Other", "dan", 20), pull(1, 415, "Other", "eve", 21)]);
    keys(&mut model, "/is:new<enter>");
    assert_eq!(numbers(&model).len(), 2);
    pass(&mut model, 1);
    keys(&mut model, "j");
    assert_eq!((numbers(&model).len(), model.list.waiting.left, model.list.news), (2, 1, 1));
    keys(&mut model, "r");
    assert_eq!(numbers(&model).len(), 1);
    keys(&mut model, "u");
    assert_eq!(numbers(&model).len(), 0, "a choice of the reader's own");
    keys(&mut model, "u");
    assert_eq!(numbers(&model).len(), 1);
}

#[test]
fn the_palette_shows_a_hidden_one_and_says_so() {
    let mut model = board::model(140, 30);
    keys(&mut model, "n<enter>:421<enter>");
    assert_eq!((selected(&model), notice(&model)), (421, "acme/api#421 is snoozed"));
    assert_eq!(model.list.filter_text, "is:snoozed");
    keys(&mut model, "n<esc>");
    assert!(shows(&model, 421));
    keys(&mut model, "4:419<enter>");
    assert_eq!((selected(&model), model.list.filter_text.as_str()), (419, ""));
}

/// Two dashboards on one database: what each of them hides and shows is kept, and a look is the last one.
#[test]
fn what_others_have_saved_meanwhile_stays() {
    let (mut one, mut other) = (board::model(140, 30), board::model(140, 30));
    keys(&mut one, "n<enter>");
    let first = one.saved_seen(None).expect("everything is read");
    one.seen.are_saved();
    keys(&mut other, "jn1w<backspace><backspace>1 w<enter>");
    let hidden = other.seen.snoozed().next().expect("one");
    let both = other.saved_seen(Some(&first)).expect("everything is read");
    assert_eq!(both.snoozed[&repo(1).uuid()].len(), 2);
    // The first one shows its own again, and knows nothing of the other's.
    keys(&mut one, "/is:snoozed<enter>n");
    let left = one.saved_seen(Some(&both)).expect("everything is read");
    let numbers: Vec<&i32> = left.snoozed[&repo(1).uuid()].keys().collect();
    assert_eq!(numbers, [&hidden.number.get()]);
    // A look there is not taken back here.
    change(&mut other, vec![pull(1, 416, "Other", "dan", 20)]);
    change(&mut one, vec![pull(1, 416, "Other", "dan", 20)]);
    let before = one.saved_seen(None).expect("everything is read").prints[&repo(1).uuid()][&416];
    keys(&mut other, "u");
    let looked = other.saved_seen(Some(&left)).expect("everything is read");
    assert_ne!(looked.prints[&repo(1).uuid()][&416], before);
    let kept = one.saved_seen(Some(&looked)).expect("everything is read");
    assert_eq!(kept.prints[&repo(1).uuid()][&416], looked.prints[&repo(1).uuid()][&416]);
}
