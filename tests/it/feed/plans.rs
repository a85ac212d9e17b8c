//! What the server does for a poll of large tables: no scan of a whole one.

use super::{id, migrate};
use crate::support::pg::{self, Database};
use flowlens::store::{board::feed::statements, engine::discovery::discover};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

/// So many pull requests over three years, 2 % of them open, with as many runs and insights.
pub(crate) async fn fill(db: &Database, count: u32) {
    db.execute(&format!(
        "INSERT INTO repositories (id, github_id, name, full_name, owner)
             SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n, 'r' || n, 'acme/r' || n, 'acme'
             FROM generate_series(1, 40) n;
         UPDATE repositories SET updated_at = now() - interval '1 year';
         INSERT INTO pull_requests (repo_id, pr_number, title, author, commit_sha, branch_name, state, updated_at, created_at, closed_at, merged_at, labels)
             SELECT ('00000000-0000-0000-0000-' || lpad((1 + n % 40)::text, 12, '0'))::uuid, n / 40 + 1, 'Title of ' || n, 'ana', md5(n::text),
                 'branch-' || n, CASE WHEN n % 50 = 7 THEN 'open' WHEN n % 7 = 1 THEN 'closed' ELSE 'merged' END, at, at,
                 CASE WHEN n % 50 <> 7 THEN at END, CASE WHEN n % 50 <> 7 AND n % 7 <> 1 THEN at END, '[\"bug\"]'
             FROM (SELECT n, now() - interval '1 hour' - ((n::bigint * 7919 % {count}) / {count}.0) * interval '1000 days' AS at
                   FROM generate_series(1, {count}) n) s;
         INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build, updated_at, history)
             SELECT repo_id, pr_number, commit_sha, 'passed', updated_at, '[{{\"field\": \"status_build\", \"value\": \"passed\"}}]' FROM pull_requests;
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, summary, created_at)
             SELECT repo_id, pr_number, commit_sha, 'low', repeat('words ', 30), updated_at FROM pull_requests"
    ))
    .await;
    // As autovacuum does by and by.
    db.execute("VACUUM ANALYZE").await;
}

/// A failed check of each commit.
pub(super) const CHECKS: &str = "INSERT INTO checks (repo_id, head_sha, app, name, status, conclusion)
         SELECT repo_id, commit_sha, 'ci', 'test', 'completed', 'failure' FROM pull_requests;
     ANALYZE checks";

/// Values for each statement as a poll has them.
fn parameters(name: &str) -> String {
    let (nothing, all) = (id(0), "NULL::uuid[]");
    let last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid";
    let (far, window) = ("'9999-12-31'::timestamptz", "now() - interval '14 days'");
    let joined = |item: &dyn Fn(u32) -> String| (1..=400).map(item).collect::<Vec<_>>().join(",");
    let keys = format!(
        "'{{{}}}'::uuid[], '{{{}}}'::int4[], '{{{}}}'::int4[]",
        (1..=40).map(|n| format!("00000000-0000-0000-0000-{n:012}")).collect::<Vec<_>>().join(","),
        joined(&|n| (1 + n % 40).to_string()),
        joined(&|n| n.to_string())
    );
    match name {
        "probe" => "now() - interval '12 seconds'".to_owned(),
        "requests" => "now() - interval '12 seconds', true".to_owned(),
        "versions" | "rows" => keys,
        "failed checks" => format!(
            "'{{{}}}'::uuid[], '{{{}}}'::text[]",
            joined(&|n| format!("00000000-0000-0000-0000-{:012}", 1 + n % 40)),
            joined(&|n| format!("{n:040x}"))
        ),
        "usual times" => {
            let commits = (1..=150).map(|n| format!("{n:040x}")).collect::<Vec<_>>().join(",");
            format!("{}, '{{{commits}}}'::text[], {window}", id(1))
        }
        "counts" => all.to_owned(),
        "deliveries" => String::new(),
        "leases" => format!(
            "'{{{}}}'::uuid[]",
            (1..=40).map(|n| format!("00000000-0000-0000-0000-{n:012}")).collect::<Vec<_>>().join(",")
        ),
        "timeless" | "timeless runs" => format!("{nothing}, {all}"),
        "open" | "runs" => format!("{last}, {all}, {far}"),
        "closed" | "ended" => format!("{last}, {all}, {far}, {window}"),
        _ if name.starts_with("changed") => format!("now() - interval '3 days', {nothing}"),
        _ => panic!("the parameters of {name:?} are not known here"),
    }
}

