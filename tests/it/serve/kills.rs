//! One of three processes is killed under load, again and again: each acknowledged delivery is there once, and is processed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::RwLock, task::JoinSet, time::sleep};

use super::{drained, guid, program::Serving, push};
use crate::support::rows::Store;

/// More by hand: `FLOWLENS_TEST_KILLS=20 cargo test --test it serve::kills`.
const ROUNDS: usize = 3;
/// Deliveries that are acknowledged in a round.
const EACH: usize = 60;
/// Who deliver at the same time.
const SENDERS: usize = 6;
const LEASE: &str = "1s";

/// The processes; the one that is killed is another one each time.
type Processes = Arc<Vec<RwLock<Serving>>>;

fn rounds() -> usize {
    std::env::var("FLOWLENS_TEST_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

/// Delivers until it is told to stop; what is not acknowledged is delivered again, to another process.
async fn deliver(
    processes: Processes,
    next: Arc<AtomicUsize>,
    taken: Arc<Mutex<Vec<usize>>>,
    enough: Arc<AtomicBool>,
) {
    while !enough.load(Ordering::Relaxed) {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let body = push(n, 2_000);
        for attempt in 0.. {
            let process = processes[(n + attempt) % processes.len()].read().await;
            let answer = process.try_post(guid(n), "push", &body).await;
            drop(process);
            if answer.is_some_and(|answer| matches!(answer.status, 200 | 202)) {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        taken.lock().unwrap_or_else(PoisonError::into_inner).push(n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_acknowledged_delivery_is_there_once_and_is_processed() {
    let [store, _] = Store::both("serve_kill").await;
    let start = || Serving::with(&store, &["--lease", LEASE], &[]);
    let processes: Processes = Arc::new((0..3).map(|_| RwLock::new(start())).collect());
    let next = Arc::new(AtomicUsize::default());
    let taken: Arc<Mutex<Vec<usize>>> = Arc::default();
    let enough = Arc::new(AtomicBool::default());
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(deliver(
            Arc::clone(&processes),
            Arc::clone(&next),
            Arc::clone(&taken),
            Arc::clone(&enough),
        ));
    }
    let count = || taken.lock().unwrap_or_else(PoisonError::into_inner).len();
    for round in 0..rounds() {
        while count() < (round + 1) * EACH {
            sleep(Duration::from_millis(5)).await;
        }
        let pid = processes[round % 3].read().await.pid();
        // In the midst of whatever it is at.
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
        *processes[round % 3].write().await = start();
    }
    enough.store(true, Ordering::Relaxed);
    senders.join_all().await;
    drained(&store).await;
    let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner).clone();
    taken.sort_unstable();
    let sent = next.load(Ordering::Relaxed);
    assert_eq!(taken, (0..sent).collect::<Vec<_>>(), "each was acknowledged once");
    let done = store.count("webhook_deliveries", "state = 'done' AND claimed_by IS NULL").await;
    assert_eq!(usize::try_from(done), Ok(sent));
    assert_eq!(store.count("webhook_deliveries", "TRUE").await, done);
}
