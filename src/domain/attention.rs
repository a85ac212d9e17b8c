//! Who must act next, and which pull request comes first. Rules of our own, written out in docs/using.md.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, Utc};

use super::{
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
};

/// What has to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    FinishDraft,
    Rebase,
    FixBuild,
    AnswerReview,
    WaitForCi,
    Review,
    Merge,
    WaitInQueue,
}

impl Verb {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish_draft",
            Self::Rebase => "rebase",
            Self::FixBuild => "fix_build",
            Self::AnswerReview => "answer_review",
            Self::WaitForCi => "wait_for_ci",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "wait_in_queue",
        }
    }

    /// In a word or two, for a column.
    pub const fn short(self) -> &'static str {
        match self {
            Self::FinishDraft => "draft",
            Self::Rebase => "rebase",
            Self::FixBuild => "fix build",
            Self::AnswerReview => "answer",
            Self::WaitForCi => "CI runs",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "queued",
        }
    }

    /// What it means, after "to": `fix the build`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish the draft",
            Self::Rebase => "rebase: it conflicts with its base",
            Self::FixBuild => "fix the build",
            Self::AnswerReview => "answer the requested changes",
            Self::WaitForCi => "finish the build",
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
    Reviewers(Vec<Box<str>>),
    /// Nobody was asked: anybody may.
    Someone,
    Ci,
    MergeQueue,
}

impl Owner {
    /// A login or a role, as in the JSON contract.
    pub fn word(&self) -> &str {
        match self {
            Self::Author(Some(login)) => login,
            Self::Author(None) => "author",
            Self::Reviewers(logins) => match logins.as_slice() {
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
    /// The first rule that matches; `None` once it is merged or closed.
    pub fn of(pr: &PullRequest) -> Option<Self> {
        let (verb, since) = next(pr)?;
        let owner = match verb {
            Verb::FinishDraft | Verb::Rebase | Verb::FixBuild | Verb::AnswerReview | Verb::Merge => {
                Owner::Author(pr.author.clone())
            }
            Verb::WaitForCi => Owner::Ci,
            Verb::Review if pr.reviewers.is_empty() => Owner::Someone,
            Verb::Review => Owner::Reviewers(pr.reviewers.clone()),
            Verb::WaitInQueue => Owner::MergeQueue,
        };
        Some(Self { verb, owner, since })
    }

    /// `@ana to fix the build`, for people.
    pub fn sentence(&self) -> String {
        format!("{} to {}", self.owner.phrase(), self.verb.phrase())
    }
}

/// What happens next, and since when: the first rule that matches.
fn next(pr: &PullRequest) -> Option<(Verb, Option<DateTime<Utc>>)> {
    use StageStatus::{Failed, Passed, Running};
    if !pr.state.is_open() {
        return None;
    }
    let opened = pr.pipeline.stage(Stage::Pr).since;
    let [build, approval, merge] =
        [Stage::Build, Stage::Approval, Stage::Merge].map(|s| pr.pipeline.stage(s));
    Some(if pr.state == PrState::Draft {
        (Verb::FinishDraft, opened)
    } else if pr.has_conflict() {
        (Verb::Rebase, merge.since)
    } else if build.status == Failed {
        (Verb::FixBuild, build.since)
    } else if approval.status == Failed {
        (Verb::AnswerReview, approval.since)
    } else if build.status == Running {
        (Verb::WaitForCi, build.since)
    } else if !matches!(approval.status, Passed | StageStatus::Skipped) && pr.queue_position.is_none() {
        (Verb::Review, approval.since.or(opened))
    } else if merge.status == Running {
        (Verb::WaitInQueue, merge.since)
    } else {
        (Verb::Merge, approval.since)
    })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// [`attention`]: what needs somebody first.
    #[default]
    Attention,
    /// Newest change first.
    Updated,
    /// Oldest first.
    Age,
    /// Riskiest first.
    Risk,
    /// By repository and number.
    Number,
}

impl Sort {
    /// All, in the order in which the key cycles through them.
    pub const ALL: [Self; 5] = [Self::Attention, Self::Updated, Self::Age, Self::Risk, Self::Number];

    /// Its name in config, state file and title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Updated => "updated",
            Self::Age => "age",
            Self::Risk => "risk",
            Self::Number => "number",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Attention => Self::Updated,
            Self::Updated => Self::Age,
            Self::Age => Self::Risk,
            Self::Risk => Self::Number,
            Self::Number => Self::Attention,
        }
    }

    /// Sorts pull requests for a reader who is `me` at `now` (the server's clock).
    pub fn sort(self, pulls: &mut [&PullRequest], me: Option<&str>, now: DateTime<Utc>) {
        let tie = |a: &PullRequest, b: &PullRequest| {
            (Reverse(a.key.number), a.key.repo).cmp(&(Reverse(b.key.number), b.key.repo))
        };
        match self {
            Self::Attention => pulls.sort_by_cached_key(|pr| attention(pr, me, now)),
            Self::Updated => pulls.sort_by(|a, b| b.updated_at.cmp(&a.updated_at).then_with(|| tie(a, b))),
            Self::Age => pulls.sort_by(|a, b| a.created_at.cmp(&b.created_at).then_with(|| tie(a, b))),
            Self::Risk => {
                pulls.sort_by(|a, b| risk_order(b).total_cmp(&risk_order(a)).then_with(|| tie(a, b)));
            }
            Self::Number => pulls.sort_by(|a, b| tie(a, b)),
        }
    }
}

fn risk_order(pr: &PullRequest) -> f64 {
    let Some(insight) = &pr.insight else { return -1.0 };
    f64::from(insight.risk.as_ref().map_or(0, super::insight::Risk::weight)) + insight.score.unwrap_or(0.0)
}

/// A place in the attention order: smaller comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    group: u8,
    /// Seconds waited × risk weight: more comes first.
    weight: i64,
    number: Reverse<i32>,
    repo: super::ids::RepoId,
}

impl Ord for Attention {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.group, Reverse(self.weight), self.number, self.repo).cmp(&(
            other.group,
            Reverse(other.weight),
            other.number,
            other.repo,
        ))
    }
}

impl PartialOrd for Attention {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Mine failing, conflict, build failed, changes requested, waiting longest × risk; drafts after those, for only
/// their author can move them, ended ones last; then the higher number.
pub fn attention(pr: &PullRequest, me: Option<&str>, now: DateTime<Utc>) -> Attention {
    let mine = me.is_some_and(|me| pr.author.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(me)));
    let group = if !pr.state.is_open() {
        6
    } else if mine && pr.is_failing() {
        0
    } else if pr.state == PrState::Draft {
        5
    } else if pr.has_conflict() {
        1
    } else if pr.is_failing() {
        2
    } else if pr.is_blocked() {
        3
    } else {
        4
    };
    let weight = if pr.state.is_open() {
        let risk =
            pr.insight.as_ref().and_then(|i| i.risk.as_ref()).map_or(1, |r| i64::from(r.weight()).max(1));
        let since = next(pr).and_then(|(_, since)| since).or(pr.created_at);
        since.map_or(0, |since| (now - since).num_seconds().max(0)) * risk
    } else {
        pr.ended_at.map_or(0, |t| t.timestamp())
    };
    Attention { group, weight, number: Reverse(pr.key.number.get()), repo: pr.key.repo }
}
