//! What answers of GitHub's API tell, whose facts are told again and again: the rules, one by one.

use flowlens::{
    domain::pipeline::Stage,
    facts::{
        fact::{
            AllChecksSeen, CheckConclusion, CheckName, CheckSeen, CheckStatus, Fact, MergeabilitySeen,
            PullRequestGone, PullRequestSeen, PullState, What, Workflow,
        },
        rows::Stored,
    },
};

use super::{
    lives::{at, check, fact, pull},
    memory::Memory,
    rules::{job, opened, queue, row, rows, run, seen, word},
};

/// What an answer at a time says of a head, in GraphQL's words.
fn said(seconds: i64, head: &str, updated: i64, mergeable: &str, state: &str) -> Fact {
    fact(
        seconds,
        What::Mergeability(MergeabilitySeen {
            number: 1,
            head_sha: head.into(),
            updated_at: at(updated),
            mergeable: Some(mergeable.into()),
            merge_state: Some(state.into()),
        }),
    )
}

fn dirty(seconds: i64) -> Fact {
    said(seconds, "c1", 0, "CONFLICTING", "DIRTY")
}

fn clean(seconds: i64) -> Fact {
    said(seconds, "c1", 0, "MERGEABLE", "CLEAN")
}

fn mergeable(facts: &[Fact]) -> Option<String> {
    row(facts).mergeable_state
}

#[test]
fn a_conflict_that_is_over_is_over_though_nothing_else_moved() {
    assert_eq!(mergeable(&[opened(), dirty(5)]).as_deref(), Some("dirty"));
    let facts = [opened(), dirty(5), clean(9)];
    assert_eq!(mergeable(&facts).as_deref(), Some("clean"));
    assert_eq!(mergeable(&[opened(), clean(9), dirty(12)]).as_deref(), Some("dirty"));
    let run = run(&facts);
    assert_eq!((run.status_merge.word(), run.merge_since), ("pending", Some(at(9))));
    // A delivery of that time, whenever it comes, is older than any answer.
    let delivered = seen(0, PullRequestSeen { mergeable_state: Some("dirty".into()), ..pull("c1") });
    for answer in [clean(0), clean(9)] {
        assert_eq!(mergeable(&[opened(), answer, delivered.clone()]).as_deref(), Some("clean"));
    }
    // One of a later change is newer than an answer before it.
    let later = Fact { at: at(7), ..delivered };
    assert_eq!(mergeable(&[opened(), clean(6), later.clone()]).as_deref(), Some("dirty"));
    assert_eq!(mergeable(&[opened(), later, clean(9)]).as_deref(), Some("dirty"), "of before");
}

#[test]
fn unknown_is_no_word_and_a_word_is_of_one_head() {
    let unknown = |seconds, head: &str| said(seconds, head, 0, "UNKNOWN", "UNKNOWN");
    assert_eq!(mergeable(&[opened(), unknown(3, "c1")]), None);
    assert_eq!(mergeable(&[opened(), dirty(5), unknown(9, "c1")]).as_deref(), Some("dirty"));
    let pushed = seen(20, pull("c2"));
    let facts = [opened(), dirty(5), pushed.clone(), unknown(21, "c2")];
    assert_eq!((mergeable(&facts), word(Stage::Merge, &facts)), (None, "pending".into()));
    let facts = [opened(), dirty(5), pushed, said(30, "c2", 20, "MERGEABLE", "BLOCKED")];
    assert_eq!(mergeable(&facts).as_deref(), Some("blocked"));
    assert_eq!(run(&facts).merge_since, Some(at(20)), "the conflict was the other head's");
}

