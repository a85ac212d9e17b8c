//! Waiting for an answer: not for ever, and not for one without an end.

use std::{fmt::Display, time::Duration};

use tokio::time::timeout;

use super::error::StoreError;
use crate::{domain::source::Cause, panics::caught};

/// Longest wait for one answer; the server's own `statement_timeout` (5 s) comes first, and so does the wait for
/// another process's write.
pub(in crate::store) const ANSWER: Duration = Duration::from_secs(8);

/// More than any answer takes.
const FLOOD: u64 = 512 << 20;
/// How often the memory is looked at while an answer is awaited.
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
    let before = held();
    let answer = tokio::select! {
        biased;
        answer = timeout(limit, caught(fut)) => answer,
        bytes = flood(before) => {
            let message = format!("the answer to {what} takes more than {} MiB", bytes >> 20);
            return Err(StoreError::broken(Cause::Lost, message));
        }
    };
    match answer {
        Ok(Ok(result)) => result.map_err(Into::into),
        Ok(Err(panic)) => Err(StoreError::panicked(&panic)),
        Err(_elapsed) => {
            let message = format!("no answer to {what} within {} s", limit.as_secs_f32());
            Err(StoreError::broken(Cause::Timeout, message))
        }
    }
}

/// Returns when the process has taken [`FLOOD`] more than before. The driver makes room for whatever length a server
/// announces, up to 4 GiB, and offers no bound of its own.
async fn flood(before: Option<u64>) -> u64 {
    loop {
        tokio::time::sleep(LOOK).await;
        // Where the system does not tell, only the time is limited.
        let Some((before, now)) = before.zip(held()) else { std::future::pending().await };
        if now > before + FLOOD {
            return FLOOD;
        }
    }
}

/// The memory that this process has asked for, in bytes, where the system tells: an announced length counts at once,
/// however slowly its bytes come.
fn held() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmData:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
