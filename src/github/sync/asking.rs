//! Asks with patience: limits are waited for, outages are sat out for a while, and whoever listens is told.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use url::Url;

use super::{
    cost::Spent,
    event::{Because, SyncEvent, Teller},
    lists::Lists,
};
use crate::{
    backoff::SERVICE,
    github::{
        client::{Client, Clock, Error, Graph, Page, Resource},
        payload::ByToken,
        query::{self, Query},
    },
};

/// This machine's clock and its alarm, or a test's.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub now: Clock,
    pub sleep: fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Default for Time {
    fn default() -> Self {
        #[expect(clippy::disallowed_methods, reason = "limits end at times of the clock")]
        let now: Clock = || Utc::now();
        Self { now, sleep: |pause| Box::pin(tokio::time::sleep(pause)) }
    }
}

/// A clock may be set, or a machine sleep: a long wait looks at it again.
const LOOK: Duration = Duration::from_mins(1);

impl Time {
    pub(in crate::github) fn now(self) -> DateTime<Utc> {
        (self.now)()
    }

    pub(in crate::github) async fn sleep(self, pause: Duration) {
        (self.sleep)(pause).await;
    }

    pub(in crate::github) async fn until(self, time: DateTime<Utc>) {
        while let Ok(pause) = (time - self.now()).to_std()
            && !pause.is_zero()
        {
            self.sleep(pause.min(LOOK)).await;
        }
    }
}

/// How long that takes where GitHub has not answered yet: an address, a proxy or the network is wrong, more likely than
/// down for a while.
const FIRST: Duration = Duration::from_secs(5);

/// The client, its patience, and who is told.
pub(super) struct Asking {
    pub(super) client: Arc<Client>,
    pub(super) tell: Teller,
    pub(super) time: Time,
    /// How long an outage is sat out; [`Duration::MAX`]: for ever.
    patience: Duration,
    /// It has answered, with whatever.
    is_reached: AtomicBool,
    /// What had been spent before this run.
    before: (u32, u32),
    pub(super) lists: Lists,
    /// GitHub's clock when it answered last.
    date: Mutex<Option<DateTime<Utc>>>,
    /// Until when requests that failed of an outage wait together.
    pause: Mutex<Option<DateTime<Utc>>>,
}

impl Asking {
    pub(super) fn new(client: Arc<Client>, tell: Teller, time: Time, patience: Duration) -> Self {
        Self {
            before: client.spent(),
            client,
            tell,
            time,
            patience,
            is_reached: AtomicBool::new(false),
            lists: Lists::default(),
            date: Mutex::default(),
            pause: Mutex::default(),
        }
    }

    /// # Errors
    /// What no patience mends; [`Error::TooMuch`] is the caller's to ask less.
    pub(super) async fn graphql<T: DeserializeOwned>(
        &self,
        query: Query,
        variables: &impl Serialize,
        what: &str,
    ) -> Result<Graph<T>, Error> {
        let graph = self.patiently(|| self.client.graphql(query, variables, what)).await?;
        self.note(graph.at);
        Ok(graph)
    }

    /// The same of a question that cannot be made smaller: where even that is too much, GitHub may be down, which its
    /// gateway says in the same words.
    ///
    /// # Errors
    /// What no patience mends; [`Error::TooMuch`] where GitHub answers other questions.
    pub(super) async fn least<T: DeserializeOwned>(
        &self,
        query: Query,
        variables: &impl Serialize,
        what: &str,
    ) -> Result<Graph<T>, Error> {
        match self.graphql(query, variables, what).await {
            Err(Error::TooMuch(_)) => {
                self.alive().await?;
                self.graphql(query, variables, what).await
            }
            answer => answer,
        }
    }

    /// One or the other, by whether the question can be made smaller.
    ///
    /// # Errors
    /// What no patience mends.
    pub(super) async fn sized<T: DeserializeOwned>(
        &self,
        is_least: bool,
        query: Query,
        variables: &impl Serialize,
        what: &str,
    ) -> Result<Graph<T>, Error> {
        if is_least {
            self.least(query, variables, what).await
        } else {
            self.graphql(query, variables, what).await
        }
    }

