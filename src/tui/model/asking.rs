//! New insights: what was asked for here and how far that is, and those that are stored nowhere.

use std::collections::{BTreeMap, VecDeque};

use chrono::TimeDelta;

use super::Model;
use crate::domain::{
    board::Board,
    ids::{PrKey, RequestId},
    insight::{Insight, LocalInsight},
    pull_request::PullRequest,
    request::{Request, RequestState},
    requests::Requests,
};

/// Insights kept that are stored nowhere.
const LOCAL_KEPT: usize = 64;
/// Good polls after the reply: the second one began after it, so by then the feed has told.
const POLLS: u8 = 2;
/// What was done so shortly before the start still counts as new.
const NEW: TimeDelta = TimeDelta::minutes(10);

/// The newest request of each of these when it was asked for: a newer one is what came of it.
type Before = BTreeMap<PrKey, Option<RequestId>>;

/// What was asked for in one go, and nothing was heard of yet.
#[derive(Clone, Debug)]
struct Ask {
    keys: Before,
    /// Once there is a reply: good polls until nobody waits for the feed any more.
    polls: Option<u8>,
}

/// New insights of this dashboard's own.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    asks: VecDeque<Ask>,
    batch: Before,
    local: VecDeque<(PrKey, Box<LocalInsight>)>,
}

/// How far those are that were asked for here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: usize,
    pub running: usize,
    /// There is an insight.
    pub made: usize,
    /// There is none, and nobody tries again.
    pub failed: usize,
    /// Taken back, or ended in a way that we do not know.
    pub other: usize,
}

impl Progress {
    pub const fn ended(self) -> usize {
        self.made + self.failed + self.other
    }
}

/// What stands between a pull request and its next insight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'m> {
    /// It was asked for just now; nothing was heard of it yet.
    Asked,
    /// Queued, running, or failed since the insight that is shown.
    Of(&'m Request),
}

fn has_newer(requests: &Requests, key: PrKey, before: Option<RequestId>) -> bool {
    requests.of(key).is_some_and(|request| Some(request.id) != before)
}

/// Whether the database has a later insight than this one.
pub fn is_overtaken(pr: &PullRequest, local: &LocalInsight) -> bool {
    pr.insight.as_ref().is_some_and(|stored| stored.created_at > local.insight.created_at)
}

impl Asking {
    /// These are being asked for.
    pub fn begin(&mut self, keys: &[PrKey], requests: &Requests) {
        let keys: Before =
            keys.iter().map(|key| (*key, requests.of(*key).map(|request| request.id))).collect();
        self.batch.extend(&keys);
        self.asks.push_back(Ask { keys, polls: None });
    }

    /// The oldest one without a reply has one: replies come in the order of what was asked.
    pub fn answered(&mut self, well: bool) {
        let Some(at) = self.asks.iter().position(|ask| ask.polls.is_none()) else { return };
        if well && let Some(ask) = self.asks.get_mut(at) {
            ask.polls = Some(POLLS);
        } else {
            self.asks.remove(at);
        }
    }

    /// A good poll has ended.
    pub fn polled(&mut self) {
        for polls in self.asks.iter_mut().filter_map(|ask| ask.polls.as_mut()) {
            *polls = polls.saturating_sub(1);
        }
        self.asks.retain(|ask| ask.polls != Some(0));
    }

    /// Requests were told: whoever has a newer one than before is heard of.
    pub fn told(&mut self, requests: &Requests) {
        for ask in &mut self.asks {
            ask.keys.retain(|key, before| !has_newer(requests, *key, *before));
        }
    }

    fn heard(&mut self, key: PrKey) {
        for ask in &mut self.asks {
            ask.keys.remove(&key);
        }
    }

    pub fn gone(&mut self, keys: &[PrKey]) {
        for key in keys {
            self.heard(*key);
            self.batch.remove(key);
        }
    }

    /// Drops those that are older than what the board knows, or whose pull request is gone.
    pub fn forget_overtaken(&mut self, board: &Board) {
        self.local.retain(|(key, local)| board.pull(*key).is_some_and(|pr| !is_overtaken(pr, local)));
    }

