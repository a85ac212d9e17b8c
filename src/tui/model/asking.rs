//! Requests for insights made in this dashboard, their progress, and insights made here that are stored nowhere.

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

/// Most insights kept in memory alone.
const LOCAL_KEPT: usize = 64;
/// Good polls to wait for after the reply: the second one began after it, so it would show the request.
const POLLS: u8 = 2;
/// An insight made this short a time before the start still counts as new.
const NEW: TimeDelta = TimeDelta::minutes(10);

/// The newest request of each pull request at the time of asking: any newer request is ours.
type Before = BTreeMap<PrKey, Option<RequestId>>;

/// Pull requests asked for by one key, as long as the feed has not shown a request for them.
#[derive(Clone, Debug)]
struct Ask {
    keys: Before,
    /// After the reply: good polls to go before the wait for the feed is given up.
    polls: Option<u8>,
}

/// Requests made in this dashboard, and insights kept in memory alone.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    asks: VecDeque<Ask>,
    batch: Before,
    local: VecDeque<(PrKey, Box<LocalInsight>)>,
}

/// The progress of the requests made in this dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: usize,
    pub running: usize,
    /// Ended with an insight.
    pub made: usize,
    /// Ended without an insight; nobody tries again.
    pub failed: usize,
    /// Taken back, or ended in a state unknown to us.
    pub other: usize,
}

impl Progress {
    pub const fn ended(self) -> usize {
        self.made + self.failed + self.other
    }
}

/// The step at which a pull request's next insight is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'m> {
    /// Asked for here; the feed has not shown the request yet.
    Asked,
    /// Queued, running, or failed after the shown insight was made.
    Of(&'m Request),
}

fn has_newer(requests: &Requests, key: PrKey, before: Option<RequestId>) -> bool {
    requests.of(key).is_some_and(|request| Some(request.id) != before)
}

/// Whether the database has a later insight than `local`.
pub fn is_overtaken(pr: &PullRequest, local: &LocalInsight) -> bool {
    pr.insight.as_ref().is_some_and(|stored| stored.created_at > local.insight.created_at)
}

impl Asking {
    /// Insights of these pull requests are being asked for.
    pub fn begin(&mut self, keys: &[PrKey], requests: &Requests) {
        let keys: Before =
            keys.iter().map(|key| (*key, requests.of(*key).map(|request| request.id))).collect();
        self.batch.extend(&keys);
        self.asks.push_back(Ask { keys, polls: None });
    }

    /// A reply has come; replies keep the order of the requests, so it is for the oldest ask without one.
    pub fn answered(&mut self, well: bool) {
        let Some(at) = self.asks.iter().position(|ask| ask.polls.is_none()) else { return };
        if well && let Some(ask) = self.asks.get_mut(at) {
            ask.polls = Some(POLLS);
        } else {
            self.asks.remove(at);
        }
    }

    /// No reply comes any more: the feed shows the requests that were made, or none comes.
    pub fn interrupted(&mut self) {
        for ask in &mut self.asks {
            ask.polls.get_or_insert(POLLS);
        }
    }

    /// A good poll has ended.
    pub fn polled(&mut self) {
        for polls in self.asks.iter_mut().filter_map(|ask| ask.polls.as_mut()) {
            *polls = polls.saturating_sub(1);
        }
        self.asks.retain(|ask| ask.polls != Some(0));
    }

    /// The feed has shown requests: pull requests with a newer one than before are no longer waited for.
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

    /// Drops kept insights that the database has overtaken, or whose pull request is gone.
    pub fn forget_overtaken(&mut self, board: &Board) {
        self.local.retain(|(key, local)| board.pull(*key).is_some_and(|pr| !is_overtaken(pr, local)));
    }

    /// Whether the feed has yet to show the request for this pull request.
    pub fn is_waiting(&self, key: PrKey) -> bool {
        self.asks.iter().any(|ask| ask.keys.contains_key(&key))
    }

    /// Pull requests asked for here whose requests are not yet tallied by [`Asking::finish`].
    pub fn asked_here(&self) -> impl Iterator<Item = PrKey> {
        self.batch.keys().copied()
    }

    /// The tally so far; `None` unless several were asked for.
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

    /// Drops requests nobody will report on; returns the tally once all ended, of a lone request only a failure.
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

    /// Keeps an insight in memory alone.
    pub fn keep(&mut self, key: PrKey, local: Box<LocalInsight>) {
        self.heard(key);
        self.local.retain(|(other, _)| *other != key);
        self.local.push_back((key, local));
        if self.local.len() > LOCAL_KEPT {
            self.local.pop_front();
        }
    }

    /// The insight of this pull request that is kept in memory alone.
    pub fn local(&self, key: PrKey) -> Option<&LocalInsight> {
        self.local.iter().find(|(other, _)| *other == key).map(|(_, local)| &**local)
    }
}

impl Model {
    /// The insight to show: the newest stored one, or a later one kept in memory alone.
    pub fn insight_of<'m>(&'m self, pr: &'m PullRequest) -> Option<&'m Insight> {
        self.asking.local(pr.key).map(|local| &local.insight).or(pr.insight.as_ref())
    }

    /// The step at which this pull request's next insight is; `None` where none is on its way.
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

    /// The running request of the selected pull request, if its pane is shown: the pane counts its seconds.
    pub(super) fn running_shown(&self) -> Option<&Request> {
        self.areas().insight?;
        match self.standing(self.selected()?.key)? {
            Standing::Of(request) if request.state == RequestState::Running => Some(request),
            Standing::Of(_) | Standing::Asked => None,
        }
    }

    /// Whether the selected pull request's insight was made in this session, or shortly before.
    pub fn is_new(&self) -> bool {
        let Some(insight) = self.insight() else { return false };
        let key = self.current();
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
