//! What PostgreSQL and YugabyteDB answer: runs the composed statements on one connection.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    super::{
        decode::{KeyRow, Probe, Versions, key},
        failed::{FailedCheck, HEADS},
        scope::{Polled, Scope},
        sql::Statements,
    },
    keys::cells,
    page::{Bounds, Cursor, JoinedPage, KeyPage, latest, place},
};
use crate::{
    domain::{
        check::{Check, Review},
        ids::{PrKey, RepoId, Sha},
        ingest::Ingest,
        insight::PastInsight,
        repository::Repository,
        request::Request,
        source::Source,
        sync::Synced,
        usual::{Timed, Usual},
    },
    store::engine::{
        abandoned::Abandoned,
        cells::{Cells as _, RowCells, decode_all, decode_readable, log, readable},
        connect::Connected,
        discovery::Schema,
        error::StoreError,
        link::Link,
        values::Cell,
    },
};

/// One connection with the statements for its schema.
pub(in crate::store) struct PgReader {
    link: Link,
    node: String,
    encrypted: Option<bool>,
    schema: Schema,
    sql: Statements,
    /// By which the usual pages are divided.
    divisor: usize,
    source: Source,
    /// The server's clock when it was asked what there is.
    connected_at: DateTime<Utc>,
    incarnation: String,
}

impl PgReader {
    /// Makes use of a new connection.
    ///
    /// # Errors
    /// The board cannot be read there.
    pub(in crate::store) fn new(connected: Connected, origin: Option<String>) -> Result<Self, StoreError> {
        connected.schema.suffices()?;
        let (node, encrypted) = (connected.node.clone(), connected.encrypted);
        Ok(Self {
            sql: Statements::compose(&connected.schema),
            divisor: 1,
            schema: connected.schema.clone(),
            source: connected.schema.source(&node, encrypted, origin),
            connected_at: connected.schema.server_clock,
            incarnation: connected.schema.incarnation.clone(),
            node,
            encrypted,
            link: Link::new(connected),
        })
    }

    /// Finds out again: a migration may have added columns and indexes.
    pub(super) async fn rediscover(&mut self) -> Result<(), StoreError> {
        let schema = self.link.discover().await?;
        schema.suffices()?;
        let origin = self.source.origin.take();
        self.source = schema.source(&self.node, self.encrypted, origin);
        self.sql = Statements::compose_divided(&schema, self.divisor);
        self.schema = schema;
        Ok(())
    }

    pub(super) fn abandoned(&self) -> Option<Abandoned> {
        self.link.abandoned()
    }

    pub(super) fn be_patient(&mut self, patience: Duration) {
        self.link.patience = patience;
    }

    pub(super) fn divide_pages(&mut self, divisor: usize) {
        if divisor != self.divisor {
            self.divisor = divisor;
            self.sql = Statements::compose_divided(&self.schema, divisor);
        }
    }

