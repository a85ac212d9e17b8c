//! Over a slow link: how many round trips a start takes, and that the client's own patience suffices.

use super::{Live, connector, migrate, options, seeded};
use crate::support::proxy::Proxy;
use flowlens::store::engine::{
    connect::{CONNECT_LIMIT, Connector},
    options::Target,
};

#[tokio::test]
async fn the_first_rows_come_after_few_round_trips() {
    for ours in [false, true] {
        let db = seeded("slow_first", 1..=30).await;
        if ours {
            migrate(&db).await;
        }
        // A password takes two round trips; TLS two more, or three, as the server's tickets come.
        for (query, allowed) in [("sslmode=disable", 6), ("sslmode=require", 9)] {
            let proxy = Proxy::before(&db.url());
            proxy.allow(allowed);
            let mut live = Live::with(connector(&[&format!("{}?{query}", proxy.url(&db.url()))]), options());
            live.until("the first rows", |live| live.board.len() == 30).await;
            assert!(live.polls.is_empty(), "there is more to ask");
            proxy.allow(usize::MAX);
            live.polls(2).await;
        }
    }
}

#[tokio::test]
async fn a_link_on_which_a_round_trip_takes_a_second_and_a_half_is_waited_for() {
    let db = seeded("slow_link", 1..=3).await;
    let proxy = Proxy::before(&db.url());
    // A tenth of it, and of the time that a connection may take.
    proxy.delay(150);
    let target =
        Target::parse(&format!("{}?sslmode=require", proxy.url(&db.url())), &[]).expect("an address");
    let mut live = Live::with(Connector::new(target).with_limit(CONNECT_LIMIT / 10), options());
    live.polls(1).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);
}
