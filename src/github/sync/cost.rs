//! What a sync costs: what was spent, and what would be.

use std::{ops::AddAssign, time::Duration};

use crate::github::client::REST_PACE;

/// What this run cost so far, and what is left of the user's hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Of GraphQL.
    pub points: u32,
    /// Of REST.
    pub requests: u32,
    /// `None`: not known, or without a limit.
    pub points_left: Option<u32>,
    pub requests_left: Option<u32>,
}

/// What a pass over a repository would do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub repository: String,
    /// Pull requests that are open.
    pub open: usize,
    /// Pull requests whose details would be read.
    pub pulls: usize,
    /// Pull requests whose files would be read.
    pub files: usize,
    /// The list of closed ones is longer than was read: no more than that.
    pub is_most: bool,
    pub points: usize,
    /// One for each list of files: how long it is nobody knows before.
    pub requests: usize,
}

/// What passes over several would cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub points: usize,
    pub requests: usize,
    pub problems: usize,
}

impl From<Spent> for Total {
    fn from(spent: Spent) -> Self {
        let whole = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        Self { points: whole(spent.points), requests: whole(spent.requests), problems: 0 }
    }
}

impl AddAssign<&Estimate> for Total {
    fn add_assign(&mut self, one: &Estimate) {
        self.points += one.points;
        self.requests += one.requests;
    }
}

impl Total {
    /// How long it takes where a question takes so long, and nothing has to be waited for.
    #[must_use]
    pub fn time(&self, question: Duration) -> Duration {
        let times = |time: Duration, n: usize| time.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
        times(question, self.points) + times(REST_PACE, self.requests)
    }
}
