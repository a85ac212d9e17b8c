//! What an act changes of its pull request, by which its doing is told from others'.

use super::ActKind;
use crate::domain::print::Part;

impl ActKind {
    /// Whether this part of a row changes with it.
    pub fn changes(self, part: Part) -> bool {
        self.shows_in(part) || self.moves().contains(&part)
    }

    /// What it does changes what a row of the board shows.
    pub const fn shows_on_board(self) -> bool {
        !self.shown().is_empty()
    }

    /// Whether it has come once this part is another.
    pub fn shows_in(self, part: Part) -> bool {
        self.shown().contains(&part)
    }

    const fn shown(self) -> &'static [Part] {
        match self {
            Self::RerunFailed
            | Self::RerunAll
            | Self::RerunDebug
            | Self::CancelRun
            | Self::ForceCancel
            | Self::ApproveRun => &[Part::Build],
            Self::Approve | Self::RequestChanges => &[Part::Approval, Part::Reviewers],
            Self::AskReview => &[Part::Reviewers],
            Self::AutoMergeOn | Self::AutoMergeOff | Self::Enqueue | Self::Dequeue => {
                &[Part::Queue, Part::State, Part::Merge]
            }
            Self::UpdateBranch => &[Part::Head],
            Self::Merge | Self::Ready | Self::Draft | Self::Close | Self::Reopen => &[Part::State],
            Self::Comment | Self::Labels | Self::Assign => &[],
        }
    }

    /// What may follow from it at once, or come before it has come.
    const fn moves(self) -> &'static [Part] {
        match self {
            Self::RerunFailed
            | Self::RerunAll
            | Self::RerunDebug
            | Self::CancelRun
            | Self::ForceCancel
            | Self::ApproveRun
            | Self::Approve
            | Self::RequestChanges => &[Part::Merge],
            Self::AskReview => &[Part::Approval, Part::Merge],
            Self::Merge
            | Self::AutoMergeOn
            | Self::AutoMergeOff
            | Self::Enqueue
            | Self::Dequeue
            | Self::Close
            | Self::Reopen => &[Part::Queue, Part::Merge, Part::Approval],
            Self::UpdateBranch => &[Part::Build, Part::Approval, Part::Merge],
            Self::Ready | Self::Draft => &[Part::Build, Part::Approval, Part::Merge, Part::Reviewers],
            Self::Comment | Self::Labels | Self::Assign => &[],
        }
    }

    /// Whether builds begin with it; how they end is news.
    pub const fn begins_builds(self) -> bool {
        match self {
            Self::RerunFailed
            | Self::RerunAll
            | Self::RerunDebug
            | Self::ApproveRun
            | Self::UpdateBranch
            | Self::Ready
            | Self::Reopen => true,
            Self::CancelRun
            | Self::ForceCancel
            | Self::Approve
            | Self::RequestChanges
            | Self::Comment
            | Self::AskReview
            | Self::Merge
            | Self::AutoMergeOn
            | Self::AutoMergeOff
            | Self::Enqueue
            | Self::Dequeue
            | Self::Draft
            | Self::Close
            | Self::Labels
            | Self::Assign => false,
        }
    }
}
