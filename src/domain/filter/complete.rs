//! Completing the word at the end of a filter that is being typed.

use std::collections::BTreeSet;

use super::{
    parse::{IS, KEYS, ME, RISKS, STATES},
    print::written,
};
use crate::domain::{board::Board, pipeline::Stage, pull_request::PullRequest, text::folded};

/// Times that are asked for often.
const TIMES: [&str; 5] = [">1d", ">3d", "<1d", "<1h", "<7d"];
/// Who must act beside people.
const ROLES: [&str; 3] = ["ci", "someone", "merge_queue"];

/// Words that may stand in place of what is typed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where that begins, in bytes.
    pub from: usize,
    pub words: Vec<String>,
}

impl Completion {
    /// Words that begin as the text ends: keys, and behind a key its values, as far as the board knows them.
    pub fn of(text: &str, board: &Board) -> Self {
        let Some((begin, word)) = last_word(text) else { return Self::default() };
        let (from, words) = match word.split_once(':') {
            None => (begin, KEYS.map(|key| format!("{key}:")).to_vec()),
            Some((key, value)) => {
                let from = begin + key.len() + 1;
                let key = folded(key);
                (from + last_value(&key, value), values(&key, value, board))
            }
        };
        let typed = folded(text.get(from..).unwrap_or_default()).replace('"', "");
        let goes_on = |word: &&String| {
            let word = folded(word);
            word.starts_with(&typed) && word != typed
        };
        Self { from, words: words.iter().filter(goes_on).map(|word| written(word, ",")).collect() }
    }
}

/// The term at the end, without its sign of exclusion, and where it begins; none that begins with a quote.
fn last_word(text: &str) -> Option<(usize, &str)> {
    let begin = end_of_last(text, char::is_whitespace);
    let begin = if text.get(begin..)?.starts_with(['!', '-']) { begin + 1 } else { begin };
    Some((begin, text.get(begin..)?)).filter(|(_, word)| !word.starts_with('"'))
}

/// Where the last of the words of a value begins.
fn last_value(key: &str, value: &str) -> usize {
    end_of_last(value, |c| c == ',' || c == '=' && key == "stage")
}

/// Where the last such sign ends that is outside of quotes.
fn end_of_last(text: &str, is_sign: impl Fn(char) -> bool) -> usize {
    let (mut end, mut is_quoted) = (0, false);
    for (at, c) in text.char_indices() {
        is_quoted ^= c == '"';
        if is_sign(c) && !is_quoted {
            end = at + c.len_utf8();
        }
    }
    end
}

/// What may stand behind a key, of whose value so much is typed.
fn values(key: &str, typed: &str, board: &Board) -> Vec<String> {
    let fixed = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match key {
        "is" => IS.map(|(word, _)| word.to_owned()).to_vec(),
        "risk" => fixed(&RISKS),
        "stage" if typed.contains('=') => fixed(&STATES),
        "stage" => Stage::ALL.map(|stage| format!("{}=", stage.name())).to_vec(),
        "check" => known(board, |pr| &pr.failed_checks).map(|name| format!("{name}=failed")).collect(),
        "author" => people(known(board, |pr| pr.author.as_slice()), &[]),
        "reviewer" => people(known(board, |pr| &pr.reviewers), &[]),
        "owner" => {
            let reviewers = known(board, |pr| &pr.reviewers);
            let all: BTreeSet<&str> = known(board, |pr| pr.author.as_slice()).chain(reviewers).collect();
            people(all.into_iter(), &ROLES)
        }
        "repo" => board.repositories().iter().map(|repository| repository.full_name.clone()).collect(),
        "base" => known(board, |pr| pr.base.as_slice()).map(str::to_owned).collect(),
        "label" => known(board, |pr| &pr.labels).map(str::to_owned).collect(),
        "age" | "waiting" | "changed" => fixed(&TIMES),
        _ => Vec::new(),
    }
}

fn people<'a>(logins: impl Iterator<Item = &'a str>, roles: &[&'a str]) -> Vec<String> {
    std::iter::once(ME).chain(logins).chain(roles.iter().copied()).map(str::to_owned).collect()
}

/// The words of all pull requests, each once.
fn known<'a>(
    board: &'a Board,
    words: impl Fn(&'a PullRequest) -> &'a [Box<str>],
) -> impl Iterator<Item = &'a str> {
    let all: BTreeSet<&str> = board.pulls().flat_map(words).map(|word| &**word).collect();
    all.into_iter()
}
