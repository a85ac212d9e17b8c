//! Whether the database answers, asked at most once in a while however many want to know.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use super::metrics::Metrics;
use crate::{
    domain::source::Cause,
    store::{
        engine::{connect::within, database::Database, error::StoreError},
        inbox::{Counts, Inbox},
    },
};

/// An answer is good for so long.
const FRESH: Duration = Duration::from_secs(1);
/// Longest wait for an answer.
const TIME: Duration = Duration::from_secs(2);

/// What the database last said.
type Said = Result<Counts, Cause>;

pub(super) struct Probe {
    metrics: Arc<Metrics>,
    known: Mutex<Known>,
}

struct Known {
    inbox: Inbox,
    said: Option<(Instant, Said)>,
}

impl Probe {
    pub(super) fn new(database: Database, metrics: Arc<Metrics>) -> Self {
        Self { metrics, known: Mutex::new(Known { inbox: Inbox::new(database), said: None }) }
    }

    /// The state of the inbox, or why nobody knows.
    pub(super) async fn ask(&self) -> Said {
        let mut known = self.known.lock().await;
        if let Some((at, said)) = &known.said
            && at.elapsed() < FRESH
        {
            return *said;
        }
        let was_well = matches!(known.said, Some((_, Ok(_))));
        let said = within(TIME, "whether it is ready", known.ask(was_well)).await.map_err(|error| {
            tracing::warn!(%error, "not ready");
            error.cause
        });
        self.metrics.inbox(said.as_ref().ok());
        known.said = Some((Instant::now(), said));
        said
    }
}

impl Known {
    /// What the login may do is asked after a failure only.
    async fn ask(&mut self, was_well: bool) -> Result<Counts, StoreError> {
        if !was_well {
            self.inbox.usable().await?;
        }
        self.inbox.counts().await
    }
}
