//! The cells of a row of either engine, taken one after the other, in the order of the statement's columns.

use std::hash::{BuildHasher as _, Hash as _, Hasher};

use chrono::{DateTime, Utc};
use foldhash::quality::FixedState;
use futures_util::{Stream, TryStreamExt as _};
use serde_json::Value;
use sqlx::{
    Column as _, ColumnIndex, Decode, Row, Type, TypeInfo as _, ValueRef as _, postgres::PgRow,
    sqlite::SqliteRow,
};
use uuid::Uuid;

use super::{
    error::StoreError,
    micros::Micros,
    parse::{self, Moment},
};

/// The earliest and latest time that can be held: others (infinity, the year 200000) count as unknown.
pub(in crate::store) const EARLIEST: &str = "0001-01-01";
pub(in crate::store) const LATEST: &str = "9999-12-31";

/// A text that cannot be read.
const UNREADABLE: &str = "?";

/// Takes the next cell, as a value of the type that the caller expects; `None` is NULL.
pub(in crate::store) trait Cells {
    fn uuid(&mut self) -> Result<Option<Uuid>, sqlx::Error>;
    fn text(&mut self) -> Result<Option<String>, sqlx::Error>;
    fn int(&mut self) -> Result<Option<i32>, sqlx::Error>;
    fn big(&mut self) -> Result<Option<i64>, sqlx::Error>;
    fn flag(&mut self) -> Result<Option<bool>, sqlx::Error>;
    fn real(&mut self) -> Result<Option<f64>, sqlx::Error>;
    fn time(&mut self) -> Result<Option<DateTime<Utc>>, sqlx::Error>;
    fn bytes(&mut self) -> Result<Option<Vec<u8>>, sqlx::Error>;
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

/// All rows of an answer, to the last cell: for a writer, which would take NULL for what is stored.
pub(in crate::store) fn decode_all<R, T: Decoded>(rows: &[R]) -> Result<Vec<T>, StoreError>
where
    R: Row,
    for<'r> RowCells<'r, R>: Cells,
{
    Ok(rows.iter().map(|row| T::decode(&mut RowCells::of(row))).collect::<Result<_, _>>()?)
}

/// All rows of an answer that can be told apart; cells and rows that cannot be read are logged as those of `place`.
pub(in crate::store) fn decode_readable<R, T: Decoded>(rows: &[R], place: &str) -> Vec<T>
where
    R: Row,
    for<'r> RowCells<'r, R>: Cells,
{
    rows.iter().filter_map(|row| readable(row, place)).collect()
}

/// The same of one row.
pub(in crate::store) fn readable<R, T: Decoded>(row: &R, place: &str) -> Option<T>
where
    R: Row,
    for<'r> RowCells<'r, R>: Cells,
{
    let mut cells = RowCells::forgiving(row);
    let decoded = T::decode(&mut cells);
    log(cells.unreadable(), place);
    decoded.inspect_err(|error| tracing::warn!(place, %error, "a row cannot be read and is left out")).ok()
}

/// What `take` makes of rows as they come: not all of them are held at once.
pub(in crate::store) async fn fold<R, T: Default>(
    mut rows: impl Stream<Item = Result<R, sqlx::Error>> + Unpin,
    take: fn(&mut T, R) -> Result<(), sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let mut made = T::default();
    while let Some(row) = rows.try_next().await? {
        take(&mut made, row)?;
    }
    Ok(made)
}

/// A cell that cannot be read.
#[derive(Debug)]
pub(in crate::store) struct Unreadable {
    /// `table.column`, or the column alone where the statement is about one table.
    pub(in crate::store) column: Box<str>,
    pub(in crate::store) error: String,
}

/// Tells where each of these cells is: `place` is the key of the row.
pub(in crate::store) fn log(unreadable: &[Unreadable], place: &str) {
    for Unreadable { column, error } in unreadable {
        tracing::warn!(%column, place, %error, "a cell cannot be read");
    }
}

/// The cells of one row.
pub(in crate::store) struct RowCells<'r, R> {
    row: &'r R,
    at: usize,
    /// The cells that could not be read, where that is forgiven.
    unreadable: Option<Vec<Unreadable>>,
}

impl<'r, R: Row> RowCells<'r, R> {
    /// Begins with the first cell.
    pub(in crate::store) fn of(row: &'r R) -> Self {
        Self { row, at: 0, unreadable: None }
    }

