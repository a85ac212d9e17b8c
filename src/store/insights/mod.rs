//! Insights: the requests for them (`ask`: who asks; `work`: the workers), and the rows themselves (`insert`).
//!
//! At most one request of a pull request is queued and one more is running; unique indexes see to it. A worker claims
//! the one that has waited longest for a time, its lease, and stores the insight only while the request is still its own: however many
//! workers there are and however they end, a claim brings forth one insight or none. All clocks are the server's. No
//! row of `insights` is ever changed.

mod ask;
pub mod insert;
pub mod plans;
mod rows;
mod scan;
mod sql;
mod take;
mod work;

use std::{sync::atomic::AtomicBool, time::Duration};

pub use self::scan::{Heads, ScanCursor};
use self::{
    ask::{Abilities, CanWork, Cancel, Enqueue, Latest, Open, Postponed},
    scan::Scan,
    take::Take,
    work::{Fail, Finish, Renew},
};
use super::engine::{database::Database, error::StoreError, session::Session};
use crate::domain::{
    ids::{InsightId, PrKey, RequestId},
    new_insight::NewInsight,
    request::{Ability, Request, RequestState},
};

/// So often a request is claimed at most: a worker that is killed over it again and again is killed by it. What it is
/// not to blame for does not count.
pub const MAX_ATTEMPTS: i32 = 20;

/// Keys of one round trip.
const KEY_PAGE: usize = 500;

/// What [`InsightStore::enqueue`] did with each key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enqueued {
    /// There is a new request.
    pub queued: Vec<PrKey>,
    /// One is queued already, and stands for this one, too.
    pub joined: Vec<PrKey>,
    /// There is no such pull request.
    pub absent: Vec<PrKey>,
    /// No files are stored for it: nothing can be said of its risk.
    pub unknown: Vec<PrKey>,
}

/// The requests to which a worker keeps.
#[derive(Clone, Copy, Debug)]
pub struct Only<'a> {
    /// The asker whose requests these are.
    pub by: &'a str,
    /// Pull requests whose requests count, too, whoever asked: once nobody else seems to make them, for their worker is
    /// gone, or nobody has begun for as long as a lease.
    pub awaited: &'a [PrKey],
}

/// What becomes of a request whose claim brought forth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is tried again, unless it has been too often or another request waits for the same pull request.
    Again {
        /// After so long.
        pause: Duration,
        /// The attempt counts; not so where the request was not to blame.
        counts: bool,
    },
    /// It has failed.
    Failed,
    /// It has failed, and would for ever.
    Dead,
}

/// A request that is this worker's for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub request: RequestId,
    pub key: PrKey,
    /// Claims of this request so far, this one included.
    pub attempt: i32,
    pub worker: Box<str>,
    /// Who asked, as stored.
    pub requested_by: Option<Box<str>>,
}

/// How a claim ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The insight is stored, and the request done.
    Saved {
        /// The new row of `insights`.
        insight: InsightId,
        /// The head is another commit by now, and another request is queued for it.
        moved: bool,
    },
    /// The request is no longer this claim's; nothing was written.
    Lost,
}

/// One connection, opened when first needed; reconnects by itself.
pub struct InsightStore {
    session: Session,
    /// The answer to the last claim was lost.
    in_doubt: bool,
}

impl InsightStore {
    /// Nothing is connected yet.
    pub fn new(database: impl Into<Database>) -> Self {
        Self { session: Session::new(database.into()), in_doubt: false }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// How this login gets a new insight, found out anew each time.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn ability(&mut self) -> Result<Ability, StoreError> {
        self.session.run(&Abilities).await
    }

