//! Which pull request comes first.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, Utc};

use super::{due, next};
use crate::domain::{
    board::Board,
    ids::{PrNumber, RepoId},
    insight::{Insight, Risk},
    pr_state::PrState,
    pull_request::PullRequest,
};

/// By what pull requests are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// `attention`: what needs somebody first.
    #[default]
    Attention,
    /// What waits longest for its next action first.
    Waiting,
    /// What changed last first.
    Changed,
    /// Oldest first.
    Age,
    /// Riskiest first.
    Risk,
    /// Highest number first, then by repository.
    Number,
}

impl Sort {
    /// All, in the order in which the key cycles through them.
    pub const ALL: [Self; 6] =
        [Self::Attention, Self::Waiting, Self::Changed, Self::Age, Self::Risk, Self::Number];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Waiting => "waiting",
            Self::Changed => "changed",
            Self::Age => "age",
            Self::Risk => "risk",
            Self::Number => "number",
        }
    }

    /// What comes first.
    pub const fn first(self) -> &'static str {
        match self {
            Self::Attention => "what needs somebody",
            Self::Waiting => "what waits longest for its next action",
            Self::Changed => "the newest change",
            Self::Age => "the oldest",
            Self::Risk => "the riskiest",
            Self::Number => "the highest number",
        }
    }
}

/// The order of a list. It is total: those that are equal go by number, then by repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub sort: Sort,
    /// The other end comes first. What the sort knows nothing of stays last.
    pub reversed: bool,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        Self { sort, reversed: false }
    }
}

impl Order {
    /// Its name in config and state file: `age`, reversed `-age`.
    pub const fn name(self) -> &'static str {
        if !self.reversed {
            return self.sort.name();
        }
        match self.sort {
            Sort::Attention => "-attention",
            Sort::Waiting => "-waiting",
            Sort::Changed => "-changed",
            Sort::Age => "-age",
            Sort::Risk => "-risk",
            Sort::Number => "-number",
        }
    }

    /// Each sort, then each reversed.
    pub fn all() -> [Self; 12] {
        std::array::from_fn(|n| Self { sort: Sort::ALL[n % Sort::ALL.len()], reversed: n >= Sort::ALL.len() })
    }

    pub fn parse(name: &str) -> Option<Self> {
        // Of a former version.
        let name = match name {
            "updated" => "changed",
            "-updated" => "-changed",
            name => name,
        };
        Self::all().into_iter().find(|order| order.name() == name)
    }

    /// The next sort, its usual end first.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Sort::ALL.iter().position(|sort| *sort == self.sort).unwrap_or_default();
        Sort::ALL[(at + 1) % Sort::ALL.len()].into()
    }

    #[must_use]
    pub const fn reverse(self) -> Self {
        Self { reversed: !self.reversed, ..self }
    }

    /// Whether time alone may change it.
    pub const fn needs_clock(self) -> bool {
        match self.sort {
            Sort::Attention | Sort::Waiting => true,
            Sort::Changed | Sort::Age | Sort::Risk | Sort::Number => false,
        }
    }

    /// Orders pull requests for a reader who is `me` at `now` (the server's clock).
    pub fn sort(self, pulls: &mut [&PullRequest], board: &Board, me: Option<&str>, now: DateTime<Utc>) {
        match self.sort {
            Sort::Attention => self.sort_by(pulls, |pr| Some(attention(pr, me, now))),
            Sort::Waiting => self.sort_by(pulls, |pr| due(pr, board, now).and_then(|(_, since)| since)),
            Sort::Changed => self.sort_by(pulls, |pr| pr.changed_at().map(Reverse)),
            Sort::Age => self.sort_by(pulls, |pr| pr.created_at),
            Sort::Risk => self.sort_by(pulls, |pr| pr.insight.as_ref().map(|i| Reverse(riskiness(i)))),
            Sort::Number => self.sort_by(pulls, |pr| Some(Reverse(pr.key.number))),
        }
    }

    fn sort_by<K: Ord>(self, pulls: &mut [&PullRequest], key: impl Fn(&PullRequest) -> Option<K>) {
        pulls.sort_by_cached_key(|pr| Rank {
            known: key(pr),
            reversed: self.reversed,
            tie: (Reverse(pr.key.number), pr.key.repo),
        });
    }
}

/// What a pull request is ordered by: smaller comes first.
#[derive(PartialEq, Eq)]
struct Rank<K> {
    known: Option<K>,
    reversed: bool,
    tie: (Reverse<PrNumber>, RepoId),
}

impl<K: Ord> Ord for Rank<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = match (&self.known, &other.known) {
            (Some(one), Some(other)) if self.reversed => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_key.then_with(|| self.tie.cmp(&other.tie))
    }
}

impl<K: Ord> PartialOrd for Rank<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The level decides, then the probability: bits of positive numbers are ordered as these are.
fn riskiness(insight: &Insight) -> (u8, u64) {
    (insight.risk.as_ref().map_or(0, Risk::weight), insight.score.unwrap_or_default().abs().to_bits())
}

