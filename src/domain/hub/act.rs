//! The actions.

/// What can be done, without its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActKind {
    RerunFailed,
    RerunAll,
    /// The failed ones again, with more of a log.
    RerunDebug,
    CancelRun,
    ForceCancel,
    ApproveRun,
    Approve,
    RequestChanges,
    Comment,
    AskReview,
    Merge,
    AutoMergeOn,
    AutoMergeOff,
    Enqueue,
    Dequeue,
    UpdateBranch,
    Ready,
    Draft,
    Close,
    Reopen,
    Labels,
    Assign,
}

impl ActKind {
    /// All of them, as a menu has them.
    pub const ALL: [Self; 22] = [
        Self::RerunFailed,
        Self::RerunAll,
        Self::RerunDebug,
        Self::CancelRun,
        Self::ForceCancel,
        Self::ApproveRun,
        Self::Approve,
        Self::RequestChanges,
        Self::Comment,
        Self::AskReview,
        Self::Merge,
        Self::AutoMergeOn,
        Self::AutoMergeOff,
        Self::Enqueue,
        Self::Dequeue,
        Self::UpdateBranch,
        Self::Ready,
        Self::Draft,
        Self::Close,
        Self::Reopen,
        Self::Labels,
        Self::Assign,
    ];

    /// As a menu and a log name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RerunFailed => "Rerun failed jobs",
            Self::RerunAll => "Rerun all jobs",
            Self::RerunDebug => "Rerun failed with debug log",
            Self::CancelRun => "Cancel the run",
            Self::ForceCancel => "Force-cancel the run",
            Self::ApproveRun => "Let the waiting run start",
            Self::Approve => "Approve",
            Self::RequestChanges => "Request changes",
            Self::Comment => "Comment",
            Self::AskReview => "Ask for a review",
            Self::Merge => "Merge",
            Self::AutoMergeOn => "Turn auto-merge on",
            Self::AutoMergeOff => "Turn auto-merge off",
            Self::Enqueue => "Put into the merge queue",
            Self::Dequeue => "Take out of the merge queue",
            Self::UpdateBranch => "Update the branch",
            Self::Ready => "Mark as ready for review",
            Self::Draft => "Turn into a draft",
            Self::Close => "Close",
            Self::Reopen => "Reopen",
            Self::Labels => "Labels",
            Self::Assign => "Assignees",
        }
    }

    /// It concerns the commit that was shown, and no other.
    pub const fn is_pinned(self) -> bool {
        match self {
            Self::RerunFailed
            | Self::RerunAll
            | Self::RerunDebug
            | Self::CancelRun
            | Self::ForceCancel
            | Self::ApproveRun
            | Self::Approve
            | Self::RequestChanges
            | Self::Merge
            | Self::AutoMergeOn
            | Self::Enqueue
            | Self::UpdateBranch => true,
            Self::Comment
            | Self::AskReview
            | Self::AutoMergeOff
            | Self::Dequeue
            | Self::Ready
            | Self::Draft
            | Self::Close
            | Self::Reopen
            | Self::Labels
            | Self::Assign => false,
        }
    }

    /// It is about a workflow's run.
    pub const fn is_of_run(self) -> bool {
        matches!(
            self,
            Self::RerunFailed
                | Self::RerunAll
                | Self::RerunDebug
                | Self::CancelRun
                | Self::ForceCancel
                | Self::ApproveRun
        )
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    RerunFailed(RunRef),
    RerunAll(RunRef),
    RerunDebug(RunRef),
    CancelRun(RunRef),
    /// Only after a cancel that had no effect.
    ForceCancel(RunRef),
    ApproveRun(RunRef),
    Approve {
        /// May be empty.
        body: String,
    },
    RequestChanges {
        body: String,
    },
    Comment {
        body: String,
    },
    AskReview {
        people: Vec<Pick>,
        teams: Vec<Pick>,
    },
    Merge {
        method: MergeMethod,
    },
    AutoMergeOn {
        method: MergeMethod,
    },
    AutoMergeOff,
    Enqueue,
    Dequeue,
    UpdateBranch {
        method: UpdateMethod,
    },
    Ready,
    Draft,
    Close,
    Reopen,
    /// One of both is empty: each order is one write.
    Labels {
        add: Vec<Pick>,
        remove: Vec<Pick>,
    },
    /// One of both is empty: each order is one write.
    Assign {
        add: Vec<Pick>,
        remove: Vec<Pick>,
    },
}

