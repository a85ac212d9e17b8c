//! Values of statements: bound to a statement of either engine, or written into a server's.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};
use serde_json::Value;
use sqlx::{Postgres, Sqlite, postgres::PgArguments, query::Query, sqlite::SqliteArguments, types::Json};
use uuid::Uuid;

use super::micros::Micros;
use crate::domain::ids::RepoId;

/// A value that a statement is asked with, or that is to be written. What the engines cannot hold, or not alike, was
/// replaced when it was made.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Cell {
    Id(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i32>),
    Big(Option<i64>),
    Real(Option<f64>),
    Flag(Option<bool>),
    Time(Option<DateTime<Utc>>),
    Json(Option<Arc<Value>>),
    Bytes(Option<Bytes>),
    /// `None` is NULL, for a condition that may be left open.
    Ids(Option<Vec<Uuid>>),
    Ints(Vec<i32>),
    Texts(Vec<String>),
}

impl Cell {
    pub(in crate::store) fn text(text: &str) -> Self {
        Self::Text(Some(without_nul(text)))
    }

    pub(in crate::store) fn maybe(text: Option<&str>) -> Self {
        Self::Text(text.map(without_nul))
    }

    /// In microseconds, as the engines keep it.
    pub(in crate::store) fn time(time: Option<DateTime<Utc>>) -> Self {
        Self::Time(time.map(|time| time.trunc_subsecs(6)))
    }

    pub(in crate::store) fn texts(list: &[String]) -> Self {
        Self::Texts(list.iter().map(|text| without_nul(text)).collect())
    }

    pub(in crate::store) fn json(value: Option<Value>) -> Self {
        Self::Json(value.map(|value| Arc::new(json_without_nul(value))))
    }

    /// The same of a value that is large.
    pub(in crate::store) fn shared(value: Option<&Arc<Value>>) -> Self {
        let clean = |value: &Arc<Value>| {
            if has_nul(value) { Arc::new(json_without_nul(Value::clone(value))) } else { Arc::clone(value) }
        };
        Self::Json(value.map(clean))
    }
}

impl From<RepoId> for Cell {
    fn from(id: RepoId) -> Self {
        Self::Id(Some(id.uuid()))
    }
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Self::Id(Some(id))
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

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The statement with its values in place of `$1`, `$2` and so on.
pub(in crate::store) fn inline(sql: &str, values: &[Cell]) -> String {
    let mut parts = sql.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let value = number.parse().ok().and_then(|n: usize| values.get(n.checked_sub(1)?));
        match value {
            Some(value) => out.extend([literal(value).as_str(), rest]),
            None => out.extend(["$", part]),
        }
    }
    out
}

/// As SQL writes it.
pub(super) fn literal(cell: &Cell) -> String {
    let or_null = |literal: Option<String>, kind: &str| {
        format!("{}::{kind}", literal.unwrap_or_else(|| "NULL".to_owned()))
    };
    match cell {
        Cell::Id(id) => or_null(id.map(|id| format!("'{id}'")), "uuid"),
        Cell::Text(text) => or_null(text.as_deref().map(quoted), "text"),
        Cell::Int(n) => or_null(n.map(|n| format!("'{n}'")), "int4"),
        Cell::Big(n) => or_null(n.map(|n| format!("'{n}'")), "int8"),
        Cell::Real(n) => or_null(n.map(|n| format!("'{n:e}'")), "float8"),
        Cell::Flag(flag) => or_null(flag.map(|flag| flag.to_string()), "boolean"),
        Cell::Time(time) => or_null(time.map(moment), "timestamptz"),
        Cell::Json(value) => or_null(value.as_ref().map(|value| quoted(&value.to_string())), "jsonb"),
        Cell::Bytes(bytes) => or_null(bytes.as_deref().map(hexadecimal), "bytea"),
        Cell::Ids(ids) => or_null(ids.as_deref().map(array), "uuid[]"),
        Cell::Ints(list) => format!("{}::int4[]", array(list)),
        Cell::Texts(list) => {
            format!("ARRAY[{}]::text[]", list.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(","))
        }
    }
}

/// A statement of a server, and its values.
pub(super) type PgQuery<'q> = Query<'q, Postgres, PgArguments>;
/// A statement of the embedded database, and its values.
pub(in crate::store) type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

pub(super) fn bind_postgres(query: PgQuery<'_>, cell: Cell) -> PgQuery<'_> {
    match cell {
        Cell::Id(id) => query.bind(id),
        Cell::Text(text) => query.bind(text),
        Cell::Int(n) => query.bind(n),
        Cell::Big(n) => query.bind(n),
        Cell::Real(n) => query.bind(n),
        Cell::Flag(flag) => query.bind(flag),
        Cell::Time(time) => query.bind(time),
        Cell::Json(value) => query.bind(value.map(Json)),
        Cell::Bytes(bytes) => query.bind(bytes.as_deref()),
        Cell::Ids(list) => query.bind(list),
        Cell::Ints(list) => query.bind(list),
        Cell::Texts(list) => query.bind(list),
    }
}

pub(super) fn bind_sqlite(query: SqliteQuery<'_>, cell: Cell) -> SqliteQuery<'_> {
    match cell {
        Cell::Id(id) => query.bind(id),
        Cell::Text(text) => query.bind(text),
        Cell::Int(n) => query.bind(n),
        Cell::Big(n) => query.bind(n),
        Cell::Real(n) => query.bind(n),
        Cell::Flag(flag) => query.bind(flag),
        Cell::Time(time) => query.bind(time.map(Micros::from)),
        Cell::Json(value) => query.bind(value.map(Json)),
        Cell::Bytes(bytes) => query.bind(bytes.as_deref()),
        Cell::Ids(list) => {
            query.bind(list.map(|ids| ids.iter().map(|id| id.simple().to_string()).collect::<Value>()))
        }
        Cell::Ints(list) => query.bind(Value::from(list)),
        Cell::Texts(list) => query.bind(Value::from(list)),
    }
}

/// `'{1,2}'`
fn array<T: ToString>(items: &[T]) -> String {
    format!("'{{{}}}'", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// `'\x0aff'`
fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16);
    let digits: String =
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect();
    quoted(&format!("\\x{digits}"))
}

fn moment(time: DateTime<Utc>) -> String {
    format!("'{}'", time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// A text that ends where it should whatever it holds, and whatever `standard_conforming_strings` says.
fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_their_numbers() {
        let values = [
            Cell::Id(Some(Uuid::from_u128(1))),
            Cell::Ids(None),
            Cell::Ids(Some(vec![Uuid::from_u128(2), Uuid::from_u128(3)])),
            Cell::Int(Some(-7)),
            Cell::Ints(vec![1, -2]),
            Cell::text(r"a'b\'; DROP TABLE x; --"),
            Cell::Time(Some("2026-01-02T03:04:05.678901Z".parse().expect("a time"))),
            Cell::Bytes(Some(Bytes::from_static(b"\0a\xff"))),
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
            ("b = $8", r"b = E'\\x0061ff'::bytea"),
            ("$0 $9 $ $$", "$0 $9 $ $$"),
        ] {
            assert_eq!(inline(sql, &values), expected);
        }
    }
}
