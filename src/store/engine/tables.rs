//! The tables and columns of the schema (v2.0 and v2.1), as names: what discovery asks after and what a
//! complete database has. A test compares this page with what the migrations make.

/// A table of the schema.
pub(in crate::store) struct TableSpec {
    pub(in crate::store) name: &'static str,
    /// Without these columns nothing works; every other one may be absent.
    pub(in crate::store) keys: &'static [Key],
    /// Its columns of v2.0.
    pub(in crate::store) seed: &'static [&'static str],
    /// Its columns of v2.1; for a table of v2.1, all.
    pub(in crate::store) added: &'static [&'static str],
}

/// A column that must be there, and the types that it may have.
pub(in crate::store) struct Key {
    pub(in crate::store) column: &'static str,
    pub(in crate::store) types: &'static [&'static str],
}

const fn uuid(column: &'static str) -> Key {
    Key { column, types: &["uuid"] }
}

const fn int(column: &'static str) -> Key {
    Key { column, types: &["integer", "bigint", "smallint"] }
}

const fn text(column: &'static str) -> Key {
    Key { column, types: &["text", "character varying"] }
}

/// The tables without which there is nothing to show.
pub(in crate::store) const REQUIRED: usize = 4;

/// Every table; the first [`REQUIRED`] are those of v2.0.
#[rustfmt::skip]
pub(in crate::store) const TABLES: [TableSpec; 9] = [
    TableSpec { name: "repositories", keys: &[uuid("id"), text("full_name")], seed: &[
        "id", "github_id", "name", "full_name", "owner", "owner_avatar_url", "is_private", "description",
        "created_at", "updated_at",
    ], added: &[
        "html_url", "default_branch", "language", "archived", "github_updated_at",
    ] },
    TableSpec { name: "pull_requests", keys: &[uuid("id"), uuid("repo_id"), int("pr_number")], seed: &[
        "id", "repo_id", "pr_number", "title", "author", "author_avatar", "commit_sha", "branch_name", "state",
        "files_changed", "additions", "deletions", "processed", "created_at", "updated_at",
    ], added: &[
        "description", "base_branch", "pr_url", "labels", "assignees", "reviewers", "is_draft",
        "changed_files", "commits_count", "merged_at", "closed_at", "mergeable_state", "auto_merge",
        "queue_position", "github_updated_at",
    ] },
    TableSpec { name: "pipeline_runs", keys: &[uuid("id"), uuid("repo_id"), int("pr_number")], seed: &[
        "id", "repo_id", "pr_number", "commit_sha", "status_pr", "status_build", "status_approval",
        "status_merge", "processed", "created_at", "updated_at",
    ], added: &[
        "history", "pr_since", "build_since", "approval_since", "merge_since",
    ] },
    TableSpec { name: "insights", keys: &[uuid("id"), uuid("repo_id"), int("pr_number")], seed: &[
        "id", "repo_id", "pr_number", "commit_sha", "risk_level", "summary", "recommendation", "processed",
        "created_at",
    ], added: &["score", "details", "requested_by"] },
    TableSpec { name: "checks", keys: &[], seed: &[], added: &[
        "repo_id", "head_sha", "app", "suite_id", "name", "github_id", "attempt", "status", "conclusion",
        "url", "summary", "started_at", "completed_at", "github_updated_at", "updated_at",
    ] },
    TableSpec { name: "reviews", keys: &[], seed: &[], added: &[
        "repo_id", "pr_number", "review_id", "reviewer", "state", "commit_sha", "submitted_at",
        "dismissed_at", "updated_at",
    ] },
    TableSpec { name: "webhook_deliveries", keys: &[], seed: &[], added: &[
        "delivery_id", "event", "action", "repository_id", "payload", "state", "attempts", "error",
        "claimed_by", "lease_until", "next_attempt_at", "received_at", "processed_at",
    ] },
    TableSpec { name: "insight_requests", keys: &[], seed: &[], added: &[
        "id", "repo_id", "pr_number", "commit_sha", "requested_by", "state", "attempts", "error",
        "claimed_by", "lease_until", "next_attempt_at", "insight_id", "requested_at", "started_at",
        "finished_at", "updated_at",
    ] },
    TableSpec { name: "sync_state", keys: &[], seed: &[], added: &["repo_id", "resource", "etag", "cursor", "updated_at"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_column_is_named_twice_and_none_is_left_out() {
        let mut all: Vec<(&str, &str)> = TABLES
            .iter()
            .flat_map(|table| table.seed.iter().chain(table.added).map(|column| (table.name, *column)))
            .collect();
        all.sort_unstable();
        all.dedup();
        // The integration test of the migrations counts the same number on a real server.
        assert_eq!(all.len(), 131);
    }

    #[test]
    fn keys_are_columns_of_v2_0() {
        for table in &TABLES {
            assert!(table.keys.iter().all(|key| table.seed.contains(&key.column)), "{}", table.name);
        }
    }
}
