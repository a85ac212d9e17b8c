//! Durations as people write them: `500ms`, `2s`, `1h30m`, `14d`.
//!
//! Thirty lines of our own rather than a crate: the unit is always required (a bare `14` could mean
//! seconds or days), and months and years, whose lengths vary, are left out.

use std::time::Duration;

/// Each unit and its length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration: whole numbers, each with its unit, or a plain `0`.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, next) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(Duration::from_millis(*millis).checked_mul(number.parse().ok()?)?)?;
        rest = next;
    }
    Some(total)
}

/// Writes a duration in the longest unit that holds it exactly: `90m`, `14d`, `1500ms`.
#[must_use]
pub fn format(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis == 0 {
        return "0s".to_owned();
    }
    let (unit, length) =
        UNITS.iter().find(|(_, length)| millis.is_multiple_of(u128::from(*length))).unwrap_or(&("ms", 1));
    format!("{}{unit}", millis / u128::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, millis) in [
            ("2s", 2_000),
            ("500ms", 500),
            (" 14d ", 14 * 86_400_000),
            ("2h", 7_200_000),
            ("1h30m", 5_400_000),
            ("0", 0),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", " ", "2", "s", "-2s", "2 s", "1.5h", "2x", "2s5", "é", "99999999999999999999s", "2S"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("4294967296d"), None, "too many days");
    }

    #[test]
    fn writes_it_back() {
        for text in ["2s", "500ms", "14d", "90m", "1500ms", "0s", "25h"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(parse("24h").unwrap()), "1d");
    }
}
