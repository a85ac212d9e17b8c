//! Workers claim, finish, fail, vanish.

use std::{collections::HashMap, time::Duration};

use flowlens::{
    domain::request::RequestState,
    store::insights::{End, Finished, InsightStore, MAX_ATTEMPTS},
};
use tokio::task::JoinSet;

use super::{
    LEASE, again, claim, expire, filled, insight, insights, key, keys, latest, move_head, of, sha, state,
};
use crate::support::rows::{Cell::Id, Store};

#[tokio::test]
async fn two_workers_share_forty_requests_and_none_is_done_twice() {
    for store in &filled("queue_race", 40).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys(1..=40), None).await.expect("queued");
        let mut workers = JoinSet::new();
        for name in ["one", "two", "three"] {
            let mut queue = InsightStore::new(store.database());
            workers.spawn(async move {
                let mut mine = Vec::new();
                while let Some(claimed) = claim(&mut queue, name).await {
                    let commit = format!("c0{}", claimed.key.number.get());
                    let finished = queue.finish(&claimed, &insight(&commit)).await.expect("stored");
                    assert!(matches!(finished, Finished::Saved { moved: false, .. }), "{finished:?}");
                    mine.push(claimed.request);
                }
                mine
            });
        }
        let mut times: HashMap<_, usize> = HashMap::new();
        for request in workers.join_all().await.into_iter().flatten() {
            *times.entry(request).or_default() += 1;
        }
        assert_eq!(times.len(), 40);
        assert!(times.values().all(|count| *count == 1));
        assert_eq!(insights(store).await, 40);
        let once =
            "SELECT count(DISTINCT insight_id) FROM insight_requests WHERE state = 'done' AND attempts = 1";
        assert_eq!(store.number(once).await, 40);
    }
}

#[tokio::test]
async fn what_a_claim_brings_forth_is_stored_with_it() {
    for store in &filled("queue_finish", 2).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), Some("ana")).await.expect("queued");
        let mut versions = vec![latest(&mut queue, 1).await.updated_at];
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!((claimed.key, claimed.attempt, &*claimed.worker), (key(1, 1), 1, "w"));
        assert_eq!(claimed.requested_by.as_deref(), Some("ana"));
        let running = latest(&mut queue, 1).await;
        assert_eq!((running.state, running.attempts), (RequestState::Running, 1));
        assert!(running.started_at.is_some() && running.finished_at.is_none());
        versions.push(running.updated_at);
        assert!(queue.renew(&claimed, LEASE).await.expect("asked"));
        versions.push(latest(&mut queue, 1).await.updated_at);
        let finished = queue.finish(&claimed, &insight("c01")).await.expect("stored");
        let Finished::Saved { insight: id, moved: false } = finished else { panic!("{finished:?}") };
        let done = latest(&mut queue, 1).await;
        assert_eq!((done.state, done.insight, done.sha), (RequestState::Done, Some(id), sha("c01")));
        assert!(done.finished_at >= done.started_at);
        versions.push(done.updated_at);
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
        let whole = format!(
            "SELECT count(*) FROM insights WHERE id = {} AND commit_sha = 'c01' AND risk_level = 'medium'
             AND score = 0.25 AND summary = 'A summary' AND recommendation = 'Look twice' AND NOT processed
             AND requested_by = 'ana' AND details ->> 'source' = 'rules'",
            store.literal(&Id(id.uuid().as_u128()))
        );
        assert_eq!(store.number(&whole).await, 1);
        // It is over.
        assert!(!queue.renew(&claimed, LEASE).await.expect("asked"));
        assert_eq!(queue.finish(&claimed, &insight("c01")).await.expect("asked"), Finished::Lost);
        assert_eq!(queue.fail(&claimed, "late", End::Failed).await.expect("asked"), None);
        assert_eq!(insights(store).await, 1);
        assert_eq!(claim(&mut queue, "w").await, None);
    }
}

