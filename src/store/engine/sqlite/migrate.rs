//! The schema of an embedded database: made and kept up to date whenever the file is opened.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection, raw_sql};

use super::super::error::StoreError;
use crate::{backoff::WRITE, domain::source::Cause};

/// What `PRAGMA application_id` says of our files: `FLNS`.
const APPLICATION: i64 = 0x464C_4E53;

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Nothing, or a version that this one brings up to date.
    Behind,
    /// The schema of this version.
    Current,
    /// That of a newer version, which this one must leave alone.
    Newer(i64),
    /// Another program's tables.
    Foreign,
}

/// Looks, and changes nothing.
pub(super) async fn state(conn: &mut SqliteConnection, migrations: &[&str]) -> Result<FileState, StoreError> {
    let question = "SELECT (SELECT application_id FROM pragma_application_id), \
                    (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)";
    let row = raw_sql(question).fetch_one(conn).await?;
    let (application, version, tables): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    Ok(match (application, version) {
        (0, 0) if tables == 0 => FileState::Behind,
        (APPLICATION, version) if version > known => FileState::Newer(version),
        (APPLICATION, version) if version == known => FileState::Current,
        (APPLICATION, 1..) => FileState::Behind,
        _ => FileState::Foreign,
    })
}

/// Brings the file to this version's schema, all or nothing. Tries until the caller's patience ends while another
/// process writes.
///
/// # Errors
/// It is another program's or a newer version's (then it is left as it is), or it cannot be written.
pub(super) async fn migrate(
    conn: &mut SqliteConnection,
    migrations: &'static [&'static str],
) -> Result<(), StoreError> {
    let mut attempt = 0;
    loop {
        match once(conn, migrations).await {
            Err(error) if error.is_retryable() => {
                tokio::time::sleep(WRITE.pause(attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn once(conn: &mut SqliteConnection, migrations: &'static [&'static str]) -> Result<(), StoreError> {
    if check(state(conn, migrations).await?, migrations)? == FileState::Current {
        return Ok(());
    }
    // Stays with the file; cannot be changed inside a transaction. One that stands for no file has no log.
    let mode: String = raw_sql("PRAGMA journal_mode = WAL").fetch_one(&mut *conn).await?.try_get(0)?;
    if !matches!(mode.as_str(), "wal" | "memory") {
        let message = "the file system cannot hold its write-ahead log (is it a network share?)";
        return Err(StoreError::broken(Cause::Other, message));
    }
    let mut transaction = conn.begin_with("BEGIN IMMEDIATE").await?;
    // Another process may have been faster.
    if check(state(&mut transaction, migrations).await?, migrations)? == FileState::Behind {
        let version = raw_sql("PRAGMA user_version").fetch_one(&mut *transaction).await?;
        let done = usize::try_from(version.try_get::<i64, _>(0)?).unwrap_or(0);
        for text in migrations.iter().skip(done) {
            raw_sql(*text).execute(&mut *transaction).await?;
        }
        let stamp =
            format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", migrations.len());
        raw_sql(AssertSqlSafe(stamp)).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Refuses what must be left alone.
pub(super) fn check(state: FileState, migrations: &[&str]) -> Result<FileState, StoreError> {
    let message = match state {
        FileState::Behind | FileState::Current => return Ok(state),
        FileState::Newer(version) => format!(
            "was written by a newer FlowLens (schema {version}, this one knows {}); update FlowLens, or name another \
             file with --database-url sqlite:PATH",
            migrations.len()
        ),
        FileState::Foreign => {
            "is another program's database; name another file with --database-url sqlite:PATH".to_owned()
        }
    };
    Err(StoreError::broken(Cause::Schema, message))
}
