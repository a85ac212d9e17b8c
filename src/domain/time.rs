//! Ages in words. No clock is read here.

use std::fmt::Display;

use chrono::{DateTime, Datelike as _, SubsecRound, TimeDelta, TimeZone, Utc};

/// The time between two moments in one whole unit: `<1m`, `5m`, `26h`, `12d`, `15w`, `2y`. A moment in the
/// future (clock skew) counts as just now.
pub fn age(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let minutes = (now - then).num_minutes();
    let (hours, days) = (minutes / 60, minutes / (60 * 24));
    match () {
        () if minutes < 1 => "<1m".to_owned(),
        () if minutes < 60 => format!("{minutes}m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 100 => format!("{days}d"),
        () if days < 730 => format!("{}w", days / 7),
        () => format!("{}y", days / 365),
    }
}

/// [`age`] as a phrase: `just now`, `5m ago`.
pub fn ago(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    if (now - then).num_minutes() < 1 { "just now".to_owned() } else { format!("{} ago", age(now, then)) }
}

/// The time that something takes, to the second at first: `4s`, `2m 04s`, then in hours and days as an [`age`].
pub fn elapsed(now: DateTime<Utc>, since: DateTime<Utc>) -> String {
    let seconds = (now - since).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => age(now, since),
    }
}

/// A length of time: `4s`, `2m 04s`, `1h 20m`, `3d`.
pub fn lasting(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..172_800 => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// What is left of a wait, never nothing: `40 s`, `3 min`, `2 h`. Rounded up: it is over by then.
pub fn left(time: TimeDelta) -> String {
    // A whole millisecond at least, rounded up to seconds.
    match (time.num_milliseconds().max(1) + 999) / 1_000 {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..7_200 => format!("{} min", (seconds + 59) / 60),
        seconds => format!("{} h", (seconds + 3_599) / 3_600),
    }
}

/// The moment itself in at most 12 cells: `24 Nov 09:30`, and `24 Nov 2023` of another year than now's.
pub fn moment<Z: TimeZone<Offset: Display>>(now: &DateTime<Z>, then: &DateTime<Z>) -> String {
    let format = if then.year() == now.year() { "%d %b %H:%M" } else { "%d %b %Y" };
    then.format(format).to_string()
}

/// The moment cut to its whole minute: ages drawn from it change once a minute.
pub fn whole_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = now.timestamp().rem_euclid(60);
    now.trunc_subsecs(0) - chrono::TimeDelta::seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_units() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(2_000);
        for (minutes, text) in [
            (-5, "<1m"),
            (0, "<1m"),
            (59, "59m"),
            (60, "1h"),
            (26 * 60, "26h"),
            (48 * 60, "2d"),
            (99 * 24 * 60, "99d"),
            (100 * 24 * 60, "14w"),
            (800 * 24 * 60, "2y"),
        ] {
            assert_eq!(age(now, now - chrono::TimeDelta::minutes(minutes)), text);
        }
    }

    #[test]
    fn what_takes_time_is_told_to_the_second_at_first() {
        let now = DateTime::UNIX_EPOCH;
        for (seconds, text) in
            [(-3, "0s"), (4, "4s"), (59, "59s"), (124, "2m 04s"), (3_600, "1h"), (360_000, "4d")]
        {
            assert_eq!(elapsed(now, now - chrono::TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn lengths_keep_two_units_while_they_matter() {
        for (seconds, text) in
            [(-3, "0s"), (59, "59s"), (124, "2m 04s"), (3_600, "1h 00m"), (8_040, "2h 14m"), (200_000, "2d")]
        {
            assert_eq!(lasting(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn what_is_left_is_rounded_up_and_never_nothing() {
        for (millis, text) in [
            (-1_000, "1 s"),
            (0, "1 s"),
            (1, "1 s"),
            (1_001, "2 s"),
            (59_000, "59 s"),
            (59_001, "1 min"),
            (60_000, "1 min"),
            (60_001, "2 min"),
            (7_199_000, "120 min"),
            (7_200_000, "2 h"),
            (7_200_001, "3 h"),
        ] {
            assert_eq!(left(TimeDelta::milliseconds(millis)), text, "{millis}");
        }
    }

    #[test]
    fn another_year_is_named() {
        let zone = chrono::FixedOffset::east_opt(2 * 3_600).unwrap();
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&zone);
        let now = at("2026-01-01T12:00:00Z");
        for (then, text) in [
            ("2026-01-01T07:05:00Z", "01 Jan 09:05"),
            ("2025-12-31T23:30:00Z", "01 Jan 01:30"),
            ("2025-12-31T20:30:00Z", "31 Dec 2025"),
            ("2023-01-01T12:00:00Z", "01 Jan 2023"),
            ("2027-01-01T12:00:00Z", "01 Jan 2027"),
        ] {
            assert_eq!(moment(&now, &at(then)), text);
            assert!(text.len() <= 12);
        }
    }

    #[test]
    fn a_minute_is_cut_whole() {
        let t = DateTime::from_timestamp(1_700_000_059, 999).unwrap();
        assert_eq!(whole_minute(t).timestamp() % 60, 0);
        assert!(t - whole_minute(t) < chrono::TimeDelta::seconds(60));
    }
}
