//! Reading a filter: its words, and what is wrong with them.

use super::{
    GRAMMAR,
    meant::synonym,
    term::{ANY, Bound, Is, Moment, Person, Term, Test},
};
use crate::domain::{
    duration,
    pipeline::{Stage, StageStatus},
    text::{folded, nearest, quoted},
};

pub(super) const IS: [(&str, Is); 15] = [
    ("open", Is::Open),
    ("closed", Is::Closed),
    ("merged", Is::Merged),
    ("draft", Is::Draft),
    ("failing", Is::Failing),
    ("blocked", Is::Blocked),
    ("conflict", Is::Conflict),
    ("ready", Is::Ready),
    ("queued", Is::Queued),
    ("mine", Is::Mine),
    ("waiting", Is::Waiting),
    ("stale", Is::Stale),
    ("bot", Is::Bot),
    ("new", Is::New),
    ("snoozed", Is::Snoozed),
];

/// The reader.
pub(super) const ME: &str = "@me";

pub(super) const RISKS: [&str; 4] = ["high", "medium", "low", "none"];

pub(super) const STATES: [&str; 7] =
    ["pending", "running", "passed", "failed", "merged", "closed", "skipped"];

/// The most useful first.
pub(super) const KEYS: [&str; 13] = [
    "is", "owner", "author", "reviewer", "waiting", "changed", "risk", "repo", "check", "stage", "label",
    "base", "age",
];

/// The terms of a filter; or which of them is wrong, and what is accepted.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, String> {
    split(text)?.iter().map(parse_term).collect()
}

/// One word of the input: where a quote began, its text is never taken for a `key:value`.
#[derive(Default)]
struct Word {
    text: String,
    negated: bool,
    quoted: bool,
    /// Where a comma outside of quotes stands in the text.
    commas: Vec<usize>,
}

fn split(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(words);
        }
        let negated =
            chars.next_if(|c| *c == '!').is_some() || excludes(chars.clone()) && chars.next().is_some();
        let mut word = Word { negated, quoted: chars.peek() == Some(&'"'), ..Word::default() };
        let mut inside = false;
        while let Some(c) = chars.next_if(|c| inside || !c.is_whitespace()) {
            if c == '"' {
                inside = !inside;
                continue;
            }
            if c == ',' && !inside {
                word.commas.push(word.text.len());
            }
            word.text.push(c);
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

/// Whether `-key:` stands here, as other searches exclude; before a plain word the sign is part of it.
fn excludes(rest: impl Iterator<Item = char>) -> bool {
    let rest: String = rest.take_while(|c| !c.is_whitespace()).collect();
    let key = rest.strip_prefix('-').and_then(|term| term.split_once(':')).map(|(key, _)| key);
    key.is_some_and(|key| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

fn parse_term(word: &Word) -> Result<Term, String> {
    let test = match word.text.split_once(':') {
        Some((key, _)) if !word.quoted => parse_pair(&key.to_ascii_lowercase(), word)?,
        Some(_) | None => Test::Word(folded(&word.text)),
    };
    Ok(Term { negated: word.negated, test })
}

/// The words between the commas of a value that begins here, each [`folded`].
fn values(word: &Word, begin: usize) -> Vec<String> {
    let mut from = begin;
    let mut values = Vec::new();
    for end in word.commas.iter().copied().filter(|at| *at >= begin).chain([word.text.len()]) {
        values.push(folded(word.text.get(from..end).unwrap_or_default()));
        from = end + 1;
    }
    values
}

fn parse_pair(key: &str, word: &Word) -> Result<Test, String> {
    let Some(key) = KEYS.into_iter().find(|known| *known == key) else {
        return Err(unknown_key(key, word.text.get(key.len() + 1..).unwrap_or_default()));
    };
    let begin = key.len() + 1;
    let value = word.text.get(begin..).unwrap_or_default();
    if value.is_empty() {
        return Err(format!("{key}: wants a value, e.g. {}", example(key)));
    }
    let values = values(word, begin);
    if values.iter().any(String::is_empty) {
        return Err(format!("{key}:{value} has a comma without a word beside it; write {key}:this,that"));
    }
    match key {
        "is" => {
            each(values, |word| named(&IS, &word).ok_or_else(|| unknown("is", &word, &IS.map(|(w, _)| w))))
                .map(Test::Is)
        }
        "risk" => each(values, |word| {
            let is_known = RISKS.contains(&word.as_str());
            if is_known { Ok(word) } else { Err(unknown("risk", &word, &RISKS)) }
        })
        .map(Test::Risk),
        "stage" => stages(value, &values),
        "check" => checks(value, values),
        "author" => people(key, values).map(Test::Author),
        "reviewer" => people(key, values).map(Test::Reviewer),
        "owner" => people(key, values).map(Test::Owner),
        "repo" => Ok(Test::Repo(values)),
        "base" => Ok(Test::Base(values)),
        "label" => Ok(Test::Label(values)),
        "age" => since(key, Moment::Opened, value),
        "waiting" => since(key, Moment::Due, value),
        _ => since(key, Moment::Changed, value),
    }
}

fn each<T>(values: Vec<String>, read: impl Fn(String) -> Result<T, String>) -> Result<Vec<T>, String> {
    values.into_iter().map(read).collect()
}

fn named<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(name, _)| *name == word).map(|(_, named)| *named)
}

/// What is wrong with a key that is not known.
fn unknown_key(key: &str, value: &str) -> String {
    // As GitHub's own search says it.
    let (not, bare) = key.strip_prefix('-').map_or(("", key), |bare| ("!", bare));
    let meant = synonym(bare).or_else(|| nearest(bare, KEYS)).map(|near| meant(near, value));
    match (meant, bare) {
        (Some(meant), _) => format!(
            "{key}: is not a filter key (did you mean {not}{meant}?); put the term in quotes to search for its text"
        ),
        (None, "sort" | "order" | "group") => {
            format!("{key}: is not a filter key: orders and groups are chosen beside the filter")
        }
        (None, _) => {
            format!("{key}: is not a filter key; put the term in quotes to search for its text")
        }
    }
}

/// What is wrong with a word behind a key.
fn unknown(key: &str, word: &str, known: &[&str]) -> String {
    let near = nearest(word, known.iter().copied()).map(|near| format!(" (did you mean {key}:{near}?)"));
    format!("{key}:{word} is not known{}; {key}: takes {}", near.unwrap_or_default(), known.join(", "))
}

fn example(key: &str) -> &'static str {
    let is_of_key = |example: &&str| example.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    GRAMMAR.iter().map(|(example, _)| *example).find(is_of_key).unwrap_or_default()
}

