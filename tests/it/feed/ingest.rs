//! How the deliveries of webhooks stand, as the feed tells it.

use std::{fmt::Write as _, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{domain::ingest::Ingest, store::board::feed::FeedOptions};

use super::{Live, migrate, options, seeded};
use crate::{
    support::rows::{Cell, Store},
    sync::now,
};

/// A look about every tick.
fn looking() -> FeedOptions {
    FeedOptions { ingest: Duration::from_millis(1), ..options() }
}

/// A delivery of each state in each bucket, with the ages of the newest, in minutes; tells the time.
async fn deliver(store: &Store, states: &[(&'static str, i64)]) -> DateTime<Utc> {
    let payload = match store {
        Store::Postgres(_) => "'{}'",
        Store::Sqlite(_) => "x'7b7d'",
    };
    let now = now();
    let mut sql = String::new();
    for (n, (state, age)) in (0..).zip(states) {
        for bucket in 0..8 {
            let at = now - TimeDelta::minutes(*age) - TimeDelta::seconds(bucket);
            let processed = if *state == "pending" { Cell::Null } else { Cell::Time(at) };
            let [id, received, processed] =
                [Cell::Id(100 * n + u128::try_from(bucket).expect("a number")), Cell::Time(at), processed]
                    .map(|cell| store.literal(&cell));
            write!(
                sql,
                "INSERT INTO webhook_deliveries (delivery_id, event, repository_id, payload, state, received_at, processed_at)
                 VALUES ({id}, 'push', {bucket}, {payload}, '{state}', {received}, {processed});"
            )
            .expect("a string");
        }
    }
    store.execute(&sql).await;
    now
}

fn minutes(ingest: &Ingest, now: DateTime<Utc>) -> Option<i64> {
    ingest.newest.map(|at| (now - at).num_minutes())
}

#[tokio::test]
async fn the_newest_delivery_and_those_that_wait_or_are_dead_are_told() {
    for store in Store::both("feed_ingest").await {
        let mut live = Live::with(store.database(), looking());
        live.polls(3).await;
        assert!(!live.told.contains(&"ingest"), "{:?}", live.told);
        for states in [
            [("pending", 3), ("done", 5), ("ignored", 6), ("dead", 9)],
            [("pending", 5), ("done", 3), ("ignored", 6), ("dead", 9)],
            [("pending", 5), ("done", 6), ("ignored", 3), ("dead", 9)],
            [("pending", 5), ("done", 9), ("ignored", 6), ("dead", 3)],
        ] {
            let now = deliver(&store, &states).await;
            let mut live = Live::with(store.database(), looking());
            live.until("the inbox", |live| minutes(&live.ingest, now) == Some(3)).await;
            assert_eq!((live.ingest.late, live.ingest.dead), (8, 8));
            live.forget();
            live.polls(5).await;
            assert!(!live.told.contains(&"ingest"), "nothing is new: {:?}", live.told);
            store.execute("DELETE FROM webhook_deliveries").await;
            live.until("nothing", |live| live.ingest == Ingest::default()).await;
            assert!(live.outages.is_empty(), "{:?}", live.outages);
        }
    }
}

/// Long before the inbox would be looked at again.
#[tokio::test]
async fn the_first_rows_of_a_board_bring_its_word_of_deliveries() {
    for store in Store::both("feed_first_delivery").await {
        let mut live =
            Live::with(store.database(), FeedOptions { ingest: Duration::from_hours(1), ..options() });
        live.polls(3).await;
        let now = deliver(&store, &[("done", 3)]).await;
        live.polls(3).await;
        assert!(!live.told.contains(&"ingest"), "nothing tells of it: {:?}", live.told);
        store.acme_api().await;
        let pull = [
            ("id", Cell::Id(2)),
            ("repo_id", Cell::Id(1)),
            ("pr_number", Cell::Int(1)),
            ("title", Cell::Text("The first")),
            ("state", Cell::Text("open")),
            ("updated_at", Cell::Time(now)),
        ];
        store.insert("pull_requests", &[&pull]).await;
        live.until("the inbox", |live| minutes(&live.ingest, now) == Some(3)).await;
    }
}

#[tokio::test]
async fn without_the_indexes_nothing_is_asked() {
    let db = seeded("feed_no_inbox", 1..=3).await;
    for sql in ["", "DROP INDEX flowlens_webhook_deliveries_settled"] {
        if !sql.is_empty() {
            migrate(&db).await;
            db.execute(sql).await;
            db.execute("INSERT INTO webhook_deliveries (delivery_id, event, payload) VALUES (gen_random_uuid(), 'push', '{}')")
                .await;
        }
        let mut live = Live::loaded(&db.select_only_login().await, looking()).await;
        live.polls(3).await;
        assert!(!live.told.contains(&"ingest") && live.outages.is_empty(), "{:?}", live.told);
    }
}
