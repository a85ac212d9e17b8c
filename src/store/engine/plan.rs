//! What a statement costs on this server: its plan, measured.
//!
//! On YugabyteDB a scan is a request to another node, so the figure that counts is how many scans a statement starts.
//! Plain equality joins are looked up in batches there, 1,024 rows a request (`yb_bnl_batch_size`); PostgreSQL starts
//! a scan for each of those rows, which costs it little.

use std::time::Duration;

use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection as _, Row as _,
    postgres::{PgConnection, PgRow},
};

use super::{
    connect::within,
    discovery::Schema,
    error::StoreError,
    values::{Cell, bind_postgres},
};
use crate::domain::source::Engine;

/// The longest that one statement may take: its own limit comes first.
const LIMIT: Duration = Duration::from_secs(16);
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

/// Runs a statement twice in transactions that may only read, with the values that it is given, and tells what it cost.
pub(in crate::store) async fn measure(
    conn: &mut PgConnection,
    schema: &Schema,
    (name, sql, bound): (&'static str, String, Option<u64>),
    values: Vec<Cell>,
) -> Result<Plan, StoreError> {
    let rows = run(conn, &explain(schema, &sql, "JSON"), values.clone()).await?;
    let cost = cost(rows.first())?;
    let rows = run(conn, &explain(schema, &sql, "TEXT"), values).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(Plan { name, sql, bound, cost, text: lines.join("\n") })
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

fn explain(schema: &Schema, sql: &str, format: &str) -> String {
    // DIST tells the requests that YugabyteDB itself counts.
    let more = if schema.engine == Engine::YugabyteDb { "DIST" } else { "BUFFERS" };
    format!("EXPLAIN (ANALYZE, {more}, FORMAT {format}) {sql}")
}

/// All rows of a statement, in a transaction that may only read.
pub(in crate::store) async fn run(
    conn: &mut PgConnection,
    sql: &str,
    values: Vec<Cell>,
) -> Result<Vec<PgRow>, StoreError> {
    let asking = async {
        let mut transaction = conn.begin_with("BEGIN READ ONLY").await?;
        let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false);
        let query = values.into_iter().fold(query, bind_postgres);
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
        // PostgreSQL reads a table without a page as often as it likes: that is for nothing.
        let most = if node["Total Cost"] == 0.0 { 1 } else { u64::MAX };
        let loops = node["Actual Loops"].as_u64().unwrap_or_default().min(most);
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
    fn a_table_without_a_page_is_read_once() {
        let plan = |cost: f64| json!({"Node Type": "Seq Scan", "Actual Loops": 500, "Total Cost": cost});
        for (price, expected) in [(0.0, 1), (0.01, 500)] {
            let mut cost = Cost::default();
            count(&plan(price), false, &mut cost);
            assert_eq!((cost.scans, cost.requests), (expected, expected), "{price}");
        }
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