/// Mine failing, not to be merged, build failed, changes requested, waiting longest × risk; drafts after those, for only
/// their author can move them, ended ones last.
fn attention(pr: &PullRequest, me: Option<&str>, now: DateTime<Utc>) -> (u8, Reverse<i64>) {
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
        let risk = pr.risk().map_or(1, |r| i64::from(r.weight()).max(1));
        let since = next(pr, false).and_then(|(_, since)| since).or(pr.created_at);
        since.map_or(0, |since| (now - since).num_seconds().max(0)) * risk
    } else {
        pr.ended_at.map_or(0, |t| t.timestamp())
    };
    (group, Reverse(weight))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        any::{board, now, pull_requests},
        ids::{InsightId, PrKey},
        pipeline::StoredStage,
        pull_request::{PullRow, RunRow},
    };

    fn sorted(order: Order, pulls: &[PullRequest]) -> Vec<PrKey> {
        let mut list: Vec<&PullRequest> = pulls.iter().collect();
        order.sort(&mut list, &board(), Some("bo"), now());
        list.into_iter().map(|pr| pr.key).collect()
    }

    fn numbers(order: Order, pulls: &[PullRequest]) -> Vec<i32> {
        sorted(order, pulls).iter().map(|key| key.number.get()).collect()
    }

    proptest! {
        #[test]
        fn any_order_is_total(
            (pulls, shuffled) in pull_requests().prop_flat_map(|pulls| (Just(pulls.clone()), Just(pulls).prop_shuffle()))
        ) {
            for order in Order::all() {
                prop_assert_eq!(sorted(order, &pulls), sorted(order, &shuffled), "{}", order.name());
            }
        }
    }

    #[test]
    fn names_read_back_and_the_key_comes_round() {
        for order in Order::all() {
            assert_eq!(Order::parse(order.name()), Some(order));
            assert_eq!(order.reverse().reverse(), order);
        }
        assert_eq!(Order::parse("-"), None);
        assert_eq!(Order::parse("-updated"), Order::parse("-changed"));
        let start = Order { reversed: true, ..Order::default() };
        assert_eq!(Sort::ALL.iter().fold(start, |order, _| order.next()), Order::default());
    }

    /// A pull request of bo's, so long waited for.
    fn waiting(number: i32, hours: i64, state: &str, build: &str, approval: &str) -> PullRequest {
        let since = Some(now() - TimeDelta::hours(hours));
        let row = PullRow {
            author: Some("BO".to_owned()),
            state: Some(state.to_owned()),
            created_at: since,
            closed_at: since,
            ..PullRow::default()
        };
        let stages = ["pending", build, approval, "pending"];
        let stages = stages.map(|word| StoredStage { word: Some(word.to_owned()), since });
        let run = RunRow { stages, ..RunRow::default() };
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(number));
        PullRequest::assemble(key, Some(row), Some(&run), None)
    }

    fn of(author: &str, pr: PullRequest) -> PullRequest {
        PullRequest { author: Some(author.into()), ..pr }
    }

    fn risky(risk: Risk, score: f64, pr: PullRequest) -> PullRequest {
        let insight = Insight {
            id: InsightId::new(Uuid::nil()),
            sha: None,
            risk: Some(risk),
            score: Some(score),
            summary: None,
            recommendation: None,
            created_at: None,
            files_came: false,
        };
        PullRequest { insight: Some(insight), ..pr }
    }

    #[test]
    fn attention_goes_to_what_needs_somebody_and_then_to_what_waits_longest_by_its_risk() {
        let open = |number, hours| waiting(number, hours, "open", "passed", "pending");
        let pulls = [
            waiting(1, 1, "draft", "failed", "pending"),
            PullRequest { conflict: true, ..of("ana", waiting(2, 1, "open", "failed", "rejected")) },
            of("ana", waiting(3, 1, "open", "failed", "rejected")),
            waiting(4, 1, "open", "passed", "rejected"),
            risky(Risk::High, 0.5, open(5, 20)),
            risky(Risk::Medium, 0.5, open(6, 28)),
            open(7, 50),
            risky(Risk::Low, 0.5, open(8, 45)),
            of("ana", waiting(9, 900, "draft", "failed", "pending")),
            waiting(10, 5, "closed", "passed", "pending"),
            waiting(11, 500, "closed", "failed", "pending"),
        ];
        assert_eq!(numbers(Order::default(), &pulls), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn of_one_level_the_greater_probability_is_the_riskier() {
        let open = |number| waiting(number, 1, "open", "passed", "pending");
        let pulls = [
            risky(Risk::High, 0.9, open(1)),
            risky(Risk::High, 0.2, open(2)),
            risky(Risk::Medium, 0.95, open(3)),
            risky(Risk::Low, 0.99, open(4)),
            open(5),
        ];
        assert_eq!(numbers(Sort::Risk.into(), &pulls), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_is_unknown_is_last_either_way() {
        let pull = |number, days: Option<i64>, state: &str| {
            let row = PullRow {
                state: Some(state.to_owned()),
                created_at: days.map(|days| now() - TimeDelta::days(days)),
                ..PullRow::default()
            };
            let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(number));
            PullRequest::assemble(key, Some(row), None, None)
        };
        let pulls = [
            pull(1, Some(1), "open"),
            pull(2, Some(3), "open"),
            pull(3, None, "open"),
            pull(4, Some(1), "open"),
            pull(5, Some(9), "merged"),
        ];
        for (order, want) in [
            ("waiting", [2, 4, 1, 5, 3]),
            ("-waiting", [4, 1, 2, 5, 3]),
            ("age", [5, 2, 4, 1, 3]),
            ("-age", [4, 1, 2, 5, 3]),
            ("changed", [4, 1, 2, 5, 3]),
            ("-changed", [5, 2, 4, 1, 3]),
            ("number", [5, 4, 3, 2, 1]),
            ("-number", [1, 2, 3, 4, 5]),
            ("attention", [2, 4, 1, 3, 5]),
        ] {
            assert_eq!(numbers(Order::parse(order).unwrap(), &pulls), want, "{order}");
        }
    }
}
