//! A whole transaction, run again where another one got in its way.

use super::error::StoreError;
use crate::backoff::WRITE;

/// How often [`retry`] runs its operation at most.
const ATTEMPTS: u32 = 6;

/// Runs `op` until it succeeds, fails for good, or has failed six times.
///
/// `op` is a whole transaction: it may run several times, so it must be idempotent. Only failures that
/// [`StoreError::is_retryable`] says so of are tried again; a broken connection is the caller's to replace.
///
/// # Errors
/// The last failure of `op`.
pub async fn retry<T>(mut op: impl AsyncFnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut attempt = 0;
    loop {
        match op().await {
            Err(error) if error.is_retryable() && attempt + 1 < ATTEMPTS => {
                tokio::time::sleep(WRITE.pause(attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Cause;

    fn serialization() -> StoreError {
        StoreError::from_server("40001", "could not serialize access", false)
    }

    fn cut_connection() -> StoreError {
        StoreError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_be_retried_is_retried_and_not_for_ever() {
        for (error, expected) in
            [(serialization(), ATTEMPTS), (cut_connection(), 1), (StoreError::new(Cause::Schema, "x"), 1)]
        {
            let mut runs = 0;
            let result: Result<(), _> = retry(async || {
                runs += 1;
                Err(error.clone())
            })
            .await;
            assert_eq!((result, runs), (Err(error), expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_after_failures_is_a_success() {
        let mut runs = 0;
        let result = retry(async || {
            runs += 1;
            if runs < 3 { Err(serialization()) } else { Ok(runs) }
        })
        .await;
        assert_eq!(result, Ok(3));
    }
}
