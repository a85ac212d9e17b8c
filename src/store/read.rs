//! Runs the feed's statements on one connection, each under a time-out, and decodes their rows.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{
    connect::within,
    error::StoreError,
    sql::{KEY_PAGE, PROBE_PAGE, ROW_PAGE, Statements, Table},
};
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, RepoId, Sha},
    insight::{Insight, Risk},
    pipeline::{HistoryEntry, StoredStage},
    pull_request::{PullRequest, PullRow, RunRow},
    repository::Repository,
    text::{clean, clean_opt},
};

/// Longest wait for one answer; the server's own `statement_timeout` (5 s) comes first.
pub(super) const ANSWER: Duration = Duration::from_secs(8);

/// One row as far as a page of keys tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct KeyRow {
    pub id: Uuid,
    pub key: PrKey,
    pub at: Option<DateTime<Utc>>,
    /// Of a run: its pull request is not there.
    pub orphan: bool,
}

/// What a probe found.
#[derive(Debug, Default)]
pub(super) struct Probe {
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// How long the statement took the server, the network apart.
    pub took: Duration,
    /// Rows written since the lower bound, by table.
    pub rows: [Vec<KeyRow>; 3],
    /// Some repository was written.
    pub repositories: bool,
}

impl Probe {
    /// Whether there may be more rows of a table than the probe returned.
    pub(super) fn overflowed(&self, n: usize) -> bool {
        self.rows[n].len() >= PROBE_PAGE
    }
}

/// Which pages of keys there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Open,
    Ended,
    Timeless,
    /// Pipeline runs, with or without their pull request.
    Runs,
}

/// The versions of the rows of one key, as last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Versions {
    pub pull: Option<DateTime<Utc>>,
    pub run: Option<DateTime<Utc>>,
}

/// What one reading of keys found.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub pulls: Vec<(PullRequest, Versions)>,
    /// Keys of which nothing is there.
    pub absent: Vec<PrKey>,
}

/// One connection with the statements for its schema.
pub(super) struct Reader {
    conn: PgConnection,
    sql: Statements,
    /// The repositories to which the scope is narrowed.
    pub only: Option<Vec<Uuid>>,
}

/// Where a page ended.
pub(super) type Cursor = (DateTime<Utc>, Uuid);

/// Before the first page, newest first: later than any row.
pub(super) fn newest() -> Cursor {
    (DateTime::from_timestamp(FAR_EPOCH, 0).unwrap_or_default(), Uuid::max())
}

/// 9999-12-31 00:00:00 UTC.
const FAR_EPOCH: i64 = 253_402_214_400;

impl Reader {
    pub(super) fn new(conn: PgConnection, sql: Statements) -> Self {
        Self { conn, sql, only: None }
    }

