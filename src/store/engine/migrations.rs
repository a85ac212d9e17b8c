//! The migrations of both engines, oldest first. Some database has had each of them: their texts may not change.
//!
//! A new migration is a file, a line here and, for new columns, their lines in `tables`.

pub(in crate::store) use super::tables::SEED;
use super::tables::{TABLES, TableSpec};

/// A migration of a server's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// They count up from 1.
    pub version: i64,
    /// How it is run.
    pub kind: MigrationKind,
    /// For people; an index migration is named after its index.
    pub name: &'static str,
    /// What is run.
    pub sql: &'static str,
}

impl Migration {
    /// The table that an index migration is about: its name is in the index's.
    pub(in crate::store) fn table(&self) -> Option<&'static str> {
        let of = |table: &&TableSpec| {
            let rest = self.name.strip_prefix("flowlens_").and_then(|name| name.strip_prefix(table.name));
            self.kind == MigrationKind::Index && rest.is_some_and(|rest| rest.starts_with('_'))
        };
        TABLES.iter().find(of).map(|table| table.name)
    }
}

/// How a migration is run, and how it is told whether its work is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationKind {
    /// The v2.0 tables, which other services share: recorded, not run, where they exist.
    Seed,
    /// New columns and tables, each `IF NOT EXISTS`: YugabyteDB may keep half of a migration that failed.
    Additive,
    /// One index, built concurrently, outside a transaction.
    Index,
}

macro_rules! migrations {
    ($($version:literal $kind:ident $name:literal $file:literal,)*) => {
        &[$(Migration {
            version: $version,
            kind: MigrationKind::$kind,
            name: $name,
            sql: include_str!(concat!("../../../assets/migrations/", $file)),
        }),*]
    };
}

/// PostgreSQL's and YugabyteDB's.
#[rustfmt::skip]
pub const POSTGRES: &[Migration] = migrations![
    1 Seed "the v2.0 tables" "0001_seed_v2_0.sql",
    2 Additive "the v2.1 columns and tables" "0002_v2_1.sql",
    3 Index "flowlens_pull_requests_updated" "0003_flowlens_pull_requests_updated.sql",
    4 Index "flowlens_pull_requests_open_updated" "0004_flowlens_pull_requests_open_updated.sql",
    5 Index "flowlens_pull_requests_closed" "0005_flowlens_pull_requests_closed.sql",
    6 Index "flowlens_pull_requests_open_number" "0006_flowlens_pull_requests_open_number.sql",
    7 Index "flowlens_pull_requests_commit" "0007_flowlens_pull_requests_commit.sql",
    8 Index "flowlens_pipeline_runs_updated" "0008_flowlens_pipeline_runs_updated.sql",
    9 Index "flowlens_insights_created" "0009_flowlens_insights_created.sql",
    10 Index "flowlens_insights_newest" "0010_flowlens_insights_newest.sql",
    11 Index "flowlens_insight_requests_queued" "0011_flowlens_insight_requests_queued.sql",
    12 Index "flowlens_insight_requests_running" "0012_flowlens_insight_requests_running.sql",
    13 Index "flowlens_insight_requests_waiting" "0013_flowlens_insight_requests_waiting.sql",
    14 Index "flowlens_insight_requests_updated" "0014_flowlens_insight_requests_updated.sql",
    15 Index "flowlens_webhook_deliveries_pending" "0015_flowlens_webhook_deliveries_pending.sql",
    16 Index "flowlens_webhook_deliveries_settled" "0016_flowlens_webhook_deliveries_settled.sql",
    17 Index "flowlens_insight_requests_pull" "0017_flowlens_insight_requests_pull.sql",
    18 Additive "columns for sync" "0018_sync.sql",
    19 Additive "when checks were made" "0019_checks.sql",
    20 Additive "when repositories went" "0020_repositories.sql",
];

/// The embedded database's: what makes each version of its schema from the one before it, in one transaction.
pub const SQLITE: &[&str] = &[
    include_str!("../../../assets/migrations/sqlite/0001.sql"),
    include_str!("../../../assets/migrations/sqlite/0002.sql"),
    include_str!("../../../assets/migrations/sqlite/0003.sql"),
    include_str!("../../../assets/migrations/sqlite/0004.sql"),
    include_str!("../../../assets/migrations/sqlite/0005.sql"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: MigrationKind) -> impl Iterator<Item = &'static Migration> {
        POSTGRES.iter().filter(move |migration| migration.kind == kind)
    }

    #[test]
    fn versions_count_up_from_the_seed() {
        for (expected, migration) in (SEED..).zip(POSTGRES) {
            assert_eq!(migration.version, expected, "{}", migration.name);
        }
        assert_eq!(of(MigrationKind::Seed).map(|seed| seed.version).collect::<Vec<_>>(), [SEED]);
    }

    #[test]
    fn an_index_migration_is_one_concurrent_statement_for_the_index_it_is_named_after() {
        for index in of(MigrationKind::Index) {
            assert!(index.sql.starts_with("-- no-transaction"), "{}", index.name);
            assert_eq!(index.sql.matches(';').count(), 1, "{}", index.name);
            let table = index.table().expect("a table of ours");
            assert!(index.sql.contains(&format!("ON {table} ")), "{}", index.name);
            let head = format!("INDEX CONCURRENTLY IF NOT EXISTS {}\n", index.name);
            assert_eq!(index.sql.matches(&head).count(), 1, "{}", index.name);
        }
    }

    #[test]
    fn an_additive_migration_may_run_twice_and_its_columns_are_declared() {
        for additive in of(MigrationKind::Additive) {
            let count = |text: &str| additive.sql.matches(text).count();
            assert_eq!(count("ADD COLUMN "), count("ADD COLUMN IF NOT EXISTS "), "{}", additive.name);
            assert_eq!(count("CREATE TABLE "), count("CREATE TABLE IF NOT EXISTS "), "{}", additive.name);
            let words: Vec<&str> = additive.sql.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for table in &TABLES {
                for column in table.made_by(additive.version) {
                    assert!(words.contains(&column), "{}: {}.{column}", additive.name, table.name);
                }
            }
        }
        let kept = |version: &i64| POSTGRES.iter().any(|migration| migration.version == *version);
        for (column, version) in TABLES.iter().flat_map(|table| table.columns) {
            assert!(kept(version), "{} is made by migration {version}", column.name);
        }
    }

    #[test]
    fn predicates_are_letter_by_letter_what_queries_use() {
        let open = "WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged')";
        let count = |text: &str| POSTGRES.iter().filter(|migration| migration.sql.contains(text)).count();
        assert_eq!(count(open), 2);
        assert_eq!(count("((pr_number % 8), "), 6);
    }
}
