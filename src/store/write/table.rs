//! The statements that read and write whole rows. Both engines understand them, but for how a time is counted on.

use crate::store::engine::transaction::Later;

/// A table as far as facts make its rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    name: &'static str,
    /// The columns of its key.
    key: &'static [&'static str],
    /// What of the key selects the rows that are read together, and what of it is read.
    by: &'static [&'static str],
    read: &'static [&'static str],
    /// All other columns, in the order in which rows are decoded and bound; an `id` is not changed.
    columns: &'static [&'static str],
    /// It has a `processed` flag.
    flagged: bool,
}

#[rustfmt::skip]
pub(super) const REPOSITORIES: Table = Table {
    name: "repositories",
    key: &["github_id"],
    by: &["github_id"],
    read: &["github_id"],
    columns: &[
        "id", "name", "full_name", "owner", "owner_avatar_url", "is_private", "description", "html_url",
        "default_branch", "language", "archived", "created_at", "github_updated_at",
    ],
    flagged: false,
};

#[rustfmt::skip]
pub(super) const PULLS: Table = Table {
    name: "pull_requests",
    key: &["repo_id", "pr_number"],
    by: &["repo_id", "pr_number"],
    read: &[],
    columns: &[
        "id", "title", "author", "author_avatar", "commit_sha", "branch_name", "state", "files_changed",
        "additions", "deletions", "created_at", "description", "base_branch", "pr_url", "labels", "assignees",
        "reviewers", "is_draft", "changed_files", "commits_count", "merged_at", "closed_at", "mergeable_state",
        "auto_merge", "queue_position", "github_updated_at",
    ],
    flagged: true,
};

#[rustfmt::skip]
pub(super) const RUNS: Table = Table {
    name: "pipeline_runs",
    key: &["repo_id", "pr_number"],
    by: &["repo_id", "pr_number"],
    read: &[],
    columns: &[
        "id", "commit_sha", "status_pr", "status_build", "status_approval", "status_merge", "created_at",
        "history", "pr_since", "build_since", "approval_since", "merge_since",
    ],
    flagged: true,
};

#[rustfmt::skip]
pub(super) const CHECKS: Table = Table {
    name: "checks",
    key: &["repo_id", "head_sha", "app", "suite_id", "name"],
    by: &["repo_id", "head_sha"],
    read: &["head_sha", "app", "suite_id", "name"],
    columns: &[
        "github_id", "attempt", "status", "conclusion", "url", "summary", "started_at", "completed_at",
        "github_updated_at",
    ],
    flagged: false,
};

#[rustfmt::skip]
pub(super) const REVIEWS: Table = Table {
    name: "reviews",
    key: &["repo_id", "pr_number", "review_id"],
    by: &["repo_id", "pr_number"],
    read: &["review_id"],
    columns: &["reviewer", "state", "commit_sha", "submitted_at", "dismissed_at"],
    flagged: false,
};

impl Table {
    /// The rows of what selects them ($1 …).
    pub(super) fn select(&self) -> String {
        let by: Vec<String> =
            self.by.iter().enumerate().map(|(n, column)| format!("{column} = ${}", n + 1)).collect();
        self.select_where(&by.join(" AND "))
    }

    /// The rows that meet a condition.
    pub(super) fn select_where(&self, condition: &str) -> String {
        let columns: Vec<&str> = self.read.iter().chain(self.columns).copied().collect();
        format!("SELECT {} FROM {} WHERE {condition}", columns.join(", "), self.name)
    }

    /// One row: the key, then the columns ($1 …).
    pub(super) fn insert(&self, later: Later) -> String {
        let columns: Vec<&str> = self.key.iter().chain(self.columns).copied().collect();
        let values: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO {} AS t ({}, updated_at) VALUES ({}, {})",
            self.name,
            columns.join(", "),
            values.join(", "),
            later.now
        )
    }

    /// The same, or the row's new content, as far as it is `changed` (of the cells, by their place): a column that
    /// says the same as before may say it in another service's form, and keeps that.
    pub(super) fn upsert(&self, later: Later, changed: impl Fn(usize) -> bool) -> String {
        let columns = self.columns.iter().enumerate().map(|(n, column)| (n + self.key.len(), column));
        let set: Vec<String> = columns
            .filter(|(n, column)| **column != "id" && changed(*n))
            .map(|(_, column)| format!("{column} = excluded.{column}"))
            .collect();
        let flag = if self.flagged { ", processed = FALSE" } else { "" };
        format!(
            "{} ON CONFLICT ({}) DO UPDATE SET {}updated_at = {}{flag}",
            self.insert(later),
            self.key.join(", "),
            set.iter().map(|set| format!("{set}, ")).collect::<String>(),
            later.then
        )
    }

    /// A new version of one row whose own content stays.
    pub(super) fn touch(&self, later: Later) -> String {
        format!(
            "UPDATE {} AS t SET updated_at = {} WHERE repo_id = $1 AND pr_number = $2",
            self.name, later.then
        )
    }
}
