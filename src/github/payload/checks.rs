//! Checks in answers, and the fingerprint of a build.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{List, QueueEntry};

/// What changes when a build does, at the cost of no check.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fingerprint {
    pub id: String,
    pub updated_at: DateTime<Utc>,
    pub head_ref_oid: String,
    pub mergeable: Option<String>,
    pub merge_state_status: Option<String>,
    pub is_in_merge_queue: Option<bool>,
    pub merge_queue_entry: Option<QueueEntry>,
    pub status_check_rollup: Option<CountedRollup>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CountedRollup {
    pub state: Option<String>,
    pub commit: Option<Commit>,
    pub contexts: Option<CountedContexts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountedContexts {
    pub total_count: Option<usize>,
    pub check_run_counts_by_state: Option<Vec<StateCount>>,
    pub status_context_counts_by_state: Option<Vec<StateCount>>,
    /// The last one: a new one shows though the counts are the same.
    pub nodes: Option<Vec<Option<LastContext>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StateCount {
    pub state: String,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastContext {
    pub database_id: Option<i64>,
    pub status: Option<String>,
    pub id: Option<String>,
    pub state: Option<String>,
}

/// The suites of a pull request's head.
#[derive(Clone, Debug, Deserialize)]
pub struct Suites {
    pub id: String,
    pub commits: Option<List<PullCommit>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PullCommit {
    pub commit: SuitesOfCommit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SuitesOfCommit {
    pub oid: String,
    pub check_suites: Option<List<Suite>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suite {
    pub database_id: Option<i64>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub app: Option<App>,
    pub workflow_run: Option<WorkflowRun>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Commit {
    pub oid: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Rollup {
    pub state: Option<String>,
    pub commit: Option<Commit>,
    pub contexts: Option<List<Context>>,
}

/// A check run, or a status, or a new kind that we do not know.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "__typename")]
pub enum Context {
    CheckRun(Box<CheckRun>),
    StatusContext(StatusContext),
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRun {
    pub database_id: Option<i64>,
    pub name: String,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub details_url: Option<String>,
    pub title: Option<String>,
    pub check_suite: Option<CheckSuite>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckSuite {
    pub database_id: Option<i64>,
    pub created_at: Option<DateTime<Utc>>,
    pub app: Option<App>,
    pub workflow_run: Option<WorkflowRun>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct App {
    pub slug: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowRun {
    pub database_id: Option<i64>,
    pub url: Option<String>,
    pub event: Option<String>,
    pub workflow: Option<WorkflowName>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowName {
    pub database_id: Option<i64>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusContext {
    pub context: String,
    pub state: String,
    pub description: Option<String>,
    pub target_url: Option<String>,
    pub created_at: DateTime<Utc>,
}
