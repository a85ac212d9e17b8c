//! The lease of a repository: one sync at a time on one database, whoever runs it. It is a row of `sync_state`, and ends
//! by the database's clock. By the same clock its `cursor` tells when all that is stored was last known to be as on GitHub,
//! in microseconds since 1970: whoever keeps the lease keeps that, and viewers read how old the board is.

use std::time::Duration;

use crate::{
    domain::ids::RepoId,
    store::engine::{
        columns::columns,
        error::StoreError,
        rows::LEASE,
        session::Task,
        transaction::{Cell, Connection, Transaction},
    },
};

/// The longest lease: the engines' calendars end somewhere.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// A repository's lease, as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub(super) repo: RepoId,
    pub(super) owner: String,
}

impl Lease {
    /// The repository that it is of.
    pub const fn repo(&self) -> RepoId {
        self.repo
    }
}

columns!(
    struct Holder {
        claimed_by: Text,
    }
);

/// When the statement began: the same clock for a condition and a value.
fn clock(is_postgres: bool) -> &'static str {
    if is_postgres { "statement_timestamp()" } else { "CAST(unixepoch('subsec') * 1000000 AS INTEGER)" }
}

fn after(is_postgres: bool, micros: &str) -> String {
    let now = clock(is_postgres);
    if is_postgres {
        format!("{now} + {micros} * interval '1 microsecond'")
    } else {
        format!("{now} + {micros}")
    }
}

/// The time of a lease's `cursor`, so many microseconds ago.
fn before(is_postgres: bool, micros: &str) -> String {
    if is_postgres {
        format!("((extract(epoch FROM {}) * 1000000)::int8 - {micros})::text", clock(is_postgres))
    } else {
        format!("CAST({} - {micros} AS TEXT)", clock(is_postgres))
    }
}

/// An age in microseconds, if it is known.
fn age(age: Option<Duration>) -> Cell {
    Cell::Big(age.map(micros))
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}

pub(super) struct Take<'a> {
    pub(super) repo: RepoId,
    pub(super) owner: &'a str,
    pub(super) time: Duration,
    /// How long ago all of it was as on GitHub; `None`: as is known already.
    pub(super) age: Option<Duration>,
}

impl Task for Take<'_> {
    type Answer = Option<Lease>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let time = Cell::Big(Some(micros(self.time)));
        let cells = vec![self.repo.into(), Cell::text(LEASE), Cell::text(self.owner), time, age(self.age)];
        let ours = transaction.execute(&taken(&transaction), cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours.then(|| Lease { repo: self.repo, owner: self.owner.to_owned() }))
    }
}

/// $1 repository, $2 resource, $3 owner, $4 time, $5 age, both in microseconds. Where another one's lasts, no row is
/// changed.
fn taken(transaction: &Transaction<'_>) -> String {
    let later = transaction.later();
    let is_postgres = transaction.is_postgres();
    format!(
        "INSERT INTO sync_state AS t (repo_id, resource, claimed_by, lease_until, cursor, updated_at) \
         VALUES ($1, $2, $3, {}, {}, {}) ON CONFLICT (repo_id, resource) \
         DO UPDATE SET claimed_by = excluded.claimed_by, lease_until = excluded.lease_until, \
         cursor = COALESCE(excluded.cursor, t.cursor), updated_at = {} \
         WHERE t.claimed_by = excluded.claimed_by OR t.claimed_by IS NULL OR COALESCE(t.lease_until < {}, TRUE)",
        after(is_postgres, "$4"),
        before(is_postgres, "$5"),
        later.now,
        later.then,
        clock(is_postgres)
    )
}

pub(super) struct Look {
    pub(super) repo: RepoId,
}

impl Task for Look {
    type Answer = Option<String>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let now = clock(matches!(conn, Connection::Postgres(..)));
        let sql = format!(
            "SELECT claimed_by FROM sync_state WHERE repo_id = $1 AND resource = $2 AND lease_until >= {now}"
        );
        let holder: Option<Holder> = conn.read(sql, vec![self.repo.into(), Cell::text(LEASE)]).await?.pop();
        Ok(holder.and_then(|holder| holder.claimed_by))
    }
}

pub(super) struct Release<'a> {
    pub(super) lease: &'a Lease,
    pub(super) age: Option<Duration>,
}

impl Task for Release<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<bool, StoreError> {
        let mut transaction = conn.begin().await?;
        let sql = format!(
            "UPDATE sync_state AS t SET claimed_by = NULL, lease_until = NULL, \
             cursor = COALESCE({}, t.cursor), updated_at = {} \
             WHERE t.repo_id = $1 AND t.resource = $2 AND t.claimed_by = $3",
            before(transaction.is_postgres(), "$4"),
            transaction.later().then
        );
        let Lease { repo, owner } = self.lease;
        let cells = vec![(*repo).into(), Cell::text(LEASE), Cell::text(owner), age(self.age)];
        let ours = transaction.execute(&sql, cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours)
    }
}
