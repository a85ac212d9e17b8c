//! Bringing a database up to this version's schema: `flowlens db migrate` and `flowlens db check`.
//!
//! A migration is run by its kind. An index is built concurrently, outside a transaction; a build that failed leaves an
//! invalid index, which `IF NOT EXISTS` takes for a good one, so that each is looked at and built again if need be.

mod check;
mod home;
mod lock;

use std::{borrow::Cow, collections::BTreeSet};

use sqlx::migrate::{Migrate as _, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, raw_sql};

pub use check::{SchemaReport, check};
use check::{is_partitioned, is_whole};
use lock::MigrationLease;

use super::engine::{
    connect::{CONNECT_LIMIT, Connector, close, within},
    discovery,
    error::StoreError,
    migrations::{Migration, MigrationKind, POSTGRES},
    retry::retry,
    tables::seed_tables,
};
use crate::domain::source::Cause;

/// Where the database remembers which migrations it has had.
const RECORD: &str = "flowlens_migrations";

/// The progress of a migration, for the person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationStep {
    /// Another migrator is at work; this one waits for it.
    Waiting,
    /// This migration is looked at now; building an index may take a while.
    Running(&'static str),
    /// This migration is done, and how.
    Done(&'static str, MigrationOutcome),
}

/// How a migration ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationOutcome {
    /// Its tables or its index existed already and were found fit: noted, not run.
    Recorded,
    Ran,
    /// An earlier run did it.
    AlreadyThere,
    /// An earlier run did it, but its work was gone, incomplete or invalid: done again.
    Rebuilt,
    /// The table is partitioned: an index can be built there only while nobody writes.
    Left,
}

/// Brings the database up to date, or does nothing if it is.
///
/// # Errors
/// The first failure. Migrations that were done until then stay, and another run goes on from there.
pub async fn migrate(
    connector: &mut Connector,
    progress: impl FnMut(MigrationStep),
) -> Result<(), StoreError> {
    migrate_to(connector, POSTGRES, progress).await
}

