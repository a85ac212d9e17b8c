//! What GitHub said, from its own point of view. Webhooks, sync and the demo all yield these, and nothing else
//! makes rows: see [`super::reduce`].
//!
//! A fact is a whole picture of one thing at one time of GitHub's clock; it never says "changed from … to …".
//! So facts may come late, twice and in any order. Text is as GitHub sent it.

use chrono::{DateTime, Utc};

/// One thing that GitHub said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub repository: RepositoryRef,
    /// When it was so, by GitHub's clock (whole seconds): `updated_at` of the thing itself, or the `Date` of the
    /// answer where the thing has none.
    pub at: DateTime<Utc>,
    pub what: What,
}

/// A repository as every delivery names it. It is its id: names change and are taken over.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryRef {
    pub github_id: i64,
    /// `owner/name` at that time.
    pub full_name: String,
}

/// The kinds of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A repository with all its details. Emit one with every delivery, before what it carries: a repository that is
    /// known by its [`RepositoryRef`] only has a name and nothing else.
    Repository(RepositorySeen),
    /// A pull request with all its details, whatever the action was: opened, synchronize, labeled, reopened,
    /// `ready_for_review`, closed … From sources that know it all: the cut-down pull request inside other events is
    /// none.
    PullRequest(Box<PullRequestSeen>),
    /// The files of one head.
    Files(FilesSeen),
    /// A check run, workflow job or commit status.
    Check(CheckSeen),
    Review(ReviewSeen),
    /// A review was dismissed (at the fact's time).
    ReviewDismissed(ReviewDismissed),
    /// A pull request entered the merge queue, moved in it or left it.
    MergeQueue(MergeQueueSeen),
}

/// A repository with all its details, under the name of the fact's [`RepositoryRef`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepositorySeen {
    pub private: bool,
    pub archived: bool,
    pub owner_avatar_url: Option<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub default_branch: Option<String>,
    pub html_url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
}

/// How a pull request stands. The order is the order of ties: of two pictures of one second, the greater holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PullState {
    /// Open, not ready.
    Draft,
    /// Open and ready.
    Open,
    /// Closed without a merge.
    Closed { at: DateTime<Utc> },
    /// Merged: for good.
    Merged { at: DateTime<Utc> },
}

/// A pull request with all its details. The fact's time is its `updated_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestSeen {
    pub number: i32,
    pub title: String,
    /// The author's login; `None` for a deleted account.
    pub author: Option<String>,
    pub author_avatar: Option<String>,
    pub state: PullState,
    pub head_sha: String,
    pub head_branch: String,
    /// The branch that it would be merged into.
    pub base_branch: String,
    pub description: Option<String>,
    pub url: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Logins.
    pub assignees: Vec<String>,
    /// Logins and team names of those asked for a review and owing it.
    pub reviewers: Vec<String>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines removed.
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    pub commits: Option<i32>,
    /// GitHub's word: clean, dirty, blocked, behind, unstable, unknown …
    pub mergeable_state: Option<String>,
    /// Set to merge by itself.
    pub auto_merge: bool,
    /// The head is in another repository: its checks come by SHA only.
    pub from_fork: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// The files of one head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSeen {
    /// The pull request.
    pub number: i32,
    pub head_sha: String,
    /// As GitHub sends them: `[{filename, status, additions, deletions, patch …}]`.
    pub files: serde_json::Value,
}

/// One attempt of one check of one commit. Pull requests find it by the SHA, forks' ones too.
///
/// Two workflows' `test` jobs differ by their suite. A `workflow_job` and its check run share the id; whoever knows
/// the suite names it in both. A commit status is a check of the app [`CheckSeen::STATUS`] without a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSeen {
    pub head_sha: String,
    /// The app's slug: `github-actions` …
    pub app: String,
    /// The check suite; 0 where there is none or it is not known.
    pub suite_id: i64,
    /// Its name: `test (ubuntu)`.
    pub name: String,
    /// GitHub's id of this attempt: it grows from attempt to attempt.
    pub github_id: i64,
    /// Which attempt, from 1; `None` counts as the first.
    pub attempt: Option<i32>,
    pub status: CheckStatus,
    pub conclusion: Option<CheckConclusion>,
    pub url: Option<String>,
    /// A line of what it said.
    pub summary: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
}

impl CheckSeen {
    /// The app of commit statuses.
    pub const STATUS: &'static str = "status";
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewSeen {
    /// The pull request.
    pub number: i32,
    /// GitHub's id.
    pub review_id: i64,
    /// Login of the reviewer.
    pub reviewer: String,
    /// What it says. [`ReviewState::Dismissed`] counts as a dismissal at the fact's time.
    pub state: ReviewState,
    /// The commit that it is about.
    pub commit_sha: Option<String>,
    pub submitted_at: DateTime<Utc>,
}

/// What a review says. The order is that of ties: later holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReviewState {
    /// It was dismissed, and what it had said is not known.
    Dismissed,
    /// A word that we do not know.
    Other(String),
    /// Not submitted yet.
    Pending,
    /// A comment: no opinion.
    Commented,
    Approved,
    ChangesRequested,
}

/// The dismissal of a review, at the fact's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDismissed {
    /// The pull request.
    pub number: i32,
    pub review_id: i64,
    /// Who had written it.
    pub reviewer: String,
    /// When it had been submitted.
    pub submitted_at: DateTime<Utc>,
}

/// A pull request's place in the merge queue at the fact's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeQueueSeen {
    /// The pull request.
    pub number: i32,
    /// From 1; `None`: it is not in the queue (any more).
    pub position: Option<i32>,
}

impl What {
    /// The pull request that it names; `None` for what belongs to a repository or a commit.
    pub fn number(&self) -> Option<i32> {
        match self {
            Self::PullRequest(seen) => Some(seen.number),
            Self::Files(seen) => Some(seen.number),
            Self::Review(seen) => Some(seen.number),
            Self::ReviewDismissed(seen) => Some(seen.number),
            Self::MergeQueue(seen) => Some(seen.number),
            Self::Repository(_) | Self::Check(_) => None,
        }
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal $(| $alias:literal)*),* $(,)? }) => {
        impl $type {
            /// All but `Other`.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Reads GitHub's word in any case.
            pub fn parse(word: &str) -> Self {
                match word.trim().to_ascii_lowercase().as_str() {
                    $($word $(| $alias)* => Self::$variant,)*
                    _ => Self::Other(word.to_owned()),
                }
            }

            /// GitHub's word, as it is stored.
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }
    };
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
words!(ReviewState {
    Dismissed = "dismissed",
    Pending = "pending",
    Commented = "commented",
    Approved = "approved",
    ChangesRequested = "changes_requested",
});
