//! Jobs that are told with their run alone, and the check runs and suites that are the same thing.

use flowlens::facts::fact::{CheckConclusion, CheckSeen, CheckStatus, Fact, What, Workflow};

use super::{
    lives::{check, fact, pull},
    memory::Memory,
};

fn page(run: i64, id: i64) -> String {
    format!("https://github.com/acme/api/actions/runs/{run}/job/{id}")
}

/// As `workflow_job` tells it.
fn job(seconds: i64, run: i64, name: &str, id: i64, word: &str) -> Fact {
    let seen =
        CheckSeen { url: Some(page(run, id)), ..check("c1", CheckSeen::suite_of_run(run), name, id, word) };
    fact(seconds, What::Check(seen))
}

/// As `check_run` tells it.
fn run(seconds: i64, suite: i64, name: &str, id: i64, word: &str, url: &str) -> Fact {
    fact(seconds, What::Check(CheckSeen { url: Some(url.to_owned()), ..check("c1", suite, name, id, word) }))
}

/// As `workflow_run` tells it.
fn workflow_run(seconds: i64, suite: i64, run: i64, word: &str) -> Fact {
    let conclusion = Some(CheckConclusion::parse(word));
    let seen = CheckSeen {
        url: Some(format!("https://github.com/acme/api/actions/runs/{run}")),
        workflow: Some(Workflow { id: 5, event: "pull_request".into() }),
        ..CheckSeen::suite("c1", "github-actions", suite, "CI", CheckStatus::Completed, conclusion)
    };
    fact(seconds, What::Check(seen))
}

/// The build, and how many checks count, in each order of these facts.
fn build(facts: &[Fact]) -> (String, usize) {
    let facts = [&[fact(0, What::PullRequest(Box::new(pull("c1"))))], facts].concat();
    let whole = Memory::of(&facts);
    for n in 0..facts.len() {
        let mut turned = facts.clone();
        turned.rotate_left(n);
        let mut memory = Memory::default();
        for fact in turned.iter().rev() {
            memory.apply(std::slice::from_ref(fact));
        }
        assert_eq!(memory, whole);
    }
    let count = whole.checks.values().filter(|row| row.superseded.is_none()).count();
    (whole.pulls[&(1, 1)].run.as_ref().unwrap().status_build.word().to_owned(), count)
}

fn is(word: &str, count: usize) -> (String, usize) {
    (word.to_owned(), count)
}

#[test]
fn jobs_of_one_name_in_two_workflows_stay_two() {
    let both = [job(1, 50, "test", 1, "failure"), job(2, 60, "test", 2, "success")];
    assert_eq!(build(&both), is("failed", 2));
    // Though the check run of one of them is told, too.
    let told = run(2, 20, "test", 2, "success", &page(60, 2));
    assert_eq!(build(&[&both[..], &[told]].concat()), is("failed", 2));
}

#[test]
fn a_job_and_its_check_run_are_one() {
    // By their id, where the address tells nothing of the run.
    let told = [job(1, 50, "test", 1, "failure"), run(1, 20, "test", 1, "failure", "https://x/runs/1")];
    assert_eq!(build(&told), is("failed", 1));
    // By their run, also where one of the two was told of an earlier attempt only.
    let early = [job(1, 50, "test", 1, "failure"), run(9, 20, "test", 7, "success", &page(50, 7))];
    assert_eq!(build(&early), is("passed", 1));
    let late = [job(9, 50, "test", 7, "success"), run(1, 20, "test", 1, "failure", &page(50, 1))];
    assert_eq!(build(&late), is("passed", 1));
    // What is known of one job holds for the others of its run.
    let other = [
        &told[..],
        &[job(2, 50, "lint", 3, "success"), run(2, 20, "lint", 2, "failure", "https://x/runs/2")],
    ]
    .concat();
    assert_eq!(build(&other), is("failed", 2));
}

#[test]
fn the_jobs_of_a_run_stand_for_it_and_are_left_behind_with_it() {
    let first = [workflow_run(3, 20, 50, "failure"), job(2, 50, "test", 1, "failure")];
    assert_eq!(build(&first), is("failed", 1));
    let second = [workflow_run(9, 21, 51, "success"), job(8, 51, "test", 2, "success")];
    assert_eq!(build(&[&first[..], &second].concat()), is("passed", 1));
    // Of two runs whose workflow is not known, both count.
    assert_eq!(build(&[first[1].clone(), second[1].clone()]), is("failed", 2));
}

#[test]
fn a_suite_that_is_told_without_its_workflow_gives_way_to_its_run() {
    let conclusion = Some(CheckConclusion::Failure);
    let status = CheckStatus::Completed;
    let seen = CheckSeen::suite("c1", "github-actions", 20, "GitHub Actions", status, conclusion);
    let suite = fact(1, What::Check(seen));
    assert_eq!(build(std::slice::from_ref(&suite)), is("failed", 1));
    assert_eq!(build(&[suite.clone(), workflow_run(9, 20, 50, "success")]), is("passed", 1));
    assert_eq!(
        build(&[suite, job(2, 50, "test", 1, "success"), workflow_run(9, 20, 50, "success")]),
        is("passed", 1)
    );
}
