//! Text from outside is hostile: cleaned once when it is read, and cut by display width when it is drawn.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Longest text that [`clean`] lets through, in grapheme clusters; what is cut ends in `…`.
pub const MAX_CLUSTERS: usize = 2_000;

/// What stands for any flag emoji: terminals disagree on the width of a pair of regional indicators.
const FLAG: char = '\u{2691}';

/// Makes text safe and of one predictable width on every terminal: one line, no control or bidi characters,
/// no zero-width ones; ZWJ sequences, flags, keycaps and VS16 emoji are reduced to one base glyph.
pub fn clean(text: &str) -> String {
    if text.len() <= MAX_CLUSTERS && text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(4 * MAX_CLUSTERS));
    for (n, cluster) in text.graphemes(true).enumerate() {
        if n == MAX_CLUSTERS {
            out.push('…');
            break;
        }
        push_cluster(&mut out, cluster);
    }
    out
}

/// [`clean`] for optional columns; `None` where nothing visible is left.
pub fn clean_opt(text: Option<&str>) -> Option<Box<str>> {
    let text = clean(text?);
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.into())
}

fn push_cluster(out: &mut String, cluster: &str) {
    let mut chars = cluster.chars().filter_map(visible);
    let Some(base) = chars.next() else { return };
    if is_regional_indicator(base) {
        out.push(FLAG);
        return;
    }
    out.push(base);
    if base.is_ascii() || base.width() == Some(2) {
        // Keycaps, ZWJ parts, skin tones: only the base glyph stays. Marks on ASCII letters do stay.
        out.extend(chars.filter(|c| is_mark(*c)).take(2));
        return;
    }
    let mut marks = 0;
    for c in chars {
        if is_mark(c) {
            marks += 1;
            // Two marks carry any real word; a tower of them only disturbs other lines.
            if marks > 2 {
                continue;
            }
        } else if c.width() == Some(2) {
            // The rest of a ZWJ sequence on a narrow base.
            break;
        }
        out.push(c);
    }
}

/// Whether [`clean`] takes the character out or puts a space in its place: controls, ends of lines, what turns the
/// direction of text, what has no width.
pub fn is_invisible(c: char) -> bool {
    visible(c) != Some(c)
}

/// The character as it may be shown: `None` for what must vanish.
fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Bidi controls, zero-width characters, soft hyphen, variation selectors, tags, skin tones, keycap.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20e3}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn is_regional_indicator(c: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&c)
}

fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

/// Cells that the text takes: those of its characters, as terminals count. A font may join lam and alef, or set a
/// Khmer letter below another; each has its cell all the same.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(|c| c.width().unwrap_or(1)).sum() }
}

/// Whether terminals set to East Asian widths draw the text wider than others do.
pub fn is_ambiguous(text: &str) -> bool {
    text.chars().any(|c| c.width_cjk() != c.width())
}

/// As texts are compared where case does not matter, and neither does how an accented letter is put together.
pub fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() { lower } else { lower.nfc().collect() }
}

/// `1 insight`, `3 insights`.
pub fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Text in quotes that are not in it.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    format!("{quote}{text}{quote}")
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
    let mut out = String::with_capacity(max + 3);
    for cluster in text.graphemes(true) {
        let w = width(cluster);
        if used + w > max - 1 {
            break;
        }
        used += w;
        out.push_str(cluster);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    Cow::Owned(out)
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
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(width(&out))));
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
        line.push_str(" …");
        line = truncate(&line, max).into_owned();
    }
    if !line.is_empty() {
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_loses_its_teeth() {
        for (hostile, safe) in [
            ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "abc"),
            ("a\0b\u{7f}c\u{9b}2J", "abc2J"),
            ("two\r\nlines\tand tab", "two lines and tab"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("👩‍👩‍👧 family", "👩 family"),
            ("🇩🇪 flag", "⚑ flag"),
            ("1️⃣ keycap", "1 keycap"),
            ("❤️ heart", "❤ heart"),
            ("👍🏽 thumb", "👍 thumb"),
            ("e\u{301}\u{302}\u{303}\u{304}", "e\u{301}\u{302}"),
            ("日本語", "日本語"),
            ("नमस्ते", "नमस्ते"),
        ] {
            assert_eq!(clean(hostile), safe, "{hostile:?}");
        }
    }

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
        ] {
            assert_eq!(width(text), cells, "{text}");
            assert_eq!(truncate(text, cells), text);
        }
    }

    #[test]
    fn letters_are_the_same_however_they_are_put_together() {
        for (one, other) in [
            ("Caf\u{e9}", "CAFE\u{301}"),
            ("\u{212b}ngstr\u{f6}m", "a\u{30a}ngstro\u{308}m"),
            ("\u{1e69}", "s\u{307}\u{323}"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
            ("plain", "PLAIN"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = clean(&"é".repeat(10_000));
        assert_eq!(text.chars().count(), MAX_CLUSTERS + 1);
        assert!(text.ends_with('…'));
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
}
