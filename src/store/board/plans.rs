//! The plans of the statements that a poll runs, on this server: what each costs, and how much it may.
//!
//! On YugabyteDB a scan is a request to another node, so the figure that counts is how many scans a statement starts.
//! Plain equality joins are looked up in batches there, 1,024 rows a request (`yb_bnl_batch_size`); PostgreSQL starts
//! a scan for each of those rows, which costs it little.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{
    Arguments as _, AssertSqlSafe, Connection as _, Row as _,
    postgres::{PgArguments, PgConnection, PgRow},
};
use uuid::Uuid;

use super::{read::latest, sql::Statements};
use crate::{
    domain::source::Engine,
    store::engine::{connect::within, discovery::Schema, error::StoreError},
};

/// The longest that one statement may take: its own limit comes first.
const LIMIT: Duration = Duration::from_secs(16);
/// Keys that the feed looks up at once.
const KEY_PAGE: usize = 1_000;
const ROW_PAGE: usize = 400;
/// How far back a tick looks, and the whole board.
const OVERLAP: TimeDelta = TimeDelta::seconds(12);
const WINDOW: TimeDelta = TimeDelta::days(14);
/// Rows that YugabyteDB looks up in one request (`yb_bnl_batch_size`).
const BATCHED: u64 = 1_024;
/// Nodes that read what other nodes or the statement itself made.
const RESULTS: [&str; 7] = [
    "Function Scan",
    "CTE Scan",
    "Subquery Scan",
    "Values Scan",
    "WorkTable Scan",
    "Named Tuplestore Scan",
    "Bitmap Heap Scan",
];

/// A statement, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the feed calls it.
    pub name: &'static str,
    /// The statement.
    pub sql: String,
    /// Requests that it may cost; `None` where the rows in scope decide.
    pub bound: Option<u64>,
    /// What it cost.
    pub cost: Cost,
    /// The plan as the server prints it.
    pub text: String,
}

/// What running a statement once cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Scans of tables and indexes that were started.
    pub scans: u64,
    /// The same with those that YugabyteDB batches counted as it does.
    pub requests: u64,
    /// Milliseconds on the server.
    pub millis: f64,
    /// Pages that were touched; PostgreSQL only.
    pub buffers: u64,
}

/// Runs every statement of a poll once, in transactions that may only read, and tells what it cost.
///
/// # Errors
/// The server's; a login that may read the board may do this.
pub async fn plans(conn: &mut PgConnection, schema: &Schema) -> Result<Vec<Plan>, StoreError> {
    let statements = Statements::compose(schema).polls();
    let now = schema.server_clock;
    let keys = sample(conn, &statements, now).await?;
    let mut plans = Vec::new();
    for (name, sql) in statements {
        let rows = run(conn, &explain(schema, &sql, "JSON"), arguments(name, &keys, now)?).await?;
        let cost = cost(rows.first())?;
        let rows = run(conn, &explain(schema, &sql, "TEXT"), arguments(name, &keys, now)?).await?;
        let lines: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        plans.push(Plan { name, sql, bound: bound(name), cost, text: lines.join("\n") });
    }
    Ok(plans)
}

/// What a plan as JSON says of its cost.
fn cost(row: Option<&PgRow>) -> Result<Cost, StoreError> {
    let json: Value = row.map_or(Ok(Value::Null), |row| row.try_get(0))?;
    let top = &json[0];
    let mut cost = Cost { millis: top["Execution Time"].as_f64().unwrap_or_default(), ..Cost::default() };
    let pages = |key: &str| top["Plan"][key].as_u64().unwrap_or_default();
    cost.buffers = pages("Shared Hit Blocks") + pages("Shared Read Blocks");
    count(&top["Plan"], false, &mut cost);
    // YugabyteDB counts its requests itself.
    cost.requests = top["Storage Read Requests"].as_u64().unwrap_or(cost.requests);
    Ok(cost)
}

/// Requests that a statement may cost on our schema.
#[must_use]
pub fn bound(name: &str) -> Option<u64> {
    match name {
        "probe" => Some(14),
        "rows" | "versions" => Some(30),
        "open" | "closed" | "ended" | "runs" => Some(20),
        "timeless" | "timeless runs" => Some(24),
        _ if name.starts_with("changed") => Some(20),
        _ => None,
    }
}

fn explain(schema: &Schema, sql: &str, format: &str) -> String {
    // DIST tells the requests that YugabyteDB itself counts.
    let more = if schema.engine == Engine::YugabyteDb { "DIST" } else { "BUFFERS" };
    format!("EXPLAIN (ANALYZE, {more}, FORMAT {format}) {sql}")
}

