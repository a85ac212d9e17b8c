//! What GitHub says of a pull request just before something is done with it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{ActKind, MergeMethod, Pick, RunRef};
use crate::domain::{ids::Sha, pr_state::PrState, text::clean};

/// What GitHub said. All text is cleaned; what may be done follows from it: [`Gate::verdict`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent answers of GitHub")]
pub struct Gate {
    /// GitHub's own id of the pull request.
    pub node: String,
    pub title: String,
    pub head: Sha,
    pub state: PrState,
    /// The branch into which it would be merged.
    pub base: String,
    pub merge_state: MergeState,
    /// GitHub's word about its reviews: `APPROVED`, `CHANGES_REQUESTED`, `REVIEW_REQUIRED`.
    pub reviews: Option<String>,
    /// Names of the checks that have failed though nothing requires them.
    pub failing: Vec<String>,
    /// Those that the repository allows, the reader's usual one first.
    pub methods: Vec<MergeMethod>,
    pub queue: QueuePlace,
    /// Who has turned auto-merge on.
    pub auto_merge: Option<String>,
    pub viewer: Viewer,
    /// The repository takes no changes: archived, or locked.
    pub is_frozen: bool,
    /// The repository lets auto-merge be turned on.
    pub has_auto_merge: bool,
    /// Only those who may write may comment.
    pub is_locked: bool,
    /// It changes workflow files, and the token has not the scope for them.
    pub lacks_workflow_scope: bool,
    /// Runs of workflows for the head.
    pub runs: Vec<Run>,
    /// The repository's, as far as they were asked for.
    pub labels: Vec<Pick>,
    /// Those on the pull request.
    pub labelled: Vec<Pick>,
    /// Who may be asked or assigned, as far as they were asked for.
    pub people: Vec<Pick>,
    /// Those that may be asked for a review; none where the token may not see them.
    pub teams: Vec<Pick>,
    pub assigned: Vec<Pick>,
    /// There is more to pick from than was told.
    pub has_more_picks: bool,
    /// Whose review is asked for: logins, and `owner/team`.
    pub reviewers: Vec<String>,
    /// What may not be done for a reason beyond the pull request: GitHub has forbidden it before, its outcome is not
    /// known yet, or this dashboard does nothing.
    pub locks: BTreeMap<ActKind, String>,
    /// What was sent and not seen: until when GitHub was asked.
    pub unseen: BTreeMap<ActKind, DateTime<Utc>>,
}

/// Of what a repository has to pick from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picks {
    pub labels: Vec<Pick>,
    pub people: Vec<Pick>,
}

impl Gate {
    /// Takes in what else was found.
    pub fn add(&mut self, found: &Picks) {
        for (all, found) in [(&mut self.labels, &found.labels), (&mut self.people, &found.people)] {
            let new = found.iter().filter(|pick| all.iter().all(|known| known.id != pick.id));
            let new: Vec<Pick> = new.cloned().collect();
            all.extend(new);
        }
    }
}

/// GitHub's word about a merge: `mergeStateStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeState {
    Clean,
    HasHooks,
    Unstable,
    Blocked,
    Behind,
    Dirty,
    Draft,
    /// GitHub has not worked it out yet.
    Unknown,
    /// A word that we do not know, cleaned.
    Other(Box<str>),
}

/// What the reader may do in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

impl Permission {
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "READ" => Self::Read,
            "TRIAGE" => Self::Triage,
            "WRITE" => Self::Write,
            "MAINTAIN" => Self::Maintain,
            "ADMIN" => Self::Admin,
            _ => return None,
        })
    }
}

/// Whose token it is, and what GitHub says that they may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent answers of GitHub")]
pub struct Viewer {
    pub login: String,
    /// `None`: not told, as to an App.
    pub permission: Option<Permission>,
    pub is_author: bool,
    /// Their last word is an approval of the head.
    pub has_approved: bool,
    pub can_update: bool,
    pub can_close: bool,
    pub can_reopen: bool,
    pub can_label: bool,
    pub can_update_branch: bool,
    pub can_enable_auto_merge: bool,
    pub can_disable_auto_merge: bool,
}

/// Where a pull request stands with its base's merge queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QueuePlace {
    /// The base has none, or the token sees none.
    #[default]
    None,
    /// The base has one, and it is not in it.
    Outside,
    In {
        /// From 1.
        position: i64,
        /// Who has put it there.
        by: Option<String>,
    },
}

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub run: RunRef,
    pub state: RunState,
    /// A cancel was sent for this attempt.
    pub is_cancelled_here: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It has not ended.
    Unfinished(Waits),
    Passed,
    Failed,
    /// Cancelled, skipped or overtaken.
    Ended,
    /// A word that we do not know, cleaned.
    Other(Box<str>),
}

/// Why a run has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    Queued,
    Running,
    /// Somebody must let it start.
    Approval,
}

impl RunState {
    /// From REST's `status` and `conclusion`.
    pub fn parse(status: &str, conclusion: Option<&str>) -> Self {
        match (status, conclusion) {
            // A run of a fork's: GitHub calls it completed.
            (_, Some("action_required")) => Self::Unfinished(Waits::Approval),
            ("completed", Some("success" | "neutral")) => Self::Passed,
            ("completed", Some("failure" | "timed_out" | "startup_failure")) => Self::Failed,
            ("completed", Some("cancelled" | "skipped" | "stale")) => Self::Ended,
            ("completed", word) => Self::Other(clean(word.unwrap_or("completed")).into()),
            ("in_progress", _) => Self::Unfinished(Waits::Running),
            ("queued" | "requested" | "pending" | "waiting", _) => Self::Unfinished(Waits::Queued),
            (word, _) => Self::Other(clean(word).into()),
        }
    }
}

impl MergeState {
    pub fn parse(word: &str) -> Self {
        match word {
            "CLEAN" => Self::Clean,
            "HAS_HOOKS" => Self::HasHooks,
            "UNSTABLE" => Self::Unstable,
            "BLOCKED" => Self::Blocked,
            "BEHIND" => Self::Behind,
            "DIRTY" => Self::Dirty,
            "DRAFT" => Self::Draft,
            "UNKNOWN" => Self::Unknown,
            word => Self::Other(clean(word).into()),
        }
    }
}
