//! Trying again: at once for writers, with patience for the feed.
//!
//! Both use full jitter (a random part of an exponentially growing pause), so that many clients of one
//! restarted server do not come back at the same moment.

use std::time::Duration;

use uuid::Uuid;

use super::error::StoreError;

/// How often [`retry`] runs its operation at most.
const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The feed's first pause, and the least that jitter leaves of any: a failing server is not hammered.
const POLL_FIRST_PAUSE: Duration = Duration::from_millis(500);
const POLL_SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Runs `op` until it succeeds, fails for good, or has failed six times.
///
/// `op` is a whole transaction: it may run several times, so it must be idempotent. Only failures that
/// [`StoreError::is_retryable`] says so of are tried again; a broken connection is the caller's to replace.
///
/// # Errors
/// The last failure of `op`.
pub async fn retry<T>(mut op: impl AsyncFnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut attempt = 0;
    loop {
        match op().await {
            Err(error) if error.is_retryable() && attempt + 1 < ATTEMPTS => {
                tokio::time::sleep(retry_delay(attempt, random_fraction())).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// The pause after the failed try number `attempt` (from 0); `fraction` is the jitter, 0 to 1.
#[must_use]
pub fn retry_delay(attempt: u32, fraction: f64) -> Duration {
    growing(FIRST_PAUSE, attempt, LONGEST_PAUSE).mul_f64(fraction.clamp(0.0, 1.0))
}

/// The feed's pause after `attempt` failures in a row (the first is 0), at most `cap`
/// ([`StoreError::backoff_cap`]); `fraction` is the jitter, 0 to 1.
#[must_use]
pub fn poll_backoff(attempt: u32, cap: Duration, fraction: f64) -> Duration {
    growing(POLL_FIRST_PAUSE, attempt, cap)
        .mul_f64(fraction.clamp(0.0, 1.0))
        .max(POLL_SHORTEST_PAUSE.min(cap))
}

/// A random number from 0 to 1, for jitter.
#[must_use]
pub fn random_fraction() -> f64 {
    // The last four bytes of a version 4 UUID are random throughout.
    let [.., a, b, c, d] = *Uuid::new_v4().as_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

fn growing(first: Duration, attempt: u32, cap: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempt)).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Cause;

    fn serialization() -> StoreError {
        StoreError::from_server("40001", "could not serialize access", false)
    }

    fn cut_connection() -> StoreError {
        StoreError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
    }

    #[test]
    fn pauses_double_up_to_their_cap_and_jitter_takes_a_part() {
        let whole: Vec<u128> = (0..9).map(|attempt| retry_delay(attempt, 1.0).as_millis()).collect();
        assert_eq!(whole, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        assert_eq!(retry_delay(3, 0.5), Duration::from_millis(40));
        assert_eq!(retry_delay(u32::MAX, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_feed_waits_longer_but_never_over_its_cap_nor_not_at_all() {
        let cap = Duration::from_secs(15);
        let whole: Vec<u128> = (0..7).map(|attempt| poll_backoff(attempt, cap, 1.0).as_millis()).collect();
        assert_eq!(whole, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
        assert_eq!(poll_backoff(4, Duration::from_secs(2), 1.0), Duration::from_secs(2));
        assert_eq!(poll_backoff(4, cap, 0.0), Duration::from_millis(100));
    }

    #[test]
    fn random_fractions_stay_in_range_and_differ() {
        let fractions: Vec<f64> = (0..100).map(|_| random_fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
        assert!(fractions.iter().any(|fraction| *fraction > 0.5));
        assert!(fractions.iter().any(|fraction| *fraction < 0.5));
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_be_retried_is_retried_and_not_for_ever() {
        for (error, expected) in
            [(serialization(), ATTEMPTS), (cut_connection(), 1), (StoreError::new(Cause::Schema, "x"), 1)]
        {
            let mut runs = 0;
            let result: Result<(), _> = retry(async || {
                runs += 1;
                Err(error.clone())
            })
            .await;
            assert_eq!((result, runs), (Err(error), expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_after_failures_is_a_success() {
        let mut runs = 0;
        let result = retry(async || {
            runs += 1;
            if runs < 3 { Err(serialization()) } else { Ok(runs) }
        })
        .await;
        assert_eq!(result, Ok(3));
    }
}
