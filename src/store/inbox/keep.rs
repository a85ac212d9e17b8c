//! What came to an end is processed again, or forgotten.

use std::time::Duration;

use super::{
    Filter,
    sql::{FROM, Sql},
};
use crate::store::engine::{
    error::StoreError,
    session::Task,
    transaction::{Cell, Connection},
};

pub(super) struct Retry<'a> {
    pub(super) filter: &'a Filter,
    pub(super) limit: u32,
}

impl Task for Retry<'_> {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        let retried = "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, error = NULL, \
                       next_attempt_at = NULL, processed_at = NULL";
        change(conn, retried, ended(self.filter, self.limit, conn)).await
    }
}

pub(super) struct Purge<'a> {
    pub(super) filter: &'a Filter,
    pub(super) limit: u32,
}

impl Task for Purge<'_> {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        change(conn, DELETE, ended(self.filter, self.limit, conn)).await
    }
}

pub(super) struct Expire {
    pub(super) age: Duration,
    pub(super) limit: u32,
}

impl Task for Expire {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        let then = Sql::from(&*conn).after("$1");
        // By state: so each is the beginning of an index.
        let expired = |state: &str| {
            format!(
                "SELECT s.delivery_id FROM (SELECT delivery_id FROM webhook_deliveries WHERE state <> 'pending' \
                 AND state = '{state}' AND processed_at < {then} ORDER BY processed_at LIMIT $2) s"
            )
        };
        let query = ["done", "ignored", "dead"].map(expired).join(" UNION ALL ");
        let age = i64::try_from(self.age.as_micros()).unwrap_or(i64::MAX);
        let cells = vec![Cell::Big(Some(-age)), Cell::Big(Some(i64::from(self.limit)))];
        change(conn, DELETE, (query, cells)).await
    }
}

pub(super) struct Shrink {
    pub(super) bytes: u64,
    pub(super) limit: u32,
}

impl Task for Shrink {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        let size = Sql::from(&*conn).size();
        let query = format!(
            "SELECT n.delivery_id FROM (SELECT d.delivery_id, d.state, d.received_at, \
             sum({size}) OVER (ORDER BY d.received_at DESC, d.delivery_id DESC) AS total FROM webhook_deliveries d) n \
             WHERE n.total > $1 AND n.state <> 'pending' ORDER BY n.received_at, n.delivery_id LIMIT $2"
        );
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        let cells = vec![Cell::Big(Some(bytes)), Cell::Big(Some(i64::from(self.limit)))];
        change(conn, DELETE, (query, cells)).await
    }
}

const DELETE: &str = "DELETE FROM webhook_deliveries";

/// The ids of those that came to an end and match, the oldest first.
fn ended(filter: &Filter, limit: u32, conn: &Connection) -> (String, Vec<Cell>) {
    let (condition, mut cells) = Sql::from(conn).condition(filter);
    cells.push(Cell::Big(Some(i64::from(limit))));
    let query = format!(
        "SELECT d.delivery_id {FROM} WHERE d.state <> 'pending' AND {condition} ORDER BY d.received_at, d.delivery_id LIMIT ${}",
        cells.len()
    );
    (query, cells)
}

/// Changes the deliveries that a question finds, unless they are pending again meanwhile.
async fn change(
    conn: &mut Connection,
    how: &str,
    (found, cells): (String, Vec<Cell>),
) -> Result<usize, StoreError> {
    let mut transaction = conn.begin().await?;
    let sql = format!("{how} WHERE state <> 'pending' AND delivery_id IN ({found})");
    let count = transaction.execute(&sql, cells).await?;
    transaction.end(count > 0).await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
