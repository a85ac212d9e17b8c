//! What a line of code holds, read in one scan over its words.

use std::{collections::HashMap, sync::LazyLock};

use crate::insight::digest::word::{is_ascii_word, is_space, is_word, word_end};

/// How much of a line is read as code, in code points.
const LONGEST: usize = 400;

/// Classes of words. A word may be of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes(u8);

impl Classes {
    pub(super) const BRANCH: Self = Self(1);
    pub(super) const CONCURRENCY: Self = Self(1 << 1);
    pub(super) const ERROR: Self = Self(1 << 2);
    pub(super) const DANGEROUS: Self = Self(1 << 3);
    pub(super) const SQL: Self = Self(1 << 4);
    pub(super) const TODO: Self = Self(1 << 5);
    /// May be the last word of one of [`PHRASES`].
    const PHRASE: Self = Self(1 << 6);

    pub(super) fn has(self, classes: Self) -> bool {
        self.0 & classes.0 != 0
    }

    fn add(&mut self, classes: Self) {
        self.0 |= classes.0;
    }
}

/// The words of each class.
const WORDS: [(Classes, &str); 6] = [
    (Classes::BRANCH, "if elif else for foreach while switch case match catch except when unless loop"),
    (
        Classes::CONCURRENCY,
        "synchronized volatile mutex Mutex RwLock Arc atomic lock unlock Lock thread Thread async await chan select \
         spawn Future Promise wait semaphore Semaphore goroutine race",
    ),
    (
        Classes::ERROR,
        "catch except throw throws raise unwrap expect panic recover finally try Err Error Exception null None nil \
         undefined nullptr",
    ),
    (
        Classes::DANGEROUS,
        "unsafe eval exec system popen transmute innerHTML dangerouslySetInnerHTML memcpy strcpy malloc free \
         reinterpret_cast subprocess pickle deserialize",
    ),
    (Classes::SQL, "SELECT UPDATE"),
    (Classes::TODO, "TODO FIXME XXX HACK"),
];

/// How some words of [`Classes::CONCURRENCY`] begin.
const BEGINNINGS: [&str; 4] = ["Atomic", "Executor", "concurrent", "notify"];

/// Words that are of a class only together.
const PHRASES: [(Classes, &str); 8] = [
    (Classes::CONCURRENCY, "go func"),
    (Classes::SQL, "INSERT INTO"),
    (Classes::SQL, "DELETE FROM"),
    (Classes::SQL, "ALTER TABLE"),
    (Classes::SQL, "DROP TABLE"),
    (Classes::SQL, "CREATE TABLE"),
    (Classes::SQL, "CREATE INDEX"),
    (Classes::DANGEROUS, "Runtime.getRuntime"),
];

/// Where words are looked up.
struct Index {
    /// For each first byte, the lengths of the words that begin with it: bit n is length n. Nine of ten words of
    /// real code are none of these, and end here.
    lengths: [u32; 256],
    classes: HashMap<&'static str, Classes>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { lengths: [0; 256], classes: HashMap::new() };
    for (classes, words) in WORDS {
        words.split(' ').for_each(|word| index.insert(word, classes));
    }
    for (_, phrase) in PHRASES {
        let start = phrase.rfind([' ', '.']).map_or(0, |at| at + 1);
        index.insert(phrase.get(start..).unwrap_or(phrase), Classes::PHRASE);
    }
    index
});

impl Index {
    fn insert(&mut self, word: &'static str, classes: Classes) {
        if let Some(first) = word.bytes().next() {
            self.lengths[usize::from(first)] |= 1 << word.len();
        }
        self.classes.entry(word).or_default().add(classes);
    }

    fn classes(&self, word: &str) -> Classes {
        let first = word.bytes().next().unwrap_or_default();
        if word.len() < 32
            && self.lengths[usize::from(first)] >> word.len() & 1 == 1
            && let Some(classes) = self.classes.get(word)
        {
            return *classes;
        }
        if BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) {
            return Classes::CONCURRENCY;
        }
        Classes::default()
    }
}

/// What a line of code holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// The classes of all its words and phrases.
    pub(super) classes: Classes,
    pub(super) branches: u32,
    pub(super) calls: u32,
    /// Whether it is worth looking for a secret.
    pub(super) may_hold_secret: bool,
}

