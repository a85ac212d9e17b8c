//! `checks`: the newest attempt of each job, status context or check of one commit.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    domain::pipeline::StageStatus,
    facts::{
        fact::{CheckConclusion, CheckSeen, CheckStatus, Fact, What},
        rows::{CheckKey, CheckRow},
    },
};

/// Folds the check facts into rows, whatever their commit: for checks whose pull request is not known (yet).
pub fn fold_all<'a>(checks: &mut BTreeMap<CheckKey, CheckRow>, facts: impl IntoIterator<Item = &'a Fact>) {
    for fact in facts {
        if let What::Check(seen) = &fact.what {
            fold(checks, fact.at, seen);
        }
    }
}

/// The key of the row that a fact is about.
pub fn key(seen: &CheckSeen) -> CheckKey {
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    CheckKey {
        head_sha: text(&seen.head_sha),
        app: text(&seen.app),
        suite_id: seen.suite_id,
        name: text(&seen.name),
    }
}

pub(super) fn fold(checks: &mut BTreeMap<CheckKey, CheckRow>, at: DateTime<Utc>, seen: &CheckSeen) {
    let row = CheckRow {
        github_id: Some(seen.github_id),
        attempt: Some(seen.attempt.unwrap_or(1)),
        status: seen.status.clone(),
        conclusion: seen.conclusion.clone(),
        url: seen.url.clone(),
        summary: seen.summary.clone(),
        started_at: seen.started_at,
        completed_at: seen.completed_at,
        github_updated_at: Some(at),
    };
    match checks.entry(key(seen)) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(row);
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => {
            if order(&row) > order(entry.get()) {
                entry.insert(row);
            }
        }
    }
}

/// Newest attempt, then how far it is (a late `in_progress` overtakes no end), then time, then the columns.
fn order(row: &CheckRow) -> impl Ord + '_ {
    (
        (row.attempt, row.github_id, &row.status, row.github_updated_at, &row.conclusion),
        (row.completed_at, row.started_at, &row.url, &row.summary),
    )
}

/// The checks of one commit that count. A job that was told without its suite is left out where the check run of
/// the same name, as new or newer, is there with its suite: they are one.
pub(super) fn of_head<'a>(checks: &'a BTreeMap<CheckKey, CheckRow>, head: &str) -> Vec<&'a CheckRow> {
    let of_head: Vec<_> = checks.iter().filter(|(key, _)| key.head_sha == head).collect();
    let twin = |key: &CheckKey, row: &CheckRow| {
        key.suite_id == 0
            && of_head.iter().any(|(other, theirs)| {
                (&other.app, &other.name) == (&key.app, &key.name)
                    && other.suite_id != 0
                    && theirs.github_id >= row.github_id
            })
    };
    of_head.iter().filter(|(key, row)| !twin(key, row)).map(|(_, row)| *row).collect()
}

/// How one check counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Running,
    Good,
    Neutral,
    Bad,
    Unclear,
}

pub(super) fn outcome(row: &CheckRow) -> Outcome {
    use CheckConclusion as C;
    match (&row.status, &row.conclusion) {
        (CheckStatus::Completed, Some(conclusion)) => match conclusion {
            C::Success => Outcome::Good,
            C::Neutral | C::Skipped => Outcome::Neutral,
            C::Failure | C::TimedOut | C::Cancelled | C::ActionRequired | C::StartupFailure => Outcome::Bad,
            C::Stale | C::Other(_) => Outcome::Unclear,
        },
        (CheckStatus::Completed, None) => Outcome::Unclear,
        (
            CheckStatus::Requested
            | CheckStatus::Queued
            | CheckStatus::Pending
            | CheckStatus::Waiting
            | CheckStatus::InProgress
            | CheckStatus::Other(_),
            _,
        ) => Outcome::Running,
    }
}

/// The build over all checks of the head: any bad one, else any running one, else at least one good one and none
/// that is unclear.
pub(super) fn build(outcomes: &[Outcome]) -> StageStatus {
    let any = |wanted| outcomes.contains(&wanted);
    if any(Outcome::Bad) {
        StageStatus::Failed
    } else if any(Outcome::Running) {
        StageStatus::Running
    } else if any(Outcome::Good) && !any(Outcome::Unclear) {
        StageStatus::Passed
    } else {
        StageStatus::Pending
    }
}
