//! What changed since the reader last looked, and what is hidden for a while.

mod acted;
mod snooze;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use self::acted::Acted;
use super::Model;
use crate::{
    domain::{
        board::Board,
        filter::Noted,
        ids::{InsightId, PrKey, PrNumber, RepoId},
        print::Print,
        pull_request::PullRequest,
    },
    tui::state_file::SavedSeen,
};

/// So long a look at all can be taken back.
const REGRET: TimeDelta = TimeDelta::seconds(60);

/// Pull requests as the reader saw them last, and which of them look otherwise now.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Those in view; and others, where this run shows some repositories only.
    prints: foldhash::HashMap<PrKey, Print>,
    /// Those that look otherwise now, and those that are hidden.
    noted: Noted,
    /// The server's clock at the end of the last visit, or at the start of the first. A pull request that is met for the
    /// first time is news if it was opened since: others come from a wider window, or a repository's first sync.
    since: Option<DateTime<Utc>>,
    /// Insights that were asked for here, and the insight before each: the reader's own doing is no news.
    own: BTreeMap<PrKey, Option<InsightId>>,
    /// What was done to these from here.
    acted: BTreeMap<PrKey, Acted>,
    /// Met while a sync read their repository for the first time: what is told until it ends is how they are.
    met: foldhash::HashSet<PrKey>,
    undo: Option<Undo>,
    /// Hidden until then; `None`: until it is news.
    snoozed: BTreeMap<PrKey, Option<DateTime<Utc>>>,
    /// This run shows some repositories only.
    is_partial: bool,
    /// Of these it was noted otherwise since the views were counted last.
    stirred: Vec<PrKey>,
    /// Looked at since what is noted was saved, and hidden or shown: of all others another dashboard may know more.
    unsaved: Unsaved,
}

#[derive(Clone, Debug, Default)]
struct Unsaved {
    prints: foldhash::HashSet<PrKey>,
    snoozes: foldhash::HashSet<PrKey>,
}

/// The last look at all.
#[derive(Clone, Debug)]
struct Undo {
    at: DateTime<Utc>,
    /// What it replaced.
    prints: Vec<(PrKey, Print)>,
}

impl Seen {
    pub fn new(saved: &SavedSeen, is_partial: bool) -> Self {
        let prints = keyed(&saved.prints).map(|(key, print)| (key, Print::from_number(print)));
        let mut seen = Self { prints: prints.collect(), since: saved.at, is_partial, ..Self::default() };
        for (key, until) in keyed(&saved.snoozed) {
            seen.hide(key, until);
        }
        seen.are_saved();
        seen
    }

    /// The first complete read has ended. On the first visit nothing is news.
    pub(in crate::tui) fn first_read(&mut self, board: &Board) {
        let is_partial = self.is_partial;
        let is_kept =
            |key: &PrKey| board.pull(*key).is_some() || is_partial && board.repository(key.repo).is_none();
        self.prints.retain(|key, _| is_kept(key));
        self.snoozed.retain(|key, _| is_kept(key));
        self.noted.snoozed.retain(is_kept);
        board.pulls().for_each(|pr| self.compare(pr));
    }

    /// The server's clock is known.
    pub(in crate::tui) fn begin(&mut self, now: DateTime<Utc>) {
        self.since.get_or_insert(now);
    }

    /// A pull request that may have changed, or is new; or that comes with the first read of its repository. One that is
    /// watched was acted on, and has been under the cursor since.
    pub(in crate::tui) fn note(
        &mut self,
        pr: &PullRequest,
        is_first: bool,
        is_watched: bool,
        now: DateTime<Utc>,
    ) {
        let (key, print) = (pr.key, Print::of(pr));
        let known = self.prints.get(&key).copied();
        let is_met = is_first && (known.is_none() || self.met.contains(&key));
        if is_met {
            self.met.insert(key);
        } else {
            self.met.remove(&key);
        }
        let is_own = known != Some(print) && self.is_echo(pr, is_watched, now);
        if is_met || is_own {
            self.look(pr);
        }
        self.compare(pr);
    }

    /// Holds it against what the reader saw last.
    fn compare(&mut self, pr: &PullRequest) {
        let now = Print::of(pr);
        let is_new = pr.created_at.zip(self.since).is_some_and(|(opened, since)| opened > since);
        let seen = self.prints.entry(pr.key).or_insert(if is_new { Print::UNSEEN } else { now });
        let insight = pr.insight.as_ref().map(|insight| insight.id);
        let is_own = self.own.get(&pr.key).is_some_and(|before| *before != insight);
        // A first insight follows each new pull request by itself.
        let as_risky = seen.with_risk_of(now);
        if (is_own || !seen.has_risk()) && as_risky != *seen {
            *seen = as_risky;
            self.unsaved.prints.insert(pr.key);
        }
        if is_own {
            self.own.remove(&pr.key);
        }
        if *seen == now {
            if self.noted.new.remove(&pr.key) {
                self.stirred.push(pr.key);
            }
        } else {
            if self.noted.new.insert(pr.key) {
                self.stirred.push(pr.key);
            }
            if self.snoozed.get(&pr.key) == Some(&None) {
                self.show(pr.key);
            }
        }
    }

    /// The reader has looked at it; returns whether it was news.
    pub(in crate::tui) fn look(&mut self, pr: &PullRequest) -> bool {
        self.prints.insert(pr.key, Print::of(pr));
        self.unsaved.prints.insert(pr.key);
        let was_news = self.noted.new.remove(&pr.key);
        if was_news {
            self.stirred.push(pr.key);
        }
        was_news
    }

