//! The rows of the feed's statements, decoded in the order in which `columns` lists them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::sql::{PROBE_PAGE, Table};
use crate::{
    domain::{
        assessment::Details,
        check::{Check, CheckOutcome, Review},
        ids::{InsightId, PrKey, RepoId, Sha},
        insight::{Insight, PastInsight, Risk},
        pipeline::{HistoryEntry, StoredStage},
        pull_request::{PullRequest, PullRow, RunRow},
        repository::Repository,
        text::{clean, clean_opt},
    },
    store::engine::cells::{Cells, key, some},
};

/// One row as far as a page of keys tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::store) struct KeyRow {
    pub id: Uuid,
    pub key: PrKey,
    pub at: Option<DateTime<Utc>>,
    /// The page was read for rows like this one.
    pub wanted: bool,
}

/// What a probe found.
#[derive(Debug, Default)]
pub(in crate::store) struct Probe {
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// How long the statement took the server, the network apart.
    pub took: Duration,
    /// Rows written since the lower bound, by table.
    pub rows: [Vec<KeyRow>; 3],
    /// Repositories written since.
    pub repositories: Vec<(Uuid, DateTime<Utc>)>,
    /// Requests for insights written since: the newest version, and how many there are.
    pub requests: (Option<DateTime<Utc>>, i64),
    /// Which of [`Table::ALL`] and the repositories have any row, where that was asked.
    pub filled: Option<[bool; TABLES]>,
}

/// The tables of the board.
pub(in crate::store) const TABLES: usize = Table::ALL.len() + 1;

impl Probe {
    /// Whether there may be more rows of a table than the probe returned.
    pub(in crate::store) fn overflowed(&self, n: usize) -> bool {
        self.rows[n].len() >= PROBE_PAGE
    }
}

/// The versions of the rows of one key, as last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Versions {
    pub pull: Option<DateTime<Utc>>,
    pub run: Option<DateTime<Utc>>,
    pub insight: Option<Uuid>,
}

/// All rows of one key.
#[derive(Debug)]
pub(in crate::store) struct Joined {
    pub pull: PullRequest,
    pub versions: Versions,
    /// Of all that was read: writers may change a row without a new version.
    pub hash: u64,
}

pub(in crate::store) fn decode_key(c: &mut impl Cells) -> Result<KeyRow, sqlx::Error> {
    let id = some(c.uuid()?)?;
    let key = key(some(c.uuid()?)?, some(c.int()?)?);
    Ok(KeyRow { id, key, at: c.time()?, wanted: c.flag()?.unwrap_or(true) })
}

pub(in crate::store) fn decode_versions(c: &mut impl Cells) -> Result<(PrKey, Versions), sqlx::Error> {
    let key = key(some(c.uuid()?)?, some(c.int()?)?);
    Ok((key, Versions { pull: c.time()?, run: c.time()?, insight: c.uuid()? }))
}

/// The rows of one key; the fingerprint is that of the row.
pub(in crate::store) fn decode_joined(
    c: &mut impl Cells,
    hash: u64,
) -> Result<Result<Joined, PrKey>, sqlx::Error> {
    let key = key(some(c.uuid()?)?, some(c.int()?)?);
    let pull_id = c.uuid()?;
    let pull = PullRow {
        title: c.text()?,
        author: c.text()?,
        commit_sha: c.text()?,
        branch_name: c.text()?,
        base_branch: c.text()?,
        state: c.text()?,
        additions: c.int()?,
        deletions: c.int()?,
        changed_files: c.int()?,
        is_draft: c.flag()?,
        merged: c.flag()?,
        merged_at: c.time()?,
        closed_at: c.time()?,
        created_at: c.time()?,
        updated_at: c.time()?,
        labels: c.json(),
        reviewers: c.json(),
        mergeable_state: c.text()?,
        auto_merge: c.flag()?,
        queue_position: c.int()?,
        pr_url: c.text()?,
    };
    let run_id = c.uuid()?;
    let newest = c.json();
    let commit_sha = c.text()?;
    let words = [c.text()?, c.text()?, c.text()?, c.text()?];
    let since = [c.time()?, c.time()?, c.time()?, c.time()?];
    let mut pairs = words.into_iter().zip(since);
    let stages = std::array::from_fn(|_| {
        pairs.next().map_or_else(StoredStage::default, |(word, since)| StoredStage { word, since })
    });
    let run =
        RunRow { commit_sha, stages, newest: newest.as_ref().and_then(history_entry), updated_at: c.time()? };
    let insight = decode_insight(c)?;
    if pull_id.is_none() && run_id.is_none() {
        return Ok(Err(key));
    }
    let versions = Versions {
        pull: pull.updated_at,
        run: run.updated_at,
        insight: insight.as_ref().map(|insight| insight.id.uuid()),
    };
    let pull = pull_id.is_some().then_some(pull);
    let run = run_id.is_some().then_some(run);
    Ok(Ok(Joined { pull: PullRequest::assemble(key, pull, run.as_ref(), insight), versions, hash }))
}

