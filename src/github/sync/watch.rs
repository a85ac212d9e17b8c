//! Watching: a tick asks what moved, and looks at builds by their fingerprints, the liveliest most often.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    book::Book,
    engine::{Ask, SyncEngine},
    event::{Because, SyncEvent},
    files,
    heat::{self, PROBE, SWEEP, stretched},
    targets::{self, SyncTarget},
    work::{Stop, Work},
};
use crate::{
    backoff::POLL,
    github::client::{Error, Resource},
    store::engine::error::StoreError,
};

/// A repository that could not be read is tried again after this time.
const AGAIN: TimeDelta = TimeDelta::minutes(10);
/// What every request would fail of, but may pass by itself.
const OUTAGE: TimeDelta = TimeDelta::minutes(1);
/// How long another sync is left alone.
const OTHERS: TimeDelta = TimeDelta::seconds(30);

/// Why a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody asks for anything any more.
    Asked,
    /// GitHub refuses everything, which no time mends.
    Refused,
}

/// A repository that is watched.
pub(super) struct Watched {
    pub(super) name: String,
    /// `None`: it was not read yet, or could not be.
    pub(super) book: Option<Book>,
    /// When all of it is read again.
    pub(super) sweep_at: DateTime<Utc>,
    /// What was told of it, so that the same is not told again.
    told: Option<String>,
}

/// All that a watch knows.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) all: Vec<Watched>,
    targets: Vec<SyncTarget>,
    /// When it is looked which repositories are meant.
    resolve_at: DateTime<Utc>,
    /// The names that were meant, in small letters: one may have another name by now.
    meant: BTreeSet<String>,
    asks: VecDeque<Ask>,
    probe_at: DateTime<Utc>,
    pub(super) pace: f64,
    is_refused: bool,
    failures: u32,
}

impl SyncEngine {
    /// Keeps repositories fresh until `asks` is closed; their leases are given back then.
    pub async fn watch(&mut self, targets: Vec<SyncTarget>, mut asks: UnboundedReceiver<Ask>) -> Ended {
        let leases = self.work.leases.clone();
        self.work.options.waits = false;
        let mut watch = Watch { pace: 1.0, ..Watch::default() };
        watch.asks.push_back(Ask::Also(targets));
        let ended = loop {
            // Whatever is asked for comes at once: each step may be left half-way.
            let asked = tokio::select! {
                biased;
                asked = asks.recv() => asked,
                () = self.work.go_on(&mut watch) => break Ended::Refused,
                () = leases.keep() => continue,
            };
            match asked {
                Some(ask) => watch.asks.push_back(ask),
                None => break Ended::Asked,
            }
        };
        self.stop().await;
        ended
    }
}

impl Work {
    /// Works for ever, unless GitHub refuses everything.
    async fn go_on(&mut self, watch: &mut Watch) {
        while !watch.is_refused {
            match self.step(watch).await {
                Ok(()) => watch.failures = 0,
                Err(error) => {
                    let pause = TimeDelta::from_std(POLL.pause(watch.failures)).unwrap_or_default();
                    watch.failures = watch.failures.saturating_add(1);
                    let until = self.now() + pause;
                    let because = Because::Database(error.to_string());
                    self.tell(SyncEvent::Waiting { repository: None, until, because });
                    self.ask.time.until(until).await;
                }
            }
        }
    }

    /// The next thing to do, or the wait for it.
    async fn step(&mut self, watch: &mut Watch) -> Result<(), StoreError> {
        while let Some(ask) = watch.asks.front().cloned() {
            self.answer(watch, ask).await?;
            watch.asks.pop_front();
        }
        let now = self.now();
        if watch.resolve_at <= now {
            self.resolve(watch).await;
            return Ok(());
        }
        if let Some(at) = watch.all.iter().position(|one| one.sweep_at <= now) {
            return self.sweep(watch, at).await;
        }
        if watch.probe_at <= now {
            self.probe(watch).await?;
            watch.probe_at = watch.probe_at.max(self.now() + stretched(PROBE, watch.pace));
            self.set_pace(watch);
        }
        self.look(watch).await?;
        let due = watch.all.iter().flat_map(|one| {
            let looks =
                one.book.iter().flat_map(|book| book.pulses.values().map(|pulse| pulse.due(watch.pace)));
            looks.chain([one.sweep_at])
        });
        let next = due.chain([watch.probe_at, watch.resolve_at]).min().unwrap_or(watch.probe_at);
        self.ask.time.until(next.max(now + TimeDelta::seconds(1))).await;
        Ok(())
    }

    async fn answer(&mut self, watch: &mut Watch, ask: Ask) -> Result<(), StoreError> {
        match ask {
            Ask::Also(targets) => {
                watch.targets.extend(targets);
                watch.resolve_at = DateTime::UNIX_EPOCH;
            }
            Ask::Everything => {
                watch.probe_at = DateTime::UNIX_EPOCH;
                for one in &mut watch.all {
                    match &mut one.book {
                        Some(book) => book.pulses.values_mut().for_each(super::heat::Pulse::hurry),
                        None => one.sweep_at = DateTime::UNIX_EPOCH,
                    }
                }
            }
            Ask::Look { repository, number } => {
                let one = watch.all.iter().position(|one| one.name.eq_ignore_ascii_case(&repository));
                let result = match one.and_then(|at| watch.all.get_mut(at)?.book.as_mut()) {
                    Some(book) => self.look_at(book, number).await,
                    None => Ok(false),
                };
                let found = match (result, one) {
                    (Ok(found), _) => found,
                    (Err(stop), Some(at)) => {
                        self.settle(watch, at, stop).await?;
                        false
                    }
                    (Err(_), None) => false,
                };
                self.tell(SyncEvent::Looked { repository, number, found });
            }
        }
        Ok(())
    }