impl Code {
    /// Reads `text`, a line or a part of one.
    pub(super) fn read(text: &str) -> Self {
        let index = &*INDEX;
        let bytes = text.as_bytes();
        let mut code = Self::default();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if is_ascii_word(byte) {
                let end = word_end(text, at);
                let word = text.get(at..end).unwrap_or_default();
                let rest = after(text, end);
                let next = rest.trim_start_matches(is_space);
                if starts_word(text, at) {
                    code.take_in(index.classes(word), text.get(..end).unwrap_or_default());
                    code.calls += u32::from(next.starts_with('(') && !byte.is_ascii_digit());
                }
                // Also where letters of another script begin the word: a secret may stand inside of one.
                code.may_hold_secret |= hints_at_secret(word, rest, next);
                at = end;
                continue;
            }
            // Characters beyond ASCII are passed byte by byte: what they are is asked only next to an ASCII word.
            at += match (byte, bytes.get(at + 1)) {
                (b'&', Some(b'&')) | (b'|', Some(b'|')) | (b'?', Some(b'.')) => {
                    code.branches += 1;
                    2
                }
                (b'?', _) if after(text, at + 1).starts_with(is_space) => {
                    code.branches += 1;
                    2 // The other bytes of a long space do no harm.
                }
                _ => 1,
            };
        }
        code
    }

    /// Takes in a word of these classes, with which `text` ends.
    fn take_in(&mut self, classes: Classes, text: &str) {
        self.classes.add(classes);
        self.branches += u32::from(classes.has(Classes::BRANCH));
        if classes.has(Classes::PHRASE) {
            let ends = |phrase| text.strip_suffix(phrase).is_some_and(|before| !before.ends_with(is_word));
            for (classes, _) in PHRASES.iter().filter(|(_, phrase)| ends(*phrase)) {
                self.classes.add(*classes);
            }
        }
    }
}

/// Whether a secret may be at `word`, before the `rest` of the line, in which `next` is what follows white space.
fn hints_at_secret(word: &str, rest: &str, next: &str) -> bool {
    match next.as_bytes().first() {
        // A text that is given a name.
        Some(b':' | b'=') if after(next, 1).trim_start_matches(is_space).starts_with(['"', '\'']) => true,
        // A token of Slack, "xoxb-".
        Some(b'-') if rest.starts_with('-') && word.contains("xox") => true,
        // A private key; a key of AWS; a token of GitHub.
        _ => word == "BEGIN" || word.len() >= 20 && (word.contains("AKIA") || word.contains("gh")),
    }
}

/// What `text` holds from the byte `at` on.
fn after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Whether the ASCII letter at `at`, before which no other ASCII letter stands, begins a word.
fn starts_word(text: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    before.is_none_or(u8::is_ascii) || !text.get(..at).is_some_and(|before| before.ends_with(is_word))
}

/// As much of a line as is read as code.
pub(super) fn cut(line: &str) -> &str {
    if line.len() <= LONGEST {
        return line;
    }
    let end = line.char_indices().nth(LONGEST).map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or(line)
}

/// Whether `line` holds nothing but white space.
pub(super) fn is_blank(line: &str) -> bool {
    line.trim_start_matches(is_space).is_empty()
}

/// Whether `line` is a comment, in any language. A `#` that begins an attribute or directive does not make one.
pub(super) fn is_comment(line: &str) -> bool {
    let text = line.trim_start_matches(is_space);
    let begins = |with: &[&str], text: &str| with.iter().any(|with| text.starts_with(with));
    match text.strip_prefix('#') {
        Some(rest) => !begins(&["[", "include", "define", "if", "endif", "pragma"], rest),
        None => begins(&["//", "/*", "*", "--", "<!--", r#"""""#, "'''"], text),
    }
}

/// Whether `line` begins the declaration of something that others may use.
pub(super) fn is_public(line: &str) -> bool {
    let text = line.trim_start_matches(is_space);
    let end = word_end(text, 0);
    let rest = after(text, end);
    match text.get(..end).unwrap_or_default() {
        "public" | "protected" | "pub" | "export" => rest.contains(['(', '{']),
        "def" => rest.strip_prefix(' ').is_some_and(|name| is_called(name, |c| c.is_ascii_lowercase())),
        // Go has functions at the margin only.
        "func" if text.len() == line.len() => rest
            .strip_prefix(' ')
            .and_then(past_receiver)
            .is_some_and(|name| is_called(name, |c| c.is_ascii_uppercase())),
        _ => false,
    }
}

/// Whether `text` begins with a word with such a first letter, and a parenthesis after it.
fn is_called(text: &str, first: impl Fn(char) -> bool) -> bool {
    text.starts_with(first) && after(text, word_end(text, 0)).starts_with('(')
}

/// What follows the receiver of a method in Go, or all of `text` where it begins with none.
fn past_receiver(text: &str) -> Option<&str> {
    match text.strip_prefix('(') {
        Some(receiver) => receiver.split_once(')')?.1.strip_prefix(' '),
        None => Some(text),
    }
}
