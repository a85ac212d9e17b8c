//! Deliveries are kept.

use std::collections::HashSet;

use super::NewDelivery;
use crate::{
    domain::{delivery::DeliveryId, source::Engine},
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection},
    },
};

/// Rows of a statement: each is a round trip for which whoever sent them waits.
const ROWS: usize = 16;

pub(super) struct Put<'a> {
    pub(super) deliveries: &'a [NewDelivery],
}

impl Task for Put<'_> {
    type Answer = Vec<bool>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        // YugabyteDB has taken the wrong rows for conflicting in a statement of several (#29109).
        let is_yugabyte = conn.schema().await?.is_some_and(|schema| schema.engine == Engine::YugabyteDb);
        let now = conn.later().now;
        // Two that keep the same ones wait for each other in one order only.
        let mut order: Vec<usize> = (0..self.deliveries.len()).collect();
        order.sort_by_key(|n| self.deliveries[*n].id);
        let statements: Vec<&[usize]> = order.chunks(if is_yugabyte { 1 } else { ROWS }).collect();
        let cells = |rows: &[usize]| rows.iter().flat_map(|n| cells(&self.deliveries[*n])).collect();
        let mut kept: HashSet<DeliveryId> = HashSet::new();
        if let [rows] = statements[..] {
            kept.extend(conn.at_once::<DeliveryId>(insert(rows.len(), now), cells(rows)).await?);
        } else {
            let mut transaction = conn.begin().await?;
            for rows in statements {
                kept.extend(transaction.read::<DeliveryId>(insert(rows.len(), now), cells(rows)).await?);
            }
            transaction.end(!kept.is_empty()).await?;
        }
        conn.shrink();
        // Of those that are the same, the first one is new.
        Ok(self.deliveries.iter().map(|delivery| kept.remove(&delivery.id)).collect())
    }
}

/// So many rows, of which those that are known are left out; the ids of the others.
fn insert(rows: usize, now: &str) -> String {
    let row = |n: usize| {
        let [id, event, action, repository, payload] = [1, 2, 3, 4, 5].map(|column| n * 5 + column);
        format!("(${id}, ${event}, ${action}, ${repository}, ${payload}, 'pending', 0, {now})")
    };
    format!(
        "INSERT INTO webhook_deliveries (delivery_id, event, action, repository_id, payload, state, attempts, received_at) \
         VALUES {} ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id",
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    )
}

fn cells(delivery: &NewDelivery) -> [Cell; 5] {
    let NewDelivery { id, event, action, repository_id, payload } = delivery;
    [
        id.uuid().into(),
        Cell::text(event),
        Cell::maybe(action.as_deref()),
        Cell::Big(*repository_id),
        Cell::Bytes(Some(payload.clone())),
    ]
}
