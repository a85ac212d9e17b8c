//! The place in the merge queue: what was delivered and what GitHub answered, put in order by GitHub's clock.

use flowlens::{
    domain::pipeline::Stage,
    facts::fact::{Fact, MergeQueueSeen, PullRequestSeen, PullState, What},
};
use proptest::{collection::btree_map, option, prelude::*};

use super::{
    lives::{at, fact, pull},
    rules::{opened, queue, row, rows, seen, word},
};

/// An answer at a time, as of the pull request's `updated_at`.
fn answer(seconds: i64, updated_at: i64, position: Option<i32>) -> Fact {
    let updated_at = Some(at(updated_at));
    fact(seconds, What::MergeQueue(MergeQueueSeen { number: 1, position, updated_at }))
}

fn entered(seconds: i64) -> Fact {
    queue(seconds, Some(MergeQueueSeen::SOMEWHERE))
}

#[test]
fn a_late_delivery_of_the_queue_takes_the_place_of_no_newer_answer() {
    let place = |facts: &[Fact]| row(&[&[opened()], facts].concat()).queue_position;
    // In it, out of it and in it again, and the answers before and after are the same.
    let answers = [answer(10, 3, Some(2)), answer(30, 8, Some(2))];
    for late in [vec![queue(5, None)], vec![queue(5, None), entered(8)], vec![entered(3)]] {
        assert_eq!(place(&[&answers[..], &late].concat()), Some(2), "{late:?}");
    }
    assert_eq!(place(&[&answers[..], &[queue(9, None)]].concat()), None, "newer than what was answered");
    assert_eq!(place(&[answer(10, 5, None), entered(4)]), None);
    // A move within the queue is no update.
    assert_eq!(place(&[entered(3), answer(10, 3, Some(4)), answer(20, 3, Some(2))]), Some(2));
    assert_eq!(place(&[entered(3), answer(10, 3, Some(2)), answer(20, 3, Some(4))]), Some(4));
}

#[test]
fn an_answer_that_says_the_same_again_changes_no_row() {
    let once = [opened(), entered(3), answer(10, 3, Some(2))];
    let again = [&once[..], &[answer(20, 3, Some(2)), answer(30, 3, Some(2))]].concat();
    assert_eq!(rows(&once), rows(&again));
    assert_eq!(word(Stage::Merge, &again), "running");
    let closed = seen(15, PullRequestSeen { state: PullState::Closed { at: at(15) }, ..pull("c1") });
    let reopened = seen(40, pull("c1"));
    assert_eq!(row(&[&again[..], &[closed.clone(), reopened.clone()]].concat()).queue_position, None);
    // An answer that lags behind the end that it names.
    assert_eq!(row(&[opened(), closed, answer(16, 15, Some(2)), reopened]).queue_position, None);
}

proptest! {
    #[test]
    fn the_newest_word_of_the_queue_holds_whichever_came_first(
        told in btree_map(1..60_i64, (any::<bool>(), option::of((0..60_i64, option::of(1..9_i32)))), 1..9)
            .prop_flat_map(|told| {
                let newest = told.last_key_value().map(|(_, (is_in, answer))| match answer {
                    Some((_, place)) => *place,
                    None => is_in.then_some(MergeQueueSeen::SOMEWHERE),
                });
                let facts = told.into_iter().flat_map(|(updated_at, (is_in, answered))| {
                    let delivered = queue(updated_at, is_in.then_some(MergeQueueSeen::SOMEWHERE));
                    let answered = answered.map(|(later, place)| answer(updated_at + later, updated_at, place));
                    [Some(delivered), answered].into_iter().flatten()
                });
                (Just(facts.chain([opened()]).collect::<Vec<_>>()).prop_shuffle(), Just(newest.flatten()))
            })
    ) {
        let (facts, newest) = told;
        prop_assert_eq!(row(&facts).queue_position, newest);
    }
}
