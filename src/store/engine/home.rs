//! The schema of `pull_requests`, beside which all of ours stands, whatever the `search_path` leads to first.

/// A table expression: that schema, or none.
pub(in crate::store) const HOME: &str = "
    home AS (
        SELECT n.oid, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = to_regclass('pull_requests')
    )";

/// The `search_path` with [`HOME`] first. A schema that an earlier version left its own tables in, by mistake, is passed
/// over.
pub(in crate::store) const PATH: &str = "(
    SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM (
        SELECT nspname AS name, 0 AS place FROM home
        UNION ALL
        SELECT path.name, path.place FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
        WHERE path.name NOT IN (SELECT nspname FROM home)
            AND NOT (to_regclass(quote_ident(path.name) || '.flowlens_migrations') IS NOT NULL
                AND to_regclass(quote_ident(path.name) || '.repositories') IS NULL)
    ) AS path)";

/// The condition that the `search_path` leads to a table of [`HOME`]'s in another schema first, of another program or left
/// by mistake.
pub(super) const LEADS_ELSEWHERE: &str = "EXISTS (
    SELECT 1 FROM pg_class c JOIN pg_class other ON other.oid = to_regclass(quote_ident(c.relname))
    WHERE c.relnamespace = home.oid AND other.relnamespace <> c.relnamespace AND c.relname IN (
        'repositories', 'pipeline_runs', 'insights', 'checks', 'reviews', 'webhook_deliveries', 'insight_requests',
        'sync_state', 'flowlens_migrations', 'flowlens_migration_lock'))";
