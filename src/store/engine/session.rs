//! A connection that is opened when first needed and made anew when it broke, and tasks that run on it until they go
//! through.

use std::time::Duration;

use super::{connect::within, database::Database, error::StoreError, transaction::Connection};
use crate::{backoff::WRITE, domain::source::Cause, panics::caught};

/// Longest wait for one task, the waits for other writers included.
const TASK: Duration = Duration::from_secs(30);
/// How often a task is tried that others got in the way of.
const ATTEMPTS: u32 = 12;
/// How often one that found a row where its own was to be: whoever made it is there to be seen the next time, so that
/// one that is met again and again was not made a moment ago.
const DUPLICATES: u32 = 5;

/// What runs on a connection: one transaction, or questions without any. It may run several times, the last run
/// counts: others get in the way, and the outcome of a COMMIT may be unknown.
pub(in crate::store) trait Task: Sync {
    /// What it finds out.
    type Answer: Send;

    fn run(&self, conn: &mut Connection) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}

/// At most one connection to a database.
pub(in crate::store) struct Session {
    database: Database,
    open: Option<Connection>,
}

impl Session {
    /// Nothing is connected yet.
    pub(in crate::store) fn new(database: Database) -> Self {
        Self { database, open: None }
    }

    /// Lets go of the connection until it is needed again.
    pub(in crate::store) fn close(&mut self) {
        self.open = None;
    }

    /// Runs a task until it goes through; on a new connection, if the open one broke while nobody used it.
    pub(in crate::store) async fn run<T: Task>(&mut self, task: &T) -> Result<T::Answer, StoreError> {
        let mut attempt = 0;
        loop {
            let fresh = self.open.is_none();
            // Taken out, so that a caller who gives up half-way leaves no half-used connection behind.
            let mut conn = match self.open.take() {
                Some(conn) => conn,
                None => guarded(Box::pin(Connection::open(&mut self.database))).await?,
            };
            let error = match guarded(within(TASK, "a transaction", Box::pin(task.run(&mut conn)))).await {
                Ok(answer) => {
                    self.open = Some(conn);
                    return Ok(answer);
                }
                Err(error) => conn.explain(error),
            };
            if error.cause == Cause::Timeout && error.is_connection_broken() {
                self.database.abandon(conn.abandoned());
            }
            // What was found there when it was opened may no longer be so.
            if !error.is_connection_broken() && !matches!(error.cause, Cause::Schema | Cause::Privilege) {
                self.open = Some(conn);
            }
            attempt += 1;
            let again = error.is_retryable()
                || (error.is_duplicate() && attempt < DUPLICATES)
                || (error.is_connection_broken() && !fresh);
            if !again || attempt >= ATTEMPTS {
                return Err(error);
            }
            tracing::debug!(%error, attempt, "the transaction is tried again");
            tokio::time::sleep(WRITE.pause(attempt)).await;
        }
    }
}

/// What panics over an answer that makes no sense is a failure of the connection.
async fn guarded<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    caught(asked).await.unwrap_or_else(|panic| Err(StoreError::panicked(&panic)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::store::engine::sqlite::File;

    struct Counted {
        sql: &'static str,
        runs: AtomicU32,
    }

    impl Task for Counted {
        type Answer = ();

        async fn run(&self, conn: &mut Connection) -> Result<(), StoreError> {
            self.runs.fetch_add(1, Ordering::Relaxed);
            let mut transaction = conn.begin().await?;
            transaction.execute(self.sql, Vec::new()).await?;
            transaction.end(true).await
        }
    }

    #[tokio::test]
    async fn what_the_embedded_database_refuses_is_tried_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = Session::new(File::new(folder.path().join("flow.db")).into());
        let insert = "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES (zeroblob(16), 1, 'a', 'a/a', 'a')";
        for (sql, refused) in [
            (insert, false),
            (insert, true),
            ("UPDATE repositories SET id = zeroblob(3)", true),
            ("UPDATE repositories SET name = NULL", true),
            ("UPDATE repositories SET archived = 7", true),
            (
                "INSERT INTO reviews (repo_id, pr_number, review_id, reviewer, state) VALUES (x'00', 1, 1, 'a', 'b')",
                true,
            ),
        ] {
            let task = Counted { sql, runs: AtomicU32::new(0) };
            let result = session.run(&task).await;
            assert_eq!(result.is_err_and(|error| error.is_refusal()), refused, "{sql}");
            assert_eq!(task.runs.into_inner(), 1, "{sql}");
        }
    }
}
