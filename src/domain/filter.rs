//! The filter language: words and `key:value` terms, all of which must hold. One language for the dashboard's
//! `/`, `status --filter` and `--fail-on`.

mod quick;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use self::quick::Quick;
use super::{
    attention::NextAction,
    board::Board,
    duration,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
    text::{folded, quoted},
};

/// What a filter is held against besides the pull request: the board (for repository names), who `@me` is,
/// and the clock for `age:`.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// For repository names.
    pub board: &'a Board,
    /// The login that `@me` and `is:mine` mean.
    pub me: Option<&'a str>,
    /// For `age:`.
    pub now: DateTime<Utc>,
}

/// A parsed filter. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Word(String),
    Is(Is),
    Risk(String),
    Stage(Stage, StageStatus),
    Author(String),
    AuthorMe,
    Repo(String),
    Label(String),
    Age(Bound, Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Over,
    Under,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Open,
    Closed,
    Merged,
    Draft,
    Failing,
    Blocked,
    Conflict,
    Mine,
    Waiting,
    Stale,
}

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

/// The language in lines of (example, meaning): the help overlay draws it, and docs/filter.md has the same.
pub const GRAMMAR: [(&str, &str); 10] = [
    ("word", "in title, author, #number, branch or repository"),
    ("\"two words\"", "the same, spaces and colons included"),
    ("!term", "excludes what the term matches"),
    ("risk:high", "high, medium, low, none"),
    ("stage:build=failed", "pr, build, approval, merge = pending, running, passed, failed, …"),
    ("is:failing", "open closed merged draft failing blocked conflict mine waiting stale"),
    ("author:@me", "a login, or part of it"),
    ("repo:api", "part of owner/name"),
    ("label:bug", "part of a label"),
    ("age:>2d", "opened more than 2 days ago; age:<12h less"),
];

/// What to do where a filter [needs the reader's login](Filter::needs_me), and nobody knows it.
pub const NEEDS_ME: &str = "@me, is:mine and is:waiting need your login: set FLOWLENS_ME, or me under [dashboard] in the config file, or log in with gh";

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says which term is wrong and what is accepted, in one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = split(text)?.into_iter().map(parse_term).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it cannot be answered without knowing the reader's login.
    pub fn needs_me(&self) -> bool {
        let mine = |term: &Term| matches!(term.test, Test::AuthorMe | Test::Is(Is::Mine | Is::Waiting));
        self.terms.iter().any(mine)
    }

    /// Whether its answer may change with time alone.
    pub fn needs_clock(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Age(..) | Test::Is(Is::Waiting)))
    }

    /// Whether it says itself which of open, closed and merged ones it means. Drafts are open ones.
    pub fn names_state(&self) -> bool {
        self.terms.iter().any(Term::is_of_state)
    }

    /// Whether all terms hold.
    pub fn matches(&self, pr: &PullRequest, context: Context<'_>) -> bool {
        self.terms.iter().all(|term| term.test.holds(pr, context) != term.negated)
    }
}

