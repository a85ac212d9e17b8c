//! The rows that the board reads: their columns, and what is made of them.

use std::{
    hash::{Hash as _, Hasher as _},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;

use super::scope::{PROBE_PAGE, Polled};
use crate::{
    domain::{
        assessment::Findings,
        check::{Check, CheckId, CheckOutcome, Review},
        ids::{InsightId, PrKey, PrNumber, RepoId, Sha},
        ingest::Ingest,
        insight::{Insight, PastInsight, Risk},
        names::is_list,
        pipeline::{HistoryEntry, StoredStage},
        pull_request::{PullRequest, PullRow, RunRow},
        repository::Repository,
        text::{clean, clean_opt},
        usual::{Timed, Usual},
    },
    store::engine::{
        cells::{Cells, Decoded, RowCells, hasher, log, some},
        columns::columns,
        tables::{checks, insights, pipeline_runs, pull_requests, repositories, reviews},
    },
};

/// A row in a page of keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::store) struct KeyRow {
    pub id: Uuid,
    /// `None` where the number is beyond 32 bits.
    pub key: Option<PrKey>,
    pub at: Option<DateTime<Utc>>,
    /// The row meets the condition that the page was read for.
    pub wanted: bool,
}

/// The answer to a probe.
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
    /// Which of [`Polled::ALL`] and the repositories have any row, where that was asked.
    pub filled: Option<[bool; TABLES]>,
}

/// The tables of the board.
pub(in crate::store) const TABLES: usize = Polled::ALL.len() + 1;

impl Probe {
    /// Whether there may be more rows of a table than the probe returned.
    pub(in crate::store) fn overflowed(&self, n: usize) -> bool {
        self.rows[n].len() >= PROBE_PAGE
    }
}

/// The versions of the rows of one key, as last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::store) struct Versions {
    pub pull: Option<DateTime<Utc>>,
    pub run: Option<DateTime<Utc>>,
    pub insight: Option<Uuid>,
}

impl Versions {
    /// A number in their place, a sixth of their size: one is kept of each pull request.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = hasher();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// All rows of one key.
#[derive(Debug)]
pub(in crate::store) struct Joined {
    pub pull: PullRequest,
    pub versions: Versions,
    /// Of all that was read: writers may change a row without a new version.
    pub hash: u64,
}

// `merged` is not in our schema: other services' tables have it.
pull_requests!(read PullRow { merged: Flag, });
pipeline_runs!(struct RunColumns read {});
insights!(struct InsightColumns read {});
repositories!(struct RepositoryColumns read { full_name: Text, });
checks!(struct CheckColumns read { app: Text, suite_id: Big, name: Text, });
reviews!(struct ReviewColumns read {});
columns!(
    struct TimedColumns {
        app: Text,
        workflow_id: Big,
        name: Text,
    }
);
columns!(
    struct PastInsightColumns {
        commit_sha: Text,
        risk_level: Text,
        score: Real,
        created_at: Time,
    }
);

impl Decoded for KeyRow {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, repo, number) = (some(c.uuid()?)?, c.uuid()?, c.int()?);
        Ok(Self { id, key: key(repo, number), at: c.time()?, wanted: c.flag()?.unwrap_or(true) })
    }
}

pub(in crate::store) fn key(repo: Option<Uuid>, number: Option<i32>) -> Option<PrKey> {
    Some(PrKey::new(RepoId::new(repo?), PrNumber::new(number?)))
}

impl Decoded for Versions {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self { pull: c.time()?, run: c.time()?, insight: c.uuid()? })
    }
}

/// The rows of one key; the fingerprint is that of the row.
pub(in crate::store) fn decode_joined<R: Row>(
    c: &mut RowCells<'_, R>,
    hash: u64,
) -> Result<Result<Joined, PrKey>, sqlx::Error>
where
    for<'r> RowCells<'r, R>: Cells,
{
    let key = PrKey::decode(c)?;
    let (pull_id, mut pull) = (c.uuid()?, PullRow::decode(c)?);
    let (run_id, newest, run) = (c.uuid()?, c.json(), RunColumns::decode(c)?);
    let (insight_id, insight) = (c.uuid()?, InsightColumns::decode(c)?);
    let files_came = c.flag()?.unwrap_or_default();
    if pull_id.is_none() && run_id.is_none() {
        return Ok(Err(key));
    }
    let mut unreadable: Vec<Box<str>> = c.unreadable().iter().map(|cell| cell.column.clone()).collect();
    let place = format!("{} #{}", key.repo.uuid(), key.number.get());
    log(c.unreadable(), &place);
    for (column, list) in [("labels", &mut pull.labels), ("reviewers", &mut pull.reviewers)] {
        if list.take_if(|list| !is_list(list)).is_some() {
            let column = format!("pull_requests.{column}");
            tracing::warn!(column, place, error = "no list of names", "a cell cannot be read");
            unreadable.push(column.into());
        }
    }
    let versions = Versions { pull: pull.updated_at, run: run.updated_at, insight: insight_id };
    let pull = pull_id.map(|_| pull);
    let run = run_id.map(|_| run.into_row(newest.as_ref()));
    let insight = insight_id.map(|id| insight.into_insight(id, files_came));
    let pull = PullRequest::assemble(key, pull, run.as_ref(), insight);
    let pull = PullRequest { unreadable: unreadable.into(), ..pull };
    Ok(Ok(Joined { pull, versions, hash }))
}