/// The value behind the right key, if it may stand there; else an example.
fn meant(key: &str, value: &str) -> String {
    let text = format!("{key}:{value}");
    if terms(&text).is_ok() { text } else { example(key).to_owned() }
}

fn people(key: &str, values: Vec<String>) -> Result<Vec<Person>, String> {
    each(values, |value| match value.trim_start_matches('@') {
        _ if value == ME => Ok(Person::Me),
        "" => Err(format!("{key}:{value} names nobody; write {key}:bo or {key}:{ME}")),
        login if login.contains(ANY) => Ok(Person::Like(login.to_owned())),
        login => Ok(Person::Login(login.to_owned())),
    })
}

/// `build=failed`; after a comma, a state alone is one of the same stage.
fn stages(value: &str, values: &[String]) -> Result<Test, String> {
    let wrong = || {
        format!(
            "stage:{value} is not known; write stage:build=failed (pr, build, approval, merge = a stage's word)"
        )
    };
    let mut states: Vec<(Stage, StageStatus)> = Vec::new();
    for part in values {
        let (stage, word) = match (part.split_once('='), states.last()) {
            (Some((stage, word)), _) => {
                (Stage::ALL.into_iter().find(|s| s.name() == stage).ok_or_else(wrong)?, word)
            }
            (None, Some((stage, _))) => (*stage, part.as_str()),
            (None, None) => return Err(wrong()),
        };
        if word.is_empty() {
            return Err(wrong());
        }
        match StageStatus::parse(word) {
            // A mistyped word must not become a filter that nothing matches.
            StageStatus::Other(_) => {
                let meant = nearest(word, STATES).map(|near| format!(" (did you mean {near}?)"));
                let meant = meant.unwrap_or_default();
                return Err(format!(
                    "{word} is no state of a stage{meant}; stage: takes {}",
                    STATES.join(", ")
                ));
            }
            known => states.push((stage, known)),
        }
    }
    Ok(Test::Stage(states))
}

/// `lint=failed`, or `lint,test=failed`.
fn checks(value: &str, values: Vec<String>) -> Result<Test, String> {
    let wrong = || format!("check:{value}: only failed checks are known here; write check:lint=failed");
    if !values.last().is_some_and(|last| last.ends_with("=failed")) {
        return Err(wrong());
    }
    let name = |part: String| match part.strip_suffix("=failed") {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        None if !part.contains('=') => Ok(part),
        Some(_) | None => Err(wrong()),
    };
    each(values, name).map(Test::Check)
}

fn since(key: &str, moment: Moment, value: &str) -> Result<Test, String> {
    let bound = match value.chars().next() {
        Some('>') => Bound::Over,
        Some('<') => Bound::Under,
        Some(first) if moment == Moment::Due && !first.is_ascii_digit() => {
            let login = if value == "on" { "bo" } else { value };
            return Err(format!(
                "waiting: wants a time, e.g. {}; for whom it waits is owner:{login}",
                example(key)
            ));
        }
        Some(_) | None => {
            return Err(format!("{key}:{value} wants < or > and a time, e.g. {}", example(key)));
        }
    };
    let than = duration::parse(value.trim_start_matches(['<', '>']));
    let than =
        than.ok_or_else(|| format!("{key}:{value} names no duration; write {key}:>2d or {key}:<12h30m"))?;
    Ok(Test::Since(moment, bound, than))
}

