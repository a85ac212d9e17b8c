//! Over a slow link: how many round trips a start takes, and that the client's patience suffices for them.

use std::time::Duration;

use super::{Live, connector, migrate, options, seeded};
use crate::support::proxy::Proxy;
use flowlens::store::engine::connect::CONNECT_LIMIT;

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