    /// Whether nothing was heard yet of what was asked for it.
    pub fn is_waiting(&self, key: PrKey) -> bool {
        self.asks.iter().any(|ask| ask.keys.contains_key(&key))
    }

    /// The pull requests of the last ask and of those that have not ended since.
    pub fn asked_here(&self) -> impl Iterator<Item = PrKey> {
        self.batch.keys().copied()
    }

    /// How far they are; `None` unless there are several.
    pub fn progress(&self, requests: &Requests) -> Option<Progress> {
        (self.batch.len() > 1).then(|| self.counted(requests))
    }

    fn counted(&self, requests: &Requests) -> Progress {
        let mut progress = Progress { total: self.batch.len(), ..Progress::default() };
        for (key, before) in &self.batch {
            let Some(request) = requests.of(*key).filter(|request| Some(request.id) != *before) else {
                continue;
            };
            match request.state {
                RequestState::Queued => {}
                RequestState::Running => progress.running += 1,
                RequestState::Done => progress.made += 1,
                RequestState::Failed | RequestState::Dead => progress.failed += 1,
                RequestState::Cancelled | RequestState::Other(_) => progress.other += 1,
            }
        }
        progress
    }

    /// Forgets those of which nothing will be heard; once all have ended, how that went: of one alone only a failure.
    pub fn finish(&mut self, requests: &Requests) -> Option<Progress> {
        let asks = &self.asks;
        self.batch.retain(|key, before| {
            has_newer(requests, *key, *before) || asks.iter().any(|ask| ask.keys.contains_key(key))
        });
        let progress = self.counted(requests);
        if progress.ended() < progress.total {
            return None;
        }
        self.batch.clear();
        (progress.total > 1 || progress.failed == 1).then_some(progress)
    }

    /// Keeps an insight that is stored nowhere.
    pub fn keep(&mut self, key: PrKey, local: Box<LocalInsight>) {
        self.heard(key);
        self.local.retain(|(other, _)| *other != key);
        self.local.push_back((key, local));
        if self.local.len() > LOCAL_KEPT {
            self.local.pop_front();
        }
    }

    /// The one that is kept of a pull request.
    pub fn local(&self, key: PrKey) -> Option<&LocalInsight> {
        self.local.iter().find(|(other, _)| *other == key).map(|(_, local)| &**local)
    }
}

impl Model {
    /// The insight that is shown of a pull request: the newest stored one, or one made here since.
    pub fn insight_of<'m>(&'m self, pr: &'m PullRequest) -> Option<&'m Insight> {
        self.asking.local(pr.key).map(|local| &local.insight).or(pr.insight.as_ref())
    }

    /// What stands between a pull request and its next insight.
    pub fn standing(&self, key: PrKey) -> Option<Standing<'_>> {
        if self.asking.is_waiting(key) {
            return Some(Standing::Asked);
        }
        let request = self.requests.of(key)?;
        let told = match request.state {
            RequestState::Queued | RequestState::Running => true,
            RequestState::Failed | RequestState::Dead => {
                let insight = self.board.pull(key).and_then(|pr| self.insight_of(pr));
                insight.is_none_or(|insight| insight.created_at < request.finished_at.or(request.updated_at))
            }
            RequestState::Done | RequestState::Cancelled | RequestState::Other(_) => false,
        };
        told.then_some(Standing::Of(request))
    }

    /// The selected one's request that runs, if the pane that tells of it is shown: its seconds go by.
    pub(super) fn running_shown(&self) -> Option<&Request> {
        self.areas().insight?;
        match self.standing(self.selected()?.key)? {
            Standing::Of(request) if request.state == RequestState::Running => Some(request),
            Standing::Of(_) | Standing::Asked => None,
        }
    }

    /// Whether the selected one's insight was made in this session, or shortly before.
    pub fn is_new(&self) -> bool {
        let Some(insight) = self.insight() else { return false };
        let key = self.list.selected;
        let is_local = key.is_some_and(|key| self.asking.local(key).is_some());
        let request = key.and_then(|key| self.requests.of(key));
        is_local
            || request.is_some_and(|request| {
                request.state == RequestState::Done
                    && request.insight.is_none_or(|id| id == insight.id)
                    && request.finished_at > Some(self.started - NEW)
            })
    }
}
