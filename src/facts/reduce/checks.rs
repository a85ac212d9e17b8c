//! `checks`: the newest attempt of each job, status context, check or suite of one commit; and which of them count.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::pipeline::StageStatus,
    facts::{
        fact::{AllChecksSeen, CheckConclusion, CheckName, CheckSeen, CheckStatus, Fact, What},
        rows::{CheckKey, CheckRow},
    },
};

type Checks = BTreeMap<CheckKey, CheckRow>;

/// Folds the check facts into rows, whatever their commit: for checks whose pull request is not known (yet).
///
/// Which facts come together does not matter, but for [`AllChecksSeen`]: it speaks of what is stored, and may be told
/// again with each answer. A list of its own, kept for each commit, would settle a delivery that comes late about a
/// check that is gone, and cost a write with each answer.
pub fn fold_all<'a>(checks: &mut Checks, facts: impl IntoIterator<Item = &'a Fact>) {
    let mut lists = Vec::new();
    for fact in facts {
        match &fact.what {
            What::Check(seen) => fold(checks, fact.at, seen),
            What::AllChecks(seen) => lists.push((fact.at, seen)),
            What::Repository(_)
            | What::RepositoryGone
            | What::PullRequest(_)
            | What::Mergeability(_)
            | What::Gone(_)
            | What::Files(_)
            | What::Review(_)
            | What::ReviewDismissed(_)
            | What::MergeQueue(_) => {}
        }
    }
    lists.sort_by_key(|(at, _)| *at);
    for (at, seen) in lists {
        sweep(checks, at, seen);
    }
    settle(checks);
}

/// The key of the row that a fact is about.
pub fn key(seen: &CheckSeen) -> CheckKey {
    key_of(&seen.head_sha, &CheckName::from(seen))
}

/// A commit as the keys of its checks have it.
pub fn commit(sha: &str) -> String {
    sha.replace('\0', "\u{fffd}")
}

fn key_of(head_sha: &str, name: &CheckName) -> CheckKey {
    CheckKey {
        head_sha: commit(head_sha),
        app: name.app.replace('\0', "\u{fffd}"),
        suite_id: name.suite_id,
        name: name.name.replace('\0', "\u{fffd}"),
    }
}

fn fold(checks: &mut Checks, at: DateTime<Utc>, seen: &CheckSeen) {
    let key = key(seen);
    let is_status = key.is_status();
    let mut row = CheckRow {
        github_id: (!is_status).then_some(seen.github_id),
        attempt: seen.attempt.filter(|_| !is_status),
        workflow_id: seen.workflow.as_ref().map(|workflow| workflow.id),
        workflow_event: seen.workflow.as_ref().map(|workflow| workflow.event.clone()),
        workflow_name: seen.workflow_name.clone().filter(|_| !is_status),
        status: seen.status.clone(),
        conclusion: seen.conclusion.clone(),
        url: seen.url.clone(),
        summary: seen.summary.clone(),
        created_at: seen.created_at.filter(|_| !is_status),
        started_at: seen.started_at,
        completed_at: seen.completed_at,
        github_updated_at: Some(at),
        gone_at: None,
        superseded: None,
    };
    match checks.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(row);
        }
        Entry::Occupied(mut entry) => {
            let old = entry.get_mut();
            let newer = order(&row, is_status) > order(old, is_status);
            if newer {
                std::mem::swap(old, &mut row);
                (old.gone_at, old.superseded) = (row.gone_at, row.superseded);
            }
            // An id is of one attempt, and a suite of one workflow: whoever knows tells.
            if old.github_id == row.github_id {
                old.attempt = old.attempt.max(row.attempt);
                old.created_at = old.created_at.max(row.created_at);
            }
            // Of a name that was changed meanwhile any will do, but always the same.
            old.workflow_name = old.workflow_name.take().max(row.workflow_name.take());
            if workflow(&row) > workflow(old) {
                (old.workflow_id, old.workflow_event) = (row.workflow_id, row.workflow_event);
            }
        }
    }
}

/// The greatest id, then how far it is (a late `in_progress` overtakes no end), then time, then the columns. Of a
/// commit status the newest: it may go back to pending.
fn order(row: &CheckRow, is_status: bool) -> impl Ord + '_ {
    (
        (row.github_id, row.github_updated_at.filter(|_| is_status)),
        (&row.status, row.github_updated_at, &row.conclusion),
        (row.completed_at, row.started_at, &row.url, &row.summary),
    )
}

fn workflow(row: &CheckRow) -> Option<(i64, &str)> {
    row.workflow_id.zip(row.workflow_event.as_deref())
}

/// Those that GitHub does not have any more are gone, those that it has are back.
fn sweep(checks: &mut Checks, at: DateTime<Utc>, seen: &AllChecksSeen) {
    let there: BTreeSet<CheckKey> = seen.checks.iter().map(|name| key_of(&seen.head_sha, name)).collect();
    let settled = at - TimeDelta::seconds(AllChecksSeen::LAG_SECONDS);
    let head = commit(&seen.head_sha);
    for (key, row) in checks.iter_mut().filter(|(key, _)| key.head_sha == head) {
        if there.contains(key) {
            row.gone_at = row.gone_at.filter(|gone| *gone > at);
        } else if row.github_updated_at.is_none_or(|told| told < settled)
            && !is_suite(key, row)
            && !row.is_gone()
        {
            row.gone_at = Some(at);
        }
    }
}

