//! Writing a filter, so that reading it gives the same.

use std::fmt::{self, Display, Formatter};

use super::{
    Filter,
    parse::{IS, ME},
    term::{Bound, Is, Moment, Person, Term, Test},
};
use crate::domain::{
    duration,
    pipeline::{Stage, StageStatus},
};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            let gap = if n == 0 { "" } else { " " };
            write!(f, "{gap}{term}")?;
        }
        Ok(())
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "!" } else { "" };
        write!(f, "{not}{}", self.test)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = |word: &String| written(word, ",");
        match self {
            Self::Word(word) => f.write_str(&written(word, ":!")),
            Self::Is(words) => list(f, "is", words, |is| is.word().to_owned()),
            Self::Risk(levels) => list(f, "risk", levels, Clone::clone),
            Self::Stage(states) => list(f, "stage", states, state),
            Self::Check(names) => list(f, "check", names, |name| format!("{}=failed", word(name))),
            Self::Author(people) => list(f, "author", people, Person::word),
            Self::Reviewer(people) => list(f, "reviewer", people, Person::word),
            Self::Owner(people) => list(f, "owner", people, Person::word),
            Self::Repo(parts) => list(f, "repo", parts, word),
            Self::Base(names) => list(f, "base", names, word),
            Self::Label(parts) => list(f, "label", parts, word),
            Self::Since(moment, bound, than) => {
                let key = match moment {
                    Moment::Opened => "age",
                    Moment::Due => "waiting",
                    Moment::Changed => "changed",
                };
                let bound = match bound {
                    Bound::Over => '>',
                    Bound::Under => '<',
                };
                write!(f, "{key}:{bound}{}", duration::format(*than))
            }
        }
    }
}

fn list<T>(f: &mut Formatter<'_>, key: &str, all: &[T], word: impl Fn(&T) -> String) -> fmt::Result {
    let words: Vec<String> = all.iter().map(word).collect();
    write!(f, "{key}:{}", words.join(","))
}

/// In quotes where it has a space, or one of the signs that mean something there.
pub(super) fn written(word: &str, signs: &str) -> String {
    let is_plain = !word.contains(|c: char| c.is_whitespace() || signs.contains(c));
    if is_plain { word.to_owned() } else { format!("\"{word}\"") }
}

fn state((stage, status): &(Stage, StageStatus)) -> String {
    format!("{}={}", stage.name(), status.word())
}

impl Person {
    fn word(&self) -> String {
        match self {
            Self::Me => ME.to_owned(),
            Self::Login(text) | Self::Like(text) => written(text, ","),
        }
    }
}

impl Is {
    fn word(self) -> &'static str {
        // Each has a row: a test holds it.
        IS.iter().find(|(_, is)| *is == self).map_or("", |(word, _)| word)
    }
}
