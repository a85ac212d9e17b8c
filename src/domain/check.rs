//! What is read on demand for the selected pull request: checks, reviews, history, files.

use chrono::{DateTime, Utc};

use super::pipeline::HistoryEntry;

/// One check of the head commit. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, e.g. `test (ubuntu)`.
    pub name: String,
    /// How it stands.
    pub outcome: CheckOutcome,
    /// Its page.
    pub url: Option<String>,
    /// One line of what it said.
    pub summary: Option<String>,
    /// When it ended.
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
    /// When.
    pub submitted_at: Option<DateTime<Utc>>,
}

/// What the detail panes know beyond the board's own row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Checks of the head commit, failed ones first.
    pub checks: Vec<Check>,
    /// Latest review of each reviewer.
    pub reviews: Vec<Review>,
    /// The run's history, newest first, at most 200 entries.
    pub history: Vec<HistoryEntry>,
}

/// One entry of `files_changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path.
    pub path: String,
    /// GitHub's word: added, modified, removed, renamed …
    pub status: String,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// The patch, cleaned line by line; `None` where GitHub sent none.
    pub patch: Option<Vec<String>>,
}

/// What `files_changed` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// The files.
    Known(Vec<ChangedFile>),
    /// There is nothing to show, and this is why.
    Unknown(&'static str),
}
