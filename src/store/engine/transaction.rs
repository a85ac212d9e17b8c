//! A connection and a transaction of either engine, as far as the tasks of a session need them: to write, and to
//! read for it.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres, Sqlite, SqliteConnection};

pub(in crate::store) use super::values::Cell;
use super::{
    abandoned::Abandoned,
    cells::{Cells, Decoded, RowCells, decode_all},
    connect::{ANSWER, within},
    database::Database,
    discovery::Schema,
    error::StoreError,
    link::Link,
    sqlite::{Access, Handle},
    values::{bind_postgres, bind_sqlite, inline},
};

/// How an engine counts on a row's version.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Later {
    /// Its clock.
    pub(in crate::store) now: &'static str,
    /// Later than the version of the row `t`, and not before the clock.
    pub(in crate::store) then: &'static str,
}

impl Later {
    pub(in crate::store) const POSTGRES: Self = Self {
        now: "clock_timestamp()",
        then: "GREATEST(t.updated_at + interval '1 microsecond', clock_timestamp())",
    };
    pub(in crate::store) const SQLITE: Self = Self {
        now: "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        then: "MAX(t.updated_at + 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER))",
    };
}

/// A connection that writes. A server's keeps what was found there, once somebody asked.
pub(in crate::store) enum Connection {
    Postgres(Link, Option<Arc<Schema>>),
    Sqlite(Handle),
}

impl Connection {
    pub(in crate::store) async fn open(database: &mut Database) -> Result<Self, StoreError> {
        match database {
            Database::Postgres(connector) => {
                let connected = connector.connect().await?;
                let schema = Arc::new(connected.schema.clone());
                Ok(Self::Postgres(Link::new(connected), Some(schema)))
            }
            Database::Sqlite(file) => Ok(Self::Sqlite(file.open_to_read().await?)),
        }
    }

    /// The node that it leads to, or the file.
    pub(in crate::store) fn node(&self) -> &str {
        match self {
            Self::Postgres(link, _) => link.node(),
            Self::Sqlite(handle) => handle.file().shown(),
        }
    }

    /// The write lock is taken at once where there is one: a transaction that began by reading could not have it.
    pub(in crate::store) async fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Postgres(link, _) => {
                let is_lent = link.is_lent();
                Ok(Transaction::Postgres(link.begin().await?, is_lent))
            }
            Self::Sqlite(handle) => {
                handle.rest().await?;
                let begin = handle.conn()?.begin_with("BEGIN IMMEDIATE");
                Ok(Transaction::Sqlite(within(ANSWER, "BEGIN", begin).await?))
            }
        }
    }

    /// What this database has and this login may do; `None` for the embedded one, whose schema is our own.
    pub(in crate::store) async fn schema(&mut self) -> Result<Option<Arc<Schema>>, StoreError> {
        match self {
            Self::Postgres(link, known) => {
                let schema = match known.take() {
                    Some(schema) => schema,
                    None => Arc::new(link.discover().await?),
                };
                schema.suffices()?;
                Ok(Some(Arc::clone(known.insert(schema))))
            }
            Self::Sqlite(_) => Ok(None),
        }
    }

    /// The session to be noted where nobody waits for its answer any more.
    pub(in crate::store) fn abandoned(&self) -> Option<Abandoned> {
        match self {
            Self::Postgres(link, _) => link.abandoned(),
            Self::Sqlite(_) => None,
        }
    }

    /// Whether it is a file that may not be written.
    pub(in crate::store) fn is_read_only(&self) -> bool {
        matches!(self, Self::Sqlite(handle) if handle.access() != Access::Write)
    }

    /// The next [`Self::schema`] is found out anew.
    pub(in crate::store) fn forget_schema(&mut self) {
        if let Self::Postgres(_, known) = self {
            *known = None;
        }
    }

    pub(in crate::store) fn later(&self) -> Later {
        match self {
            Self::Postgres(..) => Later::POSTGRES,
            Self::Sqlite(_) => Later::SQLITE,
        }
    }

    /// All rows of a statement that needs no transaction.
    pub(in crate::store) async fn read<T: Decoded>(
        &mut self,
        sql: String,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Postgres(link, _) if link.is_lent() => {
                decode_all(&link.fetch_text("stored rows", inline(&sql, &cells)).await?)
            }
            Self::Postgres(link, _) => read_postgres(link.conn(), false, sql, cells).await,
            Self::Sqlite(handle) => {
                handle.rest().await?;
                read_sqlite(handle.conn()?, sql, cells).await
            }
        }
    }

    /// Runs a statement that is a transaction by itself, and returns its rows: on a server it saves two round trips.
    pub(in crate::store) async fn at_once<T: Decoded>(
        &mut self,
        sql: String,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        if let Self::Postgres(link, _) = self
            && !link.is_lent()
        {
            return read_postgres(link.conn(), false, sql, cells).await;
        }
        let mut transaction = self.begin().await?;
        let rows: Vec<T> = transaction.read(sql, cells).await?;
        transaction.end(!rows.is_empty()).await?;
        Ok(rows)
    }

    /// Gives back the memory that large values took.
    pub(in crate::store) fn shrink(&mut self) {
        if let Self::Postgres(link, _) = self {
            link.conn().shrink_buffers();
        }
    }

    /// The same failure, and which file it is about.
    pub(in crate::store) fn explain(&self, error: StoreError) -> StoreError {
        match self {
            Self::Postgres(..) => error,
            Self::Sqlite(handle) => handle.file().explain(error),
        }
    }
}

