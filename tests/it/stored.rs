//! The rows that facts make, as each engine and the reducer have them, in one form: a line a row.

use std::collections::BTreeSet;

use crate::{facts::memory::Memory, support::rows::Store};
use chrono::{DateTime, Utc};
use flowlens::{
    domain::ids::RepoId,
    facts::{
        fact::CheckConclusion,
        rows::{CheckKey, CheckRow, PipelineRunRow, PullRequestRow, RepositoryRow, ReviewRow, Stored},
    },
};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, ColumnIndex, Connection as _, Decode, Row, Type};
use uuid::Uuid;

/// Rows of all tables.
pub(crate) type Lines = BTreeSet<String>;

#[derive(Clone, Copy)]
enum Kind {
    Id,
    Text,
    Int,
    Flag,
    Time,
    Json,
}

use Kind::{Flag, Id, Int, Json, Text, Time};

/// The store's own, of no fact: when a row was written, and who has seen it.
const OWN: [&str; 2] = ["updated_at", "processed"];

/// All other columns.
#[rustfmt::skip]
const TABLES: [(&str, &[(&str, Kind)]); 5] = [
    ("repositories", &[
        ("id", Id), ("github_id", Int), ("name", Text), ("full_name", Text), ("owner", Text),
        ("owner_avatar_url", Text), ("is_private", Flag), ("description", Text), ("html_url", Text),
        ("default_branch", Text), ("language", Text), ("archived", Flag), ("created_at", Time),
        ("github_updated_at", Time), ("gone_at", Time),
    ]),
    ("pull_requests", &[
        ("id", Id), ("repo_id", Id), ("pr_number", Int), ("title", Text), ("author", Text), ("author_avatar", Text),
        ("commit_sha", Text), ("branch_name", Text), ("state", Text), ("files_changed", Json), ("additions", Int),
        ("deletions", Int), ("created_at", Time), ("description", Text), ("base_branch", Text), ("pr_url", Text),
        ("labels", Json), ("assignees", Json), ("reviewers", Json), ("is_draft", Flag), ("changed_files", Int),
        ("commits_count", Int), ("merged_at", Time), ("closed_at", Time), ("mergeable_state", Text),
        ("auto_merge", Flag), ("queue_position", Int), ("github_updated_at", Time),
    ]),
    ("pipeline_runs", &[
        ("id", Id), ("repo_id", Id), ("pr_number", Int), ("commit_sha", Text), ("status_pr", Text),
        ("status_build", Text), ("status_approval", Text), ("status_merge", Text), ("created_at", Time),
        ("history", Json), ("pr_since", Time), ("build_since", Time), ("approval_since", Time),
        ("merge_since", Time),
    ]),
    ("checks", &[
        ("repo_id", Id), ("head_sha", Text), ("app", Text), ("suite_id", Int), ("name", Text), ("github_id", Int),
        ("attempt", Int), ("status", Text), ("conclusion", Text), ("url", Text), ("summary", Text),
        ("created_at", Time), ("started_at", Time), ("completed_at", Time), ("github_updated_at", Time),
        ("workflow_id", Int), ("workflow_event", Text), ("workflow_name", Text), ("gone_at", Time), ("superseded", Flag),
    ]),
    ("reviews", &[
        ("repo_id", Id), ("pr_number", Int), ("review_id", Int), ("reviewer", Text), ("state", Text),
        ("commit_sha", Text), ("submitted_at", Time), ("dismissed_at", Time),
    ]),
];

impl Store {
    /// What is stored. Fails on a column that is not compared.
    pub(crate) async fn lines(&self) -> Lines {
        let postgres = matches!(self, Self::Postgres(_));
        let mut lines = Lines::new();
        for (table, columns) in TABLES {
            let names: BTreeSet<String> = self
                .texts(
                    &if postgres {
                        format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'")
                    } else {
                        format!("SELECT name FROM pragma_table_info('{table}')")
                    },
                    1,
                )
                .await
                .into_iter()
                .filter_map(|mut row| row.pop().flatten())
                .collect();
            let compared = columns.iter().map(|(name, _)| *name);
            let missed: Vec<&String> = names
                .iter()
                .filter(|name| !OWN.contains(&&***name) && !compared.clone().any(|known| known == **name))
                .collect();
            assert!(missed.is_empty(), "{table}: {missed:?}");
            let list: Vec<String> = columns.iter().map(|(name, kind)| kind.sql(name, postgres)).collect();
            let rows = self.texts(&format!("SELECT {} FROM {table}", list.join(", ")), columns.len()).await;
            lines.extend(rows.into_iter().map(|row| {
                let values =
                    row.into_iter().zip(columns).map(|(text, (name, kind))| (*name, kind.value(text)));
                line(table, values)
            }));
        }
        lines
    }

