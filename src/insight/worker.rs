//! A worker: claims requests one after the other, makes the insights, and stores them.
//!
//! Any number of workers may be at work on one database; a request belongs to whoever claimed it, for as long as its
//! lease, which is renewed meanwhile. A worker that is killed loses its claim when the lease is over, and another one
//! goes on. A request whose insight the database refuses is dead; while the database itself is not well, what was made
//! is kept, or the request given back, and its attempt does not count.

mod awaited;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tracing::Instrument as _;

pub use self::awaited::Awaited;
use super::{
    llm::Llm,
    make::{Made, Unmade, make},
};
use crate::{
    domain::{ids::PrKey, pull_text::PullText, request::Request, source::Cause, text::clean},
    panics::caught,
    store::{
        engine::error::StoreError,
        insights::{Claim, End, Finished, Heads, InsightStore, Only, ScanCursor},
    },
};

/// Heads that one look for new ones asks for at most.
const SCANNED: usize = 200;
/// How long to wait before what failed by no fault of its own is tried again: meanwhile others have their turn.
const AGAIN: Duration = Duration::from_secs(30);
/// The longest time between two looks after what somebody waits for and another worker has.
const LOOK: Duration = Duration::from_secs(15);
/// Who asks for the insights of new heads.
const SCANNER: &str = "flowlens worker";

#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Its name: no other worker has it.
    pub name: String,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// Does only what this one asked for, and what is awaited and nobody else does.
    pub only_by: Option<String>,
    /// What somebody waits for here: while there is something, a worker without a `poll` looks after it nevertheless.
    pub awaited: Awaited,
    /// Looks for new requests this often; `None`: only when it is woken.
    pub poll: Option<Duration>,
    /// Looks for heads without an insight this often; `None`: never.
    pub scan: Option<Duration>,
    /// Takes at least this long over each request: the demo's, whose steps are to be seen.
    pub pace: Duration,
}

/// What a worker tells.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerEvent {
    /// A request was claimed.
    Begun,
    /// There was work on this pull request, `owner/name#number`, and how it ended.
    Ended(String, RequestOutcome),
    /// So many new heads were found and are queued.
    Found(usize),
    /// The database failed; it is tried again after this time.
    Outage(String, Duration),
    /// The outage is over, or nobody waits any more for what failed under it.
    Settled,
}

/// How the work on a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestOutcome {
    /// The insight is stored: its level, and why its words are not the LLM's if they should be; and whether the head had
    /// moved on meanwhile.
    Saved(String, bool),
    Failed(String),
    /// Another worker took it: the lease was over.
    Lost,
    /// The worker was told to stop; the request is queued again.
    Stopped,
}

/// What a worker has claimed, and how far it is.
struct Job {
    claim: Claim,
    /// What was made and is still to be stored, and the pull request's name.
    made: Option<(String, Made)>,
}

/// A worker, and whom it tells.
pub struct Worker<T> {
    queue: InsightStore,
    options: WorkerOptions,
    llm: Option<Arc<Llm>>,
    tell: T,
    next_scan: Instant,
    /// How far the scan is that is under way.
    scanned: ScanCursor,
    /// What the database failed under.
    unfinished: Option<Job>,
    /// It has failed: what this login may do is asked before there is more work.
    has_failed: bool,
    /// Whoever holds the other end wakes the worker by a message, and stops it by dropping it.
    wake: mpsc::Receiver<()>,
}

impl<T: FnMut(WorkerEvent)> Worker<T> {
    /// Nothing is connected yet.
    pub fn new(
        queue: InsightStore,
        options: WorkerOptions,
        llm: Option<Arc<Llm>>,
        wake: mpsc::Receiver<()>,
        tell: T,
    ) -> Self {
        let next_scan = Instant::now();
        let scanned = ScanCursor::default();
        Self { queue, options, llm, tell, next_scan, scanned, unfinished: None, has_failed: false, wake }
    }

    /// Works until it is stopped; a database that fails is tried again.
    pub async fn run(mut self) {
        let mut failures = 0;
        loop {
            let pause = match self.drain().await {
                Ok(_) => {
                    self.settle(&mut failures);
                    self.options.poll
                }
                Err(error) => {
                    let pause = error.backoff().pause(failures);
                    failures += 1;
                    tracing::warn!(%error, "the worker waits");
                    (self.tell)(WorkerEvent::Outage(error.to_string(), pause));
                    Some(pause)
                }
            };
            let pause = if self.options.poll.is_some() { pause } else { self.rest(pause).await };
            if pause.is_none() {
                self.settle(&mut failures);
                // It may be long until it is woken.
                self.queue.close();
            }
            if !self.woken(pause).await {
                self.hand_back().await;
                return;
            }
        }
    }

