//! A connection to a server, and how statements are sent on it.
//!
//! On a session of its own a statement is prepared under a name when it is used for the second time: it costs one round
//! trip from the third time on, and is planned once for all. Its first time it is sent as plain text with its values in
//! it, which costs one round trip where preparing costs two: most of a first load, and most of what is looked up, are
//! first times. On a session that a pooler lends, all reading is done so; nothing stays on the server, and the answer
//! does not rest on who had the session before.

use std::{sync::Arc, time::Duration};

use foldhash::{HashSet, HashSetExt as _};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Either, Executor as _, PgConnection, Postgres, Row as _, Transaction,
    postgres::PgRow, raw_sql,
};

use super::{
    abandoned::Abandoned,
    cells::fold,
    connect::{ANSWER, Connected, within},
    discovery::{Backend, DISCOVERY, Schema},
    error::StoreError,
    pooling::Pooling,
    values::{Cell, bind_postgres, inline},
};
use crate::backoff::WRITE;

/// How often a statement that only reads is run again at once.
const READS: u32 = 3;

/// A connection.
pub(in crate::store) struct Link {
    conn: PgConnection,
    node: String,
    backend: Backend,
    pooling: Pooling,
    /// Statements that were sent before.
    used: HashSet<Arc<str>>,
    /// Longest wait for an answer.
    pub(in crate::store) patience: Duration,
}

impl Link {
    pub(in crate::store) fn new(connected: Connected) -> Self {
        let Connected { conn, node, schema, pooling, .. } = connected;
        Self { conn, node, backend: schema.backend, pooling, used: HashSet::new(), patience: ANSWER }
    }

    pub(in crate::store) fn node(&self) -> &str {
        &self.node
    }

    /// The session that serves this connection alone: after a time-out it may still be at work.
    pub(in crate::store) fn abandoned(&self) -> Option<Abandoned> {
        let own = !self.pooling.is_lent();
        own.then(|| Abandoned { node: self.node.clone(), backend: self.backend.clone() })
    }

    pub(in crate::store) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// Whether a pooler lends the session.
    pub(in crate::store) const fn is_lent(&self) -> bool {
        self.pooling.is_lent()
    }

    /// All rows of a statement that only reads. Its text is ours alone: composed of constants and of discovered names of
    /// our own lists.
    pub(in crate::store) async fn fetch(
        &mut self,
        what: &'static str,
        sql: &Arc<str>,
        values: Vec<Cell>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut attempt = 0;
        loop {
            let result = if self.pooling.is_lent() || self.used.insert(Arc::clone(sql)) {
                self.read(what, &inline(sql, &values)).await
            } else {
                let query = sqlx::query(AssertSqlSafe(Arc::clone(sql)));
                let query = values.iter().cloned().fold(query, bind_postgres);
                within(self.patience, what, query.fetch_all(&mut self.conn)).await
            };
            match result {
                Err(error) => self.forgive(error, &mut attempt).await?,
                answer => return answer,
            }
        }
    }

    /// What is made of the rows of such a statement, anew each time that it is sent. The values come as text whenever it
    /// is asked: what is compared with an earlier answer.
    pub(in crate::store) async fn fold_plainly<T: Default>(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &[Cell],
        take: fn(&mut T, PgRow) -> Result<(), sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.fold_text(what, &inline(sql, values), take).await
    }

    /// All rows of a statement that only reads and has its values in it.
    pub(in crate::store) async fn fetch_text(
        &mut self,
        what: &'static str,
        text: String,
    ) -> Result<Vec<PgRow>, StoreError> {
        let keep = |rows: &mut Vec<_>, row| {
            rows.push(row);
            Ok(())
        };
        self.fold_text(what, &text, keep).await
    }

    async fn fold_text<T: Default>(
        &mut self,
        what: &'static str,
        text: &str,
        take: fn(&mut T, PgRow) -> Result<(), sqlx::Error>,
    ) -> Result<T, StoreError> {
        let text = self.pooling.prelude().to_owned() + text;
        let mut attempt = 0;
        loop {
            let rows = raw_sql(AssertSqlSafe(text.clone())).fetch(&mut self.conn);
            match within(self.patience, what, fold(rows, take)).await {
                Err(error) => self.forgive(error, &mut attempt).await?,
                answer => return answer,
            }
        }
    }

    /// Finds out what there is, as its statements find it.
    pub(in crate::store) async fn discover(&mut self) -> Result<Schema, StoreError> {
        let rows = self.read("discovery", DISCOVERY).await?;
        Schema::from_json(rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)?)
    }

    async fn read(&mut self, what: &'static str, text: &str) -> Result<Vec<PgRow>, StoreError> {
        let text = self.pooling.prelude().to_owned() + text;
        within(self.patience, what, raw_sql(AssertSqlSafe(text)).fetch_all(&mut self.conn)).await
    }

    /// Returns when the same may be read again: others got in the way, or the tables have changed, and that not too often
    /// in a row.
    async fn forgive(&mut self, error: StoreError, attempt: &mut u32) -> Result<(), StoreError> {
        if !error.may_be_read_again() || *attempt >= READS {
            return Err(error);
        }
        tracing::debug!(%error, attempt, "read again");
        if error.has_stale_plan() {
            within(ANSWER, "the closing of statements", self.conn.clear_cached_statements()).await?;
            self.used.clear();
        }
        tokio::time::sleep(WRITE.pause(*attempt)).await;
        *attempt += 1;
        Ok(())
    }

    /// The rows of several statements that only read, in one round trip.
    pub(in crate::store) async fn fetch_all(
        &mut self,
        what: &'static str,
        statements: &[(&Arc<str>, Vec<Cell>)],
    ) -> Result<Vec<Vec<PgRow>>, StoreError> {
        let texts: Vec<String> = statements.iter().map(|(sql, values)| inline(sql, values)).collect();
        let text = self.pooling.prelude().to_owned() + &texts.join("; ");
        let mut attempt = 0;
        let mut answers = loop {
            match within(ANSWER, what, read_many(&mut self.conn, text.clone())).await {
                Err(error) => self.forgive(error, &mut attempt).await?,
                Ok(answers) => break answers,
            }
        };
        // What the prelude answered is nothing.
        Ok(answers.split_off(answers.len().saturating_sub(statements.len())))
    }

    /// A transaction that may write.
    pub(in crate::store) async fn begin(&mut self) -> Result<Transaction<'_, Postgres>, StoreError> {
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; {}", self.pooling.prelude());
        within(ANSWER, "BEGIN", self.conn.begin_with(AssertSqlSafe(begin))).await
    }
}

/// The rows of each of some statements.
async fn read_many(conn: &mut PgConnection, text: String) -> Result<Vec<Vec<PgRow>>, sqlx::Error> {
    let (mut answers, mut rows) = (Vec::new(), Vec::new());
    let mut stream = conn.fetch_many(raw_sql(AssertSqlSafe(text)));
    while let Some(step) = stream.try_next().await? {
        match step {
            Either::Right(row) => rows.push(row),
            Either::Left(_end) => answers.push(std::mem::take(&mut rows)),
        }
    }
    Ok(answers)
}
