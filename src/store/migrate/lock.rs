//! One migrator at a time: a row with a lease that its holder renews.
//!
//! A lock that the server releases by itself (advisory, or a row lock) is not to be had on every
//! `YugabyteDB`, or would need a transaction open for as long as an index is built. A lease that is no
//! longer renewed, because its holder was killed, is free after [`LEASE_SECONDS`].

use std::time::Duration;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::{
    domain::source::Cause,
    store::engine::{
        connect::{close, within},
        error::StoreError,
        retry::retry,
    },
};

const LEASE_SECONDS: f64 = 30.0;
const RENEWED_EVERY: Duration = Duration::from_secs(10);
const ASKED_EVERY: Duration = Duration::from_millis(500);
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);

/// The lease of this migrator, on a connection of its own: the other one is busy for as long as an index
/// is being built.
pub(super) struct MigrationLease {
    conn: PgConnection,
    holder: Uuid,
}

impl MigrationLease {
    /// Takes the lease, as soon as nobody else has it; `on_wait` is called once if somebody has.
    pub(super) async fn take(mut conn: PgConnection, on_wait: impl FnOnce()) -> Result<Self, StoreError> {
        retry(async || make_table(&mut conn).await).await?;
        let holder = Uuid::new_v4();
        let mut on_wait = Some(on_wait);
        while !retry(async || claim(&mut conn, holder).await).await? {
            if let Some(on_wait) = on_wait.take() {
                on_wait();
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
        Ok(Self { conn, holder })
    }

    /// Renews the lease for as long as it is awaited; returns only when that fails.
    pub(super) async fn keep(&mut self) -> StoreError {
        loop {
            tokio::time::sleep(RENEWED_EVERY).await;
            let holder = self.holder;
            match retry(async || claim(&mut self.conn, holder).await).await {
                Ok(true) => {}
                Ok(false) => {
                    return StoreError::new(Cause::Other, "another flowlens db migrate took the lease over");
                }
                Err(error) => return error,
            }
        }
    }

    pub(super) async fn release(mut self) -> Result<(), StoreError> {
        let release = sqlx::query("DELETE FROM flowlens_migration_lock WHERE id = 1 AND holder = $1")
            .bind(self.holder)
            .execute(&mut self.conn);
        within(STATEMENT_LIMIT, "the release of the migration lock", release).await?;
        close(self.conn).await;
        Ok(())
    }
}

async fn make_table(conn: &mut PgConnection) -> Result<(), StoreError> {
    let create = sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS flowlens_migration_lock (
             id INT PRIMARY KEY, holder UUID NOT NULL, lease_until TIMESTAMPTZ NOT NULL)",
    )
    .execute(conn);
    match within(STATEMENT_LIMIT, "the making of the migration lock", create).await {
        // IF NOT EXISTS does not see a table that another session is just making.
        Err(error) if matches!(error.code(), Some("23505" | "42710" | "42P07")) => Ok(()),
        result => result.map(drop),
    }
}

/// Takes or renews the lease; false when somebody else has it.
async fn claim(conn: &mut PgConnection, holder: Uuid) -> Result<bool, StoreError> {
    let claim = sqlx::query(
        "INSERT INTO flowlens_migration_lock AS l (id, holder, lease_until)
         VALUES (1, $1, clock_timestamp() + make_interval(secs => $2))
         ON CONFLICT (id) DO UPDATE SET holder = EXCLUDED.holder, lease_until = EXCLUDED.lease_until
         WHERE l.holder = EXCLUDED.holder OR l.lease_until < clock_timestamp()",
    )
    .bind(holder)
    .bind(LEASE_SECONDS)
    .execute(conn);
    let result = within(STATEMENT_LIMIT, "the migration lock", claim).await?;
    Ok(result.rows_affected() == 1)
}
