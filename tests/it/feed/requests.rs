//! Requests for insights are told when they are made and whenever they stand otherwise, on both engines.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::request::RequestState,
    store::board::feed::{FeedCommand, FeedOptions},
};

use super::{Live, key, options};
use crate::support::{
    pg,
    rows::{
        Cell::{Id, Int, Text, Time},
        Store,
    },
};

#[expect(clippy::disallowed_methods, reason = "rows are dated by the servers' clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::test]
async fn a_request_is_told_at_each_of_its_steps() {
    for store in Store::both("feed_requests").await {
        store.acme_api().await;
        let pull = |n: i64| {
            [
                ("id", Id(100 + u128::from(n.unsigned_abs()))),
                ("repo_id", Id(1)),
                ("pr_number", Int(n)),
                ("title", Text("x")),
            ]
        };
        store.insert("pull_requests", &[&pull(3), &pull(4)]).await;
        let request = |id: u128, n: i64, at: DateTime<Utc>| {
            [
                ("id", Id(id)),
                ("repo_id", Id(1)),
                ("pr_number", Int(n)),
                ("requested_by", Text("ann")),
                ("requested_at", Time(at)),
                ("updated_at", Time(at)),
            ]
        };
        // One was queued long before the dashboard was opened.
        store.insert("insight_requests", &[&request(7, 3, now() - TimeDelta::hours(3))]).await;
        let mut live = Live::with(store.database(), options());
        let stands = |live: &Live, n: i32, state: RequestState| {
            live.requests.of(key(1, n)).is_some_and(|request| request.state == state)
        };
        live.until("what was queued before", |live| stands(live, 3, RequestState::Queued)).await;

        store.insert("insight_requests", &[&request(8, 4, now())]).await;
        live.until("a new one", |live| stands(live, 4, RequestState::Queued)).await;
        for (n, row, state) in [
            (3, vec![("state", Text("running"))], RequestState::Running),
            (3, vec![("state", Text("failed")), ("error", Text("no \u{1b}files"))], RequestState::Failed),
            (4, vec![("state", Text("cancelled"))], RequestState::Cancelled),
        ] {
            let row: Vec<_> = row.into_iter().chain([("updated_at", Time(now()))]).collect();
            store.update("insight_requests", 1, n, &row).await;
            let n = i32::try_from(n).expect("a number");
            live.until("a step", |live| stands(live, n, state.clone())).await;
        }
        let failed = live.requests.of(key(1, 3)).expect("known");
        assert_eq!(
            (failed.error.as_deref(), failed.requested_by.as_deref()),
            (Some("no files"), Some("ann"))
        );

        // While nothing is written nothing is told, though the overlap shows the same rows again.
        live.polls(2).await;
        live.forget();
        live.polls(5).await;
        assert!(!live.told.contains(&"requests"), "{:?}", live.told);
    }
}

#[tokio::test]
async fn a_long_queue_is_told_whole_however_it_came() {
    const LENGTH: i32 = 2_500;
    for store in Store::both("feed_queue").await {
        store.acme_api().await;
        let queue = async |first: i32, at: DateTime<Utc>| {
            let (repo, at) = (store.literal(&Id(1)), store.literal(&Time(at)));
            let id = if matches!(store, Store::Sqlite(_)) { "randomblob(16)" } else { "gen_random_uuid()" };
            let sql = format!(
                "INSERT INTO insight_requests (id, repo_id, pr_number, requested_at, updated_at)
                 WITH RECURSIVE n(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {first} + {LENGTH} - 1)
                 SELECT {id}, {repo}, n, {at}, {at} FROM n"
            );
            store.execute(&sql).await;
        };
        let queued = |live: &Live, first: i32| {
            (first..first + LENGTH).filter(|n| live.requests.of(key(1, *n)).is_some()).count()
        };
        let all = usize::try_from(LENGTH).expect("a length");
        // Before anyone looked, and all at once while somebody does.
        queue(1, now() - TimeDelta::hours(3)).await;
        let mut live = Live::with(store.database(), options());
        live.polls(1).await;
        assert_eq!(queued(&live, 1), all);
        queue(LENGTH + 1, now()).await;
        live.until("the others", |live| queued(live, LENGTH + 1) > 0).await;
        assert_eq!(queued(&live, LENGTH + 1), all);
    }
}

/// How many polls there were until the user's own.
async fn polls_until_asked(live: &mut Live) -> usize {
    live.forget();
    live.command(FeedCommand::Refresh).await;
    live.until("the user's poll", |live| live.polls.iter().any(|poll| poll.asked)).await;
    live.polls.len()
}

#[tokio::test]
async fn a_workers_steps_ask_for_no_more_polls_than_the_database_can_bear() {
    let db = pg::database("feed_steps").await;
    db.seed_schema().await;
    db.execute(super::REPOSITORIES).await;
    db.execute(&super::pulls(1..=3)).await;
    let url = db.select_only_login().await;
    // Each look at a repository takes this login so long that a poll takes a tenth of a second or more.
    db.execute(
        "ALTER TABLE repositories ENABLE ROW LEVEL SECURITY;
         CREATE POLICY slow ON repositories USING (pg_sleep(0.05) IS NOT NULL)",
    )
    .await;
    let rare = FeedOptions { interval: Duration::from_mins(10), ..options() };
    let mut live = Live::loaded(&url, rare).await;
    polls_until_asked(&mut live).await;
    let began = tokio::time::Instant::now();
    for _ in 0..40 {
        live.command(FeedCommand::Look).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Between two of them the database rests for 20 times as long. The user does not wait, and what the steps asked for
    // is answered with it.
    let polls = polls_until_asked(&mut live).await;
    let most = 2 + began.elapsed().as_secs() / 2;
    assert!(polls as u64 <= most, "{:?}", live.polls);
}
