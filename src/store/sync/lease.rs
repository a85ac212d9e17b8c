//! The lease of a repository: one sync at a time on one database, whoever runs it. It is a row of `sync_state`, and ends
//! by the database's clock.

use std::time::Duration;

use crate::{
    domain::ids::RepoId,
    store::engine::{
        columns::columns,
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection, Transaction},
    },
};

/// The `resource` of its row.
pub(super) const LEASE: &str = "lease";
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

pub(super) struct Take<'a> {
    pub(super) repo: RepoId,
    pub(super) owner: &'a str,
    pub(super) time: Duration,
}

impl Task for Take<'_> {
    type Answer = Option<Lease>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let micros = i64::try_from(self.time.min(LONGEST).as_micros()).unwrap_or(i64::MAX);
        let cells =
            vec![self.repo.into(), Cell::text(LEASE), Cell::text(self.owner), Cell::Big(Some(micros))];
        let ours = transaction.execute(&taken(&transaction), cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours.then(|| Lease { repo: self.repo, owner: self.owner.to_owned() }))
    }
}

/// $1 repository, $2 resource, $3 owner, $4 microseconds. Where another one's lasts, no row is changed.
fn taken(transaction: &Transaction<'_>) -> String {
    let later = transaction.later();
    let is_postgres = transaction.is_postgres();
    format!(
        "INSERT INTO sync_state AS t (repo_id, resource, claimed_by, lease_until, updated_at) \
         VALUES ($1, $2, $3, {}, {}) ON CONFLICT (repo_id, resource) \
         DO UPDATE SET claimed_by = excluded.claimed_by, lease_until = excluded.lease_until, updated_at = {} \
         WHERE t.claimed_by = excluded.claimed_by OR t.claimed_by IS NULL OR COALESCE(t.lease_until < {}, TRUE)",
        after(is_postgres, "$4"),
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
}

impl Task for Release<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<bool, StoreError> {
        let mut transaction = conn.begin().await?;
        let sql = format!(
            "UPDATE sync_state AS t SET claimed_by = NULL, lease_until = NULL, updated_at = {} \
             WHERE t.repo_id = $1 AND t.resource = $2 AND t.claimed_by = $3",
            transaction.later().then
        );
        let cells = vec![self.lease.repo.into(), Cell::text(LEASE), Cell::text(&self.lease.owner)];
        let ours = transaction.execute(&sql, cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours)
    }
}
