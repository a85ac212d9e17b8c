-- One row of JSON: what this server, database and login offer. Tables are those that the search_path finds;
-- version() is not qualified either, so that the path decides as it does for any client.
SELECT json_build_object(
    'version', version(),
    'database', current_database(),
    'login', current_user,
    'backend', json_build_object('pid', pg_backend_pid(), 'started', (
        SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid())),
    'clock', clock_timestamp(),
    'lists_nodes', to_regprocedure('yb_servers()') IS NOT NULL,
    'encrypted', COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
    'read_only', current_setting('transaction_read_only')::boolean,
    'standby', pg_is_in_recovery(),
    'incarnation', pg_postmaster_start_time()::text || ' ' ||
        (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
    'tables', COALESCE((
        SELECT json_object_agg(t.name, json_build_object(
            'schema', n.nspname,
            'owner', pg_get_userbyid(r.relowner),
            'owned', pg_has_role(r.relowner, 'USAGE'),
            'partitioned', r.relkind = 'p',
            'view', r.relkind NOT IN ('r', 'p'),
            'insert', has_table_privilege(t.oid, 'INSERT'),
            'update', has_table_privilege(t.oid, 'UPDATE'),
            'columns', COALESCE((
                SELECT json_object_agg(a.attname, json_build_object(
                    -- Without the quotes that quote_all_identifiers puts there.
                    'kind', replace(format_type(a.atttypid, NULL), '"', ''),
                    'readable', has_column_privilege(t.oid, a.attnum, 'SELECT')))
                FROM pg_attribute a
                WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}'),
            'indexes', COALESCE((
                SELECT json_object_agg(c.relname, i.indisvalid AND i.indisready)
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = t.oid AND c.relname LIKE 'flowlens\_%'), '{}')))
        FROM (
            SELECT o.name, to_regclass(o.name)::oid AS oid
            FROM unnest(ARRAY[
                'repositories', 'pull_requests', 'pipeline_runs', 'insights', 'checks', 'reviews',
                'webhook_deliveries', 'insight_requests', 'sync_state']) AS o(name)
        ) AS t
        JOIN pg_class r ON r.oid = t.oid
        JOIN pg_namespace n ON n.oid = r.relnamespace), '{}'),
    'elsewhere', COALESCE((
        SELECT json_agg(n.nspname ORDER BY n.nspname)
        FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE r.relname = 'pull_requests' AND r.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND to_regclass('pull_requests') IS NULL), '[]')
)::text
