//! What a word is: letters, digits and `_` of any script, but no combining marks; and what separates words.

use std::sync::LazyLock;

use regex::RegexSet;

/// Of all that is alphabetic, the letters and digits. The standard library also counts marks that stand for vowels.
static LETTER: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new([r"[\p{L}\p{N}]"]).unwrap_or_default());

/// Where the first mark is that is alphabetic and no letter; looking letters up is needed from here only.
const FIRST_MARK: char = '\u{345}';

pub(in crate::insight) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() && (c < FIRST_MARK || LETTER.is_match(c.encode_utf8(&mut [0; 4])))
}

/// Whether `byte` is an ASCII character that belongs to a word.
pub(in crate::insight) fn is_ascii_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Whether `c` is white space, to which the four separators of ASCII belong.
pub(in crate::insight) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Where the word ends that goes on at `from`.
pub(in crate::insight) fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let ascii = rest.bytes().take_while(|byte| is_ascii_word(*byte)).count();
    match rest.as_bytes().get(ascii) {
        Some(byte) if !byte.is_ascii() => {
            let end = rest.get(ascii..).and_then(|rest| rest.find(|c| !is_word(c)));
            end.map_or(text.len(), |end| from + ascii + end)
        }
        _ => from + ascii,
    }
}
