//! Rows in the words of the schema, written into either engine.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use flowlens::store::engine::{connect::Connector, database::Database, options::Target, sqlite::File};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection, query_scalar, raw_sql};
use uuid::Uuid;

use super::{PATIENCE, awaited, pg};

/// A value of a column.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Id(u128),
    Text(&'static str),
    Int(i64),
    Flag(bool),
    Time(DateTime<Utc>),
    Json(&'static str),
    Null,
}

/// A row: columns and their values.
pub(crate) type Row<'a> = &'a [(&'a str, Cell)];

/// A database of either engine with our schema; gone with its value.
pub(crate) enum Store {
    Postgres(pg::Database),
    Sqlite(Lite),
}

/// An embedded database in a folder of its own.
pub(crate) struct Lite {
    pub(crate) folder: tempfile::TempDir,
}

impl Lite {
    pub(crate) async fn new() -> Self {
        let lite = Self { folder: tempfile::tempdir().expect("a folder") };
        lite.file().migrate().await.expect("made");
        lite
    }

    pub(crate) fn file(&self) -> File {
        File::new(self.folder.path().join("flow.db"))
    }

    /// A connection as another program would have it.
    pub(crate) async fn connect(&self) -> SqliteConnection {
        Self::at(&self.folder.path().join("flow.db")).await
    }

    /// The same to any file.
    pub(crate) async fn at(file: &std::path::Path) -> SqliteConnection {
        let mut conn = SqliteConnection::connect(&File::new(file).url()).await.expect("open");
        raw_sql("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON")
            .execute(&mut conn)
            .await
            .expect("set");
        conn
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let mut conn = self.connect().await;
        raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        conn.close().await.expect("closed");
    }
}

impl Store {
    /// One of each engine.
    pub(crate) async fn both(name: &str) -> [Self; 2] {
        [Self::Postgres(pg::migrated(name).await), Self::Sqlite(Lite::new().await)]
    }

    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Postgres(db) => Connector::new(Target::parse(&db.url(), &[]).expect("an address")).into(),
            Self::Sqlite(lite) => lite.file().into(),
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Postgres(db) => db.url(),
            Self::Sqlite(lite) => lite.file().url(),
        }
    }

    /// Stores the repository `acme/api` under the id 1.
    pub(crate) async fn acme_api(&self) {
        let repository = [
            ("id", Cell::Id(1)),
            ("github_id", Cell::Int(1)),
            ("name", Cell::Text("api")),
            ("full_name", Cell::Text("acme/api")),
            ("owner", Cell::Text("acme")),
        ];
        self.insert("repositories", &[&repository]).await;
    }

    /// How many rows of a table are so.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE {condition}"));
        let count = match self {
            Self::Postgres(db) => query_scalar(sql).fetch_one(&mut db.admin().await).await,
            Self::Sqlite(lite) => query_scalar(sql).fetch_one(&mut lite.connect().await).await,
        };
        count.expect("a count")
    }

    /// Waits until one row of a table is so.
    pub(crate) async fn until(&self, table: &str, condition: &str) {
        let is_so = async || (self.count(table, condition).await == 1).then_some(());
        assert!(awaited(PATIENCE, is_so).await.is_some(), "no {table} with {condition}");
    }

    /// Waits until nobody else is connected to the server's database: a session's counts are complete at its end.
    pub(crate) async fn until_alone(&self) {
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let is_alone = async || (self.number(others).await == 0).then_some(());
        assert!(awaited(PATIENCE, is_alone).await.is_some(), "somebody stays connected");
        // Before version 15 a collector is told, and counts by and by: what was said last comes last.
        self.execute("CREATE TABLE IF NOT EXISTS counted (n INT); INSERT INTO counted VALUES (1)").await;
        let rows = self.number("SELECT count(*) FROM counted").await;
        let told =
            "SELECT COALESCE(sum(n_tup_ins), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'counted'";
        let is_told = async || (self.number(told).await >= rows).then_some(());
        assert!(awaited(PATIENCE, is_told).await.is_some(), "the server does not count");
    }

    /// Runs statements that both engines understand, or whose values [`Store::literal`] wrote.
    pub(crate) async fn execute(&self, sql: &str) {
        match self {
            Self::Postgres(db) => db.execute(sql).await,
            Self::Sqlite(lite) => lite.execute(sql).await,
        }
    }

    /// The one number that a question answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        let number = match self {
            Self::Postgres(db) => sqlx::query_scalar(sql).fetch_one(&mut db.admin().await).await,
            Self::Sqlite(lite) => sqlx::query_scalar(sql).fetch_one(&mut lite.connect().await).await,
        };
        number.expect("a number")
    }

    pub(crate) fn literal(&self, cell: &Cell) -> String {
        let postgres = matches!(self, Self::Postgres(_));
        match cell {
            Cell::Id(n) if postgres => format!("'{}'::uuid", Uuid::from_u128(*n)),
            Cell::Id(n) => format!("x'{}'", Uuid::from_u128(*n).simple()),
            Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Cell::Int(n) => n.to_string(),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Time(at) if postgres => {
                format!("'{}'::timestamptz", at.to_rfc3339_opts(SecondsFormat::Micros, true))
            }
            Cell::Time(at) => at.timestamp_micros().to_string(),
            Cell::Json(text) if postgres => format!("'{text}'::jsonb"),
            Cell::Json(text) => format!("'{text}'"),
            Cell::Null => "NULL".to_owned(),
        }
    }

    /// Inserts rows in one transaction.
    pub(crate) async fn insert(&self, table: &str, rows: &[Row<'_>]) {
        let mut sql = String::from("BEGIN;");
        for row in rows {
            let columns: Vec<&str> = row.iter().map(|(column, _)| *column).collect();
            let values: Vec<String> = row.iter().map(|(_, cell)| self.literal(cell)).collect();
            write!(sql, "INSERT INTO {table} ({}) VALUES ({});", columns.join(", "), values.join(", "))
                .expect("a string");
        }
        sql.push_str("COMMIT;");
        self.execute(&sql).await;
    }

    /// Updates the rows of one pull request.
    pub(crate) async fn update(&self, table: &str, repo: u128, number: i64, row: Row<'_>) {
        let set: Vec<String> =
            row.iter().map(|(column, cell)| format!("{column} = {}", self.literal(cell))).collect();
        let repo = self.literal(&Cell::Id(repo));
        self.execute(&format!(
            "UPDATE {table} SET {} WHERE repo_id = {repo} AND pr_number = {number}",
            set.join(", ")
        ))
        .await;
    }
}