/// Open pull requests, as values for the statements that look keys up.
async fn sample(
    conn: &mut PgConnection,
    statements: &[(&'static str, String)],
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, i32)>, StoreError> {
    let Some((name, open)) = statements.iter().find(|(name, _)| *name == "open") else {
        return Ok(Vec::new());
    };
    let rows = run(conn, open, arguments(name, &[], now)?).await?;
    let key = |row: &PgRow| Ok::<_, sqlx::Error>((row.try_get(1)?, row.try_get(2)?));
    Ok(rows.iter().map(key).collect::<Result<_, _>>()?)
}

/// The values of a statement's parameters, as a poll has them.
fn arguments(name: &str, keys: &[(Uuid, i32)], now: DateTime<Utc>) -> Result<PgArguments, StoreError> {
    let mut values = PgArguments::default();
    let every: Option<Vec<Uuid>> = None;
    let unfit = |error| StoreError::from(sqlx::Error::Encode(error));
    match name {
        "probe" | "requests" => values.add(now - OVERLAP).map_err(unfit)?,
        "rows" | "versions" => {
            let count = if name == "rows" { ROW_PAGE } else { KEY_PAGE };
            let (repos, numbers): (Vec<Uuid>, Vec<i32>) = keys.iter().take(count).copied().unzip();
            values.add(repos).map_err(unfit)?;
            values.add(numbers).map_err(unfit)?;
        }
        "counts" => values.add(every).map_err(unfit)?,
        "timeless" | "timeless runs" => {
            values.add(Uuid::nil()).map_err(unfit)?;
            values.add(every).map_err(unfit)?;
        }
        "open" | "runs" | "closed" | "ended" => {
            values.add(Uuid::max()).map_err(unfit)?;
            values.add(every).map_err(unfit)?;
            values.add(latest()).map_err(unfit)?;
            if matches!(name, "closed" | "ended") {
                values.add(now - WINDOW).map_err(unfit)?;
            }
        }
        // The pages of what changed.
        _ => {
            values.add(now - OVERLAP).map_err(unfit)?;
            values.add(Uuid::nil()).map_err(unfit)?;
        }
    }
    Ok(values)
}

/// Runs a statement in a transaction that may only read.
async fn run(conn: &mut PgConnection, sql: &str, values: PgArguments) -> Result<Vec<PgRow>, StoreError> {
    let asking = async {
        let mut transaction = conn.begin_with("BEGIN READ ONLY").await?;
        let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), values).persistent(false);
        let rows = query.fetch_all(&mut *transaction).await?;
        transaction.rollback().await?;
        Ok::<_, sqlx::Error>(rows)
    };
    within(LIMIT, "a plan", asking).await
}

/// Adds a plan's node and those below it. `batched`: YugabyteDB looks up its rows together.
fn count(node: &Value, batched: bool, cost: &mut Cost) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let kind = text("Node Type");
    if kind.ends_with("Scan") && !RESULTS.contains(&kind) {
        let loops = node["Actual Loops"].as_u64().unwrap_or_default();
        cost.scans += loops;
        cost.requests += if batched { loops.div_ceil(BATCHED) } else { loops };
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        let looked_up = kind == "Nested Loop" && child["Parent Relationship"] == "Inner";
        count(child, looked_up && is_equality(child), cost);
    }
}

/// Whether an index is asked by equality alone: YugabyteDB batches no other join.
fn is_equality(node: &Value) -> bool {
    let condition = node["Index Cond"].as_str().unwrap_or_default();
    !condition.is_empty()
        && condition.split(" AND ").all(|part| part.contains(" = ") && !part.contains("ANY"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(condition: &str, inner: &str) -> Cost {
        let plan = json!({"Node Type": "Nested Loop", "Plans": [
            {"Node Type": "Function Scan", "Parent Relationship": "Outer", "Actual Loops": 1},
            {"Node Type": inner, "Parent Relationship": "Inner", "Index Cond": condition, "Actual Loops": 2000,
             "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "SubPlan", "Actual Loops": 3}]},
        ]});
        let mut cost = Cost::default();
        count(&plan, false, &mut cost);
        cost
    }

    #[test]
    fn only_plain_equality_joins_are_looked_up_together() {
        let figures = |cost: Cost| (cost.scans, cost.requests);
        let equal = "((repo_id = k.repo_id) AND (pr_number = k.pr_number))";
        assert_eq!(figures(nested(equal, "Index Scan")), (2003, 5));
        assert_eq!(
            figures(nested("((repo_id = k.repo_id) AND (pr_number > 1))", "Index Scan")),
            (2003, 2003)
        );
        assert_eq!(
            figures(nested(equal, "Limit")),
            (3, 3),
            "a limit is no scan, and what is below it is not batched"
        );
    }
}
