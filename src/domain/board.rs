//! The board: everything that has been read, kept current by the feed's events.

mod tally;

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};

pub use self::tally::Sets;
use self::tally::Tally;
use super::{
    ids::{PrKey, RepoId},
    ingest::Ingest,
    insight::Risk,
    pipeline::{Stage, StageStatus},
    pull_request::PullRequest,
    repository::{Counts, Repository},
    request::Request,
    source::{Outage, Source},
    sync::Synced,
    text::folded,
};

/// What the feed tells. Applying the same events in order gives the same board.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedEvent {
    /// A connection to this node is being made.
    Connecting {
        /// `host:port`, or a socket's folder.
        node: String,
    },
    Connected(Source),
    /// All repositories; those not among them are gone.
    Repositories(Vec<Repository>),
    /// Pull requests that are new or changed, and those that are gone or out of scope.
    Pulls {
        /// With all their rows.
        changed: Vec<PullRequest>,
        gone: Vec<PrKey>,
    },
    /// Requests for insights that are new, or stand otherwise than last told.
    Requests(Vec<Request>),
    /// Open pull requests of each repository, counted by the database; `None` when all of them are loaded.
    OpenCounts(Option<HashMap<RepoId, u64>>),
    /// A complete read has ended: nothing of the scope is missing.
    Loaded {
        /// The limit cut the scope short.
        limited: bool,
        /// Another file was read than before.
        replaced: bool,
    },
    /// So many pull requests are left out: their numbers are beyond 32 bits.
    LeftOut(usize),
    Polled(Poll),
    /// Nothing has happened for long: the tick is stretched to this, or as it was.
    Resting(Option<Duration>),
    /// How the deliveries of webhooks stand, where that has changed.
    Ingest(Ingest),
    /// How old GitHub's word is, of each repository that a sync reads, where that has changed.
    Synced(Vec<Synced>),
    /// A poll or a connection failed.
    Failed(Outage),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The server's clock.
    pub server_now: DateTime<Utc>,
    /// This machine's clock.
    pub at: DateTime<Utc>,
    /// The newest row that was ever seen, by the writers' clock.
    pub newest_row_at: Option<DateTime<Utc>>,
    /// Pull requests that changed.
    pub changed: usize,
    /// The user had asked for it.
    pub asked: bool,
    /// Set when polls are so slow that the tick was stretched to this (see "What a tick costs" in docs/performance.md).
    pub slowed_to: Option<Duration>,
}

/// All that is known. Lookups are by id; order is the view's business.
#[derive(Debug, Default)]
pub struct Board {
    repositories: foldhash::HashMap<RepoId, Repository>,
    /// `owner/name`, [`folded`], for filters.
    folded: foldhash::HashMap<RepoId, Box<str>>,
    /// Side by side, in no order: filters and sorts walk through all of them.
    pulls: Vec<PullRequest>,
    /// Where each of them is. Each key of a typed filter looks up all of them, so the hash is a quick one.
    places: foldhash::HashMap<PrKey, usize>,
    /// The sets in which they are, beside each of them.
    tally: Tally,
    loaded: foldhash::HashMap<RepoId, Counts>,
    open_counts: Option<HashMap<RepoId, u64>>,
    limited: bool,
    left_out: usize,
    version: u64,
}

/// What [`Board::apply_pulls`] did to the set of pull requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardChange {
    pub added: Vec<PrKey>,
    pub removed: Vec<PrKey>,
    pub updated: Vec<PrKey>,
    /// Repositories of which it is now known that heads are built, or no more: others of theirs wait for something
    /// else now.
    pub turned: Vec<RepoId>,
}

