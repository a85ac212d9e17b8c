//! Bytes as they come become lines.

use chrono::{DateTime, Utc};
use memchr::memchr2;

use super::mark::{BOM, stamp};

/// Bytes of a line that are read; the rest is counted.
const LONGEST: usize = 16 * 1024;

/// A line as it came.
pub(super) struct RawLine<'l> {
    pub(super) stamp: Option<DateTime<Utc>>,
    pub(super) text: &'l [u8],
    /// Bytes that were cut off.
    pub(super) cut: u64,
    /// Bytes that it took.
    pub(super) bytes: u64,
}

/// The line that has begun.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    line: Vec<u8>,
    cut: u64,
    bytes: u64,
    /// Its last byte is a CR: whether the line ends with it, the next byte tells.
    cr: bool,
}

impl Splitter {
    /// Takes in bytes, and hands on each line that ends among them.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(RawLine<'_>)) {
        while let Some(first) = bytes.first() {
            if self.cr && !matches!(first, b'\n' | b'\r') {
                self.rewind();
            }
            let at = memchr2(b'\n', b'\r', bytes);
            let (text, rest) = bytes.split_at_checked(at.unwrap_or(bytes.len())).unwrap_or((bytes, &[]));
            self.push(text);
            let Some((end, rest)) = rest.split_first() else { return };
            self.bytes += 1;
            self.cr = *end == b'\r';
            if !self.cr {
                self.end(&mut each);
            }
            bytes = rest;
        }
    }

    /// Hands on a last line that no line end follows.
    pub(super) fn finish(&mut self, mut each: impl FnMut(RawLine<'_>)) {
        if self.bytes > 0 {
            self.end(&mut each);
        }
    }

    fn push(&mut self, text: &[u8]) {
        let room = LONGEST.saturating_sub(self.line.len());
        let (kept, cut) = text.split_at_checked(room).unwrap_or((text, &[]));
        self.line.extend_from_slice(kept);
        self.cut += cut.len() as u64;
        self.bytes += text.len() as u64;
    }

    /// A lone CR: a terminal writes what follows over the line, which keeps its time.
    fn rewind(&mut self) {
        self.cr = false;
        let boms = boms(&self.line);
        let kept = self.line.get(boms..).and_then(stamp).map_or(boms, |(_, len)| boms + len);
        self.line.truncate(kept);
        self.cut = 0;
    }

    fn end(&mut self, each: &mut impl FnMut(RawLine<'_>)) {
        let line = self.line.get(boms(&self.line)..).unwrap_or_default();
        let stamp = stamp(line);
        let text = line.get(stamp.map_or(0, |(_, len)| len)..).unwrap_or_default();
        // A character that the cut has halved goes whole.
        let half = if self.cut > 0 { half(text) } else { 0 };
        let text = text.get(..text.len() - half).unwrap_or_default();
        let (stamp, cut) = (stamp.map(|(time, _)| time), self.cut + half as u64);
        each(RawLine { stamp, text, cut, bytes: self.bytes });
        self.line.clear();
        (self.cut, self.bytes, self.cr) = (0, 0, false);
    }
}

/// The bytes of the marks of byte order at the beginning of a line.
fn boms(line: &[u8]) -> usize {
    line.chunks(BOM.len()).take_while(|chunk| *chunk == BOM).count() * BOM.len()
}

/// The bytes of a character at the end that is not whole.
fn half(text: &[u8]) -> usize {
    let tail = text.get(text.len().saturating_sub(3)..).unwrap_or_default();
    let Some(start) = tail.iter().rposition(|byte| byte & 0xc0 == 0xc0) else { return 0 };
    let part = tail.get(start..).unwrap_or_default();
    if std::str::from_utf8(part).is_err() { part.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(String, bool, u64)> {
        let mut lines = Vec::new();
        let mut take = |line: RawLine<'_>| {
            lines.push((String::from_utf8_lossy(line.text).into_owned(), line.stamp.is_some(), line.cut));
        };
        let mut splitter = Splitter::default();
        splitter.feed(bytes, &mut take);
        splitter.finish(take);
        lines
    }

    #[test]
    fn lines_end_and_begin_as_runners_write_them() {
        let stamp = "2026-11-25T10:00:00.1234567Z ";
        let plain = |text: &str| (text.to_owned(), false, 0);
        for (bytes, found) in [
            (String::new(), vec![]),
            ("a\nb".to_owned(), vec![plain("a"), plain("b")]),
            ("a\r\nb\r\r\n\r\n".to_owned(), vec![plain("a"), plain("b"), plain("")]),
            ("10%\r20%\r30%\n".to_owned(), vec![plain("30%")]),
            ("10%\r".to_owned(), vec![plain("10%")]),
            (format!("{stamp}10%\r20%\n"), vec![("20%".to_owned(), true, 0)]),
            (
                format!("\u{feff}{stamp}a\n\u{feff}\u{feff}b\nc\u{feff}\n"),
                vec![("a".to_owned(), true, 0), plain("b"), plain("c\u{feff}")],
            ),
            ("\n".to_owned(), vec![plain("")]),
        ] {
            assert_eq!(lines(bytes.as_bytes()), found, "{bytes:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let long = format!("{}\n", "é".repeat(LONGEST));
        assert_eq!(lines(long.as_bytes()), [("é".repeat(LONGEST / 2), false, LONGEST as u64)]);
        let long = format!("x{}\n", "é".repeat(LONGEST));
        let (text, _, cut) = lines(long.as_bytes()).remove(0);
        assert_eq!((text.len() as u64 + cut, text.contains('\u{fffd}')), (long.len() as u64 - 1, false));
    }
}