impl Act {
    pub const fn kind(&self) -> ActKind {
        match self {
            Self::RerunFailed(_) => ActKind::RerunFailed,
            Self::RerunAll(_) => ActKind::RerunAll,
            Self::RerunDebug(_) => ActKind::RerunDebug,
            Self::CancelRun(_) => ActKind::CancelRun,
            Self::ForceCancel(_) => ActKind::ForceCancel,
            Self::ApproveRun(_) => ActKind::ApproveRun,
            Self::Approve { .. } => ActKind::Approve,
            Self::RequestChanges { .. } => ActKind::RequestChanges,
            Self::Comment { .. } => ActKind::Comment,
            Self::AskReview { .. } => ActKind::AskReview,
            Self::Merge { .. } => ActKind::Merge,
            Self::AutoMergeOn { .. } => ActKind::AutoMergeOn,
            Self::AutoMergeOff => ActKind::AutoMergeOff,
            Self::Enqueue => ActKind::Enqueue,
            Self::Dequeue => ActKind::Dequeue,
            Self::UpdateBranch { .. } => ActKind::UpdateBranch,
            Self::Ready => ActKind::Ready,
            Self::Draft => ActKind::Draft,
            Self::Close => ActKind::Close,
            Self::Reopen => ActKind::Reopen,
            Self::Labels { .. } => ActKind::Labels,
            Self::Assign { .. } => ActKind::Assign,
        }
    }

    /// What it says.
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::Approve { body } | Self::RequestChanges { body } | Self::Comment { body } => Some(body),
            _ => None,
        }
    }

    /// How it is to be merged.
    pub const fn method(&self) -> Option<MergeMethod> {
        match self {
            Self::Merge { method } | Self::AutoMergeOn { method } => Some(*method),
            _ => None,
        }
    }

    /// The run that it is about.
    pub const fn run(&self) -> Option<&RunRef> {
        match self {
            Self::RerunFailed(run)
            | Self::RerunAll(run)
            | Self::RerunDebug(run)
            | Self::CancelRun(run)
            | Self::ForceCancel(run)
            | Self::ApproveRun(run) => Some(run),
            Self::Approve { .. }
            | Self::RequestChanges { .. }
            | Self::Comment { .. }
            | Self::AskReview { .. }
            | Self::Merge { .. }
            | Self::AutoMergeOn { .. }
            | Self::AutoMergeOff
            | Self::Enqueue
            | Self::Dequeue
            | Self::UpdateBranch { .. }
            | Self::Ready
            | Self::Draft
            | Self::Close
            | Self::Reopen
            | Self::Labels { .. }
            | Self::Assign { .. } => None,
        }
    }
}

/// A run of a workflow, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRef {
    pub id: i64,
    pub attempt: i64,
    /// Its workflow's name.
    pub name: String,
}

/// Something of GitHub's that is picked from a list: a label, somebody, a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// GitHub's own id.
    pub id: String,
    /// The label, the login, or `owner/team`; cleaned.
    pub name: String,
}

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

impl MergeMethod {
    pub const ALL: [Self; 3] = [Self::Merge, Self::Squash, Self::Rebase];

    /// As REST has it, and as people say it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }

    /// What it makes of the commits.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Merge => "a merge commit",
            Self::Squash => "one commit of all",
            Self::Rebase => "its commits onto the base",
        }
    }

    /// As GraphQL has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Squash => "SQUASH",
            Self::Rebase => "REBASE",
        }
    }
}

/// How the base comes into a branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMethod {
    #[default]
    Merge,
    Rebase,
}

impl UpdateMethod {
    /// What it makes of the branch.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Merge => "the base is merged into it",
            Self::Rebase => "it is rebased onto the base",
        }
    }

    /// As GraphQL has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Rebase => "REBASE",
        }
    }
}
