//! The receiver of webhooks, and the processor of what it received.
//!
//! Any number of these may run on one database, without a leader: a delivery is whoever's that received it, and its
//! processing is leased. A delivery is acknowledged after its commit to the [inbox](crate::store::inbox); what becomes of
//! it does not depend on the order of processing, so any process may do it, and do it twice.

mod body;
mod connections;
mod files;
mod keep;
mod metrics;
mod probe;
mod process;
mod receive;
mod reconcile;
mod refusal;
mod retention;
mod signature;

use std::{io, net::SocketAddr, sync::Arc, thread, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{mpsc, watch},
    task::JoinSet,
};

pub use self::retention::{Retention, forget};
use self::{
    body::Room,
    files::Fetcher,
    keep::Keeper,
    metrics::Metrics,
    probe::Probe,
    process::{Buckets, Shared},
    receive::{Receiver, routes},
    signature::Keys,
};
use crate::{
    domain::{delivery::BUCKETS, secret::Secret},
    github::{client::Client, sync::SyncTarget},
    store::engine::database::Database,
};

/// Connections that wait to be taken: one more would try again only after a second.
const BACKLOG: u32 = 1_024;
/// Heads that wait for their files to be fetched.
const WISHES: usize = 1_000;

/// How it serves.
pub struct ServeOptions {
    pub listen: SocketAddr,
    /// Any of them may have signed a delivery; without any, nothing has to be signed.
    pub secrets: Vec<Secret>,
    pub database: Database,
    /// A name that no other process has.
    pub name: String,
    /// How long the claim of a process holds that stops answering.
    pub lease: Duration,
    /// How much is kept of what has come to an end.
    pub retention: Retention,
    /// Fetches the files of new heads.
    pub files: Option<Client>,
    /// Syncs these every half hour.
    pub sync: Option<(Client, Vec<SyncTarget>)>,
}

/// A receiver that listens already.
pub struct Server {
    listener: TcpListener,
    options: ServeOptions,
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub fn bind(options: ServeOptions) -> io::Result<Self> {
        let socket = if options.listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // What an earlier process left of its connections is in nobody's way.
        socket.set_reuseaddr(true)?;
        socket.bind(options.listen)?;
        Ok(Self { listener: socket.listen(BACKLOG)?, options })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is told to stop. Then deliveries that have come are answered, and what waits in the inbox is
    /// processed, within some seconds.
    ///
    /// # Errors
    /// There is no thread.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let ServeOptions { secrets, database, name, lease, retention, files, sync, .. } = self.options;
        let (tell, stopping) = watch::channel(false);
        // What processes ends after what receives has ended: it takes the last deliveries, too.
        let (tell_last, stopping_last) = watch::channel(false);
        let (metrics, buckets) = (Arc::new(Metrics::new()), Arc::new(Buckets::new()));
        let mut tasks = JoinSet::new();
        let mut threads = Vec::new();

        if let Some((client, targets)) = sync {
            threads.push(reconcile::start(client, database.clone(), targets, stopping.clone())?);
        }
        let wishes = files.map(|client| {
            let (wish, wished) = mpsc::channel(WISHES);
            tasks.spawn(Fetcher::new(client, &database, Arc::clone(&metrics)).run(wished));
            wish
        });
        let shared = Shared {
            database: database.clone(),
            buckets: Arc::clone(&buckets),
            metrics: Arc::clone(&metrics),
            name,
            lease,
            wishes,
        };
        threads.push(process::start(shared, stopping_last)?);
        tasks.spawn(retention::run(database.clone(), retention, stopping.clone()));
        let receiver = Receiver {
            keys: Keys::new(&secrets),
            room: Room::new(),
            keeper: Keeper::start(&database, &buckets, &mut tasks),
            probe: Probe::new(database, Arc::clone(&metrics)),
            metrics: Arc::clone(&metrics),
            stopping: stopping.clone(),
        };
        let serving = connections::serve(self.listener, routes(Arc::new(receiver)), metrics, stopping);
        let stopped = async {
            stop.await;
            tracing::info!("stopping");
            tell.send_replace(true);
        };
        tokio::join!(stopped, serving);
        (0..BUCKETS).for_each(|bucket| buckets.mark(bucket));
        tell_last.send_replace(true);
        ended(threads).await;
        tasks.shutdown().await;
        Ok(())
    }
}

/// Waits for threads, which have their own time limits.
async fn ended(threads: Vec<thread::JoinHandle<()>>) {
    let joined = || {
        for thread in threads {
            drop(thread.join());
        }
    };
    drop(crate::panics::caught_elsewhere(joined).await);
}