impl RunColumns {
    fn into_row(self, newest: Option<&Value>) -> RunRow {
        let stage = |word, since| StoredStage { word, since };
        RunRow {
            commit_sha: self.commit_sha,
            stages: [
                stage(self.status_pr, self.pr_since),
                stage(self.status_build, self.build_since),
                stage(self.status_approval, self.approval_since),
                stage(self.status_merge, self.merge_since),
            ],
            // A text holds the whole list.
            newest: newest
                .and_then(|value| history_entry(value.as_array().map_or(Some(value), |list| list.last())?)),
            updated_at: self.updated_at,
        }
    }
}

impl InsightColumns {
    fn into_insight(self, id: Uuid, files_came: bool) -> Insight {
        Insight {
            id: InsightId::new(id),
            sha: self.commit_sha.as_deref().and_then(Sha::parse),
            risk: self.risk_level.as_deref().and_then(Risk::parse),
            score: self.score.and_then(probability),
            summary: clean_opt(self.summary.as_deref()),
            recommendation: clean_opt(self.recommendation.as_deref()),
            created_at: self.created_at,
            files_came,
        }
    }
}

fn probability(score: f64) -> Option<f64> {
    (0.0..=1.0).contains(&score).then_some(score)
}

/// Behind the columns comes the text of its details.
impl Decoded for PastInsight {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, columns, details) = (some(c.uuid()?)?, PastInsightColumns::decode(c)?, c.text()?);
        Ok(Self {
            id: InsightId::new(id),
            sha: columns.commit_sha.as_deref().and_then(Sha::parse),
            risk: columns.risk_level.as_deref().and_then(Risk::parse),
            score: columns.score.and_then(probability),
            created_at: columns.created_at,
            details: details.as_deref().and_then(Findings::parse).map(Box::new),
        })
    }
}

impl Decoded for Ingest {
    fn decode(cells: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let newest = cells.time()?;
        let mut count =
            || Ok::<_, sqlx::Error>(u32::try_from(cells.int()?.unwrap_or_default()).unwrap_or_default());
        Ok(Self { newest, late: count()?, dead: count()? })
    }
}

impl Decoded for Repository {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, columns) = (some(c.uuid()?)?, RepositoryColumns::decode(c)?);
        Ok(Self {
            id: RepoId::new(id),
            full_name: clean(&columns.full_name.unwrap_or_default()),
            html_url: clean_opt(columns.html_url.as_deref()).map(Into::into),
        })
    }
}

impl Decoded for Check {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let columns = CheckColumns::decode(c)?;
        let status = columns.status.unwrap_or_default();
        let id = CheckId {
            app: clean(&columns.app.unwrap_or_default()),
            suite: columns.suite_id.unwrap_or_default(),
            name: clean(&columns.name.unwrap_or_default()),
        };
        Ok(Self {
            id,
            outcome: CheckOutcome::parse(&status, columns.conclusion.as_deref()),
            url: clean_opt(columns.url.as_deref()).map(Into::into),
            summary: clean_opt(columns.summary.as_deref()).map(Into::into),
            run: columns.github_id,
            attempt: columns.attempt,
            workflow: columns.workflow_id,
            workflow_name: clean_opt(columns.workflow_name.as_deref()).map(Into::into),
            created_at: columns.created_at,
            started_at: columns.started_at,
            completed_at: columns.completed_at,
        })
    }
}

/// A check's key, and behind it the seconds that each of its successes took, as a list in a text.
impl Decoded for (Timed, Option<Usual>) {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (columns, seconds) = (TimedColumns::decode(c)?, c.text()?.unwrap_or_default());
        let timed = Timed {
            app: clean(&columns.app.unwrap_or_default()),
            workflow: columns.workflow_id,
            name: clean(&columns.name.unwrap_or_default()),
        };
        Ok((timed, Usual::of(seconds.split(',').filter_map(|took| took.parse().ok()).collect())))
    }
}

impl Decoded for Review {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let columns = ReviewColumns::decode(c)?;
        let state = clean(&columns.state.unwrap_or_default()).to_lowercase();
        let dismissed = columns.dismissed_at.is_some() || state == "dismissed";
        let reviewer = clean(&columns.reviewer.unwrap_or_default());
        let sha = columns.commit_sha.as_deref().and_then(Sha::parse);
        Ok(Self { reviewer, state, submitted_at: columns.submitted_at, sha, dismissed })
    }
}

/// An entry `{field, value, at, meta?}` of a run's history, or `{state, at}` of older services.
pub(in crate::store) fn history_entry(value: &Value) -> Option<HistoryEntry> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(clean);
    let at = value.get("at").and_then(Value::as_str);
    let at = at.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.to_utc());
    let value_by = value.get("meta").and_then(|meta| meta.get("by"));
    let (field, value) = match (text("field"), text("value"), text("state")) {
        (Some(field), Some(value), _) => (field, value),
        (_, _, Some(state)) => ("state".to_owned(), state),
        _ => return None,
    };
    let by = value_by.and_then(Value::as_str).map(clean);
    Some(HistoryEntry { field, value, at, by })
}
