//! What the embedded database answers. A tick is one look at its version while nobody writes.

use std::{collections::HashMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _, sqlite::SqliteRow};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{
        decode::{KeyRow, Probe, Versions},
        failed::FailedCheck,
        own_clock,
        scope::{PROBE_PAGE, Polled, REQUESTS, Scope},
    },
    page::{Bounds, Cursor, JoinedPage, KeyPage, latest, place},
    sqlite_sql,
};
use crate::{
    domain::{
        check::{Check, Review},
        ids::{PrKey, RepoId, Sha},
        ingest::Ingest,
        insight::PastInsight,
        repository::Repository,
        request::Request,
        source::{Engine, Source},
        sync::Synced,
        usual::{Timed, Usual},
    },
    store::engine::{
        cells::{Cells as _, RowCells, decode_all, decode_readable, fold, log, some},
        connect::{ANSWER, within},
        error::StoreError,
        micros::Micros,
        sqlite::{Access, File, Handle, Inode},
        values::SqliteQuery,
    },
};

/// Keys a page holds.
const KEY_PAGE: usize = 1_000;
/// Pull requests read at once.
const ROW_PAGE: usize = 400;

const READ_ONLY: &str = "no right to write the file: insights made here are not saved";

/// One connection to a file.
pub(in crate::store) struct SqliteReader {
    handle: Handle,
    source: Source,
    /// The database's version as of which all was read; `None` after a failure.
    version: Option<i64>,
}

impl SqliteReader {
    /// Opens the file, made and migrated if need be.
    pub(in crate::store) async fn new(file: File, origin: Option<String>) -> Result<Self, StoreError> {
        let mut handle = file.open_to_read().await?;
        let version = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(handle.conn()?);
        let version = within(ANSWER, "the version", version).await.map_err(|error| file.explain(error))?;
        let name = file.path().file_name().map(|name| name.to_string_lossy().into_owned());
        let source = Source {
            engine: Engine::Sqlite,
            version,
            database: name.unwrap_or_default(),
            node: file.shown().to_owned(),
            origin,
            exposed: false,
            missing: if handle.access() == Access::Write { Vec::new() } else { vec![READ_ONLY.to_owned()] },
            no_checks: None,
        };
        Ok(Self { handle, source, version: None })
    }

    pub(super) fn inode(&self) -> Option<Inode> {
        self.handle.inode()
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    #[expect(clippy::unused_self, reason = "the other engine's depends on the schema")]
    pub(super) fn row_page(&self) -> usize {
        ROW_PAGE
    }

    async fn fetch(
        &mut self,
        what: &'static str,
        query: SqliteQuery<'_>,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let keep = |rows: &mut Vec<_>, row| {
            rows.push(row);
            Ok(())
        };
        self.fold(what, query, keep).await
    }

    async fn fold<T: Default>(
        &mut self,
        what: &'static str,
        query: SqliteQuery<'_>,
        take: fn(&mut T, SqliteRow) -> Result<(), sqlx::Error>,
    ) -> Result<T, StoreError> {
        let answer = match self.handle.conn() {
            Ok(conn) => within(ANSWER, what, fold(query.fetch(conn), take)).await,
            Err(moved) => Err(moved),
        };
        answer.map_err(|error| {
            // What the probe showed has not been read: it must show it again.
            self.version = None;
            self.handle.file().explain(error)
        })
    }

    /// This machine's clock is the one that every writer uses. Rows dated in the future are shown too: they cost
    /// nothing until somebody writes again.
    pub(super) async fn probe(&mut self, since: DateTime<Utc>, filled: bool) -> Result<Probe, StoreError> {
        if self.handle.access() == Access::Frozen && self.handle.is_outdated() {
            // Nothing but its time tells that it changed.
            self.handle = self.handle.file().clone().open_to_read().await?;
            self.version = None;
        }
        let started = Instant::now();
        // Before the reads: what is written between is shown again by the next probe.
        let version = self.fetch("poll", query(sqlite_sql::VERSION)).await?;
        let version: Option<i64> = version.first().map(|row| row.try_get(0)).transpose()?;
        let mut probe = Probe { now: own_clock(), ..Probe::default() };
        if since < latest() && version != self.version {
            for table in Polled::ALL {
                probe.rows[table as usize] =
                    self.written("poll", table, (since, Uuid::nil()), PROBE_PAGE).await?;
            }
            let question =
                query(sqlite_sql::CHANGED_REPOSITORIES).bind(Micros::from(since)).bind(count(PROBE_PAGE));
            for row in self.fetch("poll", question).await? {
                let mut c = RowCells::of(&row);
                let id = some(c.uuid()?)?;
                probe.repositories.extend(c.time()?.map(|at| (id, at)));
            }
            let question = query(sqlite_sql::CHANGED_REQUESTS).bind(Micros::from(since));
            for row in self.fetch("poll", question).await? {
                let mut c = RowCells::of(&row);
                probe.requests = (c.time()?, c.next()?);
            }
        }
        if filled && version != self.version {
            for row in self.fetch("poll", sqlx::query(sqlite_sql::FILLED)).await? {
                let mut c = RowCells::of(&row);
                probe.filled = Some([c.next()?, c.next()?, c.next()?, c.next()?]);
            }
        }
        if version == self.version {
            self.handle.rest().await.map_err(|error| self.handle.file().explain(error))?;
        }
        self.version = version;
        probe.took = started.elapsed();
        Ok(probe)
    }