fn decode_insight(c: &mut impl Cells) -> Result<Option<Insight>, sqlx::Error> {
    let id = c.uuid()?;
    let (sha, risk) = (c.text()?, c.text()?);
    let score = c.real()?;
    let (summary, recommendation) = (c.text()?, c.text()?);
    let created_at = c.time()?;
    Ok(id.map(|id| Insight {
        id: InsightId::new(id),
        sha: sha.as_deref().and_then(Sha::parse),
        risk: risk.as_deref().and_then(Risk::parse),
        score: score.and_then(probability),
        summary: clean_opt(summary.as_deref()),
        recommendation: clean_opt(recommendation.as_deref()),
        created_at,
    }))
}

fn probability(score: f64) -> Option<f64> {
    (0.0..=1.0).contains(&score).then_some(score)
}

pub(in crate::store) fn decode_past_insight(c: &mut impl Cells) -> Result<PastInsight, sqlx::Error> {
    let id = InsightId::new(some(c.uuid()?)?);
    let (sha, risk, score) = (c.text()?, c.text()?, c.real()?);
    let (created_at, details) = (c.time()?, c.text()?);
    Ok(PastInsight {
        id,
        sha: sha.as_deref().and_then(Sha::parse),
        risk: risk.as_deref().and_then(Risk::parse),
        score: score.and_then(probability),
        created_at,
        details: details.as_deref().and_then(Details::parse).map(Box::new),
    })
}

pub(in crate::store) fn decode_repository(c: &mut impl Cells) -> Result<Repository, sqlx::Error> {
    Ok(Repository {
        id: RepoId::new(some(c.uuid()?)?),
        full_name: clean(&c.text()?.unwrap_or_default()),
        description: clean_opt(c.text()?.as_deref()).map(Into::into),
        private: c.flag()?,
        language: clean_opt(c.text()?.as_deref()).map(Into::into),
        html_url: clean_opt(c.text()?.as_deref()).map(Into::into),
    })
}

pub(in crate::store) fn decode_check(c: &mut impl Cells) -> Result<Check, sqlx::Error> {
    let (name, status, conclusion) = (c.text()?, c.text()?, c.text()?);
    Ok(Check {
        name: clean(&name.unwrap_or_default()),
        outcome: CheckOutcome::parse(&status.unwrap_or_default(), conclusion.as_deref()),
        url: clean_opt(c.text()?.as_deref()).map(Into::into),
        summary: clean_opt(c.text()?.as_deref()).map(Into::into),
        completed_at: c.time()?,
    })
}

/// A review, and whether it was dismissed.
pub(in crate::store) fn decode_review(c: &mut impl Cells) -> Result<(Review, bool), sqlx::Error> {
    let reviewer = clean(&c.text()?.unwrap_or_default());
    let state = clean(&c.text()?.unwrap_or_default()).to_lowercase();
    let submitted_at = c.time()?;
    let dismissed = c.time()?.is_some() || state == "dismissed";
    Ok((Review { reviewer, state, submitted_at }, dismissed))
}

/// An entry `{field, value, at}` of a run's history, or `{state, at}` of older services.
pub(in crate::store) fn history_entry(value: &Value) -> Option<HistoryEntry> {
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
