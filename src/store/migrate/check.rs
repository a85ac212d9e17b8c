//! Looking without touching: the work that is left to a migration, and whether tables are fit to be built upon.

use sqlx::{Row as _, postgres::PgConnection};

use crate::{
    domain::source::Cause,
    store::engine::{
        discovery::{self, Schema},
        error::StoreError,
        migrations::{Migration, MigrationKind, POSTGRES, SEED},
        tables::{TABLES, TableSpec, seed_tables},
    },
};

/// The findings of `flowlens db check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaReport {
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
    /// Indexes that are left away, for their tables are partitioned; nothing needs them, but polling costs more.
    pub left_indexes: Vec<String>,
    /// Views in the place of tables: no migration can change them.
    pub views: Vec<String>,
    /// Migrations that only a newer version of this program knows.
    pub newer: Vec<i64>,
}

impl SchemaReport {
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
/// Whatever kept it from reading; an incomplete schema is a [`SchemaReport`], not an error.
pub async fn check(conn: &mut PgConnection) -> Result<SchemaReport, StoreError> {
    let schema = discovery::read(conn).await?;
    // A login that may not read the record still sees what is there.
    let applied = match recorded_versions(conn).await? {
        Some(versions) => versions,
        None => POSTGRES.iter().filter(|made| is_whole(made, &schema)).map(|made| made.version).collect(),
    };
    let mut report = SchemaReport {
        newer: applied.iter().copied().filter(|version| !is_known(*version)).collect(),
        invalid_indexes: invalid_indexes(&schema),
        views: views(&schema).map(str::to_owned).collect(),
        ..SchemaReport::default()
    };
    for migration in POSTGRES {
        if is_partitioned(migration, &schema) && !has_index(&schema, migration.name) {
            report.left_indexes.push(migration.name.to_owned());
            continue;
        }
        if !applied.contains(&migration.version) {
            report.pending.push(migration.name.to_owned());
            continue;
        }
        match migration.kind {
            MigrationKind::Seed => report.missing_columns.extend(missing_tables(&schema, migration.version)),
            MigrationKind::Additive => {
                report.missing_columns.extend(missing_tables(&schema, migration.version));
                report.missing_columns.extend(missing_columns(&schema, migration.version));
            }
            MigrationKind::Index if has_index(&schema, migration.name) => {}
            MigrationKind::Index => report.missing_indexes.push(migration.name.to_owned()),
        }
    }
    report.absent_seed_columns = missing_columns(&schema, SEED).collect();
    Ok(report)
}

/// Whether all that is there under our names can be changed.
///
/// # Errors
/// The names of those that are views.
pub(super) fn all_are_tables(schema: &Schema) -> Result<(), StoreError> {
    let views: Vec<&str> = views(schema).collect();
    if views.is_empty() {
        return Ok(());
    }
    let message = format!(
        "a view or a foreign table cannot be migrated: {}; nothing was changed. Have the search_path lead to the tables \
         themselves, and give the view their new columns",
        views.join(", ")
    );
    Err(StoreError::new(Cause::Schema, message))
}

fn views(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.tables.iter().filter(|(_, table)| table.view).map(|(name, _)| name.as_str())
}

pub(super) fn is_partitioned(migration: &Migration, schema: &Schema) -> bool {
    let table = migration.table().and_then(|table| schema.table(table));
    table.is_some_and(|table| table.partitioned)
}

/// True when the tables, columns or index of a recorded migration are still there.
pub(super) fn is_whole(migration: &Migration, schema: &Schema) -> bool {
    match migration.kind {
        MigrationKind::Seed => seed_tables().all(|table| schema.table(table.name).is_some()),
        MigrationKind::Additive => {
            let whole = |table: &TableSpec| {
                table.made_by(migration.version).all(|column| schema.column(table.name, column).is_some())
            };
            TABLES.iter().all(whole)
        }
        MigrationKind::Index => schema.has_index(migration.name),
    }
}

fn is_known(version: i64) -> bool {
    POSTGRES.iter().any(|migration| migration.version == version)
}

/// Whether there is such an index, valid or not.
fn has_index(schema: &Schema, name: &str) -> bool {
    schema.tables.values().any(|table| table.indexes.contains_key(name))
}

fn invalid_indexes(schema: &Schema) -> Vec<String> {
    let indexes = schema.tables.values().flat_map(|table| &table.indexes);
    indexes.filter(|(_, valid)| !**valid).map(|(name, _)| name.clone()).collect()
}

/// The tables that a migration makes and that are not there.
fn missing_tables(schema: &Schema, version: i64) -> impl Iterator<Item = String> {
    let made = TABLES.iter().filter(move |table| table.version() == Some(version));
    let gone = made.filter(|table| schema.table(table.name).is_none());
    gone.map(|table| format!("{} (the whole table)", table.name))
}

/// The columns that a migration makes and that tables which are there do not have.
fn missing_columns(schema: &Schema, version: i64) -> impl Iterator<Item = String> {
    let there = TABLES.iter().filter(|table| schema.table(table.name).is_some());
    there.flat_map(move |table| {
        let absent = move |column: &&str| schema.column(table.name, column).is_none();
        table.made_by(version).filter(absent).map(|column| format!("{}.{column}", table.name))
    })
}

/// The versions that are recorded; none where nothing was ever migrated, `None` where this login may not look.
async fn recorded_versions(conn: &mut PgConnection) -> Result<Option<Vec<i64>>, StoreError> {
    // Not prepared: a pooler may lend another session by the time it is run.
    let versions = sqlx::raw_sql("SELECT version FROM flowlens_migrations ORDER BY version");
    match versions.fetch_all(conn).await.map_err(StoreError::from) {
        Err(error) if error.code() == Some("42P01") => Ok(Some(Vec::new())),
        Err(error) if error.code() == Some("42501") => Ok(None),
        Err(error) => Err(error),
        Ok(rows) => Ok(Some(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)),
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
    for spec in seed_tables().filter(|spec| schema.table(spec.name).is_some()) {
        for key in spec.keys {
            match schema.column(spec.name, key.name) {
                None => problems.push(format!("{}.{} is missing", spec.name, key.name)),
                Some(column) if !key.fits.contains(&column.kind.as_str()) => problems
                    .push(format!("{}.{} is {}, not {}", spec.name, key.name, column.kind, key.fits[0])),
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
