//! Rows of `insights`, and the pull requests that they are made from.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{InsightStore, rows::WrittenColumns, sql::Sql};
use crate::{
    domain::{
        ids::{InsightId, PrKey, PrNumber},
        new_insight::NewInsight,
        pull_text::PullText,
        source::Cause,
    },
    store::engine::{
        columns::Columns as _,
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection, Transaction},
    },
};

/// An insight that was made at another time.
#[derive(Clone, Debug, PartialEq)]
pub struct DatedInsight {
    pub key: PrKey,
    pub at: DateTime<Utc>,
    pub insight: NewInsight,
}

impl InsightStore {
    /// Stores an insight that nobody queued a request for, as far as the table has columns for it.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn insert(&mut self, key: PrKey, insight: &NewInsight) -> Result<InsightId, StoreError> {
        self.session.run(&Insert::new(key, insight)).await
    }

    /// Stores insights that were made at other times, all or none: a history.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn remember(&mut self, past: &[DatedInsight]) -> Result<(), StoreError> {
        self.session.run(&Remember { past }).await
    }

    /// What a model reads of a pull request; `None` if there is none.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn pull(&mut self, key: PrKey) -> Result<Option<PullText>, StoreError> {
        self.session.run(&Pull { key }).await
    }

    /// The pull request of this number in `owner/name`, in any case.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn find(&mut self, full_name: &str, number: PrNumber) -> Result<Option<PrKey>, StoreError> {
        self.session.run(&Find { full_name, number }).await
    }
}

/// A pull request's text.
pub(super) struct Pull {
    pub(super) key: PrKey,
}

impl Task for Pull {
    type Answer = Option<PullText>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let cells = vec![self.key.repo.into(), Cell::Int(Some(self.key.number.get()))];
        Ok(conn.read(sql.pull(), cells).await?.pop())
    }
}

/// A pull request by its names.
pub(super) struct Find<'a> {
    pub(super) full_name: &'a str,
    pub(super) number: PrNumber,
}

impl Task for Find<'_> {
    type Answer = Option<PrKey>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let cells = vec![Cell::text(self.full_name), Cell::Int(Some(self.number.get()))];
        Ok(conn.read(sql.find(), cells).await?.pop())
    }
}

pub(super) struct Insert<'a> {
    pub(super) id: Uuid,
    key: PrKey,
    pub(super) insight: &'a NewInsight,
}

impl<'a> Insert<'a> {
    pub(super) fn new(key: PrKey, insight: &'a NewInsight) -> Self {
        Self { id: Uuid::new_v4(), key, insight }
    }

    pub(super) async fn within(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
    ) -> Result<(), StoreError> {
        if !sql.takes_level() {
            let why = "insights.risk_level does not take a level: an insight would hide the one before it";
            return Err(StoreError::new(Cause::Schema, why));
        }
        let mut cells = vec![self.id.into(), self.key.repo.into(), Cell::Int(Some(self.key.number.get()))];
        let values = WrittenColumns::COLUMNS.iter().zip(WrittenColumns::from(self.insight).cells());
        cells.extend(values.filter(|(column, _)| sql.takes(column).is_some()).map(|(_, cell)| cell));
        transaction.execute(&sql.insert(), cells).await?;
        Ok(())
    }
}

impl Task for Insert<'_> {
    type Answer = InsightId;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let mut transaction = conn.begin().await?;
        self.within(&mut transaction, &sql).await?;
        transaction.end(true).await?;
        Ok(InsightId::new(self.id))
    }
}

/// Stores them in one transaction.
pub(super) struct Remember<'a> {
    pub(super) past: &'a [DatedInsight],
}

impl Task for Remember<'_> {
    type Answer = ();

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        for DatedInsight { key, at, insight } in self.past {
            let mut cells = vec![Uuid::new_v4().into(), key.repo.into(), Cell::Int(Some(key.number.get()))];
            cells.push(Cell::time(Some(*at)));
            cells.extend(WrittenColumns::from(insight).cells());
            transaction.execute(&Sql::insert_past(), cells).await?;
        }
        transaction.end(!self.past.is_empty()).await
    }
}
