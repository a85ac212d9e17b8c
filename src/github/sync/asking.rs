//! Asks with patience: limits are waited for, outages are tried again, and whoever listens is told.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use super::{
    event::{Because, Spent, SyncEvent, Teller},
    lists::Lists,
};
use crate::{
    backoff::SERVICE,
    github::{
        client::{Client, Clock, Error, Graph, Page, Resource},
        query::Query,
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

/// The client, its patience, and who is told.
pub(super) struct Asking {
    pub(super) client: Arc<Client>,
    pub(super) tell: Teller,
    pub(super) time: Time,
    /// How often an outage is tried again, in a row.
    pub(super) tries: u32,
    /// What had been spent before this run.
    before: (u32, u32),
    pub(super) lists: Lists,
    /// GitHub's clock when it answered last.
    date: Mutex<Option<DateTime<Utc>>>,
}

impl Asking {
    pub(super) fn new(client: Arc<Client>, tell: Teller, time: Time, tries: u32) -> Self {
        Self {
            before: client.spent(),
            client,
            tell,
            time,
            tries,
            lists: Lists::default(),
            date: Mutex::default(),
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
        let mut failures = 0;
        loop {
            let answer = ask().await;
            self.tell_costs();
            match answer {
                Err(Error::Wait(wait)) => self.wait(wait.until, Because::Limit(wait.why)).await,
                Err(error) if is_outage(&error) && failures < self.tries => {
                    let pause = SERVICE.pause(failures);
                    failures += 1;
                    tracing::warn!("{error}; try {failures}");
                    let pause = TimeDelta::from_std(pause).unwrap_or_default();
                    self.wait(self.time.now() + pause, Because::Outage(error)).await;
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
