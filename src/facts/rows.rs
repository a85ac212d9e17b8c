//! The rows that facts make: the columns of the schema, named as there. `updated_at` and `processed` are not among
//! them: the store sets them when a row really changes (to its clock, and to FALSE).
//!
//! Keys are free of NUL, which PostgreSQL refuses; in other text the store replaces it by U+FFFD. That is greater, so
//! the same fact told again does not count as news.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::fact::{CheckConclusion, CheckStatus, ReviewState};
use crate::domain::{
    ids::{PrNumber, RepoId},
    pipeline::StageStatus,
};

/// A row of `repositories`. The key is `github_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRow {
    /// Its primary key: what the database has, else [`super::reduce::new_repo_id`].
    pub id: RepoId,
    pub github_id: i64,
    pub name: String,
    /// `owner/name`, or `owner/name#github_id` once another repository has taken the name.
    pub full_name: String,
    pub owner: String,
    pub owner_avatar_url: Option<String>,
    /// `None`: known by its name only.
    pub is_private: Option<bool>,
    pub description: Option<String>,
    pub html_url: Option<String>,
    pub default_branch: Option<String>,
    pub language: Option<String>,
    pub archived: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
    pub github_updated_at: Option<DateTime<Utc>>,
    /// GitHub does not have it any more.
    pub gone_at: Option<DateTime<Utc>>,
}

/// A row of `pull_requests`. The key is `(repo_id, pr_number)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestRow {
    pub id: Uuid,
    /// Empty until the pull request itself was seen (files came first).
    pub title: String,
    pub author: Option<String>,
    pub author_avatar: Option<String>,
    pub commit_sha: Option<String>,
    pub branch_name: Option<String>,
    /// open, closed, merged.
    pub state: Option<String>,
    /// As GitHub sends it; of the head that [`PipelineRunRow::files_head`] tells.
    pub files_changed: Option<Arc<Value>>,
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub created_at: Option<DateTime<Utc>>,
    pub description: Option<String>,
    pub base_branch: Option<String>,
    pub pr_url: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub reviewers: Vec<String>,
    pub is_draft: Option<bool>,
    pub changed_files: Option<i32>,
    pub commits_count: Option<i32>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub mergeable_state: Option<String>,
    pub auto_merge: Option<bool>,
    pub queue_position: Option<i32>,
    /// The time of the fact that it shows; `None` until the pull request itself was seen.
    pub github_updated_at: Option<DateTime<Utc>>,
}

/// A row of `pipeline_runs`. The key is `(repo_id, pr_number)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRunRow {
    pub id: Uuid,
    pub commit_sha: Option<String>,
    pub status_pr: StageStatus,
    pub status_build: StageStatus,
    pub status_approval: StageStatus,
    pub status_merge: StageStatus,
    pub created_at: Option<DateTime<Utc>>,
    /// Oldest first, at most [`super::reduce::HISTORY`].
    pub history: Vec<HistoryItem>,
    pub pr_since: Option<DateTime<Utc>>,
    pub build_since: Option<DateTime<Utc>>,
    pub approval_since: Option<DateTime<Utc>>,
    pub merge_since: Option<DateTime<Utc>>,
}

/// An entry of `pipeline_runs.history`: `{field, value, at, meta?}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HistoryItem {
    pub at: DateTime<Utc>,
    pub field: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
}

/// The key of a row of `checks`, within its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckKey {
    pub head_sha: String,
    pub app: String,
    pub suite_id: i64,
    pub name: String,
}

/// A row of `checks`, beside its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRow {
    /// `None`: a commit status.
    pub github_id: Option<i64>,
    pub attempt: Option<i32>,
    pub workflow_id: Option<i64>,
    pub workflow_event: Option<String>,
    pub workflow_name: Option<String>,
    pub status: CheckStatus,
    pub conclusion: Option<CheckConclusion>,
    pub url: Option<String>,
    pub summary: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub github_updated_at: Option<DateTime<Utc>>,
    /// When GitHub did not have it any more.
    pub gone_at: Option<DateTime<Utc>>,
    /// `Some(true)`: it does not count, as it is gone or another one took its place; else `None`.
    pub superseded: Option<bool>,
}

/// A row of `reviews`, beside its key `(repo_id, pr_number, review_id)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    pub reviewer: String,
    /// What it said, also after a dismissal (`dismissed` only where that is not known).
    pub state: ReviewState,
    pub commit_sha: Option<String>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub dismissed_at: Option<DateTime<Utc>>,
}

/// All rows of one pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub repo_id: RepoId,
    /// GitHub does not have its repository any more.
    pub repository_gone_at: Option<DateTime<Utc>>,
    pub number: PrNumber,
    pub pull: Option<PullRequestRow>,
    pub run: Option<PipelineRunRow>,
    /// The checks of its head (those of other commits do no harm).
    pub checks: BTreeMap<CheckKey, CheckRow>,
    /// All its reviews, by GitHub's id.
    pub reviews: BTreeMap<i64, ReviewRow>,
}

/// A row to be written, whole, with `processed = FALSE` where the table has that column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    Pull(Box<PullRequestRow>),
    Run(Box<PipelineRunRow>),
    Check(CheckKey, Box<CheckRow>),
    Review(i64, Box<ReviewRow>),
}
