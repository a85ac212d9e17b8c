//! The tables, columns, indexes and rights that a database and a login offer, found in one round trip at connect.
//!
//! Everything works on the v2.0 tables alone and with SELECT alone; queries are composed from what
//! [`Schema::has`] says, and what is absent is told in plain words ([`Schema::missing`]).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

#[cfg(test)]
use super::tables::{TABLES, TableSpec};
use super::{error::StoreError, exposure::exposed, supported::supported};
use crate::domain::source::{Cause, Engine, Source};

/// The tables, columns and indexes of this database, and the rights of this login.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Schema {
    /// The engine that answered.
    pub engine: Engine,
    /// Its version, e.g. `2025.2.1` or `15.18`.
    pub version: String,
    /// The database's name.
    pub database: String,
    /// The server's clock when it answered.
    pub server_clock: DateTime<Utc>,
    /// Whether the server says that this session is encrypted. (Behind a connection manager it speaks of
    /// the manager's own session: prefer what the client knows, [`Connected::encrypted`].)
    ///
    /// [`Connected::encrypted`]: super::connect::Connected::encrypted
    pub encrypted: bool,
    pub(in crate::store) login: String,
    pub(in crate::store) backend: Backend,
    /// Whether it can tell of the other nodes.
    pub(super) lists_nodes: bool,
    pub(super) read_only: bool,
    standby: bool,
    /// Which server process answers, and which of its databases: another one may be behind.
    pub(in crate::store) incarnation: String,
    pub(in crate::store) tables: BTreeMap<String, FoundTable>,
    /// Schemas beside the `search_path` that have a table `pull_requests`, if the path leads to none.
    pub(super) elsewhere: Vec<String>,
}

/// The server's process behind a connection.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(in crate::store) struct Backend {
    pub(super) pid: i32,
    /// When it began, as text: a process id may be given again.
    pub(super) started: Option<String>,
}

/// A table that exists.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct FoundTable {
    pub(in crate::store) schema: String,
    pub(in crate::store) owner: String,
    /// This login may change the table itself.
    pub(in crate::store) owned: bool,
    pub(in crate::store) partitioned: bool,
    /// Another's rows, under a name of ours: a view, or a foreign table.
    pub(in crate::store) view: bool,
    pub(super) insert: bool,
    pub(super) update: bool,
    pub(in crate::store) columns: BTreeMap<String, FoundColumn>,
    /// Our indexes by name; false means that a build failed half-way.
    pub(in crate::store) indexes: BTreeMap<String, bool>,
}

/// A column that exists.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::store) struct FoundColumn {
    /// Its type, as `format_type` words it, without quotes.
    pub(in crate::store) kind: String,
    pub(in crate::store) readable: bool,
}

/// The answer to `discovery.sql`.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct Catalogue {
    version: String,
    database: String,
    login: String,
    backend: Backend,
    lists_nodes: bool,
    clock: DateTime<Utc>,
    encrypted: bool,
    read_only: bool,
    standby: bool,
    incarnation: String,
    tables: BTreeMap<String, FoundTable>,
    elsewhere: Vec<String>,
}

/// The question; its answer is one row of JSON.
pub(super) const DISCOVERY: &str = include_str!("discovery.sql");

/// Asks the server what there is, and checks that it suffices.
///
/// # Errors
/// As [`Schema::suffices`], or whatever went wrong on the way.
pub async fn discover(conn: &mut PgConnection) -> Result<Schema, StoreError> {
    let schema = read(conn).await?;
    schema.suffices()?;
    Ok(schema)
}

/// Asks the server what there is, whatever that is.
pub(in crate::store) async fn read(conn: &mut PgConnection) -> Result<Schema, StoreError> {
    // The simple protocol: a prepared statement would cost a second round trip.
    let row = sqlx::raw_sql(DISCOVERY).fetch_one(conn).await?;
    Schema::from_json(row.try_get(0)?)
}

/// Neither closed nor merged, by the word in this expression.
pub(in crate::store) fn open(state: &str) -> String {
    format!("COALESCE(lower({state}),'open') NOT IN ('closed','merged')")
}

impl Schema {
    pub(super) fn from_json(answer: &str) -> Result<Self, StoreError> {
        let answer: Catalogue = serde_json::from_str(answer)
            .map_err(|error| StoreError::new(Cause::Schema, format!("unexpected catalogue: {error}")))?;
        let (engine, version) = parse_version(&answer.version);
        supported(engine, &version)?;
        Ok(Self {
            engine,
            version,
            database: answer.database,
            server_clock: answer.clock,
            encrypted: answer.encrypted,
            login: answer.login,
            backend: answer.backend,
            lists_nodes: answer.lists_nodes,
            read_only: answer.read_only,
            standby: answer.standby,
            incarnation: answer.incarnation,
            tables: answer.tables,
            elsewhere: answer.elsewhere,
        })
    }