#[test]
fn github_s_words_are_of_any_case_and_a_conflict_is_dirty() {
    let word = |mergeable: Option<&str>, state: Option<&str>| {
        let seen = MergeabilitySeen {
            number: 1,
            head_sha: "c1".into(),
            updated_at: at(0),
            mergeable: mergeable.map(Into::into),
            merge_state: state.map(Into::into),
        };
        seen.word()
    };
    for (mergeable, state, stored) in [
        (Some("MERGEABLE"), Some("CLEAN"), Some("clean")),
        (Some("MERGEABLE"), Some("HAS_HOOKS"), Some("has_hooks")),
        (Some("CONFLICTING"), Some("DIRTY"), Some("dirty")),
        (Some("CONFLICTING"), Some("DRAFT"), Some("dirty")),
        (Some("conflicting"), Some("UNKNOWN"), Some("dirty")),
        (Some("MERGEABLE"), Some("UNKNOWN"), Some("mergeable")),
        (Some("MERGEABLE"), None, Some("mergeable")),
        (Some("UNKNOWN"), Some("BEHIND"), Some("behind")),
        (Some("UNKNOWN"), Some("unknown"), None),
        (None, None, None),
    ] {
        assert_eq!(word(mergeable, state).as_deref(), stored, "{mergeable:?} {state:?}");
    }
}

#[test]
fn the_same_answer_again_changes_no_row_and_a_way_back_does() {
    let mut memory = Memory::of(&[opened(), dirty(5)]);
    assert_eq!(memory.apply(&[dirty(60)]), 0);
    assert_eq!(memory.apply(&[dirty(120), dirty(180)]), 0);
    assert!(memory.apply(&[clean(200)]) > 0);
    assert_eq!(memory.apply(&[clean(260)]), 0);
    assert!(memory.apply(&[dirty(300)]) > 0);
    assert_eq!(memory.apply(&[dirty(5), clean(200), dirty(310)]), 0);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().merge_since, Some(at(300)));
}

#[test]
fn a_greater_id_is_the_newer_attempt_whatever_counts_it() {
    let second =
        |word| fact(5, What::Check(CheckSeen { attempt: Some(2), ..check("c1", 7, "test", 20, word) }));
    let third = job(9, "c1", 7, "test", 30, "success");
    assert_eq!(word(Stage::Build, &[opened(), second("failure"), third]), "passed");
    // Whoever does not count the attempts of an id tells how it ended all the same.
    let ended = job(9, "c1", 7, "test", 20, "success");
    let facts = [opened(), second("in_progress"), ended];
    assert_eq!(word(Stage::Build, &facts), "passed");
    assert_eq!(Memory::of(&facts).checks.into_values().next().unwrap().attempt, Some(2));
}

fn status(seconds: i64, id: i64, word: &str) -> Fact {
    fact(
        seconds,
        What::Check(CheckSeen { app: CheckSeen::STATUS.into(), ..check("c1", 0, "ci/jenkins", id, word) }),
    )
}

#[test]
fn of_a_commit_status_the_newest_counts_with_an_id_or_without() {
    let done = status(5, 0, "success");
    assert_eq!(word(Stage::Build, &[opened(), done.clone()]), "passed");
    assert_eq!(word(Stage::Build, &[opened(), done.clone(), status(9, 0, "pending")]), "running");
    assert_eq!(word(Stage::Build, &[opened(), status(9, 0, "pending"), status(12, 0, "failure")]), "failed");
    // A delivery knows its id, an answer does not.
    let stored = rows(&[opened(), done.clone(), status(5, 4711, "success")]);
    assert_eq!(stored, rows(&[opened(), done]));
    assert_eq!(
        word(Stage::Build, &[opened(), status(5, 4711, "failure"), status(9, 0, "success")]),
        "passed"
    );
}

fn of_workflow(seconds: i64, suite: i64, name: &str, word: &str, workflow: Option<(i64, &str)>) -> Fact {
    let workflow = workflow.map(|(id, event)| Workflow { id, event: event.into() });
    fact(seconds, What::Check(CheckSeen { workflow, ..check("c1", suite, name, 10 * suite + 1, word) }))
}

/// In each order of these facts, the same rows.
fn in_each_order(facts: &[Fact]) -> Stored {
    let rows = rows(facts);
    for n in 0..facts.len() {
        let mut turned = facts.to_vec();
        turned.rotate_left(n);
        turned.swap(0, facts.len() / 2);
        let mut memory = Memory::default();
        for fact in &turned {
            memory.apply(std::slice::from_ref(fact));
        }
        assert_eq!(memory, Memory::of(facts));
    }
    rows
}

fn build(facts: &[Fact]) -> String {
    let facts = [&[opened()], facts].concat();
    in_each_order(&facts).run.unwrap().status_build.word().to_owned()
}