    async fn written(
        &mut self,
        what: &'static str,
        table: Polled,
        (at, id): Cursor,
        limit: usize,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let question =
            query(sqlite_sql::CHANGED[table as usize]).bind(Micros::from(at)).bind(id).bind(count(limit));
        let rows = self.fetch(what, question).await?;
        Ok(decode_readable(&rows, what))
    }

    pub(super) async fn changed(&mut self, table: Polled, after: Cursor) -> Result<KeyPage, StoreError> {
        let keys = self.written("changed rows", table, after, KEY_PAGE).await?;
        Ok(paged(keys, after.0))
    }

    pub(super) async fn keys(
        &mut self,
        scope: Scope,
        (at, id): Cursor,
        bounds: Bounds<'_>,
    ) -> Result<KeyPage, StoreError> {
        let text = match scope {
            Scope::Open => sqlite_sql::OPEN_PAGE,
            Scope::Closed => sqlite_sql::CLOSED_PAGE,
            Scope::Ended => sqlite_sql::ENDED_PAGE,
            Scope::Runs => sqlite_sql::RUNS_PAGE,
            // Every row has a time here.
            Scope::Timeless | Scope::TimelessRuns => return Ok((Vec::new(), None)),
        };
        let question = query(text)
            .bind(id)
            .bind(bounds.only.map(repositories))
            .bind(Micros::from(at))
            .bind(Micros::from(bounds.ended_since))
            .bind(count(KEY_PAGE));
        let rows = self.fetch("a page of keys", question).await?;
        Ok(paged(decode_readable(&rows, "a page of keys"), at))
    }

    pub(super) async fn versions(&mut self, keys: &[PrKey]) -> Result<Vec<(PrKey, Versions)>, StoreError> {
        let rows = self.fetch("versions", query(sqlite_sql::versions()).bind(list(keys))).await?;
        Ok(decode_readable(&rows, "versions"))
    }

    pub(super) async fn rows(&mut self, keys: &[PrKey]) -> Result<JoinedPage, StoreError> {
        let take = |page: &mut JoinedPage, row| page.take(&row);
        self.fold("pull requests", query(sqlite_sql::rows()).bind(list(keys)), take).await
    }

    pub(super) async fn repositories(&mut self) -> Result<Vec<Repository>, StoreError> {
        let rows = self.fetch("repositories", query(sqlite_sql::repositories())).await?;
        Ok(decode_readable(&rows, "repositories"))
    }

    pub(super) async fn open_counts(
        &mut self,
        only: Option<&[Uuid]>,
    ) -> Result<HashMap<RepoId, u64>, StoreError> {
        let question = query(sqlite_sql::OPEN_COUNTS).bind(None::<i64>).bind(only.map(repositories));
        let rows = self.fetch("counts", question).await?;
        let count = |row: &SqliteRow| -> Result<_, sqlx::Error> {
            Ok((RepoId::new(row.try_get(0)?), u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default()))
        };
        Ok(rows.iter().map(count).collect::<Result<_, _>>()?)
    }

    pub(super) async fn requests(
        &mut self,
        since: DateTime<Utc>,
        open: bool,
    ) -> Result<Vec<Request>, StoreError> {
        let question =
            query(sqlite_sql::requests()).bind(Micros::from(since)).bind(count(REQUESTS)).bind(open);
        let rows = self.fetch("requests", question).await?;
        Ok(decode_readable(&rows, "requests"))
    }

