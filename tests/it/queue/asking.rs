//! Requests are made, joined, taken back, looked at.

use std::collections::BTreeSet;

use super::{claim, fill, filled, insight, key, keys, latest, move_head, sha, state};
use crate::support::rows::{Cell::Id, Store};
use flowlens::{
    domain::{
        ids::PrNumber,
        request::{Ability, RequestState},
    },
    store::insights::{End, Enqueued, InsightStore},
};

#[tokio::test]
async fn a_request_is_queued_once_and_joined_after() {
    for store in &filled("queue_join", 3).await {
        let mut queue = InsightStore::new(store.database());
        assert_eq!(queue.ability().await.expect("asked"), Ability::Queue);
        assert!(queue.can_work().await.expect("asked"));
        let all = [key(1, 2), key(1, 99), key(1, 1), key(1, 2), key(9, 1)];
        let first = queue.enqueue(&all, Some("ana")).await.expect("queued");
        let absent = vec![key(1, 99), key(9, 1)];
        assert_eq!(first, Enqueued { queued: keys([2, 1]), absent, ..Enqueued::default() });
        let second = queue.enqueue(&keys([3, 2]), Some("bo")).await.expect("queued");
        assert_eq!(second, Enqueued { queued: keys([3]), joined: keys([2]), ..Enqueued::default() });
        assert_eq!(queue.enqueue(&[], None).await.expect("nothing"), Enqueued::default());

        let request = latest(&mut queue, 2).await;
        assert!(request.is_open());
        assert_eq!((request.state, request.sha), (RequestState::Queued, sha("c02")));
        assert_eq!((request.requested_by.as_deref(), request.attempts), (Some("ana"), 0));
        assert_eq!((request.started_at, request.finished_at, request.insight), (None, None, None));
        assert!(request.requested_at.is_some() && request.updated_at.is_some());
        let mut open: Vec<_> = queue.open(10).await.expect("read").iter().map(|r| r.key).collect();
        assert_eq!(open.len(), 3);
        // Those of one call, in the order in which they were given.
        open.retain(|of| first.queued.contains(of));
        assert_eq!(open, first.queued);
        assert_eq!(queue.open(2).await.expect("read").len(), 2);
        let latest = queue.latest(&keys([3, 77, 1])).await.expect("read");
        assert_eq!(latest.iter().map(|r| r.key).collect::<Vec<_>>(), keys([3, 1]));
    }
}

#[tokio::test]
async fn hundreds_take_few_round_trips_and_crowds_do_not_double_them() {
    for store in &filled("queue_many", 1200).await {
        let mut crowd = tokio::task::JoinSet::new();
        for n in 0..4 {
            let mut queue = InsightStore::new(store.database());
            crowd.spawn(async move {
                let mut all = keys(1..=1200);
                all.rotate_left(n * 300);
                queue.enqueue(&all, None).await.expect("queued")
            });
        }
        let told = crowd.join_all().await;
        let queued: Vec<_> = told.iter().flat_map(|told| &told.queued).collect();
        assert_eq!(queued.len(), 1200);
        assert_eq!(queued.iter().collect::<BTreeSet<_>>().len(), 1200);
        assert!(told.iter().all(|told| told.queued.len() + told.joined.len() == 1200));
        assert_eq!(store.number("SELECT count(*) FROM insight_requests WHERE state = 'queued'").await, 1200);
        let mut queue = InsightStore::new(store.database());
        assert_eq!(queue.cancel(&keys(1..=1300)).await.expect("taken back"), 1200);
    }
}

#[tokio::test]
async fn only_what_waits_is_taken_back() {
    for store in &filled("queue_cancel", 3).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1, 2]), None).await.expect("queued");
        let running = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!(running.key, key(1, 1));
        let before = latest(&mut queue, 2).await;
        assert_eq!(queue.cancel(&keys([1, 2, 3, 99])).await.expect("taken back"), 1);
        let after = latest(&mut queue, 2).await;
        assert_eq!(after.state, RequestState::Cancelled);
        assert!(after.finished_at.is_some() && after.updated_at > before.updated_at);
        assert_eq!(state(&mut queue, 1).await, RequestState::Running);
        assert_eq!(queue.cancel(&keys([2])).await.expect("taken back"), 0);
        assert_eq!(claim(&mut queue, "w").await, None);
    }
}

