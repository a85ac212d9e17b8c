//! What came to an end is processed again, or forgotten.

use super::{
    Ending, Filter, Old,
    rows::Ended,
    sql::{FROM, Sql, micros},
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
    pub(super) old: Old,
    pub(super) limit: u32,
}

impl Task for Expire {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        let (condition, mut cells) = match self.old {
            Old::Longer(age) => {
                let then = Sql::from(&*conn).after("(-$1)");
                (format!("d.processed_at < {then}"), vec![micros(age)])
            }
            Old::From(Ending { at, id }) => (
                "d.processed_at <= $1 AND (d.processed_at < $1 OR d.delivery_id <= $2)".to_owned(),
                vec![Cell::time(Some(at)), id.uuid().into()],
            ),
        };
        cells.push(Cell::Big(Some(i64::from(self.limit))));
        let order = format!("ORDER BY d.processed_at, d.delivery_id LIMIT ${}", cells.len());
        let found = in_order(Sql::from(&*conn), "delivery_id", &condition, &order);
        change(conn, DELETE, (found, cells)).await
    }
}

/// A page of those that came to an end, the newest first.
pub(super) struct Newest {
    pub(super) before: Option<Ending>,
}

impl Newest {
    /// Deliveries of a page.
    pub(super) const PAGE: usize = 1_000;
}

impl Task for Newest {
    type Answer = Vec<Ended>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let (condition, cells) = match self.before {
            None => ("TRUE", Vec::new()),
            Some(Ending { at, id }) => (
                "d.processed_at <= $1 AND (d.processed_at < $1 OR d.delivery_id < $2)",
                vec![Cell::time(Some(at)), id.uuid().into()],
            ),
        };
        let order = format!("ORDER BY processed_at DESC, delivery_id DESC LIMIT {}", Self::PAGE);
        let pages = in_order(Sql::from(&*conn), "processed_at, delivery_id, size", condition, &order);
        conn.read(format!("{pages} {order}"), cells).await
    }
}

/// Those of each state: so each part is the end of an index.
fn in_order(sql: Sql, columns: &str, condition: &str, order: &str) -> String {
    let size = sql.size();
    let of = |state: &str| {
        format!(
            "SELECT {columns} FROM (SELECT d.processed_at, d.delivery_id, CAST({size} AS BIGINT) AS size \
             FROM webhook_deliveries d WHERE d.state <> 'pending' AND d.state = '{state}' AND {condition} {order}) s"
        )
    };
    ["done", "ignored", "dead"].map(of).join(" UNION ALL ")
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
