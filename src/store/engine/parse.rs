//! Values that another service keeps in a column of another type than ours, read from their text.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;
use sqlx::{
    Decode, Postgres, Type,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgValueFormat, PgValueRef},
};

/// A whole number, also as `numeric` has it (`42.00`).
pub(super) fn int<T: FromStr>(text: &str) -> Result<T, String> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        Some(_) | None => text,
    };
    whole.parse().map_err(|_unfit| format!("{text:.40} is no whole number, or too large"))
}

pub(super) fn real(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|error| format!("{text:.40}: {error}"))
}

/// PostgreSQL's words for a truth value, and numbers.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Ok(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("{text:.40} is no truth value")),
    }
}

/// RFC 3339, or as PostgreSQL writes it; without a zone it is UTC.
pub(super) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    // As servers answer. To be read by a format takes eight times as long.
    if text.ends_with("+00")
        && let Ok(time) = DateTime::parse_from_rfc3339(&[text, ":00"].concat())
    {
        return Ok(time.to_utc());
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()))
        .map(|time| time.to_utc())
        .or_else(|| {
            let time = plain.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
            let date =
                || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
            time.or_else(date).map(|time| time.and_utc())
        })
        .ok_or_else(|| format!("{text:.40} is no time"))
}

/// A time as a server answers: the driver reads a text by its format.
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Moment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(match value.format() {
            PgValueFormat::Text => time(value.as_str()?)?,
            PgValueFormat::Binary => Decode::<Postgres>::decode(value)?,
        }))
    }
}

pub(super) fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_truth_values_come_in_many_words() {
        let cases =
            [("42", Some(42)), (" -7 ", Some(-7)), ("42.00", Some(42)), ("42.5", None), ("5000000000", None)];
        for (text, number) in cases {
            assert_eq!(int::<i32>(text).ok(), number, "{text}");
        }
        assert_eq!(int::<i64>("5000000000"), Ok(5_000_000_000));
        assert_eq!([flag("t"), flag("No"), flag("1")].map(Result::ok), [Some(true), Some(false), Some(true)]);
        assert!(flag("maybe").is_err() && real("x").is_err() && int::<i32>("").is_err());
    }

    #[test]
    fn times_come_with_and_without_a_zone() {
        let expected: DateTime<Utc> = "2026-01-02T03:04:05.5Z".parse().expect("a time");
        for text in [
            "2026-01-02T03:04:05.5Z",
            "2026-01-02 03:04:05.5+00",
            "2026-01-02 05:04:05.5+02:00",
            "2026-01-02 05:04:05.5+02",
            "2026-01-02 03:04:05.5",
            "2026-01-02T03:04:05.5",
        ] {
            assert_eq!(time(text), Ok(expected), "{text}");
        }
        assert_eq!(time("2026-01-02"), Ok("2026-01-02T00:00:00Z".parse().expect("a time")));
        assert!(time("yesterday").is_err() && time("infinity").is_err());
    }
}
