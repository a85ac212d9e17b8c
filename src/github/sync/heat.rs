//! How soon a pull request is looked at again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How soon something is likely to change. The order is that of haste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heat {
    /// Something runs, or is about to.
    Hot,
    /// Red is what gets run again; what moved lately moves again.
    Warm,
    Cold,
}

/// A head so young has builds to come.
const YOUNG: TimeDelta = TimeDelta::minutes(15);
const LATELY: TimeDelta = TimeDelta::hours(24);

/// What is known of a pull request that decides it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The word for all its checks.
    pub rollup: Option<&'a str>,
    /// Since when it has had its head, as far as is known.
    pub head_since: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// In the merge queue, or set to merge by itself.
    pub is_about_to_merge: bool,
}

impl Heat {
    pub fn new(known: Known<'_>, now: DateTime<Utc>) -> Self {
        let is_running = matches!(known.rollup, Some("PENDING" | "EXPECTED"));
        if is_running || known.is_about_to_merge || now - known.head_since < YOUNG {
            return Self::Hot;
        }
        let is_red = matches!(known.rollup, Some("FAILURE" | "ERROR"));
        if is_red || now - known.updated_at < LATELY { Self::Warm } else { Self::Cold }
    }

    /// The time between two looks.
    pub const fn every(self) -> Duration {
        match self {
            Self::Hot => Duration::from_secs(25),
            Self::Warm => Duration::from_mins(2),
            Self::Cold => Duration::from_mins(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_hot_what_is_red_or_moved_is_warm_and_the_rest_cold() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let long_ago = now - TimeDelta::days(9);
        let quiet = Known {
            rollup: Some("SUCCESS"),
            head_since: long_ago,
            updated_at: long_ago,
            is_about_to_merge: false,
        };
        for (known, heat) in [
            (quiet, Heat::Cold),
            (Known { rollup: None, ..quiet }, Heat::Cold),
            (Known { rollup: Some("PENDING"), ..quiet }, Heat::Hot),
            (Known { rollup: Some("EXPECTED"), ..quiet }, Heat::Hot),
            (Known { rollup: Some("FAILURE"), ..quiet }, Heat::Warm),
            (Known { rollup: Some("ERROR"), ..quiet }, Heat::Warm),
            (Known { is_about_to_merge: true, ..quiet }, Heat::Hot),
            (Known { head_since: now - TimeDelta::minutes(14), ..quiet }, Heat::Hot),
            (Known { head_since: now - TimeDelta::minutes(15), ..quiet }, Heat::Cold),
            (Known { updated_at: now - TimeDelta::hours(23), ..quiet }, Heat::Warm),
        ] {
            assert_eq!(Heat::new(known, now), heat, "{known:?}");
        }
        // A re-run is seen within 30 s while something runs.
        assert!(Heat::Hot.every() <= Duration::from_secs(30) && Heat::Hot.every() < Heat::Warm.every());
    }
}
