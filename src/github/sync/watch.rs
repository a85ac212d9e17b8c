//! Watching: a tick asks what moved, and looks at builds by their fingerprints, the liveliest most often.

use std::{
    collections::{BTreeSet, VecDeque},
    pin::pin,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    book::Book,
    engine::{Ask, SyncEngine},
    event::{Because, Problem, SyncEvent},
    heat::{self, PROBE, Pulse, SWEEP, stretched},
    lease::OTHERS,
    looks::Looks,
    targets::{self, SyncTarget},
    work::{Pass, Stop, Work},
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

/// Why a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    /// Nobody asks for anything any more.
    Asked,
    /// GitHub refuses everything, which no time mends.
    Refused,
}

/// A repository that is watched.
pub(super) struct Watched {
    /// As GitHub calls it, once it is read.
    pub(super) name: String,
    /// As whoever asked for it calls it, who need not know of a new name.
    meant: String,
    /// `None`: it was not read yet, or could not be.
    pub(super) book: Option<Book>,
    /// A pass that was left half-way, for something that somebody waits for.
    left: Option<Pass>,
    /// When all of it is read again.
    pub(super) sweep_at: DateTime<Utc>,
    /// What was told of it, so that the same is not told again.
    told: Option<String>,
}

impl Watched {
    fn new(meant: String) -> Self {
        let name = meant.clone();
        Self { name, meant, book: None, left: None, sweep_at: DateTime::UNIX_EPOCH, told: None }
    }

    fn names(&self) -> [&str; 2] {
        [&self.name, &self.meant]
    }
}

/// All that a watch knows.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) all: Vec<Watched>,
    targets: Vec<SyncTarget>,
    /// What was asked for on the way, and is not found yet: without it nothing is lost.
    tried: Vec<SyncTarget>,
    /// When it is looked which repositories are meant.
    resolve_at: DateTime<Utc>,
    asks: VecDeque<Wish>,
    probe_at: DateTime<Utc>,
    pub(super) pace: f64,
    is_refused: bool,
    failures: u32,
}

/// What interrupts a watch, and is seen to before it goes on.
#[derive(Clone, Debug)]
enum Wish {
    Everything,
    Also(SyncTarget),
    Without(SyncTarget),
}

