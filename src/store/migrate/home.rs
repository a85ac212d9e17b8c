//! Where a migration's work belongs: beside `pull_requests`, whoever migrates.

use sqlx::{postgres::PgConnection, raw_sql};

use crate::store::engine::{
    connect::{ANSWER, within},
    error::StoreError,
};

/// Puts the schema of `pull_requests` first in this session's `search_path`, where new tables are made. A schema that an
/// earlier version left its own tables in, by mistake, is passed over.
const SETTLE: &str = "
    WITH home AS (
        SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = to_regclass('pull_requests')
    )
    SELECT set_config('search_path', (
        SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM (
            SELECT nspname AS name, 0 AS place FROM home
            UNION ALL
            SELECT path.name, path.place FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
            WHERE path.name NOT IN (SELECT nspname FROM home)
                AND NOT (to_regclass(quote_ident(path.name) || '.flowlens_migrations') IS NOT NULL
                    AND to_regclass(quote_ident(path.name) || '.repositories') IS NULL)
        ) AS path), false)
    FROM home";

/// Does so; where there is no such table yet, the path stays.
pub(super) async fn settle(conn: &mut PgConnection) -> Result<(), StoreError> {
    within(ANSWER, "the search_path", raw_sql(SETTLE).execute(conn)).await.map(drop)
}
