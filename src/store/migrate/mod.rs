//! Bringing a database up to this version's schema: `flowlens db migrate` and `flowlens db check`.
//!
//! Migration 1 is the v2.0 schema that other services share; where its tables exist it is recorded, not
//! run. All that follows is additive and idempotent, for `YugabyteDB` may keep half of a migration that
//! failed. An index is built concurrently, outside a transaction; a build that failed leaves an invalid
//! index, which `IF NOT EXISTS` takes for a good one, so that each is looked at and built again if need be.

mod check;
mod list;
mod lock;

use std::collections::BTreeSet;

use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, raw_sql};

pub use check::{Report, check};
use list::{ADDITIONS, ENTRIES, Entry, SEED, TABLE, migrator};
use lock::Lease;

use super::engine::{
    connect::{CONNECT_LIMIT, Connector, close, within},
    discovery::{self, Schema},
    error::StoreError,
    retry::retry,
    tables::{REQUIRED, TABLES},
};
use crate::domain::source::Cause;

/// What `migrate` is doing, for the one who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another migrator is at work; this one waits for it.
    Waiting,
    /// This migration is looked at now; building an index may take a while.
    Running(&'static str),
    /// This migration is done, and how.
    Done(&'static str, Outcome),
}

/// How a migration ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What it makes existed already and was found fit: noted, not run.
    Recorded,
    Ran,
    /// An earlier run did it.
    AlreadyThere,
    /// An earlier run did it, but its work was gone, incomplete or invalid: done again.
    Rebuilt,
}