    /// The rows of so many texts that a question answers.
    pub(crate) async fn texts(&self, sql: &str, columns: usize) -> Vec<Vec<Option<String>>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(db) => {
                let mut conn = db.admin().await;
                let rows = sqlx::query(sql).fetch_all(&mut conn).await.expect("rows");
                rows.iter().map(|row| cells(row, columns)).collect()
            }
            Self::Sqlite(lite) => {
                let mut conn = lite.connect().await;
                let rows = sqlx::query(sql).fetch_all(&mut conn).await.expect("rows");
                conn.close().await.expect("closed");
                rows.iter().map(|row| cells(row, columns)).collect()
            }
        }
    }
}

fn cells<'r, R: Row>(row: &'r R, columns: usize) -> Vec<Option<String>>
where
    usize: ColumnIndex<R>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    (0..columns).map(|n| row.try_get(n).expect("a text")).collect()
}

impl Kind {
    /// The column as text, the same of both engines.
    fn sql(self, column: &str, postgres: bool) -> String {
        match self {
            Id if postgres => format!("replace({column}::text, '-', '')"),
            Id => format!("lower(hex({column}))"),
            Time if postgres => format!("(extract(epoch FROM {column}) * 1000000)::bigint::text"),
            Flag => format!("CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"),
            Text | Int | Time | Json => format!("CAST({column} AS TEXT)"),
        }
    }

    fn value(self, text: Option<String>) -> Value {
        match (self, text) {
            (_, None) => Value::Null,
            (Id | Text, Some(text)) => Value::String(text),
            (Int | Flag | Time | Json, Some(text)) => serde_json::from_str(&text).expect("a value"),
        }
    }
}

/// What the reducer alone makes of the facts.
pub(crate) fn reduced(memory: &Memory) -> Lines {
    let mut lines: Lines = memory.repositories.values().map(repository).collect();
    for stored in memory.pulls.values() {
        lines.extend(stored.pull.as_ref().map(|row| pull(stored, row)));
        lines.extend(stored.run.as_ref().map(|row| run(stored, row)));
        lines.extend(stored.reviews.iter().map(|(id, row)| review(stored, *id, row)));
    }
    let checks = memory.checks.iter();
    lines.extend(checks.map(|((id, key), row)| check(memory.repositories[id].id, key, row)));
    lines
}

/// Shows the rows that only one of them has.
#[track_caller]
pub(crate) fn assert_same(what: &str, found: &Lines, wanted: &Lines) {
    let only =
        |one: &Lines, other: &Lines| -> Vec<String> { one.difference(other).take(4).cloned().collect() };
    let (more, less) = (only(found, wanted), only(wanted, found));
    assert!(
        more.is_empty() && less.is_empty(),
        "{what}:\nstored, and not so reduced:\n{}\nreduced, and not so stored:\n{}",
        more.join("\n"),
        less.join("\n")
    );
}

