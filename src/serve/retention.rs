//! What has come to an end is forgotten in time: what is too old, and what is too much.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    backoff::random_fraction,
    domain::size::Size,
    panics::caught,
    store::{
        engine::{database::Database, error::StoreError},
        inbox::{Inbox, Old},
    },
};

/// How much is kept of what has come to an end.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub keep: Duration,
    /// The newest are kept; 0: no limit.
    pub keep_bytes: Size,
}

/// Between two looks, on average: any number of processes does this, each at times of its own.
const LOOK: Duration = Duration::from_mins(10);
/// So many looks lie between two that are about size: those read how large each delivery is.
const SIZED: u32 = 6;
/// Deliveries that are forgotten at once, and the pause after them: others work on the same tables.
const FEW: u32 = 200;
const PAUSE: Duration = Duration::from_millis(500);

/// Forgets until it is told to stop.
pub(super) async fn run(database: Database, retention: Retention, mut stopping: watch::Receiver<bool>) {
    let work = async {
        for look in 0_u32.. {
            sleep(LOOK.mul_f64(0.5 + random_fraction())).await;
            let began = Instant::now();
            let mut inbox = Inbox::new(database.clone());
            // What is left waits for the next look.
            match caught(forget(&mut inbox, retention, look.is_multiple_of(SIZED))).await {
                Ok(Ok(0)) => {}
                Ok(Ok(count)) => {
                    tracing::info!(count, took = ?began.elapsed(), "old deliveries are forgotten");
                }
                Ok(Err(error)) => tracing::warn!(%error, "old deliveries are not forgotten"),
                Err(panic) => tracing::error!(panic, "old deliveries are not forgotten"),
            }
        }
    };
    tokio::select! {
        () = work => {}
        _stopped = stopping.wait_for(|stop| *stop) => {}
    }
}

/// Forgets a few at a time, until none is left that is too old or too much; how many there were.
///
/// # Errors
/// The connection's or the server's failure; what was forgotten until then is gone.
pub async fn forget(inbox: &mut Inbox, retention: Retention, by_size: bool) -> Result<usize, StoreError> {
    let mut count = inbox.forget(Old::Longer(retention.keep), FEW, PAUSE).await?;
    if by_size
        && retention.keep_bytes.0 > 0
        && let Some(last) = inbox.beyond(retention.keep_bytes.0).await?
    {
        count += inbox.forget(Old::From(last), FEW, PAUSE).await?;
    }
    Ok(count)
}
