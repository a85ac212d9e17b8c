//! The things of a small GitHub.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::act::rules::{Acts, Rules};

pub(crate) struct Repository {
    pub(crate) id: i64,
    pub(crate) owner: String,
    pub(crate) name: String,
    /// `owner/name` of former times.
    pub(crate) former: Vec<String>,
    pub(crate) is_private: bool,
    pub(crate) is_archived: bool,
    pub(crate) is_gone: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) pushed_at: DateTime<Utc>,
    /// The last number that was given: none is given twice.
    pub(crate) numbers: i32,
    pub(crate) pulls: BTreeMap<i32, Pull>,
    /// Pull requests that went elsewhere: to which repository, and their number there.
    pub(crate) transferred: BTreeMap<i32, (usize, i32)>,
    /// By SHA.
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) rules: Rules,
}

#[derive(Clone)]
pub(crate) struct Pull {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    /// `None`: a ghost.
    pub(crate) author: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) is_draft: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) merged_at: Option<DateTime<Utc>>,
    pub(crate) head: String,
    pub(crate) head_branch: String,
    pub(crate) base_branch: String,
    pub(crate) is_cross: bool,
    /// The fork is deleted.
    pub(crate) lost_fork: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) assignees: Vec<String>,
    /// Logins, and teams as `@org/slug`.
    pub(crate) requests: Vec<String>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) files: Vec<Value>,
    pub(crate) mergeable: &'static str,
    pub(crate) merge_state: &'static str,
    pub(crate) auto_merge: Option<DateTime<Utc>>,
    /// Its place.
    pub(crate) queue: Option<i32>,
    pub(crate) commits: i32,
    /// The commit whose checks are still told as its head's: GraphQL may lag behind a push.
    pub(crate) lags_at: Option<String>,
    pub(crate) acts: Acts,
}

#[derive(Clone)]
pub(crate) struct Review {
    pub(crate) id: i64,
    pub(crate) author: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) commit: String,
}

#[derive(Clone, Default)]
pub(crate) struct Commit {
    pub(crate) suites: Vec<Suite>,
    pub(crate) statuses: Vec<Status>,
    /// As far as they are known.
    pub(crate) parents: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Suite {
    pub(crate) id: i64,
    pub(crate) app: String,
    /// Its run's id, its id, its name and the event, for workflows.
    pub(crate) workflow: Option<(i64, i64, String, String)>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) status: &'static str,
    pub(crate) conclusion: Option<&'static str>,
    pub(crate) runs: Vec<Run>,
    /// Of its run.
    pub(crate) attempt: i64,
    /// The last attempt logs more.
    pub(crate) is_debugged: bool,
}

#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: &'static str,
    pub(crate) conclusion: Option<&'static str>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
pub(crate) struct Status {
    pub(crate) id: i64,
    pub(crate) context: String,
    pub(crate) state: &'static str,
    pub(crate) created_at: DateTime<Utc>,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl Commit {
    /// The word for all: the worst.
    pub(crate) fn state(&self) -> Option<&'static str> {
        let runs =
            self.suites.iter().flat_map(|suite| &suite.runs).map(|run| match (run.status, run.conclusion) {
                ("COMPLETED", Some("SUCCESS" | "NEUTRAL" | "SKIPPED")) => "SUCCESS",
                ("COMPLETED", _) => "FAILURE",
                _ => "PENDING",
            });
        let words: Vec<&str> = runs.chain(self.statuses.iter().map(|status| status.state)).collect();
        let worst = ["FAILURE", "ERROR", "PENDING", "EXPECTED", "SUCCESS"];
        worst.into_iter().find(|word| words.contains(word))
    }
}

/// A commit's name.
pub(crate) fn sha(id: i64, salt: i32) -> String {
    format!("{id:020x}{salt:020x}")
}

/// A changed file, as REST has it.
pub(crate) fn file(name: &str) -> Value {
    json!({
        "sha": "bbcd538c8e72b8c175046e27cc8f907076331401", "filename": name, "status": "modified",
        "additions": 2, "deletions": 1, "changes": 3, "patch": "@@ -1,2 +1,3 @@\n-a\n+b\n+c\n d",
    })
}
