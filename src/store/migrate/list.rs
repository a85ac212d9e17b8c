//! The migrations of this version, in order.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Where the database remembers which migrations it has had.
pub(super) const TABLE: &str = "flowlens_migrations";

/// The migration that makes the v2.0 tables.
pub(super) const SEED: i64 = 1;
/// The migration that adds the columns and tables of v2.1.
pub(super) const ADDITIONS: i64 = 2;

/// One migration.
pub(super) struct Entry {
    pub(super) version: i64,
    /// What it makes; an index migration is named after its one index.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! entries {
    ($(($version:expr, $name:expr, $file:expr),)*) => {
        &[$(Entry {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../../assets/migrations/", $file)),
        }),*]
    };
}

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = entries![
    (1, "the v2.0 tables", "0001_seed_v2_0.sql"),
    (2, "the v2.1 columns and tables", "0002_v2_1.sql"),
    (3, "flowlens_pull_requests_updated", "0003_flowlens_pull_requests_updated.sql"),
    (4, "flowlens_pull_requests_open_updated", "0004_flowlens_pull_requests_open_updated.sql"),
    (5, "flowlens_pull_requests_closed", "0005_flowlens_pull_requests_closed.sql"),
    (6, "flowlens_pull_requests_open_number", "0006_flowlens_pull_requests_open_number.sql"),
    (7, "flowlens_pull_requests_commit", "0007_flowlens_pull_requests_commit.sql"),
    (8, "flowlens_pipeline_runs_updated", "0008_flowlens_pipeline_runs_updated.sql"),
    (9, "flowlens_insights_created", "0009_flowlens_insights_created.sql"),
    (10, "flowlens_insights_newest", "0010_flowlens_insights_newest.sql"),
    (11, "flowlens_insight_requests_queued", "0011_flowlens_insight_requests_queued.sql"),
    (12, "flowlens_insight_requests_running", "0012_flowlens_insight_requests_running.sql"),
    (13, "flowlens_insight_requests_waiting", "0013_flowlens_insight_requests_waiting.sql"),
    (14, "flowlens_insight_requests_updated", "0014_flowlens_insight_requests_updated.sql"),
    (15, "flowlens_webhook_deliveries_pending", "0015_flowlens_webhook_deliveries_pending.sql"),
    (16, "flowlens_webhook_deliveries_settled", "0016_flowlens_webhook_deliveries_settled.sql"),
    (17, "flowlens_insight_requests_pull", "0017_flowlens_insight_requests_pull.sql"),
];

impl Entry {
    /// True for the migrations that build one index, outside a transaction.
    pub(super) fn is_index(&self) -> bool {
        self.sql.starts_with("-- no-transaction")
    }
}

/// The driver's own bookkeeping over [`ENTRIES`]. Its advisory lock is off: `YugabyteDB` up to 2024.2
/// has none, so [`Lease`](super::lock::Lease) stands in.
pub(super) fn migrator() -> Migrator {
    // Made by hand, for the `migrate!` macro would build every driver of the crate for the host too.
    let migrations = ENTRIES.iter().map(|entry| {
        Migration::new(
            entry.version,
            Cow::Borrowed(entry.name),
            MigrationType::Simple,
            entry.sql.into_sql_str(),
            entry.is_index(),
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_up_from_one() {
        let versions: Vec<i64> = ENTRIES.iter().map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=17).collect::<Vec<_>>());
    }

    #[test]
    fn an_index_migration_is_one_concurrent_statement_for_the_index_it_is_named_after() {
        for entry in ENTRIES.iter().filter(|entry| entry.version > ADDITIONS) {
            assert!(entry.is_index(), "{}", entry.name);
            assert_eq!(entry.sql.matches(';').count(), 1, "{}", entry.name);
            let head = format!("INDEX CONCURRENTLY IF NOT EXISTS {}\n", entry.name);
            assert_eq!(entry.sql.matches(&head).count(), 1, "{}", entry.name);
        }
    }

    #[test]
    fn predicates_are_letter_by_letter_what_queries_use() {
        let open = "WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged')";
        let count = |text: &str| ENTRIES.iter().filter(|entry| entry.sql.contains(text)).count();
        assert_eq!(count(open), 2);
        assert_eq!(count("((pr_number % 8), "), 6);
    }
}
