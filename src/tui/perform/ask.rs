//! Getting new insights, by the best way that the login may use: a request in the queue, an insight made here and
//! inserted, or one made here and only shown.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::mpsc, task::JoinSet};
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

/// A request of this dashboard alone, which no database stores.
struct Own {
    request: Request,
    /// The login may insert: its insight is stored.
    stores: bool,
}

/// The task that grants wishes, one after the other. Without a queue it makes the insights itself, one at a time, and
/// wishes come before the next one: whoever takes requests back need not wait for an LLM.
pub(super) struct Asker {
    supply: InsightSupply,
    feed: mpsc::Sender<FeedCommand>,
    replies: mpsc::Sender<Msg>,
    /// Own requests that are not begun yet.
    queued: VecDeque<Own>,
    /// The one that has begun: its insight, or why there is none.
    making: JoinSet<(Own, Result<Made, String>)>,
}

/// Nobody listens any more.
struct Closed;

impl<T> From<mpsc::error::SendError<T>> for Closed {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self
    }
}

impl Asker {
    pub(super) fn new(
        supply: InsightSupply,
        feed: mpsc::Sender<FeedCommand>,
        replies: mpsc::Sender<Msg>,
    ) -> Self {
        Self { supply, feed, replies, queued: VecDeque::new(), making: JoinSet::new() }
    }

    pub(super) async fn run(mut self, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        loop {
            let done = tokio::select! {
                biased;
                wish = wishes.recv() => match wish {
                    Some(wish) => self.grant(wish).await,
                    None => return,
                },
                Some(ended) = self.making.join_next() => match ended {
                    Ok((own, made)) => self.end(own, made).await,
                    Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
                },
            };
            let done = match done {
                Ok(()) if wishes.is_empty() => self.begin_next().await,
                other => other,
            };
            if done.is_err() {
                return;
            }
            if self.making.is_empty() {
                // Wishes are rare: an idle connection is not worth its memory on the server.
                self.supply.queue.close();
            }
        }
    }

