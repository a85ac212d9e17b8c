//! The database goes away and comes back.

use super::{drained, guid, metric, program::Serving, push};
use crate::support::{PATIENCE, awaited, pg::PrivateServer, rows::Store};
use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate,
};

#[tokio::test]
async fn while_the_database_is_down_nothing_is_acknowledged_and_then_it_goes_on_by_itself() {
    let server = PrivateServer::start(&[]);
    let database = server.database("serve_outage").await;
    let target = Target::parse(&database.url(), &[]).expect("an address");
    migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    let store = Store::Postgres(database);
    let serving = Serving::start(&store);
    let mut acknowledged = Vec::new();
    for n in 0..20 {
        assert_eq!(serving.post(guid(n), "push", &push(n, 100)).await.status, 202);
        acknowledged.push(n);
    }
    server.stop();
    for n in 20..30 {
        let answer = serving.post(guid(n), "push", &push(n, 100)).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.head.contains("retry-after: 5"), "{answer:?}");
    }
    assert_eq!(serving.get("/healthz").await.status, 200);
    let is_unready = async || (serving.get("/readyz").await.status == 503).then_some(());
    assert!(awaited(PATIENCE, is_unready).await.is_some());
    assert_eq!(metric(&serving.get("/metrics").await.body, "flowlens_database_up"), 0);
    server.start_again();
    let is_ready = async || (serving.get("/readyz").await.status == 200).then_some(());
    assert!(awaited(PATIENCE, is_ready).await.is_some(), "{}", serving.log());
    for n in 20..40 {
        let taken = async || (serving.post(guid(n), "push", &push(n, 100)).await.status < 300).then_some(());
        assert!(awaited(PATIENCE, taken).await.is_some(), "{}", serving.log());
    }
    drained(&store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'done'").await, 40);
    assert_eq!(store.count("webhook_deliveries", "attempts > 2").await, 0, "an outage is no attempt");
}

#[tokio::test]
async fn it_begins_before_its_database_does() {
    let server = PrivateServer::start(&[]);
    let database = server.database("serve_first").await;
    let target = Target::parse(&database.url(), &[]).expect("an address");
    migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    let store = Store::Postgres(database);
    server.stop();
    let serving = Serving::start(&store);
    assert_eq!(serving.post(guid(1), "push", &push(1, 100)).await.status, 503);
    server.start_again();
    let taken = async || (serving.post(guid(1), "push", &push(1, 100)).await.status < 300).then_some(());
    assert!(awaited(PATIENCE, taken).await.is_some(), "{}", serving.log());
    drained(&store).await;
}
