//! What is read on demand for the selected pull request: checks, reviews, history.

use chrono::{DateTime, Utc};

use super::{ids::Sha, insight::PastInsight, pipeline::HistoryEntry};

/// One check of the head commit. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, e.g. `test (ubuntu)`.
    pub name: String,
    pub outcome: CheckOutcome,
    pub url: Option<String>,
    /// One line of what it said.
    pub summary: Option<String>,
    pub completed_at: Option<DateTime<Utc>>,
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
}

/// The latest word of one reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The reviewer's login.
    pub reviewer: String,
    /// `approved`, `changes_requested`, … as stored.
    pub state: String,
    pub submitted_at: Option<DateTime<Utc>>,
}

/// What the detail panes know beyond the board's own row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// The head that was asked about, if it was known.
    pub head: Option<Sha>,
    /// Checks of the head commit, failed ones first.
    pub checks: Vec<Check>,
    /// Latest review of each reviewer.
    pub reviews: Vec<Review>,
    /// The run's history, newest first, at most 200 entries.
    pub history: Vec<HistoryEntry>,
    /// Its insights, newest first, at most 12.
    pub insights: Vec<PastInsight>,
}
