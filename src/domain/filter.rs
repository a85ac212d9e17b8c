//! The filter language: words and `key:value` terms, all of which must hold. One language for the dashboard's
//! `/`, `status --filter` and `--fail-on`.

mod complete;
mod meant;
mod parse;
mod print;
#[cfg(test)]
mod properties;
mod term;

use chrono::{DateTime, Utc};

pub use self::complete::Completion;
use self::term::{Is, Moment, Term, Test};
use super::{board::Board, ids::PrKey, pull_request::PullRequest};

/// What a filter is held against besides the pull request.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// For repository names, and whether their heads are built.
    pub board: &'a Board,
    /// The login that `@me` and `is:mine` mean.
    pub me: Option<&'a str>,
    /// For `age:`, `waiting:`, `changed:` and who must act.
    pub now: DateTime<Utc>,
    /// Where nobody looks, nothing is noted.
    pub noted: Option<&'a Noted>,
}

/// What is noted of the reader's own on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// `is:new`: changed since the reader last looked.
    pub new: foldhash::HashSet<PrKey>,
    /// `is:snoozed`
    pub snoozed: foldhash::HashSet<PrKey>,
}

/// A parsed filter. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

/// The language in lines of (example, meaning): the help overlay draws it, and docs/filter.md has the same.
pub const GRAMMAR: [(&str, &str); 16] = [
    ("word", "in title, author, #number, branch or repository"),
    ("\"two words\"", "the same, with spaces"),
    ("!term", "all but these"),
    ("author:ana,bo", "either of them; bo* begins so"),
    ("reviewer:@me", "asked to review; @me: you"),
    ("owner:bo", "must act next; also ci, someone, merge_queue"),
    (
        "is:failing",
        "open closed merged draft failing blocked conflict ready queued mine waiting stale bot new snoozed",
    ),
    ("risk:high", "high, medium, low, none"),
    ("stage:build=failed", "pr, build, approval, merge = pending, running, passed, failed, …"),
    ("check:lint=failed", "failed check, part of its name"),
    ("repo:api", "in owner/name"),
    ("base:main", "its base branch"),
    ("label:bug", "part of a label"),
    ("age:>2d", "older than 2 days"),
    ("waiting:>1d", "next action due for over a day"),
    ("changed:<1d", "happened since yesterday"),
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
        self.terms.iter().any(|term| term.test.needs_me())
    }

    /// Whether its answer may change with time alone.
    pub fn needs_clock(&self) -> bool {
        self.terms.iter().any(|term| term.test.needs_clock())
    }

    /// Whether it says itself which of open, closed and merged ones it means. Drafts are open ones.
    pub fn names_state(&self) -> bool {
        self.terms.iter().any(Term::is_of_state)
    }

    /// What is left of it beside a typed filter that says itself which states it means: a set of open ones does not
    /// hide the merged ones that are asked for.
    #[must_use]
    pub fn beside(&self, typed: &Self) -> Self {
        let mut left = self.clone();
        if typed.names_state() {
            left.terms.retain(|term| !term.is_of_state());
        }
        left
    }

    /// Whether it asks what changed since the reader looked.
    pub fn names_new(&self) -> bool {
        self.terms.iter().any(|term| term.test.names(Is::New))
    }

    /// Whether it asks when something last happened.
    pub fn names_changed(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Since(Moment::Changed, ..)))
    }

    /// Whether it says itself if hidden ones are meant.
    pub fn names_snoozed(&self) -> bool {
        self.terms.iter().any(|term| term.test.names(Is::Snoozed))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_login_is_needed_where_me_is_meant() {
        for (text, needs) in [
            ("is:mine", true),
            ("is:open !is:waiting", true),
            ("author:@me", true),
            ("reviewer:bo,@me", true),
            ("!owner:@me", true),
            ("owner:me reviewer:me", false),
            ("author:ana is:open mine \"is:mine\"", false),
            ("", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().needs_me(), needs, "{text}");
        }
    }

    #[test]
    fn time_alone_changes_who_must_act_and_how_long_it_took() {
        for (text, needs) in [
            ("is:ready", true),
            ("is:open !is:waiting", true),
            ("owner:bo", true),
            ("age:>2d", true),
            ("waiting:<1h", true),
            ("changed:<1d", true),
            ("is:open,failing author:ana reviewer:@me stage:build=failed ready", false),
            ("", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().needs_clock(), needs, "{text}");
        }
    }

    #[test]
    fn a_filter_that_names_a_state_widens_the_set() {
        for (text, names) in [
            ("is:merged", true),
            ("is:closed oauth", true),
            ("is:failing,merged", true),
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
        let parse = |text| Filter::parse(text).unwrap();
        for (set, left) in [
            ("is:open", ""),
            ("!is:open", ""),
            ("is:open is:mine", "is:mine"),
            ("risk:high is:open", "risk:high"),
            ("is:failing", "is:failing"),
            ("", ""),
        ] {
            assert_eq!(parse(set).beside(&parse("is:merged")), parse(left), "{set}");
            assert_eq!(parse(set).beside(&parse("oauth")), parse(set), "{set}");
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
            ("author:ana", "author:an", false),
            ("author:ana", "author:an*", true),
            ("author:bo", "author:*o", false),
            ("author:bo*", "author:bo*", true),
            ("author:ana", "ana", false),
            ("repo:api x", "repo:ap", true),
            ("label:bug", "label:b", true),
            ("risk:high", "risk:high", true),
            ("risk:high", "risk:low", false),
            ("author:@me", "author:*", false),
            ("age:>3d", "age:>2d", false),
            ("author:ana", "author:bo,ana", true),
            ("author:ana,bo", "author:an*,b*", true),
            ("author:ana,bo", "author:ana", false),
            ("!author:ana,bo", "!author:ana", true),
            ("!author:ana", "!author:ana,bo", false),
            ("author:ana", "reviewer:ana", false),
            ("is:failing", "is:failing,blocked", true),
            ("is:failing,blocked", "is:failing", false),
            ("stage:build=failed", "stage:build=running,failed", true),
            ("check:lint=failed", "check:li=failed", true),
            ("base:main", "base:ma", false),
        ] {
            let [filter, other_filter] = [text, other].map(|text| Filter::parse(text).unwrap());
            assert_eq!(filter.narrows(&other_filter), narrows, "{text:?} and {other:?}");
        }
    }
}
