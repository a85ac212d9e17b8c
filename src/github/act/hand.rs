//! The hand: answers what is asked, and sends orders, one after the other.

mod orders;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{AbortHandle, JoinError, JoinSet},
};

use super::{gate, locks::Locks};
use crate::{
    domain::hub::{ActKind, Gate, HubAsk, HubNews, MergeState, Target},
    github::{
        client::{Client, ClientOptions, Error, Writer},
        sync::Time,
    },
};

/// How long GitHub is given to work out whether something can be merged.
const MOMENT: TimeDelta = TimeDelta::seconds(1);

/// How it works.
#[derive(Clone, Debug)]
pub struct HandOptions {
    /// Why nothing is written, if nothing is.
    pub no_actions: Option<String>,
    pub time: Time,
    /// How long an answer to a write is waited for, if not as long as usual.
    pub patience: Option<Duration>,
}

/// Asks and acts with one token.
#[derive(Debug)]
pub struct Hand {
    pub(super) client: Client,
    /// Or why there is none: then nothing can be written.
    writer: Result<Writer, String>,
    pub(super) time: Time,
    locks: Mutex<Locks>,
    /// Not before this time is written again.
    next: Mutex<Option<DateTime<Utc>>>,
    tell: UnboundedSender<HubNews>,
    /// Nothing more is begun.
    is_closing: AtomicBool,
}

impl Hand {
    /// Connects to nothing.
    ///
    /// # Errors
    /// There is no token, or it cannot be one; the address is wrong.
    pub fn new(
        client: ClientOptions,
        hand: HandOptions,
        tell: UnboundedSender<HubNews>,
    ) -> Result<Self, Error> {
        let HandOptions { no_actions, time, patience } = hand;
        let writer = if let Some(why) = no_actions {
            Err(why)
        } else {
            let writer = Writer::new(&client)?;
            Ok(match patience {
                Some(patience) => writer.patient_for(patience),
                None => writer,
            })
        };
        Ok(Self {
            client: Client::new(ClientOptions { takes_all: true, ..client })?,
            writer,
            time,
            locks: Mutex::default(),
            next: Mutex::default(),
            tell,
            is_closing: AtomicBool::new(false),
        })
    }

    /// Works until `asks` is closed, and the order that is on its way then has an answer.
    pub async fn run(self, mut asks: UnboundedReceiver<HubAsk>) {
        let hand = Arc::new(self);
        let (orders, given) = unbounded_channel();
        let (mut acting, mut beside) = (JoinSet::new(), JoinSet::new());
        acting.spawn(Arc::clone(&hand).act(given));
        let (mut reading, mut finding): (Option<AbortHandle>, Option<AbortHandle>) = (None, None);
        loop {
            tokio::select! {
                ask = asks.recv() => match ask {
                    None => break,
                    // Nobody takes them only when this thread ends.
                    Some(HubAsk::Act(batch)) => drop(orders.send(batch)),
                    Some(HubAsk::Log(ask)) => {
                        let new = beside.spawn(Arc::clone(&hand).read(ask));
                        reading.replace(new).inspect(AbortHandle::abort);
                    }
                    Some(HubAsk::Picks(of, text)) => {
                        let new = beside.spawn(Arc::clone(&hand).find(of, text));
                        finding.replace(new).inspect(AbortHandle::abort);
                    }
                    Some(HubAsk::NoLog) => drop(reading.take().inspect(AbortHandle::abort)),
                    Some(ask) => {
                        let hand = Arc::clone(&hand);
                        beside.spawn(async move { hand.answer(ask).await });
                    }
                },
                Some(ended) = beside.join_next() => note(&ended),
            }
        }
        hand.is_closing.store(true, Ordering::SeqCst);
        drop(orders);
        while let Some(ended) = acting.join_next().await {
            note(&ended);
        }
    }

    pub(super) fn tell(&self, news: HubNews) {
        // Nobody listens only when the program ends.
        drop(self.tell.send(news));
    }

    /// Reads what may be done; once more a moment later where GitHub works something out because it was asked.
    pub(super) async fn look(&self, target: &Target, pick: bool) -> Result<gate::Read, Error> {
        let read = gate::read(&self.client, target, pick).await?;
        if read.gate.merge_state != MergeState::Unknown || !read.gate.is_open() {
            return Ok(read);
        }
        self.time.until(self.time.now() + MOMENT).await;
        gate::read(&self.client, target, pick).await
    }

    /// Where nothing is written, nothing may be done.
    pub(super) fn bar(&self, gate: &mut Gate) {
        if let Err(why) = &self.writer {
            gate.locks = ActKind::ALL.into_iter().map(|kind| (kind, why.clone())).collect();
        }
    }

    pub(super) fn locks(&self) -> MutexGuard<'_, Locks> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that has panicked is told of.
fn note(ended: &Result<(), JoinError>) {
    // A log that nobody reads any more is cancelled.
    if let Err(error) = ended
        && !error.is_cancelled()
    {
        tracing::error!(%error, "a part of what is done on GitHub has failed");
    }
}

pub(super) fn logged(error: &Error) -> String {
    tracing::warn!(%error, "GitHub was asked in vain");
    error.with_mend()
}
