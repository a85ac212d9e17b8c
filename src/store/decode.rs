//! The rows of the feed's statements, decoded in the order in which `columns` lists them.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Postgres, Row, ValueRef as _, postgres::PgRow};
use uuid::Uuid;

use super::sql::PROBE_PAGE;
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, RepoId, Sha},
    insight::{Insight, Risk},
    pipeline::{HistoryEntry, StoredStage},
    pull_request::{PullRequest, PullRow, RunRow},
    repository::Repository,
    text::{clean, clean_opt},
};

/// One row as far as a page of keys tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct KeyRow {
    pub id: Uuid,
    pub key: PrKey,
    pub at: Option<DateTime<Utc>>,
    /// The page was read for rows like this one.
    pub wanted: bool,
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
    /// Repositories written since.
    pub repositories: Vec<(Uuid, DateTime<Utc>)>,
}

impl Probe {
    /// Whether there may be more rows of a table than the probe returned.
    pub(super) fn overflowed(&self, n: usize) -> bool {
        self.rows[n].len() >= PROBE_PAGE
    }
}

/// The versions of the rows of one key, as last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Versions {
    pub pull: Option<DateTime<Utc>>,
    pub run: Option<DateTime<Utc>>,
    pub insight: Option<Uuid>,
}

/// All rows of one key.
#[derive(Debug)]
pub(super) struct Joined {
    pub pull: PullRequest,
    pub versions: Versions,
    /// Of all that was read: writers may change a row without a new version.
    pub hash: u64,
}

/// Of everything in the row, as the server sent it.
pub(super) fn fingerprint(row: &PgRow) -> Result<u64, sqlx::Error> {
    let mut hasher = DefaultHasher::new();
    for at in 0..row.len() {
        let value = row.try_get_raw(at)?;
        let bytes = if value.is_null() { None } else { Some(value.as_bytes().map_err(sqlx::Error::Decode)?) };
        bytes.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

pub(super) fn key(repo: Uuid, number: i32) -> PrKey {
    PrKey::new(RepoId::new(repo), PrNumber::new(number))
}

pub(super) fn decode_key(row: &PgRow) -> Result<KeyRow, sqlx::Error> {
    Ok(KeyRow {
        id: row.try_get(0)?,
        key: key(row.try_get(1)?, row.try_get(2)?),
        at: row.try_get(3)?,
        wanted: row.try_get::<Option<bool>, _>(4)?.unwrap_or(true),
    })
}

pub(super) fn decode_probe(row: &PgRow) -> Result<Probe, sqlx::Error> {
    let mut c = Columns { row, at: 0 };
    let mut probe = Probe { now: c.next()?, ..Probe::default() };
    // An aggregate over nothing is NULL.
    for rows in &mut probe.rows {
        let ids = c.list::<Uuid>()?;
        let keys = c.list::<Uuid>()?.into_iter().zip(c.list::<i32>()?);
        let ats = c.list::<DateTime<Utc>>()?;
        let row =
            |((id, (repo, number)), at)| KeyRow { id, key: key(repo, number), at: Some(at), wanted: true };
        *rows = ids.into_iter().zip(keys).zip(ats).map(row).collect();
    }
    probe.repositories = c.list()?.into_iter().zip(c.list()?).collect();
    probe.took = Duration::try_from_secs_f64(c.next()?).unwrap_or_default();
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

    fn list<T>(&mut self) -> Result<Vec<T>, sqlx::Error>
    where
        Vec<T>: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        Ok(self.next::<Option<Vec<T>>>()?.unwrap_or_default())
    }

    /// JSON may be nested more deeply, or hold larger numbers, than can be held: one such row must not stop all.
    fn json(&mut self) -> Option<Value> {
        self.next().ok().flatten()
    }
}

pub(super) fn decode_pull(row: &PgRow) -> Result<(PrKey, Option<(PullRequest, Versions)>), sqlx::Error> {
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
        labels: c.json(),
        reviewers: c.json(),
        mergeable_state: c.next()?,
        auto_merge: c.next()?,
        queue_position: c.next()?,
        pr_url: c.next()?,
    };
    let run_id: Option<Uuid> = c.next()?;
    let newest = c.json();
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
    let versions = Versions {
        pull: pull.updated_at,
        run: run.updated_at,
        insight: insight.as_ref().map(|insight| insight.id.uuid()),
    };
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

pub(super) fn decode_repository(row: &PgRow) -> Result<Repository, sqlx::Error> {
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
