//! The sync with GitHub, as this dashboard's own engine tells it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    sync::{Pause, SyncNews, SyncProblem},
    text::truncate,
    time::age,
};

/// An age below a minute is told in steps of so many seconds: a clock that ticks would be bytes without news.
const STEP: i64 = 10;
/// Cells of the header that a problem may take.
const PROBLEM: usize = 44;

#[derive(Clone, Debug, Default)]
pub struct SyncStatus {
    /// The repositories that it reads, in lower case, and when each was known to be as on GitHub.
    repositories: BTreeMap<String, Option<DateTime<Utc>>>,
    /// Those that another sync is at work on.
    elsewhere: BTreeSet<String>,
    pub reading: Option<Reading>,
    pause: Option<(DateTime<Utc>, Pause)>,
    problems: BTreeMap<Option<String>, Trouble>,
    /// What has been asked for on this screen.
    pub asked: Vec<String>,
    /// What GitHub has: as it was asked for, in lower case, and as GitHub calls it.
    found: BTreeMap<String, String>,
    /// What is to be written into the config file once it is found; in lower case.
    to_remember: BTreeSet<String>,
    /// What the config file names.
    pub configured: Vec<String>,
    /// There is a token, without asking `gh`.
    pub has_token: bool,
}

/// Where it is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub repository: String,
    pub done: usize,
    pub expected: usize,
}

#[derive(Clone, Debug)]
struct Trouble {
    problem: SyncProblem,
    /// Its page was opened: the key is free for others.
    is_opened: bool,
}

/// A line about it for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncLine {
    pub text: String,
    pub tone: Tone,
    /// A page that mends it can be opened.
    pub offers_page: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Busy,
    Bad,
}

impl SyncStatus {
    pub fn new(configured: Vec<String>, has_token: bool) -> Self {
        Self { configured, has_token, ..Self::default() }
    }