    /// A cell that cannot be read is `?` where it is a text, else NULL, and noted: it must not take its row, and with it
    /// the board, along. A cell of another type may hold the value as text.
    pub(in crate::store) fn forgiving(row: &'r R) -> Self {
        Self { unreadable: Some(Vec::new()), ..Self::of(row) }
    }

    /// The cells so far that could not be read.
    pub(in crate::store) fn unreadable(&self) -> &[Unreadable] {
        self.unreadable.as_deref().unwrap_or_default()
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

    /// The next cell; `parse` reads it where it is a text instead, on terms of forgiveness.
    fn cell<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, sqlx::Error>
    where
        T: Decode<'r, R::Database> + Type<R::Database>,
        &'r str: Decode<'r, R::Database> + Type<R::Database>,
        usize: ColumnIndex<R>,
    {
        if self.unreadable.is_none() {
            return self.next();
        }
        let is_text =
            self.row.columns().get(self.at).is_some_and(|column| column.type_info().name() == "TEXT");
        let read =
            if is_text && !<T as Type<R::Database>>::compatible(self.row.columns()[self.at].type_info()) {
                let text = self.next::<Option<&str>>();
                text.map_err(|error| error.to_string()).and_then(|text| text.map(parse).transpose())
            } else {
                self.next().map_err(|error| error.to_string())
            };
        Ok(read.unwrap_or_else(|error| {
            self.note(error);
            None
        }))
    }

    /// Notes that the cell that was just taken cannot be read.
    fn note(&mut self, error: String) {
        let column = self.row.columns()[self.at - 1].name().into();
        if let Some(unreadable) = &mut self.unreadable {
            unreadable.push(Unreadable { column, error });
        }
    }

    /// A text, which needs no parsing.
    fn words(&mut self) -> Result<Option<String>, sqlx::Error>
    where
        String: Decode<'r, R::Database> + Type<R::Database>,
        &'r str: Decode<'r, R::Database> + Type<R::Database>,
        usize: ColumnIndex<R>,
    {
        let before = self.unreadable().len();
        let text = self.cell(|text| Ok(text.to_owned()))?;
        Ok(if self.unreadable().len() > before { Some(UNREADABLE.to_owned()) } else { text })
    }
}

macro_rules! cells {
    ($row:ty, $time:ty, $into:expr, $from:expr) => {
        impl Cells for RowCells<'_, $row> {
            fn uuid(&mut self) -> Result<Option<Uuid>, sqlx::Error> {
                self.cell(|text| text.parse().map_err(|error| format!("{error}")))
            }

            fn text(&mut self) -> Result<Option<String>, sqlx::Error> {
                self.words()
            }

            fn int(&mut self) -> Result<Option<i32>, sqlx::Error> {
                self.cell(parse::int)
            }

            fn big(&mut self) -> Result<Option<i64>, sqlx::Error> {
                self.cell(parse::int)
            }

            fn flag(&mut self) -> Result<Option<bool>, sqlx::Error> {
                self.cell(parse::flag)
            }

            fn real(&mut self) -> Result<Option<f64>, sqlx::Error> {
                self.cell(parse::real)
            }

            fn time(&mut self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
                let time = self.cell::<$time>(|text| parse::time(text).map($from))?;
                Ok(time.and_then($into))
            }

            fn bytes(&mut self) -> Result<Option<Vec<u8>>, sqlx::Error> {
                self.next()
            }

            fn json(&mut self) -> Option<Value> {
                if self.unreadable.is_none() {
                    return self.next().ok().flatten();
                }
                self.cell(parse::json).ok().flatten()
            }
        }
    };
}

cells!(PgRow, Moment, |moment| Some(moment.0), Moment);
cells!(SqliteRow, Micros, Micros::time, Micros::from);

/// The value, where NULL cannot be.
pub(in crate::store) fn some<T>(value: Option<T>) -> Result<T, sqlx::Error> {
    value.ok_or_else(|| sqlx::Error::Decode("a NULL where none can be".into()))
}

/// The same bytes give the same hash, as long as the process runs. Rows are hashed whole, so it is a quick one.
pub(in crate::store) fn hasher() -> impl Hasher {
    FixedState::default().build_hasher()
}

/// A row whose content can be told from another's without decoding it.
pub(in crate::store) trait Fingerprint {
    /// Of everything in the row, as the engine sent it.
    fn fingerprint(&self) -> Result<u64, sqlx::Error>;
}

impl Fingerprint for PgRow {
    fn fingerprint(&self) -> Result<u64, sqlx::Error> {
        let mut hasher = hasher();
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
        let mut hasher = hasher();
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
