//! The details of a pull request with much to tell: workflows that run, wait and fail, reviews, a history.

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::domain::{
    check::{Check, CheckId, CheckOutcome, Detail, Review},
    ids::Sha,
    pipeline::HistoryEntry,
    usual::{Timed, Usual, UsualTimes},
};

use super::{details::detail, noon};

fn before(seconds: i64) -> DateTime<Utc> {
    noon() - TimeDelta::seconds(seconds)
}

/// A job: its workflow, its name, how it stands; how long ago it was made, began and ended.
fn job(
    workflow: &str,
    name: &str,
    outcome: CheckOutcome,
    (made, began, ended): (i64, Option<i64>, Option<i64>),
) -> Check {
    let number = workflow.bytes().map(i64::from).sum::<i64>();
    let id = CheckId { app: "github-actions".to_owned(), suite: number, name: name.to_owned() };
    Check {
        run: Some(number * 100 + i64::try_from(name.len()).expect("small")),
        url: Some(format!("https://github.com/acme/api/actions/runs/{number}/job/7")),
        workflow: Some(number),
        workflow_name: Some(workflow.to_owned()),
        attempt: Some(if outcome == CheckOutcome::Failed { 2 } else { 1 }),
        created_at: Some(before(made)),
        started_at: began.map(before),
        completed_at: ended.map(before),
        summary: (outcome == CheckOutcome::Failed)
            .then(|| "2 of 41 failed: session::refresh_rotates_the_token, session::expiry".to_owned()),
        ..Check::new(id, outcome)
    }
}

pub(crate) fn room() -> Detail {
    use CheckOutcome as O;
    let mut checks = vec![
        job("CI", "lint", O::Passed, (700, Some(690), Some(510))),
        job("CI", "test (ubuntu)", O::Failed, (700, Some(688), Some(436))),
        job(
            "CI",
            "test (macos, a name that goes on for long, with its matrix)",
            O::Running,
            (700, Some(252), None),
        ),
        job("CI", "test (windows)", O::Queued, (190, None, None)),
        job("CI", "docs", O::Skipped, (700, Some(700), Some(705))),
        job("Acceptance", "e2e (chromium)", O::Failed, (720, Some(700), Some(100))),
        job("Acceptance", "e2e (firefox)", O::Passed, (720, Some(700), Some(80))),
        job("Acceptance", "認証トークン", O::Passed, (720, Some(719), Some(718))),
    ];
    let status = CheckId { app: "status".to_owned(), suite: 0, name: "deploy/preview".to_owned() };
    checks.push(Check {
        url: Some("https://preview.example/421".to_owned()),
        summary: Some("Preview is ready".to_owned()),
        completed_at: Some(before(60)),
        ..Check::new(status, O::Passed)
    });
    let other = CheckId { app: "buildkite".to_owned(), suite: 3, name: "pipeline".to_owned() };
    checks.push(Check::new(other, O::Other("paused".to_owned())));
    let review = |reviewer: &str, state: &str, minutes: i64, sha: &str, dismissed| Review {
        reviewer: reviewer.to_owned(),
        state: state.to_owned(),
        submitted_at: Some(before(minutes * 60)),
        sha: Sha::parse(sha),
        dismissed,
    };
    let said = vec![
        review("dan", "approved", 30, "abc0421def", false),
        review("eve", "changes_requested", 200, "77ab012fed", false),
        review("fay", "commented", 300, "77ab012fed", false),
        review("gil", "approved", 400, "77ab012fed", true),
    ];
    let entry = |field: &str, value: &str, minutes: i64, by: Option<&str>| HistoryEntry {
        field: field.to_owned(),
        value: value.to_owned(),
        at: Some(before(minutes * 60)),
        by: by.map(str::to_owned),
    };
    let history = vec![
        entry("status_build", "failed", 8, None),
        entry("status_build", "running", 12, None),
        entry("head", "abc0421def", 12, None),
        entry("files", "abc0421def", 12, None),
        entry("review", "approved", 30, Some("dan")),
        entry("queue", "left", 31, None),
        entry("queue", "3", 35, None),
        entry("status_approval", "failed", 200, None),
        entry("review", "changes_requested", 200, Some("eve")),
        entry("status_pr", "passed", 2_900, None),
        entry("state", "open", 2_940, None),
        entry("deployed_to", "staging", 2_950, None),
    ];
    let reviews = said.iter().rev().filter(|review| !review.dismissed && review.state != "commented");
    Detail { checks, reviews: reviews.cloned().collect(), said, history, ..detail() }
}

/// How long its checks usually take.
pub(crate) fn usual() -> UsualTimes {
    let of = |workflow: &str, name: &str, half: i64, most: i64| {
        let number = workflow.bytes().map(i64::from).sum::<i64>();
        let timed = Timed { app: "github-actions".to_owned(), workflow: Some(number), name: name.to_owned() };
        let (half, most) = (TimeDelta::seconds(half), TimeDelta::seconds(most));
        (timed, Usual { half, most, samples: 14 })
    };
    UsualTimes::from([
        of("CI", "lint", 170, 200),
        of("CI", "test (ubuntu)", 240, 300),
        of("CI", "test (windows)", 400, 500),
        of("Acceptance", "e2e (chromium)", 194, 300),
    ])
}