#[cfg(test)]
mod tests {
    use super::{super::Filter, *};

    #[test]
    fn wrong_terms_say_what_is_accepted() {
        for (text, says) in [
            ("rsk:high", "did you mean risk:high?"),
            ("fix: typo", "put the term in quotes"),
            ("is:sideways", "is: takes open, closed"),
            ("is:", "is: wants a value, e.g. is:failing"),
            ("is:open,", "is:open, has a comma without a word"),
            ("is:open,sideways", "is:sideways is not known"),
            ("author:", "author: wants a value, e.g. author:ana,bo"),
            ("author:ana,,bo", "write author:this,that"),
            ("owner:ana,@", "owner:@ names nobody; write owner:bo or owner:@me"),
            ("reviewr:bo", "did you mean reviewer:bo?"),
            ("assignee:bo", "did you mean owner:bo?"),
            ("updated:2026-03-01", "did you mean changed:<1d?"),
            ("-labl:wip", "did you mean !label:wip?"),
            ("-assignee:bo", "did you mean !owner:bo?"),
            ("sort:age", "sort: is not a filter key: orders and groups are chosen beside the filter"),
            ("is:mien", "is:mien is not known (did you mean is:mine?); is: takes open"),
            ("is:open,failed", "did you mean is:failing?"),
            ("waitng:>1d", "did you mean waiting:>1d?"),
            ("waiting:1d", "waiting:1d wants < or > and a time, e.g. waiting:>1d"),
            ("waiting:cy", "e.g. waiting:>1d; for whom it waits is owner:cy"),
            ("waiting:on bo", "e.g. waiting:>1d; for whom it waits is owner:bo"),
            ("changed:yesterday", "e.g. changed:<1d"),
            ("waiting:>1d,<2d", "waiting:>1d,<2d names no duration"),
            ("check:lint", "check:lint: only failed checks are known"),
            ("check:lint=passed", "write check:lint=failed"),
            ("check:a=b,lint=failed", "write check:lint=failed"),
            ("check:=failed", "write check:lint=failed"),
            ("stage:failed,build=failed", "stage:build=failed"),
            ("stage:build", "stage:build=failed"),
            ("stage:deploy=failed", "pr, build, approval, merge"),
            ("risk:hgih", "(did you mean risk:high?); risk: takes high, medium, low, none"),
            ("stage:build=faild", "(did you mean failed?); stage: takes pending, running"),
            ("age:2d", "wants < or >"),
            ("age:>soon", "names no duration"),
            ("\"open quote", "the quote in '\"open quote' is not closed"),
            ("!", "missing after !"),
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert!(error.contains(says), "{text:?} → {error}");
        }
    }

    fn tests(text: &str) -> Vec<Test> {
        Filter::parse(text).unwrap().terms.into_iter().map(|term| term.test).collect()
    }

    #[test]
    fn quotes_keep_spaces_colons_and_commas() {
        let terms = Filter::parse("\"fix: a thing\" !bot").unwrap().terms;
        assert_eq!(terms[0].test, Test::Word("fix: a thing".into()));
        assert_eq!((terms[1].negated, &terms[1].test), (true, &Test::Word("bot".into())));
        let names = ["test (linux, stable)", "lint"].map(str::to_owned).into();
        assert_eq!(tests("check:\"Test (linux, stable)\"=failed,lint=failed"), [Test::Check(names)]);
        assert_eq!(tests("a,b"), [Test::Word("a,b".to_owned())], "no term that takes a word");
    }

    #[test]
    fn a_minus_before_a_key_excludes_and_is_text_elsewhere() {
        for (text, same) in
            [("-is:draft", "!is:draft"), ("x -Label:\"a b\",c", "x !label:\"a b\",c"), ("!-x", "!\"-x\"")]
        {
            assert_eq!(Filter::parse(text), Filter::parse(same), "{text}");
        }
        for text in ["-1", "-wip", "\"-is:draft\""] {
            assert_eq!(tests(text), [Test::Word(text.trim_matches('"').to_owned())]);
        }
    }

    #[test]
    fn a_comma_means_or() {
        let person = |login: &str| Person::Login(login.to_owned());
        assert_eq!(
            tests("author:Ana,@bo,@ME"),
            [Test::Author(vec![person("ana"), person("bo"), Person::Me])]
        );
        assert_eq!(tests("owner:Bo*"), [Test::Owner(vec![Person::Like("bo*".to_owned())])]);
        assert_eq!(tests("is:failing,blocked"), [Test::Is(vec![Is::Failing, Is::Blocked])]);
        let (build, merge) = (Stage::Build, Stage::Merge);
        assert_eq!(
            tests("stage:build=failed,running,merge=failed"),
            [Test::Stage(vec![
                (build, StageStatus::Failed),
                (build, StageStatus::Running),
                (merge, StageStatus::Failed)
            ])]
        );
        let names = ["lint", "test"].map(str::to_owned).into();
        assert_eq!(tests("check:lint,test=failed"), [Test::Check(names)]);
    }
}
