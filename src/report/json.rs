//! The JSON contract of `flowlens status`, version 1. Scripts depend on it: keys may be added, but none changes
//! its name, type or meaning without a new `schema_version`. Every key is always there; what is unknown is `null`.
//! Times are RFC 3339 in UTC (`2026-03-01T12:00:00Z`). Text has no control characters in it.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Report;
use crate::domain::{
    attention,
    ids::Sha,
    insight::{self, Risk},
    pipeline::{self, Stage},
    pr_state::PrState,
    pull_request, repository,
    text::clean,
};

/// The version of the contract that is written here.
pub const SCHEMA_VERSION: u32 = 1;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    pub schema_version: u32,
    /// Where and when it was read.
    pub source: Source,
    /// The repositories that were asked for, by name; `--filter` leaves them alone.
    pub repositories: Vec<Repository<'a>>,
    /// The selected pull requests, in the order asked for. `--format jsonl` prints these, one a line.
    pub pull_requests: Vec<PullRequest<'a>>,
}

/// The database that answered.
#[derive(Debug, Serialize)]
pub struct Source {
    /// `PostgreSQL`, `YugabyteDB` or `SQLite`.
    pub engine: String,
    pub version: String,
    /// The server's clock when it was read: what all ages count from.
    pub polled_at: DateTime<Utc>,
    /// The newest row in the database, by its writer's clock: old means that nothing arrives there.
    pub newest_row_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
pub struct Repository<'a> {
    /// `owner/name`.
    pub full_name: &'a str,
    /// Open pull requests, drafts included: all of them, also those beyond the limit.
    pub open: u64,
    /// Those that were read and whose build failed or that conflict with their base.
    pub failing: u64,
    /// Those that were read and whose newest insight says high risk.
    pub high_risk: u64,
}

/// One pull request, or a pipeline run whose pull request is not there: empty title, state `open`.
#[derive(Debug, Serialize)]
pub struct PullRequest<'a> {
    /// `owner/name`; `null` where the database knows no such repository.
    pub repository: Option<&'a str>,
    pub number: i32,
    /// May be empty.
    pub title: &'a str,
    /// The author's login.
    pub author: Option<&'a str>,
    /// Source branch.
    pub branch: Option<&'a str>,
    pub head_sha: Option<&'a str>,
    /// `open`, `draft`, `closed` or `merged`; a foreign word in the database counts as `open`.
    pub state: &'static str,
    pub stages: Stages<'a>,
    /// The newest insight, if there is one.
    pub insight: Option<Insight<'a>>,
    /// What has to happen next; `null` once it is merged or closed.
    pub next_action: Option<NextAction>,
    /// Its page, always `https://`.
    pub url: Option<String>,
    /// When it was opened.
    pub created_at: Option<DateTime<Utc>>,
    /// When the newest of its rows was written.
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
pub struct Stages<'a> {
    pub pr: StageState<'a>,
    pub build: StageState<'a>,
    pub approval: StageState<'a>,
    pub merge: StageState<'a>,
}

#[derive(Debug, Serialize)]
pub struct StageState<'a> {
    /// `pending`, `running`, `passed`, `failed`, `merged`, `closed`, `skipped`, or `other` (see `raw`).
    pub status: &'static str,
    /// The word as stored. `status` may differ from it, where the pull request itself says more.
    pub raw: Option<&'a str>,
    pub since: Option<DateTime<Utc>>,
}

/// What was said about its risk.
#[derive(Debug, Serialize)]
pub struct Insight<'a> {
    /// `low`, `medium`, `high`, or a foreign word as stored.
    pub risk: Option<&'a str>,
    /// Probability of a later fix, 0 to 1.
    pub score: Option<f64>,
    /// One line.
    pub summary: Option<&'a str>,
    pub recommendation: Option<&'a str>,
    /// It speaks of an older head commit; `null` where either commit is unknown.
    pub stale: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
}

/// Who has to do what.
#[derive(Debug, Serialize)]
pub struct NextAction {
    /// `finish_draft`, `rebase`, `fix_merge`, `fix_build`, `answer_review`, `wait_for_ci`, `start_build`, `review`,
    /// `merge`, `wait_in_queue`.
    pub verb: &'static str,
    /// A login, or a role: `author`, `reviewers`, `someone`, `ci`, `merge_queue`.
    pub owner: String,
    /// Since when, where a stage tells.
    pub since: Option<DateTime<Utc>>,
}

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::new(report))?;
    writeln!(out)
}

pub(super) fn write_lines(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    for pr in &report.pulls {
        serde_json::to_writer(&mut *out, &PullRequest::new(report, pr))?;
        writeln!(out)?;
    }
    Ok(())
}

impl<'a> Document<'a> {
    pub fn new(report: &Report<'a>) -> Self {
        let repository = |repo: &'a repository::Repository| {
            let counts = report.board.counts(repo.id);
            Repository {
                full_name: &repo.full_name,
                open: counts.open,
                failing: counts.failing,
                high_risk: counts.high_risk,
            }
        };
        Self {
            schema_version: SCHEMA_VERSION,
            source: Source {
                engine: report.source.engine.to_string(),
                version: clean(&report.source.version),
                polled_at: report.poll.server_now,
                newest_row_at: report.poll.newest_row_at,
            },
            repositories: report.repositories.iter().copied().map(repository).collect(),
            pull_requests: report.pulls.iter().map(|pr| PullRequest::new(report, pr)).collect(),
        }
    }
}

impl<'a> PullRequest<'a> {
    pub fn new(report: &Report<'a>, pr: &'a pull_request::PullRequest) -> Self {
        let repository = report.board.repository(pr.key.repo);
        let stage = |stage| StageState::new(pr.pipeline.stage(stage));
        Self {
            repository: repository.map(|r| r.full_name.as_str()),
            number: pr.key.number.get(),
            title: &pr.title,
            author: pr.author.as_deref(),
            branch: pr.branch.as_deref(),
            head_sha: pr.head.as_ref().map(Sha::as_str),
            state: state(&pr.state),
            stages: Stages {
                pr: stage(Stage::Pr),
                build: stage(Stage::Build),
                approval: stage(Stage::Approval),
                merge: stage(Stage::Merge),
            },
            insight: pr.insight.as_ref().map(|insight| Insight::new(insight, pr.is_stale())),
            next_action: report.next_action(pr).map(NextAction::from),
            url: repository.map(|r| pr.url(r)),
            created_at: pr.created_at,
            updated_at: pr.updated_at,
        }
    }
}

const fn state(state: &PrState) -> &'static str {
    match state {
        PrState::Open | PrState::Other(_) => "open",
        PrState::Draft => "draft",
        PrState::Closed => "closed",
        PrState::Merged => "merged",
    }
}

impl<'a> StageState<'a> {
    fn new(stage: &'a pipeline::StageState) -> Self {
        Self { status: stage.status.kind(), raw: stage.raw.as_deref(), since: stage.since }
    }
}

impl<'a> Insight<'a> {
    fn new(insight: &'a insight::Insight, stale: Option<bool>) -> Self {
        Self {
            risk: insight.risk.as_ref().map(Risk::word),
            score: insight.score.filter(|score| score.is_finite()),
            summary: insight.summary.as_deref(),
            recommendation: insight.recommendation.as_deref(),
            stale,
            created_at: insight.created_at,
        }
    }
}

impl From<attention::NextAction> for NextAction {
    fn from(next: attention::NextAction) -> Self {
        Self { verb: next.verb.word(), owner: next.owner.word().to_owned(), since: next.since }
    }
}
