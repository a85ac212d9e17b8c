//! Looking without touching: what a migration would do, and whether tables are fit to be built upon.

use sqlx::postgres::PgConnection;

use super::list::ENTRIES;
use crate::{
    domain::source::Cause,
    store::engine::{
        discovery::{self, Schema},
        error::StoreError,
        tables::{REQUIRED, TABLES},
    },
};

/// What `flowlens db check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Migrations that were not run yet, by name.
    pub pending: Vec<String>,
    /// Indexes of ours whose building failed: queries pass them over.
    pub invalid_indexes: Vec<String>,
    /// Indexes that were built once and are gone.
    pub missing_indexes: Vec<String>,
    /// Columns of v2.1 that were made once and are gone, as `table.column`.
    pub missing_columns: Vec<String>,
    /// Columns of v2.0 that this database was made without; nothing needs them, nothing adds them.
    pub absent_seed_columns: Vec<String>,
    /// Migrations that only a newer version of this program knows.
    pub newer: Vec<i64>,
}

impl Report {
    /// True when `flowlens db migrate` would find nothing to do.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.pending.is_empty()
            && self.invalid_indexes.is_empty()
            && self.missing_indexes.is_empty()
            && self.missing_columns.is_empty()
            && self.newer.is_empty()
    }
}

/// Compares the database with this version's schema. Reads only.
///
/// # Errors
/// Whatever kept it from reading; an incomplete schema is a [`Report`], not an error.
pub async fn check(conn: &mut PgConnection) -> Result<Report, StoreError> {
    let schema = discovery::read(conn).await?;
    let applied = recorded_versions(conn).await?;
    let mut report = Report::default();
    for version in &applied {
        if ENTRIES.iter().all(|entry| entry.version != *version) {
            report.newer.push(*version);
        }
    }
    for entry in ENTRIES {
        if !applied.contains(&entry.version) {
            report.pending.push(entry.name.to_owned());
        } else if entry.is_index()
            && !schema.tables.values().any(|table| table.indexes.contains_key(entry.name))
        {
            report.missing_indexes.push(entry.name.to_owned());
        }
    }
    for (name, table) in &schema.tables {
        let invalid = table.indexes.iter().filter(|(_, valid)| !**valid);
        report.invalid_indexes.extend(invalid.map(|(index, _)| index.clone()));
        for spec in TABLES.iter().filter(|spec| spec.name == name) {
            let absent = |column: &&&str| !table.columns.contains_key(**column);
            let full = |column: &&str| format!("{name}.{column}");
            report.absent_seed_columns.extend(spec.seed.iter().filter(absent).map(full));
            if applied.contains(&super::ADDITIONS) {
                report.missing_columns.extend(spec.added.iter().filter(absent).map(full));
            }
        }
    }
    if applied.contains(&super::ADDITIONS) {
        let gone = TABLES.iter().filter(|spec| schema.table(spec.name).is_none());
        report.missing_columns.extend(gone.map(|spec| format!("{} (the whole table)", spec.name)));
    }
    Ok(report)
}

async fn recorded_versions(conn: &mut PgConnection) -> Result<Vec<i64>, StoreError> {
    let versions = sqlx::query_scalar("SELECT version FROM flowlens_migrations ORDER BY version");
    match versions.fetch_all(conn).await.map_err(StoreError::from) {
        // No such table: nothing was ever migrated here.
        Err(error) if error.code() == Some("42P01") => Ok(Vec::new()),
        result => result,
    }
}

/// Columns that the indexes need beside the key columns.
const INDEXED: [(&str, &str); 6] = [
    ("pull_requests", "state"),
    ("pull_requests", "commit_sha"),
    ("pull_requests", "updated_at"),
    ("pipeline_runs", "updated_at"),
    ("insights", "created_at"),
    ("insights", "commit_sha"),
];

/// Whether the v2.0 tables that exist can be built upon: key columns with fitting types, and all columns
/// that are to be indexed.
pub(super) fn seed_fits(schema: &Schema) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    for spec in TABLES[..REQUIRED].iter().filter(|spec| schema.table(spec.name).is_some()) {
        for key in spec.keys {
            match schema.column(spec.name, key.column) {
                None => problems.push(format!("{}.{} is missing", spec.name, key.column)),
                Some(column) if !key.types.contains(&column.kind.as_str()) => problems
                    .push(format!("{}.{} is {}, not {}", spec.name, key.column, column.kind, key.types[0])),
                Some(_) => {}
            }
        }
        let indexed = INDEXED.iter().filter(|(table, _)| *table == spec.name);
        let missing = indexed.filter(|(table, column)| schema.column(table, column).is_none());
        problems.extend(missing.map(|(table, column)| format!("{table}.{column} is missing")));
    }
    if problems.is_empty() {
        return Ok(());
    }
    let message = format!("these are not FlowLens's tables: {}; nothing was changed", problems.join(", "));
    Err(StoreError::new(Cause::Schema, message))
}