    pub(super) fn incarnation(&self) -> &str {
        &self.incarnation
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Pull requests to read at once.
    pub(super) fn row_page(&self) -> usize {
        self.sql.row_page
    }

    /// The server's clock when the connection was made: a probe of nothing.
    pub(super) fn first_probe(&self) -> Probe {
        Probe { now: self.connected_at, ..Probe::default() }
    }

    /// What changed since the lower bound, in one round trip.
    pub(super) async fn probe(&mut self, since: DateTime<Utc>, filled: bool) -> Result<Probe, StoreError> {
        let text = if filled { &self.sql.probe_filled } else { &self.sql.probe };
        let rows = self.link.fetch("poll", text, vec![Cell::Time(Some(since))]).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok(decode_probe(row)?)
    }

    /// All repositories and the first page of open pull requests, in one round trip.
    pub(super) async fn opening(
        &mut self,
        bounds: Bounds<'_>,
    ) -> Result<Option<(Vec<Repository>, KeyPage)>, StoreError> {
        let (scope, after) = (Scope::Open, (latest(), Uuid::max()));
        let Some(keys) = &self.sql.pages[scope as usize] else { return Ok(None) };
        let statements = [(&self.sql.repositories, Vec::new()), (keys, key_values(scope, after, bounds))];
        let mut answers = self.link.fetch_all("the first page", &statements).await?;
        let (keys, repositories) = (answers.pop().unwrap_or_default(), answers.pop().unwrap_or_default());
        Ok(Some((decode_readable(&repositories, "repositories"), self.page(&keys, after.0))))
    }

    /// One page of rows of a table written after the cursor, oldest first; the cursor of the next page, `None` at
    /// the end.
    pub(super) async fn changed(&mut self, table: Polled, (at, id): Cursor) -> Result<KeyPage, StoreError> {
        let sql = &self.sql.changed[table as usize];
        let rows =
            self.link.fetch("changed rows", sql, vec![Cell::Time(Some(at)), Cell::Id(Some(id))]).await?;
        Ok(self.page(&rows, at))
    }

    /// One page of the scope's keys after the cursor, newest first.
    pub(super) async fn keys(
        &mut self,
        scope: Scope,
        after: Cursor,
        bounds: Bounds<'_>,
    ) -> Result<KeyPage, StoreError> {
        let Some(sql) = &self.sql.pages[scope as usize] else { return Ok((Vec::new(), None)) };
        let rows = self.link.fetch("a page of keys", sql, key_values(scope, after, bounds)).await?;
        Ok(self.page(&rows, after.0))
    }

    fn page(&self, rows: &[PgRow], at: DateTime<Utc>) -> KeyPage {
        let keys: Vec<KeyRow> = decode_readable(rows, "a page of keys");
        let last = keys.last().filter(|_| keys.len() >= self.sql.key_page);
        let next = last.map(|last| (last.at.unwrap_or(at), last.id));
        (keys, next)
    }

    /// The versions of the rows of these keys.
    pub(super) async fn versions(&mut self, keys: &[PrKey]) -> Result<Vec<(PrKey, Versions)>, StoreError> {
        // Keys are shorter as text than bound, and the planner knows how many there are.
        let take = |versions: &mut Vec<_>, row| {
            if let Some(version) = readable(&row, "versions") {
                versions.push(version);
            }
            Ok(())
        };
        self.link.fold_plainly("versions", &self.sql.versions, &cells(keys), take).await
    }

    /// All rows of these keys, [`Self::row_page`] of them at most.
    pub(super) async fn rows(&mut self, keys: &[PrKey]) -> Result<JoinedPage, StoreError> {
        // A row's fingerprint is that of its text.
        let take = |page: &mut JoinedPage, row| page.take(&row);
        self.link.fold_plainly("pull requests", &self.sql.rows, &cells(keys), take).await
    }

    pub(super) async fn repositories(&mut self) -> Result<Vec<Repository>, StoreError> {
        let rows = self.link.fetch("repositories", &self.sql.repositories, Vec::new()).await?;
        Ok(decode_readable(&rows, "repositories"))
    }

    /// Open pull requests of each repository.
    pub(super) async fn open_counts(
        &mut self,
        only: Option<&[Uuid]>,
    ) -> Result<HashMap<RepoId, u64>, StoreError> {
        let only = vec![Cell::Ids(only.map(<[Uuid]>::to_vec))];
        let rows = self.link.fetch("counts", &self.sql.open_counts, only).await?;
        let count = |row: &PgRow| -> Result<_, sqlx::Error> {
            Ok((RepoId::new(row.try_get(0)?), u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default()))
        };
        Ok(rows.iter().map(count).collect::<Result<_, _>>()?)
    }

    pub(super) async fn requests(
        &mut self,
        since: DateTime<Utc>,
        open: bool,
    ) -> Result<Vec<Request>, StoreError> {
        let Some(sql) = &self.sql.requests else { return Ok(Vec::new()) };
        let values = vec![Cell::Time(Some(since)), Cell::Flag(Some(open))];
        let rows = self.link.fetch("requests", sql, values).await?;
        Ok(decode_readable(&rows, "requests"))
    }

    pub(super) async fn ingest(&mut self) -> Result<Option<Ingest>, StoreError> {
        let Some(sql) = &self.sql.ingest else { return Ok(None) };
        let rows = self.link.fetch("deliveries", sql, Vec::new()).await?;
        Ok(decode_all(&rows)?.pop())
    }

    pub(super) async fn synced(&mut self, repos: Vec<Uuid>) -> Result<Vec<Synced>, StoreError> {
        let Some(sql) = &self.sql.synced else { return Ok(Vec::new()) };
        let rows = self.link.fetch("leases", sql, vec![Cell::Ids(Some(repos))]).await?;
        Ok(decode_readable(&rows, "leases"))
    }

    /// The one text of a column of the pull request; `None` where the schema has no such column.
    async fn text(
        &mut self,
        what: &'static str,
        sql: Option<Arc<str>>,
        key: PrKey,
    ) -> Result<Option<Option<String>>, StoreError> {
        let Some(sql) = sql else { return Ok(None) };
        let rows = self.link.fetch(what, &sql, of(key)).await?;
        let Some(row) = rows.first() else { return Ok(Some(None)) };
        let mut cells = RowCells::forgiving(row);
        let text = cells.text()?;
        log(cells.unreadable(), &place(key));
        Ok(Some(text))
    }

    pub(super) async fn files(&mut self, key: PrKey) -> Result<Option<Option<String>>, StoreError> {
        self.text("files", self.sql.files.clone(), key).await
    }

    pub(super) async fn history(&mut self, key: PrKey) -> Result<Option<String>, StoreError> {
        Ok(self.text("history", self.sql.history.clone(), key).await?.flatten())
    }

    pub(super) async fn failed_checks(
        &mut self,
        heads: &[(RepoId, Sha)],
    ) -> Result<Vec<FailedCheck>, StoreError> {
        let Some(sql) = &self.sql.failed_checks else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (n, page) in heads.chunks(HEADS).enumerate() {
            let (repos, commits) =
                page.iter().map(|(repo, head)| (repo.uuid(), head.as_str().to_owned())).unzip();
            let values = vec![Cell::Ids(Some(repos)), Cell::Texts(commits)];
            let rows = self.link.fetch("failed checks", sql, values).await?;
            let checks: Vec<FailedCheck> = decode_readable(&rows, "failed checks");
            found.extend(checks.into_iter().map(|check| check.behind(n * HEADS)));
        }
        Ok(found)
    }

    pub(super) async fn checks(&mut self, key: PrKey, head: &Sha) -> Result<Vec<Check>, StoreError> {
        let Some(sql) = &self.sql.checks else { return Ok(Vec::new()) };
        let values = vec![key.repo.into(), Cell::text(head.as_str())];
        let rows = self.link.fetch("checks", sql, values).await?;
        Ok(decode_readable(&rows, &place(key)))
    }

    pub(super) async fn usual(
        &mut self,
        repository: RepoId,
        commits: &[Sha],
        since: DateTime<Utc>,
    ) -> Result<Vec<(Timed, Option<Usual>)>, StoreError> {
        let Some(sql) = &self.sql.usual else { return Ok(Vec::new()) };
        let commits = commits.iter().map(|commit| commit.as_str().to_owned()).collect();
        let values = vec![repository.into(), Cell::Texts(commits), Cell::Time(Some(since))];
        let rows = self.link.fetch("usual times", sql, values).await?;
        Ok(decode_readable(&rows, "usual times"))
    }

    pub(super) async fn reviews(&mut self, key: PrKey) -> Result<Vec<Review>, StoreError> {
        let Some(sql) = &self.sql.reviews else { return Ok(Vec::new()) };
        let rows = self.link.fetch("reviews", sql, of(key)).await?;
        Ok(decode_readable(&rows, &place(key)))
    }

    pub(super) async fn insights(&mut self, key: PrKey) -> Result<Vec<PastInsight>, StoreError> {
        let Some(sql) = &self.sql.insights else { return Ok(Vec::new()) };
        let rows = self.link.fetch("insights", sql, of(key)).await?;
        Ok(decode_readable(&rows, &place(key)))
    }
}

fn decode_probe(row: &PgRow) -> Result<Probe, sqlx::Error> {
    let mut c = RowCells::of(row);
    let mut probe = Probe { now: c.next()?, ..Probe::default() };
    // An aggregate over nothing is NULL.
    for rows in &mut probe.rows {
        let ids: Vec<Uuid> = list(c.next()?);
        let keys = list::<Uuid>(c.next()?).into_iter().zip(list::<Option<i32>>(c.next()?));
        let ats: Vec<DateTime<Utc>> = list(c.next()?);
        let row = |((id, (repo, number)), at)| KeyRow {
            id,
            key: key(Some(repo), number),
            at: Some(at),
            wanted: true,
        };
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

fn of(key: PrKey) -> Vec<Cell> {
    vec![key.repo.into(), Cell::Int(Some(key.number.get()))]
}

fn key_values(scope: Scope, (at, id): Cursor, bounds: Bounds<'_>) -> Vec<Cell> {
    let mut values = vec![Cell::Id(Some(id)), Cell::Ids(bounds.only.map(<[Uuid]>::to_vec))];
    match scope {
        Scope::Timeless | Scope::TimelessRuns => {}
        Scope::Open | Scope::Runs => values.push(Cell::Time(Some(at))),
        Scope::Closed | Scope::Ended => {
            values.extend([Cell::Time(Some(at)), Cell::Time(Some(bounds.ended_since))]);
        }
    }
    values
}
