//! The schema: every table and every column, once.
//!
//! A column is `name: Kind in VERSION`, the migration that makes it, `or` what a database without it loses, for people; so
//! it is with a table. A table's macro hands its columns on: to
//! [`TABLES`], which discovery and migrations compare with a database, and to the structs that hold rows
//! ([`columns!`](super::columns::columns)), of which each takes its groups of columns in the order of this file:
//!
//! - `key`: nothing works without these columns; any other may be absent
//! - `both`: read for the board, and written
//! - `read`, `written`: for the board alone, or written alone
//! - `other`: named in statements, or the store's own

use super::columns::Column;

/// The migration that makes the v2.0 tables.
pub(in crate::store) const SEED: i64 = 1;

/// Passes the columns of a table on:
///
/// - `table!(spec)`: a [`TableSpec`]
/// - `table!(read Row { first: Kind })`: for a struct that holds `first` and the columns that the board reads
/// - `table!(written Row { first: Kind })`: for a struct that holds `first` and the columns that are written
/// - `table!(struct Row read { first: Kind })`: the struct, too
macro_rules! hand_on {
    ((spec) $table:literal $(or $loss:literal)?
        key { $($key:ident: $key_kind:ident in $key_version:literal),* $(,)? }
        $($group:ident { $($column:ident: $kind:ident in $version:literal $(or $column_loss:literal)?),* $(,)? })*
    ) => {
        $crate::store::engine::tables::TableSpec {
            name: $table,
            loss: [$($loss,)? ""][0],
            keys: &[$($crate::store::engine::columns::column!($key: $key_kind)),*],
            columns: &[
                $(($crate::store::engine::columns::column!($key: $key_kind), $key_version),)*
                $($(($crate::store::engine::columns::column!($column: $kind), $version),)*)*
            ],
            losses: &[$($($((stringify!($column), $column_loss),)?)*)*],
        }
    };
    ((read $row:ty { $($first:tt)* }) $table:literal $(or $loss:literal)?
        key $key:tt both { $($both:tt)* } read { $($read:tt)* } written $written:tt other $other:tt
    ) => {
        $crate::store::engine::columns::columns!($row { $($first)* $($both)* $($read)* });
    };
    ((written $row:ty { $($first:tt)* }) $table:literal $(or $loss:literal)?
        key $key:tt both { $($both:tt)* } read $read:tt written { $($written:tt)* } other $other:tt
    ) => {
        $crate::store::engine::columns::columns!($row { $($first)* $($both)* $($written)* });
    };
    ((struct $row:ident read { $($first:tt)* }) $table:literal $(or $loss:literal)?
        key $key:tt both { $($both:tt)* } read { $($read:tt)* } written $written:tt other $other:tt
    ) => {
        $crate::store::engine::columns::columns!(struct $row { $($first)* $($both)* $($read)* });
    };
    ((struct $row:ident written { $($first:tt)* }) $table:literal $(or $loss:literal)?
        key $key:tt both { $($both:tt)* } read $read:tt written { $($written:tt)* } other $other:tt
    ) => {
        $crate::store::engine::columns::columns!(struct $row { $($first)* $($both)* $($written)* });
    };
}

macro_rules! repositories {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "repositories"
        key { id: Id in 1, full_name: Text in 1 }
        both { html_url: Text in 2, }
        read {}
        written {
            description: Text in 1,
            is_private: Flag in 1,
            language: Text in 2,
            name: Text in 1,
            owner: Text in 1,
            owner_avatar_url: Text in 1,
            default_branch: Text in 2,
            archived: Flag in 2,
            created_at: Time in 1,
            github_updated_at: Time in 2,
            gone_at: Time in 20,
        }
        other { github_id: Big in 1, updated_at: Time in 1 }
    } };
}

