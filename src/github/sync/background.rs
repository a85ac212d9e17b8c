//! A sync beside a screen: on its own thread, with its own small runtime.

use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    SyncOptions,
    engine::{Ask, SyncEngine},
    event::{Problem, SyncEvent},
    targets::SyncTarget,
};
use crate::{
    github::client::{Client, Error},
    store::engine::database::Database,
};

/// A watching engine. It ends, its leases given back, when `asks` is dropped.
#[derive(Debug)]
pub struct Background {
    pub events: UnboundedReceiver<SyncEvent>,
    pub asks: UnboundedSender<Ask>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Background {
    /// Starts it. The client is made on that thread: to ask `gh` for a token takes a moment.
    pub fn start(
        client: impl FnOnce() -> Result<Client, Error> + Send + 'static,
        database: Database,
        options: SyncOptions,
        targets: Vec<SyncTarget>,
    ) -> Self {
        let (tell, events) = unbounded_channel();
        let (asks, asked) = unbounded_channel();
        let run = move || {
            let fail = |problem| drop(tell.send(SyncEvent::Problem(problem)));
            let client = match client() {
                Ok(client) => client,
                Err(error) => return fail(Problem::new(None, None, &error)),
            };
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return fail(Problem::plain(None, None, format!("cannot start: {error}"))),
            };
            let mut engine = SyncEngine::new(client, database, options, tell.clone());
            let ended = runtime.block_on(engine.watch(targets, asked));
            tracing::info!(?ended, "the sync ended");
            // A look-up of a host's name cannot be stopped; nobody waits for it.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("sync".to_owned()).spawn(run);
        let thread = thread.inspect_err(|error| tracing::error!("the sync has no thread: {error}")).ok();
        Self { events, asks, thread }
    }

    /// Ends it, and waits until its leases are given back: a moment.
    pub fn stop(self) {
        let Self { asks, thread, .. } = self;
        drop(asks);
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }
}
