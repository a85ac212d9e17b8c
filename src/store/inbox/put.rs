//! Deliveries are kept.

use super::NewDelivery;
use crate::store::engine::{
    error::StoreError,
    session::Task,
    transaction::{Cell, Connection},
};

pub(super) struct Put<'a> {
    pub(super) deliveries: &'a [NewDelivery],
}

impl Task for Put<'_> {
    type Answer = Vec<bool>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let sql = format!(
            "INSERT INTO webhook_deliveries (delivery_id, event, action, repository_id, payload, state, attempts, received_at) \
             VALUES ($1, $2, $3, $4, $5, 'pending', 0, {}) ON CONFLICT (delivery_id) DO NOTHING",
            transaction.later().now
        );
        // Two that keep the same ones wait for each other in one order only.
        let mut order: Vec<usize> = (0..self.deliveries.len()).collect();
        order.sort_by_key(|n| self.deliveries[*n].id);
        let mut news = vec![false; order.len()];
        for n in order {
            let NewDelivery { id, event, action, repository_id, payload } = &self.deliveries[n];
            let cells = vec![
                id.uuid().into(),
                Cell::text(event),
                Cell::maybe(action.as_deref()),
                Cell::Big(*repository_id),
                Cell::Bytes(Some(payload.clone())),
            ];
            news[n] = transaction.execute(&sql, cells).await? > 0;
        }
        transaction.end(news.contains(&true)).await?;
        Ok(news)
    }
}
