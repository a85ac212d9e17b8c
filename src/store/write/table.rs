//! The statements that read and write whole rows. Both engines understand them, but for how a time is counted on.

use super::rows::{PullKey, ReviewKey};
use crate::{
    facts::rows::{CheckKey, CheckRow, PipelineRunRow, PullRequestRow, RepositoryRow, ReviewRow},
    store::engine::{columns::Columns, transaction::Later},
};

/// A table as far as facts make its rows.
#[derive(Clone, Debug)]
pub(super) struct FactTable {
    name: &'static str,
    /// The columns that are bound, in order: those of the key, then the others.
    columns: Vec<&'static str>,
    /// The columns of the key.
    key: Vec<&'static str>,
    /// It has a `processed` flag.
    flagged: bool,
}

impl FactTable {
    pub(super) fn repositories() -> Self {
        let columns = names::<RepositoryRow>().collect();
        Self { name: "repositories", columns, key: vec!["github_id"], flagged: false }
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
        Self { name, columns, key, flagged: false }
    }

    /// The rows that meet a condition, but for the repository that they belong to, and NULL for a column that is to stay
    /// where it is stored.
    pub(super) fn select(&self, condition: &str, unread: Option<&str>) -> String {
        let read = self.columns.iter().filter(|column| **column != "repo_id");
        let read: Vec<_> = read.map(|column| if Some(*column) == unread { "NULL" } else { column }).collect();
        format!("SELECT {} FROM {} WHERE {condition}", read.join(", "), self.name)
    }

    /// One row ($1 …).
    pub(super) fn insert(&self, later: Later) -> String {
        let values: Vec<String> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO {} AS t ({}, updated_at) VALUES ({}, {})",
            self.name,
            self.columns.join(", "),
            values.join(", "),
            later.now
        )
    }

    /// The same, or new content for the columns that `changed` (by their place); an `id` stays. An unchanged column may
    /// hold its value in another service's form, and keeps that form.
    pub(super) fn upsert(&self, later: Later, changed: impl Fn(usize) -> bool) -> String {
        let changed =
            |(n, column): &(usize, &&str)| changed(*n) && !self.key.contains(*column) && **column != "id";
        let columns = self.columns.iter().enumerate().filter(changed);
        let mut set: Vec<String> =
            columns.map(|(_, column)| format!("{column} = excluded.{column}")).collect();
        set.extend(self.flagged.then(|| "processed = FALSE".to_owned()));
        set.push(format!("updated_at = {}", later.then));
        format!(
            "{} ON CONFLICT ({}) DO UPDATE SET {}",
            self.insert(later),
            self.key.join(", "),
            set.join(", ")
        )
    }

    /// A new version of a row whose content stays.
    pub(super) fn touch(&self, later: Later) -> String {
        format!(
            "UPDATE {} AS t SET updated_at = {} WHERE repo_id = $1 AND pr_number = $2",
            self.name, later.then
        )
    }
}

fn names<R: Columns>() -> impl Iterator<Item = &'static str> {
    R::COLUMNS.iter().map(|column| column.name)
}
