//! What GitHub said, from its own point of view. Sync and the demo yield these, and nothing else makes
//! rows: see [`super::reduce`].
//!
//! A fact is a whole picture of one thing at one time of GitHub's clock; it never says "changed from … to …".
//! So facts may come late, twice and in any order. Text is as GitHub sent it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

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

mod check;

pub use check::{AllChecksSeen, CheckConclusion, CheckName, CheckSeen, CheckStatus, Workflow};

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
    /// GitHub has no such repository any more. Nobody tells when it went: the fact's time is that of its last picture, so
    /// that a newer picture takes this back. No pull request of it is open, whenever it comes to be known.
    RepositoryGone,
    /// A pull request with all its details, whatever the action was: opened, synchronize, labeled, reopened,
    /// `ready_for_review`, closed … From sources that know it all: the cut-down pull request inside other events is
    /// none.
    PullRequest(Box<PullRequestSeen>),
    /// The files of one head.
    Files(FilesSeen),
    /// Whether a pull request can be merged, at the fact's time: the `Date` of the answer.
    Mergeability(MergeabilitySeen),
    /// GitHub has no such pull request (any more), at the fact's time.
    Gone(PullRequestGone),
    /// A check run, workflow job, commit status or check suite.
    Check(CheckSeen),
    /// All checks of a commit, at the fact's time: the `Date` of the answer.
    AllChecks(AllChecksSeen),
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
///
/// Its lists are complete as of that time: each change of one moves `updated_at`. A list that could not be read whole
/// makes no such fact: an empty list says that there is nothing.
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
    /// What a delivery says of it beside the rest: clean, dirty, blocked, behind, unstable, unknown … An answer's word
    /// is a fact of its own, [`MergeabilitySeen`].
    pub mergeable_state: Option<String>,
    /// Set to merge by itself.
    pub auto_merge: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// Whether a pull request can be merged. GitHub works that out when asked and does not count it as an update, so that
/// neither `updated_at` nor the head tells whether it is news.
///
/// The newest word holds: by the pull request's `updated_at`, then by when it was said. The same word said again changes
/// nothing; `unknown` is no word; a word is of one head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeabilitySeen {
    /// The pull request.
    pub number: i32,
    /// The head that it is about.
    pub head_sha: String,
    /// The pull request's `updated_at` in the same answer.
    pub updated_at: DateTime<Utc>,
    /// GraphQL's `mergeable`, in any case.
    pub mergeable: Option<String>,
    /// GraphQL's `mergeStateStatus` or REST's `mergeable_state`, in any case.
    pub merge_state: Option<String>,
}

/// GitHub has no such pull request: deleted, or hidden with its author. A failed or forbidden read tells nothing of the
/// kind. A later fact that sees it takes this back: [`MergeabilitySeen`], or a newer picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullRequestGone {
    pub number: i32,
}

/// The files of one head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSeen {
    /// The pull request.
    pub number: i32,
    pub head_sha: String,
    /// The branch that they were compared with, if known.
    pub base_branch: Option<String>,
    /// As GitHub sends them: `[{filename, status, additions, deletions, patch …}]`. Shared: they may be megabytes.
    pub files: Arc<serde_json::Value>,
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

/// A pull request's place in the merge queue at the fact's time. An answer, which is dated by its `Date`, tells also as of
/// which `updated_at` of the pull request; that it is not in the queue, only where it is stored so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeQueueSeen {
    /// The pull request.
    pub number: i32,
    /// From 1, or [`MergeQueueSeen::SOMEWHERE`]; `None`: it is not in the queue (any more).
    pub position: Option<i32>,
    /// `None`: the fact's time.
    pub updated_at: Option<DateTime<Utc>>,
}

impl MergeQueueSeen {
    /// In the queue, and deliveries do not tell where.
    pub const SOMEWHERE: i32 = 0;
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
            Self::Mergeability(seen) => Some(seen.number),
            Self::Gone(gone) => Some(gone.number),
            Self::Repository(_) | Self::RepositoryGone | Self::Check(_) | Self::AllChecks(_) => None,
        }
    }

    /// The commit whose checks it is about.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Check(seen) => Some(&seen.head_sha),
            Self::AllChecks(seen) => Some(&seen.head_sha),
            Self::Repository(_)
            | Self::RepositoryGone
            | Self::PullRequest(_)
            | Self::Mergeability(_)
            | Self::Gone(_)
            | Self::Files(_)
            | Self::Review(_)
            | Self::ReviewDismissed(_)
            | Self::MergeQueue(_) => None,
        }
    }
}

words!(ReviewState {
    Dismissed = "dismissed",
    Pending = "pending",
    Commented = "commented",
    Approved = "approved",
    ChangesRequested = "changes_requested",
});
