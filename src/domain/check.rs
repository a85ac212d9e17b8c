//! What is read on demand for the selected pull request: checks, reviews, history.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ids::Sha,
    insight::PastInsight,
    pipeline::{HistoryEntry, StageStatus},
    usual::Timed,
};

/// One check of the head commit. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: CheckId,
    pub outcome: CheckOutcome,
    pub url: Option<String>,
    /// One line of what it said.
    pub summary: Option<String>,
    /// GitHub's id of a check run, which is that of a workflow's job.
    pub run: Option<i64>,
    /// Which attempt, from 1, where known.
    pub attempt: Option<i32>,
    /// GitHub's id of the workflow, and its name.
    pub workflow: Option<i64>,
    pub workflow_name: Option<String>,
    /// When this attempt was made: until it begins it waits for a machine.
    pub created_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
}

/// A check among those of its commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckId {
    /// The app's slug: `github-actions` …; `status` for commit statuses.
    pub app: String,
    pub suite: i64,
    /// Its name, e.g. `test (ubuntu)`.
    pub name: String,
}

/// The app whose checks are jobs of workflows.
const ACTIONS: &str = "github-actions";

impl Check {
    /// A check of which nothing else is known.
    pub fn new(id: CheckId, outcome: CheckOutcome) -> Self {
        Self {
            id,
            outcome,
            url: None,
            summary: None,
            run: None,
            attempt: None,
            workflow: None,
            workflow_name: None,
            created_at: None,
            started_at: None,
            completed_at: None,
        }
    }

    pub fn name(&self) -> &str {
        &self.id.name
    }

    /// The id of the job whose log GitHub keeps. Others write their logs elsewhere.
    pub fn job(&self) -> Option<i64> {
        self.run.filter(|run| self.id.app == ACTIONS && *run > 0)
    }

    /// What it shares with the same check of other commits. Names alone do not tell: two workflows' `test` jobs differ.
    pub fn timed(&self) -> Option<Timed> {
        let is_told = self.workflow.is_some() || self.id.app != ACTIONS;
        is_told.then(|| Timed {
            app: self.id.app.clone(),
            workflow: self.workflow,
            name: self.id.name.clone(),
        })
    }

    /// It has begun and not ended.
    pub fn is_running(&self) -> bool {
        self.outcome == CheckOutcome::Running
    }

    /// It has not ended.
    pub fn is_open(&self) -> bool {
        self.outcome.is_open()
    }

    /// How long it has run by now, or ran. Skipped ones run backwards, and are left out.
    pub fn took(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let end = if self.is_running() { now } else { self.completed_at? };
        Some(end - self.started_at?).filter(|took| *took >= TimeDelta::zero())
    }

    /// How long it has waited for a machine by now, or did.
    pub fn waited(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let begin = if self.outcome == CheckOutcome::Queued { now } else { self.started_at? };
        Some(begin - self.created_at?).filter(|waited| *waited >= TimeDelta::zero())
    }
}

/// How a check stands: GitHub's `status` and `conclusion` in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// queued, waiting, requested, pending
    Queued,
    /// `in_progress`
    Running,
    /// success
    Passed,
    /// failure, error, `timed_out`, cancelled, `action_required`, `startup_failure`
    Failed,
    /// neutral, skipped, stale
    Skipped,
    /// A word that we do not know.
    Other(String),
}

impl Detail {
    /// The first failed check; of several, the first that has an address.
    pub fn failing_check(&self) -> Option<&Check> {
        let failed = || self.checks.iter().filter(|check| check.outcome == CheckOutcome::Failed);
        failed().find(|check| check.url.is_some()).or_else(|| failed().next())
    }

    /// The first check that runs again: its former attempt is what one may want to read.
    pub fn repeated_check(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.is_open() && check.attempt > Some(1))
    }

    /// When a column (`status_build` …) came to its present value, by the history.
    pub fn since(&self, field: &str) -> Option<DateTime<Utc>> {
        let mut entries = self.history.iter().filter(|entry| entry.field == field);
        let newest = entries.next()?;
        // Entries that repeat the value tell no change: the oldest of the unbroken row counts.
        entries.take_while(|entry| entry.value == newest.value).last().unwrap_or(newest).at
    }
}

impl CheckOutcome {
    /// From GitHub's two words; a conclusion decides where there is one.
    pub fn parse(status: &str, conclusion: Option<&str>) -> Self {
        let word = conclusion.filter(|c| !c.is_empty()).unwrap_or(status);
        match word.to_ascii_lowercase().as_str() {
            "queued" | "waiting" | "requested" | "pending" => Self::Queued,
            "in_progress" | "running" => Self::Running,
            "success" | "passed" => Self::Passed,
            "failure" | "failed" | "error" | "timed_out" | "cancelled" | "action_required"
            | "startup_failure" => Self::Failed,
            "neutral" | "skipped" | "stale" => Self::Skipped,
            _ => Self::Other(super::text::clean(word)),
        }
    }

    /// It has not ended.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Queued | Self::Running => true,
            Self::Passed | Self::Failed | Self::Skipped | Self::Other(_) => false,
        }
    }

    /// The stage's word whose sign it shares.
    pub fn sign(&self) -> StageStatus {
        match self {
            Self::Queued => StageStatus::Pending,
            Self::Running => StageStatus::Running,
            Self::Passed => StageStatus::Passed,
            Self::Failed => StageStatus::Failed,
            Self::Skipped => StageStatus::Skipped,
            Self::Other(word) => StageStatus::Other(word.as_str().into()),
        }
    }

    pub fn word(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Other(word) => word,
        }
    }
}

/// What a reviewer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The reviewer's login.
    pub reviewer: String,
    /// `approved`, `changes_requested`, … as stored.
    pub state: String,
    pub submitted_at: Option<DateTime<Utc>>,
    /// The commit that it is about.
    pub sha: Option<Sha>,
    /// It does not count any more.
    pub dismissed: bool,
}

/// What the detail panes know beyond the board's own row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// The head that was asked about, if it was known.
    pub head: Option<Sha>,
    /// Checks of the head commit, failed ones first.
    pub checks: Vec<Check>,
    /// Latest verdict of each reviewer, oldest first.
    pub reviews: Vec<Review>,
    /// All that reviewers said, newest first, at most 300.
    pub said: Vec<Review>,
    /// The run's history, newest first, at most 200 entries.
    pub history: Vec<HistoryEntry>,
    /// Its insights, newest first, at most 12.
    pub insights: Vec<PastInsight>,
}