/// Brings the database up to date, or does nothing if it is.
///
/// Two connections are opened: one works, without a limit on the time of a statement, while the other
/// keeps the lease that holds other migrators back.
///
/// # Errors
/// The first failure. What was done until then stays, and another run goes on from there.
pub async fn migrate(connector: &mut Connector, mut progress: impl FnMut(Step)) -> Result<(), StoreError> {
    let mut conn = connector.connect().await?.conn;
    let keeper = connector.connect().await?.conn;
    // Building an index outlives any reader's limit, and one that is cut off leaves an invalid index.
    let unlimited = raw_sql("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    within(CONNECT_LIMIT, "the first statement", unlimited.execute(&mut conn)).await?;

    let mut lease = Lease::take(keeper, || progress(Step::Waiting)).await?;
    let result = tokio::select! {
        result = run(&mut conn, &mut progress) => result,
        error = lease.keep() => Err(error),
    };
    if let Err(error) = lease.release().await {
        tracing::warn!(%error, "the migration lock was not released; it expires by itself");
    }
    // After a failure the connection may be in the middle of anything.
    if result.is_ok() {
        close(conn).await;
    }
    result
}

async fn run(conn: &mut PgConnection, progress: &mut impl FnMut(Step)) -> Result<(), StoreError> {
    let migrator = migrator();
    conn.ensure_migrations_table(TABLE).await?;
    let applied = applied(conn, &migrator).await?;
    let schema = discovery::read(conn).await?;
    for entry in ENTRIES {
        progress(Step::Running(entry.name));
        let recorded = applied.contains(&entry.version);
        let outcome = match entry.version {
            _ if recorded && is_whole(entry, &schema) => Outcome::AlreadyThere,
            SEED => retry(async || seed(conn, &migrator, entry, recorded).await).await?,
            ADDITIONS => retry(async || additions(conn, &migrator, entry, recorded).await).await?,
            _ => retry(async || index(conn, &migrator, entry, recorded).await).await?,
        };
        progress(Step::Done(entry.name, outcome));
    }
    Ok(())
}

/// True when what a recorded migration made is still there, whole.
fn is_whole(entry: &Entry, schema: &Schema) -> bool {
    match entry.version {
        SEED => TABLES[..REQUIRED].iter().all(|table| schema.table(table.name).is_some()),
        ADDITIONS => {
            let has = |table, column: &&str| schema.column(table, column).is_some();
            TABLES.iter().all(|table| table.added.iter().all(|column| has(table.name, column)))
        }
        _ => schema.has_index(entry.name),
    }
}

/// The recorded versions, after a check that they are ours.
async fn applied(conn: &mut PgConnection, migrator: &Migrator) -> Result<BTreeSet<i64>, StoreError> {
    let mut versions = BTreeSet::new();
    for applied in conn.list_applied_migrations(TABLE).await? {
        let Some(ours) = migrator.iter().find(|ours| ours.version == applied.version) else {
            return Err(too_new(applied.version));
        };
        if ours.checksum != applied.checksum {
            let message = format!("migration {} differs from the one that {TABLE} records", applied.version);
            return Err(StoreError::new(Cause::Schema, message));
        }
        versions.insert(applied.version);
    }
    Ok(versions)
}

fn too_new(version: i64) -> StoreError {
    let message = format!("a newer flowlens migrated this database (migration {version}): use that one");
    StoreError::new(Cause::Schema, message)
}

/// Migration 1: run on an empty database; recorded where its tables exist, after they were found fit;
/// completed where only some exist, as a failed run leaves them on a server whose DDL knows no rollback.
async fn seed(
    conn: &mut PgConnection,
    migrator: &Migrator,
    entry: &Entry,
    recorded: bool,
) -> Result<Outcome, StoreError> {
    let schema = discovery::read(conn).await?;
    let existing = TABLES[..REQUIRED].iter().filter(|table| schema.table(table.name).is_some()).count();
    if existing == 0 && !recorded {
        migrator.run_to(entry.version, &mut *conn).await?;
        return Ok(Outcome::Ran);
    }
    check::seed_fits(&schema)?;
    if existing < REQUIRED {
        let idempotent = entry
            .sql
            .replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ")
            .replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ");
        raw_sql(AssertSqlSafe(idempotent)).execute(&mut *conn).await?;
    }
    if !recorded {
        migrator.skip(&mut *conn, Some(entry.version)).await?;
    }
    Ok(if existing == REQUIRED { Outcome::Recorded } else { Outcome::Rebuilt })
}

/// Migration 2, which is idempotent as it stands.
async fn additions(
    conn: &mut PgConnection,
    migrator: &Migrator,
    entry: &Entry,
    recorded: bool,
) -> Result<Outcome, StoreError> {
    // A change of a table that must wait for a long reader makes everybody else wait behind it. It gives
    // way and is tried again. (Not so for indexes: building one concurrently waits as a matter of course.)
    raw_sql("SET lock_timeout = '2s'").execute(&mut *conn).await?;
    if recorded {
        raw_sql(entry.sql).execute(&mut *conn).await?;
    } else {
        migrator.run_to(entry.version, &mut *conn).await?;
    }
    raw_sql("SET lock_timeout = 0").execute(&mut *conn).await?;
    Ok(if recorded { Outcome::Rebuilt } else { Outcome::Ran })
}

/// One index: an invalid one is dropped first, and the new one must be valid.
async fn index(
    conn: &mut PgConnection,
    migrator: &Migrator,
    entry: &Entry,
    recorded: bool,
) -> Result<Outcome, StoreError> {
    let before = index_is_valid(conn, entry.name).await?;
    if before == Some(false) {
        drop_index(conn, entry.name).await?;
    }
    if !recorded {
        migrator.run_to(entry.version, &mut *conn).await?;
    } else if before != Some(true) {
        raw_sql(entry.sql).execute(&mut *conn).await?;
    }
    if index_is_valid(conn, entry.name).await? != Some(true) {
        let message =
            format!("the index {} was built but is not valid: run flowlens db migrate again", entry.name);
        return Err(StoreError::new(Cause::Other, message));
    }
    Ok(match (before, recorded) {
        (Some(true), _) => Outcome::Recorded,
        (Some(false), _) | (None, true) => Outcome::Rebuilt,
        (None, false) => Outcome::Ran,
    })
}

async fn index_is_valid(conn: &mut PgConnection, name: &str) -> Result<Option<bool>, StoreError> {
    let valid = sqlx::query_scalar(
        "SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = to_regclass($1)",
    )
    .bind(name)
    .fetch_optional(conn)
    .await?;
    Ok(valid)
}

async fn drop_index(conn: &mut PgConnection, name: &'static str) -> Result<(), StoreError> {
    let concurrently = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
    match raw_sql(AssertSqlSafe(concurrently)).execute(&mut *conn).await.map_err(StoreError::from) {
        // YugabyteDB cannot drop concurrently (yugabyte-db #22717); an invalid index serves nobody.
        Err(error) if error.code() == Some("0A000") => {
            let plainly = format!("DROP INDEX IF EXISTS {name}");
            raw_sql(AssertSqlSafe(plainly)).execute(conn).await?;
            Ok(())
        }
        result => Ok(result.map(drop)?),
    }
}
