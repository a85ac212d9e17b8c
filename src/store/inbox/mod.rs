//! The inbox: webhook deliveries, which are kept before they are acknowledged, and processed then.
//!
//! A delivery is a row by GitHub's id for it, so that a redelivery is known. Any number of processes may work on one
//! inbox: a claim is a lease by the server's clock, and whoever is killed loses it. Facts may be applied twice, for the
//! rows that follow from them do not depend on how often they were told; so there is no transaction around both.

mod keep;
mod look;
mod put;
mod rows;
mod sql;
mod work;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use self::{
    keep::{Expire, Newest, Purge, Retry},
    look::{Count, List, Readable, Usable, Waiting},
    put::Put,
    rows::Ended,
    work::{Renew, Settle, Take},
};
use super::engine::{database::Database, error::StoreError, session::Session};
use crate::domain::delivery::{DeliveryId, DeliveryState};

/// So often a delivery is tried: one over which its processor is killed again and again kills it.
pub const MAX_ATTEMPTS: i32 = 8;

/// What is counted at most: a backlog of more is one of more.
pub const MOST_COUNTED: usize = 100_000;

/// A delivery that is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    pub id: DeliveryId,
    /// The word in `X-GitHub-Event`.
    pub event: String,
    pub action: Option<String>,
    /// GitHub's id of the repository that it is about.
    pub repository_id: Option<i64>,
    /// The JSON, as it was signed or, of a form, as the form holds it.
    pub payload: Bytes,
}

/// A delivery that is this claim's for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub event: String,
    /// Claims so far, this one included.
    pub attempt: i32,
    pub received_at: DateTime<Utc>,
    pub payload: Vec<u8>,
}

/// How the work on a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// Why nothing of it is kept.
    Ignored(String),
    /// It failed, and is tried again after a pause, unless it was tried too often.
    Again {
        error: String,
        pause: Duration,
    },
    /// It can never be processed.
    Dead(String),
}

/// A delivery without its payload. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: DeliveryId,
    pub event: Box<str>,
    pub action: Option<Box<str>>,
    pub repository_id: Option<i64>,
    /// The name of that repository, if it is stored.
    pub repository: Option<Box<str>>,
    pub state: DeliveryState,
    pub attempts: i32,
    /// What went wrong last, or why it is ignored.
    pub error: Option<Box<str>>,
    pub claimed_by: Option<Box<str>>,
    pub lease_until: Option<DateTime<Utc>>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub processed_at: Option<DateTime<Utc>>,
    /// Bytes of the payload.
    pub size: u64,
}

/// Which deliveries; of each list one must match, and an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub ids: Vec<DeliveryId>,
    pub states: Vec<DeliveryState>,
    /// Words of `X-GitHub-Event`.
    pub events: Vec<String>,
    /// `owner/name`, in any case, of a repository that is stored.
    pub repository: Option<String>,
    /// Received longer ago than this, by the server's clock.
    pub older: Option<Duration>,
    /// Received within this time.
    pub newer: Option<Duration>,
}

/// Where the next page of a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageStart {
    received_at: DateTime<Utc>,
    id: DeliveryId,
}

impl From<&Entry> for PageStart {
    fn from(entry: &Entry) -> Self {
        Self { received_at: entry.received_at, id: entry.id }
    }
}

/// Where a delivery stands among those that came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    at: DateTime<Utc>,
    id: DeliveryId,
}

/// Which of the deliveries that came to an end are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Those that did so longer ago.
    Longer(Duration),
    /// This one, and those that did so before it.
    From(Ending),
}

/// The state of the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Deliveries that are still to be processed, at most [`MOST_COUNTED`].
    pub pending: usize,
    /// Dead letters, at most [`MOST_COUNTED`].
    pub dead: usize,
    /// When the oldest pending one was received.
    pub oldest_pending: Option<DateTime<Utc>>,
    /// When the newest one was received.
    pub newest: Option<DateTime<Utc>>,
    /// The server's clock.
    pub now: Option<DateTime<Utc>>,
}

/// One connection, opened when first needed; reconnects by itself.
pub struct Inbox {
    session: Session,
}

