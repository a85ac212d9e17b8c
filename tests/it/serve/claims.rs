//! What is claimed: it is kept while its facts wait, and comes back after an outage.

use chrono::TimeDelta;
use sqlx::Executor as _;

use super::{drained, guid, program::Serving};
use crate::{
    github::fake::world::World,
    support::{PATIENCE, awaited, pg::PrivateServer, rows::Store},
    sync::world,
};
use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate,
};

/// Repositories, each with an open pull request.
const REPOSITORIES: usize = 8;

/// Delivers each repository's pull request.
async fn deliver(serving: &Serving, world: &World, first: usize) {
    for at in 0..REPOSITORIES {
        let body = world.tell_pull(at, 1, "edited").body();
        assert_eq!(serving.post(guid(first + at), "pull_request", &body).await.status, 202);
    }
}

/// The repositories are there, and each pull request has another title by now.
async fn changed(serving: &Serving, store: &Store) -> World {
    let mut world = world();
    for n in 0..REPOSITORIES {
        let at = world.add_repository(&format!("acme/r{n}"));
        world.add_pull(at, "Before");
    }
    deliver(serving, &world, 0).await;
    drained(store).await;
    world.pass(TimeDelta::minutes(1));
    for at in 0..REPOSITORIES {
        world.change(at, 1, |pull| "After".clone_into(&mut pull.title));
    }
    world
}

#[tokio::test]
async fn a_claim_that_cannot_be_renewed_holds_up_nothing() {
    let [store, _] = Store::both("serve_renew").await;
    let Store::Postgres(db) = &store else { panic!("a server") };
    let serving = Serving::with(&store, &["--lease", "1s"], &[]);
    let world = changed(&serving, &store).await;
    let mut repositories = db.holding("SELECT 1 FROM repositories FOR UPDATE").await;
    let body = world.tell_pull(0, 1, "edited").body();
    assert_eq!(serving.post(guid(100), "pull_request", &body).await.status, 202);
    store.until("webhook_deliveries", "state = 'pending' AND claimed_by IS NOT NULL").await;
    let mut deliveries =
        db.holding("SELECT 1 FROM webhook_deliveries WHERE state = 'pending' FOR UPDATE").await;
    let waits = "datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE webhook_deliveries%'";
    store.until("pg_stat_activity", waits).await;
    repositories.execute("ROLLBACK").await.expect("released");
    store.until("pull_requests", "title = 'After'").await;
    assert_eq!(store.count("webhook_deliveries", "state = 'pending'").await, 1, "it could not be settled");
    deliveries.execute("ROLLBACK").await.expect("released");
    drained(&store).await;
}

#[tokio::test]
async fn what_was_claimed_before_an_outage_is_processed_after_it_and_not_only_when_its_lease_is_over() {
    let server = PrivateServer::start(&[]);
    let db = server.database("serve_stranded").await;
    let target = Target::parse(&db.url(), &[]).expect("an address");
    migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    let store = Store::Postgres(db);
    let Store::Postgres(db) = &store else { panic!("a server") };
    let serving = Serving::with(&store, &["--lease", "1h"], &[]);
    let world = changed(&serving, &store).await;
    let _held = db.holding("LOCK TABLE repositories IN EXCLUSIVE MODE").await;
    deliver(&serving, &world, 100).await;
    // Each lane is at a bucket, and there are more buckets.
    let claimed =
        async || store.count("webhook_deliveries", "state = 'pending' AND claimed_by IS NOT NULL").await;
    assert!(awaited(PATIENCE, async || (claimed().await >= 3).then_some(())).await.is_some());
    let buckets = "(SELECT DISTINCT repository_id % 8 FROM webhook_deliveries) b";
    assert!(store.count(buckets, "TRUE").await > 3);
    server.stop();
    let all_wait = async || (serving.log().matches("the inbox waits").count() >= 3).then_some(());
    assert!(awaited(PATIENCE, all_wait).await.is_some(), "{}", serving.log());
    server.start_again();
    drained(&store).await;
    let done = usize::try_from(store.count("pull_requests", "title = 'After'").await);
    assert_eq!(done, Ok(REPOSITORIES));
}
