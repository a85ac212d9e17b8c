//! Who must act next, and which pull request comes first. Rules of our own, written out in docs/using.md.

mod order;
mod short;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::order::{Order, Sort};
use super::{
    board::Board,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
};

/// What has to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    FinishDraft,
    Rebase,
    FixMerge,
    FixBuild,
    AnswerReview,
    WaitForCi,
    StartBuild,
    Review,
    Merge,
    WaitInQueue,
}

impl Verb {
    pub const ALL: [Self; 10] = [
        Self::FinishDraft,
        Self::Rebase,
        Self::FixMerge,
        Self::FixBuild,
        Self::AnswerReview,
        Self::WaitForCi,
        Self::StartBuild,
        Self::Review,
        Self::Merge,
        Self::WaitInQueue,
    ];

    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish_draft",
            Self::Rebase => "rebase",
            Self::FixMerge => "fix_merge",
            Self::FixBuild => "fix_build",
            Self::AnswerReview => "answer_review",
            Self::WaitForCi => "wait_for_ci",
            Self::StartBuild => "start_build",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "wait_in_queue",
        }
    }

    /// Those who do it, where they have logins.
    pub fn logins(self, pr: &PullRequest) -> &[Box<str>] {
        match self {
            Self::FinishDraft
            | Self::Rebase
            | Self::FixMerge
            | Self::FixBuild
            | Self::AnswerReview
            | Self::Merge => pr.author.as_slice(),
            Self::Review => &pr.reviewers,
            Self::WaitForCi | Self::StartBuild | Self::WaitInQueue => &[],
        }
    }

    /// What it means, after "to": `fix the build`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish the draft",
            Self::Rebase => "rebase: it conflicts with its base",
            Self::FixMerge => "see why the merge failed",
            Self::FixBuild => "fix the build",
            Self::AnswerReview => "answer the requested changes",
            Self::WaitForCi => "finish the build",
            Self::StartBuild => "start",
            Self::Review => "review",
            Self::Merge | Self::WaitInQueue => "merge it",
        }
    }
}

/// Who has to do it: a login, several, or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The author, by login where it is known.
    Author(Option<Box<str>>),
    Reviewers(Box<[Box<str>]>),
    /// Nobody was asked: anybody may.
    Someone,
    Ci,
    MergeQueue,
}

impl Owner {
    /// Who has to do this.
    pub fn of(verb: Verb, pr: &PullRequest) -> Self {
        match verb {
            Verb::FinishDraft
            | Verb::Rebase
            | Verb::FixMerge
            | Verb::FixBuild
            | Verb::AnswerReview
            | Verb::Merge => Self::Author(pr.author.clone()),
            Verb::WaitForCi | Verb::StartBuild => Self::Ci,
            Verb::Review if pr.reviewers.is_empty() => Self::Someone,
            Verb::Review => Self::Reviewers(pr.reviewers.clone()),
            Verb::WaitInQueue => Self::MergeQueue,
        }
    }

    /// A login or a role, as in the JSON contract.
    pub fn word(&self) -> &str {
        match self {
            Self::Author(Some(login)) => login,
            Self::Author(None) => "author",
            Self::Reviewers(logins) => match &**logins {
                [login] => login,
                [] | [..] => "reviewers",
            },
            Self::Someone => "someone",
            Self::Ci => "ci",
            Self::MergeQueue => "merge_queue",
        }
    }

    /// For people: `@ana`, `@bo, @cy`, `someone`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Author(Some(login)) => format!("@{login}"),
            Self::Author(None) => "the author".to_owned(),
            Self::Reviewers(logins) => logins.iter().map(|l| format!("@{l}")).collect::<Vec<_>>().join(", "),
            Self::Someone => "someone".to_owned(),
            Self::Ci => "CI".to_owned(),
            Self::MergeQueue => "the merge queue".to_owned(),
        }
    }

    /// Whether this login is meant, in any case.
    pub fn is(&self, login: &str) -> bool {
        match self {
            Self::Author(author) => author.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(login)),
            Self::Reviewers(logins) => logins.iter().any(|l| l.eq_ignore_ascii_case(login)),
            Self::Someone | Self::Ci | Self::MergeQueue => false,
        }
    }
}

/// What happens next, by whom, and since when that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextAction {
    pub verb: Verb,
    pub owner: Owner,
    /// Since when, where a stage tells.
    pub since: Option<DateTime<Utc>>,
}

impl NextAction {
    /// The first rule that matches at `now` (the server's clock); `None` once it is merged or closed.
    pub fn of(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> Option<Self> {
        let (verb, since) = due(pr, board, now)?;
        Some(Self { verb, owner: Owner::of(verb, pr), since })
    }

    /// `@ana to fix the build`, for people.
    pub fn sentence(&self) -> String {
        format!("{} to {}", self.owner.phrase(), self.verb.phrase())
    }
}

/// What happens next and since when, without a copy of who does it: for those who ask it of every row.
pub fn due(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> Option<(Verb, Option<DateTime<Utc>>)> {
    next(pr, expects_build(pr, board, now))
}

/// Whether all is done but the merge, and GitHub does not hold that back.
pub fn is_ready(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> bool {
    !pr.held_back && due(pr, board, now).is_some_and(|(verb, _)| verb == Verb::Merge)
}

/// So long after a head came, its build may still begin. `status --help` names it.
pub const GRACE: TimeDelta = TimeDelta::minutes(15);

/// Whether a build is to begin that nothing is known of yet: the head is fresh and others of the repository are built,
/// or all else is done and GitHub still holds the merge back for want of a required check.
pub fn expects_build(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> bool {
    if !pr.state.is_open() || *pr.status(Stage::Build) != StageStatus::Pending {
        return false;
    }
    let is_fresh = pr.head_at.is_some_and(|at| now - at < GRACE);
    let is_approved = matches!(pr.status(Stage::Approval), StageStatus::Passed | StageStatus::Skipped);
    (is_fresh && board.has_builds(pr.key.repo)) || (pr.held_back && is_approved)
}

/// What happens next, and since when: the first rule that matches.
fn next(pr: &PullRequest, expects_build: bool) -> Option<(Verb, Option<DateTime<Utc>>)> {
    use StageStatus::{Failed, Passed, Running};
    if !pr.state.is_open() {
        return None;
    }
    let opened = pr.pipeline.stage(Stage::Pr).since;
    let [build, approval, merge] =
        [Stage::Build, Stage::Approval, Stage::Merge].map(|s| pr.pipeline.stage(s));
    // All of it was done when the last was.
    let done =
        [build, approval].into_iter().filter(|stage| matches!(stage.status, Passed | StageStatus::Skipped));
    Some(if pr.state == PrState::Draft {
        (Verb::FinishDraft, opened)
    } else if pr.conflict {
        (Verb::Rebase, merge.since)
    } else if pr.cannot_merge() {
        (Verb::FixMerge, merge.since)
    } else if build.status == Failed {
        (Verb::FixBuild, build.since)
    } else if approval.status == Failed {
        (Verb::AnswerReview, approval.since)
    } else if build.status == Running {
        (Verb::WaitForCi, build.since)
    } else if expects_build {
        (Verb::StartBuild, pr.head_at)
    } else if !matches!(approval.status, Passed | StageStatus::Skipped) && pr.queue_position.is_none() {
        (Verb::Review, approval.since.or(opened))
    } else if merge.status == Running {
        (Verb::WaitInQueue, merge.since)
    } else {
        (Verb::Merge, done.filter_map(|stage| stage.since).max())
    })
}

#[cfg(test)]
mod tests;
