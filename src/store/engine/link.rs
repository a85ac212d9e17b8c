//! A connection to a server, and how statements are sent on it.
//!
//! On a session of its own a statement is prepared under a name when it is used for the second time: it costs one round
//! trip from the third time on, and is planned once for all. Its first time it is sent as plain text with its values in
//! it, which costs one round trip where preparing costs two: most of a first load, and most of what is looked up, are
//! first times. On a session that a pooler lends, all reading is done so; nothing stays on the server, and the answer
//! does not rest on who had the session before.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Either, Executor as _, PgConnection, Postgres, Transaction,
    postgres::{PgArguments, PgRow},
    query::Query,
    raw_sql,
};
use uuid::Uuid;

use super::{
    connect::{ANSWER, Connected, within},
    error::StoreError,
    pooling::Pooling,
};

/// A value that a statement is asked with.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Value {
    Id(Uuid),
    Ids(Option<Vec<Uuid>>),
    Number(i32),
    Numbers(Vec<i32>),
    Text(String),
    Time(DateTime<Utc>),
}

/// A connection.
pub(in crate::store) struct Link {
    conn: PgConnection,
    node: String,
    pooling: Pooling,
    /// Statements that were sent before.
    used: HashSet<Arc<str>>,
}

impl Link {
    pub(in crate::store) fn new(connected: Connected) -> Self {
        let Connected { conn, node, pooling, .. } = connected;
        Self { conn, node, pooling, used: HashSet::new() }
    }

    pub(in crate::store) fn node(&self) -> &str {
        &self.node
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
        values: Vec<Value>,
    ) -> Result<Vec<PgRow>, StoreError> {
        if self.pooling.is_lent() || self.used.insert(Arc::clone(sql)) {
            return self.fetch_plainly(what, sql, &values).await;
        }
        let query = values.into_iter().fold(sqlx::query(AssertSqlSafe(Arc::clone(sql))), bind);
        within(ANSWER, what, query.fetch_all(&mut self.conn)).await
    }

    /// The same, and the values come as text whenever it is asked: what is compared with an earlier answer.
    pub(in crate::store) async fn fetch_plainly(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<PgRow>, StoreError> {
        self.fetch_text(what, inline(sql, &literals(values))).await
    }

    /// All rows of a statement that only reads and has its values in it.
    pub(in crate::store) async fn fetch_text(
        &mut self,
        what: &'static str,
        text: String,
    ) -> Result<Vec<PgRow>, StoreError> {
        let text = self.pooling.prelude().to_owned() + &text;
        within(ANSWER, what, raw_sql(AssertSqlSafe(text)).fetch_all(&mut self.conn)).await
    }

    /// The rows of several statements that only read, in one round trip.
    pub(in crate::store) async fn fetch_all(
        &mut self,
        what: &'static str,
        statements: &[(&Arc<str>, Vec<Value>)],
    ) -> Result<Vec<Vec<PgRow>>, StoreError> {
        let texts: Vec<String> =
            statements.iter().map(|(sql, values)| inline(sql, &literals(values))).collect();
        let text = self.pooling.prelude().to_owned() + &texts.join("; ");
        let reading = async {
            let (mut answers, mut rows) = (Vec::new(), Vec::new());
            let mut stream = self.conn.fetch_many(raw_sql(AssertSqlSafe(text)));
            while let Some(step) = stream.try_next().await? {
                match step {
                    Either::Right(row) => rows.push(row),
                    Either::Left(_end) => answers.push(std::mem::take(&mut rows)),
                }
            }
            Ok::<_, sqlx::Error>(answers)
        };
        let mut answers = within(ANSWER, what, reading).await?;
        // What the prelude answered is nothing.
        Ok(answers.split_off(answers.len().saturating_sub(statements.len())))
    }

    /// A transaction that may write.
    pub(in crate::store) async fn begin(&mut self) -> Result<Transaction<'_, Postgres>, StoreError> {
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; {}", self.pooling.prelude());
        within(ANSWER, "BEGIN", self.conn.begin_with(AssertSqlSafe(begin))).await
    }
}

type PgQuery<'q> = Query<'q, Postgres, PgArguments>;

fn bind(query: PgQuery<'_>, value: Value) -> PgQuery<'_> {
    match value {
        Value::Id(id) => query.bind(id),
        Value::Ids(ids) => query.bind(ids),
        Value::Number(n) => query.bind(n),
        Value::Numbers(list) => query.bind(list),
        Value::Text(text) => query.bind(text),
        Value::Time(time) => query.bind(time),
    }
}

/// The statement with its values in place of `$1`, `$2` and so on.
pub(super) fn inline(sql: &str, values: &[String]) -> String {
    let mut parts = sql.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let value = number.parse().ok().and_then(|n: usize| values.get(n.checked_sub(1)?));
        match value {
            Some(value) => out.extend([value, rest]),
            None => out.extend(["$", part]),
        }
    }
    out
}

fn literals(values: &[Value]) -> Vec<String> {
    values.iter().map(literal).collect()
}

fn literal(value: &Value) -> String {
    match value {
        Value::Id(id) => format!("'{id}'::uuid"),
        Value::Ids(None) => "NULL::uuid[]".to_owned(),
        Value::Ids(Some(ids)) => format!("'{{{}}}'::uuid[]", list(ids)),
        Value::Number(n) => format!("'{n}'::int4"),
        Value::Numbers(numbers) => format!("'{{{}}}'::int4[]", list(numbers)),
        Value::Text(text) => format!("{}::text", quoted(text)),
        Value::Time(time) => moment(*time),
    }
}

pub(super) fn moment(time: DateTime<Utc>) -> String {
    format!("'{}'::timestamptz", time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A text that ends where it should whatever it holds, and whatever `standard_conforming_strings` says.
pub(super) fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_their_numbers() {
        let values = [
            Value::Id(Uuid::from_u128(1)),
            Value::Ids(None),
            Value::Ids(Some(vec![Uuid::from_u128(2), Uuid::from_u128(3)])),
            Value::Number(-7),
            Value::Numbers(vec![1, -2]),
            Value::Text(r"a'b\'; DROP TABLE x; --".to_owned()),
            Value::Time("2026-01-02T03:04:05.678901Z".parse().expect("a time")),
        ];
        for (sql, expected) in [
            ("SELECT $1", "SELECT '00000000-0000-0000-0000-000000000001'::uuid"),
            ("$2 IS NULL OR x = ANY($2)", "NULL::uuid[] IS NULL OR x = ANY(NULL::uuid[])"),
            (
                "($3)",
                "('{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003}'::uuid[])",
            ),
            ("a = $4 AND b = ANY($5)", "a = '-7'::int4 AND b = ANY('{1,-2}'::int4[])"),
            ("$6", r"E'a''b\\''; DROP TABLE x; --'::text"),
            ("x >= $7", "x >= '2026-01-02T03:04:05.678901Z'::timestamptz"),
            ("$0 $8 $ $$", "$0 $8 $ $$"),
        ] {
            assert_eq!(inline(sql, &literals(&values)), expected);
        }
    }
}
