//! Where a migration's work belongs: beside `pull_requests`, whoever migrates.

use sqlx::{AssertSqlSafe, postgres::PgConnection, raw_sql};

use crate::store::engine::{
    connect::{ANSWER, within},
    error::StoreError,
    home::{HOME, PATH},
};

/// Puts the schema of `pull_requests` first in this session's `search_path`, where new tables are made; where there is no
/// such table yet, the path stays.
pub(super) async fn settle(conn: &mut PgConnection) -> Result<(), StoreError> {
    let settle = format!("WITH {HOME} SELECT set_config('search_path', {PATH}, false) FROM home");
    within(ANSWER, "the search_path", raw_sql(AssertSqlSafe(settle)).execute(conn)).await.map(drop)
}
