//! Sessions whose answer nobody waits for any more: they may still be at work, and must not be joined by another at the
//! same work.
//!
//! Where a statement reads from many nodes, YugabyteDB may end it neither for `statement_timeout` nor for a client that is
//! gone (yugabyte-db #28981, #28987).

use sqlx::{PgConnection, Row as _};

use super::{
    discovery::Backend,
    error::StoreError,
    patience::{ANSWER, within},
};
use crate::domain::source::Cause;

/// A session that was left in the middle of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Abandoned {
    pub(super) node: String,
    pub(super) backend: Backend,
}

/// Has the server stop it, and counts it again: one that begins to end may be there for a moment.
const END: &str = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE pid = $1 AND backend_start::text = $2 AND usename = current_user AND state = 'active'";
const LOOK: &str = "SELECT 1 FROM pg_stat_activity
    WHERE pid = $1 AND backend_start::text = $2 AND usename = current_user AND state = 'active'";

impl Abandoned {
    /// Returns when it no longer works.
    ///
    /// # Errors
    /// It still does.
    pub(super) async fn end(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        for (statement, pause) in [(END, 0), (LOOK, 50), (LOOK, 200), (LOOK, 500)] {
            tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            if !self.is_there(conn, statement).await? {
                return Ok(());
            }
        }
        let message =
            format!("the server still works on a statement that timed out (process {})", self.backend.pid);
        Err(StoreError::new(Cause::Timeout, message))
    }

    async fn is_there(&self, conn: &mut PgConnection, statement: &'static str) -> Result<bool, StoreError> {
        let query =
            sqlx::query(statement).persistent(false).bind(self.backend.pid).bind(&self.backend.started);
        let row = within(ANSWER, "the sessions", query.fetch_optional(conn)).await?;
        // The first question's answer is whether the signal was sent.
        Ok(row.is_some_and(|row| !row.is_empty()))
    }
}
