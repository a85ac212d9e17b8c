//! Who asks: requests are queued, taken back and looked at.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Enqueued,
    rows::Fate,
    sql::{self, Sql},
};
use crate::{
    domain::{
        ids::PrKey,
        request::{Ability, Request},
        source::Cause,
    },
    store::engine::{
        error::{PRIMARY, StoreError},
        session::Task,
        transaction::{Any, Cell, Connection, Transaction},
    },
};

/// What this login may do.
pub(super) struct Abilities;

impl Task for Abilities {
    type Answer = Ability;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        if conn.is_read_only() {
            return Ok(Ability::ReadOnly);
        }
        conn.forget_schema();
        Ok(Sql::new(conn.schema().await?).ability())
    }
}

/// Whether a worker can work here. A standby never lets it, whatever the login may do.
pub(super) struct CanWork;

impl Task for CanWork {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        if conn.is_read_only() {
            return Ok(false);
        }
        conn.forget_schema();
        let schema = conn.schema().await?;
        if schema.as_ref().is_some_and(|schema| schema.is_standby()) {
            let message = format!("the server is a standby, which takes no writes; {PRIMARY}");
            return Err(StoreError::new(Cause::Privilege, message).at(conn.node()));
        }
        Ok(Sql::new(schema).can_work())
    }
}

/// New requests. The ids are made once, so that a second run knows its own.
pub(super) struct Enqueue<'a> {
    rows: Vec<(PrKey, Uuid)>,
    by: Option<&'a str>,
}

impl<'a> Enqueue<'a> {
    pub(super) fn new(keys: &[PrKey], by: Option<&'a str>) -> Self {
        Self { rows: keys.iter().map(|key| (*key, Uuid::new_v4())).collect(), by }
    }

    /// Queues, as part of a transaction; whether anything was written, and what became of each key.
    pub(super) async fn within(
        &self,
        transaction: &mut Transaction<'_>,
        sql: &Sql,
    ) -> Result<(bool, Vec<Fate>), StoreError> {
        let row = |(n, (key, id)): (usize, &(PrKey, Uuid))| {
            json!([key.repo.uuid().simple().to_string(), key.number.get(), id.simple().to_string(), n])
        };
        let rows = Cell::json(Some(self.rows.iter().enumerate().map(row).collect::<Value>()));
        let cells = vec![rows.clone(), Cell::maybe(self.by)];
        let written = transaction.execute(&sql.enqueue(), cells).await?;
        Ok((written > 0, transaction.read(sql.enqueued(), vec![rows]).await?))
    }
}

impl Task for Enqueue<'_> {
    type Answer = Enqueued;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let mut transaction = conn.begin().await?;
        let (wrote, fates) = self.within(&mut transaction, &sql).await?;
        transaction.end(wrote).await?;
        let mut enqueued = Enqueued::default();
        for fate in fates {
            let Some((key, _)) = self.rows.get(fate.place) else { continue };
            let list = match fate {
                Fate { ours: true, .. } => &mut enqueued.queued,
                Fate { exists: false, .. } => &mut enqueued.absent,
                Fate { has_files: false, .. } => &mut enqueued.unknown,
                Fate { .. } => &mut enqueued.joined,
            };
            list.push(*key);
        }
        Ok(enqueued)
    }
}

/// Takes queued ones back.
pub(super) struct Cancel<'a> {
    pub(super) keys: &'a [PrKey],
}

impl Task for Cancel<'_> {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let mut transaction = conn.begin().await?;
        let cells = vec![Cell::json(Some(sql::json(self.keys)))];
        let count = transaction.execute(&sql.cancel(), cells).await?;
        transaction.end(count > 0).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// The newest request of each key.
pub(super) struct Latest<'a> {
    pub(super) keys: &'a [PrKey],
}

impl Task for Latest<'_> {
    type Answer = Vec<Request>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        conn.read(sql.latest(), vec![Cell::json(Some(sql::json(self.keys)))]).await
    }
}

/// Open requests.
pub(super) struct Open {
    pub(super) limit: usize,
}

impl Task for Open {
    type Answer = Vec<Request>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        conn.read(Sql::open(), vec![rows(self.limit)]).await
    }
}

/// Queued requests whose time has not come.
pub(super) struct Postponed {
    pub(super) limit: usize,
}

impl Task for Postponed {
    type Answer = usize;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?).postponed();
        Ok(conn.read::<Any>(sql, vec![rows(self.limit)]).await?.len())
    }
}

fn rows(limit: usize) -> Cell {
    Cell::Big(Some(i64::try_from(limit).unwrap_or(i64::MAX)))
}