    async fn grant(&mut self, wish: Wish) -> Result<(), Closed> {
        match wish {
            Wish::Ask(keys) => self.ask(&keys).await,
            Wish::Join(keys) => {
                self.wake(&keys).await;
                Ok(())
            }
            Wish::Cancel(keys) => self.cancel(&keys).await,
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
        let ability = match self.supply.queue.ability().await {
            Ok(ability) => ability,
            Err(error) => return self.not_asked(&error).await,
        };
        match ability {
            Ability::Queue => self.enqueue(keys).await,
            Ability::Insert => self.queue(keys, Asked::Here(keys.len()), true).await,
            Ability::ReadOnly => self.queue(keys, Asked::Local(keys.len()), false).await,
        }
    }

    async fn not_asked(&self, error: &StoreError) -> Result<(), Closed> {
        self.reply(Msg::Asked(Err(logged(error, "no insight was asked for")))).await
    }

    async fn enqueue(&mut self, keys: &[PrKey]) -> Result<(), Closed> {
        let Enqueued { queued, joined, absent, unknown } =
            match self.supply.queue.enqueue(keys, Some(&self.supply.by)).await {
                Ok(done) => done,
                Err(error) => return self.not_asked(&error).await,
            };
        let (new, old, absent) = (queued.len(), joined.len(), absent.len());
        let asked = Asked::Queued { queued: new, joined: old, absent, unknown };
        self.reply(Msg::Asked(Ok(asked))).await?;
        self.look();
        self.wake(&[queued, joined].concat()).await;
        Ok(())
    }

    /// Wakes this process's worker, unless the login may ask and no more: then a worker elsewhere does it.
    async fn wake(&mut self, keys: &[PrKey]) {
        match self.supply.queue.can_work().await {
            Ok(true) => (self.supply.wake)(keys),
            Ok(false) => {
                tracing::info!("this login may not do a worker's part; another one makes the insights");
            }
            // The worker tells how it goes on.
            Err(error) => {
                tracing::warn!(%error, "it is not known what this login may do");
                (self.supply.wake)(keys);
            }
        }
    }

    async fn cancel(&mut self, keys: &[PrKey]) -> Result<(), Closed> {
        let mut keys: HashSet<PrKey> = keys.iter().copied().collect();
        let own = self.cancel_own(&mut keys).await?;
        let stored = self.cancel_stored(&keys.into_iter().collect::<Vec<_>>()).await;
        let stored = stored.map_err(|error| logged(&error, "no request was taken back"));
        self.reply(Msg::Cancelled(stored.map(|stored| own + stored))).await?;
        self.look();
        Ok(())
    }

    /// Takes back those that this dashboard was to make itself, and takes them out of `keys`.
    async fn cancel_own(&mut self, keys: &mut HashSet<PrKey>) -> Result<usize, Closed> {
        let all = std::mem::take(&mut self.queued).into_iter();
        let (cancelled, left): (Vec<Own>, Vec<Own>) = all.partition(|own| keys.remove(&own.request.key));
        self.queued = left.into();
        let count = cancelled.len();
        if count > 0 {
            let told = cancelled.into_iter().map(|own| self.ended(own.request, RequestState::Cancelled));
            self.reply(Msg::Requests(told.collect())).await?;
        }
        Ok(count)
    }

    async fn cancel_stored(&mut self, keys: &[PrKey]) -> Result<usize, StoreError> {
        if keys.is_empty() {
            return Ok(0);
        }
        match self.supply.queue.ability().await? {
            Ability::Queue => self.supply.queue.cancel(keys).await,
            // It is being made, or is ready: there is nothing to take back.
            Ability::Insert | Ability::ReadOnly => Ok(0),
        }
    }

    /// Without a queue: these are made here, and their steps told as the queue would tell them.
    async fn queue(&mut self, keys: &[PrKey], asked: Asked, stores: bool) -> Result<(), Closed> {
        let requests: Vec<Request> = keys.iter().map(|key| self.own_request(*key)).collect();
        // All at once and before the reply: it ends the wait for the feed, which never tells of them.
        self.reply(Msg::Requests(requests.clone())).await?;
        self.queued.extend(requests.into_iter().map(|request| Own { request, stores }));
        self.reply(Msg::Asked(Ok(asked))).await
    }

    /// Begins with the next own request, unless an insight is being made.
    async fn begin_next(&mut self) -> Result<(), Closed> {
        if !self.making.is_empty() {
            return Ok(());
        }
        let Some(mut own) = self.queued.pop_front() else { return Ok(()) };
        own.request = self.stepped(own.request, RequestState::Running);
        own.request.attempts = 1;
        own.request.started_at = own.request.updated_at;
        self.reply(Msg::Requests(vec![own.request.clone()])).await?;
        let pull = self.supply.queue.pull(own.request.key).await;
        let llm = self.supply.llm.clone();
        self.making.spawn(async move {
            let made = match pull {
                Ok(Some(pull)) => make(pull, llm.as_deref()).await.map_err(|why| why.to_string()),
                Ok(None) => Err("the pull request is no longer stored".to_owned()),
                Err(error) => Err(logged(&error, "a pull request was not read")),
            };
            (own, made)
        });
        Ok(())
    }

    /// An insight is made, or there is none: shows or stores it, and tells the end of its request.
    async fn end(&mut self, own: Own, made: Result<Made, String>) -> Result<(), Closed> {
        let Own { mut request, stores } = own;
        match made {
            Ok(made) if stores => {
                match self.supply.queue.insert(request.key, &made.row(Some(&self.supply.by))).await {
                    Ok(id) => request.insight = Some(id),
                    Err(error) => request.error = Some(logged(&error, "an insight was not stored").into()),
                }
            }
            Ok(made) => {
                let id = InsightId::new(Uuid::new_v4());
                let local = made.local(id, (self.supply.clock)());
                self.reply(Msg::Local(request.key, Box::new(local))).await?;
                request.insight = Some(id);
            }
            Err(why) => request.error = Some(why.into()),
        }
        let state = if request.error.is_some() { RequestState::Failed } else { RequestState::Done };
        let request = self.ended(request, state);
        self.reply(Msg::Requests(vec![request])).await?;
        if stores {
            self.look();
        }
        Ok(())
    }

    /// Its next version. It is later than the one before, even where the clock is coarse.
    fn stepped(&self, request: Request, state: RequestState) -> Request {
        let now = (self.supply.clock)();
        let before = request.updated_at.map(|before| before + TimeDelta::microseconds(1));
        Request { state, updated_at: before.max(Some(now)), ..request }
    }

    fn ended(&self, request: Request, state: RequestState) -> Request {
        let request = self.stepped(request, state);
        Request { finished_at: request.updated_at, ..request }
    }

    fn own_request(&self, key: PrKey) -> Request {
        let now = (self.supply.clock)();
        Request {
            id: RequestId::new(Uuid::new_v4()),
            key,
            state: RequestState::Queued,
            sha: None,
            requested_by: Some(self.supply.by.as_str().into()),
            attempts: 0,
            error: None,
            insight: None,
            requested_at: Some(now),
            started_at: None,
            finished_at: None,
            updated_at: Some(now),
        }
    }
}