    pub(super) async fn ingest(&mut self) -> Result<Option<Ingest>, StoreError> {
        let late = own_clock() - Ingest::PATIENCE;
        let question = query(sqlite_sql::INGEST).bind(Micros::from(late)).bind(Ingest::MOST);
        let rows = self.fetch("deliveries", question).await?;
        Ok(decode_all(&rows)?.pop())
    }

    pub(super) async fn synced(&mut self, repos: Vec<Uuid>) -> Result<Vec<Synced>, StoreError> {
        let question = query(sqlite_sql::synced()).bind(repositories(&repos)).bind(Micros::from(own_clock()));
        let rows = self.fetch("leases", question).await?;
        Ok(decode_readable(&rows, "leases"))
    }

    pub(super) async fn files(&mut self, key: PrKey) -> Result<Option<Option<String>>, StoreError> {
        Ok(Some(self.text("files", sqlite_sql::FILES, key).await?))
    }

    pub(super) async fn history(&mut self, key: PrKey) -> Result<Option<String>, StoreError> {
        self.text("history", sqlite_sql::HISTORY, key).await
    }

    async fn text(
        &mut self,
        what: &'static str,
        text: &'static str,
        key: PrKey,
    ) -> Result<Option<String>, StoreError> {
        let rows = self.fetch(what, by_key(text, key)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut cells = RowCells::forgiving(row);
        let text = cells.text()?;
        log(cells.unreadable(), &place(key));
        Ok(text)
    }

    pub(super) async fn failed_checks(
        &mut self,
        heads: &[(RepoId, Sha)],
    ) -> Result<Vec<FailedCheck>, StoreError> {
        let pair = |(repo, head): &(RepoId, Sha)| json!([repo.uuid().simple().to_string(), head.as_str()]);
        let pairs: Value = heads.iter().map(pair).collect();
        let rows =
            self.fetch("failed checks", query(sqlite_sql::failed_checks()).bind(pairs.to_string())).await?;
        Ok(decode_readable(&rows, "failed checks"))
    }

    pub(super) async fn checks(&mut self, key: PrKey, head: &Sha) -> Result<Vec<Check>, StoreError> {
        let question = query(sqlite_sql::checks()).bind(key.repo.uuid()).bind(head.as_str().to_owned());
        let rows = self.fetch("checks", question).await?;
        Ok(decode_readable(&rows, &place(key)))
    }

    pub(super) async fn usual(
        &mut self,
        repository: RepoId,
        commits: &[Sha],
        since: DateTime<Utc>,
    ) -> Result<Vec<(Timed, Option<Usual>)>, StoreError> {
        let commits: Value = commits.iter().map(Sha::as_str).collect();
        let question = query(sqlite_sql::usual())
            .bind(repository.uuid())
            .bind(commits.to_string())
            .bind(Micros::from(since));
        let rows = self.fetch("usual times", question).await?;
        Ok(decode_readable(&rows, "usual times"))
    }

    pub(super) async fn reviews(&mut self, key: PrKey) -> Result<Vec<Review>, StoreError> {
        let rows = self.fetch("reviews", by_key(sqlite_sql::reviews(), key)).await?;
        Ok(decode_readable(&rows, &place(key)))
    }

    pub(super) async fn insights(&mut self, key: PrKey) -> Result<Vec<PastInsight>, StoreError> {
        let rows = self.fetch("insights", by_key(sqlite_sql::insights(), key)).await?;
        Ok(decode_readable(&rows, &place(key)))
    }
}

/// A statement of [`sqlite_sql`].
fn query(text: impl Into<String>) -> SqliteQuery<'static> {
    sqlx::query(AssertSqlSafe(text.into()))
}

fn by_key(text: impl Into<String>, key: PrKey) -> SqliteQuery<'static> {
    query(text).bind(key.repo.uuid()).bind(key.number.get())
}

fn paged(keys: Vec<KeyRow>, at: DateTime<Utc>) -> KeyPage {
    let last = keys.last().filter(|_| keys.len() >= KEY_PAGE);
    let next = last.map(|last| (last.at.unwrap_or(at), last.id));
    (keys, next)
}

/// `["00…01", …]`
fn repositories(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", ids.join(","))
}

/// `[["00…01", 421], …]`
fn list(keys: &[PrKey]) -> String {
    let mut out = String::from("[");
    for (n, key) in keys.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        write!(out, "{comma}[\"{}\",{}]", key.repo.uuid().simple(), key.number.get()).unwrap_or_default();
    }
    out.push(']');
    out
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
