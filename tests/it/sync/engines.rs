//! The same world makes the same board on both engines, by whatever way it comes there.

use std::time::Duration;

use chrono::TimeDelta;
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, Options as ClientOptions},
        sync::{Engine, Options, Target},
    },
};
use tokio::sync::mpsc;

use super::{built, many};
use crate::{
    github::fake::{Fake, world::World},
    stored::assert_same,
    support::rows::Store,
};

async fn sync(fake: &Fake, store: &Store) {
    let client =
        Client::new(ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None)).expect("a client");
    let (tell, _events) = mpsc::unbounded_channel();
    let mut engine = Engine::new(client, store.database(), Options::default(), tell);
    let targets = [Target::Repository("acme/api".to_owned())];
    let summary = engine.once(&targets).await.expect("a database");
    assert_eq!(summary.problems, 0);
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
