//! What may be spent, and when again. The quota is the user's: other tools live on it, too.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

/// The two purses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Points.
    Graphql,
    /// Requests.
    Rest,
}

/// Why one has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// GitHub's hourly limit is reached.
    Primary,
    /// GitHub asks for slower going.
    Secondary,
    /// What remains is left to the user's other tools.
    Share,
}

/// Not before this time, by this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub until: DateTime<Utc>,
    pub why: Why,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "GitHub's hourly limit is reached",
            Self::Secondary => "GitHub asks to go slower",
            Self::Share => "the rest of GitHub's hourly limit is left to your other tools",
        })
    }
}

/// What an answer's headers say of a purse. All are absent where a server has no limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) resets: DateTime<Utc>,
}

/// A purse until it is filled again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    pub limit: u32,
    pub remaining: u32,
    pub resets: DateTime<Utc>,
    /// What we may spend of it.
    pub ours: u32,
    pub spent: u32,
}

impl Purse {
    /// Never the last 20 %, and at most half of what remained when we came.
    fn new(told: Quota, spent: u32) -> Self {
        let before = told.remaining.saturating_add(spent);
        let ours = (before / 2).min(before.saturating_sub(kept(told.limit)));
        Self { limit: told.limit, remaining: told.remaining, resets: told.resets, ours, spent }
    }

    fn allows(&self, cost: u32) -> bool {
        self.spent.saturating_add(cost) <= self.ours
            && self.remaining.saturating_sub(cost) >= kept(self.limit)
            && self.remaining >= cost
    }
}

fn kept(limit: u32) -> u32 {
    limit / 5
}

/// Resets of one hour differ by seconds.
const SAME: TimeDelta = TimeDelta::seconds(60);
/// A secondary limit that names no time.
const SECONDARY: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(1);

/// What is known of a token's limits, for all its clients: GitHub counts them together.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<Mutex<Limits>>);

impl Budget {
    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that is known of limits. Times are GitHub's.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    graphql: Option<Purse>,
    rest: Option<Purse>,
    blocked: Option<Wait>,
    /// Secondary limits in a row.
    strikes: u32,
}

impl Limits {
    fn purse_mut(&mut self, resource: Resource) -> &mut Option<Purse> {
        match resource {
            Resource::Graphql => &mut self.graphql,
            Resource::Rest => &mut self.rest,
        }
    }

    /// What is known of a purse.
    pub(super) fn purse(&self, resource: Resource) -> Option<Purse> {
        match resource {
            Resource::Graphql => self.graphql,
            Resource::Rest => self.rest,
        }
    }

    /// Whether so much of our share may be spent now.
    ///
    /// # Errors
    /// When it may be.
    pub(super) fn check(&self, resource: Resource, cost: u32, now: DateTime<Utc>) -> Result<(), Wait> {
        self.check_all(resource, cost, now)?;
        match self.purse(resource).filter(|purse| purse.resets > now && !purse.allows(cost)) {
            Some(purse) => Err(Wait { until: purse.resets, why: Why::Share }),
            None => Ok(()),
        }
    }

    /// Whether there is so much, with what is left to the user's other tools.
    ///
    /// # Errors
    /// When there is.
    pub(super) fn check_all(&self, resource: Resource, cost: u32, now: DateTime<Utc>) -> Result<(), Wait> {
        if let Some(wait) = self.blocked.filter(|wait| wait.until > now) {
            return Err(wait);
        }
        match self.purse(resource).filter(|purse| purse.resets > now && purse.remaining < cost) {
            Some(purse) => Err(Wait { until: purse.resets, why: Why::Primary }),
            None => Ok(()),
        }
    }

    /// Takes in what an answer said, and what it cost.
    pub(super) fn note(&mut self, resource: Resource, told: Option<Quota>, cost: u32, now: DateTime<Utc>) {
        let Some(told) = told else { return };
        let purse = self.purse_mut(resource);
        *purse = Some(match *purse {
            Some(known) if known.resets > now && (told.resets - known.resets).abs() < SAME => Purse {
                // Answers of parallel requests come in any order.
                remaining: told.remaining.min(known.remaining),
                spent: known.spent.saturating_add(cost),
                ..known
            },
            Some(_) | None => Purse::new(told, cost),
        });
    }

    /// A good answer: secondary limits are over.
    pub(super) fn succeeded(&mut self) {
        self.strikes = 0;
    }

