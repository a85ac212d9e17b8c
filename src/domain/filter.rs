//! The filter language: words and `key:value` terms, all of which must hold. One language for the dashboard's
//! `/`, `status --filter` and `--fail-on`.

mod parse;
mod quick;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use self::quick::Quick;
use super::{
    attention::NextAction,
    board::Board,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
    text::folded,
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
pub const NEEDS_ME: &str = "@me, is:mine and is:waiting need your login: set FLOWLENS_ME, or me under [dashboard] in the config file, or log in with gh, or let flowlens sync learn it from your token";

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says which term is wrong and what is accepted, in one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { terms: parse::terms(text)? })
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

    /// Whether all that it matches, the other matches too, as their words tell: `!bot race` narrows `ra`. What it does
    /// not see through is no narrowing.
    pub fn narrows(&self, other: &Self) -> bool {
        other.terms.iter().all(|wider| self.terms.iter().any(|term| term.implies(wider)))
    }

    /// Whether all terms hold.
    pub fn matches(&self, pr: &PullRequest, context: Context<'_>) -> bool {
        self.terms.iter().all(|term| term.test.holds(pr, context) != term.negated)
    }
}

impl Term {
    /// Whether the other holds wherever this one does.
    fn implies(&self, other: &Self) -> bool {
        let parts = match (&self.test, &other.test) {
            (Test::Word(one), Test::Word(other))
            | (Test::Author(one), Test::Author(other))
            | (Test::Repo(one), Test::Repo(other))
            | (Test::Label(one), Test::Label(other)) => Some((one, other)),
            _ => None,
        };
        // What holds a text holds each part of it; and what lacks a part lacks the text.
        self == other
            || parts.is_some_and(|(one, two)| match (self.negated, other.negated) {
                (false, false) => one.contains(two.as_str()),
                (true, true) => two.contains(one.as_str()),
                (true, false) | (false, true) => false,
            })
    }

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
    fn a_filter_narrows_another_where_its_words_say_so() {
        for (text, other, narrows) in [
            ("r", "", true),
            ("", "r", false),
            ("ra", "r", true),
            ("bra", "ra", true),
            ("r", "ra", false),
            ("race is:open", "ra", true),
            ("race", "ra is:open", false),
            ("!bo", "!bot", true),
            ("!bot", "!bo", false),
            ("!bot", "bo", false),
            ("bot", "!bo", false),
            ("author:ana", "author:an", true),
            ("author:ana", "ana", false),
            ("repo:api x", "repo:ap", true),
            ("label:bug", "label:b", true),
            ("risk:high", "risk:high", true),
            ("risk:high", "risk:low", false),
            ("author:@me", "author:m", false),
            ("age:>3d", "age:>2d", false),
        ] {
            let [filter, other_filter] = [text, other].map(|text| Filter::parse(text).unwrap());
            assert_eq!(filter.narrows(&other_filter), narrows, "{text:?} and {other:?}");
        }
    }
}
