//! What the properties shrank to when a rule was broken: the smallest facts on which each break shows.

use flowlens::facts::fact::{Fact, PullRequestSeen, PullState, What};

use super::{
    lives::{at, check, dismissal, fact, pull, review},
    memory::Memory,
};

/// Told forwards, backwards and forwards again, one by one, they give what they give at once.
fn holds(facts: &[Fact]) -> Memory {
    let at_once = Memory::of(facts);
    for order in [facts.to_vec(), facts.iter().rev().cloned().collect(), [facts, facts].concat()] {
        let mut memory = Memory::default();
        for fact in &order {
            memory.apply(std::slice::from_ref(fact));
        }
        assert_eq!(memory, at_once);
    }
    at_once
}

fn seen(seconds: i64, state: PullState) -> Fact {
    fact(seconds, What::PullRequest(Box::new(PullRequestSeen { state, ..pull("c0") })))
}

#[test]
fn the_earlier_of_two_dismissals() {
    let memory = holds(&[review(0, 2, "cy", "dismissed"), dismissal(1, 2, "cy", 2)]);
    assert_eq!(memory.pulls[&(1, 1)].reviews[&2].dismissed_at, Some(at(0)));
}

#[test]
fn a_state_between_two_equal_ones() {
    let memory = holds(&[
        seen(0, PullState::Open),
        seen(2, PullState::Open),
        seen(1, PullState::Closed { at: at(1) }),
    ]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().pr_since, Some(at(2)));
}

#[test]
fn a_commit_that_is_not_the_head_has_a_check() {
    let failed = fact(0, What::Check(check("c1", 0, "test", 1, "failure")));
    let memory = holds(&[failed, seen(0, PullState::Open)]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().status_build.word(), "pending");
}

#[test]
fn two_titles_in_one_second() {
    let titled = |title: &str| {
        fact(0, What::PullRequest(Box::new(PullRequestSeen { title: title.into(), ..pull("c0") })))
    };
    let memory = holds(&[titled("B"), titled("A")]);
    assert_eq!(memory.pulls[&(1, 1)].pull.as_ref().unwrap().title, "B");
}
