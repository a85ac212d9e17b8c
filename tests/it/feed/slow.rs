//! Over a slow link: how many round trips a start takes, that the client's patience suffices for them, and that no question
//! is sent in two pieces.

use std::time::Duration;

use super::{Live, connector, migrate, options, pg, seeded, sweeping};
use crate::support::proxy::Proxy;
use flowlens::store::{board::feed::FeedOptions, engine::connect::CONNECT_LIMIT};

/// The slowest link that is waited for.
const ROUND_TRIP: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn the_first_rows_come_after_few_round_trips() {
    for ours in [false, true] {
        let db = seeded("slow_first", 1..=30).await;
        if ours {
            migrate(&db).await;
        }
        // A password takes two round trips, TLS three more with the server's choice of a curve. Where a server has tickets
        // (PostgreSQL 11), what the client says next may come before or after them, and looks like another. The last two
        // ask for the first page, and for its rows.
        for (query, allowed) in [("sslmode=disable", 6), ("sslmode=require", 10)] {
            let proxy = Proxy::before(&db.url());
            proxy.allow(allowed);
            let mut live = Live::with(connector(&[&format!("{}?{query}", proxy.url(&db.url()))]), options());
            live.until("the first rows", |live| live.board.len() == 30).await;
            assert!(live.polls.is_empty(), "there is more to ask");
            assert!(ROUND_TRIP * (u32::try_from(allowed).expect("few") - 2) < CONNECT_LIMIT, "{query}");
            proxy.allow(usize::MAX);
            live.polls(2).await;
        }
    }
}

/// TLS sends more in two writes, and the second waits for an acknowledgement of the first.
const RECORD: usize = 16 << 10;

#[tokio::test]
async fn no_question_is_longer_than_tls_sends_at_once() {
    let db = pg::database("slow_records").await;
    db.seed_schema().await;
    migrate(&db).await;
    // Hardly two of a page are of the same repository.
    db.execute(
        "INSERT INTO repositories (github_id, name, full_name, owner)
             SELECT n, 'r' || n, 'acme/r' || n, 'acme' FROM generate_series(1, 900) n;
         INSERT INTO pull_requests (repo_id, pr_number, title, state, updated_at)
             SELECT r.id, 1000000 + n, 'Title', 'open', now() - n * interval '1 minute' - r.github_id * interval '1 second'
             FROM repositories r, generate_series(1, 3) n",
    )
    .await;
    let proxy = Proxy::before(&db.url());
    let url = format!("{}?sslmode=disable", proxy.url(&db.url()));
    let some: Vec<String> = (1..=100).map(|n| format!("acme/r{n}")).collect();
    for (only, expected) in [(Vec::new(), 2_700), (some, 300)] {
        let mut live = Live::loaded(&url, FeedOptions { only, ..sweeping() }).await;
        assert_eq!(live.board.len(), expected);
        live.until("two sweeps", |live| live.told.iter().filter(|told| **told == "loaded").count() >= 3)
            .await;
    }
    let longest = proxy.longest();
    assert!((RECORD / 2..=RECORD).contains(&longest), "{longest} bytes");
}
