//! The processors: deliveries are claimed, and come to their end.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Delivery, End, MAX_ATTEMPTS,
    rows::Candidate,
    sql::{Sql, id_list, micros},
};
use crate::{
    domain::delivery::DeliveryId,
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection, Transaction},
    },
};

/// Deliveries that one claim takes.
const MANY: usize = 64;
/// The same of those whose processor was lost.
const FEW: usize = 8;
/// Bytes of payloads of a claim, unless the first one alone has more.
const HEAVY: usize = 8 * 1024 * 1024;
/// Characters of an error that are kept.
const ERROR_CHARS: usize = 500;

pub(super) struct Take<'a> {
    pub(super) by: &'a str,
    pub(super) bucket: u8,
    pub(super) lease: Duration,
}

impl Task for Take<'_> {
    type Answer = Vec<Delivery>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::from(&*conn);
        loop {
            let candidates = self.candidates(conn, sql).await?;
            let Some(first) = candidates.first() else { return Ok(Vec::new()) };
            if first.attempts >= MAX_ATTEMPTS && !first.is_ours {
                self.give_up(conn, sql, first).await?;
                continue;
            }
            let ids = chosen(&candidates);
            // Whoever came first has changed what makes it free.
            let query = format!(
                "UPDATE webhook_deliveries AS d SET claimed_by = $1, lease_until = {}, next_attempt_at = NULL, \
                 attempts = d.attempts + CASE WHEN d.claimed_by = $1 THEN 0 ELSE 1 END WHERE {} AND {} \
                 RETURNING delivery_id, event, attempts, received_at, payload",
                sql.after("$3"),
                sql.ids(2),
                sql.is_free()
            );
            let cells = vec![Cell::text(self.by), id_list(&ids), micros(self.lease)];
            let mut claimed: Vec<Delivery> = conn.at_once(query, cells).await?;
            conn.shrink();
            claimed.sort_by_key(|delivery| (delivery.received_at, delivery.id));
            return Ok(claimed);
        }
    }
}

impl Take<'_> {
    /// The oldest that are free, without any lock: where nothing waits, this is one question.
    async fn candidates(&self, conn: &mut Connection, sql: Sql) -> Result<Vec<Candidate>, StoreError> {
        let query = format!(
            "SELECT d.delivery_id, d.attempts, CAST({} AS BIGINT), d.error, COALESCE(d.claimed_by = $1, FALSE) FROM webhook_deliveries d \
             WHERE {} AND {} = $2 ORDER BY d.received_at, d.delivery_id LIMIT {MANY}",
            sql.size(),
            sql.is_free(),
            Sql::bucket()
        );
        conn.read(query, vec![Cell::text(self.by), Cell::Big(Some(i64::from(self.bucket)))]).await
    }

    /// Whoever tries it is gone afterwards: nobody is to be next.
    async fn give_up(
        &self,
        conn: &mut Connection,
        sql: Sql,
        candidate: &Candidate,
    ) -> Result<(), StoreError> {
        let error = candidate.error.as_deref().unwrap_or("its processor stopped answering");
        let mut transaction = conn.begin().await?;
        let query = format!("{} WHERE d.delivery_id = $2 AND {}", ended(sql, "'dead'", "$3"), sql.is_free());
        let cells = vec![Cell::text(self.by), candidate.id.uuid().into(), Cell::text(&gave_up(error))];
        let gone = transaction.execute(&query, cells).await? > 0;
        transaction.end(gone).await
    }
}

/// Those that may be tried together with the first, as many as can be held.
fn chosen(candidates: &[Candidate]) -> Vec<DeliveryId> {
    let most = candidates.first().map_or(0, together);
    let mut weight = 0;
    let light = |candidate: &&Candidate| {
        let is_first = weight == 0;
        weight += candidate.size;
        is_first || weight <= HEAVY
    };
    let alike = candidates.iter().filter(|candidate| together(candidate) == most);
    alike.take(most).take_while(light).map(|candidate| candidate.id).collect()
}

/// With how many others, itself included, a delivery may be tried. One that failed takes no other one along, and one over
/// which its processors are lost takes few along, and then none.
fn together(candidate: &Candidate) -> usize {
    let lost = candidate.attempts - i32::from(candidate.is_ours);
    match (&candidate.error, lost) {
        (None, 0) => MANY,
        (None, 1) => FEW,
        _ => 1,
    }
}

