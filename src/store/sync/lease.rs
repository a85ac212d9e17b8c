//! The lease of a repository: one sync at a time on one database, whoever runs it. It is a row of `sync_state`, and ends
//! by the database's clock. By the same clock its `cursor` tells when all that is stored was last known to be as on GitHub,
//! in microseconds since 1970, and its `etag` when GitHub is asked again, and why nothing new comes: whoever keeps the lease
//! keeps both, and viewers read how the board is.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        ids::RepoId,
        sync::{ReaderTrouble, Trouble},
    },
    store::engine::{
        cells::{Cells, Decoded, some},
        error::StoreError,
        rows::{LEASE, moment, trouble},
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

/// What is kept beside a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How long ago all of it was as on GitHub; `None`: as is known already.
    pub age: Option<Duration>,
    /// Why nothing new comes, and how long it is until GitHub is asked again.
    pub trouble: Option<(Trouble, Duration)>,
}

impl Kept {
    /// $1 age, $2 time, both in microseconds, $3 the text behind that time.
    fn cells(&self) -> [Cell; 3] {
        let text = self.trouble.as_ref().and_then(|(why, _)| serde_json::to_string(why).ok());
        [
            Cell::Big(self.age.map(micros)),
            Cell::Big(self.trouble.as_ref().map(|(_, left)| -micros(*left))),
            Cell::Text(text.map(|text| format!(" {text}"))),
        ]
    }
}

/// Somebody's lease, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub holder: String,
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// When all of it was as on GitHub, by the same.
    pub fresh_at: Option<DateTime<Utc>>,
    pub trouble: Option<ReaderTrouble>,
}

impl Decoded for Holding {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let mut text = || c.text();
        let (holder, now) = (some(text()?)?, some(text()?)?);
        let (fresh_at, told) = (text()?, text()?);
        Ok(Self {
            holder,
            now: some(moment(&now))?,
            fresh_at: fresh_at.as_deref().and_then(moment),
            trouble: told.as_deref().and_then(trouble),
        })
    }
}

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

fn micros(time: Duration) -> i64 {
    i64::try_from(time.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}

pub(super) struct Take<'a> {
    pub(super) repo: RepoId,
    pub(super) owner: &'a str,
    pub(super) time: Duration,
    /// `None`: as is known already.
    pub(super) kept: Option<&'a Kept>,
}

impl Task for Take<'_> {
    type Answer = Option<Lease>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        let time = Cell::Big(Some(micros(self.time)));
        let mut cells = vec![self.repo.into(), Cell::text(LEASE), Cell::text(self.owner), time];
        cells.extend(self.kept.map_or_else(|| Kept::default().cells(), Kept::cells));
        cells.push(Cell::Flag(Some(self.kept.is_some())));
        let ours = transaction.execute(&taken(&transaction), cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours.then(|| Lease { repo: self.repo, owner: self.owner.to_owned() }))
    }
}

/// $1 repository, $2 resource, $3 owner, $4 time in microseconds, $5 to $7 what is kept, $8 whether that is told. Where another
/// one's lasts, no row is changed.
fn taken(transaction: &Transaction<'_>) -> String {
    let later = transaction.later();
    let is_postgres = transaction.is_postgres();
    format!(
        "INSERT INTO sync_state AS t (repo_id, resource, claimed_by, lease_until, cursor, etag, updated_at) \
         VALUES ($1, $2, $3, {}, {}, {} || $7, {}) ON CONFLICT (repo_id, resource) \
         DO UPDATE SET claimed_by = excluded.claimed_by, lease_until = excluded.lease_until, \
         cursor = COALESCE(excluded.cursor, t.cursor), \
         etag = CASE WHEN $8 THEN excluded.etag ELSE t.etag END, updated_at = {} \
         WHERE t.claimed_by = excluded.claimed_by OR t.claimed_by IS NULL OR COALESCE(t.lease_until < {}, TRUE)",
        after(is_postgres, "$4"),
        before(is_postgres, "$5"),
        before(is_postgres, "$6"),
        later.now,
        later.then,
        clock(is_postgres)
    )
}

pub(super) struct Look {
    pub(super) repo: RepoId,
}

impl Task for Look {
    type Answer = Option<Holding>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let is_postgres = matches!(conn, Connection::Postgres(..));
        let sql = format!(
            "SELECT claimed_by, {}, cursor, etag FROM sync_state \
             WHERE repo_id = $1 AND resource = $2 AND claimed_by IS NOT NULL AND lease_until >= {}",
            before(is_postgres, "0"),
            clock(is_postgres)
        );
        Ok(conn.read(sql, vec![self.repo.into(), Cell::text(LEASE)]).await?.pop())
    }
}

pub(super) struct Release<'a> {
    pub(super) lease: &'a Lease,
    pub(super) kept: &'a Kept,
}

impl Task for Release<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<bool, StoreError> {
        let mut transaction = conn.begin().await?;
        let sql = format!(
            "UPDATE sync_state AS t SET claimed_by = NULL, lease_until = NULL, \
             cursor = COALESCE({}, t.cursor), etag = {} || $6, updated_at = {} \
             WHERE t.repo_id = $1 AND t.resource = $2 AND t.claimed_by = $3",
            before(transaction.is_postgres(), "$4"),
            before(transaction.is_postgres(), "$5"),
            transaction.later().then
        );
        let Lease { repo, owner } = self.lease;
        let mut cells = vec![(*repo).into(), Cell::text(LEASE), Cell::text(owner)];
        cells.extend(self.kept.cells());
        let ours = transaction.execute(&sql, cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours)
    }
}
