//! What a term asks of a pull request.

use std::time::Duration;

use super::Context;
use crate::domain::{
    attention::{Owner, due, is_ready},
    insight::Risk,
    names::is_bot,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
    text::{folded, has_part, is_folded},
};

/// What stands for any text in a login.
pub(super) const ANY: char = '*';
/// The end of an app's login, where GitHub's REST tells it.
const BOT: &str = "[bot]";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

/// Of a list, any may hold. All text is [folded](crate::domain::text::folded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Word(String),
    Is(Vec<Is>),
    Risk(Vec<String>),
    Stage(Vec<(Stage, StageStatus)>),
    /// A failed check, by part of its name.
    Check(Vec<String>),
    Author(Vec<Person>),
    Reviewer(Vec<Person>),
    /// Who must act next.
    Owner(Vec<Person>),
    Repo(Vec<String>),
    /// The whole name of a branch: `main` is no part of `domain-names`.
    Base(Vec<String>),
    Label(Vec<String>),
    Since(Moment, Bound, Duration),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Person {
    Me,
    /// A whole login; an app's may lack its `[bot]`.
    Login(String),
    /// A login in which each star stands for any text.
    Like(String),
}

/// From when on time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Opened,
    /// The next action became due.
    Due,
    /// Something happened to it.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Over,
    Under,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Open,
    Closed,
    Merged,
    Draft,
    Failing,
    Blocked,
    Conflict,
    Ready,
    Queued,
    Mine,
    Waiting,
    Stale,
    Bot,
    New,
    Snoozed,
}

impl Term {
    /// Whether the other holds wherever this one does.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (self.negated, other.negated) {
            (false, false) => self.test.implies(&other.test),
            // What lacks a part lacks the text.
            (true, true) => other.test.implies(&self.test),
            (true, false) | (false, true) => false,
        }
    }

    /// Whether it parts open, closed and merged ones.
    pub(super) fn is_of_state(&self) -> bool {
        match &self.test {
            Test::Is(words) => words.iter().any(|is| matches!(is, Is::Open | Is::Closed | Is::Merged)),
            Test::Stage(states) => states.iter().any(|(stage, status)| {
                matches!(stage, Stage::Pr | Stage::Merge)
                    && matches!(status, StageStatus::Merged | StageStatus::Closed)
            }),
            Test::Word(_)
            | Test::Risk(_)
            | Test::Check(_)
            | Test::Author(_)
            | Test::Reviewer(_)
            | Test::Owner(_)
            | Test::Repo(_)
            | Test::Base(_)
            | Test::Label(_)
            | Test::Since(..) => false,
        }
    }
}

impl Test {
    pub(super) fn names(&self, word: Is) -> bool {
        matches!(self, Self::Is(words) if words.contains(&word))
    }

    pub(super) fn holds(&self, pr: &PullRequest, context: Context<'_>) -> bool {
        let repo_has = |part: &String| context.board.folded_name(pr.key.repo).contains(part.as_str());
        match self {
            Self::Word(word) => pr.haystack.contains(word.as_str()) || repo_has(word),
            Self::Is(words) => words.iter().any(|is| is.holds(pr, context)),
            Self::Risk(levels) => {
                let risk = pr.risk().map_or("none", Risk::word);
                levels.iter().any(|level| risk.eq_ignore_ascii_case(level))
            }
            Self::Stage(states) => states.iter().any(|(stage, status)| pr.status(*stage) == status),
            Self::Check(parts) => any_has(&pr.failed_checks, parts),
            Self::Author(people) => any_is(pr.author.as_slice(), people, context),
            Self::Reviewer(people) => any_is(&pr.reviewers, people, context),
            Self::Owner(people) => is_turn_of(pr, people, context),
            Self::Repo(parts) => parts.iter().any(repo_has),
            Self::Base(names) => {
                pr.base.as_deref().is_some_and(|base| names.iter().any(|name| is_folded(base, name)))
            }
            Self::Label(parts) => any_has(&pr.labels, parts),
            Self::Since(moment, bound, than) => {
                let since = match moment {
                    Moment::Opened => pr.created_at,
                    Moment::Due => due(pr, context.board, context.now).and_then(|(_, since)| since),
                    Moment::Changed => pr.changed_at(),
                };
                since.is_some_and(|since| {
                    let time = (context.now - since).to_std().unwrap_or_default();
                    match bound {
                        Bound::Over => time > *than,
                        Bound::Under => time < *than,
                    }
                })
            }
        }
    }

    /// Whether it cannot be answered without knowing the reader's login.
    pub(super) fn needs_me(&self) -> bool {
        match self {
            Self::Is(words) => words.iter().any(|is| matches!(is, Is::Mine | Is::Waiting)),
            Self::Author(people) | Self::Reviewer(people) | Self::Owner(people) => {
                people.contains(&Person::Me)
            }
            Self::Word(_)
            | Self::Risk(_)
            | Self::Stage(_)
            | Self::Check(_)
            | Self::Repo(_)
            | Self::Base(_)
            | Self::Label(_)
            | Self::Since(..) => false,
        }
    }

