//! By and by, a sync of the configured repositories: for what no webhook told, or what was lost on its way here.

use std::{thread, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use crate::{
    backoff::random_fraction,
    github::{
        client::Client,
        sync::{SyncEngine, SyncEvent, SyncOptions, SyncTarget},
    },
    panics::caught,
    store::engine::database::Database,
};

/// Between two syncs.
const PAUSE: Duration = Duration::from_mins(30);
/// How long leaving waits for leases to be given back.
const GIVE_BACK: Duration = Duration::from_secs(2);

/// Starts it on a thread of its own, which ends when it is told to.
///
/// # Errors
/// There is no thread, or it cannot wait for anything.
pub(super) fn start(
    client: Client,
    database: Database,
    targets: Vec<SyncTarget>,
    stopping: watch::Receiver<bool>,
) -> std::io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = move || {
        runtime.block_on(run(client, database, targets, stopping));
        runtime.shutdown_background();
    };
    thread::Builder::new().name("reconcile".to_owned()).spawn(work)
}

async fn run(
    client: Client,
    database: Database,
    targets: Vec<SyncTarget>,
    mut stopping: watch::Receiver<bool>,
) {
    let (tell, mut events) = mpsc::unbounded_channel();
    // Another process's sync of a repository is as good as this one's.
    let options = SyncOptions { waits: false, ..SyncOptions::default() };
    let mut engine = SyncEngine::new(client, database, options, tell);
    {
        let syncing = async {
            loop {
                match caught(Box::pin(engine.once(&targets))).await {
                    Ok(Ok(summary)) => tracing::info!(?summary, "synced"),
                    Ok(Err(error)) => tracing::warn!(%error, "the sync waits"),
                    Err(panic) => tracing::error!(panic, "the sync waits"),
                }
                sleep(PAUSE.mul_f64(0.8 + 0.4 * random_fraction())).await;
            }
        };
        tokio::pin!(syncing);
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => break,
                () = &mut syncing => break,
                Some(event) = events.recv() => tell_problem(&event),
            }
        }
    }
    drop(timeout(GIVE_BACK, engine.stop()).await);
}

fn tell_problem(event: &SyncEvent) {
    if let SyncEvent::Problem(problem) = event {
        tracing::warn!(
            repository = problem.repository,
            number = problem.number,
            mend = problem.mend,
            "{}",
            problem.said
        );
    }
}
