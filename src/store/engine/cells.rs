//! The cells of a row of either engine, taken one after the other, in the order of the statement's columns.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{
    Column as _, ColumnIndex, Decode, Row, Type, TypeInfo as _, ValueRef as _, postgres::PgRow,
    sqlite::SqliteRow,
};
use uuid::Uuid;

use super::{error::StoreError, micros::Micros};

/// The earliest and latest time that can be held: others (infinity, the year 200000) count as unknown.
pub(in crate::store) const EARLIEST: &str = "0001-01-01";
pub(in crate::store) const LATEST: &str = "9999-12-31";

/// Takes the next cell, as a value of the type that the caller expects; `None` is NULL.
pub(in crate::store) trait Cells {
    fn uuid(&mut self) -> Result<Option<Uuid>, sqlx::Error>;
    fn text(&mut self) -> Result<Option<String>, sqlx::Error>;
    fn int(&mut self) -> Result<Option<i32>, sqlx::Error>;
    fn big(&mut self) -> Result<Option<i64>, sqlx::Error>;
    fn flag(&mut self) -> Result<Option<bool>, sqlx::Error>;
    fn real(&mut self) -> Result<Option<f64>, sqlx::Error>;
    fn time(&mut self) -> Result<Option<DateTime<Utc>>, sqlx::Error>;
    /// JSON may be nested more deeply, or hold larger numbers, than can be held: one such row must not stop all.
    fn json(&mut self) -> Option<Value>;
}

/// A value made of the cells of a row.
pub(in crate::store) trait Decoded: Sized {
    fn decode(cells: &mut impl Cells) -> Result<Self, sqlx::Error>;
}

/// Two values side by side in a row.
impl<A: Decoded, B: Decoded> Decoded for (A, B) {
    fn decode(cells: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok((A::decode(cells)?, B::decode(cells)?))
    }
}

/// All rows of an answer.
pub(in crate::store) fn decode_all<R, T: Decoded>(rows: &[R]) -> Result<Vec<T>, StoreError>
where
    R: Row,
    for<'r> RowCells<'r, R>: Cells,
{
    Ok(rows.iter().map(|row| T::decode(&mut RowCells::of(row))).collect::<Result<_, _>>()?)
}

/// The cells of one row.
pub(in crate::store) struct RowCells<'r, R> {
    row: &'r R,
    at: usize,
    forgiving: bool,
}

impl<'r, R: Row> RowCells<'r, R> {
    /// Begins with the first cell.
    pub(in crate::store) fn of(row: &'r R) -> Self {
        Self { row, at: 0, forgiving: false }
    }

    /// A cell that cannot be decoded counts as NULL, and its column is logged: it must not take its row, and with it the
    /// board, along. Not for a writer, which would take NULL for what is stored.
    pub(in crate::store) fn forgiving(row: &'r R) -> Self {
        Self { forgiving: true, ..Self::of(row) }
    }

    /// Whether there is a next one.
    pub(in crate::store) fn any_left(&self) -> bool {
        self.at < self.row.len()
    }

    /// The next cell, as any type that the engine can decode.
    pub(in crate::store) fn next<T>(&mut self) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, R::Database> + Type<R::Database>,
        usize: ColumnIndex<R>,
    {
        self.at += 1;
        self.row.try_get(self.at - 1)
    }

    fn cell<T>(&mut self) -> Result<Option<T>, sqlx::Error>
    where
        T: Decode<'r, R::Database> + Type<R::Database>,
        usize: ColumnIndex<R>,
    {
        match self.next() {
            Err(error @ sqlx::Error::ColumnDecode { .. }) if self.forgiving => {
                tracing::warn!(column = self.row.columns()[self.at - 1].name(), %error, "a cell is left out");
                Ok(None)
            }
            cell => cell,
        }
    }
}

macro_rules! cells {
    ($row:ty, $time:ty, $into:expr) => {
        impl Cells for RowCells<'_, $row> {
            fn uuid(&mut self) -> Result<Option<Uuid>, sqlx::Error> {
                self.cell()
            }

            fn text(&mut self) -> Result<Option<String>, sqlx::Error> {
                self.cell()
            }

            fn int(&mut self) -> Result<Option<i32>, sqlx::Error> {
                self.cell()
            }

            fn big(&mut self) -> Result<Option<i64>, sqlx::Error> {
                self.cell()
            }

            fn flag(&mut self) -> Result<Option<bool>, sqlx::Error> {
                self.cell()
            }

            fn real(&mut self) -> Result<Option<f64>, sqlx::Error> {
                self.cell()
            }

            fn time(&mut self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
                self.cell::<$time>().map(|time| time.and_then($into))
            }

            fn json(&mut self) -> Option<Value> {
                self.next().ok().flatten()
            }
        }
    };
}

cells!(PgRow, DateTime<Utc>, Some);
cells!(SqliteRow, Micros, Micros::time);

/// The value, where NULL cannot be.
pub(in crate::store) fn some<T>(value: Option<T>) -> Result<T, sqlx::Error> {
    value.ok_or_else(|| sqlx::Error::Decode("a NULL where none can be".into()))
}

/// A row whose content can be told from another's without decoding it.
pub(in crate::store) trait Fingerprint {
    /// Of everything in the row, as the engine sent it.
    fn fingerprint(&self) -> Result<u64, sqlx::Error>;
}

impl Fingerprint for PgRow {
    fn fingerprint(&self) -> Result<u64, sqlx::Error> {
        let mut hasher = DefaultHasher::new();
        for at in 0..self.len() {
            let value = self.try_get_raw(at)?;
            let bytes =
                if value.is_null() { None } else { Some(value.as_bytes().map_err(sqlx::Error::Decode)?) };
            bytes.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}

impl Fingerprint for SqliteRow {
    fn fingerprint(&self) -> Result<u64, sqlx::Error> {
        let mut hasher = DefaultHasher::new();
        for at in 0..self.len() {
            let value = self.try_get_raw(at)?;
            if value.is_null() {
                hasher.write_u8(0);
                continue;
            }
            match value.type_info().name() {
                "TEXT" | "BLOB" => self.try_get_unchecked::<&[u8], _>(at)?.hash(&mut hasher),
                "REAL" => self.try_get_unchecked::<f64, _>(at)?.to_bits().hash(&mut hasher),
                _ => self.try_get_unchecked::<i64, _>(at)?.hash(&mut hasher),
            }
        }
        Ok(hasher.finish())
    }
}