/// As many deliveries of two kilobytes each; some wait and some are dead.
const DELIVERIES: &str = "INSERT INTO webhook_deliveries (delivery_id, event, repository_id, payload, state, received_at, processed_at)
         SELECT gen_random_uuid(), 'push', n % 40, decode(repeat(md5(n::text), 64), 'hex'), state, at,
             CASE WHEN state <> 'pending' THEN at END
         FROM (SELECT n, now() - n * interval '10 seconds' AS at,
                   CASE WHEN n % 500 = 1 THEN 'pending' WHEN n % 1000 = 2 THEN 'dead' WHEN n % 9 = 3 THEN 'ignored' ELSE 'done' END AS state
               FROM generate_series(1, 50000) n) s;
     VACUUM ANALYZE webhook_deliveries";

/// The server's major version.
pub(crate) async fn version(conn: &mut PgConnection) -> i32 {
    let number = "SELECT current_setting('server_version_num')::int4 / 10000";
    sqlx::query_scalar(number).persistent(false).fetch_one(conn).await.expect("a version")
}

async fn plan(conn: &mut PgConnection, mode: &str, name: &str, sql: &str) -> String {
    let values = parameters(name);
    let values = if values.is_empty() { values } else { format!("({values})") };
    let all = format!(
        "{mode}; DEALLOCATE ALL; PREPARE poll AS {sql};
         EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) EXECUTE poll{values}"
    );
    let rows =
        sqlx::raw_sql(AssertSqlSafe(all)).fetch_all(conn).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    let lines: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    lines.join("\n")
}

/// Buffers that the plan's topmost node touched.
fn buffers(plan: &str) -> u64 {
    let line =
        plan.lines().find(|line| line.trim_start().starts_with("Buffers:")).expect("a line of buffers");
    let count = |word: &str| {
        let after = line.split_once(word).map_or("", |(_, after)| after);
        after.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0)
    };
    count("hit=") + count("read=")
}

#[tokio::test]
async fn no_poll_scans_a_whole_table() {
    let db = pg::database("feed_plans").await;
    db.seed_schema().await;
    migrate(&db).await;
    fill(&db, 100_000).await;
    db.execute(
        "INSERT INTO insight_requests (repo_id, pr_number, state, requested_at, updated_at)
             SELECT repo_id, pr_number, 'done', updated_at, updated_at FROM pull_requests;
         ANALYZE insight_requests",
    )
    .await;
    db.execute(CHECKS).await;
    for statement in DELIVERIES.split(';') {
        db.execute(statement).await;
    }
    let mut conn = db.admin().await;
    let schema = discover(&mut conn).await.expect("discovered");
    for (name, sql) in statements(&schema) {
        // A page is 1000 keys, each one look-up in the heap; 400 keys are read from three tables.
        let most = match name {
            "probe" | "requests" => 140,
            // Some 150 that wait or are dead are counted.
            "deliveries" => 400,
            "timeless" | "timeless runs" => 200,
            "counts" => 2_500,
            "rows" | "versions" => 8_000,
            _ => 16_000,
        };
        // Version 11 has no say in it.
        let modes = if version(&mut conn).await < 12 {
            &["SELECT 1"][..]
        } else {
            &["SET plan_cache_mode = force_custom_plan", "SET plan_cache_mode = force_generic_plan"]
        };
        for mode in modes {
            let plan = plan(&mut conn, mode, name, &sql).await;
            for table in [
                "pull_requests",
                "pipeline_runs",
                "insights",
                "insight_requests",
                "checks",
                "webhook_deliveries",
            ] {
                assert!(!plan.contains(&format!("Seq Scan on {table}")), "{name}, {mode}:\n{plan}");
            }
            let touched = buffers(&plan);
            assert!(touched <= most, "{name}, {mode}: {touched} buffers\n{plan}");
        }
    }
}