    /// What is to be synced: what the configuration names, and what was asked for here.
    pub fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = Vec::new();
        for name in self.configured.iter().chain(&self.asked) {
            if !targets.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                targets.push(name);
            }
        }
        targets
    }

    /// Another engine begins: what the one before was at, or waited for, it tells anew.
    pub fn begins_anew(&mut self) {
        (self.reading, self.pause) = (None, None);
        self.elsewhere.clear();
        self.problems.clear();
    }

    /// Takes in news; whether a problem among them is a new one.
    pub fn take(&mut self, news: &SyncNews) -> bool {
        match news {
            SyncNews::Reading { repository, done, expected } => {
                self.knows(repository, None);
                self.problems.remove(&None);
                let reading = Reading { repository: repository.clone(), done: *done, expected: *expected };
                self.reading = Some(reading);
            }
            SyncNews::Read { repository } => self.leaves(Some(repository)),
            SyncNews::Paused { until, why } => self.pause = Some((*until, *why)),
            SyncNews::Resumed => self.pause = None,
            SyncNews::Elsewhere { repository } => {
                self.knows(repository, None);
                self.leaves(Some(repository));
                self.elsewhere.insert(repository.to_ascii_lowercase());
            }
            SyncNews::Failed(problem) => return self.fails(problem),
            SyncNews::Fresh { repository, at } => {
                self.knows(repository, Some(*at));
                let owner = repository.split('/').next().map(str::to_ascii_lowercase);
                self.problems.retain(|of, _| of.is_some() && *of != owner);
                self.problems.remove(&Some(repository.to_ascii_lowercase()));
            }
            SyncNews::Found { name, full_name } => {
                let name = name.to_ascii_lowercase();
                self.problems.remove(&Some(name.clone()));
                self.found.insert(name, full_name.clone());
            }
            SyncNews::Dropped { name } => {
                self.leaves(Some(name));
                self.asked.retain(|asked| !asked.eq_ignore_ascii_case(name));
                let name = name.to_ascii_lowercase();
                self.to_remember.remove(&name);
                self.found.remove(&name);
                self.problems.remove(&Some(name));
            }
            SyncNews::Login(_) | SyncNews::Said(_) | SyncNews::Looked { .. } => {}
        }
        false
    }

    /// The name to be written into the config file now, if this one is to be; else it waits until GitHub has shown it.
    pub fn remember(&mut self, name: &str) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        let full_name = self.found.get(&lower).cloned();
        match &full_name {
            Some(full_name) => self.configured.push(full_name.clone()),
            None => drop(self.to_remember.insert(lower)),
        }
        full_name
    }

    /// Whether it waits to be written into the config file; then it does no more.
    pub fn takes_wish(&mut self, name: &str) -> bool {
        self.to_remember.remove(&name.to_ascii_lowercase())
    }

    /// What is wrong with this name.
    pub fn problem_of(&self, name: &str) -> Option<&SyncProblem> {
        self.problems.get(&Some(name.to_ascii_lowercase())).map(|trouble| &trouble.problem)
    }

    fn knows(&mut self, repository: &str, at: Option<DateTime<Utc>>) {
        let name = repository.to_ascii_lowercase();
        self.elsewhere.remove(&name);
        let known = self.repositories.entry(name).or_default();
        *known = at.or(*known);
    }

    fn leaves(&mut self, repository: Option<&str>) {
        if repository.is_none_or(|name| self.reading.as_ref().is_some_and(|at| at.repository == name)) {
            self.reading = None;
        }
    }

    fn fails(&mut self, problem: &SyncProblem) -> bool {
        self.leaves(problem.repository.as_deref());
        let of = problem.repository.as_ref().map(|name| name.to_ascii_lowercase());
        if self.problems.get(&of).is_some_and(|known| known.problem.said == problem.said) {
            return false;
        }
        self.problems.insert(of, Trouble { problem: problem.clone(), is_opened: false });
        true
    }

    /// Whether it reads this repository, or is about to: then a pull request of it can be looked at.
    pub fn reads(&self, repository: &str) -> bool {
        let name = repository.to_ascii_lowercase();
        let owner = repository.split('/').next().unwrap_or_default();
        let is_meant =
            |meant: &String| [repository, owner].iter().any(|name| meant.eq_ignore_ascii_case(name));
        let is_known = self.repositories.contains_key(&name);
        let is_read = is_known || self.asked.iter().chain(&self.configured).any(is_meant);
        is_read && !self.elsewhere.contains(&name)
    }

    pub fn is_elsewhere(&self, repository: &str) -> bool {
        self.elsewhere.contains(&repository.to_ascii_lowercase())
    }

    /// It has begun, or was asked to.
    pub fn is_at_work(&self) -> bool {
        !self.asked.is_empty() || !self.configured.is_empty()
    }

    /// The worst problem: with everything first.
    pub fn problem(&self) -> Option<&SyncProblem> {
        self.problems.values().next().map(|trouble| &trouble.problem)
    }

    /// Nothing at all could be read.
    pub fn is_refused(&self) -> bool {
        self.problems.contains_key(&None)
    }

    /// The page that the header offers to open.
    fn offered(&self) -> Option<&Trouble> {
        self.problems.values().find(|trouble| trouble.problem.url.is_some() && !trouble.is_opened)
    }

    /// The page that lets the token in, offered until it is taken.
    pub fn take_page(&mut self) -> Option<String> {
        let of = self.offered()?.problem.repository.as_ref().map(|name| name.to_ascii_lowercase());
        let trouble = self.problems.get_mut(&of)?;
        trouble.is_opened = true;
        trouble.problem.url.clone()
    }

    /// GitHub does not answer.
    pub fn is_cut_off(&self) -> bool {
        matches!(self.pause, Some((_, Pause::Outage)))
    }

    /// Minutes until GitHub's limit lets it go on, rounded up.
    pub fn limit(&self, now: DateTime<Utc>) -> Option<i64> {
        let (until, why) = self.pause?;
        (why == Pause::Limit).then(|| ((until - now).num_seconds() + 59).div_euclid(60).max(1))
    }

    /// The whole in a few words.
    pub fn line(&self, now: DateTime<Utc>) -> Option<SyncLine> {
        let line = |text: String, tone| Some(SyncLine { text, tone, offers_page: self.offered().is_some() });
        let plain = |text: String, tone| Some(SyncLine { text, tone, offers_page: false });
        if let Some(trouble) = self.problems.get(&None) {
            return line(short(&trouble.problem), Tone::Bad);
        }
        match (self.pause, self.limit(now)) {
            (_, Some(minutes)) => return plain(format!("GitHub limit: {minutes} min"), Tone::Busy),
            (Some((_, Pause::Outage)), _) => {
                return plain("GitHub does not answer".to_owned(), Tone::Bad);
            }
            (Some((_, Pause::Limit | Pause::Database)) | None, None) => {}
        }
        if let Some(trouble) = self.offered() {
            return line(short(&trouble.problem), Tone::Bad);
        }
        if let Some(Reading { repository, done, expected }) = &self.reading {
            return plain(format!("GitHub: {repository} {done}/{expected}"), Tone::Busy);
        }
        match (self.fresh(), self.problem(), self.problems.len()) {
            (Some(at), None, _) => return plain(format!("GitHub {}", since(now, at)), Tone::Good),
            (Some(at), Some(_), n) => {
                return plain(format!("GitHub {}, {n} not read", since(now, at)), Tone::Bad);
            }
            (None, Some(problem), _) => return plain(short(problem), Tone::Bad),
            (None, None, _) => {}
        }
        (!self.elsewhere.is_empty()).then(|| SyncLine {
            text: "GitHub: another sync reads".to_owned(),
            tone: Tone::Good,
            offers_page: false,
        })
    }

    /// All repositories were as on GitHub at this time.
    fn fresh(&self) -> Option<DateTime<Utc>> {
        self.repositories.values().flatten().min().copied()
    }

    /// When time alone changes [`SyncStatus::line`] next.
    pub fn changes_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (until, step) = match (self.pause, self.fresh()) {
            (Some((until, Pause::Limit)), _) => (until, 60),
            (_, Some(at)) => (at, if (now - at).num_seconds() < 60 { STEP } else { 60 }),
            (Some((_, Pause::Outage | Pause::Database)) | None, None) => return None,
        };
        let millis = (now - until).num_milliseconds().rem_euclid(step * 1_000);
        Some(now + TimeDelta::milliseconds(step * 1_000 - millis))
    }
}

