//! Pauses between tries: they grow exponentially, and jitter takes a random part of each, so that many clients of one
//! restarted server do not come back at the same moment.

use std::time::Duration;

use uuid::Uuid;

/// A rule for pauses.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    /// The least that jitter leaves: a failing server is not hammered.
    shortest: Duration,
}

/// Writers that got in each other's way: soon again.
pub const WRITE: Backoff =
    Backoff { first: Duration::from_millis(10), longest: Duration::from_secs(1), shortest: Duration::ZERO };

/// A database that cannot be reached, polled again.
pub const POLL: Backoff = Backoff {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(15),
    shortest: Duration::from_millis(100),
};

/// A database that answers too slowly: it may still be at work on what was asked.
pub const SLOW: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(2),
    shortest: Duration::from_millis(500),
};

/// A service that is busy or broken.
pub const SERVICE: Backoff = Backoff {
    first: Duration::from_millis(500),
    longest: Duration::from_mins(1),
    shortest: Duration::from_millis(250),
};

impl Backoff {
    /// The same rule with a lower cap.
    #[must_use]
    pub fn at_most(self, cap: Duration) -> Self {
        Self { longest: self.longest.min(cap), ..self }
    }

    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// The pause after failure number `attempt` in a row (the first is 0).
    #[must_use]
    pub fn pause(&self, attempt: u32) -> Duration {
        self.jittered(attempt, random_fraction())
    }

    /// The same with a given jitter, 0 to 1.
    fn jittered(&self, attempt: u32, fraction: f64) -> Duration {
        let whole = self.first.saturating_mul(2_u32.saturating_pow(attempt)).min(self.longest);
        whole.mul_f64(fraction.clamp(0.0, 1.0)).max(self.shortest.min(self.longest))
    }
}

/// A random number from 0 to 1, for jitter.
#[must_use]
pub fn random_fraction() -> f64 {
    // The last four bytes of a version 4 UUID are random throughout.
    let [.., a, b, c, d] = *Uuid::new_v4().as_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(rule: Backoff, attempts: u32) -> Vec<u128> {
        (0..attempts).map(|attempt| rule.jittered(attempt, 1.0).as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_their_cap_and_jitter_takes_a_part() {
        assert_eq!(whole(WRITE, 9), [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        assert_eq!(WRITE.jittered(3, 0.5), Duration::from_millis(40));
        assert_eq!(WRITE.jittered(u32::MAX, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_poll_waits_longer_but_never_over_its_cap_nor_not_at_all() {
        assert_eq!(whole(POLL, 7), [500, 1000, 2000, 4000, 8000, 15000, 15000]);
        assert_eq!(POLL.at_most(Duration::from_secs(2)).jittered(4, 1.0), Duration::from_secs(2));
        assert_eq!(POLL.jittered(4, 0.0), Duration::from_millis(100));
    }

    #[test]
    fn a_service_is_never_hammered() {
        assert_eq!(whole(SERVICE, 3), [500, 1000, 2000]);
        assert_eq!(SERVICE.jittered(0, 0.0), Duration::from_millis(250));
    }

    #[test]
    fn random_fractions_stay_in_range_and_differ() {
        let fractions: Vec<f64> = (0..100).map(|_| random_fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
        assert!(fractions.iter().any(|fraction| *fraction > 0.5));
        assert!(fractions.iter().any(|fraction| *fraction < 0.5));
    }
}