macro_rules! pull_requests {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "pull_requests"
        key { id: Id in 1, repo_id: Id in 1, pr_number: Int in 1 }
        both {
            title: Text in 1 or "titles are empty",
            author: Text in 1 or "authors are not shown",
            commit_sha: Text in 1 or "stale insights are not recognised",
            branch_name: Text in 1 or "branches are not shown",
            base_branch: Text in 2,
            state: Text in 1 or "open and closed are told apart by the merge stage alone",
            additions: Int in 1,
            deletions: Int in 1,
            changed_files: Int in 2,
            is_draft: Flag in 2 or "drafts are not marked",
            merged_at: Time in 2,
            closed_at: Time in 2 or "closed pull requests are dated by their last change",
            created_at: Time in 1,
            labels: Json in 2 or "labels are not shown",
            reviewers: Json in 2 or "whose review is awaited is not known",
            mergeable_state: Text in 2 or "merge conflicts show only as a failed merge",
            auto_merge: Flag in 2,
            queue_position: Int in 2 or "the place in the merge queue is not shown",
            pr_url: Text in 2 or "addresses are made from the repository's name",
        }
        read { updated_at: Time in 1 or "changes are found by full re-reads only" }
        written {
            author_avatar: Text in 1,
            description: Text in 2,
            assignees: Json in 2,
            commits_count: Int in 2,
            github_updated_at: Time in 2,
            files_changed: Json in 1 or "files are not listed and no risk can be computed",
        }
        other { processed: Flag in 1 }
    } };
}

macro_rules! pipeline_runs {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "pipeline_runs"
        key { id: Id in 1, repo_id: Id in 1, pr_number: Int in 1 }
        both {
            commit_sha: Text in 1,
            status_pr: Text in 1,
            status_build: Text in 1 or "the build stage is unknown",
            status_approval: Text in 1 or "the approval stage is unknown",
            status_merge: Text in 1 or "the merge stage is unknown",
            pr_since: Time in 2,
            build_since: Time in 2 or "time in a stage comes from its history or from this session",
            approval_since: Time in 2,
            merge_since: Time in 2,
        }
        read { updated_at: Time in 1 or "changes of stages are found by full re-reads only" }
        written { created_at: Time in 1, history: Json in 2 or "earlier stages are not listed" }
        other { processed: Flag in 1 }
    } };
}

macro_rules! insights {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "insights"
        key { id: Id in 1, repo_id: Id in 1, pr_number: Int in 1 }
        both {
            commit_sha: Text in 1,
            risk_level: Text in 1 or "risk is not shown",
            score: Real in 2 or "insights carry no probability",
            summary: Text in 1,
            recommendation: Text in 1,
        }
        read { created_at: Time in 1 or "the newest insight is not recognised" }
        written { details: Json in 2 or "insights carry no reasons", requested_by: Text in 2 }
        other { processed: Flag in 1 }
    } };
}

macro_rules! checks {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "checks"
            or "the failing check's name is not shown"
        key { repo_id: Id in 2, head_sha: Text in 2, app: Text in 2, suite_id: Big in 2, name: Text in 2 }
        both {
            status: Text in 2,
            conclusion: Text in 2,
            url: Text in 2,
            summary: Text in 2,
            github_id: Big in 2,
            attempt: Int in 2,
            workflow_id: Big in 18 or "how long a check usually takes is not shown",
            workflow_name: Text in 19,
            created_at: Time in 19 or "how long a check waited for a machine is not shown",
            started_at: Time in 2,
            completed_at: Time in 2,
        }
        read {}
        written {
            github_updated_at: Time in 2,
            workflow_event: Text in 18,
            gone_at: Time in 18,
            superseded: Flag in 18,
        }
        other { updated_at: Time in 2 }
    } };
}

macro_rules! reviews {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "reviews"
            or "who approved and who asked for changes is not shown"
        key { repo_id: Id in 2, pr_number: Int in 2, review_id: Big in 2 }
        both {
            reviewer: Text in 2,
            state: Text in 2,
            commit_sha: Text in 2,
            submitted_at: Time in 2,
            dismissed_at: Time in 2,
        }
        read {}
        written {}
        other { updated_at: Time in 2 }
    } };
}

macro_rules! insight_requests {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "insight_requests"
            or "requests for insights cannot be queued"
        key { id: Id in 2, repo_id: Id in 2, pr_number: Int in 2 }
        both {}
        read {
            state: Text in 2,
            commit_sha: Text in 2,
            requested_by: Text in 2,
            attempts: Int in 2,
            error: Text in 2,
            insight_id: Id in 2,
            requested_at: Time in 2,
            started_at: Time in 2,
            finished_at: Time in 2,
            updated_at: Time in 2,
        }
        written {}
        other { claimed_by: Text in 2, lease_until: Time in 2, next_attempt_at: Time in 2 }
    } };
}

