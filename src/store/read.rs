//! Runs the feed's statements on one connection, each under a time-out.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{
    connect::{Connected, within},
    decode::{
        Joined, KeyRow, Probe, Versions, decode_key, decode_probe, decode_pull, decode_repository,
        fingerprint, key,
    },
    discovery::discover,
    error::StoreError,
    sql::{Scope, Statements, Table},
};
use crate::domain::{
    ids::{PrKey, RepoId},
    repository::Repository,
    source::Source,
};

/// Longest wait for one answer; the server's own `statement_timeout` (5 s) comes first.
pub(super) const ANSWER: Duration = Duration::from_secs(8);

/// What one reading of keys found.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub found: Vec<Joined>,
    /// Keys of which nothing is there.
    pub absent: Vec<PrKey>,
}

/// One connection with the statements for its schema.
pub(super) struct Reader {
    conn: PgConnection,
    node: String,
    encrypted: Option<bool>,
    sql: Statements,
    source: Source,
}

/// Where a page ended.
pub(super) type Cursor = (DateTime<Utc>, Uuid);

/// 9999-12-31 00:00:00 UTC, the latest time that counts as one.
const LATEST_EPOCH: i64 = 253_402_214_400;

/// Later than any row.
pub(super) fn latest() -> DateTime<Utc> {
    DateTime::from_timestamp(LATEST_EPOCH, 0).unwrap_or_default()
}

/// What narrows a page of keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'a> {
    /// Repositories; `None` for all.
    pub only: Option<&'a [Uuid]>,
    /// Start of the window.
    pub ended_since: DateTime<Utc>,
}

impl Reader {
    /// Finds out what there is behind a new connection.
    pub(super) async fn new(connected: Connected, origin: Option<String>) -> Result<Self, StoreError> {
        let Connected { mut conn, node, encrypted } = connected;
        let schema = within(ANSWER, "discovery", discover(&mut conn)).await?;
        let source = schema.source(&node, encrypted, origin);
        Ok(Self { conn, node, encrypted, sql: Statements::compose(&schema), source })
    }

    /// Finds out again: a migration may have added columns and indexes.
    pub(super) async fn rediscover(&mut self) -> Result<(), StoreError> {
        let schema = within(ANSWER, "discovery", discover(&mut self.conn)).await?;
        let origin = self.source.origin.take();
        self.source = schema.source(&self.node, self.encrypted, origin);
        self.sql = Statements::compose(&schema);
        Ok(())
    }

    /// Where the rows come from.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Pull requests to read at once.
    pub(super) fn row_page(&self) -> usize {
        self.sql.row_page
    }

    async fn fetch(
        &mut self,
        what: &'static str,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        within(ANSWER, what, query.fetch_all(&mut self.conn)).await
    }

    /// What changed since the lower bound, in one round trip.
    pub(super) async fn probe(&mut self, since: DateTime<Utc>) -> Result<Probe, StoreError> {
        let query = sqlx::query(safe(&self.sql.probe)).bind(since);
        let row = within(ANSWER, "poll", query.fetch_one(&mut self.conn)).await?;
        Ok(decode_probe(&row)?)
    }

    /// One page of rows of a table written after the cursor, oldest first; the cursor of the next page, `None` at
    /// the end.
    pub(super) async fn changed(
        &mut self,
        table: Table,
        (at, id): Cursor,
    ) -> Result<(Vec<KeyRow>, Option<Cursor>), StoreError> {
        let query = sqlx::query(safe(&self.sql.changed[table as usize])).bind(at).bind(id);
        let rows = self.fetch("changed rows", query).await?;
        self.page(&rows, at)
    }

    /// One page of the scope's keys after the cursor, newest first.
    pub(super) async fn keys(
        &mut self,
        scope: Scope,
        (at, id): Cursor,
        bounds: Bounds<'_>,
    ) -> Result<(Vec<KeyRow>, Option<Cursor>), StoreError> {
        let Some(text) = &self.sql.pages[scope as usize] else { return Ok((Vec::new(), None)) };
        let query = sqlx::query(safe(text)).bind(id).bind(bounds.only.map(<[Uuid]>::to_vec));
        let query = match scope {
            Scope::Timeless | Scope::TimelessRuns => query,
            Scope::Open | Scope::Runs => query.bind(at),
            Scope::Closed | Scope::Ended => query.bind(at).bind(bounds.ended_since),
        };
        let rows = self.fetch("a page of keys", query).await?;
        self.page(&rows, at)
    }

    fn page(&self, rows: &[PgRow], at: DateTime<Utc>) -> Result<(Vec<KeyRow>, Option<Cursor>), StoreError> {
        let keys: Vec<KeyRow> = rows.iter().map(decode_key).collect::<Result<_, _>>()?;
        let last = keys.last().filter(|_| keys.len() >= self.sql.key_page);
        let next = last.map(|last| (last.at.unwrap_or(at), last.id));
        Ok((keys, next))
    }

    /// The versions of the rows of these keys.
    pub(super) async fn versions(&mut self, keys: &[PrKey]) -> Result<Vec<(PrKey, Versions)>, StoreError> {
        let (repos, numbers) = halves(keys);
        let query = sqlx::query(safe(&self.sql.versions)).bind(repos).bind(numbers);
        let rows = self.fetch("versions", query).await?;
        let versions = |row: &PgRow| -> Result<_, sqlx::Error> {
            let versions = Versions { pull: row.try_get(2)?, run: row.try_get(3)?, insight: row.try_get(4)? };
            Ok((key(row.try_get(0)?, row.try_get(1)?), versions))
        };
        Ok(rows.iter().map(versions).collect::<Result<_, _>>()?)
    }

    /// All rows of these keys, [`Self::row_page`] of them at most.
    pub(super) async fn rows(&mut self, keys: &[PrKey]) -> Result<Rows, StoreError> {
        let (repos, numbers) = halves(keys);
        let query = sqlx::query(safe(&self.sql.rows)).bind(repos).bind(numbers);
        let mut out = Rows::default();
        for row in &self.fetch("pull requests", query).await? {
            match decode_pull(row)? {
                (_, Some((pull, versions))) => {
                    out.found.push(Joined { pull, versions, hash: fingerprint(row)? });
                }
                (key, None) => out.absent.push(key),
            }
        }
        Ok(out)
    }

    /// All repositories.
    pub(super) async fn repositories(&mut self) -> Result<Vec<Repository>, StoreError> {
        let sql = safe(&self.sql.repositories);
        let rows = self.fetch("repositories", sqlx::query(sql)).await?;
        Ok(rows.iter().map(decode_repository).collect::<Result<_, _>>()?)
    }

    /// Open pull requests of each repository.
    pub(super) async fn open_counts(
        &mut self,
        only: Option<&[Uuid]>,
    ) -> Result<HashMap<RepoId, u64>, StoreError> {
        let query = sqlx::query(safe(&self.sql.open_counts)).bind(only.map(<[Uuid]>::to_vec));
        let rows = self.fetch("counts", query).await?;
        let count = |row: &PgRow| -> Result<_, sqlx::Error> {
            Ok((RepoId::new(row.try_get(0)?), u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default()))
        };
        Ok(rows.iter().map(count).collect::<Result<_, _>>()?)
    }
}

fn halves(keys: &[PrKey]) -> (Vec<Uuid>, Vec<i32>) {
    keys.iter().map(|key| (key.repo.uuid(), key.number.get())).unzip()
}

/// A statement's text is ours alone: composed from constants and discovered names of our own lists.
pub(super) fn safe(sql: &Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(Arc::clone(sql))
}
