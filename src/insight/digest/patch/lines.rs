//! The lines of a patch, and where they are in the new file.

use std::str::Split;

/// What a line of a patch is; what was added and removed without its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The header of a hunk.
    Header,
    Added(&'a str),
    Removed(&'a str),
    /// A line of both files, or none at all.
    Other,
}

/// Yields the lines of a patch, each with its number in the new file; a removed line has the number of the line that
/// took its place.
///
/// No patch is broken: what has no header begins at line 1, and numbers that are too large end at the largest.
pub(super) struct Lines<'a> {
    rest: Split<'a, char>,
    next: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn of(patch: &'a str) -> Self {
        Self { rest: patch.split('\n'), next: 1 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (Line<'a>, u32);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.next()?;
        let (line, length) = match text.as_bytes().first() {
            Some(b'@') => {
                self.next = first_line(text).unwrap_or(self.next).max(1);
                (Line::Header, 0)
            }
            Some(b'+') => (Line::Added(text.get(1..).unwrap_or_default()), 1),
            Some(b'-') => (Line::Removed(text.get(1..).unwrap_or_default()), 0),
            // "\ No newline at end of file"
            Some(b'\\') => (Line::Other, 0),
            _ => (Line::Other, 1),
        };
        let number = self.next;
        self.next = number.saturating_add(length);
        Some((line, number))
    }
}

/// The first line of the new file of which the hunk with this `header` tells: `c` of `@@ -a,b +c,d @@`.
fn first_line(header: &str) -> Option<u32> {
    let range = header.split(' ').find_map(|word| word.strip_prefix('+'))?;
    let (start, length) = range.split_once(',').unwrap_or((range, "1"));
    let start = number(start)?;
    // Of a hunk that leaves nothing, the header names the line before it.
    Some(if number(length) == Some(0) { start.saturating_add(1) } else { start })
}

fn number(digits: &str) -> Option<u32> {
    let digit = |n: u32, byte: u8| {
        byte.is_ascii_digit().then(|| n.saturating_mul(10).saturating_add(u32::from(byte - b'0')))
    };
    (!digits.is_empty()).then(|| digits.bytes().try_fold(0, digit))?
}