    pub(super) fn unindexed(&self) -> bool {
        self.sql.unindexed
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

    /// One page of rows of a table written since the bound, after the cursor, oldest first.
    pub(super) async fn changed(
        &mut self,
        table: Table,
        since: DateTime<Utc>,
        after: Cursor,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let sql = safe(&self.sql.changed[table as usize]);
        let rows =
            self.fetch("changed rows", sqlx::query(sql).bind(since).bind(after.0).bind(after.1)).await?;
        Ok(rows.iter().map(decode_key).collect::<Result<_, _>>()?)
    }

    /// One page of the scope's keys after the cursor; the cursor of the next page, `None` at the end.
    pub(super) async fn keys(
        &mut self,
        scope: Scope,
        after: Cursor,
        ended_since: DateTime<Utc>,
    ) -> Result<(Vec<KeyRow>, Option<Cursor>), StoreError> {
        let only = self.only.clone();
        let sql = &self.sql;
        let text = match scope {
            Scope::Open => &sql.open_keys,
            Scope::Ended => &sql.ended_keys,
            Scope::Timeless => &sql.timeless_keys,
            Scope::Runs => &sql.run_keys,
        };
        let query = sqlx::query(safe(text));
        let query = match scope {
            Scope::Open | Scope::Runs => query.bind(after.0).bind(after.1).bind(only),
            Scope::Ended => query.bind(after.0).bind(after.1).bind(only).bind(ended_since),
            Scope::Timeless => query.bind(after.1).bind(only),
        };
        let rows = self.fetch("a page of keys", query).await?;
        let keys: Vec<KeyRow> = rows.iter().map(decode_key).collect::<Result<_, _>>()?;
        let next = match keys.last() {
            Some(last) if keys.len() == KEY_PAGE => Some((last.at.unwrap_or(after.0), last.id)),
            Some(_) | None => None,
        };
        Ok((keys, next))
    }

    /// All rows of these keys, a bounded number at a time.
    pub(super) async fn rows(&mut self, keys: &[PrKey]) -> Result<Rows, StoreError> {
        let mut out = Rows::default();
        for page in keys.chunks(ROW_PAGE) {
            let repos: Vec<Uuid> = page.iter().map(|k| k.repo.uuid()).collect();
            let numbers: Vec<i32> = page.iter().map(|k| k.number.get()).collect();
            let sql = safe(&self.sql.rows);
            let rows = self.fetch("pull requests", sqlx::query(sql).bind(repos).bind(numbers)).await?;
            for row in &rows {
                match decode_pull(row)? {
                    (_, Some(pull)) => out.pulls.push(pull),
                    (key, None) => out.absent.push(key),
                }
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
    pub(super) async fn open_counts(&mut self) -> Result<HashMap<RepoId, u64>, StoreError> {
        let sql = safe(&self.sql.open_counts);
        let only = self.only.clone();
        let rows = self.fetch("counts", sqlx::query(sql).bind(only)).await?;
        let count = |row: &PgRow| -> Result<_, sqlx::Error> {
            Ok((RepoId::new(row.try_get(0)?), u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default()))
        };
        Ok(rows.iter().map(count).collect::<Result<_, _>>()?)
    }
}

/// A statement's text is ours alone: composed from constants and discovered names of our own lists.
pub(super) fn safe(sql: &Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(Arc::clone(sql))
}

fn key(repo: Uuid, number: i32) -> PrKey {
    PrKey::new(RepoId::new(repo), PrNumber::new(number))
}

fn decode_key(row: &PgRow) -> Result<KeyRow, sqlx::Error> {
    let orphan = if row.len() > 4 { row.try_get(4)? } else { false };
    Ok(KeyRow {
        id: row.try_get(0)?,
        key: key(row.try_get(1)?, row.try_get(2)?),
        at: row.try_get(3)?,
        orphan,
    })
}

fn decode_probe(row: &PgRow) -> Result<Probe, sqlx::Error> {
    let took = Duration::try_from_secs_f64(row.try_get(1)?).unwrap_or_default();
    let mut probe = Probe { now: row.try_get(0)?, took, ..Probe::default() };
    for (n, rows) in probe.rows.iter_mut().enumerate() {
        let at = 2 + 4 * n;
        let ids: Option<Vec<Uuid>> = row.try_get(at)?;
        let repos: Option<Vec<Uuid>> = row.try_get(at + 1)?;
        let numbers: Option<Vec<i32>> = row.try_get(at + 2)?;
        let times: Option<Vec<DateTime<Utc>>> = row.try_get(at + 3)?;
        let (Some(ids), Some(repos), Some(numbers), Some(times)) = (ids, repos, numbers, times) else {
            continue;
        };
        *rows = ids
            .into_iter()
            .zip(repos)
            .zip(numbers)
            .zip(times)
            .map(|(((id, repo), number), at)| KeyRow {
                id,
                key: key(repo, number),
                at: Some(at),
                orphan: false,
            })
            .collect();
    }
    probe.repositories = row.try_get(2 + 4 * Table::ALL.len())?;
    Ok(probe)
}

/// Takes columns one after the other, in the order in which `sql` lists them.
struct Columns<'r> {
    row: &'r PgRow,
    at: usize,
}

impl<'r> Columns<'r> {
    fn next<T>(&mut self) -> Result<T, sqlx::Error>
    where
        T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        self.at += 1;
        self.row.try_get(self.at - 1)
    }
}

fn decode_pull(row: &PgRow) -> Result<(PrKey, Option<(PullRequest, Versions)>), sqlx::Error> {
    let mut c = Columns { row, at: 0 };
    let key = key(c.next()?, c.next()?);
    let pull_id: Option<Uuid> = c.next()?;
    let pull = PullRow {
        title: c.next()?,
        author: c.next()?,
        commit_sha: c.next()?,
        branch_name: c.next()?,
        base_branch: c.next()?,
        state: c.next()?,
        additions: c.next()?,
        deletions: c.next()?,
        changed_files: c.next()?,
        is_draft: c.next()?,
        merged: c.next()?,
        merged_at: c.next()?,
        closed_at: c.next()?,
        created_at: c.next()?,
        updated_at: c.next()?,
        labels: c.next()?,
        reviewers: c.next()?,
        mergeable_state: c.next()?,
        auto_merge: c.next()?,
        queue_position: c.next()?,
        pr_url: c.next()?,
    };
    let run_id: Option<Uuid> = c.next()?;
    let newest: Option<Value> = c.next()?;
    let commit_sha = c.next()?;
    let words: [Option<String>; 4] = [c.next()?, c.next()?, c.next()?, c.next()?];
    let since = [c.next()?, c.next()?, c.next()?, c.next()?];
    let mut pairs = words.into_iter().zip(since);
    let stages = std::array::from_fn(|_| {
        pairs.next().map_or_else(StoredStage::default, |(word, since)| StoredStage { word, since })
    });
    let run =
        RunRow { commit_sha, stages, newest: newest.as_ref().and_then(history_entry), updated_at: c.next()? };
    let insight = decode_insight(&mut c)?;
    if pull_id.is_none() && run_id.is_none() {
        return Ok((key, None));
    }
    let versions = Versions { pull: pull.updated_at, run: run.updated_at };
    let pull = pull_id.is_some().then_some(pull);
    let run = run_id.is_some().then_some(run);
    Ok((key, Some((PullRequest::assemble(key, pull, run.as_ref(), insight), versions))))
}

fn decode_insight(c: &mut Columns<'_>) -> Result<Option<Insight>, sqlx::Error> {
    let id: Option<Uuid> = c.next()?;
    let (sha, risk): (Option<String>, Option<String>) = (c.next()?, c.next()?);
    let score: Option<f64> = c.next()?;
    let (summary, recommendation): (Option<String>, Option<String>) = (c.next()?, c.next()?);
    let created_at = c.next()?;
    Ok(id.map(|id| Insight {
        id: InsightId::new(id),
        sha: sha.as_deref().and_then(Sha::parse),
        risk: risk.as_deref().and_then(Risk::parse),
        score: score.filter(|s| (0.0..=1.0).contains(s)),
        summary: clean_opt(summary.as_deref()),
        recommendation: clean_opt(recommendation.as_deref()),
        created_at,
    }))
}

fn decode_repository(row: &PgRow) -> Result<Repository, sqlx::Error> {
    let mut c = Columns { row, at: 0 };
    Ok(Repository {
        id: RepoId::new(c.next()?),
        full_name: clean(&c.next::<Option<String>>()?.unwrap_or_default()),
        description: clean_opt(c.next::<Option<String>>()?.as_deref()).map(Into::into),
        private: c.next()?,
        language: clean_opt(c.next::<Option<String>>()?.as_deref()).map(Into::into),
        html_url: clean_opt(c.next::<Option<String>>()?.as_deref()).map(Into::into),
    })
}

/// An entry `{field, value, at}` of a run's history, or `{state, at}` of older services.
pub(super) fn history_entry(value: &Value) -> Option<HistoryEntry> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(clean);
    let at = value.get("at").and_then(Value::as_str);
    let at = at.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.to_utc());
    let (field, value) = match (text("field"), text("value"), text("state")) {
        (Some(field), Some(value), _) => (field, value),
        (_, _, Some(state)) => ("state".to_owned(), state),
        _ => return None,
    };
    Some(HistoryEntry { field, value, at })
}