impl Inbox {
    /// Nothing is connected yet.
    pub fn new(database: impl Into<Database>) -> Self {
        Self { session: Session::new(database.into()) }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Whether this database has an inbox and this login may receive and process deliveries; found out anew each time.
    ///
    /// # Errors
    /// The table or the right that is missing, with the mend; or the connection's or the server's failure.
    pub async fn usable(&mut self) -> Result<(), StoreError> {
        self.session.run(&Usable).await
    }

    /// Whether this database has an inbox, and this login may look at it.
    ///
    /// # Errors
    /// The table or the right that is missing, with the mend; or the connection's or the server's failure.
    pub async fn readable(&mut self) -> Result<(), StoreError> {
        self.session.run(&Readable).await
    }

    /// Keeps deliveries, all or none. Of each: whether it is new. One that is known stays as it is.
    ///
    /// # Errors
    /// The connection's or the server's failure. They may be kept all the same: put them again.
    pub async fn put(&mut self, deliveries: &[NewDelivery]) -> Result<Vec<bool>, StoreError> {
        self.session.run(&Put { deliveries }).await
    }

    /// Claims pending deliveries of a bucket, the oldest first, for as long as the lease: some at a time, but one that
    /// failed before alone, so that it takes no other one along. One that was claimed [`MAX_ATTEMPTS`] times and never
    /// came to an end is dead. `by` is a name that nobody else at this bucket has: what it has claimed already and not
    /// brought to an end comes back, and is no further attempt.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn claim(
        &mut self,
        by: &str,
        bucket: u8,
        lease: Duration,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.session.run(&Take { by, bucket, lease }).await
    }

    /// The buckets in which a delivery may be claimed.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn waiting(&mut self) -> Result<Vec<u8>, StoreError> {
        self.session.run(&Waiting).await
    }

    /// Makes claims last for as long as the lease from now; how many of them are still this one's.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn renew(
        &mut self,
        by: &str,
        ids: &[DeliveryId],
        lease: Duration,
    ) -> Result<usize, StoreError> {
        self.session.run(&Renew { by, ids, lease }).await
    }

    /// Brings claims to their end; how many of them were still this one's.
    ///
    /// # Errors
    /// The connection's or the server's failure; then nothing was written, or all of it.
    pub async fn settle(&mut self, by: &str, ended: &[(DeliveryId, End)]) -> Result<usize, StoreError> {
        self.session.run(&Settle { by, ended }).await
    }

    /// A page of deliveries, the newest first.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn list(
        &mut self,
        filter: &Filter,
        after: Option<PageStart>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        self.session.run(&List { filter, after, limit }).await
    }

    /// The payload of a delivery, if it is kept.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn payload(&mut self, id: DeliveryId) -> Result<Option<Vec<u8>>, StoreError> {
        self.session.run(&look::Payload { id }).await
    }

    /// The state of the inbox, at a cost that does not grow with what is done.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn counts(&mut self) -> Result<Counts, StoreError> {
        self.session.run(&Count).await
    }

    /// Has deliveries processed again that came to an end: at most so many; how many there were. To process one again
    /// that is done changes no row.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn retry(&mut self, filter: &Filter, limit: u32) -> Result<usize, StoreError> {
        self.session.run(&Retry { filter, limit }).await
    }

    /// Forgets deliveries that came to an end: at most so many, the oldest first; how many there were. What is pending
    /// stays, whatever the filter says.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn purge(&mut self, filter: &Filter, limit: u32) -> Result<usize, StoreError> {
        self.session.run(&Purge { filter, limit }).await
    }

    /// Forgets old deliveries: at most so many of each state, the oldest first; how many there were. What it costs does
    /// not grow with what is kept.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn expire(&mut self, old: Old, limit: u32) -> Result<usize, StoreError> {
        self.session.run(&Expire { old, limit }).await
    }

    /// Forgets all old deliveries, a few at a time, with a pause after each time: others work on the same table. How many
    /// there were.
    ///
    /// # Errors
    /// The connection's or the server's failure; what was forgotten until then is gone.
    pub async fn forget(&mut self, old: Old, few: u32, pause: Duration) -> Result<usize, StoreError> {
        let mut count = 0;
        loop {
            let gone = self.expire(old, few).await?;
            count += gone;
            if gone == 0 {
                return Ok(count);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// The first delivery that has no room in so many bytes, where those that came to an end last are kept. This looks
    /// at all of these, a page at a time.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn beyond(&mut self, mut bytes: u64) -> Result<Option<Ending>, StoreError> {
        let mut before = None;
        loop {
            let page = self.session.run(&Newest { before }).await?;
            for Ended { ending, size } in &page {
                let Some(left) = bytes.checked_sub(*size) else { return Ok(Some(*ending)) };
                (bytes, before) = (left, Some(*ending));
            }
            if page.len() < Newest::PAGE {
                return Ok(None);
            }
        }
    }
}
