//! What the history tells of builds that ran again: their newest attempts are kept alone.

use flowlens::facts::{
    fact::{AllChecksSeen, CheckName, CheckSeen, Fact, What, Workflow},
    rows::{HistoryItem, PipelineRunRow},
};

use super::{
    lives::{at, check, fact},
    memory::Memory,
    rules::{opened, run},
};

/// A check that began and, unless it runs, ended then.
fn ran(name: &str, id: i64, attempt: Option<i32>, word: &str, begin: i64, end: i64) -> CheckSeen {
    let seen = check("c1", 7, name, id, word);
    let completed_at = seen.conclusion.is_some().then(|| at(end));
    CheckSeen { attempt, started_at: Some(at(begin)), completed_at, ..seen }
}

fn told(seen: CheckSeen) -> Fact {
    fact((seen.time(at(0)) - at(0)).num_seconds(), What::Check(seen))
}

/// The builds that the history tells, and since when the newest one is so.
fn builds(checks: impl IntoIterator<Item = CheckSeen>) -> (String, Option<i64>) {
    let run = run(&[vec![opened()], checks.into_iter().map(told).collect()].concat());
    (story_of(&run), run.build_since.map(|since| (since - at(0)).num_seconds()))
}

fn story_of(run: &PipelineRunRow) -> String {
    let second = |item: &HistoryItem| (item.at - at(0)).num_seconds();
    let items = run.history.iter().filter(|item| item.field == "status_build");
    items.map(|item| format!("{}@{}", item.value, second(item))).collect::<Vec<_>>().join(" ")
}

#[test]
fn before_a_rerun_nothing_is_told_as_passed() {
    let lint = |attempt| ran("lint", 1, attempt, "success", 10, 20);
    // Sync is not told which attempt a check is.
    for (first, second) in [(Some(1), Some(2)), (None, None)] {
        let failed = ran("test", 2, first, "failure", 10, 30);
        let again = |word| ran("test", 3, second, word, 900, 950);
        let story = builds([lint(first), failed.clone()]);
        assert_eq!(story, ("pending@0 running@10 failed@30".to_owned(), Some(30)));
        let story = builds([lint(first), failed.clone(), again("in_progress")]);
        assert_eq!(story, ("pending@0 running@10 running@900".to_owned(), Some(900)));
        let story = builds([lint(first), failed, again("success")]);
        assert_eq!(story, ("pending@0 running@10 running@900 passed@950".to_owned(), Some(950)));
    }
}

#[test]
fn what_is_known_from_before_a_rerun_is_told() {
    // Whatever the other one was: the build had failed.
    let docs = ran("docs", 1, Some(1), "failure", 10, 20);
    let again = ran("test", 3, Some(2), "in_progress", 900, 0);
    assert_eq!(builds([docs, again]), ("pending@0 running@10 failed@20".to_owned(), Some(20)));
    // Nothing was before a first attempt, though it begins late.
    let both = [ran("lint", 1, Some(1), "success", 10, 20), ran("deploy", 2, Some(1), "success", 30, 40)];
    let story = "pending@0 running@10 passed@20 running@30 passed@40";
    assert_eq!(builds(both), (story.to_owned(), Some(40)));
}

#[test]
fn an_older_run_of_a_workflow_is_told_up_to_the_newer_one() {
    let workflow = Some(Workflow { id: 5, event: "pull_request".into() });
    let of = |suite_id, seen: CheckSeen| CheckSeen { suite_id, workflow: workflow.clone(), ..seen };
    let other = ran("lint", 1, Some(1), "success", 10, 20);
    let older = of(8, ran("test", 2, Some(1), "failure", 10, 30));
    let newer = of(9, ran("test", 3, Some(1), "success", 900, 950));
    let story = "pending@0 running@10 failed@30 running@900 passed@950";
    assert_eq!(builds([other.clone(), older.clone(), newer.clone()]), (story.to_owned(), Some(950)));
    // One that GitHub has no more is not told.
    let checks = [&other, &newer].map(CheckName::from).into();
    let all = fact(1_100, What::AllChecks(AllChecksSeen { head_sha: "c1".into(), checks }));
    let mut memory = Memory::of(&[vec![opened()], [other, older, newer].map(told).into()].concat());
    memory.apply(&[all]);
    let run = memory.pulls[&(1, 1)].run.as_ref().expect("a run");
    assert_eq!(story_of(run), "pending@0 running@10 passed@20 running@900 passed@950");
}

#[test]
fn a_check_that_waits_is_not_dated_by_its_suite() {
    let lint = || ran("lint", 1, None, "success", 10, 20);
    let waits = |attempt, made: Option<i64>| CheckSeen {
        attempt,
        created_at: made.map(at),
        ..check("c1", 7, "test", 3, "queued")
    };
    // It may be a rerun, which its suite is older than.
    assert_eq!(builds([lint(), waits(None, None)]), ("pending@0 running@10".to_owned(), None));
    assert_eq!(builds([waits(Some(2), None)]), ("pending@0".to_owned(), None));
    // A first attempt is as old as its suite, and of others the time of their making may be known.
    assert_eq!(builds([waits(Some(1), None)]), ("running@0".to_owned(), Some(0)));
    let story = ("pending@0 running@10 running@900".to_owned(), Some(900));
    assert_eq!(builds([lint(), waits(Some(2), Some(900))]), story);
}