fn line(table: &str, values: impl IntoIterator<Item = (&'static str, Value)>) -> String {
    // In the order of the names, so that the lines of one table can be laid side by side.
    let values: Map<String, Value> =
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    format!("{table} {}", Value::Object(values))
}

fn v(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

fn id(id: Uuid) -> Value {
    v(id.simple().to_string())
}

fn t(time: Option<DateTime<Utc>>) -> Value {
    v(time.map(|time| time.timestamp_micros()))
}

#[rustfmt::skip]
fn repository(row: &RepositoryRow) -> String {
    line("repositories", [
        ("id", id(row.id.uuid())), ("github_id", v(row.github_id)), ("name", v(&row.name)),
        ("full_name", v(&row.full_name)), ("owner", v(&row.owner)), ("owner_avatar_url", v(&row.owner_avatar_url)),
        ("is_private", v(row.is_private)), ("description", v(&row.description)), ("html_url", v(&row.html_url)),
        ("default_branch", v(&row.default_branch)), ("language", v(&row.language)), ("archived", v(row.archived)),
        ("created_at", t(row.created_at)), ("github_updated_at", t(row.github_updated_at)),
        ("gone_at", t(row.gone_at)),
    ])
}

#[rustfmt::skip]
fn pull(of: &Stored, row: &PullRequestRow) -> String {
    line("pull_requests", [
        ("id", id(row.id)), ("repo_id", id(of.repo_id.uuid())), ("pr_number", v(of.number.get())),
        ("title", v(&row.title)), ("author", v(&row.author)), ("author_avatar", v(&row.author_avatar)),
        ("commit_sha", v(&row.commit_sha)), ("branch_name", v(&row.branch_name)), ("state", v(&row.state)),
        ("files_changed", v(&row.files_changed)), ("additions", v(row.additions)), ("deletions", v(row.deletions)),
        ("created_at", t(row.created_at)), ("description", v(&row.description)),
        ("base_branch", v(&row.base_branch)), ("pr_url", v(&row.pr_url)), ("labels", v(&row.labels)),
        ("assignees", v(&row.assignees)), ("reviewers", v(&row.reviewers)), ("is_draft", v(row.is_draft)),
        ("changed_files", v(row.changed_files)), ("commits_count", v(row.commits_count)),
        ("merged_at", t(row.merged_at)), ("closed_at", t(row.closed_at)),
        ("mergeable_state", v(&row.mergeable_state)), ("auto_merge", v(row.auto_merge)),
        ("queue_position", v(row.queue_position)), ("github_updated_at", t(row.github_updated_at)),
    ])
}

#[rustfmt::skip]
fn run(of: &Stored, row: &PipelineRunRow) -> String {
    line("pipeline_runs", [
        ("id", id(row.id)), ("repo_id", id(of.repo_id.uuid())), ("pr_number", v(of.number.get())),
        ("commit_sha", v(&row.commit_sha)), ("status_pr", v(row.status_pr.word())),
        ("status_build", v(row.status_build.word())), ("status_approval", v(row.status_approval.word())),
        ("status_merge", v(row.status_merge.word())), ("created_at", t(row.created_at)),
        ("history", v(&row.history)), ("pr_since", t(row.pr_since)), ("build_since", t(row.build_since)),
        ("approval_since", t(row.approval_since)), ("merge_since", t(row.merge_since)),
    ])
}

#[rustfmt::skip]
fn check(repo: RepoId, key: &CheckKey, row: &CheckRow) -> String {
    line("checks", [
        ("repo_id", id(repo.uuid())), ("head_sha", v(&key.head_sha)), ("app", v(&key.app)),
        ("suite_id", v(key.suite_id)), ("name", v(&key.name)), ("github_id", v(row.github_id)),
        ("attempt", v(row.attempt)), ("status", v(row.status.word())),
        ("conclusion", v(row.conclusion.as_ref().map(CheckConclusion::word))), ("url", v(&row.url)),
        ("summary", v(&row.summary)), ("created_at", t(row.created_at)), ("started_at", t(row.started_at)),
        ("completed_at", t(row.completed_at)), ("github_updated_at", t(row.github_updated_at)),
        ("workflow_id", v(row.workflow_id)), ("workflow_event", v(&row.workflow_event)),
        ("workflow_name", v(&row.workflow_name)), ("gone_at", t(row.gone_at)), ("superseded", v(row.superseded)),
    ])
}

#[rustfmt::skip]
fn review(of: &Stored, review_id: i64, row: &ReviewRow) -> String {
    line("reviews", [
        ("repo_id", id(of.repo_id.uuid())), ("pr_number", v(of.number.get())), ("review_id", v(review_id)),
        ("reviewer", v(&row.reviewer)), ("state", v(row.state.word())), ("commit_sha", v(&row.commit_sha)),
        ("submitted_at", t(row.submitted_at)), ("dismissed_at", t(row.dismissed_at)),
    ])
}
