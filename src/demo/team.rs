//! Who works where, and who asks whom for a review.

use super::repos::{API, BILLING, DESIGN, INFRA, INGEST, MOBILE, SEARCH, WEB};

#[derive(Debug)]
pub(super) struct Person {
    pub(super) login: &'static str,
    /// Where they work: places in [`super::repos::REPOS`].
    pub(super) homes: &'static [usize],
    /// Whom they ask for reviews.
    pub(super) asks: &'static [&'static str],
    /// Until they review, in minutes, about.
    pub(super) answers_after: i64,
    /// So many of a hundred of their reviews ask for changes.
    pub(super) strict: u64,
    /// So many of a hundred of their pushes break the build.
    pub(super) sloppy: u64,
}

/// The bot that bumps dependencies.
pub(super) const BOT: &str = "renovate[bot]";

/// Somebody from outside, with a fork.
pub(super) const STRANGER: &str = "marek-dev";

const fn person(
    login: &'static str,
    homes: &'static [usize],
    asks: &'static [&'static str],
    answers_after: i64,
    strict: u64,
    sloppy: u64,
) -> Person {
    Person { login, homes, asks, answers_after, strict, sloppy }
}

/// The team: Bo is thorough and slow, Juan is new and in a hurry, Lena comments on everything.
pub(super) const PEOPLE: &[Person] = &[
    person("ana", &[API, BILLING], &["bo", "grace"], 40, 20, 15),
    person("bo", &[API, SEARCH], &["ana", "hiro"], 1_560, 55, 5),
    person("chidi", &[WEB, DESIGN], &["lena", "elif"], 90, 25, 20),
    person("dmitri", &[INFRA], &["kofi"], 480, 35, 12),
    person("elif", &[WEB, MOBILE], &["chidi", "juan"], 60, 20, 15),
    person("fatou", &[MOBILE], &["elif", "mei-lin"], 150, 15, 22),
    person("grace", &[BILLING], &["ana", "ines"], 120, 40, 8),
    person("hiro", &[SEARCH, INGEST], &["bo", "yamada-t"], 200, 30, 15),
    person("ines", &[BILLING, API], &["grace", "ana"], 75, 15, 18),
    person("juan", &[MOBILE, WEB], &["elif", "lena"], 30, 5, 45),
    person("kofi", &[INFRA, INGEST], &["dmitri", "hiro"], 300, 25, 14),
    person("lena", &[DESIGN, WEB], &["chidi"], 55, 35, 10),
    person("mei-lin", &[MOBILE, WEB], &["fatou", "elif"], 110, 20, 16),
    person("yamada-t", &[INGEST, SEARCH], &["hiro", "kofi"], 240, 30, 12),
];

/// The bot and the stranger ask nobody; others take care of them.
const OUTSIDER: Person = person(BOT, &[], &[], 60, 0, 18);

/// The character of a login.
pub(super) fn person_of(login: &str) -> &'static Person {
    PEOPLE.iter().find(|person| person.login == login).unwrap_or(&OUTSIDER)
}

/// The login of somebody of the team.
pub(super) fn login(name: &str) -> Option<&'static str> {
    PEOPLE.iter().map(|person| person.login).find(|login| *login == name)
}

/// Who works on a repository.
pub(super) fn crew(repo: usize) -> Vec<&'static Person> {
    PEOPLE.iter().filter(|person| person.homes.contains(&repo)).collect()
}
