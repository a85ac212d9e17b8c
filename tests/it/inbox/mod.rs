//! The inbox of webhook deliveries, on both engines.

mod command;
mod keeping;
mod working;

use std::{collections::BTreeSet, time::Duration};

use crate::support::rows::Store;
use bytes::Bytes;
use flowlens::{
    domain::delivery::{DeliveryId, DeliveryState},
    store::inbox::{Delivery, Entry, Filter, Inbox, NewDelivery},
};
use uuid::Uuid;

/// Longer than any test.
const LEASE: Duration = Duration::from_mins(10);

fn id(n: u128) -> DeliveryId {
    DeliveryId::new(Uuid::from_u128(n))
}

/// A delivery of repository 0, thus of bucket 0.
fn new(n: u128) -> NewDelivery {
    NewDelivery {
        id: id(n),
        event: "push".into(),
        action: None,
        repository_id: None,
        payload: Bytes::from(format!("{{\"n\":{n}}}")),
    }
}

fn of(n: u128, repository_id: i64) -> NewDelivery {
    NewDelivery { repository_id: Some(repository_id), ..new(n) }
}

/// Keeps deliveries one after the other, so that they are in order.
async fn keep(inbox: &mut Inbox, deliveries: impl IntoIterator<Item = NewDelivery>) {
    for delivery in deliveries {
        assert_eq!(inbox.put(&[delivery]).await, Ok(vec![true]));
    }
}

async fn claim(inbox: &mut Inbox, by: &str) -> Vec<Delivery> {
    inbox.claim(by, 0, LEASE).await.expect("asked")
}

fn ids(deliveries: &[Delivery]) -> Vec<DeliveryId> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

async fn listed(inbox: &mut Inbox, filter: &Filter) -> Vec<Entry> {
    inbox.list(filter, None, 100).await.expect("read")
}

async fn entry(inbox: &mut Inbox, n: u128) -> Entry {
    let filter = Filter { ids: vec![id(n)], ..Filter::default() };
    listed(inbox, &filter).await.pop().expect("it is kept")
}

/// All that are in a state.
async fn in_state(inbox: &mut Inbox, state: DeliveryState) -> BTreeSet<DeliveryId> {
    let filter = Filter { states: vec![state], ..Filter::default() };
    listed(inbox, &filter).await.into_iter().map(|entry| entry.id).collect()
}

/// The leases of all claims are over, just now.
async fn expire(store: &Store) {
    let past = match store {
        Store::Postgres(_) => "clock_timestamp() - interval '1 microsecond'",
        Store::Sqlite(_) => "CAST(unixepoch('subsec') * 1000000 AS INTEGER) - 1",
    };
    store
        .execute(&format!("UPDATE webhook_deliveries SET lease_until = {past} WHERE claimed_by IS NOT NULL"))
        .await;
}
