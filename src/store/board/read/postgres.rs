//! What PostgreSQL and YugabyteDB answer: runs the composed statements on one connection.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{
    super::{
        decode::{
            KeyRow, Probe, Versions, decode_check, decode_joined, decode_key, decode_past_insight,
            decode_repository, decode_review, decode_versions,
        },
        sql::{Scope, Statements, Table},
    },
    Bounds, Cursor, Rows,
};
use crate::{
    domain::{
        check::{Check, Review},
        ids::{PrKey, RepoId, Sha},
        insight::PastInsight,
        repository::Repository,
        request::Request,
        source::Source,
    },
    store::engine::{
        cells::{Columns, Decoded as _, Fingerprint as _, key},
        connect::{ANSWER, Connected, within},
        discovery::discover,
        error::StoreError,
    },
};

/// One connection with the statements for its schema.
pub(in crate::store) struct PgReader {
    conn: PgConnection,
    node: String,
    encrypted: Option<bool>,
    sql: Statements,
    source: Source,
}

impl PgReader {
    /// Finds out what there is behind a new connection.
    pub(in crate::store) async fn new(
        connected: Connected,
        origin: Option<String>,
    ) -> Result<Self, StoreError> {
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
    pub(super) async fn probe(&mut self, since: DateTime<Utc>, filled: bool) -> Result<Probe, StoreError> {
        let text = if filled { &self.sql.probe_filled } else { &self.sql.probe };
        let query = sqlx::query(safe(text)).bind(since);
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
        let keys: Vec<KeyRow> =
            rows.iter().map(|row| decode_key(&mut Columns::of(row))).collect::<Result<_, _>>()?;
        let last = keys.last().filter(|_| keys.len() >= self.sql.key_page);
        let next = last.map(|last| (last.at.unwrap_or(at), last.id));
        Ok((keys, next))
    }

    /// The versions of the rows of these keys.
    pub(super) async fn versions(&mut self, keys: &[PrKey]) -> Result<Vec<(PrKey, Versions)>, StoreError> {
        let (repos, numbers) = halves(keys);
        let query = sqlx::query(safe(&self.sql.versions)).bind(repos).bind(numbers);
        let rows = self.fetch("versions", query).await?;
        Ok(rows.iter().map(|row| decode_versions(&mut Columns::of(row))).collect::<Result<_, _>>()?)
    }

    /// All rows of these keys, [`Self::row_page`] of them at most.
    pub(super) async fn rows(&mut self, keys: &[PrKey]) -> Result<Rows, StoreError> {
        let (repos, numbers) = halves(keys);
        let query = sqlx::query(safe(&self.sql.rows)).bind(repos).bind(numbers);
        let mut out = Rows::default();
        for row in &self.fetch("pull requests", query).await? {
            match decode_joined(&mut Columns::of(row), row.fingerprint()?)? {
                Ok(joined) => out.found.push(joined),
                Err(key) => out.absent.push(key),
            }
        }
        Ok(out)
    }

    /// All repositories.
    pub(super) async fn repositories(&mut self) -> Result<Vec<Repository>, StoreError> {
        let sql = safe(&self.sql.repositories);
        let rows = self.fetch("repositories", sqlx::query(sql)).await?;
        Ok(rows.iter().map(|row| decode_repository(&mut Columns::of(row))).collect::<Result<_, _>>()?)
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

    pub(super) async fn requests(&mut self, since: DateTime<Utc>) -> Result<Vec<Request>, StoreError> {
        let Some(sql) = &self.sql.requests else { return Ok(Vec::new()) };
        let rows = self.fetch("requests", sqlx::query(safe(sql)).bind(since)).await?;
        Ok(rows.iter().map(|row| Request::decode(&mut Columns::of(row))).collect::<Result<_, _>>()?)
    }

    /// The one text of a column of the pull request; `None` where the schema has no such column.
    async fn text(
        &mut self,
        what: &'static str,
        sql: Option<Arc<str>>,
        key: PrKey,
    ) -> Result<Option<Option<String>>, StoreError> {
        let Some(sql) = sql else { return Ok(None) };
        let query = sqlx::query(safe(&sql)).bind(key.repo.uuid()).bind(key.number.get());
        let row = within(ANSWER, what, query.fetch_optional(&mut self.conn)).await?;
        Ok(Some(row.map(|row| row.try_get(0)).transpose()?.flatten()))
    }

    pub(super) async fn files(&mut self, key: PrKey) -> Result<Option<Option<String>>, StoreError> {
        self.text("files", self.sql.files.clone(), key).await
    }

    pub(super) async fn history(&mut self, key: PrKey) -> Result<Option<String>, StoreError> {
        Ok(self.text("history", self.sql.history.clone(), key).await?.flatten())
    }

    pub(super) async fn checks(&mut self, key: PrKey, head: &Sha) -> Result<Vec<Check>, StoreError> {
        let Some(sql) = &self.sql.checks else { return Ok(Vec::new()) };
        let query = sqlx::query(safe(sql)).bind(key.repo.uuid()).bind(head.as_str());
        let rows = self.fetch("checks", query).await?;
        Ok(rows.iter().map(|row| decode_check(&mut Columns::of(row))).collect::<Result<_, _>>()?)
    }

    pub(super) async fn reviews(&mut self, key: PrKey) -> Result<Vec<(Review, bool)>, StoreError> {
        let Some(sql) = &self.sql.reviews else { return Ok(Vec::new()) };
        let query = sqlx::query(safe(sql)).bind(key.repo.uuid()).bind(key.number.get());
        let rows = self.fetch("reviews", query).await?;
        Ok(rows.iter().map(|row| decode_review(&mut Columns::of(row))).collect::<Result<_, _>>()?)
    }

    pub(super) async fn insights(&mut self, key: PrKey) -> Result<Vec<PastInsight>, StoreError> {
        let Some(sql) = &self.sql.insights else { return Ok(Vec::new()) };
        let query = sqlx::query(safe(sql)).bind(key.repo.uuid()).bind(key.number.get());
        let rows = self.fetch("insights", query).await?;
        Ok(rows.iter().map(|row| decode_past_insight(&mut Columns::of(row))).collect::<Result<_, _>>()?)
    }
}

fn decode_probe(row: &PgRow) -> Result<Probe, sqlx::Error> {
    let mut c = Columns::of(row);
    let mut probe = Probe { now: c.next()?, ..Probe::default() };
    // An aggregate over nothing is NULL.
    for rows in &mut probe.rows {
        let ids: Vec<Uuid> = list(c.next()?);
        let keys = list::<Uuid>(c.next()?).into_iter().zip(list::<i32>(c.next()?));
        let ats: Vec<DateTime<Utc>> = list(c.next()?);
        let row =
            |((id, (repo, number)), at)| KeyRow { id, key: key(repo, number), at: Some(at), wanted: true };
        *rows = ids.into_iter().zip(keys).zip(ats).map(row).collect();
    }
    probe.repositories = list(c.next()?).into_iter().zip(list(c.next()?)).collect();
    probe.requests = (c.next()?, c.next()?);
    probe.took = Duration::try_from_secs_f64(c.next()?).unwrap_or_default();
    if c.any_left() {
        probe.filled = c.next::<Vec<bool>>()?.try_into().ok();
    }
    Ok(probe)
}

fn list<T>(array: Option<Vec<T>>) -> Vec<T> {
    array.unwrap_or_default()
}

fn halves(keys: &[PrKey]) -> (Vec<Uuid>, Vec<i32>) {
    keys.iter().map(|key| (key.repo.uuid(), key.number.get())).unzip()
}

/// A statement's text is ours alone: composed from constants and discovered names of our own lists.
fn safe(sql: &Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(Arc::clone(sql))
}
