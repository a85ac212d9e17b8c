//! A worker: claims requests one after the other, makes the insights, and stores them.
//!
//! Any number of workers may be at work on one database; a request belongs to whoever claimed it, for as long as its
//! lease, which is renewed meanwhile. A worker that is killed loses its claim when the lease is over, and another one
//! goes on.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tracing::Instrument as _;

use super::{
    llm::Llm,
    make::{Made, make},
};
use crate::{
    domain::{pull_text::PullText, text::clean},
    store::{
        engine::error::StoreError,
        insights::{Claim, Finished, InsightStore},
    },
};

/// Heads that one look for new ones asks for at most.
const SCANNED: usize = 200;
/// How long to wait before what failed by no fault of its own is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// Who asks for the insights of new heads.
const SCANNER: &str = "flowlens worker";

#[derive(Clone, Debug)]
pub struct Options {
    /// Its name: no other worker has it.
    pub name: String,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// Does only what this one asked for.
    pub only_by: Option<String>,
    /// Looks for new requests this often; `None`: only when it is woken.
    pub poll: Option<Duration>,
    /// Looks for heads without an insight this often; `None`: never.
    pub scan: Option<Duration>,
    /// Takes at least this long over each request: the demo's, whose steps are to be seen.
    pub pace: Duration,
}

/// What a worker tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A request was claimed.
    Begun,
    /// There was work on this pull request, `owner/name#number`, and how it ended.
    Ended(String, Outcome),
    /// So many new heads were found and are queued.
    Found(usize),
    /// The database failed; it is tried again after this time.
    Outage(String, Duration),
}

/// How the work on a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The insight is stored: its level, and why its words are not the LLM's if they should be; and whether the head had moved on meanwhile.
    Saved(String, bool),
    Failed(String),
    /// Another worker took it: the lease was over.
    Lost,
    /// The worker was told to stop; the request is queued again.
    Stopped,
}

/// A worker, and whom it tells.
pub struct Worker<T> {
    queue: InsightStore,
    options: Options,
    llm: Option<Arc<Llm>>,
    tell: T,
    next_scan: Instant,
    /// Whoever holds the other end wakes the worker by a message, and stops it by dropping it.
    wake: mpsc::Receiver<()>,
}

impl<T: FnMut(Event)> Worker<T> {
    /// Nothing is connected yet.
    pub fn new(
        queue: InsightStore,
        options: Options,
        llm: Option<Arc<Llm>>,
        wake: mpsc::Receiver<()>,
        tell: T,
    ) -> Self {
        Self { queue, options, llm, tell, next_scan: Instant::now(), wake }
    }

    /// Works until it is stopped; a database that fails is tried again.
    pub async fn run(mut self) {
        let mut failures = 0;
        loop {
            let pause = match self.drain().await {
                Ok(_) => {
                    failures = 0;
                    self.options.poll
                }
                Err(error) => {
                    let pause = error.backoff().pause(failures);
                    failures += 1;
                    tracing::warn!(%error, "the worker waits");
                    (self.tell)(Event::Outage(error.to_string(), pause));
                    Some(pause)
                }
            };
            if pause.is_none() {
                // It may be long until it is woken.
                self.queue.close();
            }
            if !self.woken(pause).await {
                return;
            }
        }
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

    /// Works until nothing waits any more; returns how many requests it ended.
    ///
    /// # Errors
    /// The database's failure.
    pub async fn drain(&mut self) -> Result<usize, StoreError> {
        self.scan().await?;
        let mut ended = 0;
        loop {
            let Options { name, lease, only_by, .. } = &self.options;
            let Some(claim) = self.queue.claim(name, *lease, only_by.as_deref()).await? else {
                return Ok(ended);
            };
            (self.tell)(Event::Begun);
            let span = tracing::warn_span!("request", id = %claim.request.uuid(), pull = %claim.key.number);
            let (name, outcome) = self.work(&claim).instrument(span).await?;
            let stopped = outcome == Outcome::Stopped;
            ended += usize::from(!stopped);
            (self.tell)(Event::Ended(name, outcome));
            if stopped {
                return Ok(ended);
            }
        }
    }

    async fn scan(&mut self) -> Result<(), StoreError> {
        let Some(interval) = self.options.scan else { return Ok(()) };
        if Instant::now() < self.next_scan {
            return Ok(());
        }
        self.next_scan = Instant::now() + interval;
        let heads = self.queue.scan(SCANNED).await?;
        if !heads.is_empty() {
            let queued = self.queue.enqueue(&heads, Some(SCANNER)).await?.queued.len();
            (self.tell)(Event::Found(queued));
        }
        Ok(())
    }

    async fn work(&mut self, claim: &Claim) -> Result<(String, Outcome), StoreError> {
        let Some(pull) = self.queue.pull(claim.key).await? else {
            let why = "the pull request is no longer stored".to_owned();
            return Ok((claim.key.number.to_string(), self.give_up(claim, why, None).await?));
        };
        let name = clean(&format!("{}{}", pull.full_name, pull.number));
        Ok((name, self.work_on(claim, pull).await?))
    }

    async fn work_on(&mut self, claim: &Claim, pull: PullText) -> Result<Outcome, StoreError> {
        let llm = self.llm.clone();
        let pace = sleep_until(Instant::now() + self.options.pace);
        let making = async {
            let made = make(pull, llm.as_deref()).await;
            pace.await;
            made
        };
        tokio::pin!(making);
        let mut renewal = Instant::now() + self.options.lease / 3;
        let made = loop {
            tokio::select! {
                made = &mut making => break made,
                () = sleep_until(renewal) => {
                    if !self.queue.renew(claim, self.options.lease).await? {
                        return Ok(Outcome::Lost);
                    }
                    renewal = Instant::now() + self.options.lease / 3;
                }
                message = self.wake.recv() => if message.is_none() {
                    // Whoever is next need not wait for the lease.
                    self.queue.fail(claim, "its worker was stopped", Some(Duration::ZERO)).await?;
                    return Ok(Outcome::Stopped);
                },
            }
        };
        match made {
            Ok(made) => self.save(claim, &made).await,
            Err(why) => self.give_up(claim, why, Some(AGAIN)).await,
        }
    }

    async fn save(&mut self, claim: &Claim, made: &Made) -> Result<Outcome, StoreError> {
        let row = made.row(claim.requested_by.as_deref());
        Ok(match self.queue.finish(claim, &row).await? {
            Finished::Saved { moved, .. } => {
                let note = made.assessment.details.note.iter().map(|note| format!("; {note}"));
                Outcome::Saved(std::iter::once(made.level().to_owned()).chain(note).collect(), moved)
            }
            Finished::Lost => Outcome::Lost,
        })
    }

    async fn give_up(
        &mut self,
        claim: &Claim,
        why: String,
        again: Option<Duration>,
    ) -> Result<Outcome, StoreError> {
        tracing::warn!(%why, "a request failed");
        let known = self.queue.fail(claim, &why, again).await?;
        Ok(if known.is_some() { Outcome::Failed(why) } else { Outcome::Lost })
    }
}
