//! Waiting for an answer: not for ever, and not for one without an end.

use std::{fmt::Display, future::poll_fn, pin::pin, task::Poll, time::Duration};

use tokio::time::{Instant, timeout};

use super::error::StoreError;
use crate::{domain::source::Cause, panics::caught};

/// Longest wait for one answer; the server's own `statement_timeout` (5 s) comes first, and so does the wait for
/// another process's write.
pub(in crate::store) const ANSWER: Duration = Duration::from_secs(8);

/// More than any answer takes.
const FLOOD: u64 = 512 << 20;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(100);

/// Awaits `fut` for at most `limit`; `what` completes "no answer to … within 5 s".
///
/// After a time-out, or if the driver panics over what the server sends, the connection that `fut` used must be dropped,
/// and the error says so.
///
/// # Errors
/// The failure of `fut`, its panic, or [`Cause::Timeout`].
pub async fn within<T, E: Into<StoreError>>(
    limit: Duration,
    what: impl Display,
    fut: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    match timeout(limit, unless_flooded(caught(fut))).await {
        Ok(Some(Ok(result))) => result.map_err(Into::into),
        Ok(Some(Err(panic))) => Err(StoreError::panicked(&panic)),
        Ok(None) => {
            let message = format!("the answer to {what} takes more than {} MiB", FLOOD >> 20);
            Err(StoreError::broken(Cause::Lost, message))
        }
        Err(_elapsed) => {
            let message = format!("no answer to {what} within {} s", limit.as_secs_f32());
            Err(StoreError::broken(Cause::Timeout, message))
        }
    }
}

/// Awaits `fut`, and drops it when the process has taken [`FLOOD`] more than before. The driver makes room for whatever
/// length a server announces, up to 4 GiB, and offers no bound of its own. It is looked at whenever bytes have come: a
/// timer may be late while they come fast.
async fn unless_flooded<T>(fut: impl Future<Output = T>) -> Option<T> {
    let (before, mut looked) = (held(), Instant::now());
    let mut fut = pin!(fut);
    poll_fn(|context| {
        let answer = fut.as_mut().poll(context);
        if answer.is_ready() || looked.elapsed() < LOOK {
            return answer.map(Some);
        }
        looked = Instant::now();
        // Where the system does not tell, only the time is limited.
        let is_flood = before.zip(held()).is_some_and(|(before, now)| now > before + FLOOD);
        if is_flood { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

/// The memory that this process has asked for, in bytes, where the system tells: an announced length counts at once,
/// however slowly its bytes come. The stacks of its threads do not count.
fn held() -> Option<u64> {
    const STACK: u64 = 2 << 20;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let number = |name| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_end_matches("kB").trim().parse().ok()
    };
    Some((number("VmData:")? << 10).saturating_sub(number("Threads:")? * STACK))
}
