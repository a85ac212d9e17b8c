//! What the properties shrank to when a rule was broken: the smallest facts on which each break shows.

use flowlens::facts::fact::{
    CheckSeen, Fact, MergeQueueSeen, PullRequestSeen, PullState, RepositorySeen, What,
};

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

#[test]
fn a_repository_seen_in_the_second_of_its_end() {
    let there = |seconds| fact(seconds, What::Repository(RepositorySeen::default()));
    let ended = [there(5), fact(5, What::RepositoryGone)];
    assert_eq!(holds(&ended).repositories[&1].gone_at, Some(at(5)));
    assert_eq!(holds(&[&ended[..], &[there(6)]].concat()).repositories[&1].gone_at, None);
}

#[test]
fn what_another_service_says_of_a_head_is_not_of_the_next_one() {
    let mut memory = Memory::of(&[seen(0, PullState::Open)]);
    let word = |memory: &Memory| memory.pulls[&(1, 1)].pull.as_ref().unwrap().mergeable_state.clone();
    memory.pulls.get_mut(&(1, 1)).unwrap().pull.as_mut().unwrap().mergeable_state = Some("dirty".into());
    memory.apply(&[seen(1, PullState::Draft)]);
    assert_eq!(word(&memory).as_deref(), Some("dirty"));
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().merge_since, Some(at(1)), "by its picture");
    memory.apply(&[fact(2, What::PullRequest(Box::new(pull("c2"))))]);
    assert_eq!(word(&memory), None);
}

#[test]
fn a_picture_after_the_end_of_its_repository() {
    let memory = holds(&[seen(5, PullState::Open), fact(3, What::RepositoryGone)]);
    assert!(memory.pulls[&(1, 1)].pull.as_ref().unwrap().closed_at > Some(at(5)));
}

#[test]
fn a_build_of_the_only_head_is_pending_from_the_beginning() {
    let memory = holds(&[seen(5, PullState::Open)]);
    let run = memory.pulls[&(1, 1)].run.as_ref().unwrap();
    assert_eq!((run.pr_since, run.build_since), (Some(at(0)), Some(at(0))));
}

#[test]
fn a_head_that_is_back_came_when_it_came_back() {
    let pushed = |seconds, head| fact(seconds, What::PullRequest(Box::new(pull(head))));
    let memory = holds(&[pushed(0, "c1"), pushed(10, "c2"), pushed(20, "c1"), pushed(30, "c1")]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().build_since, Some(at(20)));
}

#[test]
fn an_end_that_was_pictured_late() {
    let memory = holds(&[seen(9, PullState::Merged { at: at(5) })]);
    let run = memory.pulls[&(1, 1)].run.as_ref().unwrap();
    assert_eq!((run.pr_since, run.merge_since), (Some(at(5)), Some(at(5))));
}

#[test]
fn nobody_is_waited_for_once_it_has_ended() {
    let asked = |seconds, state, label: &str| {
        let (labels, reviewers) = (vec![label.to_owned()], vec!["bo".to_owned()]);
        fact(seconds, What::PullRequest(Box::new(PullRequestSeen { state, labels, reviewers, ..pull("c0") })))
    };
    let closed = PullState::Closed { at: at(4) };
    let memory = holds(&[asked(0, PullState::Open, "a"), asked(4, closed, "a"), asked(9, closed, "b")]);
    let run = memory.pulls[&(1, 1)].run.as_ref().unwrap();
    assert_eq!((run.status_approval.word(), run.approval_since), ("pending", Some(at(4))));
}

#[test]
fn a_conflict_in_the_merge_queue() {
    let dirty = PullRequestSeen { mergeable_state: Some("dirty".into()), ..pull("c0") };
    let place = MergeQueueSeen { number: 1, position: Some(1), updated_at: None };
    let memory = holds(&[fact(0, What::PullRequest(Box::new(dirty))), fact(3, What::MergeQueue(place))]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().status_merge.word(), "failed");
}

#[test]
fn what_had_ended_did_not_go_with_its_repository() {
    let memory = holds(&[seen(5, PullState::Merged { at: at(5) }), fact(9, What::RepositoryGone)]);
    let history = &memory.pulls[&(1, 1)].run.as_ref().unwrap().history;
    assert!(history.iter().all(|item| item.field != "gone"), "{history:?}");
}

#[test]
fn a_check_that_began_after_its_end() {
    let (started_at, completed_at) = (Some(at(9)), Some(at(5)));
    let check = CheckSeen { started_at, completed_at, ..check("c0", 0, "test", 1, "success") };
    let memory = holds(&[seen(0, PullState::Open), fact(9, What::Check(check))]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().build_since, Some(at(5)));
}
