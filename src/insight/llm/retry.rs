//! How long to wait before the next try.

use std::time::Duration;

use chrono::{DateTime, Utc};

const FIRST: Duration = Duration::from_millis(500);

/// The pause after try number `attempt` (from 0) failed; `fraction` is the jitter, 0 to 1. Half of it stays: a failing
/// server is not hammered.
pub(super) fn pause(attempt: u32, fraction: f64) -> Duration {
    let full = FIRST.saturating_mul(2_u32.saturating_pow(attempt));
    full.mul_f64(0.5 + fraction.clamp(0.0, 1.0) / 2.0)
}

/// What `Retry-After` asks for: seconds, or a date.
pub(super) fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_keep_half() {
        for (attempt, fraction, millis) in [(0, 0.0, 250), (0, 1.0, 500), (1, 0.0, 500), (1, 1.0, 1_000)] {
            assert_eq!(pause(attempt, fraction), Duration::from_millis(millis));
        }
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = "2015-10-21T07:28:00Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
