//! A small board with everything in it that hurts.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, Sha},
    insight::Insight,
    pipeline::StoredStage,
    pull_request::{PullRow, RunRow},
    source::Engine,
    text::clean_opt,
};

pub(super) const ACME: &str = "acme/api";
pub(super) const WEB: &str = "acme/web";

pub(super) const FORMATS: [Format; 5] =
    [Format::Table, Format::Json, Format::Csv, Format::JsonLines, Format::Markdown];

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap()
}

fn hours(ago: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(ago)
}

fn repo_id(full_name: &str) -> RepoId {
    RepoId::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, full_name.as_bytes()))
}

fn repository(full_name: &str) -> Repository {
    let full_name = clean(full_name);
    let id = repo_id(&full_name);
    Repository { id, full_name, html_url: None }
}

pub(super) fn row(title: &str, author: &str, state: &str, hours_old: i64) -> PullRow {
    PullRow {
        title: Some(title.to_owned()),
        author: Some(author.to_owned()),
        state: Some(state.to_owned()),
        branch_name: Some("topic".to_owned()),
        commit_sha: Some("abc1234def".to_owned()),
        created_at: Some(hours(hours_old)),
        updated_at: Some(hours(1)),
        ..PullRow::default()
    }
}

pub(super) fn run(words: [&str; 4]) -> RunRow {
    let stages = words.map(|word| StoredStage { word: Some(word.to_owned()), since: Some(hours(3)) });
    RunRow { stages, updated_at: Some(hours(2)), ..RunRow::default() }
}

fn insight(risk: &str, sha: &str) -> Insight {
    Insight {
        files_came: false,
        id: InsightId::new(Uuid::nil()),
        sha: Sha::parse(sha),
        risk: Risk::parse(risk),
        score: Some(0.82),
        summary: clean_opt(Some("Rotates \"refresh\" tokens,\nand sessions.")),
        recommendation: clean_opt(Some("=Have security look at it.")),
        created_at: Some(hours(2)),
    }
}

pub(super) fn key(repo: &str, number: i32) -> PrKey {
    PrKey::new(repo_id(repo), PrNumber::new(number))
}

pub(super) fn pull(
    repo: &str,
    number: i32,
    row: Option<PullRow>,
    run: Option<&RunRow>,
    note: Option<Insight>,
) -> PullRequest {
    PullRequest::assemble(key(repo, number), row, run, note)
}

const HOSTILE: &str =
    "=cmd|' /C calc'!A0 \u{1b}[31m\u{1b}]0;owned\u{7}\u{9b}2J\r\n|\u{202e}\\| <img src=x>\0";

pub(super) fn board() -> Board {
    let merged = PullRow { merged_at: Some(hours(4)), ..row("Done", "bo", "merged", 90) };
    let asked = PullRow {
        reviewers: Some(json!(["bo", "cy"])),
        ..row("日本語のタイトルを追加する", "山田", "open", 50)
    };
    let mut board = Board::default();
    board.set_repositories([ACME, WEB, "acme/empty"].map(repository).into());
    board.apply_pulls(
        vec![
            pull(
                ACME,
                421,
                Some(row("Add OAuth refresh", "ana", "open", 48)),
                Some(&run(["passed", "failed", "pending", "pending"])),
                Some(insight("high", "abc1234def")),
            ),
            pull(
                ACME,
                420,
                Some(row(HOSTILE, "-bot", "open", 26)),
                Some(&run(["passed", "passed", "changes_requested", "pending"])),
                Some(insight("spicy", "0ld")),
            ),
            pull(WEB, 7, Some(asked), Some(&run(["passed", "building", "pending", "pending"])), None),
            pull(WEB, 8, Some(row("🚀 Ship 👩‍👩‍👧 🇩🇪 ❤️", "cy", "draft", 1)), None, Some(insight("low", ""))),
            pull(WEB, 9, None, Some(&run(["passed", "on hold", "vetoed?", "skipped"])), None),
            pull(WEB, 10, Some(PullRow::default()), None, None),
            pull(ACME, 400, Some(merged), Some(&run(["merged", "passed", "approved", "merged"])), None),
            pull("gone/gone", 1, Some(row("Repository unknown", "ana", "closed", 9)), None, None),
        ],
        &[],
        None,
    );
    board
}

pub(super) fn source() -> Source {
    Source {
        engine: Engine::PostgreSql,
        version: "18.1\u{7}".to_owned(),
        database: "prod".to_owned(),
        node: "db:5432".to_owned(),
        origin: None,
        exposed: false,
        missing: Vec::new(),
        no_checks: None,
    }
}

pub(super) fn poll() -> Poll {
    Poll {
        server_now: now(),
        at: now(),
        newest_row_at: Some(hours(1)),
        changed: 0,
        asked: false,
        slowed_to: None,
    }
}

pub(super) fn selection(filter: &str) -> Selection {
    Selection { filter: Filter::parse(filter).unwrap(), me: Some("ana".to_owned()), ..Selection::default() }
}

pub(super) fn with_report<T>(board: &Board, selection: &Selection, see: impl FnOnce(Report<'_>) -> T) -> T {
    see(Report::new(board, &source(), poll(), selection))
}
