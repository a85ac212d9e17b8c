//! A lane: claims deliveries of one bucket after the other, stores their facts, and says how they ended.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{
    Shared,
    batch::{Batch, Telling},
};
use crate::{
    backoff::SERVICE,
    domain::{delivery::DeliveryId, source::Cause},
    facts::fact::Fact,
    panics::caught,
    serve::files::Wish,
    store::{
        engine::error::StoreError,
        inbox::{End, Inbox},
        write::Writer,
    },
};

/// After such a time without work the connections are closed.
const IDLE: Duration = Duration::from_mins(1);

pub(super) struct Lane {
    shared: Arc<Shared>,
    inbox: Inbox,
    writer: Writer,
    /// The bucket that it was last at.
    last: u8,
    /// Failures of the database in a row.
    failures: u32,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, n: u8) -> Self {
        let (inbox, writer) = (Inbox::new(shared.database.clone()), Writer::new(shared.database.clone()));
        Self { shared, inbox, writer, last: n, failures: 0 }
    }

    /// Works until it is told to stop, and then until nothing waits any more.
    pub(super) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let shared = Arc::clone(&self.shared);
        loop {
            let bucket = tokio::select! {
                biased;
                taken = timeout(IDLE, shared.buckets.take(self.last)) => taken.ok(),
                _ = stopping.wait_for(|stopping| *stopping) => match shared.buckets.try_take(self.last) {
                    Some(bucket) => Some(bucket),
                    None => return,
                },
            };
            let Some(bucket) = bucket else {
                self.inbox.close();
                self.writer.close();
                continue;
            };
            self.last = bucket;
            let worked = caught(Box::pin(self.work(bucket))).await;
            let worked = worked.unwrap_or_else(|panic| {
                Err(StoreError::broken(Cause::Other, format!("the processor panicked ({panic})")))
            });
            if let Err(error) = &worked {
                tracing::warn!(%error, "the inbox waits");
                // What it has claimed comes back to whoever takes the bucket next.
                sleep(self.pause(error)).await;
            } else {
                self.failures = 0;
            }
            shared.buckets.leave(bucket, worked.unwrap_or(true));
        }
    }

    fn pause(&mut self, error: &StoreError) -> Duration {
        self.failures += 1;
        error.backoff().pause(self.failures - 1)
    }

    /// Brings what it can claim in a bucket to its end; whether there may be more.
    async fn work(&mut self, bucket: u8) -> Result<bool, StoreError> {
        let claimed = self.inbox.claim(&self.shared.name, bucket, self.shared.lease).await?;
        if claimed.is_empty() {
            return Ok(false);
        }
        let began = Instant::now();
        let ids: Vec<DeliveryId> = claimed.iter().map(|delivery| delivery.id).collect();
        let (ended, wishes) = self.end(Batch::read(claimed), &ids).await?;
        self.inbox.settle(&self.shared.name, &ended).await?;
        self.count(&ended);
        for wish in wishes {
            self.wish(wish);
        }
        self.shared.metrics.process.observe(began.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Stores what the deliveries of a claim tell, all at once; one by one where that cannot be stored, so that one takes
    /// no other one along. How each of them ended, and what is wanted beside.
    async fn end(
        &mut self,
        batch: Batch,
        ids: &[DeliveryId],
    ) -> Result<(Vec<(DeliveryId, End)>, Vec<Wish>), StoreError> {
        let Batch { tellings, mut ended } = batch;
        let facts = tellings.iter().flat_map(|telling| &telling.facts);
        let (all, is_alone) = (self.store(ids, facts).await?, tellings.len() == 1);
        let mut wishes = Vec::new();
        for Telling { id, event, attempt, facts, wishes: wanted } in tellings {
            let stored = if all.is_ok() || is_alone { all.clone() } else { self.store(ids, &facts).await? };
            let end = match stored {
                Ok(()) => {
                    tracing::debug!(delivery = %id, event, "processed");
                    wishes.extend(wanted);
                    End::Done
                }
                Err(error) => {
                    tracing::warn!(delivery = %id, event, attempt, error, "cannot be processed");
                    let tries = u32::try_from(attempt).unwrap_or_default();
                    End::Again { error, pause: SERVICE.pause(tries) }
                }
            };
            ended.push((id, end));
        }
        Ok((ended, wishes))
    }

    /// Stores facts, and keeps the claim meanwhile. The inner failure is the facts' own.
    async fn store<'f>(
        &mut self,
        ids: &[DeliveryId],
        facts: impl IntoIterator<Item = &'f Fact>,
    ) -> Result<Result<(), String>, StoreError> {
        let Self { shared, inbox, writer, .. } = self;
        let storing = caught(Box::pin(writer.apply(facts)));
        let renewing = async {
            loop {
                sleep(shared.lease / 3).await;
                // Whoever has taken it meanwhile stores the same.
                if let Err(error) = inbox.renew(&shared.name, ids, shared.lease).await {
                    tracing::warn!(%error, "a claim was not renewed");
                }
            }
        };
        let stored = tokio::select! {
            stored = storing => stored,
            never = renewing => never,
        };
        match stored {
            Ok(Ok(_applied)) => Ok(Ok(())),
            Ok(Err(error)) if error.is_outage() => Err(error),
            Ok(Err(error)) => Ok(Err(error.to_string())),
            Err(panic) => Ok(Err(format!("storing it panicked: {panic}"))),
        }
    }

    fn count(&self, ended: &[(DeliveryId, End)]) {
        for (_, end) in ended {
            let outcome = match end {
                End::Done => "done",
                End::Ignored(_) => "ignored",
                End::Again { .. } => "retried",
                End::Dead(_) => "dead",
            };
            self.shared.metrics.processed(outcome, 1);
        }
    }

    fn wish(&self, wish: Wish) {
        let Some(wishes) = &self.shared.wishes else { return };
        if let Err(error) = wishes.try_send(wish) {
            tracing::warn!(%error, "the files of a head are left to the next sync");
        }
    }
}
