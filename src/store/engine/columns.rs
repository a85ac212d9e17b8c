//! Kinds of columns, and the structs that hold columns.
//!
//! [`columns!`] names the columns of a struct once, in the order of its rows. The SELECT list, the decoding and the
//! binding of values all follow from that list, so that they cannot differ; a field whose type does not fit the column's
//! kind does not compile.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    cells::{Cells, some},
    values::Cell,
};
use crate::domain::ids::{PrNumber, RepoId};

/// A column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: &'static str,
    /// The type as which PostgreSQL is to read it.
    pub(in crate::store) kind: &'static str,
    /// The types that it may have there, as `format_type` words them.
    pub(in crate::store) fits: &'static [&'static str],
}

impl Column {
    /// Whether a key of this type can be compared with ours.
    pub(in crate::store) fn can_be(&self, kind: &str) -> bool {
        // A text may be of any type that can be printed.
        self.kind == Text::SQL || self.fits.contains(&kind) || (self.kind == Int::SQL && kind == "numeric")
    }
}

/// A struct that holds columns of a table, named as its fields.
pub(in crate::store) trait Columns {
    const COLUMNS: &'static [Column];

    /// The values to be bound, in the same order.
    fn cells(&self) -> Vec<Cell>;
}

/// A kind of column.
pub(in crate::store) trait Kind {
    /// A value of it that is not NULL.
    type Value;
    const SQL: &'static str;
    const FITS: &'static [&'static str];
}

/// A field of a struct, stored in a column of the kind `K`.
pub(in crate::store) trait Field<K: Kind>: Sized {
    /// Takes the next cell.
    fn read(cells: &mut impl Cells) -> Result<Self, sqlx::Error>;

    fn cell(&self) -> Cell;
}

macro_rules! kinds {
    ($($kind:ident($value:ty) = $sql:literal | $fits:expr;)*) => {$(
        pub(crate) struct $kind;

        impl Kind for $kind {
            type Value = $value;
            const SQL: &'static str = $sql;
            const FITS: &'static [&'static str] = &$fits;
        }
    )*};
}

kinds! {
    Id(Uuid) = "uuid" | ["uuid"];
    Text(String) = "text" | ["text", "character varying"];
    Int(i32) = "int4" | ["integer", "bigint", "smallint"];
    Big(i64) = "int8" | ["bigint", "integer"];
    Real(f64) = "float8" | ["double precision"];
    Flag(bool) = "bool" | ["boolean"];
    Time(DateTime<Utc>) = "timestamptz" | ["timestamp with time zone"];
    Json(Value) = "jsonb" | ["jsonb"];
    Bytes(Vec<u8>) = "bytea" | ["bytea"];
}

/// How fields are stored: `fields! { Type as Kind: |cells| read, |value| cell; }`.
macro_rules! fields {
    ($($field:ty as $kind:ident: |$cells:ident| $read:expr, |$value:ident| $cell:expr;)*) => {$(
        impl $crate::store::engine::columns::Field<$crate::store::engine::columns::$kind> for $field {
            fn read($cells: &mut impl $crate::store::engine::cells::Cells) -> Result<Self, sqlx::Error> {
                $read
            }

            fn cell(&self) -> $crate::store::engine::values::Cell {
                let $value = self;
                $cell
            }
        }
    )*};
}

fields! {
    Option<Uuid> as Id: |c| c.uuid(), |v| Cell::Id(*v);
    Option<String> as Text: |c| c.text(), |v| Cell::maybe(v.as_deref());
    Option<i32> as Int: |c| c.int(), |v| Cell::Int(*v);
    Option<i64> as Big: |c| c.big(), |v| Cell::Big(*v);
    Option<f64> as Real: |c| c.real(), |v| Cell::Real(*v);
    Option<bool> as Flag: |c| c.flag(), |v| Cell::Flag(*v);
    Option<DateTime<Utc>> as Time: |c| c.time(), |v| Cell::time(*v);
    Option<Value> as Json: |c| Ok(c.json()), |v| Cell::json(v.clone());
    Option<Arc<Value>> as Json: |c| Ok(c.json().map(Arc::new)), |v| Cell::shared(v.as_ref());
    Uuid as Id: |c| some(c.uuid()?), |v| Cell::Id(Some(*v));
    RepoId as Id: |c| Ok(Self::new(some(c.uuid()?)?)), |v| Cell::Id(Some(v.uuid()));
    PrNumber as Int: |c| Ok(Self::new(some(c.int()?)?)), |v| Cell::Int(Some(v.get()));
    i64 as Big: |c| some(c.big()?), |v| Cell::Big(Some(*v));
    String as Text: |c| Ok(c.text()?.unwrap_or_default()), |v| Cell::text(v);
}

/// Names the columns that a struct holds: `columns!(Row { title: Text, closed_at: Time })`.
macro_rules! columns {
    ($row:ty { $($column:ident: $kind:ident $(in $version:literal $(or $loss:literal)?)?),* $(,)? }) => {
        impl $crate::store::engine::cells::Decoded for $row {
            fn decode(cells: &mut impl $crate::store::engine::cells::Cells) -> Result<Self, sqlx::Error> {
                Ok(Self {$(
                    $column: $crate::store::engine::columns::Field::<$crate::store::engine::columns::$kind>::read(cells)?,
                )*})
            }
        }

        impl $crate::store::engine::columns::Columns for $row {
            const COLUMNS: &'static [$crate::store::engine::columns::Column] =
                &[$($crate::store::engine::columns::column!($column: $kind)),*];

            fn cells(&self) -> Vec<$crate::store::engine::values::Cell> {
                vec![$(
                    $crate::store::engine::columns::Field::<$crate::store::engine::columns::$kind>::cell(&self.$column),
                )*]
            }
        }
    };
    // The same, and the struct, whose fields may all be NULL.
    (struct $row:ident { $($column:ident: $kind:ident $(in $version:literal $(or $loss:literal)?)?),* $(,)? }) => {
        pub(crate) struct $row {$(
            pub(crate) $column: Option<<$crate::store::engine::columns::$kind as $crate::store::engine::columns::Kind>::Value>,
        )*}

        $crate::store::engine::columns::columns!($row { $($column: $kind),* });
    };
}

macro_rules! column {
    ($column:ident: $kind:ident) => {
        $crate::store::engine::columns::Column {
            name: stringify!($column),
            kind: <$crate::store::engine::columns::$kind as $crate::store::engine::columns::Kind>::SQL,
            fits: <$crate::store::engine::columns::$kind as $crate::store::engine::columns::Kind>::FITS,
        }
    };
}

pub(in crate::store) use {column, columns, fields};