    /// GitHub's hourly limit is reached.
    pub(super) fn primary(
        &mut self,
        resource: Resource,
        resets: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Wait {
        let known = self.purse(resource).map(|purse| purse.resets);
        let until = resets.or(known).filter(|resets| *resets > now).unwrap_or(now + SECONDARY);
        let known = self.purse(resource).unwrap_or(Purse {
            limit: 0,
            remaining: 0,
            resets: until,
            ours: 0,
            spent: 0,
        });
        *self.purse_mut(resource) = Some(Purse { remaining: 0, resets: until, ..known });
        Wait { until, why: Why::Primary }
    }

    /// A secondary limit: by what it says, else a minute, and each time in a row twice as long.
    pub(super) fn secondary(
        &mut self,
        retry_after: Option<Duration>,
        resets: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Wait {
        let doubled = SECONDARY.saturating_mul(2_u32.saturating_pow(self.strikes)).min(LONGEST);
        self.strikes = self.strikes.saturating_add(1);
        // "In no time" says nothing.
        let said = retry_after.filter(|pause| !pause.is_zero());
        // Nobody is kept waiting for longer than the hour in which all limits are renewed.
        let until = match (said, resets.filter(|resets| *resets > now)) {
            (Some(pause), _) => now + pause.min(LONGEST),
            (None, Some(resets)) => resets,
            (None, None) => now + doubled,
        };
        self.block(Wait { until, why: Why::Secondary })
    }

    fn block(&mut self, wait: Wait) -> Wait {
        let longest = self.blocked.filter(|known| known.until > wait.until).unwrap_or(wait);
        self.blocked = Some(longest);
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + 60 * minutes, 0).expect("a time")
    }

    fn told(limit: u32, remaining: u32, minutes: i64) -> Quota {
        Quota { limit, remaining, resets: at(minutes) }
    }

    fn after(limit: u32, remaining: u32) -> Limits {
        let mut limits = Limits::default();
        limits.note(Resource::Graphql, Some(told(limit, remaining, 60)), 1, at(0));
        limits
    }

    #[test]
    fn half_of_what_remains_is_ours_and_never_the_last_fifth() {
        for (limit, remaining, ours) in [
            (5_000, 4_999, 2_500),
            (5_000, 1_999, 1_000),
            (5_000, 1_499, 500),
            (5_000, 999, 0),
            (5_000, 10, 0),
        ] {
            assert_eq!(after(limit, remaining).purse(Resource::Graphql).map(|purse| purse.ours), Some(ours));
        }
        let limits = after(5_000, 4_999);
        let wait = Err(Wait { until: at(60), why: Why::Share });
        assert_eq!(limits.check(Resource::Graphql, 2_499, at(1)), Ok(()));
        assert_eq!(limits.check(Resource::Graphql, 2_500, at(1)), wait);
        // The other purse is another one, and in the next hour all begins anew.
        assert_eq!(limits.check(Resource::Rest, 2_500, at(1)), Ok(()));
        assert_eq!(limits.check(Resource::Graphql, 2_500, at(60)), Ok(()));
    }

    #[test]
    fn what_others_spend_counts_against_the_last_fifth_only() {
        let mut limits = after(5_000, 4_999);
        limits.note(Resource::Graphql, Some(told(5_000, 1_100, 60)), 1, at(1));
        assert_eq!(limits.check(Resource::Graphql, 100, at(2)), Ok(()));
        assert_eq!(limits.check(Resource::Graphql, 101, at(2)).map_err(|wait| wait.why), Err(Why::Share));
        // An older answer that comes late gives nothing back.
        limits.note(Resource::Graphql, Some(told(5_000, 4_000, 60)), 1, at(2));
        assert_eq!(
            limits.purse(Resource::Graphql).map(|purse| (purse.remaining, purse.spent)),
            Some((1_100, 3))
        );
        // A new hour does.
        limits.note(Resource::Graphql, Some(told(5_000, 4_999, 120)), 1, at(61));
        assert_eq!(limits.purse(Resource::Graphql).map(|purse| (purse.ours, purse.spent)), Some((2_500, 1)));
    }

    #[test]
    fn a_server_without_limits_is_asked_at_will() {
        let mut limits = Limits::default();
        limits.note(Resource::Rest, None, 1, at(0));
        assert_eq!(limits.check(Resource::Rest, u32::MAX, at(0)), Ok(()));
    }

    #[test]
    fn the_hourly_limit_ends_when_it_is_renewed() {
        let mut limits = after(5_000, 4_999);
        let wait = Wait { until: at(60), why: Why::Primary };
        assert_eq!(limits.primary(Resource::Graphql, None, at(5)), wait);
        assert_eq!(limits.check(Resource::Graphql, 1, at(59)), Err(wait));
        assert_eq!(limits.check(Resource::Graphql, 1, at(60)), Ok(()));
        assert_eq!(limits.check(Resource::Rest, 1, at(59)), Ok(()), "the other purse");
        // Without a time, or with one that is over, a minute.
        let mut limits = Limits::default();
        assert_eq!(limits.primary(Resource::Rest, Some(at(-1)), at(5)).until, at(6));
        assert!(limits.check(Resource::Rest, 1, at(5)).is_err());
    }

    #[test]
    fn secondary_limits_are_waited_for_as_they_say_else_ever_longer() {
        let mut limits = Limits::default();
        assert_eq!(
            limits.secondary(Some(Duration::from_secs(90)), Some(at(60)), at(0)).until,
            at(0) + TimeDelta::seconds(90)
        );
        let mut limits = Limits::default();
        assert_eq!(limits.secondary(None, Some(at(9)), at(0)).until, at(9));
        let mut limits = Limits::default();
        let mut now = at(0);
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = limits.secondary(None, None, now);
            assert_eq!((wait.until - now, wait.why), (TimeDelta::minutes(minutes), Why::Secondary));
            now = wait.until;
        }
        limits.succeeded();
        assert_eq!(limits.secondary(None, None, now).until, now + TimeDelta::minutes(1));
        limits.succeeded();
        assert_eq!(limits.secondary(Some(Duration::ZERO), None, now).until, now + TimeDelta::minutes(1));
        // A server that says "in a year" is asked again in an hour.
        assert_eq!(
            Limits::default().secondary(Some(Duration::from_secs(u64::MAX)), None, now).until,
            now + TimeDelta::hours(1)
        );
    }
}