    /// Whether GitHub answers at all.
    ///
    /// # Errors
    /// What no patience mends.
    pub(super) async fn alive(&self) -> Result<(), Error> {
        let ask = || async {
            let answer = self.client.graphql::<ByToken>(query::ALIVE, json!({}), "GitHub").await;
            answer.map_err(|error| match error {
                Error::TooMuch(status) => {
                    let host = self.client.site().host.clone();
                    Error::Down { host, status: status.parse().unwrap_or(502) }
                }
                error => error,
            })
        };
        self.patiently(ask).await.map(drop)
    }

    /// # Errors
    /// What no patience mends.
    pub(super) async fn page<T: DeserializeOwned>(&self, url: &Url, what: &str) -> Result<Page<T>, Error> {
        let page = self.patiently(|| self.client.page(url, what)).await?;
        self.note(page.at);
        Ok(page)
    }

    fn note(&self, date: Option<DateTime<Utc>>) {
        let mut last = self.date.lock().unwrap_or_else(PoisonError::into_inner);
        *last = date.or(*last);
    }

    /// GitHub's clock, by its last answer.
    pub(super) fn date(&self) -> DateTime<Utc> {
        self.date.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(|| self.time.now())
    }

    pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, Error> {
        let (mut failures, mut since) = (0, None);
        loop {
            let answer = ask().await;
            self.tell_costs();
            if answer.as_ref().err().is_none_or(Error::is_answered) {
                self.is_reached.store(true, Ordering::Relaxed);
            }
            match answer {
                Err(Error::Wait(wait)) => {
                    self.wait(wait.until, Because::Limit(wait.why)).await;
                    // An outage before a wait that may take an hour is no part of one behind it.
                    (failures, since) = (0, None);
                }
                Err(error) if is_outage(&error) => {
                    let now = self.time.now();
                    let lasts = (now - *since.get_or_insert(now)).to_std().unwrap_or_default();
                    let left = self.patience_now().saturating_sub(lasts);
                    if left.is_zero() {
                        return Err(error);
                    }
                    let gives_up =
                        TimeDelta::from_std(left).ok().and_then(|left| now.checked_add_signed(left));
                    let because = Because::Outage { error, gives_up };
                    self.sit_out(SERVICE.pause(failures).min(left), because).await;
                    failures += 1;
                }
                answer => {
                    if answer.is_ok() {
                        self.tell.tell(SyncEvent::Resumed);
                    }
                    return answer;
                }
            }
        }
    }

    fn patience_now(&self) -> Duration {
        let is_first = !self.is_reached.load(Ordering::Relaxed) && self.patience != Duration::MAX;
        if is_first { self.patience.min(FIRST) } else { self.patience }
    }

    /// A pause in an outage; whoever fails meanwhile waits for its end, too.
    async fn sit_out(&self, pause: Duration, because: Because) {
        let now = self.time.now();
        let (until, is_shared) = {
            let mut last = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
            let running = last.filter(|until| *until > now);
            let until = running.unwrap_or(now + TimeDelta::from_std(pause).unwrap_or_default());
            *last = Some(until);
            (until, running.is_some())
        };
        if is_shared {
            return self.time.until(until).await;
        }
        tracing::warn!("{because}");
        self.wait(until, because).await;
    }

    async fn wait(&self, until: DateTime<Utc>, because: Because) {
        self.tell.tell(SyncEvent::Waiting { repository: None, until, because });
        self.time.until(until).await;
    }

    pub(super) fn spent(&self) -> Spent {
        let left = |purse| self.client.purse(purse).map(|purse| purse.remaining);
        let (points, requests) = self.client.spent();
        Spent {
            points: points.saturating_sub(self.before.0),
            requests: requests.saturating_sub(self.before.1),
            points_left: left(Resource::Graphql),
            requests_left: left(Resource::Rest),
        }
    }

    fn tell_costs(&self) {
        self.tell.tell(SyncEvent::Spent(self.spent()));
        for notice in self.client.notices() {
            self.tell.tell(SyncEvent::Notice(notice.to_string()));
        }
    }
}

/// Passes by itself. A web page in the place of an answer wants somebody to log in.
fn is_outage(error: &Error) -> bool {
    error.is_passing() && !matches!(error, Error::Wait(_) | Error::TooMuch(_) | Error::WebPage { .. })
}