    /// The reader takes these for seen; returns how many were news.
    pub(in crate::tui) fn look_at_all(&mut self, board: &Board, keys: &[PrKey], now: DateTime<Utc>) -> usize {
        let news: Vec<PrKey> = keys.iter().copied().filter(|key| self.noted.new.contains(key)).collect();
        if !news.is_empty() {
            let prints = news.iter().filter_map(|key| Some((*key, *self.prints.get(key)?)));
            self.undo = Some(Undo { at: now, prints: prints.collect() });
        }
        news.iter().filter_map(|key| board.pull(*key)).filter(|pr| self.look(pr)).count()
    }

    /// Takes the last look at all back, unless it was long ago; returns how many are news again.
    pub(in crate::tui) fn undo(&mut self, board: &Board, now: DateTime<Utc>) -> usize {
        let Some(undo) = self.undo.take().filter(|undo| now - undo.at < REGRET) else { return 0 };
        let known = undo.prints.into_iter().filter_map(|(key, print)| Some((board.pull(key)?, print)));
        let restored: Vec<PrKey> = known
            .map(|(pr, print)| {
                self.prints.insert(pr.key, print);
                self.unsaved.prints.insert(pr.key);
                self.compare(pr);
                pr.key
            })
            .collect();
        self.count(&restored)
    }

    /// Insights of these are asked for here.
    pub(in crate::tui) fn ask(&mut self, board: &Board, keys: &[PrKey]) {
        let before = |key: &PrKey| board.pull(*key)?.insight.as_ref().map(|insight| insight.id);
        self.own.extend(keys.iter().map(|key| (*key, before(key))));
    }

    /// Deleted, or out of view.
    pub(in crate::tui) fn forget(&mut self, keys: &[PrKey]) {
        for key in keys {
            self.prints.remove(key);
            self.noted.new.remove(key);
            self.own.remove(key);
            self.acted.remove(key);
            self.met.remove(key);
            self.show(*key);
        }
    }

    /// Of which it was noted otherwise since this was asked last.
    pub(in crate::tui) fn take_stirred(&mut self) -> Vec<PrKey> {
        std::mem::take(&mut self.stirred)
    }

    /// All that is noted is saved.
    pub fn are_saved(&mut self) {
        self.unsaved = Unsaved::default();
    }

    /// For filters.
    pub const fn noted(&self) -> &Noted {
        &self.noted
    }

    /// Whether it changed since the reader last looked.
    pub fn is_news(&self, key: PrKey) -> bool {
        self.noted.new.contains(&key)
    }

    /// It, as the reader saw it last, where it changed since.
    pub fn before(&self, key: PrKey) -> Option<Print> {
        self.prints.get(&key).copied().filter(|_| self.is_news(key))
    }

    /// How many of these changed.
    pub fn count(&self, keys: &[PrKey]) -> usize {
        if self.noted.new.is_empty() {
            0
        } else {
            keys.iter().filter(|key| self.noted.new.contains(key)).count()
        }
    }
}

impl Model {
    /// The rows that are shown, or news, have changed.
    pub(in crate::tui) fn count_news(&mut self) {
        self.list.news = self.seen.count(&self.list.rows);
    }

    /// What was looked at, for the next run, beside what other dashboards have saved since; `None` before everything
    /// was read once.
    pub fn saved_seen(&self, theirs: Option<&SavedSeen>) -> Option<SavedSeen> {
        if !self.link.loaded {
            return None;
        }
        // What was opened meanwhile in repositories that were left out is news for the next run.
        let at = if self.seen.is_partial { self.seen.since } else { Some(self.server_now()) };
        let mut saved = SavedSeen { at: at.max(theirs.and_then(|theirs| theirs.at)), ..SavedSeen::default() };
        let (seen, unsaved) = (&self.seen, &self.seen.unsaved);
        let known = |key: &PrKey| theirs?.prints.get(&key.repo.uuid())?.get(&key.number.get()).copied();
        let prints = seen.prints.iter().map(|(key, print)| {
            let known = known(key).filter(|_| !unsaved.prints.contains(key));
            (*key, known.unwrap_or_else(|| print.number()))
        });
        let here = self.selected().filter(|_| self.last_stay.is_stay(self.now));
        let here = here.map(|pr| (pr.key, Print::of(pr).number()));
        for (key, print) in prints.chain(here) {
            saved.prints.entry(key.repo.uuid()).or_default().insert(key.number.get(), print);
        }
        let own = seen.snoozed.iter().map(|(key, until)| (*key, *until));
        let own = own.filter(|(key, _)| theirs.is_none() || unsaved.snoozes.contains(key));
        let others = theirs.into_iter().flat_map(|theirs| keyed(&theirs.snoozed));
        let others = others.filter(|(key, _)| {
            !unsaved.snoozes.contains(key) && (seen.is_partial || seen.prints.contains_key(key))
        });
        for (key, until) in own.chain(others) {
            saved.snoozed.entry(key.repo.uuid()).or_default().insert(key.number.get(), until);
        }
        Some(saved)
    }
}

/// The values of a file, by the key of their pull request.
fn keyed<T: Copy>(saved: &BTreeMap<Uuid, BTreeMap<i32, T>>) -> impl Iterator<Item = (PrKey, T)> {
    saved.iter().flat_map(|(repo, rows)| {
        let key = |number| PrKey::new(RepoId::new(*repo), PrNumber::new(number));
        rows.iter().map(move |(number, value)| (key(*number), *value))
    })
}