/// The pull requests of which [`Board::tally`] is told anew.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    All,
    These(&'a [PrKey]),
    /// Those on which this change bears.
    Changed(&'a BoardChange),
}

impl Board {
    /// Takes in changed and vanished pull requests, seen at `now` (the server's clock). Applying twice changes
    /// nothing.
    pub fn apply_pulls(
        &mut self,
        changed: Vec<PullRequest>,
        gone: &[PrKey],
        now: Option<DateTime<Utc>>,
    ) -> BoardChange {
        let mut applied = BoardChange::default();
        let mut built: Vec<(RepoId, bool)> = Vec::new();
        for repo in changed.iter().map(|pr| pr.key.repo).chain(gone.iter().map(|key| key.repo)) {
            if built.iter().all(|(known, _)| *known != repo) {
                built.push((repo, self.has_builds(repo)));
            }
        }
        // Growing step by step would leave holes in memory.
        self.pulls.reserve(if self.pulls.is_empty() { changed.len() } else { 0 });
        for mut pr in changed {
            let key = pr.key;
            count(&mut self.loaded, &pr, true);
            let Some(held) = self.places.get(&key).and_then(|at| self.pulls.get_mut(*at)) else {
                self.places.insert(key, self.pulls.len());
                self.pulls.push(pr);
                self.tally.push();
                applied.added.push(key);
                continue;
            };
            count(&mut self.loaded, held, false);
            if let Some(now) = now {
                pr.pipeline.observe(&held.pipeline, now);
            }
            if *held != pr {
                *held = pr;
                applied.updated.push(key);
            }
        }
        for key in gone {
            let Some(at) = self.places.remove(key) else { continue };
            let old = self.pulls.swap_remove(at);
            self.tally.swap_remove(at);
            if let Some(moved) = self.pulls.get(at) {
                self.places.insert(moved.key, at);
            }
            count(&mut self.loaded, &old, false);
            applied.removed.push(*key);
        }
        let turned = built.into_iter().filter(|(repo, before)| self.has_builds(*repo) != *before);
        applied.turned = turned.map(|(repo, _)| repo).collect();
        self.version += u64::from(applied != BoardChange::default());
        applied
    }

    /// Tells anew in which sets the pull requests are that `which` asks for: from the sets in which each was so far.
    pub fn tally(&mut self, which: Which<'_>, sets: impl Fn(&Self, &PullRequest, Sets) -> Sets) {
        // It is told of a board that lends itself meanwhile.
        let mut tally = std::mem::take(&mut self.tally);
        let mut put = |at: usize| {
            if let Some(pr) = self.pulls.get(at) {
                tally.put(at, sets(self, pr, tally.of(at)));
            }
        };
        let places = |keys: &[PrKey]| -> Vec<usize> {
            keys.iter().filter_map(|key| self.places.get(key).copied()).collect()
        };
        match which {
            Which::All => (0..self.pulls.len()).for_each(put),
            Which::These(keys) => places(keys).into_iter().for_each(put),
            Which::Changed(applied) => {
                places(&applied.added).into_iter().chain(places(&applied.updated)).for_each(&mut put);
                let of_turned = |at: &usize| applied.turned.contains(&self.pulls[*at].key.repo);
                let all = if applied.turned.is_empty() { 0 } else { self.pulls.len() };
                (0..all).filter(of_turned).for_each(put);
            }
        }
        self.tally = tally;
    }

    /// How many pull requests are in a set, as it was last told.
    pub fn count_in(&self, set: usize) -> usize {
        self.tally.count(set)
    }

    /// The pull requests of a set, in no order.
    pub fn pulls_in(&self, set: usize) -> impl Iterator<Item = &PullRequest> {
        self.pulls.iter().enumerate().filter(move |(at, _)| self.tally.of(*at).has(set)).map(|(_, pr)| pr)
    }

    /// Another number after each change of a pull request or a repository.
    pub const fn version(&self) -> u64 {
        self.version
    }

    pub fn set_repositories(&mut self, repositories: Vec<Repository>) {
        self.version += 1;
        self.folded = repositories.iter().map(|r| (r.id, folded(&r.full_name).into())).collect();
        self.repositories = repositories.into_iter().map(|r| (r.id, r)).collect();
    }

    pub fn set_open_counts(&mut self, counts: Option<HashMap<RepoId, u64>>) {
        self.open_counts = counts;
    }

    /// Notes whether the limit cut the scope short.
    pub fn set_limited(&mut self, limited: bool) {
        self.limited = limited;
    }

    /// Whether the limit cut the scope short.
    pub const fn is_limited(&self) -> bool {
        self.limited
    }

    /// Notes how many pull requests cannot be shown.
    pub fn set_left_out(&mut self, left_out: usize) {
        self.left_out = left_out;
    }

    /// How many pull requests cannot be shown, for their numbers are beyond 32 bits.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    pub fn pull(&self, key: PrKey) -> Option<&PullRequest> {
        self.pulls.get(*self.places.get(&key)?)
    }

    /// All pull requests, in no order.
    pub fn pulls(&self) -> impl Iterator<Item = &PullRequest> {
        self.pulls.iter()
    }

    /// Those of these keys whose pull requests pass, in the same order. All pull requests are tested side by side, as they
    /// lie in memory: looking up each by its key would wait for memory each time.
    pub fn passing(&self, keys: &[PrKey], passes: impl Fn(&PullRequest) -> bool) -> Vec<PrKey> {
        let answers: Vec<bool> = self.pulls.iter().map(passes).collect();
        let has_passed = |key: &&PrKey| self.places.get(*key).is_some_and(|at| answers[*at]);
        keys.iter().filter(has_passed).copied().collect()
    }

    /// How many pull requests are loaded.
    pub fn len(&self) -> usize {
        self.pulls.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pulls.is_empty()
    }

    pub fn repository(&self, id: RepoId) -> Option<&Repository> {
        self.repositories.get(&id)
    }

    /// A repository's `owner/name`; a dash for one that is not (yet) known.
    pub fn full_name(&self, id: RepoId) -> &str {
        self.repositories.get(&id).map_or("–", |r| r.full_name.as_str())
    }

    /// The same, [`folded`].
    pub fn folded_name(&self, id: RepoId) -> &str {
        self.folded.get(&id).map_or("–", |name| name)
    }

    /// All repositories by name, in any case.
    pub fn repositories(&self) -> Vec<&Repository> {
        let mut list: Vec<&Repository> = self.repositories.values().collect();
        list.sort_by_cached_key(|r| (r.full_name.to_lowercase(), r.id));
        list
    }

    pub fn repository_count(&self) -> usize {
        self.repositories.len()
    }

    pub fn counts(&self, id: RepoId) -> Counts {
        let mut counts = self.loaded.get(&id).copied().unwrap_or_default();
        if let Some(open) = &self.open_counts {
            counts.open = open.get(&id).copied().unwrap_or_default();
        }
        counts
    }

    /// Whether heads of this repository are built, as far as is loaded.
    pub fn has_builds(&self, id: RepoId) -> bool {
        self.loaded.get(&id).is_some_and(|counts| counts.built > 0)
    }

    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for counts in self.loaded.values() {
            total += *counts;
        }
        if let Some(open) = &self.open_counts {
            total.open = open.values().sum();
        }
        total
    }

    /// Open pull requests that are loaded; less than [`Self::total`] where the limit bites.
    pub fn loaded_open(&self) -> u64 {
        self.loaded.values().map(|c| c.open).sum()
    }
}