#[tokio::test]
async fn a_vanished_workers_request_is_taken_over_and_its_insight_refused() {
    for store in &filled("queue_lease", 1).await {
        let [mut one, mut two] = [InsightStore::new(store.database()), InsightStore::new(store.database())];
        one.enqueue(&keys([1]), None).await.expect("queued");
        let first = claim(&mut one, "w").await.expect("a claim");
        assert_eq!(claim(&mut two, "w").await, None, "the lease lasts");
        expire(store).await;
        assert!(one.renew(&first, LEASE).await.expect("asked"), "nobody has taken it yet");
        assert_eq!(claim(&mut two, "w").await, None);
        expire(store).await;
        // The same name: the attempt tells them apart.
        let second = claim(&mut two, "w").await.expect("a claim");
        assert_eq!((second.request, second.attempt), (first.request, 2));
        assert!(!one.renew(&first, LEASE).await.expect("asked"));
        assert_eq!(one.finish(&first, &insight("c01")).await.expect("asked"), Finished::Lost);
        assert_eq!(one.fail(&first, "late", again(Duration::ZERO)).await.expect("asked"), None);
        assert_eq!((insights(store).await, state(&mut one, 1).await), (0, RequestState::Running));
        assert!(matches!(two.finish(&second, &insight("c01")).await, Ok(Finished::Saved { .. })));
        assert_eq!((insights(store).await, state(&mut one, 1).await), (1, RequestState::Done));
    }
}

#[tokio::test]
async fn who_vanishes_too_often_ends_it() {
    for store in &filled("queue_dead", 2).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), None).await.expect("queued");
        for attempt in 1..=MAX_ATTEMPTS {
            let claimed = claim(&mut queue, "host:7").await.expect("a claim");
            assert_eq!((claimed.key, claimed.attempt), (key(1, 1), attempt));
            expire(store).await;
        }
        // It is laid aside, and the next one has its turn.
        queue.enqueue(&keys([2]), None).await.expect("queued");
        assert_eq!(claim(&mut queue, "w").await.map(|claimed| claimed.key), Some(key(1, 2)));
        let dead = latest(&mut queue, 1).await;
        assert_eq!((dead.state, dead.attempts), (RequestState::Dead, MAX_ATTEMPTS));
        assert_eq!(dead.error.as_deref(), Some("gave up after 20 attempts: host:7 stopped answering"));
        assert!(dead.finished_at.is_some());
        // A new request begins anew.
        assert_eq!(queue.enqueue(&keys([1]), None).await.expect("queued").queued, keys([1]));
        assert_eq!(claim(&mut queue, "w").await.map(|claimed| claimed.attempt), Some(1));
    }
}

#[tokio::test]
async fn a_failure_is_tried_again_after_its_pause_and_not_for_ever() {
    for store in &filled("queue_fail", 2).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), None).await.expect("queued");
        let long = format!("\0{}", "x".repeat(2000));
        for attempt in 1..=MAX_ATTEMPTS {
            let claimed = claim(&mut queue, "w").await.expect("a claim");
            assert_eq!(claimed.attempt, attempt);
            let became = queue.fail(&claimed, &long, again(LEASE)).await.expect("failed");
            let request = latest(&mut queue, 1).await;
            assert_eq!(became, Some(request.state.clone()));
            if attempt == MAX_ATTEMPTS {
                assert_eq!(request.state, RequestState::Dead);
                assert!(request.error.expect("why").starts_with("gave up after 20 attempts: "));
                break;
            }
            assert_eq!((request.state, request.started_at), (RequestState::Queued, None));
            let cut = "SELECT count(*) FROM insight_requests WHERE length(error) = 500";
            assert_eq!(store.number(cut).await, 1);
            assert_eq!(claim(&mut queue, "w").await, None, "it pauses");
            store.execute("UPDATE insight_requests SET next_attempt_at = NULL").await;
        }
        queue.enqueue(&keys([2]), None).await.expect("queued");
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        let became = queue.fail(&claimed, "this cannot work", End::Failed).await.expect("failed");
        assert_eq!(became, Some(RequestState::Failed));
        let request = latest(&mut queue, 2).await;
        assert_eq!(
            (request.state, request.error.as_deref()),
            (RequestState::Failed, Some("this cannot work"))
        );
        assert!(request.finished_at.is_some());
        assert_eq!(insights(store).await, 0);
    }
}

#[tokio::test]
async fn one_may_wait_while_one_runs() {
    for store in &filled("queue_two", 2).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), None).await.expect("queued");
        let first = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!(queue.enqueue(&keys([1]), None).await.expect("queued").queued, keys([1]));
        assert_eq!(queue.enqueue(&keys([1, 2]), None).await.expect("queued").joined, keys([1]));
        // That of the other pull request is younger, and yet its turn.
        let other = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!(other.key, key(1, 2));
        assert_eq!(claim(&mut queue, "w").await, None);
        // With one waiting, a failure is not tried again.
        let became = queue.fail(&first, "hiccup", again(Duration::ZERO)).await.expect("failed");
        assert_eq!(became, Some(RequestState::Failed));
        let second = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!((second.key, second.attempt), (key(1, 1), 1));
        assert_ne!(second.request, first.request);
    }
}