/// A transaction; rolled back when it is dropped.
pub(in crate::store) enum Transaction<'c> {
    /// And whether a pooler lends the session: then no statement may be left on it.
    Postgres(sqlx::Transaction<'c, Postgres>, bool),
    Sqlite(sqlx::Transaction<'c, Sqlite>),
}

impl Transaction<'_> {
    pub(in crate::store) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(..))
    }

    /// The condition that a column is in the list $n.
    pub(in crate::store) fn any(&self, column: &str, n: u8) -> String {
        match self {
            Self::Postgres(..) => format!("{column} = ANY(${n})"),
            Self::Sqlite(_) => format!("{column} IN (SELECT value FROM json_each(${n}))"),
        }
    }

    pub(in crate::store) fn later(&self) -> Later {
        match self {
            Self::Postgres(..) => Later::POSTGRES,
            Self::Sqlite(_) => Later::SQLITE,
        }
    }

    /// All rows of a statement.
    pub(in crate::store) async fn read<T: Decoded>(
        &mut self,
        sql: impl Into<String>,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Postgres(transaction, is_lent) => {
                read_postgres(transaction, *is_lent, sql.into(), cells).await
            }
            Self::Sqlite(transaction) => read_sqlite(transaction, sql.into(), cells).await,
        }
    }

    /// Runs a statement; returns how many rows it touched.
    pub(in crate::store) async fn execute(&mut self, sql: &str, cells: Vec<Cell>) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(transaction, is_lent) => {
                let query = cells.into_iter().fold(sqlx::query(sql).persistent(!*is_lent), bind_postgres);
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
    pub(in crate::store) async fn end(self, wrote: bool) -> Result<(), StoreError> {
        match self {
            Self::Postgres(transaction, _) if wrote => within(ANSWER, "COMMIT", transaction.commit()).await,
            Self::Postgres(transaction, _) => within(ANSWER, "ROLLBACK", transaction.rollback()).await,
            Self::Sqlite(transaction) if wrote => within(ANSWER, "COMMIT", transaction.commit()).await,
            Self::Sqlite(transaction) => within(ANSWER, "ROLLBACK", transaction.rollback()).await,
        }
    }
}

/// A row that is there, whatever is in it.
pub(in crate::store) struct Any;

impl Decoded for Any {
    fn decode(_: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self)
    }
}

async fn read_postgres<T: Decoded>(
    conn: &mut PgConnection,
    is_lent: bool,
    sql: String,
    cells: Vec<Cell>,
) -> Result<Vec<T>, StoreError> {
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(!is_lent);
    let query = cells.into_iter().fold(query, bind_postgres);
    let rows = within(ANSWER, "stored rows", query.fetch_all(conn)).await?;
    Ok(rows.iter().map(|row| T::decode(&mut RowCells::of(row))).collect::<Result<_, _>>()?)
}

async fn read_sqlite<T: Decoded>(
    conn: &mut SqliteConnection,
    sql: String,
    cells: Vec<Cell>,
) -> Result<Vec<T>, StoreError> {
    let query = cells.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind_sqlite);
    let rows = within(ANSWER, "stored rows", query.fetch_all(conn)).await?;
    Ok(rows.iter().map(|row| T::decode(&mut RowCells::of(row))).collect::<Result<_, _>>()?)
}