/// Counts a pull request, or takes it out of the counts.
fn count(counted: &mut foldhash::HashMap<RepoId, Counts>, pr: &PullRequest, add: bool) {
    let counts = counted.entry(pr.key.repo).or_default();
    let open = pr.state.is_open();
    let high = pr.insight.as_ref().is_some_and(|i| i.risk == Some(Risk::High));
    for (field, counted) in [
        (&mut counts.open, open),
        (&mut counts.failing, pr.is_failing()),
        (&mut counts.high_risk, open && high),
        (&mut counts.assessed, open && pr.insight.is_some()),
        (&mut counts.built, *pr.status(Stage::Build) != StageStatus::Pending),
    ] {
        let step = u64::from(counted);
        *field = if add { *field + step } else { field.saturating_sub(step) };
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::{ids::PrNumber, pipeline::Stage, pull_request::PullRow},
        *,
    };

    fn pr(number: i32, state: &str) -> PullRequest {
        let row = PullRow { state: Some(state.to_owned()), ..PullRow::default() };
        PullRequest::assemble(
            PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(number)),
            Some(row),
            None,
            None,
        )
    }

    #[test]
    fn counts_follow_each_change() {
        let mut board = Board::default();
        let applied = board.apply_pulls(vec![pr(1, "open"), pr(2, "open"), pr(3, "merged")], &[], None);
        assert_eq!((applied.added.len(), board.total().open), (3, 2));
        let again = board.apply_pulls(vec![pr(1, "open")], &[], None);
        assert_eq!((again, board.total().open), (BoardChange::default(), 2));
        let merged = board.apply_pulls(vec![pr(1, "merged")], &[pr(2, "open").key], None);
        assert_eq!((merged.updated.len(), merged.removed.len(), board.total().open), (1, 1, 0));
        assert!(board.pull(pr(2, "open").key).is_none());
        let kept = [1, 3].map(|number| board.pull(pr(number, "").key).map(|pr| pr.key.number.get()));
        assert_eq!((kept, board.len()), ([Some(1), Some(3)], 2));
        board.set_open_counts(Some(HashMap::from([(RepoId::new(Uuid::nil()), 5_000_000)])));
        assert_eq!(board.total().open, 5_000_000);
    }

    #[test]
    fn a_stage_that_has_no_time_is_so_since_it_was_seen_to_change() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let mut board = Board::default();
        let mut seen = |state: &str, now: i64| {
            board.apply_pulls(vec![pr(1, state)], &[], at(now));
            let stage = board.pull(pr(1, "").key).unwrap().pipeline.stage(Stage::Pr);
            (stage.since, stage.observed)
        };
        assert_eq!([seen("draft", 1), seen("draft", 2)], [(None, false); 2]);
        assert_eq!([seen("open", 3), seen("open", 4)], [(at(3), true); 2]);
    }
}
