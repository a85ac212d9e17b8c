//! Pages of an answer, and where they begin and end.

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::super::decode::{Joined, KeyRow, decode_joined};
use crate::{
    domain::ids::PrKey,
    store::engine::cells::{Cells, Fingerprint, RowCells},
};

/// The rows of some keys.
#[derive(Debug, Default)]
pub(in crate::store) struct JoinedPage {
    pub found: Vec<Joined>,
    /// Keys of which nothing is there.
    pub absent: Vec<PrKey>,
}

impl JoinedPage {
    /// Takes in another row.
    pub(super) fn take<R: Row + Fingerprint>(&mut self, row: &R) -> Result<(), sqlx::Error>
    where
        for<'r> RowCells<'r, R>: Cells,
    {
        match decode_joined(&mut RowCells::forgiving(row), row.fingerprint()?)? {
            Ok(joined) => self.found.push(joined),
            Err(key) => self.absent.push(key),
        }
        Ok(())
    }
}

/// Where a page ended.
pub(in crate::store) type Cursor = (DateTime<Utc>, Uuid);

/// A page of keys, and where the next one begins; `None` at the end.
pub(in crate::store) type KeyPage = (Vec<KeyRow>, Option<Cursor>);

/// 9999-12-31 00:00:00 UTC, the latest time that can be held.
const LATEST_EPOCH: i64 = 253_402_214_400;

/// Later than any row.
pub(in crate::store) fn latest() -> DateTime<Utc> {
    DateTime::from_timestamp(LATEST_EPOCH, 0).unwrap_or_default()
}

/// The limits of a page of keys.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bounds<'a> {
    /// Repositories; `None` for all.
    pub only: Option<&'a [Uuid]>,
    /// Start of the window.
    pub ended_since: DateTime<Utc>,
}

/// Where the rows of a pull request are, for the log.
pub(in crate::store) fn place(key: PrKey) -> String {
    format!("{} #{}", key.repo.uuid(), key.number.get())
}