#[tokio::test]
async fn a_scan_finds_open_heads_that_nobody_asked_about_the_longest_unchanged_first() {
    for store in &filled("queue_scan", 9).await {
        let mut queue = InsightStore::new(store.database());
        assert_eq!(super::scan(&mut queue, 100).await, keys(1..=9));
        assert_eq!(super::scan(&mut queue, 2).await, keys([1, 2]));
        store
            .execute(
                "UPDATE pull_requests SET state = 'merged' WHERE pr_number = 1;
                 UPDATE pull_requests SET state = 'CLOSED' WHERE pr_number = 2;
                 UPDATE pull_requests SET state = NULL WHERE pr_number = 3;
                 UPDATE pull_requests SET commit_sha = NULL WHERE pr_number = 4;
                 UPDATE pull_requests SET commit_sha = '' WHERE pr_number = 5;
                 UPDATE pull_requests SET commit_sha = 'C06' WHERE pr_number = 6;
                 UPDATE pull_requests SET updated_at = (SELECT max(updated_at) FROM pull_requests) WHERE pr_number IN (3, 9);",
            )
            .await;
        queue.insert(key(1, 6), &insight("c06")).await.expect("stored");
        queue.insert(key(1, 7), &insight("older")).await.expect("stored");
        queue.enqueue(&keys([8]), None).await.expect("queued");
        assert_eq!(super::scan(&mut queue, 100).await, keys([7, 3, 9]));
        // It failed for this commit: it would for ever.
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        queue.fail(&claimed, "no", End::Failed).await.expect("failed");
        assert_eq!(super::scan(&mut queue, 100).await, keys([7, 3, 9]));
        move_head(store, 8, "c88").await;
        assert_eq!(super::scan(&mut queue, 100).await, keys([7, 8, 3, 9]));
    }
}

#[tokio::test]
async fn a_pull_request_is_read_as_it_is_stored() {
    let mut told = Vec::new();
    for store in &filled("queue_pull", 2).await {
        store
            .execute(
                "UPDATE pull_requests SET title = 'A  ''title''', author = 'ana', branch_name = 'topic',
                 base_branch = 'main', description = 'Line\nline', additions = 10, deletions = 2, changed_files = 3,
                 files_changed = '[{\"filename\": \"a.rs\"}]' WHERE pr_number = 1;
                 UPDATE pull_requests SET files_changed = NULL WHERE pr_number = 2",
            )
            .await;
        let mut queue = InsightStore::new(store.database());
        let pull = queue.pull(key(1, 1)).await.expect("read").expect("there");
        assert_eq!((pull.full_name.as_str(), pull.number), ("acme/api", PrNumber::new(1)));
        assert_eq!((pull.title.as_str(), pull.author.as_deref()), ("A  'title'", Some("ana")));
        assert_eq!((pull.branch.as_deref(), pull.base.as_deref()), (Some("topic"), Some("main")));
        assert_eq!((pull.description.as_deref(), &pull.head), (Some("Line\nline"), &sha("c01")));
        assert_eq!((pull.additions, pull.deletions, pull.changed_files), (Some(10), Some(2), Some(3)));
        assert_eq!(pull.files.as_deref(), Some("[{\"filename\": \"a.rs\"}]"));
        let bare = queue.pull(key(1, 2)).await.expect("read").expect("there");
        assert_eq!((&bare.files, &bare.description), (&None, &None));
        assert_eq!(queue.pull(key(1, 3)).await.expect("read"), None);
        assert_eq!(queue.find("ACME/api", PrNumber::new(2)).await.expect("read"), Some(key(1, 2)));
        assert_eq!(queue.find("acme/api", PrNumber::new(3)).await.expect("read"), None);
        assert_eq!(queue.find("acme/web", PrNumber::new(1)).await.expect("read"), None);
        told.push((pull, bare));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn the_newest_insight_is_the_last_one_whatever_the_clocks() {
    for store in &Store::both("queue_newest").await {
        fill(store, 1).await;
        // An hour ahead, as a writer with a wrong clock leaves it.
        let ahead = match store {
            Store::Postgres(_) => "clock_timestamp() + interval '1 hour'",
            Store::Sqlite(_) => "(unixepoch() + 3600) * 1000000",
        };
        let (id, repo) = (store.literal(&Id(7)), store.literal(&Id(1)));
        store
            .execute(&format!(
                "INSERT INTO insights (id, repo_id, pr_number, created_at, processed) VALUES ({id}, {repo}, 1, {ahead}, TRUE)"
            ))
            .await;
        let mut queue = InsightStore::new(store.database());
        let mut ids = Vec::new();
        for _ in 0..3 {
            let mut hostile = insight("c01");
            hostile.summary = "a\0b".into();
            hostile.details = serde_json::json!({"k\0": ["\0"]});
            hostile.score = Some(f64::NAN);
            ids.push(queue.insert(key(1, 1), &hostile).await.expect("stored"));
            let newest = store.literal(&Id(ids.last().expect("one").uuid().as_u128()));
            let question = format!(
                "SELECT count(*) FROM insights i WHERE i.id <> {newest}
                 AND i.created_at >= (SELECT n.created_at FROM insights n WHERE n.id = {newest})"
            );
            assert_eq!(store.number(&question).await, 0, "it is later than all others");
        }
        assert_eq!(store.number("SELECT count(*) FROM insights WHERE processed").await, 1, "left as it was");
        let clean =
            "SELECT count(*) FROM insights WHERE summary = 'a\u{fffd}b' AND score IS NULL AND NOT processed";
        assert_eq!(store.number(clean).await, 3);
    }
}
