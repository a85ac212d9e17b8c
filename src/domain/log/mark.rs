//! What the runner says at the beginning of a line: the time, and what the line is.

use chrono::{DateTime, NaiveDate, Utc};

/// A runner's mark, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark<'t> {
    Group(&'t str),
    EndGroup,
    /// A step within a composite action, by its properties.
    StartAction(&'t str),
    EndAction,
    Error(&'t str),
    Warning(&'t str),
    Notice(&'t str),
    Debug(&'t str),
    Command(&'t str),
    Section(&'t str),
}

/// `\u{feff}` in UTF-8: it begins each block of what the runner sent.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The time at the beginning of a line, and the bytes that it takes with the blank behind it:
/// `2026-11-25T10:00:00.1234567Z `.
pub(super) fn stamp(line: &[u8]) -> Option<(DateTime<Utc>, usize)> {
    let number = |from: usize, len: usize| {
        line.get(from..from + len)?
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let is = |at: usize, byte: u8| line.get(at) == Some(&byte);
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')];
    if !signs.iter().all(|(at, byte)| is(*at, *byte)) {
        return None;
    }
    let digits = line.get(20..)?.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let fraction = number(20, digits).filter(|_| digits > 0)?;
    let nanos = fraction * 10_u32.pow(u32::try_from(9 - digits).ok()?);
    let end = 20 + digits;
    if !is(end, b'Z') {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 2)?, number(8, 2)?)?;
    let time = day.and_hms_nano_opt(number(11, 2)?, number(14, 2)?, number(17, 2)?, nanos)?.and_utc();
    // A line without text may have lost its blank.
    match line.get(end + 1) {
        Some(b' ') => Some((time, end + 2)),
        None => Some((time, end + 1)),
        Some(_) => None,
    }
}

/// The mark of a message; `None` for plain text.
pub(super) fn mark(text: &str) -> Option<Mark<'_>> {
    if let Some(command) = text.strip_prefix("[command]") {
        return Some(Mark::Command(command));
    }
    let rest = text.strip_prefix("##[")?;
    let (name, rest) = rest.split_once(']')?;
    Some(match name {
        "group" => Mark::Group(rest),
        "endgroup" => Mark::EndGroup,
        "error" => Mark::Error(rest),
        "warning" => Mark::Warning(rest),
        "notice" => Mark::Notice(rest),
        "debug" => Mark::Debug(rest),
        "command" => Mark::Command(rest),
        "section" => Mark::Section(rest),
        _ => match name.split_once(' ').unwrap_or((name, "")) {
            ("start-action", properties) => Mark::StartAction(properties),
            ("end-action", _) => Mark::EndAction,
            _ => return None,
        },
    })
}

/// The name of a composite action's step from `display=Run tests;id=…`.
pub(super) fn display(properties: &str) -> String {
    let shown = properties.split(';').find_map(|property| property.strip_prefix("display="));
    let name = shown.unwrap_or(properties);
    // As the runner writes what would end a property.
    let signs =
        [("%3B", ";"), ("%3A", ":"), ("%2C", ","), ("%5D", "]"), ("%0D", " "), ("%0A", " "), ("%25", "%")];
    signs.iter().fold(name.to_owned(), |name, (written, sign)| name.replace(written, sign))
}

/// Whether a line begins the output of a step.
pub(super) fn begins_step(text: &str) -> bool {
    ["##[group]Run ", "Post job cleanup.", "Cleaning up orphan processes"]
        .iter()
        .any(|begin| text.starts_with(begin))
}

/// Whether an error tells the exit code alone.
pub(super) fn is_exit(text: &str) -> bool {
    text.starts_with("Process completed with exit code ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_a_whole_one() {
        let at = |line: &str| stamp(line.as_bytes()).map(|(time, len)| (time.to_rfc3339(), len));
        let time = "2026-11-25T10:00:00.123456700+00:00".to_owned();
        assert_eq!(at("2026-11-25T10:00:00.1234567Z text"), Some((time.clone(), 29)));
        assert_eq!(at("2026-11-25T10:00:00.1234567Z"), Some((time, 28)));
        for none in [
            "",
            "text",
            "2026-11-25T10:00:00Z text",
            "2026-11-25T10:00:00.1234567 text",
            "2026-11-25T10:00:00.1234567Zext",
            "2026-13-25T10:00:00.1234567Z text",
            "2026-11-25T10:00:61.1234567Z text",
            "2026-11-25T10:00:00.Z text",
            "2026-11-2\u{660}",
        ] {
            assert_eq!(at(none), None, "{none}");
        }
    }

    #[test]
    fn marks_are_told_from_text() {
        for (text, found) in [
            ("##[group]Run make", Some(Mark::Group("Run make"))),
            ("##[endgroup]", Some(Mark::EndGroup)),
            ("##[error]x ]", Some(Mark::Error("x ]"))),
            ("[command]/usr/bin/git", Some(Mark::Command("/usr/bin/git"))),
            ("##[start-action display=a;id=b]", Some(Mark::StartAction("display=a;id=b"))),
            ("##[end-action id=b;outcome=failure]", Some(Mark::EndAction)),
            ("##[what]x", None),
            ("##[error", None),
            (" ##[error]x", None),
            ("", None),
        ] {
            assert_eq!(mark(text), found, "{text}");
        }
        assert_eq!(display("display=Run a%3B b%5D 100%25;id=x"), "Run a; b] 100%");
        assert_eq!(display("id=x"), "id=x");
    }
}
