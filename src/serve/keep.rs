//! Deliveries are kept in groups: those that came while others were being committed share the next commit.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinSet,
};

use super::{body::Permits, process::Buckets};
use crate::{
    domain::delivery::bucket,
    panics::caught,
    store::{
        engine::{connect::within, database::Database, error::StoreError},
        inbox::{Inbox, NewDelivery},
    },
};

/// Groups that are committed at the same time, each on a connection of its own.
const WRITERS: usize = 2;
/// Deliveries of a group.
const MANY: usize = 64;
/// Bytes of payloads of a group, unless the first one alone has more.
const HEAVY: usize = 8 * 1024 * 1024;
/// Deliveries that wait for their group.
const WAITING: usize = 2_000;
/// How long a commit is waited for: GitHub waits ten seconds for an answer.
const TIME: Duration = Duration::from_secs(8);

/// A delivery is not kept, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unkept;

struct Waiting {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<bool, Unkept>>,
    /// Its bytes are held until they are kept.
    permits: Permits,
}

/// Keeps deliveries.
#[derive(Clone)]
pub(super) struct Keeper {
    queue: mpsc::Sender<Waiting>,
}

impl Keeper {
    /// Its writers live in `tasks`, and end when all keepers are gone.
    pub(super) fn start(database: &Database, buckets: &Arc<Buckets>, tasks: &mut JoinSet<()>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let writers = if database.is_embedded() { 1 } else { WRITERS };
        for _ in 0..writers {
            let inbox = Inbox::new(database.clone());
            tasks.spawn(write(inbox, Arc::clone(&waiting), Arc::clone(buckets)));
        }
        Self { queue }
    }

    /// Keeps a delivery; whether it is new. Returns after the commit.
    pub(super) async fn keep(&self, delivery: NewDelivery, permits: Permits) -> Result<bool, Unkept> {
        let (answer, kept) = oneshot::channel();
        let waiting = Waiting { delivery, answer, permits };
        self.queue.try_send(waiting).map_err(|_full| Unkept)?;
        kept.await.unwrap_or(Err(Unkept))
    }
}

async fn write(mut inbox: Inbox, queue: Arc<Mutex<mpsc::Receiver<Waiting>>>, buckets: Arc<Buckets>) {
    loop {
        let mut waiting = Vec::new();
        if queue.lock().await.recv_many(&mut waiting, MANY).await == 0 {
            return;
        }
        while !waiting.is_empty() {
            let rest = waiting.split_off(light(&waiting));
            let group = std::mem::replace(&mut waiting, rest);
            // Who waits for an answer learns of it by losing the other end.
            if let Err(panic) = caught(keep(&mut inbox, group, &buckets)).await {
                tracing::error!(panic, "deliveries are not kept");
            }
        }
    }
}

/// How many of them make a group: one at least.
fn light(waiting: &[Waiting]) -> usize {
    let mut weight = 0;
    let fits = |waiting: &&Waiting| {
        let is_first = weight == 0;
        weight += waiting.delivery.payload.len();
        is_first || weight <= HEAVY
    };
    waiting.iter().take_while(fits).count()
}

async fn keep(inbox: &mut Inbox, group: Vec<Waiting>, buckets: &Buckets) {
    let (deliveries, answers): (Vec<NewDelivery>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.delivery, (waiting.answer, waiting.permits))).unzip();
    let kept = match put(inbox, &deliveries).await {
        Ok(news) => news.into_iter().map(Ok).collect(),
        Err(error) if error.is_outage() || deliveries.len() == 1 => vec![Err(Unkept); deliveries.len()],
        Err(_refusal) => one_by_one(inbox, &deliveries).await,
    };
    for ((delivery, (answer, _permits)), kept) in deliveries.iter().zip(answers).zip(kept) {
        if matches!(kept, Ok(true)) {
            buckets.mark(bucket(delivery.repository_id));
        }
        // Who sent it may be gone.
        answer.send(kept).ok();
    }
}

/// One that the database refuses takes no other one along. Once it is away, the others need not be tried.
async fn one_by_one(inbox: &mut Inbox, deliveries: &[NewDelivery]) -> Vec<Result<bool, Unkept>> {
    let mut each = Vec::new();
    for delivery in deliveries {
        match put(inbox, std::slice::from_ref(delivery)).await {
            Ok(news) => each.push(Ok(news.contains(&true))),
            Err(error) if error.is_outage() => break,
            Err(_refusal) => each.push(Err(Unkept)),
        }
    }
    each.resize(deliveries.len(), Err(Unkept));
    each
}

async fn put(inbox: &mut Inbox, deliveries: &[NewDelivery]) -> Result<Vec<bool>, StoreError> {
    let kept = within(TIME, "a commit", inbox.put(deliveries)).await;
    kept.inspect_err(|error| tracing::warn!(%error, deliveries = deliveries.len(), "deliveries are not kept"))
}