#[test]
fn of_a_workflow_s_suites_for_one_event_the_newest_counts() {
    let ci = Some((1, "pull_request"));
    let failed = [of_workflow(1, 7, "test", "failure", ci), of_workflow(1, 7, "old", "failure", ci)];
    let again = of_workflow(9, 8, "test", "success", ci);
    assert_eq!(build(&[&failed[..], std::slice::from_ref(&again)].concat()), "passed");
    // For another event, of another workflow, or of one that is not known, it stands.
    for other in [Some((1, "push")), Some((2, "pull_request")), None] {
        let other = of_workflow(1, 6, "test", "failure", other);
        assert_eq!(build(&[other, again.clone()]), "failed");
    }
    // One check that knows its workflow tells it for all of its suite.
    let unknown = of_workflow(1, 7, "lint", "failure", None);
    assert_eq!(build(&[unknown.clone(), again.clone()]), "failed");
    assert_eq!(build(&[unknown, failed[0].clone(), again]), "passed");
}

#[test]
fn a_workflow_that_waits_for_approval_runs_until_its_checks_do() {
    let suite = |seconds, status, conclusion| {
        let seen = CheckSeen::suite("c1", "github-actions", 7, "CI", status, conclusion);
        fact(seconds, What::Check(seen))
    };
    let waits = suite(1, CheckStatus::Completed, Some(CheckConclusion::ActionRequired));
    assert_eq!(build(std::slice::from_ref(&waits)), "running");
    let kept = Memory::of(std::slice::from_ref(&waits)).checks;
    assert_eq!(kept.into_values().next().unwrap().status, CheckStatus::Waiting);
    assert_eq!(build(&[waits.clone(), job(9, "c1", 7, "CI / test", 71, "success")]), "passed");
    assert_eq!(build(&[waits.clone(), job(9, "c1", 7, "CI", 71, "success")]), "passed", "of the same name");
    // It ended without a check.
    let ended = suite(1, CheckStatus::Completed, Some(CheckConclusion::Success));
    assert_eq!(build(&[waits.clone(), ended]), "passed");
    // A newer suite of its workflow takes its place, and it the older one's.
    let mut known = waits.clone();
    if let What::Check(seen) = &mut known.what {
        seen.workflow = Some(Workflow { id: 1, event: "pull_request".into() });
    }
    let older = of_workflow(1, 6, "test", "failure", Some((1, "pull_request")));
    let newer = of_workflow(9, 8, "test", "success", Some((1, "pull_request")));
    assert_eq!(build(&[older.clone(), known.clone()]), "running");
    assert_eq!(build(&[older, known, newer]), "passed");
}

fn all(seconds: i64, names: &[&str]) -> Fact {
    let name = |name: &&str| CheckName::from(&check("c1", 7, name, 1, "success"));
    let checks = names.iter().map(name).collect();
    fact(seconds, What::AllChecks(AllChecksSeen { head_sha: "c1".into(), checks }))
}

#[test]
fn a_check_that_github_has_no_more_does_not_count() {
    let first = [opened(), job(1, "c1", 7, "test", 1, "success"), job(1, "c1", 7, "gone", 2, "failure")];
    let mut memory = Memory::of(&first);
    let build = |memory: &Memory| memory.pulls[&(1, 1)].run.as_ref().unwrap().status_build.word().to_owned();
    // It may only not be there yet.
    assert_eq!(memory.apply(&[all(30, &["test"]), all(61, &["test"])]), 0);
    assert_eq!(memory.apply(&[all(100, &["test"])]), 2, "the check and the run");
    assert_eq!((build(&memory).as_str(), memory.checks.len()), ("passed", 2));
    assert_eq!(memory.apply(&[all(200, &["test"])]), 0);
    assert_eq!(memory.apply(&first), 0, "told again, late");
    memory.apply(&[job(90, "c1", 7, "gone", 3, "failure")]);
    assert_eq!(build(&memory), "passed", "of before, and told late");
    memory.apply(&[all(80, &["test", "gone"])]);
    assert_eq!(build(&memory), "passed", "a list of before");
    // It is back: in a list, or by news of it.
    let mut listed = memory.clone();
    listed.apply(&[all(300, &["test", "gone"])]);
    assert_eq!(build(&listed), "failed");
    memory.apply(&[job(250, "c1", 7, "gone", 4, "in_progress")]);
    assert_eq!(build(&memory), "running");
    // What it had taken the place of counts again.
    let ci = Some((1, "pull_request"));
    let runs = [of_workflow(1, 7, "test", "failure", ci), of_workflow(9, 8, "test", "success", ci)];
    let mut memory = Memory::of(&[&[opened()], &runs[..]].concat());
    memory.apply(&[all(200, &["test"])]);
    assert_eq!(build(&memory), "failed");
    // A suite that waits is in no list of checks.
    let suite = CheckSeen::suite("c1", "github-actions", 9, "CI", CheckStatus::Waiting, None);
    let mut memory = Memory::of(&[opened(), fact(1, What::Check(suite))]);
    memory.apply(&[all(900, &[])]);
    assert_eq!(build(&memory), "running");
}

