//! The cells that text takes on a terminal: one measure for all that is drawn, cut and padded.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::is_invisible;

/// Marks beside their letter, such as vowel signs of Tamil and Bengali: parts of it to Unicode, while terminals give
/// them a cell. From the general categories Mc and Lo of Unicode 15.
const BESIDE: [(char, char); 44] = [
    ('\u{9be}', '\u{9be}'),
    ('\u{9d7}', '\u{9d7}'),
    ('\u{b3e}', '\u{b3e}'),
    ('\u{b57}', '\u{b57}'),
    ('\u{bbe}', '\u{bbe}'),
    ('\u{bd7}', '\u{bd7}'),
    ('\u{cc0}', '\u{cc0}'),
    ('\u{cc2}', '\u{cc2}'),
    ('\u{cc7}', '\u{cc8}'),
    ('\u{cca}', '\u{ccb}'),
    ('\u{cd5}', '\u{cd6}'),
    ('\u{d3e}', '\u{d3e}'),
    ('\u{d4e}', '\u{d4e}'),
    ('\u{d57}', '\u{d57}'),
    ('\u{dcf}', '\u{dcf}'),
    ('\u{ddf}', '\u{ddf}'),
    ('\u{1715}', '\u{1715}'),
    ('\u{1734}', '\u{1734}'),
    ('\u{1b35}', '\u{1b35}'),
    ('\u{1b3b}', '\u{1b3b}'),
    ('\u{1b3d}', '\u{1b3d}'),
    ('\u{1b43}', '\u{1b44}'),
    ('\u{1baa}', '\u{1baa}'),
    ('\u{1bf2}', '\u{1bf3}'),
    ('\u{a953}', '\u{a953}'),
    ('\u{a9c0}', '\u{a9c0}'),
    ('\u{111c0}', '\u{111c0}'),
    ('\u{111c2}', '\u{111c3}'),
    ('\u{11235}', '\u{11235}'),
    ('\u{1133e}', '\u{1133e}'),
    ('\u{1134d}', '\u{1134d}'),
    ('\u{11357}', '\u{11357}'),
    ('\u{114b0}', '\u{114b0}'),
    ('\u{114bd}', '\u{114bd}'),
    ('\u{115af}', '\u{115af}'),
    ('\u{116b6}', '\u{116b6}'),
    ('\u{11930}', '\u{11930}'),
    ('\u{1193d}', '\u{1193d}'),
    ('\u{1193f}', '\u{1193f}'),
    ('\u{11941}', '\u{11941}'),
    ('\u{11a84}', '\u{11a89}'),
    ('\u{11d46}', '\u{11d46}'),
    ('\u{1d165}', '\u{1d166}'),
    ('\u{1d16d}', '\u{1d172}'),
];

fn is_beside(c: char) -> bool {
    let at = BESIDE.partition_point(|(_, last)| *last < c);
    BESIDE.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Cells of a character, as terminals count (`wcwidth`).
pub(super) fn cells_of(c: char) -> usize {
    match c.width() {
        Some(0) if is_beside(c) => 1,
        // Two letters of Khmer that Unicode takes for others in a row.
        _ if matches!(c, '\u{17a4}' | '\u{17d8}') => 1,
        cells => cells.unwrap_or(1),
    }
}

/// Whether all terminals give the glyph as many cells: some join marks with the letter before or behind.
pub fn is_undisputed(glyph: &str) -> bool {
    glyph.len() == 1 || (glyph.chars().nth(1).is_none() && glyph.width() == width(glyph))
}

/// Cells that the text takes: those of its characters, as terminals count. A font may join lam and alef, or set a
/// Khmer letter below another; each has its cell all the same.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(cells_of).sum() }
}

/// The text as a terminal takes it in, with the cells of each part: a character, and the marks after it that take no
/// room. A control character is a blank; marks with no character before them, and what has no shape, are left out.
pub fn cells(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        // Most of all text, and all of it is measured anew with each frame.
        if let [b' '..=b'~', behind @ ..] = rest.as_bytes()
            && behind.first().is_none_or(u8::is_ascii)
        {
            let (letter, behind) = rest.split_at(1);
            rest = behind;
            return Some((letter, 1));
        }
        let mut chars = rest.char_indices().peekable();
        let (start, c) = chars.by_ref().find(|(_, c)| cells_of(*c) > 0)?;
        while chars.next_if(|(_, c)| cells_of(*c) == 0 && !is_invisible(*c)).is_some() {}
        let (taken, behind) = rest.split_at(chars.peek().map_or(rest.len(), |(at, _)| *at));
        rest = behind;
        let part = if c.is_control() { " " } else { taken.get(start..).unwrap_or(" ") };
        Some((part, cells_of(c)))
    })
}

