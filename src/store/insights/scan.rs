//! Looking through the open pull requests for heads without an insight, page by page.

use uuid::Uuid;

use super::{
    rows::Looked,
    sql::{PAGE, Sql},
};
use crate::{
    domain::ids::PrKey,
    store::engine::{error::StoreError, session::Task, transaction::Connection, values::Cell},
};

/// How far a scan has come; by default it has not begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanCursor(Option<(Option<String>, Uuid)>);

impl ScanCursor {
    /// Behind this row.
    pub(super) fn of(row: &Looked) -> Self {
        Self(Some((row.at.clone(), row.id)))
    }

    /// Behind a whole page; `None` where there were fewer.
    pub(super) fn behind(page: &[Looked]) -> Option<Self> {
        page.last().filter(|_| page.len() >= PAGE).map(Self::of)
    }

    /// The values of the statement's parameters.
    pub(super) fn cells(&self, [first, last]: [&str; 2]) -> Vec<Cell> {
        let (at, id, timeless) = match &self.0 {
            None => (first, Uuid::nil(), Uuid::nil()),
            Some((Some(at), id)) => (at.as_str(), *id, Uuid::nil()),
            Some((None, id)) => (last, Uuid::max(), *id),
        };
        vec![Cell::text(at), id.into(), timeless.into()]
    }
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads {
    pub keys: Vec<PrKey>,
    /// Where to go on; `None`: all were looked at.
    pub next: Option<ScanCursor>,
}

/// Looks at a page.
pub(super) struct Scan<'a> {
    pub(super) from: &'a ScanCursor,
}

impl Task for Scan<'_> {
    type Answer = Vec<Looked>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        match sql.scan() {
            Some(text) => conn.read(text, self.from.cells(sql.ends())).await,
            None => Ok(Vec::new()),
        }
    }
}