/// `just now`, `40 s ago`, `5m ago`.
fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    match (now - at).num_seconds() {
        ..STEP => "just now".to_owned(),
        seconds @ STEP..60 => format!("{} s ago", seconds / STEP * STEP),
        _ => format!("{} ago", age(now, at)),
    }
}

fn short(problem: &SyncProblem) -> String {
    match (&problem.url, problem.repository.as_deref().and_then(|name| name.split('/').next())) {
        (Some(_), Some(owner)) => format!("{owner}: single sign-on needed"),
        (Some(_), None) => "GitHub: single sign-on needed".to_owned(),
        (None, _) if problem.said.contains("GitHub") => truncate(&problem.said, PROBLEM).into_owned(),
        (None, _) => truncate(&format!("GitHub: {}", problem.said), PROBLEM).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn told(news: &[SyncNews], seconds: i64) -> (String, Option<i64>) {
        let mut status = SyncStatus::default();
        for news in news {
            status.take(news);
        }
        let now = at(seconds);
        let line = status.line(now).map(|line| line.text).unwrap_or_default();
        (line, status.changes_at(now).map(|next| (next - now).num_seconds()))
    }

    fn fresh(repository: &str, seconds: i64) -> SyncNews {
        SyncNews::Fresh { repository: repository.to_owned(), at: at(seconds) }
    }

    #[test]
    fn the_line_tells_the_oldest_age_in_whole_units() {
        let news = [fresh("acme/api", 100), fresh("acme/web", 60)];
        for (seconds, text, next) in [
            (62, "GitHub just now", 8),
            (103, "GitHub 40 s ago", 7),
            (119, "GitHub 50 s ago", 1),
            (120, "GitHub 1m ago", 60),
            (215, "GitHub 2m ago", 25),
            // A clock was set back.
            (50, "GitHub just now", 10),
        ] {
            assert_eq!(told(&news, seconds), (text.to_owned(), Some(next)), "{seconds}");
        }
    }

    #[test]
    fn a_limit_counts_down_in_whole_minutes() {
        let pause = |why| SyncNews::Paused { until: at(720), why };
        for (seconds, text, next) in
            [(0, "12 min", 60), (1, "12 min", 59), (60, "11 min", 60), (719, "1 min", 1), (800, "1 min", 40)]
        {
            let limit = format!("GitHub limit: {text}");
            assert_eq!(told(&[pause(Pause::Limit)], seconds), (limit, Some(next)), "{seconds}");
        }
        assert_eq!(told(&[pause(Pause::Outage)], 0).0, "GitHub does not answer");
        assert_eq!(told(&[pause(Pause::Limit), SyncNews::Resumed], 0), (String::new(), None));
    }

    #[test]
    fn a_problem_is_told_until_it_is_mended_and_its_page_once() {
        let mut status = SyncStatus::default();
        let problem = SyncProblem {
            repository: Some("Acme/api".to_owned()),
            said: "acme needs single sign-on".to_owned(),
            mend: None,
            url: Some("https://github.com/orgs/acme/sso".to_owned()),
        };
        let failed = SyncNews::Failed(problem.clone());
        assert!(status.take(&failed));
        assert!(!status.take(&failed), "told before");
        let line = status.line(at(0)).expect("a line");
        assert_eq!((line.text.as_str(), line.offers_page), ("Acme: single sign-on needed", true));
        assert_eq!(status.take_page(), problem.url);
        assert_eq!(status.take_page(), None);
        status.take(&fresh("acme/web", 0));
        assert_eq!(status.line(at(0)).expect("a line").text, "GitHub just now, 1 not read");
        assert!(status.problem().is_some());
        status.take(&fresh("acme/API", 0));
        assert!(status.problem().is_none());
    }
}
