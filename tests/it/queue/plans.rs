//! What the queue's statements cost on large tables: no scan of a whole one.

use super::{LEASE, again, insight, of};
use crate::support::rows::Store;
use flowlens::{
    domain::ids::PrNumber,
    store::insights::{Finished, InsightStore},
};

/// So often that the server goes over to plans for any values.
const TIMES: usize = 8;

#[tokio::test]
async fn nothing_scans_a_whole_table() {
    let [store, _] = Store::both("queue_plans").await;
    let Store::Postgres(db) = &store else { unreachable!() };
    crate::feed::plans::fill(db, 100_000).await;
    db.execute(
        "INSERT INTO insight_requests (repo_id, pr_number, commit_sha, state, requested_at, finished_at, insight_id)
             SELECT repo_id, pr_number, commit_sha, 'done', created_at, created_at, id FROM insights;
         UPDATE pull_requests SET commit_sha = 'moved' || pr_number, files_changed = '[]' WHERE state = 'open' AND pr_number % 3 = 0;",
    )
    .await;
    db.execute("VACUUM ANALYZE").await;
    let scans = async |what: &str| {
        store
            .number(&format!(
                "SELECT COALESCE(sum({what}), 0)::bigint FROM pg_stat_user_tables
                 WHERE relname IN ('pull_requests', 'insights', 'insight_requests')"
            ))
            .await
    };
    store.until_alone().await;
    let (before, by_index) = (scans("seq_scan").await, scans("idx_scan").await);

    let mut queue = InsightStore::new(store.database());
    let wanted = super::scan(&mut queue, 100).await;
    assert_eq!(wanted.len(), 100);
    for batch in wanted.chunks(20) {
        assert_eq!(queue.enqueue(batch, Some("ana")).await.expect("queued").queued, batch);
    }
    for n in 0..TIMES {
        let claimed = queue.claim("w", LEASE, of("ana")).await.expect("asked").expect("a claim");
        assert_eq!(claimed.key, wanted[n]);
        let pull = queue.pull(claimed.key).await.expect("read").expect("there");
        assert!(queue.renew(&claimed, LEASE).await.expect("asked"));
        if n % 2 == 0 {
            queue.fail(&claimed, "no", again(LEASE)).await.expect("failed");
        } else {
            let commit = pull.head.expect("a head");
            let finished = queue.finish(&claimed, &insight(commit.as_str())).await.expect("stored");
            assert!(matches!(finished, Finished::Saved { moved: false, .. }), "{finished:?}");
        }
        assert_eq!(queue.latest(&wanted).await.expect("read").len(), 100);
        assert!(!queue.open(10).await.expect("read").is_empty());
        assert_eq!(super::scan(&mut queue, 100).await.len(), 100);
        assert_eq!(queue.enqueue(&wanted, None).await.expect("asked").absent, []);
        queue.cancel(&wanted[90..]).await.expect("taken back");
        assert!(queue.find("acme/r1", PrNumber::new(2)).await.expect("read").is_some());
    }

    drop(queue);
    store.until_alone().await;
    assert!(scans("idx_scan").await > by_index);
    assert_eq!(scans("seq_scan").await, before);
}
