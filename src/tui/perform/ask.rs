//! Getting new insights, by the best way that the login may use: a request in the queue, an insight made here and
//! inserted, or one made here and only shown.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::logged;
use crate::{
    domain::{
        ids::{InsightId, PrKey, RequestId},
        request::{Ability, Asked, Request, RequestState},
    },
    insight::{
        llm::Llm,
        make::{Made, make},
    },
    store::{
        board::feed::FeedCommand,
        engine::error::StoreError,
        insights::{Enqueued, InsightStore},
    },
    tui::msg::Msg,
};

/// Wakes this process's worker, and names the pull requests that somebody waits for.
pub type Wake = Box<dyn Fn(&[PrKey]) + Send + Sync>;

/// The source of new insights: the queue, or this process.
pub struct InsightSupply {
    /// The queue of the dashboard's database.
    pub queue: InsightStore,
    /// The requester's name, as stored.
    pub by: String,
    /// Writes the words of insights made here; `None` leaves them to the built-in rules.
    pub llm: Option<Arc<Llm>>,
    /// Called when there is something for a worker to do, with what is waited for.
    pub wake: Wake,
    /// This machine's clock.
    pub clock: fn() -> DateTime<Utc>,
}

impl std::fmt::Debug for InsightSupply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InsightSupply").field("by", &self.by).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) enum Wish {
    Ask(Vec<PrKey>),
    Join(Vec<PrKey>),
    Cancel(Vec<PrKey>),
}

/// The task that grants wishes, one after the other.
pub(super) struct Asker {
    pub(super) asking: InsightSupply,
    pub(super) feed: mpsc::Sender<FeedCommand>,
    pub(super) replies: mpsc::Sender<Msg>,
}

/// Nobody listens any more.
struct Closed;

impl<T> From<mpsc::error::SendError<T>> for Closed {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self
    }
}

impl Asker {
    pub(super) async fn run(mut self, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        while let Some(wish) = wishes.recv().await {
            let granted = match wish {
                Wish::Ask(keys) => self.ask(&keys).await,
                Wish::Join(keys) => {
                    (self.asking.wake)(&keys);
                    Ok(())
                }
                Wish::Cancel(keys) => self.cancel(&keys).await,
            };
            // Wishes are rare: an idle connection is not worth its memory on the server.
            self.asking.queue.close();
            if granted.is_err() {
                return;
            }
        }
    }

    async fn reply(&self, msg: Msg) -> Result<(), Closed> {
        Ok(self.replies.send(msg).await?)
    }

    /// Asks the feed to read what was written, so that the board shows it at once.
    fn look(&self) {
        // A full queue already holds a poll that shows this too.
        self.feed.try_send(FeedCommand::Look).ok();
    }

    async fn ask(&mut self, keys: &[PrKey]) -> Result<(), Closed> {
        let ability = match self.asking.queue.ability().await {
            Ok(ability) => ability,
            Err(error) => return self.not_asked(&error).await,
        };
        match ability {
            Ability::Queue => self.enqueue(keys).await,
            Ability::Insert => {
                self.reply(Msg::Asked(Ok(Asked::Here(keys.len())))).await?;
                self.make_all(keys, true).await
            }
            Ability::ReadOnly => {
                self.reply(Msg::Asked(Ok(Asked::Local(keys.len())))).await?;
                self.make_all(keys, false).await
            }
        }
    }

    async fn not_asked(&self, error: &StoreError) -> Result<(), Closed> {
        self.reply(Msg::Asked(Err(logged(error, "no insight was asked for")))).await
    }

    async fn enqueue(&mut self, keys: &[PrKey]) -> Result<(), Closed> {
        let Enqueued { queued, joined, absent, unknown } =
            match self.asking.queue.enqueue(keys, Some(&self.asking.by)).await {
                Ok(done) => done,
                Err(error) => return self.not_asked(&error).await,
            };
        let (new, old, absent) = (queued.len(), joined.len(), absent.len());
        let asked = Asked::Queued { queued: new, joined: old, absent, unknown };
        self.reply(Msg::Asked(Ok(asked))).await?;
        (self.asking.wake)(&[queued, joined].concat());
        self.look();
        Ok(())
    }

    async fn cancel(&mut self, keys: &[PrKey]) -> Result<(), Closed> {
        let cancelled = self.asking.queue.cancel(keys).await;
        let cancelled = cancelled.map_err(|error| logged(&error, "no request was taken back"));
        self.reply(Msg::Cancelled(cancelled)).await?;
        self.look();
        Ok(())
    }

    /// Without a queue: makes each insight here, and reports its steps as the queue would.
    async fn make_all(&mut self, keys: &[PrKey], store: bool) -> Result<(), Closed> {
        for key in keys {
            let mut request = self.own_request(*key);
            self.reply(Msg::Requests(vec![request.clone()])).await?;
            match self.make(*key).await {
                Ok(made) if store => {
                    match self.asking.queue.insert(*key, &made.row(Some(&self.asking.by))).await {
                        Ok(id) => request.insight = Some(id),
                        Err(error) => {
                            request.error = Some(logged(&error, "an insight was not stored").into());
                        }
                    }
                }
                Ok(made) => {
                    let id = InsightId::new(Uuid::new_v4());
                    let local = made.local(id, (self.asking.clock)());
                    self.reply(Msg::Local(*key, Box::new(local))).await?;
                    request.insight = Some(id);
                }
                Err(why) => request.error = Some(why.into()),
            }
            let ended = (self.asking.clock)();
            request.state = if request.error.is_some() { RequestState::Failed } else { RequestState::Done };
            request.finished_at = Some(ended);
            // Later than the step before, even where the clock is coarse.
            request.updated_at =
                request.updated_at.map(|before| ended.max(before + chrono::TimeDelta::microseconds(1)));
            self.reply(Msg::Requests(vec![request])).await?;
            if store {
                self.look();
            }
        }
        Ok(())
    }

    async fn make(&mut self, key: PrKey) -> Result<Made, String> {
        let pull = self.asking.queue.pull(key).await;
        let pull = pull.map_err(|error| logged(&error, "a pull request was not read"))?;
        let pull = pull.ok_or("the pull request is no longer stored")?;
        make(pull, self.asking.llm.as_deref()).await.map_err(|why| why.to_string())
    }

    /// A request of this dashboard alone, which no database stores.
    fn own_request(&self, key: PrKey) -> Request {
        let now = (self.asking.clock)();
        Request {
            id: RequestId::new(Uuid::new_v4()),
            key,
            state: RequestState::Running,
            sha: None,
            requested_by: Some(self.asking.by.as_str().into()),
            attempts: 1,
            error: None,
            insight: None,
            requested_at: Some(now),
            started_at: Some(now),
            finished_at: None,
            updated_at: Some(now),
        }
    }
}
