//! What a tick costs when nothing changes, and that a viewer never writes.

use super::{Live, id, migrate, options, seeded, sweeping};
use crate::support::pg::PrivateServer;
use crate::support::proxy::Proxy;

#[tokio::test]
async fn an_idle_tick_is_one_round_trip_and_tells_one_thing() {
    for ours in [false, true] {
        let db = seeded("feed_idle", 1..=50).await;
        if ours {
            migrate(&db).await;
        }
        db.execute("UPDATE repositories SET updated_at = now() - interval '1 hour'").await;
        let proxy = Proxy::before(&db.url());
        let mut live = Live::loaded(&proxy.url(&db.url()), options()).await;
        // The first ticks prepare their statement, which takes a round trip more.
        live.polls(2).await;
        let mut fewest = usize::MAX;
        for _ in 0..3 {
            live.forget();
            let before = proxy.round_trips();
            live.polls(10).await;
            // One more may be under way by now.
            fewest = fewest.min(proxy.round_trips() - before);
            assert!(live.told.iter().all(|name| *name == "polled"), "{:?}", live.told);
        }
        assert!((9..=11).contains(&fewest), "{fewest} round trips for 10 polls");
        assert_eq!(proxy.accepted(), 1);
    }
}

#[tokio::test]
async fn a_viewer_never_writes() {
    let server = PrivateServer::start(&["log_statement = mod", "log_line_prefix = '%a %d %u: '"]);
    let db = server.database("feed_reads").await;
    db.seed_schema().await;
    db.execute(super::REPOSITORIES).await;
    db.execute(&super::pulls(1..=20)).await;
    migrate(&db).await;
    db.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'a viewer wrote %', TG_TABLE_NAME; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE OF processed OR DELETE ON pull_requests EXECUTE FUNCTION refuse();
         CREATE TRIGGER refuse BEFORE UPDATE OF processed OR DELETE ON pipeline_runs EXECUTE FUNCTION refuse();
         CREATE TRIGGER refuse BEFORE UPDATE OF processed OR DELETE ON insights EXECUTE FUNCTION refuse();",
    )
    .await;
    // By this name the log tells the viewers from the test itself, and from the migration.
    let named = |url: String| format!("{url}?application_name=viewer");
    let (url, other) = (named(db.url()), named(db.select_only_login().await));
    let mut feeds = [Live::loaded(&url, sweeping()).await, Live::loaded(&other, sweeping()).await];
    db.execute(&format!(
        "UPDATE pull_requests SET title = 'New', updated_at = now() WHERE pr_number = 4;
         INSERT INTO pipeline_runs (repo_id, pr_number) VALUES ({r}, 4);
         INSERT INTO insights (repo_id, pr_number) VALUES ({r}, 4)",
        r = id(1)
    ))
    .await;
    for live in &mut feeds {
        live.until("the change", |live| live.title(4) == Some("New") && live.pull(1, 4).insight.is_some())
            .await;
        live.forget();
        live.until("two sweeps", |live| live.told.iter().filter(|name| **name == "loaded").count() == 2)
            .await;
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
    let log = server.log();
    let written = log.lines().find(|line| {
        line.starts_with("viewer ")
            && ["statement:", "execute", "ERROR:"].iter().any(|word| line.contains(word))
    });
    assert_eq!(written, None);
    let unread: i64 = sqlx::query_scalar("SELECT count(*) FROM pull_requests WHERE NOT processed")
        .fetch_one(&mut db.admin().await)
        .await
        .expect("counted");
    assert_eq!(unread, 20);
}