pub(super) struct Renew<'a> {
    pub(super) by: &'a str,
    pub(super) ids: &'a [DeliveryId],
    pub(super) lease: Duration,
}

impl Task for Renew<'_> {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let sql = Sql::from(&transaction);
        let query = format!(
            "UPDATE webhook_deliveries AS d SET lease_until = {} WHERE {} AND {OURS}",
            sql.after("$3"),
            sql.ids(2)
        );
        let cells = vec![Cell::text(self.by), id_list(self.ids), micros(self.lease)];
        let ours = transaction.execute(&query, cells).await?;
        transaction.end(ours > 0).await?;
        Ok(usize::try_from(ours).unwrap_or(usize::MAX))
    }
}

pub(super) struct Settle<'a> {
    pub(super) by: &'a str,
    pub(super) ended: &'a [(DeliveryId, End)],
}

/// The claim is still of $1.
const OURS: &str = "d.claimed_by = $1 AND d.state = 'pending'";

impl Task for Settle<'_> {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let mut count = 0;
        // Most come to the same end.
        let (mut done, mut dead) = (Vec::new(), Vec::new());
        let mut ignored: BTreeMap<&str, Vec<DeliveryId>> = BTreeMap::new();
        for (id, end) in self.ended {
            match end {
                End::Done => done.push(*id),
                End::Ignored(why) => ignored.entry(why).or_default().push(*id),
                End::Dead(error) => dead.push((*id, error)),
                End::Again { error, pause } => {
                    count += self.again(&mut transaction, *id, error, *pause).await?;
                }
            }
        }
        if !done.is_empty() {
            count += self.end(&mut transaction, "'done'", None, &done).await?;
        }
        for (id, error) in dead {
            count += self.end(&mut transaction, "'dead'", Some(error), &[id]).await?;
        }
        for (why, ids) in ignored {
            count += self.end(&mut transaction, "'ignored'", Some(why), &ids).await?;
        }
        transaction.end(count > 0).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

impl Settle<'_> {
    async fn end(
        &self,
        transaction: &mut Transaction<'_>,
        state: &str,
        error: Option<&str>,
        ids: &[DeliveryId],
    ) -> Result<u64, StoreError> {
        let sql = Sql::from(&*transaction);
        let query = format!("{} WHERE {} AND {OURS}", ended(sql, state, "$3"), sql.ids(2));
        let cells = vec![Cell::text(self.by), id_list(ids), Cell::maybe(error.map(cut).as_deref())];
        transaction.execute(&query, cells).await
    }

    /// Pending again, or dead if that was the last attempt.
    async fn again(
        &self,
        transaction: &mut Transaction<'_>,
        id: DeliveryId,
        error: &str,
        pause: Duration,
    ) -> Result<u64, StoreError> {
        let sql = Sql::from(&*transaction);
        let last = format!("{OURS} AND d.attempts >= {MAX_ATTEMPTS}");
        let query = format!("{} WHERE d.delivery_id = $2 AND {last}", ended(sql, "'dead'", "$3"));
        let cells = vec![Cell::text(self.by), id.uuid().into(), Cell::text(&gave_up(error))];
        let dead = transaction.execute(&query, cells).await?;
        if dead > 0 {
            return Ok(dead);
        }
        let query = format!(
            "UPDATE webhook_deliveries AS d SET error = $3, next_attempt_at = {}, claimed_by = NULL, \
             lease_until = NULL WHERE d.delivery_id = $2 AND {OURS}",
            sql.after("$4")
        );
        let cells = vec![Cell::text(self.by), id.uuid().into(), Cell::text(&cut(error)), micros(pause)];
        transaction.execute(&query, cells).await
    }
}

/// Ends deliveries.
fn ended(sql: Sql, state: &str, error: &str) -> String {
    format!(
        "UPDATE webhook_deliveries AS d SET state = {state}, error = {error}, processed_at = {}, claimed_by = NULL, \
         lease_until = NULL, next_attempt_at = NULL",
        sql.now()
    )
}

fn gave_up(error: &str) -> String {
    cut(&format!("gave up after {MAX_ATTEMPTS} attempts: {error}"))
}

fn cut(error: &str) -> String {
    error.chars().take(ERROR_CHARS).collect()
}