    /// Whether this login may do a worker's part: claim requests and store insights. Found out anew each time.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn can_work(&mut self) -> Result<bool, StoreError> {
        self.session.run(&CanWork).await
    }

    /// Asks for a new insight of each pull request, for its present head. Some hundreds at a time take effect
    /// together, in the order in which they are given.
    ///
    /// # Errors
    /// The connection's or the server's failure; what was queued until then stays.
    pub async fn enqueue(&mut self, keys: &[PrKey], by: Option<&str>) -> Result<Enqueued, StoreError> {
        let mut all = Enqueued::default();
        for page in unique(keys).chunks(KEY_PAGE) {
            let Enqueued { queued, joined, absent, unknown } =
                self.session.run(&Enqueue::new(page, by)).await?;
            all.queued.extend(queued);
            all.joined.extend(joined);
            all.absent.extend(absent);
            all.unknown.extend(unknown);
        }
        Ok(all)
    }

    /// Takes queued requests back; returns how many. One that runs goes on.
    ///
    /// # Errors
    /// The connection's or the server's failure; what was taken back until then stays so.
    pub async fn cancel(&mut self, keys: &[PrKey]) -> Result<usize, StoreError> {
        let mut count = 0;
        for page in unique(keys).chunks(KEY_PAGE) {
            count += self.session.run(&Cancel { keys: page }).await?;
        }
        Ok(count)
    }

    /// Claims the request that has waited longest, for as long as the lease; `only` narrows to some. One that has been
    /// claimed [`MAX_ATTEMPTS`] times becomes dead instead. While there is nothing to claim, this is one question, and
    /// nothing is locked. After a failure a claim that went through unheard of is taken up.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn claim(
        &mut self,
        worker: &str,
        lease: Duration,
        only: Option<Only<'_>>,
    ) -> Result<Option<Claim>, StoreError> {
        let in_doubt = AtomicBool::new(self.in_doubt);
        let claimed = self.session.run(&Take { worker, lease, only, in_doubt }).await;
        self.in_doubt = claimed.is_err();
        claimed
    }

    /// Makes a claim last for as long as the lease from now; false if it is no longer this worker's.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn renew(&mut self, claim: &Claim, lease: Duration) -> Result<bool, StoreError> {
        self.session.run(&Renew { claim, lease }).await
    }

    /// Stores the insight that a claim brought forth, if the request is still this claim's.
    ///
    /// # Errors
    /// The connection's or the server's failure; then nothing was written, or all of it.
    pub async fn finish(&mut self, claim: &Claim, insight: &NewInsight) -> Result<Finished, StoreError> {
        self.session.run(&Finish::new(claim, insight)).await
    }

    /// Gives a claim up. Returns what became of the request; `None` if it is no longer this claim's.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn fail(
        &mut self,
        claim: &Claim,
        error: &str,
        end: End,
    ) -> Result<Option<RequestState>, StoreError> {
        self.session.run(&Fail { claim, error, end }).await
    }

    /// Open pull requests, from a place on, for whose head there is no insight, none is asked for and none was, and
    /// whose files are stored: so many at most, those first that changed longest ago.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn scan(&mut self, from: ScanCursor, limit: usize) -> Result<Heads, StoreError> {
        let mut heads = Heads { keys: Vec::new(), next: Some(from) };
        while let Some(place) = heads.next.take() {
            let page = self.session.run(&Scan { from: &place }).await?;
            heads.next = ScanCursor::behind(&page);
            for row in page.iter().filter(|row| row.is_wanted && row.has_files) {
                heads.keys.push(row.key);
                if heads.keys.len() >= limit {
                    heads.next = Some(ScanCursor::of(row));
                    return Ok(heads);
                }
            }
        }
        Ok(heads)
    }

    /// How many open pull requests cannot have an insight of their head, for their files are not stored.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn unknown(&mut self) -> Result<usize, StoreError> {
        let (mut count, mut next) = (0, Some(ScanCursor::default()));
        while let Some(place) = next {
            let page = self.session.run(&Scan { from: &place }).await?;
            count += page.iter().filter(|row| row.is_wanted && !row.has_files).count();
            next = ScanCursor::behind(&page);
        }
        Ok(count)
    }

    /// The newest request of each pull request that has any.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn latest(&mut self, keys: &[PrKey]) -> Result<Vec<Request>, StoreError> {
        let mut all = Vec::new();
        for page in unique(keys).chunks(KEY_PAGE) {
            all.extend(self.session.run(&Latest { keys: page }).await?);
        }
        Ok(all)
    }

    /// Queued and running requests, oldest first.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn open(&mut self, limit: usize) -> Result<Vec<Request>, StoreError> {
        self.session.run(&Open { limit }).await
    }

    /// How many queued requests wait for the time of their next try, at most so many.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn postponed(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.session.run(&Postponed { limit }).await
    }
}

/// Each key once, in the given order.
fn unique(keys: &[PrKey]) -> Vec<PrKey> {
    let mut seen = std::collections::HashSet::new();
    keys.iter().copied().filter(|key| seen.insert(*key)).collect()
}