    fn settle(&mut self, failures: &mut u32) {
        if std::mem::take(failures) > 0 {
            (self.tell)(WorkerEvent::Settled);
        }
    }

    /// How long to rest without being woken: after a failure its pause, while somebody waits for what another worker
    /// has not for long, else for ever. What has come to its end nobody waits for any more.
    async fn rest(&mut self, pause: Option<Duration>) -> Option<Duration> {
        let awaited = self.options.awaited.keys();
        if awaited.is_empty() {
            return pause;
        }
        let look = LOOK.min(self.options.lease / 4).max(Duration::from_millis(250));
        let Ok(latest) = self.queue.latest(&awaited).await else { return pause.or(Some(look)) };
        let is_open =
            |key: &PrKey| latest.iter().any(|request| request.key == *key && Request::is_open(request));
        let (open, ended): (Vec<PrKey>, Vec<PrKey>) = awaited.into_iter().partition(is_open);
        self.options.awaited.remove(&ended);
        if open.is_empty() { None } else { pause.or(Some(look)) }
    }

    /// Waits for a message, at most so long; false when it was told to stop.
    async fn woken(&mut self, pause: Option<Duration>) -> bool {
        let message = match pause {
            Some(pause) => match timeout(pause, self.wake.recv()).await {
                Ok(message) => message,
                Err(_elapsed) => return true,
            },
            None => self.wake.recv().await,
        };
        // One look answers all.
        while self.wake.try_recv().is_ok() {}
        message.is_some()
    }

    /// Works until nothing waits any more and no head is found without an insight, or it is stopped; returns how many
    /// requests it ended.
    ///
    /// # Errors
    /// The database's failure.
    pub async fn drain(&mut self) -> Result<usize, StoreError> {
        // What brings it down once need not bring it down again: the request comes back when its lease is over.
        let drained = caught(Box::pin(self.all())).await;
        let drained = drained.unwrap_or_else(|panic| {
            Err(StoreError::broken(Cause::Other, format!("the worker panicked ({panic})")))
        });
        self.has_failed = drained.is_err();
        drained
    }

    async fn all(&mut self) -> Result<usize, StoreError> {
        if self.has_failed && !self.queue.can_work().await? {
            let why = "this login may no longer change insight_requests or insert into insights";
            return Err(StoreError::new(Cause::Privilege, why));
        }
        let mut ended = 0;
        while !self.wake.is_closed() {
            let job = match self.unfinished.take() {
                Some(job) => job,
                None => match self.claim().await? {
                    Some(claim) => Job { claim, made: None },
                    None if self.scan().await? => continue,
                    None => break,
                },
            };
            let span =
                tracing::warn_span!("request", id = %job.claim.request.uuid(), pull = %job.claim.key.number);
            let (name, outcome) = self.finish(job).instrument(span).await?;
            ended += usize::from(outcome != RequestOutcome::Stopped);
            (self.tell)(WorkerEvent::Ended(name, outcome));
        }
        Ok(ended)
    }

    async fn claim(&mut self) -> Result<Option<Claim>, StoreError> {
        let WorkerOptions { name, lease, only_by, awaited, .. } = &self.options;
        let awaited = awaited.keys();
        let only = only_by.as_deref().map(|by| Only { by, awaited: &awaited });
        let claim = self.queue.claim(name, *lease, only).await?;
        if claim.is_some() {
            (self.tell)(WorkerEvent::Begun);
        }
        Ok(claim)
    }

    /// Queues heads without an insight, if it is time to look for them; whether there is more to do. It is always time
    /// until all were looked at.
    async fn scan(&mut self) -> Result<bool, StoreError> {
        let Some(interval) = self.options.scan else { return Ok(false) };
        if Instant::now() < self.next_scan {
            return Ok(false);
        }
        let Heads { keys, next } = self.queue.scan(self.scanned.clone(), SCANNED).await?;
        let queued = self.queue.enqueue(&keys, Some(SCANNER)).await?;
        let (new, open) = (queued.queued.len(), queued.queued.len() + queued.joined.len());
        let is_more = next.is_some();
        if !is_more {
            self.next_scan = Instant::now() + interval;
        }
        self.scanned = next.unwrap_or_default();
        if new > 0 {
            (self.tell)(WorkerEvent::Found(new));
        }
        Ok(open > 0 || is_more)
    }

