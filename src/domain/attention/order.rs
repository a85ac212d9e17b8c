//! Which pull request comes first.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, Utc};

use super::next;
use crate::domain::{ids::RepoId, insight::Risk, pr_state::PrState, pull_request::PullRequest};

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
    /// Highest number first, then by repository.
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
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
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
    f64::from(insight.risk.as_ref().map_or(0, Risk::weight)) + insight.score.unwrap_or(0.0)
}

/// A place in the attention order: smaller comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    group: u8,
    /// Seconds waited × risk weight: more comes first.
    weight: i64,
    number: Reverse<i32>,
    repo: RepoId,
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.group, Reverse(self.weight), self.number, self.repo).cmp(&(
            other.group,
            Reverse(other.weight),
            other.number,
            other.repo,
        ))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Mine failing, not to be merged, build failed, changes requested, waiting longest × risk; drafts after those, for only
/// their author can move them, ended ones last; then the higher number.
pub fn attention(pr: &PullRequest, me: Option<&str>, now: DateTime<Utc>) -> Rank {
    let mine = me.is_some_and(|me| pr.author.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(me)));
    let group = if !pr.state.is_open() {
        6
    } else if mine && pr.is_failing() {
        0
    } else if pr.state == PrState::Draft {
        5
    } else if pr.cannot_merge() {
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
        let since = next(pr, false).and_then(|(_, since)| since).or(pr.created_at);
        since.map_or(0, |since| (now - since).num_seconds().max(0)) * risk
    } else {
        pr.ended_at.map_or(0, |t| t.timestamp())
    };
    Rank { group, weight, number: Reverse(pr.key.number.get()), repo: pr.key.repo }
}
