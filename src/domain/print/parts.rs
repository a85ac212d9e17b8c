//! The parts of a pull request that a print is made of.

use crate::domain::{pipeline::Stage, pull_request::PullRequest};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Title,
    /// Draft, open, closed, merged.
    State,
    Head,
    Build,
    Approval,
    /// Whether it can be merged.
    Merge,
    /// Whether it is in the merge queue.
    Queue,
    Reviewers,
    Risk,
}

impl Part {
    /// Those in which a pull request differs from what it was.
    pub fn differing(was: &PullRequest, is: &PullRequest) -> Vec<Self> {
        let turned = |stage: Stage| was.status(stage) != is.status(stage);
        let parts = [
            (Self::Title, was.title != is.title),
            (Self::State, was.state != is.state || turned(Stage::Pr)),
            (Self::Head, was.head != is.head),
            (Self::Build, turned(Stage::Build)),
            (Self::Approval, turned(Stage::Approval)),
            (Self::Merge, turned(Stage::Merge) || was.conflict != is.conflict),
            (Self::Queue, was.queue_position.is_some() != is.queue_position.is_some()),
            (Self::Reviewers, reviewers(was) != reviewers(is)),
            (Self::Risk, was.risk() != is.risk()),
        ];
        parts.into_iter().filter_map(|(part, is_other)| is_other.then_some(part)).collect()
    }
}

/// Services write them in any order.
pub(super) fn reviewers(pr: &PullRequest) -> Vec<&str> {
    let mut reviewers: Vec<&str> = pr.reviewers.iter().map(|login| &**login).collect();
    reviewers.sort_unstable();
    reviewers
}
