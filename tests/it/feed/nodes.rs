//! Nodes of a cluster that are found once connected, and what a dead one costs.

use std::time::Duration;

use super::{Live, connector, options, seeded};
use crate::support::{pg::Database, proxy::Proxy};
use flowlens::store::board::feed::FeedOptions;
use url::Url;

/// As YugabyteDB's: one row a node, each with a private and a public address.
async fn tell_of_nodes(db: &Database, nodes: &[(&Proxy, &str)]) {
    let rows: Vec<String> = nodes
        .iter()
        .map(|(proxy, zone)| {
            let url = Url::parse(&proxy.url(&db.url())).expect("a URL");
            let port = url.port().expect("a port");
            format!("('127.0.0.1', {port}::bigint, 0::bigint, 'primary', 'c', 'r', '{zone}', '10.255.255.1', 'u{port}')")
        })
        .collect();
    db.execute(&format!(
        "CREATE OR REPLACE FUNCTION yb_servers() RETURNS TABLE (host text, port bigint, num_connections bigint, node_type text,
             cloud text, region text, zone text, public_ip text, uuid text) LANGUAGE sql AS $$ VALUES {} $$",
        rows.join(", ")
    ))
    .await;
}

#[tokio::test]
async fn a_dead_node_costs_one_tick_and_the_others_are_found() {
    let db = seeded("nodes_found", 1..=3).await;
    let [first, hole, third] = [(); 3].map(|()| Proxy::before(&db.url()));
    tell_of_nodes(&db, &[(&first, "a"), (&hole, "b"), (&third, "a")]).await;
    hole.black_hole();
    let ticks = FeedOptions { interval: Duration::from_millis(200), ..options() };
    let url = format!("{}?sslmode=disable", first.url(&db.url()));
    let mut live = Live::with(connector(&[&url]), ticks);
    live.polls(3).await;
    // It accepts what it is told, and says nothing any more.
    first.black_hole();
    db.execute("UPDATE pull_requests SET title = 'New', updated_at = now() WHERE pr_number = 1").await;
    live.until("the change", |live| live.title(1) == Some("New")).await;
    assert!(live.outages.len() <= 1, "{:?}", live.outages);
    let nodes: Vec<&str> = live.sources.iter().map(|source| source.node.as_str()).collect();
    assert!(third.url(&db.url()).contains(nodes.last().expect("another node")), "{nodes:?}");
}

#[tokio::test]
async fn other_nodes_are_not_asked_for_where_that_is_off_or_the_address_is_none_of_theirs() {
    let db = seeded("nodes_named", 1..=3).await;
    let [first, second] = [(); 2].map(|()| Proxy::before(&db.url()));
    for (named, known) in [(true, true), (false, false)] {
        let listed = if known { &first } else { &second };
        tell_of_nodes(&db, &[(listed, "a"), (&second, "a")]).await;
        let url = format!("{}?sslmode=disable", first.url(&db.url()));
        let only = if named { connector(&[&url]).only_named() } else { connector(&[&url]) };
        let mut live = Live::with(only, options());
        live.polls(2).await;
        first.cut();
        live.fails(flowlens::domain::source::Cause::Lost).await;
        first.pass();
        live.recovers().await;
        assert_eq!(second.accepted(), 0, "named {named}, known {known}");
    }
}