/// Whether terminals set to East Asian widths draw the text wider than others do.
pub fn is_ambiguous(text: &str) -> bool {
    text.chars().any(|c| c.width_cjk() != c.width())
}

/// At most `max` cells of `text`; what was cut ends in `…`.
pub fn truncate(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max || width(text) <= max {
        return Cow::Borrowed(text);
    }
    if max == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let fits = |cluster: &&str| {
        used += width(cluster);
        used < max
    };
    let kept =
        if text.is_ascii() { max - 1 } else { text.graphemes(true).take_while(fits).map(str::len).sum() };
    let kept = text.get(..kept).unwrap_or_default().trim_end();
    Cow::Owned([kept, "…"].concat())
}

/// Like [`truncate`], but keeps the end: for paths, whose last part tells most.
pub fn truncate_start(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max || width(text) <= max {
        return Cow::Borrowed(text);
    }
    if max == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let mut kept: Vec<&str> = Vec::new();
    for cluster in text.graphemes(true).rev() {
        let w = width(cluster);
        if used + w > max - 1 {
            break;
        }
        used += w;
        kept.push(cluster);
    }
    Cow::Owned(std::iter::once("…").chain(kept.into_iter().rev()).collect())
}

/// Like [`truncate`], but keeps both ends: for names that differ in their last letters.
pub fn truncate_middle(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max || width(text) <= max {
        return Cow::Borrowed(text);
    }
    let tail = truncate_start(text, (max / 3).max(2).min(max));
    let head = truncate(text, max.saturating_sub(width(&tail)) + 1);
    let head = head.strip_suffix('…').unwrap_or(&head);
    Cow::Owned(format!("{head}{tail}"))
}

/// Like [`truncate_middle`], but for paths: the last part stays whole if it can, and as much of the first ones.
pub fn truncate_path(path: &str, max: usize) -> Cow<'_, str> {
    if path.len() <= max || width(path) <= max {
        return Cow::Borrowed(path);
    }
    let name = path.rfind('/').and_then(|at| path.get(at..)).unwrap_or(path);
    let room = max.saturating_sub(width(name));
    if room < 3 {
        return truncate_start(path, max);
    }
    Cow::Owned(format!("{}{name}", truncate(path, room)))
}

/// `text` in exactly `cells` cells, cut or padded on the right.
pub fn fit(text: &str, cells: usize) -> String {
    let mut out = truncate(text, cells).into_owned();
    out.push_str(&" ".repeat(cells.saturating_sub(width(&out))));
    out
}

/// Breaks text between words into lines of at most `max` cells, at most `lines` of them; the last line ends
/// in `…` where text is left over. A word longer than a line is cut.
pub fn wrap(text: &str, max: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    if max == 0 || lines == 0 {
        return out;
    }
    let mut words = text.split_whitespace().peekable();
    let mut line = String::new();
    while let Some(word) = words.peek() {
        let gap = usize::from(!line.is_empty());
        if line.is_empty() || width(&line) + gap + width(word) <= max {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(&truncate(word, max));
            words.next();
            continue;
        }
        if out.len() + 1 == lines {
            break;
        }
        out.push(std::mem::take(&mut line));
    }
    if words.peek().is_some() {
        // A comma before it would look like a slip.
        line.truncate(line.trim_end_matches([',', ';', ':']).len());
        line.push_str(" …");
        line = truncate(&line, max).into_owned();
    }
    if !line.is_empty() {
        out.push(line);
    }
    out
}