#[test]
fn a_pull_request_that_is_gone_is_closed_until_it_is_seen_again() {
    let gone = |seconds| fact(seconds, What::Gone(PullRequestGone { number: 1 }));
    let facts = [opened(), job(1, "c1", 7, "test", 1, "success"), gone(50)];
    let stored = rows(&facts);
    let (pull_row, run_row) = (stored.pull.unwrap(), stored.run.unwrap());
    assert_eq!((pull_row.state.as_deref(), pull_row.closed_at), (Some("closed"), Some(at(50))));
    assert_eq!(&*pull_row.title, "Add OAuth refresh");
    let stages =
        [&run_row.status_pr, &run_row.status_build, &run_row.status_merge].map(|s| s.word().to_owned());
    assert_eq!(stages, ["closed", "passed", "closed"]);
    assert_eq!((run_row.pr_since, run_row.merge_since), (Some(at(50)), Some(at(50))));
    assert_eq!(Memory::of(&facts).apply(&[gone(80), gone(120)]), 0);

    let back = [&facts[..], &[clean(90)]].concat();
    let stored = rows(&back);
    let pull_row = stored.pull.unwrap();
    assert_eq!((pull_row.state.as_deref(), pull_row.closed_at), (Some("open"), None));
    assert_eq!(stored.run.unwrap().status_pr.word(), "passed");
    assert_eq!(row(&[&back[..], &[gone(130)]].concat()).closed_at, Some(at(130)), "once more");
    assert_eq!(row(&[opened(), queue(3, Some(1)), gone(50)]).queue_position, None);
    let places: Vec<Fact> = (51..251).map(|n| queue(n, Some(1))).collect();
    assert_eq!(
        row(&[&[opened(), gone(50)], &places[..]].concat()).closed_at,
        Some(at(50)),
        "however long ago"
    );
    // The same word as before it was gone says all the same that it is there.
    let mut memory = Memory::of(&[opened(), clean(40), gone(50)]);
    memory.apply(&[clean(90)]);
    assert_eq!(memory.pulls[&(1, 1)].pull.as_ref().unwrap().state.as_deref(), Some("open"));
    assert_eq!(memory.apply(&[gone(50), clean(40), clean(95)]), 0);
    // An end that was seen stays.
    let merged = seen(20, PullRequestSeen { state: PullState::Merged { at: at(20) }, ..pull("c1") });
    assert_eq!(row(&[opened(), merged, gone(50)]).state.as_deref(), Some("merged"));
    let closed = seen(20, PullRequestSeen { state: PullState::Closed { at: at(20) }, ..pull("c1") });
    assert_eq!(row(&[opened(), closed.clone(), gone(20), clean(90)]).closed_at, Some(at(20)));
    assert_eq!(row(&[opened(), closed, gone(50)]).closed_at, Some(at(20)));
    // GitHub's times of one end may differ.
    let closed = seen(20, PullRequestSeen { state: PullState::Closed { at: at(21) }, ..pull("c1") });
    let mut memory = Memory::of(&[opened(), closed, gone(21)]);
    memory.apply(&[clean(90)]);
    assert_eq!(memory.pulls[&(1, 1)].pull.as_ref().unwrap().closed_at, Some(at(21)));
}
