//! The statements that read and write whole rows. Both engines understand them, but for how a time is counted on.

use super::rows::{PullKey, ReviewKey};
use crate::{
    facts::rows::{CheckKey, CheckRow, PipelineRunRow, PullRequestRow, RepositoryRow, ReviewRow},
    store::engine::{
        columns::Columns,
        transaction::{Cell, Later},
    },
};

/// A table as far as facts make its rows.
#[derive(Clone, Debug)]
pub(super) struct Table {
    name: &'static str,
    /// The columns that are bound, in order: those of the key, then the others.
    columns: Vec<&'static str>,
    /// What of the columns is the key.
    key: Vec<&'static str>,
    /// A column that is neither read nor written.
    skipped: Option<&'static str>,
    /// It has a `processed` flag.
    flagged: bool,
}

impl Table {
    pub(super) fn repositories() -> Self {
        let columns = names::<RepositoryRow>().collect();
        Self { name: "repositories", columns, key: vec!["github_id"], skipped: None, flagged: false }
    }

    pub(super) fn pulls() -> Self {
        Self { flagged: true, ..Self::within::<PullKey, PullRequestRow>("pull_requests") }
    }

    pub(super) fn runs() -> Self {
        Self { flagged: true, ..Self::within::<PullKey, PipelineRunRow>("pipeline_runs") }
    }

    pub(super) fn checks() -> Self {
        Self::within::<CheckKey, CheckRow>("checks")
    }

    pub(super) fn reviews() -> Self {
        Self::within::<ReviewKey, ReviewRow>("reviews")
    }

    /// Of rows that belong to a repository.
    fn within<K: Columns, R: Columns>(name: &'static str) -> Self {
        let key: Vec<_> = ["repo_id"].into_iter().chain(names::<K>()).collect();
        let columns = key.iter().copied().chain(names::<R>()).collect();
        Self { name, columns, key, skipped: None, flagged: false }
    }

    /// The same without a column, which keeps what it holds.
    pub(super) fn without(self, column: &'static str) -> Self {
        Self { skipped: Some(column), ..self }
    }

    /// The rows that meet a condition, but for the repository that they belong to.
    pub(super) fn select(&self, condition: &str) -> String {
        let read = self.columns.iter().filter(|column| **column != "repo_id");
        let read: Vec<_> = read.map(|column| if self.skips(column) { "NULL" } else { column }).collect();
        format!("SELECT {} FROM {} WHERE {condition}", read.join(", "), self.name)
    }

    /// One row ($1 …).
    pub(super) fn insert(&self, later: Later) -> String {
        let columns: Vec<_> = self.columns.iter().copied().filter(|column| !self.skips(column)).collect();
        let values: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO {} AS t ({}, updated_at) VALUES ({}, {})",
            self.name,
            columns.join(", "),
            values.join(", "),
            later.now
        )
    }

    /// The same, or the row's new content; an `id` stays.
    pub(super) fn upsert(&self, later: Later) -> String {
        let changed = |column: &&str| !self.key.contains(column) && *column != "id" && !self.skips(column);
        let set: Vec<String> = self
            .columns
            .iter()
            .copied()
            .filter(changed)
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let flag = if self.flagged { ", processed = FALSE" } else { "" };
        format!(
            "{} ON CONFLICT ({}) DO UPDATE SET {}{flag}, updated_at = {}",
            self.insert(later),
            self.key.join(", "),
            set.join(", "),
            later.then
        )
    }

    /// What [`Self::upsert`] binds, of the cells of all columns.
    pub(super) fn bound(&self, cells: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
        let kept = self.columns.iter().zip(cells).filter(|(column, _)| !self.skips(column));
        kept.map(|(_, cell)| cell).collect()
    }

    /// A new version of one row whose own content stays.
    pub(super) fn touch(&self, later: Later) -> String {
        format!(
            "UPDATE {} AS t SET updated_at = {} WHERE repo_id = $1 AND pr_number = $2",
            self.name, later.then
        )
    }

    fn skips(&self, column: &str) -> bool {
        self.skipped == Some(column)
    }
}

fn names<R: Columns>() -> impl Iterator<Item = &'static str> {
    R::COLUMNS.iter().map(|column| column.name)
}
