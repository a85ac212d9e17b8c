//! A line as it may be shown: colours apart from text, and nothing else that a terminal would obey.

use std::iter::Peekable;

use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    super::text::{push_cluster, width},
    ink::{Ink, Span},
};

/// Cells between two stops of the tabulator.
const TAB: usize = 8;

/// Appends the line to `text`, and its colours to `spans`; places count from where the line begins.
pub(super) fn clean(line: &str, text: &mut String, spans: &mut Vec<Span>) {
    if is_plain(line) {
        text.push_str(line);
        return;
    }
    let (plain, inks) = apart(line);
    let start = text.len();
    let mut inks = inks.into_iter().peekable();
    let mut push = |text: &str, at| {
        let mut now = None;
        while let Some((_, ink)) = inks.next_if(|(from, _)| *from <= at) {
            now = Some(ink);
        }
        if let (Some(ink), Ok(from)) = (now, u32::try_from(text.len() - start)) {
            spans.push(Span { from, ink });
        }
    };
    let mut marks = 0;
    for (at, cluster) in plain.grapheme_indices(true) {
        push(text, at);
        push_cluster(text, cluster, &mut marks);
    }
}

fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The text without escapes and tabulators, and from where on it looks how.
fn apart(line: &str) -> (String, Vec<(usize, Ink)>) {
    let (mut plain, mut inks, mut ink) = (String::with_capacity(line.len()), Vec::new(), Ink::default());
    let (mut rest, mut column) = (line, 0);
    while let Some(at) = rest.find(['\u{1b}', '\u{9b}', '\t']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        plain.push_str(before);
        column += width(before);
        let mut chars = from.chars();
        if chars.next() == Some('\t') {
            let cells = TAB - column % TAB;
            plain.extend(std::iter::repeat_n(' ', cells));
            column += cells;
            rest = chars.as_str();
            continue;
        }
        let (sequence, after) = escape(from);
        if let Some(parameters) = sequence {
            let old = ink;
            ink.take(parameters);
            if ink != old {
                inks.push((plain.len(), ink));
            }
        }
        rest = after;
    }
    plain.push_str(rest);
    (plain, inks)
}

/// Takes an escape sequence off the text that begins with one: its parameters if it is one of colours, and what follows.
fn escape(text: &str) -> (Option<&str>, &str) {
    let mut chars = text.char_indices().peekable();
    let introducer = match chars.next() {
        Some((_, '\u{9b}')) => Some('['),
        Some(_) | None => chars.peek().map(|(_, c)| *c),
    };
    let is_long = text.starts_with('\u{1b}');
    match introducer {
        Some('[') => {
            if is_long {
                chars.next();
            }
            control(text, chars)
        }
        Some(c @ (']' | 'P' | 'X' | '^' | '_')) => {
            chars.next();
            let rest = tail(text, &mut chars);
            let bell = rest.find('\u{7}').map(|at| (at, 1));
            let end = rest.find("\u{1b}\\").map(|at| (at, 2));
            let st = rest.find('\u{9c}').map(|at| (at, 2));
            let ends = [bell.filter(|_| c == ']'), end, st];
            // Without an end it is no string: nothing is hidden by it.
            let after = ends.into_iter().flatten().min().and_then(|(at, len)| rest.get(at + len..));
            (None, after.unwrap_or(rest))
        }
        // As those that choose a set of characters.
        Some(' '..='/') => {
            while chars.next_if(|(_, c)| matches!(c, ' '..='/')).is_some() {}
            chars.next_if(|(_, c)| matches!(c, '0'..='~'));
            (None, tail(text, &mut chars))
        }
        Some('0'..='~') => {
            chars.next();
            (None, tail(text, &mut chars))
        }
        Some(_) | None => (None, tail(text, &mut chars)),
    }
}

/// A control sequence (CSI): parameters, intermediates, and a letter, which is `m` for colours.
fn control(text: &str, mut chars: Peekable<impl Iterator<Item = (usize, char)>>) -> (Option<&str>, &str) {
    let start = chars.peek().map_or(text.len(), |(at, _)| *at);
    while chars.next_if(|(_, c)| matches!(c, '0'..='?')).is_some() {}
    let end = chars.peek().map_or(text.len(), |(at, _)| *at);
    let has_more = chars.next_if(|(_, c)| matches!(c, ' '..='/')).is_some();
    while chars.next_if(|(_, c)| matches!(c, ' '..='/')).is_some() {}
    let last = chars.next_if(|(_, c)| matches!(c, '@'..='~')).map(|(_, c)| c);
    let parameters = text.get(start..end).filter(|_| last == Some('m') && !has_more);
    let parameters = parameters.filter(|text| !text.starts_with(['<', '=', '>', '?']));
    (parameters, tail(text, &mut chars))
}

fn tail<'t>(text: &'t str, chars: &mut Peekable<impl Iterator<Item = (usize, char)>>) -> &'t str {
    let at = chars.peek().map_or(text.len(), |(at, _)| *at);
    text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::ink::Hue, *};

    fn cleaned(line: &str) -> (String, Vec<(u32, Option<u8>)>) {
        let (mut text, mut spans) = (String::from("before"), Vec::new());
        clean(line, &mut text, &mut spans);
        let spans = spans.iter().map(|span| (span.from, span.ink.text.map(|Hue(n)| n)));
        (text.split_off("before".len()), spans.collect())
    }

    #[test]
    fn colours_stay_and_other_escapes_go() {
        for (line, text, spans) in [
            ("plain", "plain", &[][..]),
            ("a\u{1b}[31mred\u{1b}[0m b", "ared b", &[(1, Some(1)), (4, None)]),
            ("a\u{9b}31mred\u{9b}m b", "ared b", &[(1, Some(1)), (4, None)]),
            ("\u{1b}[1m\u{1b}[32mok", "ok", &[(0, Some(2))]),
            ("a\u{1b}[2Kb\u{1b}[10;10Hc\u{1b}[?25ld\u{1b}[>1me", "abcde", &[]),
            ("a\u{1b}]0;title\u{7}b\u{1b}]8;;https://x\u{1b}\\c\u{1b}Pq\u{1b}\\d", "abcd", &[]),
            ("a\u{1b}]no end", "ano end", &[]),
            ("a\u{1b}(Bb\u{1b}7c\u{1b}", "abc", &[]),
            ("a\u{1b}\u{1b}[31mb", "ab", &[(1, Some(1))]),
            ("a\u{1b}[31", "a", &[]),
            ("a\u{1b}[31\u{202e}mb", "amb", &[]),
            ("a\tb\t\tc", "a       b               c", &[]),
            ("日\tb", "日      b", &[]),
            ("a\0b\u{7f}\u{8}c\u{200b}\u{2066}d", "abcd", &[]),
            ("e\u{1b}[31m\u{301}\u{1b}[0m\u{301}\u{301}\u{301}", "e\u{301}\u{301}", &[]),
        ] {
            let (found, inks) = cleaned(line);
            assert_eq!(found, text, "{line:?}");
            if !line.starts_with('e') {
                assert_eq!(inks, spans, "{line:?}");
            }
        }
    }
}
