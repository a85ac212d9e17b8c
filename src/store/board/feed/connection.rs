//! The feed's connection: made, made anew when it broke, and told of.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::{
    super::read::Reader,
    options::FeedCommand,
    state::{Busy, Feed, Stop},
};
use crate::{
    backoff::SLOW,
    domain::{
        board::FeedEvent,
        source::{Cause, Outage},
    },
    panics::caught,
    store::{board::own_clock, engine::error::StoreError},
};

/// Pages are halved so often at most.
const DIVISIONS: u32 = 5;

impl Feed {
    /// The pause after a failure, of so many in a row. A statement that timed out is not to meet itself: the pauses grow
    /// beyond those of a server that cannot be reached.
    pub(super) fn pause_after(&self, error: &StoreError, failures: u32) -> Duration {
        let slow = self.reader.is_some() && error.cause == Cause::Timeout;
        let backoff = if slow && self.timeouts > 0 { SLOW } else { error.backoff() };
        backoff.pause(failures)
    }

    /// Tells of a failure. A broken connection is dropped, so that the next step makes a new one, and so is one
    /// whose statements don't fit any more: the next one looks at the schema and the privileges anew.
    pub(super) async fn fail(&mut self, error: StoreError, pause: Duration) -> Result<(), Stop> {
        tracing::warn!(%error, code = error.code(), "poll failed");
        let broken = error.is_connection_broken();
        self.leave(&error);
        if broken || matches!(error.cause, Cause::Schema | Cause::Privilege | Cause::Other) {
            self.reader = None;
        }
        let retry_at = own_clock() + TimeDelta::from_std(pause).unwrap_or_default();
        self.emit(FeedEvent::Failed(Outage { cause: error.cause, message: error.message, retry_at })).await
    }

    /// After a time-out notes what may still be at work there, and turns to the next node: this one accepts connections and
    /// does not answer.
    fn leave(&mut self, error: &StoreError) {
        let Some(reader) = self.reader.as_ref().filter(|_| error.cause == Cause::Timeout) else { return };
        self.timeouts += 1;
        if error.is_connection_broken() {
            self.database.abandon(reader.abandoned());
            self.database.rotate();
        }
    }

    /// One tick, and again on a new connection if the old one broke: servers, poolers and firewalls end sessions that
    /// idle, and nobody has to know. If that fails, too, it is an outage; a server that is silent is one at once.
    pub(super) async fn go_on(&mut self, asked: Option<FeedCommand>) -> Result<Busy, Stop> {
        let was_open = self.reader.is_some();
        match self.guarded(asked, false).await {
            Err(Stop::Failed(error))
                if was_open
                    && error.is_connection_broken()
                    && (error.cause != Cause::Timeout || self.database.has_others()) =>
            {
                tracing::info!(%error, code = error.code(), "the connection is made anew");
                self.leave(&error);
                self.reader = None;
                self.guarded(asked, true).await
            }
            done => done,
        }
    }

    /// One tick; what panics in it, over a row that makes no sense, is a failure of the connection.
    async fn guarded(&mut self, asked: Option<FeedCommand>, quietly: bool) -> Result<Busy, Stop> {
        match caught(Box::pin(self.step(asked, quietly))).await {
            Ok(done) => done,
            Err(panic) => Err(StoreError::panicked(&panic).into()),
        }
    }

    /// One tick, connecting and reading everything first where that is still to be done.
    async fn step(&mut self, asked: Option<FeedCommand>, quietly: bool) -> Result<Busy, Stop> {
        if asked == Some(FeedCommand::Reread) {
            // It stays due if this step fails.
            self.next_reread = Instant::now();
        }
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.connect(quietly).await?,
        };
        reader.divide_pages(1 << self.timeouts.min(DIVISIONS));
        let done = self.poll(&mut reader, asked > Some(FeedCommand::Look)).await;
        // A failed statement leaves the connection usable; `fail` drops it where it does not.
        self.reader = Some(reader).filter(|_| !std::mem::take(&mut self.is_lost));
        done
    }

    async fn connect(&mut self, quietly: bool) -> Result<Reader, Stop> {
        if !quietly {
            self.emit(FeedEvent::Connecting { node: self.database.current_node().to_owned() }).await?;
        }
        let reader = Reader::connect(&mut self.database, self.options.origin.clone()).await?;
        let incarnation = reader.incarnation();
        if !quietly || incarnation != self.incarnation {
            // Another one may be behind what answered last, or hold other data altogether; and after an outage nobody
            // knows what happened meanwhile.
            self.next_sweep = Instant::now();
            if incarnation != self.incarnation {
                self.walk = None;
            }
            self.incarnation = incarnation;
        }
        let inode = reader.inode();
        if inode != self.inode {
            self.next_reread = Instant::now();
            self.replaced = self.since.is_some();
            self.inode = inode;
        }
        let source = reader.source();
        tracing::info!(node = %source.node, engine = %source.engine, version = %source.version, "connected");
        if !quietly || self.source.as_ref() != Some(source) {
            self.source = Some(source.clone());
            self.emit(FeedEvent::Connected(source.clone())).await?;
        }
        Ok(reader)
    }

    /// Looks at the schema again: a migration may have added columns and indexes.
    pub(super) async fn rediscover(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        reader.rediscover().await?;
        if self.source.as_ref() != Some(reader.source()) {
            self.source = Some(reader.source().clone());
            self.emit(FeedEvent::Connected(reader.source().clone())).await?;
        }
        Ok(())
    }
}
