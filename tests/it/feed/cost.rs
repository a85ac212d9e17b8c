//! What a poll's statements cost where each scan is a request to another node.

#![expect(clippy::print_stdout, reason = "the figures are the point")]

use super::{migrate, plans::fill};
use crate::support::pg;
use flowlens::store::{board::plans, engine::discovery::discover};

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
    // As many as a tick reads without turning pages.
    let busy =
        "UPDATE pull_requests SET updated_at = now() WHERE id IN (SELECT id FROM pull_requests LIMIT 200)";
    let mut conn = db.admin().await;
    for (rows, change) in [("nothing changed", "SELECT 1"), ("200 rows changed", busy)] {
        db.execute(change).await;
        for (joins, set) in JOINS {
            sqlx::raw_sql(set).execute(&mut conn).await.expect("set");
            let schema = discover(&mut conn).await.expect("discovered");
            let plans = plans::plans(&mut conn, &schema).await.expect("explained");
            assert!(plans.len() >= 13, "{} statements", plans.len());
            for plan in plans {
                let bound =
                    if (plan.name, rows) == ("probe", "nothing changed") { Some(6) } else { plan.bound };
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
}
