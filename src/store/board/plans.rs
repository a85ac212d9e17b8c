//! What the statements of a poll and that of usual times cost on this server, and how much they may.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{
    Row as _,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;

use super::{
    decode::key,
    failed::HEADS,
    read::{cells, latest},
    sql::Statements,
};
use crate::{
    domain::ids::PrKey,
    store::engine::{
        discovery::Schema,
        error::StoreError,
        plan::{Plan, measure, run},
        values::Cell,
    },
};

/// Keys that the feed looks up at once.
const KEY_PAGE: usize = 1_000;
const ROW_PAGE: usize = 400;
/// How far back a tick looks, and the whole board.
const OVERLAP: TimeDelta = TimeDelta::seconds(12);
const WINDOW: TimeDelta = TimeDelta::days(14);

/// Runs every statement of a poll, and that of usual times, once, in transactions that may only read, and tells what it cost.
///
/// # Errors
/// The server's; a login that may read the board may do this.
pub async fn plans(conn: &mut PgConnection, schema: &Schema) -> Result<Vec<Plan>, StoreError> {
    let statements = Statements::compose(schema).named();
    let now = schema.server_clock;
    let keys = sample(conn, &statements, now).await?;
    let mut plans = Vec::new();
    for (name, sql) in statements {
        let statement = (name, sql, bound(name));
        plans.push(measure(conn, schema, statement, values(name, &keys, now)).await?);
    }
    Ok(plans)
}

/// Requests that a statement may cost on our schema.
#[must_use]
pub fn bound(name: &str) -> Option<u64> {
    match name {
        "probe" | "deliveries" => Some(14),
        "rows" | "versions" | "failed checks" | "leases" | "usual times" => Some(30),
        "open" | "closed" | "ended" | "runs" => Some(20),
        "timeless" | "timeless runs" => Some(24),
        _ if name.starts_with("changed") => Some(20),
        _ => None,
    }
}

/// Open pull requests, as values for the statements that look keys up.
async fn sample(
    conn: &mut PgConnection,
    statements: &[(&'static str, String)],
    now: DateTime<Utc>,
) -> Result<Vec<PrKey>, StoreError> {
    let Some((name, open)) = statements.iter().find(|(name, _)| *name == "open") else {
        return Ok(Vec::new());
    };
    let rows = run(conn, open, values(name, &[], now)).await?;
    let key = |row: &PgRow| Ok::<_, sqlx::Error>(key(row.try_get(1)?, row.try_get(2)?));
    Ok(rows.iter().filter_map(|row| key(row).transpose()).collect::<Result<_, _>>()?)
}

/// The values of a statement's parameters, as a poll has them.
fn values(name: &str, keys: &[PrKey], now: DateTime<Utc>) -> Vec<Cell> {
    let recent = Cell::time(Some(now - OVERLAP));
    let every = Cell::Ids(None);
    match name {
        "probe" => vec![recent],
        "requests" => vec![recent, Cell::Flag(Some(true))],
        "rows" | "versions" => {
            let count = if name == "rows" { ROW_PAGE } else { KEY_PAGE };
            cells(&keys[..count.min(keys.len())])
        }
        // No commit of these: each is looked up all the same.
        "failed checks" => {
            let pages = keys.iter().take(HEADS);
            let (repos, commits) =
                pages.map(|key| (key.repo.uuid(), format!("{:040x}", key.number.get()))).unzip();
            vec![Cell::Ids(Some(repos)), Cell::Texts(commits)]
        }
        "usual times" => {
            let repo = keys.first().map_or(Uuid::nil(), |key| key.repo.uuid());
            let commits = (0..HEADS).map(|n| format!("{n:040x}")).collect();
            vec![repo.into(), Cell::Texts(commits), Cell::time(Some(now - WINDOW))]
        }
        "counts" => vec![every],
        "deliveries" => Vec::new(),
        "leases" => {
            let repos: BTreeSet<Uuid> = keys.iter().map(|key| key.repo.uuid()).collect();
            vec![Cell::Ids(Some(repos.into_iter().collect()))]
        }
        "timeless" | "timeless runs" => vec![Uuid::nil().into(), every],
        "open" | "runs" => vec![Uuid::max().into(), every, Cell::time(Some(latest()))],
        "closed" | "ended" => {
            vec![Uuid::max().into(), every, Cell::time(Some(latest())), Cell::time(Some(now - WINDOW))]
        }
        // The pages of what changed.
        _ => vec![recent, Uuid::nil().into()],
    }
}
