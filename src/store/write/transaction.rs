//! A connection and a transaction of either engine, as far as writing whole rows needs them.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, Postgres, Sqlite, SqliteConnection, postgres::PgArguments,
    query::Query, sqlite::SqliteArguments,
};
use uuid::Uuid;

use super::{
    super::{
        connect::within,
        database::Database,
        decode::{Cells, Columns},
        error::StoreError,
        read::ANSWER,
        sqlite::{File, Micros},
    },
    table::Later,
};
use crate::domain::ids::RepoId;

/// A value to be written. What the engines cannot hold, or not alike, was replaced when it was made.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Id(Uuid),
    Text(Option<String>),
    Int(Option<i32>),
    Big(Option<i64>),
    Flag(Option<bool>),
    Time(Option<DateTime<Utc>>),
    Json(Option<Value>),
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Some(without_nul(text)))
    }

    pub(super) fn maybe(text: Option<&str>) -> Self {
        Self::Text(text.map(without_nul))
    }

    /// In microseconds, as the engines keep it.
    pub(super) fn time(time: Option<DateTime<Utc>>) -> Self {
        Self::Time(time.map(|time| time.trunc_subsecs(6)))
    }

    pub(super) fn json(value: Option<Value>) -> Self {
        Self::Json(value.map(json_without_nul))
    }
}

/// PostgreSQL holds no NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn json_without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_nul(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(json_without_nul).collect()),
        Value::Object(map) => {
            let clean = |(key, value): (String, Value)| (without_nul(&key), json_without_nul(value));
            Value::Object(map.into_iter().map(clean).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// What a row of a statement holds.
pub(super) trait Decoded: Sized {
    fn decode(cells: &mut impl Cells) -> Result<Self, sqlx::Error>;
}

/// A connection that writes.
pub(super) enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection, File),
}

impl Connection {
    pub(super) async fn open(database: &mut Database) -> Result<Self, StoreError> {
        match database {
            Database::Postgres(connector) => Ok(Self::Postgres(connector.connect().await?.conn)),
            Database::Sqlite(file) => Ok(Self::Sqlite(file.open().await?, file.clone())),
        }
    }

    /// The write lock is taken at once where there is one: a transaction that began by reading could not have it.
    pub(super) async fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Postgres(conn) => {
                let begin = conn.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED");
                Ok(Transaction::Postgres(within(ANSWER, "BEGIN", begin).await?))
            }
            Self::Sqlite(conn, _) => {
                let begin = conn.begin_with("BEGIN IMMEDIATE");
                Ok(Transaction::Sqlite(within(ANSWER, "BEGIN", begin).await?))
            }
        }
    }

    /// The same failure, and which file it is about.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        match self {
            Self::Postgres(_) => error,
            Self::Sqlite(_, file) => file.explain(error),
        }
    }
}

/// A transaction; rolled back when it is dropped.
pub(super) enum Transaction<'c> {
    Postgres(sqlx::Transaction<'c, Postgres>),
    Sqlite(sqlx::Transaction<'c, Sqlite>),
}

impl Transaction<'_> {
    /// Holds back other writers of this repository's rows; the embedded database has only one writer.
    pub(super) async fn lock(&mut self, repo: RepoId) -> Result<(), StoreError> {
        if let Self::Postgres(_) = self {
            let query = "SELECT github_id FROM repositories WHERE id = $1 FOR NO KEY UPDATE";
            let _: Vec<Locked> = self.read(query, vec![repo.into()]).await?;
        }
        Ok(())
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(super) fn later(&self) -> Later {
        match self {
            Self::Postgres(_) => Later {
                now: "clock_timestamp()",
                then: "GREATEST(t.updated_at + interval '1 microsecond', clock_timestamp())",
            },
            Self::Sqlite(_) => Later {
                now: "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
                then: "MAX(t.updated_at + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER))",
            },
        }
    }

    /// All rows of a statement.
    pub(super) async fn read<T: Decoded>(
        &mut self,
        sql: &str,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(transaction) => {
                let query = cells.into_iter().fold(sqlx::query(sql), bind_postgres);
                let rows = within(ANSWER, "stored rows", query.fetch_all(&mut **transaction)).await?;
                Ok(rows.iter().map(|row| T::decode(&mut Columns::of(row))).collect::<Result<_, _>>()?)
            }
            Self::Sqlite(transaction) => {
                let query = cells.into_iter().fold(sqlx::query(sql), bind_sqlite);
                let rows = within(ANSWER, "stored rows", query.fetch_all(&mut **transaction)).await?;
                Ok(rows.iter().map(|row| T::decode(&mut Columns::of(row))).collect::<Result<_, _>>()?)
            }
        }
    }

    /// Runs a statement; returns how many rows it touched.
    pub(super) async fn execute(&mut self, sql: &str, cells: Vec<Cell>) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(transaction) => {
                let query = cells.into_iter().fold(sqlx::query(sql), bind_postgres);
                let done = within(ANSWER, "a write", query.execute(&mut **transaction)).await?;
                Ok(done.rows_affected())
            }
            Self::Sqlite(transaction) => {
                let query = cells.into_iter().fold(sqlx::query(sql), bind_sqlite);
                let done = within(ANSWER, "a write", query.execute(&mut **transaction)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Commits; a transaction that wrote nothing is rolled back, so that nobody has to look.
    pub(super) async fn end(self, wrote: bool) -> Result<(), StoreError> {
        match self {
            Self::Postgres(transaction) if wrote => within(ANSWER, "COMMIT", transaction.commit()).await,
            Self::Postgres(transaction) => within(ANSWER, "ROLLBACK", transaction.rollback()).await,
            Self::Sqlite(transaction) if wrote => within(ANSWER, "COMMIT", transaction.commit()).await,
            Self::Sqlite(transaction) => within(ANSWER, "ROLLBACK", transaction.rollback()).await,
        }
    }
}

/// A row that was locked, whatever is in it.
struct Locked;

impl Decoded for Locked {
    fn decode(_: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self)
    }
}

type PgQuery<'q> = Query<'q, Postgres, PgArguments>;
type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind_postgres(query: PgQuery<'_>, cell: Cell) -> PgQuery<'_> {
    match cell {
        Cell::Id(id) => query.bind(id),
        Cell::Text(text) => query.bind(text),
        Cell::Int(n) => query.bind(n),
        Cell::Big(n) => query.bind(n),
        Cell::Flag(flag) => query.bind(flag),
        Cell::Time(time) => query.bind(time),
        Cell::Json(value) => query.bind(value),
    }
}

fn bind_sqlite(query: SqliteQuery<'_>, cell: Cell) -> SqliteQuery<'_> {
    match cell {
        Cell::Id(id) => query.bind(id),
        Cell::Text(text) => query.bind(text),
        Cell::Int(n) => query.bind(n),
        Cell::Big(n) => query.bind(n),
        Cell::Flag(flag) => query.bind(flag),
        Cell::Time(time) => query.bind(time.map(Micros::from)),
        Cell::Json(value) => query.bind(value),
    }
}
