//! Reading a filter: its words, and what is wrong with them.

use super::{Bound, GRAMMAR, Is, Term, Test};
use crate::domain::{
    duration,
    pipeline::{Stage, StageStatus},
    text::{folded, quoted},
};

const IS: [(&str, Is); 10] = [
    ("open", Is::Open),
    ("closed", Is::Closed),
    ("merged", Is::Merged),
    ("draft", Is::Draft),
    ("failing", Is::Failing),
    ("blocked", Is::Blocked),
    ("conflict", Is::Conflict),
    ("mine", Is::Mine),
    ("waiting", Is::Waiting),
    ("stale", Is::Stale),
];

const RISKS: [&str; 4] = ["high", "medium", "low", "none"];

const STATES: [&str; 7] = ["pending", "running", "passed", "failed", "merged", "closed", "skipped"];

const KEYS: [&str; 7] = ["is", "risk", "stage", "author", "repo", "label", "age"];

/// The terms of a filter; or which of them is wrong, and what is accepted.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, String> {
    split(text)?.into_iter().map(parse_term).collect()
}

/// One word of the input: where a quote began, its text is never taken for a `key:value`.
struct Word {
    text: String,
    negated: bool,
    quoted: bool,
}

fn split(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(words);
        }
        let negated = chars.next_if_eq(&'!').is_some();
        let mut word = Word { text: String::new(), negated, quoted: chars.peek() == Some(&'"') };
        let mut inside = false;
        while let Some(c) = chars.next_if(|c| inside || !c.is_whitespace()) {
            if c == '"' {
                inside = !inside;
            } else {
                word.text.push(c);
            }
        }
        if inside {
            return Err(format!("the quote in {} is not closed", quoted(text)));
        }
        if word.text.is_empty() {
            if negated {
                return Err("a word is missing after !".to_owned());
            }
            continue;
        }
        words.push(word);
    }
}

fn parse_term(word: Word) -> Result<Term, String> {
    let Word { text, negated, quoted } = word;
    let test = match text.split_once(':') {
        Some((key, value)) if !quoted => parse_pair(&key.to_ascii_lowercase(), value)?,
        Some(_) | None => Test::Word(folded(&text)),
    };
    Ok(Term { negated, test })
}

fn parse_pair(key: &str, value: &str) -> Result<Test, String> {
    if KEYS.contains(&key) && value.is_empty() {
        return Err(format!("{key}: wants a value, e.g. {}", example(key)));
    }
    let folded = folded(value);
    match key {
        "is" => IS.iter().find(|(word, _)| *word == folded).map(|(_, is)| Test::Is(*is)).ok_or_else(|| {
            let words: Vec<&str> = IS.iter().map(|(word, _)| *word).collect();
            format!("is:{value} is not known; is: takes {}", words.join(", "))
        }),
        "risk" if RISKS.contains(&folded.as_str()) => Ok(Test::Risk(folded)),
        "risk" => Err(format!("risk:{value} is not known; risk: takes {}", RISKS.join(", "))),
        "stage" => parse_stage(value, &folded),
        "author" if folded == "@me" => Ok(Test::AuthorMe),
        "author" => Ok(Test::Author(folded.trim_start_matches('@').to_owned())),
        "repo" => Ok(Test::Repo(folded)),
        "label" => Ok(Test::Label(folded)),
        "age" => parse_age(value),
        _ => Err(format!(
            "{key}: is not a filter key{}; put the term in quotes to search for its text",
            nearest(key).map(|n| format!(" (did you mean {n}:?)")).unwrap_or_default()
        )),
    }
}

fn example(key: &str) -> &'static str {
    GRAMMAR.iter().map(|(example, _)| *example).find(|e| e.starts_with(key)).unwrap_or_default()
}

fn nearest(key: &str) -> Option<&'static str> {
    let scored = KEYS.iter().map(|k| (strsim::damerau_levenshtein(k, key), *k));
    scored.min().filter(|(distance, _)| *distance <= 2).map(|(_, k)| k)
}

fn parse_stage(value: &str, folded: &str) -> Result<Test, String> {
    let wrong = || {
        format!(
            "stage:{value} is not known; write stage:build=failed (pr, build, approval, merge = a stage's word)"
        )
    };
    let (stage, status) = folded.split_once('=').ok_or_else(wrong)?;
    let stage = Stage::ALL.into_iter().find(|s| s.name() == stage).ok_or_else(wrong)?;
    if status.is_empty() {
        return Err(wrong());
    }
    match StageStatus::parse(status) {
        // A mistyped word must not become a filter that nothing matches.
        StageStatus::Other(_) => {
            Err(format!("{status} is no state of a stage; stage: takes {}", STATES.join(", ")))
        }
        known => Ok(Test::Stage(stage, known)),
    }
}

fn parse_age(value: &str) -> Result<Test, String> {
    let bound = match value.chars().next() {
        Some('>') => Bound::Over,
        Some('<') => Bound::Under,
        Some(_) | None => return Err(format!("age:{value} wants < or >, e.g. age:>2d")),
    };
    let than = duration::parse(value.trim_start_matches(['<', '>']));
    let than = than.ok_or_else(|| format!("age:{value} names no duration; write age:>2d or age:<12h30m"))?;
    Ok(Test::Age(bound, than))
}

#[cfg(test)]
mod tests {
    use super::{super::Filter, *};

    #[test]
    fn wrong_terms_say_what_is_accepted() {
        for (text, says) in [
            ("rsk:high", "did you mean risk:?"),
            ("fix: typo", "put the term in quotes"),
            ("is:sideways", "is: takes open, closed"),
            ("is:", "is: wants a value"),
            ("stage:build", "stage:build=failed"),
            ("stage:deploy=failed", "pr, build, approval, merge"),
            ("risk:hgih", "risk: takes high, medium, low, none"),
            ("stage:build=faild", "stage: takes pending, running"),
            ("age:2d", "wants < or >"),
            ("age:>soon", "names no duration"),
            ("\"open quote", "the quote in '\"open quote' is not closed"),
            ("!", "missing after !"),
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert!(error.contains(says), "{text:?} → {error}");
        }
    }

    #[test]
    fn quotes_keep_spaces_and_colons() {
        let terms = Filter::parse("\"fix: a thing\" !bot").unwrap().terms;
        assert_eq!(terms[0].test, Test::Word("fix: a thing".into()));
        assert_eq!((terms[1].negated, &terms[1].test), (true, &Test::Word("bot".into())));
    }
}