/// The same for the migrations of another version of this program.
///
/// Two connections are opened: one works, without a limit on the time of a statement, while the other
/// keeps the lease that holds other migrators back.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_to(
    connector: &mut Connector,
    migrations: &[Migration],
    mut progress: impl FnMut(MigrationStep),
) -> Result<(), StoreError> {
    let connected = connector.connect().await?;
    if connected.pooling.is_lent() {
        let message = "a pooler stands before the server and lends its sessions; a migration needs one of its own: name \
                       the server itself";
        return Err(StoreError::new(Cause::Other, message));
    }
    let mut conn = connected.conn;
    home::settle(&mut conn).await?;
    let mut keeper = connector.connect().await?.conn;
    home::settle(&mut keeper).await?;
    // Building an index outlives any reader's limit, and one that is cut off leaves an invalid index.
    let unlimited = raw_sql("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    within(CONNECT_LIMIT, "the first statement", unlimited.execute(&mut conn)).await?;

    let mut lease = MigrationLease::take(keeper, || progress(MigrationStep::Waiting)).await?;
    let result = tokio::select! {
        result = run(&mut conn, migrations, &mut progress) => result,
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

async fn run(
    conn: &mut PgConnection,
    migrations: &[Migration],
    progress: &mut impl FnMut(MigrationStep),
) -> Result<(), StoreError> {
    let schema = discovery::read(conn).await?;
    check::all_are_tables(&schema)?;
    uuids(conn).await?;
    let migrator = migrator(migrations);
    conn.ensure_migrations_table(RECORD).await?;
    let applied = applied(conn, &migrator).await?;
    for migration in migrations {
        progress(MigrationStep::Running(migration.name));
        let recorded = applied.contains(&migration.version);
        let outcome = match migration.kind {
            _ if recorded && is_whole(migration, &schema) => MigrationOutcome::AlreadyThere,
            MigrationKind::Index if is_partitioned(migration, &schema) && !is_whole(migration, &schema) => {
                leave(conn, &migrator, migration, recorded).await?
            }
            MigrationKind::Seed => retry(async || seed(conn, &migrator, migration, recorded).await).await?,
            MigrationKind::Additive => {
                retry(async || additive(conn, &migrator, migration, recorded).await).await?
            }
            MigrationKind::Index => retry(async || index(conn, &migrator, migration, recorded).await).await?,
        };
        progress(MigrationStep::Done(migration.name, outcome));
    }
    Ok(())
}

/// Before version 13 (YugabyteDB 2025.1) the function by which the tables make ids comes with an extension.
async fn uuids(conn: &mut PgConnection) -> Result<(), StoreError> {
    const THERE: &str = "SELECT to_regprocedure('gen_random_uuid()') IS NOT NULL";
    if sqlx::query_scalar(THERE).fetch_one(&mut *conn).await? {
        return Ok(());
    }
    let made = raw_sql("CREATE EXTENSION IF NOT EXISTS pgcrypto").execute(&mut *conn).await;
    let made = made.map_err(|error| {
        let advice =
            "the tables need gen_random_uuid(): have an administrator run CREATE EXTENSION pgcrypto here";
        StoreError::from(error).with_advice(advice)
    });
    made?;
    if sqlx::query_scalar(THERE).fetch_one(conn).await? {
        return Ok(());
    }
    let message = "the extension pgcrypto is in a schema that the search_path does not lead to: gen_random_uuid() is not found";
    Err(StoreError::new(Cause::Schema, message))
}

/// The driver's bookkeeping. Its advisory lock is off: YugabyteDB up to 2024.2 has none, so [`MigrationLease`] stands in.
fn migrator(migrations: &[Migration]) -> Migrator {
    // Made by hand, for the `migrate!` macro would build every driver of the crate for the host too.
    let migrations = migrations.iter().map(|migration| {
        sqlx::migrate::Migration::new(
            migration.version,
            Cow::Borrowed(migration.name),
            MigrationType::Simple,
            migration.sql.into_sql_str(),
            migration.kind == MigrationKind::Index,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(RECORD);
    migrator.set_locking(false);
    migrator
}

/// Notes an index as not to be made: the others must not wait for it.
async fn leave(
    conn: &mut PgConnection,
    migrator: &Migrator,
    migration: &Migration,
    recorded: bool,
) -> Result<MigrationOutcome, StoreError> {
    if !recorded {
        migrator.skip(&mut *conn, Some(migration.version)).await?;
    }
    Ok(MigrationOutcome::Left)
}

/// The recorded versions, after a check that they are ours.
async fn applied(conn: &mut PgConnection, migrator: &Migrator) -> Result<BTreeSet<i64>, StoreError> {
    let mut versions = BTreeSet::new();
    for applied in conn.list_applied_migrations(RECORD).await? {
        let Some(ours) = migrator.iter().find(|ours| ours.version == applied.version) else {
            return Err(too_new(applied.version));
        };
        if ours.checksum != applied.checksum {
            let message = format!("migration {} differs from the one that {RECORD} records", applied.version);
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

/// Run on an empty database; recorded where its tables exist, after they were found fit; completed where only some
/// exist, as a failed run leaves them on a server whose DDL knows no rollback.
async fn seed(
    conn: &mut PgConnection,
    migrator: &Migrator,
    migration: &Migration,
    recorded: bool,
) -> Result<MigrationOutcome, StoreError> {
    let schema = discovery::read(conn).await?;
    let absent = seed_tables().filter(|table| schema.table(table.name).is_none()).count();
    if absent == seed_tables().count() && !recorded {
        migrator.run_to(migration.version, &mut *conn).await?;
        return Ok(MigrationOutcome::Ran);
    }
    check::seed_fits(&schema)?;
    if absent > 0 {
        let idempotent = migration
            .sql
            .replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ")
            .replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ");
        raw_sql(AssertSqlSafe(idempotent)).execute(&mut *conn).await?;
    }
    if !recorded {
        migrator.skip(&mut *conn, Some(migration.version)).await?;
    }
    Ok(if absent == 0 { MigrationOutcome::Recorded } else { MigrationOutcome::Rebuilt })
}

/// Idempotent as it stands.
async fn additive(
    conn: &mut PgConnection,
    migrator: &Migrator,
    migration: &Migration,
    recorded: bool,
) -> Result<MigrationOutcome, StoreError> {
    // A change of a table that must wait for a long reader makes everybody else wait behind it. It gives
    // way and is tried again. (Not so for indexes: building one concurrently waits as a matter of course.)
    raw_sql("SET lock_timeout = '2s'").execute(&mut *conn).await?;
    if recorded {
        raw_sql(migration.sql).execute(&mut *conn).await?;
    } else {
        migrator.run_to(migration.version, &mut *conn).await?;
    }
    raw_sql("SET lock_timeout = 0").execute(&mut *conn).await?;
    Ok(if recorded { MigrationOutcome::Rebuilt } else { MigrationOutcome::Ran })
}

/// An invalid index is dropped first, and the new one must be valid.
async fn index(
    conn: &mut PgConnection,
    migrator: &Migrator,
    migration: &Migration,
    recorded: bool,
) -> Result<MigrationOutcome, StoreError> {
    let before = index_is_valid(conn, migration.name).await?;
    if before == Some(false) {
        drop_index(conn, migration.name).await?;
    }
    if !recorded {
        migrator.run_to(migration.version, &mut *conn).await?;
    } else if before != Some(true) {
        raw_sql(migration.sql).execute(&mut *conn).await?;
    }
    if index_is_valid(conn, migration.name).await? != Some(true) {
        let message =
            format!("the index {} was built but is not valid: run flowlens db migrate again", migration.name);
        return Err(StoreError::new(Cause::Other, message));
    }
    Ok(match (before, recorded) {
        (Some(true), _) => MigrationOutcome::Recorded,
        (Some(false), _) | (None, true) => MigrationOutcome::Rebuilt,
        (None, false) => MigrationOutcome::Ran,
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
