//! The workers: requests are claimed.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use uuid::Uuid;

use super::{
    Claim, MAX_ATTEMPTS, Only,
    rows::{Candidate, Claimed},
    sql::{self, Sql, Which},
    work::{gave_up, micros},
};
use crate::{
    domain::ids::{PrKey, RequestId},
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Any, Cell, Connection, Transaction},
    },
};

/// Claims the next request.
pub(super) struct Take<'a> {
    pub(super) worker: &'a str,
    pub(super) lease: Duration,
    pub(super) only: Option<Only<'a>>,
    /// There may be a claim that this worker does not know of: whether a COMMIT went through was not said.
    pub(super) in_doubt: AtomicBool,
}

impl Task for Take<'_> {
    type Answer = Option<Claim>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let in_doubt = self.in_doubt.swap(true, Ordering::Relaxed);
        if !in_doubt && conn.read::<Candidate>(sql.claimable(Which::Any), self.cells()).await?.is_empty() {
            return Ok(None);
        }
        let mut transaction = conn.begin().await?;
        let known = if in_doubt { self.known(&mut transaction, &sql).await? } else { None };
        let (claim, wrote) = match known {
            Some(claim) => (Some(claim), true),
            None => self.next(&mut transaction, &sql).await?,
        };
        transaction.end(wrote).await?;
        Ok(claim)
    }
}

impl Take<'_> {
    fn cells(&self) -> Vec<Cell> {
        let (by, awaited) = self.only.map_or((None, [].as_slice()), |only| (Some(only.by), only.awaited));
        vec![Cell::json(Some(sql::json(awaited))), Cell::maybe(by), micros(self.lease)]
    }

    /// What this worker claimed without being told so.
    async fn known(&self, transaction: &mut Transaction<'_>, sql: &Sql) -> Result<Option<Claim>, StoreError> {
        let found = transaction.read::<Claimed>(sql.claimed(), vec![Cell::text(self.worker)]).await?.pop();
        let Some(Claimed { id, key, attempts, requested_by }) = found else { return Ok(None) };
        let cells = vec![id.into(), Cell::text(self.worker), Cell::Int(Some(attempts)), micros(self.lease)];
        transaction.execute(&sql.renew(), cells).await?;
        Ok(Some(self.claim(id, key, attempts, requested_by)))
    }

    /// Of those that wait the first; and whether anything was written.
    async fn next(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
    ) -> Result<(Option<Claim>, bool), StoreError> {
        let mut wrote = false;
        while let Some(candidate) = self.candidate(transaction, sql).await? {
            wrote = true;
            if candidate.abandoned && self.is_asked_anew(transaction, candidate.key).await? {
                self.supersede(transaction, sql, candidate.key).await?;
                continue;
            }
            if candidate.attempts < MAX_ATTEMPTS {
                return Ok((Some(self.take(transaction, sql, candidate).await?), wrote));
            }
            let gone =
                || format!("{} stopped answering", candidate.worker.as_deref().unwrap_or("its worker"));
            let last = candidate.error.clone().filter(|_| !candidate.abandoned).unwrap_or_else(gone);
            let cells = vec![candidate.id.into(), Cell::text("dead"), Cell::text(&gave_up(&last))];
            transaction.execute(&sql.end(), cells).await?;
        }
        Ok((None, wrote))
    }

    /// One whose worker is gone stands in line from then on: the next worker to be killed is killed over another one.
    pub(super) async fn candidate(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
    ) -> Result<Option<Candidate>, StoreError> {
        let mut found = Vec::new();
        for which in [Which::Queued, Which::Abandoned] {
            found.extend(transaction.read::<Candidate>(sql.claim(which), self.cells()).await?);
        }
        Ok(found.into_iter().min_by_key(|candidate| candidate.since))
    }

    pub(super) async fn take(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
        candidate: Candidate,
    ) -> Result<Claim, StoreError> {
        let Candidate { id, key, attempts, requested_by, .. } = candidate;
        if candidate.sibling {
            self.supersede(transaction, sql, key).await?;
        }
        let cells = vec![id.into(), Cell::text(self.worker), micros(self.lease), Cell::Int(Some(attempts))];
        if transaction.execute(&sql.take(), cells).await? == 0 {
            // The lock should not let it come to this.
            return Err(StoreError::conflict("another worker was quicker"));
        }
        Ok(self.claim(id, key, attempts + 1, requested_by))
    }

    /// Whether another request for the pull request waits: one insight answers both.
    async fn is_asked_anew(&self, transaction: &mut Transaction<'_>, key: PrKey) -> Result<bool, StoreError> {
        let cells = vec![key.repo.into(), Cell::Int(Some(key.number.get()))];
        Ok(!transaction.read::<Any>(Sql::QUEUED, cells).await?.is_empty())
    }

    /// Ends the request for the pull request whose worker is gone.
    async fn supersede(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
        key: PrKey,
    ) -> Result<(), StoreError> {
        let why = "its worker stopped answering, and another request took its place";
        let cells = vec![key.repo.into(), Cell::Int(Some(key.number.get())), Cell::text(why)];
        transaction.execute(&sql.supersede(), cells).await.map(drop)
    }

    fn claim(&self, id: Uuid, key: PrKey, attempt: i32, requested_by: Option<String>) -> Claim {
        Claim {
            request: RequestId::new(id),
            key,
            attempt,
            worker: self.worker.into(),
            requested_by: requested_by.map(Into::into),
        }
    }
}
