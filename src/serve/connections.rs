//! Connections: of a bounded number, and none for long that says nothing.
//!
//! Where there is no room for one more, one goes that waits for its sender. So whoever opens many and is silent keeps
//! nobody out.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::metrics::Metrics;

/// Connections at a time.
const MOST: u64 = 1_000;
/// Files that the process needs beside them.
const OTHERS: u64 = 100;
/// How long a head may take to come, from the connection or from the last answer on.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a head.
const BUFFER: usize = 64 * 1024;
/// After a connection could not be taken: there are too many files, say.
const PAUSE: Duration = Duration::from_millis(100);
/// How long those that are being answered may take once no more are taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who has connected.
#[derive(Default)]
pub(super) struct Guest {
    /// Requests that have come whole and are not answered yet.
    served: AtomicUsize,
    /// It has to make room.
    leave: Notify,
}

/// It is being served as long as this lives.
pub(super) struct Served<'a>(&'a AtomicUsize);

impl Guest {
    pub(super) fn is_served(&self) -> Served<'_> {
        self.served.fetch_add(1, Ordering::Relaxed);
        Served(&self.served)
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All who are connected, those first who came first.
struct Guests {
    present: Mutex<BTreeMap<u64, Arc<Guest>>>,
    most: usize,
    metrics: Arc<Metrics>,
}

impl Guests {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Guest>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one more; `None` where all are being served.
    fn take(&self, n: u64) -> Option<Arc<Guest>> {
        let mut present = self.lock();
        if present.len() >= self.most {
            let waits = |(_, guest): &(&u64, &Arc<Guest>)| guest.served.load(Ordering::Relaxed) == 0;
            let (first, _) = present.iter().find(waits)?;
            let first = *first;
            present.remove(&first)?.leave.notify_one();
        }
        let guest = Arc::new(Guest::default());
        present.insert(n, Arc::clone(&guest));
        self.count(&present);
        Some(guest)
    }

    fn remove(&self, n: u64) {
        let mut present = self.lock();
        present.remove(&n);
        self.count(&present);
    }

    fn count(&self, present: &BTreeMap<u64, Arc<Guest>>) {
        self.metrics.connections.set(i64::try_from(present.len()).unwrap_or(i64::MAX));
    }
}

/// Serves until it is told to stop; then those that are being answered to their end.
pub(super) async fn serve(
    listener: TcpListener,
    routes: Router,
    metrics: Arc<Metrics>,
    mut stopping: watch::Receiver<bool>,
) {
    let guests = Arc::new(Guests { present: Mutex::default(), most: most(), metrics });
    let mut tasks = JoinSet::new();
    let mut n = 0;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => break,
            Some(_) = tasks.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                n += 1;
                let Some(guest) = guests.take(n) else { continue };
                tasks.spawn(attend(
                    stream,
                    routes.clone(),
                    guest,
                    (Arc::clone(&guests), n),
                    stopping.clone(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection is not taken");
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(PATIENCE, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(connections = tasks.len(), "left unanswered");
    }
}

async fn attend(
    stream: TcpStream,
    routes: Router,
    guest: Arc<Guest>,
    (guests, n): (Arc<Guests>, u64),
    mut stopping: watch::Receiver<bool>,
) {
    // An answer is one packet, and waits for no other.
    drop(stream.set_nodelay(true));
    let routes = TowerToHyperService::new(routes);
    let host = Arc::clone(&guest);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Arc::clone(&host));
        routes.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        // Who has said all may still listen.
        .half_close(true)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut told = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                }
                break;
            }
            () = guest.leave.notified() => break,
            _ = stopping.wait_for(|stopping| *stopping), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    guests.remove(n);
}

/// As many as there may be files, if that is less.
fn most() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(MOST + OTHERS, |maximum| maximum.min(MOST + OTHERS));
    let mut files = limit.current.unwrap_or(u64::MAX);
    if files < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
        files = wanted;
    }
    usize::try_from(files.saturating_sub(OTHERS).clamp(1, MOST)).unwrap_or(1)
}
