//! The inbox is looked at.

use super::{
    Counts, Entry, Filter, MOST_COUNTED, PageStart,
    rows::{Content, Flags},
    sql::{FROM, Sql},
};
use crate::{
    domain::{
        delivery::{BUCKETS, DeliveryId, DeliveryState},
        source::Cause,
    },
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection},
    },
};

pub(super) struct Usable;

impl Task for Usable {
    type Answer = ();

    async fn run(&self, conn: &mut Connection) -> Result<(), StoreError> {
        if conn.is_read_only() {
            return Err(StoreError::new(Cause::Privilege, "the file may only be read"));
        }
        conn.forget_schema();
        match conn.schema().await? {
            Some(schema) => schema.receives().map_err(|error| error.at(conn.node())),
            None => Ok(()),
        }
    }
}

pub(super) struct Readable;

impl Task for Readable {
    type Answer = ();

    async fn run(&self, conn: &mut Connection) -> Result<(), StoreError> {
        match conn.schema().await? {
            Some(schema) => schema.shows_inbox().map_err(|error| error.at(conn.node())),
            None => Ok(()),
        }
    }
}

pub(super) struct List<'a> {
    pub(super) filter: &'a Filter,
    pub(super) after: Option<PageStart>,
    pub(super) limit: u32,
}

impl Task for List<'_> {
    type Answer = Vec<Entry>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::from(&*conn);
        let (mut condition, mut cells) = sql.condition(self.filter);
        if let Some(PageStart { received_at, id }) = self.after {
            cells.extend([Cell::time(Some(received_at)), id.uuid().into()]);
            let (at, id) = (cells.len() - 1, cells.len());
            let behind =
                format!("d.received_at <= ${at} AND (d.received_at < ${at} OR d.delivery_id < ${id})");
            condition = format!("{condition} AND {behind}");
        }
        cells.push(Cell::Big(Some(i64::from(self.limit))));
        let query = format!(
            "SELECT d.delivery_id, d.event, d.action, d.repository_id, r.full_name, d.state, d.attempts, d.error, \
             d.claimed_by, d.lease_until, d.next_attempt_at, d.received_at, d.processed_at, CAST({} AS BIGINT) \
             {FROM} WHERE {condition} ORDER BY d.received_at DESC, d.delivery_id DESC LIMIT ${}",
            sql.size(),
            cells.len()
        );
        conn.read(query, cells).await
    }
}

pub(super) struct Payload {
    pub(super) id: DeliveryId,
}

impl Task for Payload {
    type Answer = Option<Vec<u8>>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let query = "SELECT payload FROM webhook_deliveries WHERE delivery_id = $1";
        let found: Option<Content> = conn.read(query.to_owned(), vec![self.id.uuid().into()]).await?.pop();
        Ok(found.map(|Content(payload)| payload))
    }
}

pub(super) struct Waiting;

impl Task for Waiting {
    type Answer = Vec<u8>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::from(&*conn);
        let is_any = |bucket| {
            format!(
                "EXISTS (SELECT 1 FROM webhook_deliveries d WHERE {} AND {} = {bucket})",
                sql.is_free(),
                Sql::bucket()
            )
        };
        let query = format!("SELECT {}", (0..BUCKETS).map(is_any).collect::<Vec<_>>().join(", "));
        // Nobody's claims but those whose lease is over.
        let found: Option<Flags> = conn.read(query, vec![Cell::text("")]).await?.pop();
        Ok(found.map(|Flags(buckets)| buckets).unwrap_or_default())
    }
}

pub(super) struct Count;

/// Deliveries that ended last among which the newest received is looked for: one that is retried ends late.
const LAST: usize = 20;

impl Task for Count {
    type Answer = Counts;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let count = |state: &DeliveryState| {
            format!(
                "(SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE {} LIMIT {MOST_COUNTED}) n)",
                is(state)
            )
        };
        let newest = |state: &DeliveryState| match state {
            DeliveryState::Pending => {
                format!("(SELECT max(received_at) FROM webhook_deliveries WHERE {})", is(state))
            }
            DeliveryState::Done | DeliveryState::Ignored | DeliveryState::Dead | DeliveryState::Other(_) => {
                format!(
                    "(SELECT max(n.received_at) FROM (SELECT received_at FROM webhook_deliveries WHERE {} \
                 ORDER BY processed_at DESC LIMIT {LAST}) n)",
                    is(state)
                )
            }
        };
        let query = format!(
            "SELECT {}, {}, (SELECT min(received_at) FROM webhook_deliveries WHERE {}), {}, {}",
            count(&DeliveryState::Pending),
            count(&DeliveryState::Dead),
            is(&DeliveryState::Pending),
            DeliveryState::ALL.iter().map(newest).collect::<Vec<_>>().join(", "),
            Sql::from(&*conn).now()
        );
        Ok(conn.read(query, Vec::new()).await?.pop().unwrap_or_default())
    }
}

/// The state, in the words of the index that has it.
fn is(state: &DeliveryState) -> String {
    match state {
        DeliveryState::Pending => "state = 'pending'".to_owned(),
        DeliveryState::Done | DeliveryState::Ignored | DeliveryState::Dead | DeliveryState::Other(_) => {
            format!("state <> 'pending' AND state = '{}'", state.word().replace('\'', "''"))
        }
    }
}
