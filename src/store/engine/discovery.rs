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
use super::tables::TableSpec;
use super::{
    error::StoreError,
    options::exposed,
    rights::quoted,
    tables::{TABLES, seed_tables},
};
use crate::domain::{
    request::Ability,
    source::{Cause, Engine, Source},
};

/// The tables, columns and indexes of this database, and the rights of this login.
#[derive(Clone, Debug)]
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
    read_only: bool,
    standby: bool,
    /// Which server process answers, and which of its databases: another one may be behind.
    pub(in crate::store) incarnation: String,
    pub(in crate::store) tables: BTreeMap<String, FoundTable>,
    /// Schemas beside the `search_path` that have a table `pull_requests`, if the path leads to none.
    elsewhere: Vec<String>,
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
    insert: bool,
    update: bool,
    pub(in crate::store) columns: BTreeMap<String, FoundColumn>,
    /// Our indexes by name; false means that a build failed half-way.
    pub(in crate::store) indexes: BTreeMap<String, bool>,
}

/// A column that exists.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::store) struct FoundColumn {
    /// Its type, as `format_type` words it.
    pub(in crate::store) kind: String,
    pub(in crate::store) readable: bool,
}

/// The answer to `discovery.sql`.
#[derive(Deserialize)]
struct Answer {
    version: String,
    database: String,
    login: String,
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
        let answer: Answer = serde_json::from_str(answer)
            .map_err(|error| StoreError::new(Cause::Schema, format!("unexpected catalogue: {error}")))?;
        let (engine, version) = parse_version(&answer.version);
        Ok(Self {
            engine,
            version,
            database: answer.database,
            server_clock: answer.clock,
            encrypted: answer.encrypted,
            login: answer.login,
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
                insert: true,
                update: true,
                columns,
                indexes: BTreeMap::new(),
            };
            (!table.columns.is_empty()).then(|| (spec.name.to_owned(), table))
        };
        let empty = r#"{"version": "PostgreSQL 15.18", "database": "d", "login": "ana", "tables": {}, "elsewhere": [],
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
        match self.column("pull_requests", "state").filter(|column| column.readable) {
            Some(column) if matches!(column.kind.as_str(), "text" | "character varying") => open("state"),
            Some(_) => open("state::text"),
            None => "true".to_owned(),
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

    /// How this login gets a new insight. To queue a request it must see what becomes of it, too.
    #[must_use]
    pub fn ability(&self) -> Ability {
        let seen = TABLES
            .iter()
            .filter(|table| table.name == "insight_requests")
            .all(|table| table.columns.iter().all(|(column, _)| self.has(table.name, column.name)));
        if seen && self.can_insert("insight_requests") {
            Ability::Queue
        } else if self.can_insert("insights") {
            Ability::Insert
        } else {
            Ability::ReadOnly
        }
    }

    /// Whether this login may claim requests and store the insights: what a worker does.
    #[must_use]
    pub fn can_work(&self) -> bool {
        self.ability() == Ability::Queue && self.can_update("insight_requests") && self.can_insert("insights")
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

    /// Whether the board can be read here.
    ///
    /// # Errors
    /// [`Cause::Schema`] when a v2.0 table or one of its key columns is absent, [`Cause::Privilege`] when
    /// this login may not read it.
    pub fn suffices(&self) -> Result<(), StoreError> {
        let absent: Vec<&str> =
            seed_tables().map(|table| table.name).filter(|name| self.table(name).is_none()).collect();
        if !absent.is_empty() {
            let found = match self.elsewhere.first() {
                Some(schema) => format!(
                    "there is {schema}.pull_requests: have the search_path lead to it, and GRANT USAGE ON SCHEMA {} TO {}",
                    quoted(schema),
                    quoted(&self.login)
                ),
                None => {
                    "flowlens db migrate makes what is missing; is it the right database and search_path?"
                        .to_owned()
                }
            };
            let message = format!("database {} has no table {} ({found})", self.database, absent.join(", "));
            return Err(StoreError::new(Cause::Schema, message));
        }
        for table in seed_tables() {
            for key in table.keys {
                let name = format!("{}.{}", table.name, key.name);
                match self.column(table.name, key.name) {
                    None => {
                        let message = format!("there is no column {name}: this is not FlowLens's table");
                        return Err(StoreError::new(Cause::Schema, message));
                    }
                    Some(column) if !column.readable => {
                        let message = format!(
                            "the login {} may not read {name} ({})",
                            self.login,
                            self.grant("SELECT", table.name)
                        );
                        return Err(StoreError::new(Cause::Privilege, message));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
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
    use crate::store::engine::migrations::SEED;

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
    fn a_required_table_or_key_column_that_is_not_there_is_named() {
        let mut schema = Schema::made_by(SEED..=SEED);
        assert!(schema.suffices().is_ok());
        schema.tables.remove("repositories");
        let error = schema.suffices().expect_err("no repositories");
        assert!(error.message.contains("no table repositories ("), "{error}");

        let mut schema = Schema::made_by(SEED..=SEED);
        let insights = schema.tables.get_mut("insights").expect("it is of v2.0");
        insights.columns.get_mut("pr_number").expect("a key").readable = false;
        let error = schema.suffices().expect_err("not readable");
        assert_eq!(error.cause, Cause::Privilege);
        assert!(error.message.contains("ana may not read insights.pr_number"), "{error}");
        assert!(error.message.contains("GRANT SELECT ON public.insights TO \"ana\""), "{error}");

        schema.tables.get_mut("insights").expect("it is of v2.0").columns.remove("pr_number");
        let error = schema.suffices().expect_err("not there");
        assert_eq!(error.cause, Cause::Schema);
        assert!(error.message.contains("no column insights.pr_number"), "{error}");
    }

    #[test]
    fn the_ability_follows_from_tables_columns_and_rights() {
        let with = |change: &dyn Fn(&mut Schema)| {
            let mut schema = Schema::made_by(SEED..=i64::MAX);
            change(&mut schema);
            (schema.ability(), schema.can_work())
        };
        let table = |schema: &mut Schema, name: &str, change: &dyn Fn(&mut FoundTable)| {
            change(schema.tables.get_mut(name).expect("a table"));
        };
        let requests = |change: &dyn Fn(&mut FoundTable)| with(&|s| table(s, "insight_requests", change));
        let insights = |change: &dyn Fn(&mut FoundTable)| with(&|s| table(s, "insights", change));

        assert_eq!(with(&|_| {}), (Ability::Queue, true));
        assert_eq!(requests(&|t| t.update = false), (Ability::Queue, false), "a worker elsewhere does it");
        assert_eq!(insights(&|t| t.insert = false), (Ability::Queue, false), "the same");
        assert_eq!(requests(&|t| t.insert = false), (Ability::Insert, false));
        assert_eq!(
            requests(&|t| drop(t.columns.remove("error"))),
            (Ability::Insert, false),
            "another's table"
        );
        assert_eq!(with(&|s| drop(s.tables.remove("insight_requests"))), (Ability::Insert, false));
        assert_eq!(
            with(&|s| s.tables.values_mut().for_each(|t| t.insert = false)),
            (Ability::ReadOnly, false)
        );
        assert_eq!(with(&|s| s.read_only = true), (Ability::ReadOnly, false), "a standby, say");
    }

    #[test]
    fn the_query_asks_after_every_table_of_ours() {
        for table in &TABLES {
            assert!(DISCOVERY.contains(&format!("'{}'", table.name)), "{}", table.name);
        }
    }
}