impl Term {
    /// Whether it parts open, closed and merged ones.
    fn is_of_state(&self) -> bool {
        match &self.test {
            Test::Is(is) => matches!(is, Is::Open | Is::Closed | Is::Merged),
            Test::Stage(stage, status) => {
                matches!(stage, Stage::Pr | Stage::Merge)
                    && matches!(status, StageStatus::Merged | StageStatus::Closed)
            }
            Test::Word(_)
            | Test::Risk(_)
            | Test::Author(_)
            | Test::AuthorMe
            | Test::Repo(_)
            | Test::Label(_)
            | Test::Age(..) => false,
        }
    }
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

impl Test {
    fn holds(&self, pr: &PullRequest, context: Context<'_>) -> bool {
        let repo_has = |word: &str| context.board.folded_name(pr.key.repo).contains(word);
        match self {
            Self::Word(word) => pr.haystack.contains(word.as_str()) || repo_has(word),
            Self::Is(is) => is.holds(pr, context),
            Self::Risk(level) => match pr.insight.as_ref().and_then(|i| i.risk.as_ref()) {
                Some(risk) => risk.word().to_lowercase() == *level,
                None => level == "none",
            },
            Self::Stage(stage, status) => pr.status(*stage) == status,
            Self::Author(part) => {
                pr.author.as_deref().is_some_and(|author| folded(author).contains(part.as_str()))
            }
            Self::AuthorMe => Is::Mine.holds(pr, context),
            Self::Repo(part) => repo_has(part),
            Self::Label(part) => pr.labels.iter().any(|label| folded(label).contains(part.as_str())),
            Self::Age(bound, than) => pr.created_at.is_some_and(|created| {
                let age = (context.now - created).to_std().unwrap_or_default();
                match bound {
                    Bound::Over => age > *than,
                    Bound::Under => age < *than,
                }
            }),
        }
    }
}

impl Is {
    fn holds(self, pr: &PullRequest, context: Context<'_>) -> bool {
        let me = context.me;
        match self {
            Self::Open => pr.state.is_open(),
            Self::Closed => pr.state == PrState::Closed,
            Self::Merged => pr.state == PrState::Merged,
            Self::Draft => pr.state == PrState::Draft,
            Self::Failing => pr.is_failing(),
            Self::Blocked => pr.is_blocked(),
            Self::Conflict => pr.conflict,
            Self::Mine => {
                me.is_some_and(|me| pr.author.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(me)))
            }
            Self::Waiting => me.is_some_and(|me| {
                NextAction::of(pr, context.board, context.now).is_some_and(|next| next.owner.is(me))
            }),
            Self::Stale => pr.is_stale() == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_filters_are_written_in_the_language() {
        for quick in Quick::ALL {
            assert_eq!(Filter::parse(quick.text()), Ok(quick.filter()), "{}", quick.name());
            assert_eq!(Quick::parse(quick.name()), Some(quick));
        }
        assert_eq!(Quick::ALL.iter().fold(Quick::Open, |q, _| q.next()), Quick::Open);
    }

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
    fn the_readers_login_is_needed_by_three_terms_only() {
        for (text, needs) in [
            ("is:mine", true),
            ("is:open !is:waiting", true),
            ("author:@me", true),
            ("author:ana is:open mine \"is:mine\"", false),
            ("", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().needs_me(), needs, "{text}");
        }
    }

    #[test]
    fn a_filter_that_names_a_state_widens_the_set() {
        for (text, names) in [
            ("is:merged", true),
            ("is:closed oauth", true),
            ("!is:open", true),
            ("stage:merge=merged", true),
            ("stage:pr=closed", true),
            ("stage:merge=failed", false),
            ("!is:draft", false),
            ("is:failing risk:high", false),
            ("merged", false),
            ("", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().names_state(), names, "{text}");
        }
        let merged = Filter::parse("is:merged").unwrap();
        for (quick, name, left) in [
            (Quick::Open, "all", ""),
            (Quick::Merged, "all", ""),
            (Quick::Mine, "mine", "is:mine"),
            (Quick::HighRisk, "high risk", "risk:high"),
            (Quick::Failing, "failing", "is:failing"),
            (Quick::All, "all", ""),
        ] {
            assert_eq!(quick.beside(&merged), (name, Filter::parse(left).unwrap()));
            assert_eq!(quick.beside(&Filter::default()), (quick.name(), quick.filter()));
        }
    }

    #[test]
    fn quotes_keep_spaces_and_colons() {
        let terms = Filter::parse("\"fix: a thing\" !bot").unwrap().terms;
        assert_eq!(terms[0].test, Test::Word("fix: a thing".into()));
        assert_eq!((terms[1].negated, &terms[1].test), (true, &Test::Word("bot".into())));
    }
}