#[tokio::test]
async fn a_vanished_workers_request_does_not_hold_up_anothers() {
    for store in &filled("queue_only", 2).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), Some("ana")).await.expect("queued");
        let anas = queue.claim("a", LEASE, of("ana")).await.expect("asked").expect("a claim");
        queue.enqueue(&keys([1, 2]), Some("bo")).await.expect("queued");
        assert_eq!(queue.claim("c", LEASE, of("cy")).await.expect("asked"), None);
        let second = queue.claim("b", LEASE, of("bo")).await.expect("asked").expect("a claim");
        assert_eq!(second.key, key(1, 2), "ana's still runs");
        expire(store).await;
        let bos = queue.claim("b", LEASE, of("bo")).await.expect("asked").expect("a claim");
        // The older of bo's two is that of number 1.
        assert_eq!(bos.key, key(1, 1));
        assert_ne!(bos.request, anas.request);
        assert_eq!(queue.finish(&anas, &insight("c01")).await.expect("asked"), Finished::Lost);
        assert_eq!(store.number("SELECT count(*) FROM insight_requests WHERE state = 'failed'").await, 1);
        assert!(matches!(queue.finish(&bos, &insight("c01")).await, Ok(Finished::Saved { .. })));
        assert_eq!(insights(store).await, 1);
    }
}

#[tokio::test]
async fn a_head_that_moved_meanwhile_is_queued_anew() {
    for store in &filled("queue_moved", 1).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), Some("ana")).await.expect("queued");
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        move_head(store, 1, "D01").await;
        let finished = queue.finish(&claimed, &insight("c01")).await.expect("stored");
        assert!(matches!(finished, Finished::Saved { moved: true, .. }), "{finished:?}");
        let open = queue.open(9).await.expect("read");
        assert_eq!(
            (open.len(), &open[0].sha, open[0].requested_by.as_deref()),
            (1, &sha("d01"), Some("ana"))
        );
        // Once more, and this time somebody has asked already.
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        queue.enqueue(&keys([1]), Some("bo")).await.expect("queued");
        move_head(store, 1, "e01").await;
        let finished = queue.finish(&claimed, &insight("d01")).await.expect("stored");
        assert!(matches!(finished, Finished::Saved { moved: true, .. }), "{finished:?}");
        assert_eq!(queue.open(9).await.expect("read").len(), 1, "joined");
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        assert_eq!(claimed.requested_by.as_deref(), Some("bo"));
        let finished = queue.finish(&claimed, &insight("E01")).await.expect("stored");
        assert!(matches!(finished, Finished::Saved { moved: false, .. }), "{finished:?}");
        assert_eq!((queue.open(9).await.expect("read").len(), insights(store).await), (0, 3));
        assert_eq!(super::scan(&mut queue, 9).await, []);
    }
}

#[tokio::test]
async fn a_repository_that_goes_takes_its_requests_along() {
    for store in &filled("queue_gone", 1).await {
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&keys([1]), None).await.expect("queued");
        let claimed = claim(&mut queue, "w").await.expect("a claim");
        store.execute("DELETE FROM repositories").await;
        assert_eq!(queue.finish(&claimed, &insight("c01")).await.expect("asked"), Finished::Lost);
        assert_eq!(queue.pull(key(1, 1)).await.expect("read"), None);
    }
}

#[tokio::test]
async fn hiccups_and_cut_connections_are_mended() {
    let [store, _] = filled("queue_hiccup", 1).await;
    let Store::Postgres(db) = &store else { panic!("the first is the server's") };
    db.execute(
        "CREATE SEQUENCE hiccups;
         CREATE FUNCTION hiccup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('hiccups') <= 3 THEN
                 RAISE EXCEPTION 'not now' USING ERRCODE = (ARRAY['40001', '40P01', '40001'])[currval('hiccups')];
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER hiccup AFTER INSERT ON insights FOR EACH ROW EXECUTE FUNCTION hiccup();",
    )
    .await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut queue = InsightStore::new(store.database());
    queue.enqueue(&keys([1]), None).await.expect("queued");
    assert!(store.number(cut).await >= 1);
    let claimed = claim(&mut queue, "w").await.expect("a claim");
    store.number(cut).await;
    let finished = queue.finish(&claimed, &insight("c01")).await.expect("stored");
    assert!(matches!(finished, Finished::Saved { .. }), "{finished:?}");
    assert_eq!((insights(&store).await, state(&mut queue, 1).await), (1, RequestState::Done));
}
