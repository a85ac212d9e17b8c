//! What each statement costs with which the queue is looked at on this server, and how much it may.

use serde_json::Value;
use sqlx::{
    Row as _,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;

use super::{
    KEY_PAGE,
    scan::ScanCursor,
    sql::{Sql, Which, json},
};
use crate::{
    domain::{
        ids::{PrKey, PrNumber, RepoId},
        request::Ability,
    },
    store::engine::{
        discovery::Schema,
        error::StoreError,
        plan::{Plan, measure, run},
        values::Cell,
    },
};

/// The lease of a worker that asks, in microseconds.
const LEASE: i64 = 120_000_000;

/// Runs each of them once, in transactions that may only read, and tells what it cost.
///
/// # Errors
/// The server's; a login that may read the board and the requests may do this.
pub async fn plans(conn: &mut PgConnection, schema: &Schema) -> Result<Vec<Plan>, StoreError> {
    let sql = Sql::new(Some(std::sync::Arc::new(schema.clone())));
    let mut plans = Vec::new();
    let mut keys = Vec::new();
    if let Some(scan) = sql.scan() {
        let values = ScanCursor::default().cells(sql.ends());
        let rows = run(conn, &scan, values.clone()).await?;
        let key = |row: &PgRow| {
            let (repo, number) = (row.try_get::<Uuid, _>(1)?, row.try_get::<i32, _>(2)?);
            Ok::<_, sqlx::Error>(PrKey::new(RepoId::new(repo), PrNumber::new(number)))
        };
        keys = rows.iter().map(key).collect::<Result<_, _>>()?;
        plans.push(measure(conn, schema, ("queue scan", scan, Some(40)), values).await?);
    }
    match sql.ability() {
        Ability::Queue => {}
        Ability::Insert | Ability::ReadOnly => return Ok(plans),
    }
    keys.truncate(KEY_PAGE);
    let nobody = vec![Cell::json(Some(Value::Array(Vec::new()))), Cell::maybe(None), Cell::Big(Some(LEASE))];
    let by_key = vec![Cell::json(Some(json(&keys)))];
    for (name, sql, values) in [
        ("queue claimable", sql.claimable(Which::Any), nobody),
        ("queue enqueued", sql.enqueued(), by_key.clone()),
        ("queue latest", sql.latest(), by_key),
        ("queue open", Sql::open(), vec![Cell::Big(Some(1_000))]),
    ] {
        plans.push(measure(conn, schema, (name, sql, Some(10)), values).await?);
    }
    Ok(plans)
}