macro_rules! webhook_deliveries {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "webhook_deliveries"
        key { delivery_id: Id in 2 }
        both {}
        read {}
        written {}
        other {
            event: Text in 2,
            action: Text in 2,
            repository_id: Big in 2,
            payload: Bytes in 2,
            state: Text in 2,
            attempts: Int in 2,
            error: Text in 2,
            claimed_by: Text in 2,
            lease_until: Time in 2,
            next_attempt_at: Time in 2,
            received_at: Time in 2,
            processed_at: Time in 2,
        }
    } };
}

macro_rules! sync_state {
    ($($to:tt)*) => { $crate::store::engine::tables::hand_on! { ($($to)*) "sync_state"
        key { repo_id: Id in 2, resource: Text in 2 }
        both {}
        read {}
        written {}
        other {
            etag: Text in 2,
            cursor: Text in 2,
            updated_at: Time in 2,
            claimed_by: Text in 18,
            lease_until: Time in 18,
        }
    } };
}

pub(in crate::store) use {
    checks, hand_on, insight_requests, insights, pipeline_runs, pull_requests, repositories, reviews,
};

/// A table as a database should have it.
pub(in crate::store) struct TableSpec {
    pub(in crate::store) name: &'static str,
    /// What a database without it loses; empty where there is none without it.
    pub(in crate::store) loss: &'static str,
    /// The columns without which nothing works.
    pub(in crate::store) keys: &'static [Column],
    /// All columns, and the migrations that make them.
    pub(in crate::store) columns: &'static [(Column, i64)],
    /// Columns, and what a database without them loses.
    pub(in crate::store) losses: &'static [(&'static str, &'static str)],
}

pub(in crate::store) const TABLES: [TableSpec; 9] = [
    repositories!(spec),
    pull_requests!(spec),
    pipeline_runs!(spec),
    insights!(spec),
    checks!(spec),
    reviews!(spec),
    webhook_deliveries!(spec),
    insight_requests!(spec),
    sync_state!(spec),
];

impl TableSpec {
    /// The migration that makes the table.
    pub(in crate::store) fn version(&self) -> Option<i64> {
        self.columns.iter().map(|(_, version)| *version).min()
    }

    /// The names of the columns that a migration makes.
    pub(in crate::store) fn made_by(&self, version: i64) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter(move |(_, made)| *made == version).map(|(column, _)| column.name)
    }
}

/// The migration that makes a column.
pub(in crate::store) fn version_of(table: &str, column: &str) -> Option<i64> {
    let table = TABLES.iter().find(|known| known.name == table)?;
    table.columns.iter().find(|(known, _)| known.name == column).map(|(_, version)| *version)
}

/// The tables of v2.0, without which there is nothing to show.
pub(in crate::store) fn seed_tables() -> impl Iterator<Item = &'static TableSpec> {
    TABLES.iter().filter(|table| table.version() == Some(SEED))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use sqlx::Row as _;

    use super::*;
    use crate::store::engine::sqlite::File;

    /// A test of the migrations compares a server's tables with these.
    #[tokio::test]
    async fn the_embedded_database_has_these_tables_and_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::new(folder.path().join("flow.db"));
        let mut conn = file.open().await.expect("made");
        let made = sqlx::query(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
        );
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in made.fetch_all(conn.conn().expect("the same file")).await.expect("columns") {
            found.entry(row.get(0)).or_default().insert(row.get(1));
        }
        for table in &TABLES {
            let declared: BTreeSet<String> =
                table.columns.iter().map(|(column, _)| column.name.to_owned()).collect();
            assert_eq!(declared.len(), table.columns.len(), "{}: a column twice", table.name);
            assert_eq!(found.remove(table.name).as_ref(), Some(&declared), "{}", table.name);
        }
        assert!(found.is_empty(), "{found:?}");
    }
}
