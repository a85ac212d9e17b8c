//! The same world makes the same board on both engines, by whatever way it comes there.

use std::time::Duration;

use chrono::TimeDelta;
use flowlens::{
    domain::secret::Secret,
    facts::fact::{Fact, RepositoryRef},
    github::{
        client::{Client, ClientOptions},
        payload::{Nodes, Pull},
        query,
        sync::{Summary, SyncEngine, SyncOptions, SyncTarget},
    },
    store::write::Writer,
};
use serde_json::json;
use tokio::sync::mpsc;

use super::{built, many};
use crate::{
    github::fake::{Fake, node_id, world::World},
    stored::assert_same,
    support::rows::Store,
};

async fn sync(fake: &Fake, store: &Store) {
    assert_eq!(sync_all(fake, store).await.problems, 0);
}

/// One sync, in no hurry to spare GitHub.
pub(super) async fn sync_all(fake: &Fake, store: &Store) -> Summary {
    let options = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
    let client = Client::new(ClientOptions { pace: Duration::ZERO, ..options }).expect("a client");
    let (tell, _events) = mpsc::unbounded_channel();
    let mut engine = SyncEngine::new(client, store.database(), SyncOptions::default(), tell);
    let targets = [SyncTarget::Repository("acme/api".to_owned())];
    let summary = engine.once(&targets).await.expect("a database");
    engine.stop().await;
    summary
}

/// What deliveries would say of all pull requests as they are now.
async fn heard(fake: &Fake) -> Vec<Fact> {
    let client =
        Client::new(ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None)).expect("a client");
    let (ids, repository) = {
        let world = fake.world();
        let one = &world.repositories[0];
        let ids: Vec<String> = one.pulls.values().map(|pull| node_id("PR", pull.id)).collect();
        (ids, RepositoryRef { github_id: one.id, full_name: one.full_name() })
    };
    let graph =
        client.graphql::<Nodes<Pull>>(query::DETAILS, json!({"ids": ids}), "x").await.expect("details");
    let at = graph.at.expect("a date");
    let pulls = graph.data.nodes.expect("nodes").into_iter().flatten();
    pulls.flat_map(|pull| pull.facts(&repository, None, &|_| false, at)).collect()
}

#[tokio::test]
async fn deliveries_before_between_and_behind_two_syncs_make_no_difference() {
    let fake = Fake::start(busy(), Duration::ZERO);
    let alone = Store::Sqlite(crate::support::rows::Lite::new().await);
    let mixed = Store::Sqlite(crate::support::rows::Lite::new().await);
    let mut writer = Writer::new(mixed.database());
    let before = heard(&fake).await;
    for store in [&alone, &mixed] {
        sync(&fake, store).await;
    }
    go_on(&mut fake.world());
    let mut after = heard(&fake).await;
    // Every other one comes before the sync, the last first; the old ones come late, and the others behind.
    after.reverse();
    let early: Vec<Fact> = after.iter().step_by(2).cloned().collect();
    writer.apply(&early).await.expect("written");
    for store in [&alone, &mixed] {
        sync(&fake, store).await;
    }
    writer.apply(&before).await.expect("written");
    writer.apply(&after).await.expect("written");
    assert_same("deliveries and syncs", &mixed.lines().await, &alone.lines().await);
}

fn busy() -> World {
    let mut world = many(12);
    for number in 1..=12 {
        let conclusion =
            [None, Some("SUCCESS"), Some("FAILURE")][usize::try_from(number % 3).expect("a number")];
        built(&mut world, 0, number, "test", conclusion);
    }
    world
}

fn go_on(world: &mut World) {
    world.pass(TimeDelta::minutes(3));
    let now = world.now();
    world.push(0, 3);
    world
        .change(0, 4, |pull| (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now)));
    world.change(0, 5, |pull| pull.labels = vec!["bug".to_owned()]);
    world.repositories[0].pulls.remove(&6);
    built(world, 0, 7, "test", Some("FAILURE"));
}

#[tokio::test]
async fn the_same_world_makes_the_same_rows_on_both_engines() {
    let fake = Fake::start(busy(), Duration::ZERO);
    let stores = Store::both("sync_same").await;
    for change in [|_: &mut World| {}, go_on] {
        change(&mut fake.world());
        for store in &stores {
            sync(&fake, store).await;
        }
        let [postgres, sqlite] = [stores[0].lines().await, stores[1].lines().await];
        assert!(postgres.len() > 36, "{}", postgres.len());
        assert_same("a sync", &postgres, &sqlite);
    }
}
