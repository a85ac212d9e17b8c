//! Rows of `insights`, and the pull requests that they are made from.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{InsightStore, sql::Sql};
use crate::{
    domain::{
        ids::{InsightId, PrKey, PrNumber, Sha},
        new_insight::NewInsight,
        pull_text::PullText,
    },
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection, Transaction},
    },
};

/// An insight that was made at another time.
#[derive(Clone, Debug, PartialEq)]
pub struct PastInsight {
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
    pub async fn remember(&mut self, past: &[PastInsight]) -> Result<(), StoreError> {
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
        let (text, there) = sql.insert();
        let mut cells = vec![self.id.into(), self.key.repo.into(), Cell::Int(Some(self.key.number.get()))];
        cells.extend(
            values(self.insight).into_iter().zip(there).filter(|(_, there)| *there).map(|(cell, _)| cell),
        );
        transaction.execute(&text, cells).await?;
        Ok(())
    }
}

/// The values of the columns that are written, in their order.
fn values(insight: &NewInsight) -> [Cell; 7] {
    let NewInsight { sha, risk_level, score, summary, recommendation, details, requested_by } = insight;
    [
        Cell::maybe(sha.as_ref().map(Sha::as_str)),
        Cell::maybe(risk_level.as_deref()),
        Cell::Real(score.filter(|score| score.is_finite())),
        Cell::text(summary),
        Cell::text(recommendation),
        Cell::json(Some(details.clone())),
        Cell::maybe(requested_by.as_deref()),
    ]
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

/// The columns are those of our own schema: only a database of ours is given a history.
const INSERT: &str = "INSERT INTO insights (id, repo_id, pr_number, commit_sha, risk_level, score, summary, \
                      recommendation, details, requested_by, processed, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, $11)";

/// Stores them in one transaction.
pub(super) struct Remember<'a> {
    pub(super) past: &'a [PastInsight],
}

impl Task for Remember<'_> {
    type Answer = ();

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        for PastInsight { key, at, insight } in self.past {
            let mut cells = vec![Uuid::new_v4().into(), key.repo.into(), Cell::Int(Some(key.number.get()))];
            cells.extend(values(insight));
            cells.push(Cell::time(Some(*at)));
            transaction.execute(INSERT, cells).await?;
        }
        transaction.end(!self.past.is_empty()).await
    }
}
