//! What a poll's statements cost where each scan is a request to another node.

#![expect(clippy::print_stdout, reason = "the figures are the point")]

use super::{
    migrate,
    plans::{CHECKS, fill},
};
use crate::support::pg;
use flowlens::store::{board, engine::discovery::discover, insights};

/// A YugabyteDB planner without statistics often has no other join than the nested loop.
const JOINS: [(&str, &str); 2] = [
    ("all joins", "SET enable_hashjoin = on; SET enable_mergejoin = on"),
    ("nested loops only", "SET enable_hashjoin = off; SET enable_mergejoin = off"),
];

#[tokio::test]
async fn each_statement_keeps_to_its_bound() {
    let db = pg::database("feed_cost").await;
    db.seed_schema().await;
    migrate(&db).await;
    fill(&db, 100_000).await;
    // The requests were analysed while there was none.
    within_bounds(&db, "no request").await;
    db.execute(CHECKS).await;
    // Every third head has moved on; the others had their insight on request.
    db.execute(
        "INSERT INTO insight_requests (repo_id, pr_number, commit_sha, state, requested_at, finished_at, insight_id)
             SELECT repo_id, pr_number, commit_sha, 'done', created_at, created_at, id FROM insights;
         UPDATE pull_requests SET commit_sha = 'moved' || pr_number WHERE state = 'open' AND pr_number % 3 = 0;
         INSERT INTO insight_requests (repo_id, pr_number, state, attempts, lease_until)
             SELECT repo_id, pr_number, 'running', 1, now() + interval '1 hour' FROM pull_requests
             WHERE state = 'open' AND pr_number % 4 = 0 LIMIT 200;
         INSERT INTO insight_requests (repo_id, pr_number, state, requested_at)
             SELECT repo_id, pr_number, 'queued', now() - interval '1 day' FROM insight_requests WHERE state = 'running';",
    )
    .await;
    db.execute("VACUUM ANALYZE").await;
    within_bounds(&db, NOTHING).await;
    // As many as a tick reads without turning pages.
    db.execute(
        "UPDATE pull_requests SET updated_at = now() WHERE id IN (SELECT id FROM pull_requests LIMIT 200)",
    )
    .await;
    within_bounds(&db, "200 rows changed").await;
}

/// A probe may cost less then.
const NOTHING: &str = "nothing changed";

async fn within_bounds(db: &pg::Database, rows: &str) {
    let mut conn = db.admin().await;
    for (joins, set) in JOINS {
        sqlx::raw_sql(set).execute(&mut conn).await.expect("set");
        let schema = discover(&mut conn).await.expect("discovered");
        let mut plans = board::plans::plans(&mut conn, &schema).await.expect("explained");
        plans.extend(insights::plans::plans(&mut conn, &schema).await.expect("explained"));
        assert!(plans.len() >= 18, "{} statements", plans.len());
        for plan in plans {
            let bound = if (plan.name, rows) == ("probe", NOTHING) { Some(6) } else { plan.bound };
            let cost = plan.cost;
            println!("{}, {rows}, {joins}: {cost:?}, at most {bound:?}", plan.name);
            if let Some(bound) = bound {
                assert!(
                    cost.requests > 0 && cost.requests <= bound,
                    "{}: {cost:?}\n{}",
                    plan.name,
                    plan.text
                );
            }
        }
    }
}
