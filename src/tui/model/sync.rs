//! The sync with GitHub, as this dashboard's own engine tells it.

mod line;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

pub use self::line::{SyncLine, Tone};
use self::line::{again, minutes};
use crate::domain::sync::{Pause, SyncNews, SyncProblem};

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
    /// What was typed here, and is not read yet: then its user is asked whether to remember it.
    typed: Vec<String>,
    /// What the config file names.
    pub configured: Vec<String>,
    /// There is a token, without asking `gh`.
    pub has_token: bool,
}

/// Where it is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub repository: String,
    pub phase: &'static str,
    pub done: usize,
    pub expected: usize,
}

#[derive(Clone, Debug)]
struct Trouble {
    problem: SyncProblem,
    /// Its page was opened: the key is free for others.
    is_opened: bool,
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
            SyncNews::Reading { repository, phase, done, expected } => {
                self.knows(repository, None);
                self.problems.remove(&None);
                let (repository, done, expected) = (repository.clone(), *done, *expected);
                self.reading = Some(Reading { repository, phase, done, expected });
            }
            SyncNews::Read { repository } => self.leaves(Some(repository)),
            SyncNews::Paused { until, why } => self.pause = Some((*until, why.clone())),
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
                self.elsewhere.remove(&name);
                // By its new name, if it has another one by now.
                if let Some(at) = self.repositories.remove(&name) {
                    self.knows(full_name, at);
                }
                self.found.insert(name, full_name.clone());
            }
            SyncNews::Dropped { name } => {
                self.leaves(Some(name));
                self.asked.retain(|asked| !asked.eq_ignore_ascii_case(name));
                let name = name.to_ascii_lowercase();
                self.found.remove(&name);
                self.problems.remove(&Some(name));
            }
            SyncNews::Login(_) | SyncNews::Said(_) | SyncNews::Looked { .. } => {}
        }
        false
    }

    /// This was typed here.
    pub fn types(&mut self, name: String) {
        let lists = |names: &[String]| names.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if !lists(&self.configured) && !lists(&self.typed) {
            self.typed.push(name.clone());
        }
        if !lists(&self.asked) {
            self.asked.push(name);
        }
    }

    /// What only this screen has asked for: that can be taken back.
    pub fn can_be_taken_back(&self) -> Vec<String> {
        let is_kept = |name: &String| self.configured.iter().any(|kept| kept.eq_ignore_ascii_case(name));
        self.asked.iter().filter(|name| !is_kept(name)).cloned().collect()
    }

    /// It was asked for by mistake.
    pub fn takes_back(&mut self, name: &str) {
        self.takes_typed(name);
        self.asked.retain(|asked| !asked.eq_ignore_ascii_case(name));
        let lower = name.to_ascii_lowercase();
        let now = self.found.remove(&lower).map(|name| name.to_ascii_lowercase());
        let is_of =
            |of: &str| of == lower || Some(of) == now.as_deref() || of.split('/').next() == Some(&lower);
        self.problems.retain(|of, _| !of.as_deref().is_some_and(is_of));
        self.repositories.retain(|of, _| !is_of(of));
        self.reading.take_if(|at| is_of(&at.repository.to_ascii_lowercase()));
        if !self.is_at_work() {
            self.begins_anew();
        }
    }

    /// Whether it was typed here and is not read yet; then nobody waits for it any more.
    pub fn takes_typed(&mut self, name: &str) -> bool {
        let at = self.typed.iter().position(|typed| typed.eq_ignore_ascii_case(name));
        at.map(|at| self.typed.remove(at)).is_some()
    }

    /// The same of the first one.
    pub fn takes_first_typed(&mut self) -> Option<String> {
        (!self.typed.is_empty()).then(|| self.typed.remove(0))
    }

    /// The same of what is read with this repository, as GitHub calls it.
    pub fn takes_read(&mut self, repository: &str) -> Option<String> {
        let owner = repository.split('/').next().unwrap_or_default();
        let is_it = |typed: &String| {
            let name = self.found.get(&typed.to_ascii_lowercase())?;
            [repository, owner].iter().any(|one| name.eq_ignore_ascii_case(one)).then(|| name.clone())
        };
        let (at, name) = self.typed.iter().enumerate().find_map(|(at, typed)| Some((at, is_it(typed)?)))?;
        self.typed.remove(at);
        Some(name)
    }

    /// What is wrong with this name.
    pub fn problem_of(&self, name: &str) -> Option<&SyncProblem> {
        self.problems.get(&Some(name.to_ascii_lowercase())).map(|trouble| &trouble.problem)
    }

    /// Whether a text tells of a problem that lasts.
    pub fn has_told(&self, text: &str) -> bool {
        self.problems.values().any(|Trouble { problem, .. }| problem.said == text || problem.told() == text)
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

    /// How it is that GitHub does not answer and what helps; and when it is asked again.
    pub fn outage(&self, now: DateTime<Utc>) -> Option<(&str, String)> {
        match &self.pause {
            Some((until, Pause::Outage { told, .. })) => Some((told, again(now, *until))),
            Some((_, Pause::Limit | Pause::Database)) | None => None,
        }
    }

    /// Minutes until GitHub's limit lets it go on, rounded up.
    pub fn limit(&self, now: DateTime<Utc>) -> Option<i64> {
        let (until, why) = self.pause.as_ref()?;
        (*why == Pause::Limit).then(|| minutes(now, *until))
    }
}