/// Finds those that do not count:
///
/// - those that are gone
/// - those of a suite, where a newer one of the same workflow and event is there: a second run leaves the first one's
///   failures behind. Where the workflow is not known, both count
/// - a suite, as soon as a check of it is told; one without its workflow, as soon as it is told with it
/// - a job that was told without its suite, where the check run of the same name, as new or newer, is there with its
///   suite: they are one. Where its run is known, only a check run of that run is, and the newer of them counts
fn settle(checks: &mut Checks) {
    let suites = Suites::of(checks);
    let there = |(_, row): &(&CheckKey, &CheckRow)| !row.is_gone();
    let mut workflows = BTreeMap::new();
    for (key, row) in checks.iter() {
        let known = workflows.entry(suites.suite(key)).or_insert(None);
        *known = (*known).max(workflow(row));
    }
    let mut newest = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut named = BTreeSet::new();
    let mut runs = BTreeMap::new();
    let mut twins = BTreeMap::new();
    for (key, row) in checks.iter().filter(there) {
        let suite = suites.suite(key);
        if let Some(workflow) = workflows.get(&suite).copied().flatten() {
            let newest = newest.entry((&key.head_sha, &key.app, workflow)).or_insert(age(suite));
            *newest = age(suite).max(*newest);
        }
        if !is_suite(key, row) {
            told.insert(suite);
        } else if workflow(row).is_some() {
            named.insert(suite);
        }
        if key.suite_id != 0 {
            let id = runs.entry((&key.head_sha, &key.app, &key.name)).or_insert(row.github_id);
            *id = row.github_id.max(*id);
        }
        let twin = twins.entry((suite, &key.name)).or_insert((row.github_id, key.suite_id));
        *twin = (row.github_id, key.suite_id).max(*twin);
    }
    let superseded: Vec<bool> = checks
        .iter()
        .map(|(key, row)| {
            let suite = suites.suite(key);
            let known = workflows.get(&suite).copied().flatten();
            let newer = known
                .and_then(|workflow| newest.get(&(&key.head_sha, &key.app, workflow)))
                .is_some_and(|newest| *newest > age(suite));
            let is_told = is_suite(key, row)
                && (told.contains(&suite) || workflow(row).is_none() && named.contains(&suite));
            let is_stray = key.suite_id == 0
                && runs.get(&(&key.head_sha, &key.app, &key.name)).is_some_and(|id| *id >= row.github_id);
            let has_twin =
                twins.get(&(suite, &key.name)).is_some_and(|twin| *twin > (row.github_id, key.suite_id));
            row.is_gone() || newer || is_told || is_stray || has_twin
        })
        .collect();
    for (row, superseded) in checks.values_mut().zip(superseded) {
        row.superseded = superseded.then_some(true);
    }
}

/// A suite among those of all commits: commit, app, id.
type Suite<'a> = (&'a str, &'a str, i64);

/// Ids grow; a run that stands for its suite has a negative one.
fn age(suite: Suite<'_>) -> u64 {
    suite.2.unsigned_abs()
}

/// Of runs that stand for their suites, the suites.
struct Suites(BTreeMap<(String, String, i64), i64>);

impl Suites {
    /// A run's suite is known by the address of the run or of a check in it, or by a job that a check run has the id of.
    fn of(checks: &Checks) -> Self {
        let mut known = BTreeMap::new();
        if checks.keys().all(|key| key.suite_id >= 0) {
            return Self(known);
        }
        let mut learn = |key: &CheckKey, run: i64, suite: i64| {
            let known = known.entry((key.head_sha.clone(), key.app.clone(), run)).or_insert(suite);
            *known = suite.max(*known);
        };
        let mut ids = BTreeMap::new();
        for (key, row) in checks.iter().filter(|(key, _)| key.suite_id > 0) {
            if let Some(run) = row.url.as_deref().and_then(run_of) {
                learn(key, CheckSeen::suite_of_run(run), key.suite_id);
            }
            if let Some(id) = row.github_id.filter(|id| *id != 0) {
                ids.insert((&key.head_sha, &key.app, id), key.suite_id);
            }
        }
        for (key, row) in checks.iter().filter(|(key, _)| key.suite_id < 0) {
            let id = row.github_id.unwrap_or_default();
            if let Some(suite) = ids.get(&(&key.head_sha, &key.app, id)) {
                learn(key, key.suite_id, *suite);
            }
        }
        Self(known)
    }

    fn suite<'a>(&self, key: &'a CheckKey) -> Suite<'a> {
        let known = || self.0.get(&(key.head_sha.clone(), key.app.clone(), key.suite_id)).copied();
        let suite = if key.suite_id < 0 { known() } else { None };
        (&key.head_sha, &key.app, suite.unwrap_or(key.suite_id))
    }
}

/// The run of `https://github.com/acme/api/actions/runs/7/job/9`.
fn run_of(url: &str) -> Option<i64> {
    let (_, rest) = url.split_once("/actions/runs/")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Whether it stands for a whole suite.
fn is_suite(key: &CheckKey, row: &CheckRow) -> bool {
    !key.is_status() && key.suite_id != 0 && row.github_id == Some(0)
}

impl CheckKey {
    fn is_status(&self) -> bool {
        self.app == CheckSeen::STATUS
    }
}

impl CheckRow {
    /// GitHub does not have it any more, and did not tell of it since.
    pub(super) fn is_gone(&self) -> bool {
        self.gone_at.is_some_and(|gone| self.github_updated_at.is_none_or(|told| told <= gone))
    }
}

/// The checks of one commit that count.
pub(super) fn of_head<'a>(checks: &'a Checks, head: &str) -> Vec<&'a CheckRow> {
    let counts = |(key, row): &(&CheckKey, &CheckRow)| key.head_sha == head && row.superseded != Some(true);
    checks.iter().filter(counts).map(|(_, row)| row).collect()
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
