//! The server goes and comes, or the way to it.

use std::time::Duration;

use super::{Live, REPOSITORIES, connector, options, pulls, seeded};
use crate::support::{
    pg::{Database, PrivateServer},
    proxy::Proxy,
};
use flowlens::{
    domain::source::Cause,
    store::{
        board::feed::{FeedCommand, FeedOptions},
        engine::{connect::Connector, options::Target},
    },
};

/// Ends all sessions of the database but the administrator's own.
async fn terminate(db: &Database) {
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_restarts_is_met_again_by_itself() {
    let server = PrivateServer::start(&[]);
    let db = server.database("outage_restart").await;
    db.seed_schema().await;
    db.execute(REPOSITORIES).await;
    db.execute(&pulls(1..=3)).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    server.stop();
    live.fails(Cause::Refused).await;
    for _ in 0..3 {
        live.fails(Cause::Refused).await;
        let outage = live.outages.last().expect("told").clone();
        assert!(outage.message.contains("refused"), "{outage:?}");
    }
    assert_eq!(live.board.len(), 3, "the data stays");
    server.start_again();
    db.execute("UPDATE pull_requests SET title = 'Back', updated_at = now() WHERE pr_number = 2").await;
    // Within its longest pause, 2 s, without being asked.
    live.recovers().await;
    live.until("what changed meanwhile", |live| live.title(2) == Some("Back")).await;
}

#[tokio::test]
async fn a_session_that_is_ended_is_made_anew_without_a_word() {
    let db = seeded("outage_ended", 1..=3).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    for n in 0..2 {
        terminate(&db).await;
        let title = format!("After {n}");
        db.execute(&format!("UPDATE pull_requests SET title = '{title}', updated_at = now()")).await;
        live.until(&title, |live| live.title(1) == Some(&title)).await;
    }
    assert!(live.outages.is_empty(), "{:?}", live.outages);
    assert_eq!((live.sources.len(), live.board.len()), (1, 3), "{:?}", live.told);
}

#[tokio::test]
async fn a_session_that_the_server_ends_for_idling_is_no_outage() {
    let db = seeded("outage_idle", 1..=3).await;
    // Older servers have no such limit.
    if super::plans::version(&mut db.admin().await).await < 14 {
        return;
    }
    let proxy = Proxy::before(&db.url());
    // Every tick finds its session ended.
    let url = format!("{}?options=-c%20idle_session_timeout%3D1s", proxy.url(&db.url()));
    let slow = FeedOptions { interval: Duration::from_secs(2), ..options() };
    let mut live = Live::loaded(&url, slow).await;
    live.polls(3).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);
    assert!(
        live.told.iter().skip_while(|told| **told != "polled").all(|told| *told == "polled"),
        "{:?}",
        live.told
    );
    assert!(proxy.accepted() > 3, "{} connections", proxy.accepted());
}

#[tokio::test]
async fn a_login_that_is_refused_and_admitted_again() {
    let db = seeded("outage_login", 1..=3).await;
    let url = db.select_only_login().await;
    let role = format!("\"{}_r0\"", db.name());
    let mut live = Live::loaded(&url, options()).await;
    db.execute(&format!("ALTER ROLE {role} NOLOGIN")).await;
    terminate(&db).await;
    live.fails(Cause::Login).await;
    assert!(!live.outages.iter().any(|o| o.message.contains(crate::support::pg::PASSWORD)));
    db.execute(&format!("ALTER ROLE {role} LOGIN")).await;
    live.command(FeedCommand::Refresh).await;
    live.recovers().await;

    db.execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 0")).await;
    terminate(&db).await;
    live.fails(Cause::Retryable).await;
    db.execute(&format!("ALTER ROLE {role} CONNECTION LIMIT -1")).await;
    live.command(FeedCommand::Refresh).await;
    live.recovers().await;
    assert_eq!(live.board.len(), 3);
}

#[tokio::test]
async fn a_network_that_cuts_delays_and_swallows() {
    let db = seeded("outage_network", 1..=3).await;
    let proxy = Proxy::before(&db.url());
    let url = format!("{}?sslmode=disable", proxy.url(&db.url()));
    let limited =
        Connector::new(Target::parse(&url, &[]).expect("an address")).with_limit(Duration::from_secs(3));
    let mut live = Live::with(limited, options());
    live.polls(1).await;

    proxy.cut();
    live.fails(Cause::Lost).await;
    proxy.pass();
    live.command(FeedCommand::Refresh).await;
    live.recovers().await;

    proxy.delay(100);
    db.execute("UPDATE pull_requests SET title = 'Slow', updated_at = now() WHERE pr_number = 1").await;
    live.until("the change, late", |live| live.title(1) == Some("Slow")).await;
    live.forget();
    live.polls(2).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);

    proxy.black_hole();
    live.fails(Cause::Timeout).await;
    live.fails(Cause::Timeout).await;
    assert_eq!(live.board.len(), 3, "the data stays");
    proxy.pass();
    live.command(FeedCommand::Refresh).await;
    live.recovers().await;
    assert!(proxy.open() <= 2, "{} connections are open", proxy.open());
}

#[tokio::test]
async fn the_next_node_takes_over() {
    let db = seeded("outage_nodes", 1..=3).await;
    // Nothing listens on port 1.
    let dead = "postgres://127.0.0.1:1/x";
    let direct = db.url();
    let live_node = direct.rsplit('@').next().and_then(|end| end.split('/').next()).expect("host:port");
    let first = direct.replace(live_node, dead.trim_start_matches("postgres://").trim_end_matches("/x"));
    let mut live = Live::with(connector(&[&first, live_node]), options());
    live.polls(1).await;
    assert_eq!(live.sources.first().map(|source| source.node.as_str()), Some(live_node));
    assert!(live.outages.is_empty(), "{:?}", live.outages);

    // The first goes while it is in use; and one that accepts and never answers is left, too.
    for silent in [false, true] {
        let proxy = Proxy::before(&direct);
        let first = proxy.url(&direct);
        // A busy machine may be so slow that the first is left by itself.
        let mut live = Live::with(connector(&[&first, live_node]), options());
        live.polls(1).await;
        if silent {
            proxy.black_hole();
        } else {
            proxy.cut();
        }
        live.until("the second node", |live| live.sources.iter().any(|source| source.node == live_node))
            .await;
        live.recovers().await;
    }
}
