//! What came to an end is processed again, or forgotten.

use super::{
    Ending, Filter, Old,
    rows::Ended,
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
    pub(super) old: Old,
    pub(super) limit: u32,
}

impl Task for Expire {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
        let (condition, mut cells) = match self.old {
            Old::Longer(age) => {
                let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
                let then = Sql::from(&*conn).after("$1");
                (format!("d.processed_at < {then}"), vec![Cell::Big(Some(-age))])
            }
            Old::From(Ending { at, id }) => (
                "d.processed_at <= $1 AND (d.processed_at < $1 OR d.delivery_id <= $2)".to_owned(),
                vec![Cell::time(Some(at)), id.uuid().into()],
            ),
        };
        cells.push(Cell::Big(Some(i64::from(self.limit))));
        let order = format!("ORDER BY d.processed_at, d.delivery_id LIMIT ${}", cells.len());
        change(conn, DELETE, (in_order("d.delivery_id", &condition, &order), cells)).await
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
        let columns =
            format!("d.processed_at, d.delivery_id, CAST({} AS BIGINT) AS size", Sql::from(&*conn).size());
        let query = format!("SELECT n.* FROM ({}) n {order}", in_order(&columns, condition, &order));
        conn.read(query, cells).await
    }
}

/// Those of each state: so each part is the end of an index.
fn in_order(columns: &str, condition: &str, order: &str) -> String {
    let of = |state: &str| {
        format!(
            "SELECT s.* FROM (SELECT {columns} FROM webhook_deliveries d WHERE d.state <> 'pending' \
             AND d.state = '{state}' AND {condition} {order}) s"
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