impl SyncEngine {
    /// Keeps repositories fresh until `asks` is closed; their leases are given back then.
    pub async fn watch(&mut self, targets: Vec<SyncTarget>, mut asks: UnboundedReceiver<Ask>) -> WatchEnd {
        let leases = self.work.leases.clone();
        self.work.options.waits = false;
        let mut watch = Watch { pace: 1.0, targets, ..Watch::default() };
        let mut looks = Looks::new(&self.work);
        let mut kept = pin!(leases.keep());
        let ended = loop {
            let wish = {
                let mut work = pin!(self.work.go_on(&mut watch));
                loop {
                    tokio::select! {
                        biased;
                        asked = asks.recv() => match asked {
                            Some(Ask::Look { repository, number }) => looks.begin(repository, number),
                            Some(Ask::Everything) => break Ok(Wish::Everything),
                            Some(Ask::Also(target)) => break Ok(Wish::Also(target)),
                            Some(Ask::Without(target)) => break Ok(Wish::Without(target)),
                            None => break Err(WatchEnd::Asked),
                        },
                        () = looks.next() => {}
                        () = &mut work => break Err(WatchEnd::Refused),
                        () = &mut kept => {}
                    }
                }
            };
            match wish {
                // It comes at once: each step may be left half-way.
                Ok(wish) => watch.asks.push_back(wish),
                Err(ended) => break ended,
            }
        };
        drop(looks);
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
        self.leave_pass();
        while let Some(wish) = watch.asks.pop_front() {
            self.fulfil(watch, wish).await;
        }
        let now = self.now();
        if watch.resolve_at <= now {
            return self.resolve(watch).await;
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

    async fn fulfil(&mut self, watch: &mut Watch, wish: Wish) {
        match wish {
            Wish::Everything => {
                watch.probe_at = DateTime::UNIX_EPOCH;
                for one in &mut watch.all {
                    match &mut one.book {
                        Some(book) => book.pulses.values_mut().for_each(Pulse::hurry),
                        None => one.sweep_at = DateTime::UNIX_EPOCH,
                    }
                }
            }
            Wish::Also(target) => {
                let is_new = !watch.targets.contains(&target);
                if is_new {
                    watch.targets.push(target.clone());
                }
                let is_it = |one: &&mut Watched| one.names().iter().any(|name| target.is_called(name));
                match watch.all.iter_mut().find(is_it) {
                    Some(Watched { name: full_name, book: Some(_), .. }) => {
                        let name = target.name().unwrap_or(full_name).to_owned();
                        self.tell(SyncEvent::Found { name, full_name: full_name.clone() });
                    }
                    // It may be there by now, and if it is not, that is told again.
                    Some(one) => (one.sweep_at, one.told) = (DateTime::UNIX_EPOCH, None),
                    None => {
                        if is_new {
                            watch.tried.push(target);
                        }
                        watch.resolve_at = DateTime::UNIX_EPOCH;
                    }
                }
            }
            Wish::Without(target) => self.leave(watch, &target).await,
        }
    }

    /// Nobody wants it any more. What another target means, too, is found anew.
    async fn leave(&mut self, watch: &mut Watch, target: &SyncTarget) {
        watch.targets.retain(|known| known != target);
        watch.tried.retain(|tried| tried != target);
        let is_left = |one: &mut Watched| one.names().iter().any(|name| target.covers(name));
        let left: Vec<Watched> = watch.all.extract_if(.., is_left).collect();
        watch.resolve_at = DateTime::UNIX_EPOCH;
        // From here on it may be left half-way: a lease that is not given back ends by itself.
        for book in left.into_iter().filter_map(|one| one.book) {
            self.leases.give_back(&mut self.store, book.repo).await;
        }
    }

    /// Which repositories are meant: an organisation gets new ones, and they come first.
    async fn resolve(&mut self, watch: &mut Watch) -> Result<(), StoreError> {
        self.recall_lists(&watch.targets).await?;
        let since = self.now() - self.options.window;
        let (names, problems) = targets::names(&self.ask, &watch.targets, since).await;
        let known = watch.all.iter().flat_map(Watched::names).map(str::to_ascii_lowercase);
        let known: BTreeSet<String> = known.collect();
        let is_new = |name: &String| !known.contains(&name.to_ascii_lowercase());
        let mut all: Vec<Watched> = names.into_iter().filter(is_new).map(Watched::new).collect();
        all.append(&mut watch.all);
        watch.all = all;
        watch.is_refused |= problems.iter().any(|(_, error)| error.is_everywhere() && !error.is_passing());
        let is_wrong = |target: &SyncTarget| problems.iter().any(|(wrong, _)| wrong == target);
        watch.tried.retain(|target| matches!(target, SyncTarget::Repository(_)) || is_wrong(target));
        let mut is_complete = true;
        for (target, error) in &problems {
            is_complete &= matches!(error, Error::NotFound { .. }) && self.give_up(watch, target);
        }
        let pause = if is_complete { SWEEP } else { AGAIN };
        watch.resolve_at = self.now() + stretched(pause, watch.pace);
        Ok(())
    }

    /// Nobody asks for it any more, if it was only tried and GitHub has none such.
    fn give_up(&self, watch: &mut Watch, target: &SyncTarget) -> bool {
        let Some(at) = watch.tried.iter().position(|tried| tried == target) else { return false };
        watch.tried.remove(at);
        watch.targets.retain(|known| known != target);
        if let Some(name) = target.name() {
            watch.all.retain(|one| !target.is_called(&one.meant));
            self.tell(SyncEvent::Dropped { name: name.to_owned() });
        }
        true
    }

    /// All of a repository.
    async fn sweep(&mut self, watch: &mut Watch, at: usize) -> Result<(), StoreError> {
        let of = watch.all.len();
        let Some(one) = watch.all.get_mut(at) else { return Ok(()) };
        let name = one.name.clone();
        match self.pass(&name, (at + 1, of), &mut one.left).await {
            Ok(book) => {
                watch.tried.retain(|target| !target.is_called(&name));
                // Nobody looks at it before the next sweep: whoever wants it until then reads it.
                if book.is_archived {
                    self.leases.give_back(&mut self.store, book.repo).await;
                }
                let Some(one) = watch.all.get_mut(at) else { return Ok(()) };
                book.name().clone_into(&mut one.name);
                (one.told, one.sweep_at) = (None, self.now() + stretched(SWEEP, watch.pace));
                one.book = Some(book);
                Ok(())
            }
            Err(stop) => {
                let is_missing = matches!(&stop, Stop::Github(Error::NotFound { .. }));
                self.settle(watch, at, stop).await?;
                let tried = watch.tried.iter().find(|target| target.is_called(&name)).cloned();
                if let Some(target) = tried.filter(|_| is_missing) {
                    self.give_up(watch, &target);
                }
                Ok(())
            }
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
            Stop::Other | Stop::ReadByOther { .. } | Stop::Held { .. } => {
                if let Some(one) = watch.all.get_mut(at) {
                    one.book = None;
                    one.sweep_at = now + OTHERS;
                    let (repository, until) = (Some(one.name.clone()), one.sweep_at);
                    self.tell(SyncEvent::Waiting { repository, until, because: Because::OtherSync(None) });
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
            self.tell(SyncEvent::Problem(Problem::new(Some(&name), None, &error)));
        }
        Ok(())
    }

    /// What every request fails of: it passes, or it is the end.
    pub(super) fn everywhere(&mut self, watch: &mut Watch, error: &Error) {
        if error.is_passing() || !error.is_everywhere() {
            let until = self.now() + OUTAGE;
            let because = Because::Outage { error: error.clone(), gives_up: None };
            self.tell(SyncEvent::Waiting { repository: None, until, because });
            watch.probe_at = until;
            for one in watch.all.iter_mut().filter(|one| one.sweep_at < until) {
                one.sweep_at = until;
            }
        } else {
            watch.is_refused = true;
            self.tell(SyncEvent::Problem(Problem::new(None, None, error)));
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