    /// Brings a job to its end. If the database does not let it, the job is given back or kept.
    async fn finish(&mut self, mut job: Job) -> Result<(String, RequestOutcome), StoreError> {
        let error = match self.work(&mut job).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if !error.is_connection_broken() {
            let end = End::Again { pause: AGAIN, counts: false };
            if self.queue.fail(&job.claim, &error.to_string(), end).await.is_ok() {
                return Err(error);
            }
        }
        self.unfinished = Some(job);
        Err(error)
    }

    async fn work(&mut self, job: &mut Job) -> Result<(String, RequestOutcome), StoreError> {
        let (name, made) = match job.made.take() {
            Some(made) => made,
            None => match self.begin(&job.claim).await? {
                Ok(made) => made,
                Err(ended) => return Ok(ended),
            },
        };
        let saved = self.save(&job.claim, &made).await;
        job.made = Some((name.clone(), made));
        Ok((name, saved?))
    }

    /// Reads the pull request and makes its insight; or says how that ended.
    async fn begin(
        &mut self,
        claim: &Claim,
    ) -> Result<Result<(String, Made), (String, RequestOutcome)>, StoreError> {
        let Some(pull) = self.queue.pull(claim.key).await? else {
            let why = "the pull request is no longer stored".to_owned();
            return Ok(Err((claim.key.number.to_string(), self.give_up(claim, why, End::Failed).await?)));
        };
        let name = clean(&format!("{}{}", pull.full_name, pull.number));
        let outcome = match self.make(claim, pull).await {
            Some(Ok(made)) => return Ok(Ok((name, made))),
            Some(Err(why @ Unmade::FilesUnknown(_))) => {
                self.give_up(claim, why.to_string(), End::Failed).await?
            }
            Some(Err(why @ Unmade::Panicked(_))) => self.give_up(claim, why.to_string(), End::Dead).await?,
            None => self.stopped(claim).await?,
        };
        Ok(Err((name, outcome)))
    }

    /// Makes an insight, and keeps the claim meanwhile; `None` when it was told to stop.
    async fn make(&mut self, claim: &Claim, pull: PullText) -> Option<Result<Made, Unmade>> {
        let llm = self.llm.clone();
        let pace = sleep_until(Instant::now() + self.options.pace);
        let making = async {
            let made = make(pull, llm.as_deref()).await;
            pace.await;
            made
        };
        tokio::pin!(making);
        let mut renewal = Instant::now() + self.options.lease / 3;
        loop {
            tokio::select! {
                made = &mut making => return Some(made),
                () = sleep_until(renewal) => {
                    // Whoever has taken it meanwhile is told of when this one is to be stored.
                    if let Err(error) = self.queue.renew(claim, self.options.lease).await {
                        tracing::warn!(%error, "a claim was not renewed");
                    }
                    renewal = Instant::now() + self.options.lease / 3;
                }
                message = self.wake.recv() => message.map(drop)?,
            }
        }
    }

    async fn save(&mut self, claim: &Claim, made: &Made) -> Result<RequestOutcome, StoreError> {
        match self.queue.finish(claim, &made.row(claim.requested_by.as_deref())).await {
            Ok(Finished::Saved { moved, .. }) => {
                let note = made.assessment.details.note.iter().map(|note| format!("; {note}"));
                let level = std::iter::once(made.level.word().to_owned()).chain(note).collect();
                Ok(RequestOutcome::Saved(level, moved))
            }
            Ok(Finished::Lost) => Ok(RequestOutcome::Lost),
            Err(error) if error.is_refusal() => {
                self.give_up(claim, format!("the database refuses it: {error}"), End::Dead).await
            }
            Err(error) if error.is_outage() => Err(error),
            Err(error) => {
                let pause = Duration::from_secs(1 << claim.attempt.clamp(1, 5));
                self.give_up(claim, error.to_string(), End::Again { pause, counts: true }).await
            }
        }
    }

    async fn give_up(&mut self, claim: &Claim, why: String, end: End) -> Result<RequestOutcome, StoreError> {
        tracing::warn!(%why, "a request failed");
        let known = self.queue.fail(claim, &why, end).await?;
        Ok(if known.is_some() { RequestOutcome::Failed(why) } else { RequestOutcome::Lost })
    }

    /// Whoever is next need not wait for the lease.
    async fn stopped(&mut self, claim: &Claim) -> Result<RequestOutcome, StoreError> {
        let end = End::Again { pause: Duration::ZERO, counts: false };
        self.queue.fail(claim, "its worker was stopped", end).await?;
        Ok(RequestOutcome::Stopped)
    }

    /// The same, of what the database failed under.
    async fn hand_back(&mut self) {
        if let Some(job) = self.unfinished.take()
            && let Err(error) = self.stopped(&job.claim).await
        {
            tracing::warn!(%error, "a request was not given back");
        }
    }
}
