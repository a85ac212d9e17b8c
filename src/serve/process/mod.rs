//! The processor: what the inbox holds becomes facts, and facts rows.
//!
//! It has a thread of its own, so that no acknowledgement waits for it. It is woken by the receiver beside it, and looks by
//! and by after what others received and did not come to.

mod batch;
mod buckets;
mod lane;

use std::{sync::Arc, thread, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

pub(super) use self::buckets::Buckets;
use self::lane::Lane;
use super::{files::Wish, metrics::Metrics};
use crate::{
    backoff::random_fraction,
    panics::caught,
    store::{engine::database::Database, inbox::Inbox},
};

/// Repositories that are processed at the same time, by connections of their own.
const LANES: u8 = 3;
/// How often the inbox is looked after that nobody here has put something in.
const LOOK: Duration = Duration::from_secs(5);
/// How long it may go on once it is told to stop.
const PATIENCE: Duration = Duration::from_secs(8);

/// What lanes share.
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) buckets: Arc<Buckets>,
    pub(super) metrics: Arc<Metrics>,
    /// The claims of this process are told from everybody else's by this. Only one lane is at a bucket, so that whichever
    /// takes it next gets back what was claimed there and not brought to an end.
    pub(super) name: String,
    pub(super) lease: Duration,
    /// Whoever fetches files, if anybody does.
    pub(super) wishes: Option<mpsc::Sender<Wish>>,
}

/// Starts it on its thread, which ends once there is nothing left to do after it was told to stop.
///
/// # Errors
/// There is no thread, or it cannot wait for anything.
pub(super) fn start(
    shared: Shared,
    stopping: watch::Receiver<bool>,
) -> std::io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = move || {
        runtime.block_on(run(Arc::new(shared), stopping));
        // A look-up of a host's name cannot be stopped; nobody waits for it.
        runtime.shutdown_background();
    };
    thread::Builder::new().name("processor".to_owned()).spawn(work)
}

async fn run(shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    let mut lanes = JoinSet::new();
    let count = if shared.database.is_embedded() { 1 } else { LANES };
    for n in 0..count {
        lanes.spawn(Lane::new(Arc::clone(&shared), n).run(stopping.clone()));
    }
    let mut looking = JoinSet::new();
    looking.spawn(look(Arc::clone(&shared)));
    // A lane ends by itself only after that.
    drop(stopping.wait_for(|stopping| *stopping).await);
    looking.shutdown().await;
    if timeout(PATIENCE, async { while lanes.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!("the inbox is left to others");
        lanes.shutdown().await;
    }
}

/// Finds what others left: of those who are gone, or have too much to do, and what is to be tried again.
async fn look(shared: Arc<Shared>) {
    let mut inbox = Inbox::new(shared.database.clone());
    loop {
        match caught(inbox.waiting()).await {
            Ok(Ok(found)) => found.into_iter().for_each(|bucket| shared.buckets.mark(bucket)),
            Ok(Err(error)) => tracing::warn!(%error, "the inbox cannot be looked at"),
            Err(panic) => tracing::error!(panic, "the inbox cannot be looked at"),
        }
        sleep(LOOK.mul_f64(0.8 + 0.4 * random_fraction())).await;
    }
}