    /// Whether its answer may change with time alone. Who must act depends on it: a build is awaited for a while only.
    pub(super) fn needs_clock(&self) -> bool {
        match self {
            Self::Is(words) => words.iter().any(|is| matches!(is, Is::Waiting | Is::Ready)),
            Self::Owner(_) | Self::Since(..) => true,
            Self::Word(_)
            | Self::Risk(_)
            | Self::Stage(_)
            | Self::Check(_)
            | Self::Author(_)
            | Self::Reviewer(_)
            | Self::Repo(_)
            | Self::Base(_)
            | Self::Label(_) => false,
        }
    }

    /// Whether the other holds wherever this one does.
    fn implies(&self, other: &Self) -> bool {
        // What holds a text holds each part of it.
        let part = |one: &String, other: &String| one.contains(other.as_str());
        match (self, other) {
            (Self::Word(one), Self::Word(other)) => part(one, other),
            (Self::Repo(one), Self::Repo(other))
            | (Self::Label(one), Self::Label(other))
            | (Self::Check(one), Self::Check(other)) => all_within(one, other, part),
            (Self::Author(one), Self::Author(other)) | (Self::Reviewer(one), Self::Reviewer(other)) => {
                all_within(one, other, Person::implies)
            }
            (Self::Is(one), Self::Is(other)) => all_within(one, other, Is::eq),
            (Self::Risk(one), Self::Risk(other)) | (Self::Base(one), Self::Base(other)) => {
                all_within(one, other, String::eq)
            }
            (Self::Stage(one), Self::Stage(other)) => all_within(one, other, PartialEq::eq),
            (one, other) => one == other,
        }
    }
}

/// Whether each of these has a wider one among the others.
fn all_within<T>(these: &[T], others: &[T], implies: impl Fn(&T, &T) -> bool) -> bool {
    these.iter().all(|one| others.iter().any(|other| implies(one, other)))
}

impl Person {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Login(login), Self::Like(pattern)) => {
                is_like(login, pattern) && is_like(&format!("{login}{BOT}"), pattern)
            }
            (one, other) => one == other,
        }
    }

    fn is(&self, login: &str, context: Context<'_>) -> bool {
        match self {
            Self::Me => context.me.is_some_and(|me| login.eq_ignore_ascii_case(me)),
            Self::Login(name) => {
                is_folded(login, name) || login.strip_suffix(BOT).is_some_and(|app| is_folded(app, name))
            }
            Self::Like(pattern) => is_like(login, pattern),
        }
    }
}

/// Whether a login is as a pattern with one star or more says.
fn is_like(login: &str, pattern: &str) -> bool {
    let login = folded(login);
    let Some((begin, rest)) = pattern.split_once(ANY) else { return login == pattern };
    let (between, end) = rest.rsplit_once(ANY).unwrap_or(("", rest));
    let Some(mut left) = login.strip_prefix(begin).and_then(|left| left.strip_suffix(end)) else {
        return false;
    };
    between.split(ANY).all(|part| match left.split_once(part) {
        Some((_, behind)) => {
            left = behind;
            true
        }
        None => false,
    })
}

fn any_is(logins: &[Box<str>], people: &[Person], context: Context<'_>) -> bool {
    logins.iter().any(|login| people.iter().any(|person| person.is(login, context)))
}

fn any_has(names: &[Box<str>], parts: &[String]) -> bool {
    names.iter().any(|name| parts.iter().any(|part| has_part(name, part)))
}

/// Whether one of them, or one of these roles (`ci`, `someone`), must act next.
fn is_turn_of(pr: &PullRequest, people: &[Person], context: Context<'_>) -> bool {
    let Some((verb, _)) = due(pr, context.board, context.now) else { return false };
    let logins = verb.logins(pr);
    if !logins.is_empty() {
        return any_is(logins, people, context);
    }
    let owner = Owner::of(verb, pr);
    people.iter().any(|person| matches!(person, Person::Login(role) if role == owner.word()))
}

impl Is {
    fn holds(self, pr: &PullRequest, context: Context<'_>) -> bool {
        match self {
            Self::Open => pr.state.is_open(),
            Self::Closed => pr.state == PrState::Closed,
            Self::Merged => pr.state == PrState::Merged,
            Self::Draft => pr.state == PrState::Draft,
            Self::Failing => pr.is_failing(),
            Self::Blocked => pr.is_blocked(),
            Self::Conflict => pr.conflict,
            Self::Ready => is_ready(pr, context.board, context.now),
            Self::Queued => pr.state.is_open() && pr.queue_position.is_some(),
            Self::Mine => any_is(pr.author.as_slice(), &[Person::Me], context),
            Self::Waiting => is_turn_of(pr, &[Person::Me], context),
            Self::Stale => pr.is_stale() == Some(true),
            Self::Bot => pr.author.as_deref().is_some_and(is_bot),
            Self::New => context.noted.is_some_and(|noted| noted.new.contains(&pr.key)),
            Self::Snoozed => context.noted.is_some_and(|noted| noted.snoozed.contains(&pr.key)),
        }
    }
}