    /// Which repositories are meant: an organisation gets new ones.
    async fn resolve(&self, watch: &mut Watch) {
        let since = self.now() - self.options.window;
        let (names, problems) = targets::names(&self.ask, &watch.targets, since).await;
        for name in names {
            if watch.meant.insert(name.to_ascii_lowercase()) {
                let sweep_at = DateTime::UNIX_EPOCH;
                watch.all.push(Watched { name, book: None, sweep_at, told: None });
            }
        }
        watch.is_refused |= problems.iter().any(|error| error.is_everywhere() && !error.is_passing());
        let pause = if problems.is_empty() { SWEEP } else { AGAIN };
        watch.resolve_at = self.now() + stretched(pause, watch.pace);
    }

    /// This pull request at once, whatever was seen of it.
    async fn look_at(&mut self, book: &mut Book, number: i32) -> Result<bool, Stop> {
        if book.open.contains_key(&number) {
            book.seen.forget(number);
            book.put_off.remove(&number);
            self.refresh(book, vec![number]).await?;
            self.settle_missing(book).await?;
            return Ok(true);
        }
        let Some(listed) = self.find(book, number).await? else { return Ok(false) };
        let wanted = files::wanted(book, number, &listed.with_heads(book, number));
        self.files(book, wanted.into_iter().collect()).await?;
        Ok(true)
    }

    /// All of a repository.
    async fn sweep(&mut self, watch: &mut Watch, at: usize) -> Result<(), StoreError> {
        let Some(one) = watch.all.get_mut(at) else { return Ok(()) };
        match self.pass(&one.name.clone()).await {
            Ok(book) => {
                book.name().clone_into(&mut one.name);
                (one.told, one.sweep_at) = (None, self.now() + stretched(SWEEP, watch.pace));
                one.book = Some(book);
                Ok(())
            }
            Err(stop) => self.settle(watch, at, stop).await,
        }
    }

    /// A pass or a part of it stopped.
    pub(super) async fn settle(
        &mut self,
        watch: &mut Watch,
        at: usize,
        stop: Stop,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let error = match stop {
            Stop::Store(error) => return Err(error),
            Stop::Github(error) if error.is_everywhere() => {
                self.everywhere(watch, &error);
                return Ok(());
            }
            Stop::Github(error) => error,
            Stop::Other => {
                if let Some(one) = watch.all.get_mut(at) {
                    one.book = None;
                    one.sweep_at = now + OTHERS;
                    let (repository, until) = (Some(one.name.clone()), one.sweep_at);
                    self.tell(SyncEvent::Waiting { repository, until, because: Because::OtherSync });
                }
                return Ok(());
            }
        };
        let Some(one) = watch.all.get_mut(at) else { return Ok(()) };
        // Another one's token may be let in.
        if let Some(book) = one.book.take() {
            self.leases.give_back(&mut self.store, book.repo).await;
        }
        one.sweep_at = now + AGAIN;
        if one.told.replace(error.to_string()) != Some(error.to_string()) {
            let name = one.name.clone();
            self.tell(SyncEvent::Problem(super::event::Problem::new(Some(&name), None, &error)));
        }
        Ok(())
    }

    /// What every request fails of: it passes, or it is the end.
    pub(super) fn everywhere(&mut self, watch: &mut Watch, error: &Error) {
        if error.is_passing() || !error.is_everywhere() {
            let until = self.now() + OUTAGE;
            let because = Because::Outage(error.to_string());
            self.tell(SyncEvent::Waiting { repository: None, until, because });
            watch.probe_at = until;
            for one in watch.all.iter_mut().filter(|one| one.sweep_at < until) {
                one.sweep_at = until;
            }
        } else {
            watch.is_refused = true;
            self.tell(SyncEvent::Problem(super::event::Problem::new(None, None, error)));
        }
    }

    fn set_pace(&self, watch: &mut Watch) {
        let now = self.now();
        let live = || (0..watch.all.len()).filter(|at| is_live(watch, *at));
        let heats = live().filter_map(|at| watch.all.get(at)?.book.as_ref());
        let heats = heats.flat_map(|book| book.pulses.values().map(|pulse| pulse.heat(now)));
        let planned = heat::planned(live().count(), heats);
        let pace = heat::pace(planned, self.ask.client.purse(Resource::Graphql), now);
        if (pace - watch.pace).abs() > f64::EPSILON {
            watch.pace = pace;
            self.tell(SyncEvent::Pace(pace));
        }
    }
}

/// Whether it is read, and not put away for good.
pub(super) fn is_live(watch: &Watch, at: usize) -> bool {
    watch.all.get(at).and_then(|one| one.book.as_ref()).is_some_and(|book| !book.is_archived)
}
