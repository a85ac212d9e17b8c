//! Text from outside is hostile: cleaned once when it is read, and cut by display width when it is drawn.

mod cells;

use std::fmt::Display;

use memchr::memchr2_iter;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation;

use self::cells::cells_of;
pub use self::cells::{
    broken, cells, fit, is_ambiguous, is_undisputed, truncate, truncate_middle, truncate_path,
    truncate_start, width, wrap,
};

/// Longest text that [`clean`] lets through, in grapheme clusters; what is cut ends in `…`.
pub const MAX_CLUSTERS: usize = 2_000;

/// Most marks on a letter: they carry any real word, and a tower of them only disturbs other lines.
const MARKS: usize = 2;
/// Most characters of a cluster; those of Indian scripts join several letters.
const LONGEST_CLUSTER: usize = 32;

const ZWJ: char = '\u{200d}';

/// What stands for any flag emoji: terminals disagree on the width of a pair of regional indicators.
const FLAG: char = '\u{2691}';

/// Makes text safe and of one predictable width on every terminal: one line, no control or bidi characters,
/// no zero-width ones; ZWJ sequences, flags, keycaps and VS16 emoji are reduced to one base glyph.
pub fn clean(text: &str) -> String {
    if text.len() <= MAX_CLUSTERS && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(4 * MAX_CLUSTERS));
    let mut marks = 0;
    for (n, cluster) in text.graphemes(true).enumerate() {
        if n == MAX_CLUSTERS {
            out.push('…');
            break;
        }
        push_cluster(&mut out, cluster, &mut marks);
    }
    out
}

/// [`clean`] for optional columns; `None` where nothing visible is left.
pub fn clean_opt(text: Option<&str>) -> Option<Box<str>> {
    let text = clean(text?);
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.into())
}

/// Appends what [`clean`] leaves of a grapheme cluster. `marks` counts those on the last letter, from cluster to cluster:
/// what parted them may be gone.
pub(super) fn push_cluster(out: &mut String, cluster: &str, marks: &mut usize) {
    let cluster = if cluster == "\r\n" { "\n" } else { first_glyph(cluster) };
    for c in cluster.chars().filter_map(visible).take(LONGEST_CLUSTER) {
        *marks = if is_mark(c) { *marks + 1 } else { 0 };
        if is_regional_indicator(c) {
            out.push(FLAG);
            return;
        }
        if *marks <= MARKS {
            out.push(c);
        }
    }
}

/// A cluster without the wide glyphs that a ZWJ joins to the first one. A sign that stands before any character
/// forms a cluster with a wide one, too; nothing joins those two into one glyph.
fn first_glyph(cluster: &str) -> &str {
    let is_wide = |c| cells_of(c) == 2;
    let mut parts = cluster.match_indices(ZWJ).map(|(at, joint)| (at, at + joint.len()));
    let cut = parts.find(|(_, rest)| cluster.get(*rest..).is_some_and(|rest| rest.starts_with(is_wide)));
    cut.and_then(|(end, _)| cluster.get(..end)).unwrap_or(cluster)
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
    cells_of(c) == 0
}

/// As texts are compared where case does not matter, and neither does how an accented letter is put together.
pub fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() { lower } else { lower.nfc().collect() }
}

/// Whether a text has a part, which is [`folded`], in any case.
pub fn has_part(text: &str, part: &str) -> bool {
    if !text.is_ascii() {
        return folded(text).contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    let begins = text.get(..(text.len() + 1).saturating_sub(part.len())).unwrap_or_default();
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), begins)
        .any(|at| text.get(at..at + part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part)))
}

/// Whether a text is this one, [`folded`].
pub fn is_folded(text: &str, other: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(other) } else { folded(text) == other }
}

/// `1 insight`, `3 insights`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(n: N, what: &str) -> String {
    format!("{n} {what}{}", if n == 1.into() { "" } else { "s" })
}

/// Text in quotes that are not in it.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    format!("{quote}{text}{quote}")
}

/// Text as a TOML string on one line, control characters escaped.
pub fn toml_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out + "\""
}

/// The most similar of the right words, if any is similar at all.
pub fn nearest<'a>(word: &str, right: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    right
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_and_names_are_found_in_any_case() {
        for (text, part, has, is) in [
            ("Renovate", "nova", true, false),
            ("Renovate", "renovate", true, true),
            ("bo", "bob", false, false),
            ("bo", "", true, false),
            ("", "", true, true),
            ("ÉLIF", "éli", true, false),
            ("e\u{301}lif", "\u{e9}lif", true, true),
            ("elif", "é", false, false),
        ] {
            assert_eq!((has_part(text, part), is_folded(text, part)), (has, is), "{text} {part}");
        }
    }

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
            // Three letters joined, each by a mark.
            ("स्त्र्य", "स्त्र्य"),
            ("☝\u{200d}👩 narrow, then wide", "☝ narrow, then wide"),
            ("\u{11a84}⺀ a sign before any letter", "\u{11a84}⺀ a sign before any letter"),
            ("\u{600}🇩🇪 one before a flag", "\u{600}⚑ one before a flag"),
            ("e\u{301}\u{302}\u{200b}\u{303} a tower in parts", "e\u{301}\u{302} a tower in parts"),
        ] {
            assert_eq!(clean(hostile), safe, "{hostile:?}");
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
    fn a_tower_of_marks_is_cut() {
        let tower = format!("\u{ba8}{}x", "\u{bbe}".repeat(10_000));
        assert_eq!(clean(&tower), format!("\u{ba8}{}x", "\u{bbe}".repeat(LONGEST_CLUSTER - 1)));
    }

    /// Though what was taken out may have kept apart what forms a cluster now.
    #[test]
    fn text_that_was_cleaned_stays() {
        let trouble = "aé\u{301}\u{302}\u{11a84}\u{600}\u{200b}\u{200d}⺀👩☝❤🏽🇩1\u{20e3}\u{fe0f}\u{1100}\u{1161}\u{11a8}가नक\u{94d}\u{bbe}\u{ba8}\n";
        let letters = prop::sample::select(trouble.chars().collect::<Vec<_>>());
        proptest!(|(text in prop::collection::vec(letters, 0..12))| {
            let text: String = text.into_iter().collect();
            let cleaned = clean(&text);
            prop_assert_eq!(clean(&cleaned), cleaned, "{:?}", text);
        });
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = clean(&"é".repeat(10_000));
        assert_eq!(text.chars().count(), MAX_CLUSTERS + 1);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn a_toml_string_stays_on_one_line() {
        assert_eq!(toml_text("a\"b\\c\nd\u{1b}"), "\"a\\\"b\\\\c\\u000ad\\u001b\"");
    }
}