    /// The schema that these migrations make, without indexes, where everything may be read and written.
    #[cfg(test)]
    pub(in crate::store) fn made_by(versions: std::ops::RangeInclusive<i64>) -> Self {
        let table = |spec: &TableSpec| {
            let made = spec.columns.iter().filter(|(_, version)| versions.contains(version));
            let column = |kind: &str| FoundColumn { kind: kind.to_owned(), readable: true };
            let columns: BTreeMap<_, _> =
                made.map(|(made, _)| (made.name.to_owned(), column(made.fits[0]))).collect();
            let table = FoundTable {
                schema: "public".to_owned(),
                owner: "postgres".to_owned(),
                owned: false,
                partitioned: false,
                view: false,
                insert: true,
                update: true,
                columns,
                indexes: BTreeMap::new(),
            };
            (!table.columns.is_empty()).then(|| (spec.name.to_owned(), table))
        };
        let empty = r#"{"version": "PostgreSQL 15.18", "database": "d", "login": "ana", "backend": {"pid": 1, "started": null}, "lists_nodes": false, "tables": {}, "elsewhere": [],
            "clock": "2026-01-01T00:00:00.5+00:00", "encrypted": false, "read_only": false, "standby": false,
            "incarnation": "2026-01-01 00:00:00+00 5"}"#;
        let schema = Self::from_json(empty).expect("well formed");
        Self { tables: TABLES.iter().filter_map(table).collect(), ..schema }
    }

    /// True when `table` has `column` and this login may read it.
    #[must_use]
    pub fn has(&self, table: &str, column: &str) -> bool {
        self.column(table, column).is_some_and(|column| column.readable)
    }

    /// Whether a row of `pull_requests` is open: letter by letter as in our partial indexes, but for a state that is not
    /// stored as text (an ENUM, say), which those indexes cannot serve.
    pub(in crate::store) fn is_open(&self) -> String {
        if self.has("pull_requests", "state") {
            open(&self.word("state", "pull_requests", "state"))
        } else {
            "true".to_owned()
        }
    }

    /// The table, if it exists (readable or not).
    #[must_use]
    pub fn table(&self, table: &str) -> Option<&FoundTable> {
        self.tables.get(table)
    }

    /// True when this login may insert rows into `table`, and the session is not read-only.
    #[must_use]
    pub fn can_insert(&self, table: &str) -> bool {
        !self.read_only && self.table(table).is_some_and(|table| table.insert)
    }

    /// True when this login may change rows of `table`, and the session is not read-only.
    #[must_use]
    pub fn can_update(&self, table: &str) -> bool {
        !self.read_only && self.table(table).is_some_and(|table| table.update)
    }

    /// True when the session may write nothing at all, whatever the login's rights.
    pub(in crate::store) const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// True when the node only follows another one.
    pub(in crate::store) const fn is_standby(&self) -> bool {
        self.standby
    }

    /// True when one of our indexes exists and is valid.
    #[must_use]
    pub fn has_index(&self, name: &str) -> bool {
        self.tables.values().any(|table| table.indexes.get(name) == Some(&true))
    }

    /// Where the data comes from, for the header. `node` and `encrypted` are those of
    /// [`Connected`](super::connect::Connected); `origin` says where the address came from.
    #[must_use]
    pub fn source(&self, node: &str, encrypted: Option<bool>, origin: Option<String>) -> Source {
        Source {
            engine: self.engine,
            version: self.version.clone(),
            database: self.database.clone(),
            node: node.to_owned(),
            origin,
            exposed: exposed(node, encrypted.unwrap_or(self.encrypted)),
            missing: self.missing(),
            no_checks: self.no_checks(),
        }
    }

    pub(in crate::store) fn column(&self, table: &str, column: &str) -> Option<&FoundColumn> {
        self.table(table)?.columns.get(column)
    }
}

/// `version()` → engine and short version.
fn parse_version(text: &str) -> (Engine, String) {
    if let Some((_, build)) = text.split_once("-YB-") {
        let version = build.split(['-', ' ']).next().unwrap_or_default();
        let parts: Vec<&str> = version.split('.').take(3).collect();
        return (Engine::YugabyteDb, parts.join("."));
    }
    (Engine::PostgreSql, text.split_whitespace().nth(1).unwrap_or("?").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_short_and_name_their_engine() {
        let table = [
            (
                "PostgreSQL 15.12-YB-2025.2.1.0-b141 on x86_64-pc-linux-gnu, compiled by clang",
                Engine::YugabyteDb,
                "2025.2.1",
            ),
            ("PostgreSQL 11.2-YB-2024.2.3.0-b0 on aarch64", Engine::YugabyteDb, "2024.2.3"),
            ("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64", Engine::PostgreSql, "15.18"),
            ("PostgreSQL 18devel on x86_64", Engine::PostgreSql, "18devel"),
            ("", Engine::PostgreSql, "?"),
        ];
        for (text, engine, version) in table {
            assert_eq!(parse_version(text), (engine, version.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_query_asks_after_every_table_of_ours() {
        for table in &TABLES {
            assert!(DISCOVERY.contains(&format!("'{}'", table.name)), "{}", table.name);
        }
    }
}
