//! Checks, as GitHub told them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

/// One attempt of one check of one commit. Pull requests find it by the SHA, forks' ones too.
///
/// Two workflows' `test` jobs differ by their suite. A `workflow_job` and its check run share the id; a job is told
/// without its suite, so that its run stands for that ([`CheckSeen::suite_of_run`]). A commit status is a check of the app [`CheckSeen::STATUS`] without a suite, of which the
/// newest counts, not the greatest id: GraphQL tells none. A check suite, or a workflow's run, is a check of the id 0,
/// which counts until checks of that suite are told: workflows that wait for approval have none.
///
/// The fact's time is that of the thing itself ([`CheckSeen::time`]), so that the same told again is no news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSeen {
    pub head_sha: String,
    /// The app's slug: `github-actions` …
    pub app: String,
    /// The check suite; a workflow's run where that alone is known; 0 where there is none or neither is known.
    pub suite_id: i64,
    /// The workflow that the suite is a run of, where known: of its suites for one event the newest alone counts.
    pub workflow: Option<Workflow>,
    /// The workflow's name, where it is told.
    pub workflow_name: Option<String>,
    /// Its name: `test (ubuntu)`; a suite's is its workflow's.
    pub name: String,
    /// GitHub's id of this attempt: it grows from attempt to attempt. 0 for a suite, a commit status, and where GitHub
    /// tells none.
    pub github_id: i64,
    /// Which attempt, from 1, where known.
    pub attempt: Option<i32>,
    pub status: CheckStatus,
    pub conclusion: Option<CheckConclusion>,
    pub url: Option<String>,
    /// A line of what it said.
    pub summary: Option<String>,
    /// When this attempt was made: until it begins it waits for a machine.
    pub created_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
}

impl CheckSeen {
    /// The app of commit statuses.
    pub const STATUS: &'static str = "status";
    /// The app of workflows.
    pub const ACTIONS: &'static str = "github-actions";

    /// A workflow's run in the place of a suite: no suite has such an id. The addresses of its checks and of the run
    /// itself tell later which suite it is.
    #[must_use]
    pub const fn suite_of_run(run: i64) -> i64 {
        run.saturating_neg()
    }

    /// A check suite, or a workflow's run with its name, on its own. One that ended asking for somebody's word has not
    /// begun: it waits.
    pub fn suite(
        head_sha: &str,
        app: &str,
        suite_id: i64,
        name: &str,
        status: CheckStatus,
        conclusion: Option<CheckConclusion>,
    ) -> Self {
        let (status, conclusion) = match conclusion {
            Some(CheckConclusion::ActionRequired) => (CheckStatus::Waiting, None),
            conclusion => (status, conclusion),
        };
        Self {
            head_sha: head_sha.to_owned(),
            app: app.to_owned(),
            suite_id,
            workflow: None,
            workflow_name: None,
            name: name.to_owned(),
            github_id: 0,
            attempt: None,
            status,
            conclusion,
            url: None,
            summary: None,
            created_at: None,
            started_at: None,
            completed_at: None,
        }
    }

    /// The time of its fact: when it ended, else when it began, else when its suite (or status) was made.
    pub fn time(&self, made: DateTime<Utc>) -> DateTime<Utc> {
        self.completed_at.or(self.started_at).unwrap_or(made)
    }
}

/// A workflow's part in a suite: a push and a pull request run the same workflow apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workflow {
    /// GitHub's id of the workflow, not of its run.
    pub id: i64,
    /// The event that it runs for: `push`, `pull_request` …
    pub event: String,
}

/// All checks of a commit. What is stored and not among them is gone, but for what is not older by
/// [`AllChecksSeen::LAG_SECONDS`]. Only from answers that are whole: no error, no null, all pages, seen twice if fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllChecksSeen {
    pub head_sha: String,
    /// Of each check run and status; suites need not be among them.
    pub checks: BTreeSet<CheckName>,
}

impl AllChecksSeen {
    /// GraphQL may lag behind deliveries.
    pub const LAG_SECONDS: i64 = 60;
}

/// A check among those of its commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckName {
    pub app: String,
    pub suite_id: i64,
    pub name: String,
}

impl From<&CheckSeen> for CheckName {
    fn from(seen: &CheckSeen) -> Self {
        Self { app: seen.app.clone(), suite_id: seen.suite_id, name: seen.name.clone() }
    }
}

/// How far a check is. The order is that of its life: within one attempt, later holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckStatus {
    /// A word that we do not know: it counts as running.
    Other(String),
    Requested,
    Queued,
    /// A commit status that is not settled.
    Pending,
    /// Held back by a rule or somebody's word.
    Waiting,
    InProgress,
    /// Done: see the conclusion.
    Completed,
}

/// How a check ended. The order is that of ties: worse holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckConclusion {
    /// A word that we do not know: it counts neither as good nor as bad, so the build is not passed.
    Other(String),
    Success,
    Neutral,
    Skipped,
    /// Overtaken.
    Stale,
    Cancelled,
    ActionRequired,
    TimedOut,
    StartupFailure,
    /// Not well (a commit status's `error`, too).
    Failure,
}

words!(CheckStatus {
    Requested = "requested",
    Queued = "queued",
    Pending = "pending",
    Waiting = "waiting",
    InProgress = "in_progress",
    Completed = "completed",
});
words!(CheckConclusion {
    Success = "success",
    Neutral = "neutral",
    Skipped = "skipped",
    Stale = "stale",
    Cancelled = "cancelled",
    ActionRequired = "action_required",
    TimedOut = "timed_out",
    StartupFailure = "startup_failure",
    Failure = "failure" | "error",
});
