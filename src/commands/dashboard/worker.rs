//! The dashboard's own worker: a thread of its own, so that the screen never waits for it. It begins when there is
//! something to do for the first time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

use crate::{
    commands::me,
    domain::ids::PrKey,
    insight::{
        llm::Llm,
        worker::{Awaited, Worker, WorkerEvent, WorkerOptions},
    },
    store::{board::feed::FeedCommand, engine::database::Database, insights::InsightStore},
};

/// How long leaving waits for the worker to give back what it has claimed.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);
/// How long a request takes in the demo.
const PACE: Duration = Duration::from_millis(700);

/// The worker, if this dashboard has one.
pub(super) struct OwnWorker {
    database: Database,
    options: WorkerOptions,
    llm: Option<Arc<Llm>>,
    listeners: Listeners,
    running: Mutex<Option<Running>>,
}

/// Whoever is told how the work goes.
#[derive(Clone)]
pub(super) struct Listeners {
    /// Reads what was stored.
    pub(super) feed: mpsc::Sender<FeedCommand>,
    /// The outage under which the worker waits.
    pub(super) outage: watch::Sender<Option<String>>,
}

impl Listeners {
    fn tell(&self, event: &WorkerEvent) {
        let outage = match event {
            WorkerEvent::Begun | WorkerEvent::Ended(..) | WorkerEvent::Found(_) => {
                // A full queue already holds a poll that shows this, too.
                self.feed.try_send(FeedCommand::Look).ok();
                return;
            }
            WorkerEvent::Outage(why, _) => Some(why.clone()),
            WorkerEvent::Settled => None,
        };
        self.outage.send_replace(outage);
    }
}

struct Running {
    wake: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl OwnWorker {
    /// One that waits until it is woken. On the embedded database it does all that waits there, on a shared one only
    /// what `by` asked for, and what is awaited here and nobody else does; in the demo it takes its time.
    pub(super) fn new(
        database: Database,
        lease: Duration,
        by: &str,
        demo: bool,
        llm: Option<Arc<Llm>>,
        listeners: Listeners,
    ) -> Self {
        let embedded = database.is_embedded();
        let options = WorkerOptions {
            name: me::worker_name(by),
            lease,
            only_by: (!embedded).then(|| by.to_owned()),
            awaited: Awaited::default(),
            poll: None,
            // A key asks for what it asks, and for nothing else.
            scan: None,
            pace: if demo { PACE } else { Duration::ZERO },
        };
        Self { database, options, llm, listeners, running: Mutex::new(None) }
    }

    /// There is something to do, and somebody waits for the new insights of these.
    pub(super) fn wake(&self, awaited: &[PrKey]) {
        self.options.awaited.add(awaited);
        let mut running = self.running();
        // One that has come to an unforeseen end is followed by another.
        if running.as_ref().is_none_or(|running| running.wake.is_closed()) {
            match self.start() {
                Ok(started) => *running = Some(started),
                Err(error) => {
                    tracing::error!(%error, "no thread for the worker");
                    *running = None;
                }
            }
        }
        if let Some(running) = &*running {
            // One message that waits answers for this one, too.
            running.wake.try_send(()).ok();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> std::io::Result<Running> {
        let (wake, woken) = mpsc::channel(1);
        let listeners = self.listeners.clone();
        let told = move |event: WorkerEvent| listeners.tell(&event);
        let worker = Worker::new(
            InsightStore::new(self.database.clone()),
            self.options.clone(),
            self.llm.clone(),
            woken,
            told,
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("worker".to_owned()).spawn(move || {
            runtime.block_on(worker.run());
            // A look-up of a host's name cannot be stopped; nobody waits for it.
            runtime.shutdown_background();
        })?;
        Ok(Running { wake, thread })
    }

    /// Stops it, and waits a little while for it to give back what it has claimed.
    pub(super) async fn stop(&self) {
        let Some(Running { wake, thread }) = self.running().take() else { return };
        drop(wake);
        let mut tries = PATIENCE.as_millis() / PAUSE.as_millis();
        while !thread.is_finished() && tries > 0 {
            sleep(PAUSE).await;
            tries -= 1;
        }
    }
}