/// The text in pieces of at most `max` cells, broken anywhere.
pub fn broken(text: &str, max: usize) -> Vec<String> {
    let (mut lines, mut line, mut room) = (Vec::new(), String::new(), max);
    for (part, cells) in cells(text) {
        if cells > room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            room = max;
        }
        line.push_str(part);
        room = room.saturating_sub(cells);
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_as_terminals_do() {
        for (text, cells) in [
            ("abc", 3),
            ("日本", 4),
            ("\u{644}\u{627}", 2),
            ("إصلاح الاتصال بالخادم لا يعمل", 29),
            ("ខ្មែរ កម្ពុជា ស្រុក", 14),
            ("नमस्ते", 4),
            ("한국어", 6),
            ("\u{1112}\u{1161}\u{11ab}", 2),
            ("e\u{301}", 1),
            ("\u{1a15}\u{1a17}\u{1a10}", 2),
            ("\u{ba8}\u{bbe}\u{bb3}\u{bcd}", 3),
            ("\u{9ac}\u{9be}\u{982}\u{9b2}\u{9be}", 5),
            ("\u{17a4}\u{17d8}", 2),
            ("\u{ff76}\u{ff9e}", 2),
        ] {
            assert_eq!(width(text), cells, "{text}");
            assert_eq!(truncate(text, cells), text);
        }
    }

    #[test]
    fn cutting_counts_cells() {
        for (text, max, cut) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("ab cd", 4, "ab…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(truncate(text, max), cut);
            assert!(width(&truncate(text, max)) <= max);
        }
        assert_eq!(truncate_middle("acme/terraform-modules-1", 17), "acme/terrafo…es-1");
        assert_eq!(truncate_middle("日本語の名前", 8), "日本語…");
        assert_eq!(truncate_middle("日本語の名前", 9), "日本語…前");
        for max in 0..12 {
            assert!(width(&truncate_middle("日本語-terraform", max)) <= max);
        }
        assert_eq!(truncate_start("src/auth/session.rs", 11), "…session.rs");
        for (max, cut) in [
            (19, "src/auth/session.rs"),
            (18, "src/au…/session.rs"),
            (14, "sr…/session.rs"),
            (13, "…h/session.rs"),
            (5, "…n.rs"),
        ] {
            assert_eq!(truncate_path("src/auth/session.rs", max), cut);
        }
        assert_eq!(fit("日本", 6), "日本  ");
    }

    #[test]
    fn wrapping_marks_what_is_left() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 7, 2), ["one two", "three …"]);
        assert_eq!(wrap("one two three", 7, 1), ["one tw…"]);
        assert_eq!(wrap("unbreakable", 5, 3), ["unbr…"]);
        assert_eq!(wrap("", 5, 3), Vec::<String>::new());
    }

    #[test]
    fn each_character_has_its_cells_and_its_marks() {
        for (text, parts) in [
            ("a日b", &[("a", 1), ("日", 2), ("b", 1)][..]),
            ("\u{644}\u{627}", &[("\u{644}", 1), ("\u{627}", 1)]),
            ("\u{1781}\u{17d2}\u{1798}", &[("\u{1781}\u{17d2}", 1), ("\u{1798}", 1)]),
            ("e\u{301}\u{302}!", &[("e\u{301}\u{302}", 1), ("!", 1)]),
            ("\u{ff76}\u{ff9e}", &[("\u{ff76}", 1), ("\u{ff9e}", 1)]),
            ("\u{ba8}\u{bbe}", &[("\u{ba8}", 1), ("\u{bbe}", 1)]),
            ("\u{301}a", &[("a", 1)]),
            ("a\u{202e}\u{301}b", &[("a", 1), ("b", 1)]),
            ("a\u{1b}b", &[("a", 1), (" ", 1), ("b", 1)]),
            ("", &[]),
        ] {
            assert_eq!(cells(text).collect::<Vec<_>>(), parts, "{text:?}");
            assert_eq!(cells(text).map(|(_, cells)| cells).sum::<usize>(), width(text), "{text:?}");
        }
    }

    #[test]
    fn terminals_differ_about_marks() {
        for glyph in ["a", "é", "日", "\u{1798}", "\u{ff9e}"] {
            assert!(is_undisputed(glyph), "{glyph}");
        }
        for glyph in ["e\u{301}", "\u{1781}\u{17d2}", "\u{bbe}", "\u{17a4}"] {
            assert!(!is_undisputed(glyph), "{glyph}");
        }
    }

    #[test]
    fn broken_text_fills_its_lines() {
        assert_eq!(broken("https://a.b", 4), ["http", "s://", "a.b"]);
        assert_eq!(broken("日本語x", 3), ["日", "本", "語x"]);
        assert_eq!(broken("", 3), Vec::<String>::new());
        assert_eq!(broken("ab", 0), ["a", "b"]);
    }
}
