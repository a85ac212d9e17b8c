//! Deliveries through `flowlens serve`: the examples, and lifecycles over three processes at once.

use std::sync::Arc;

use flowlens::facts::fact::Fact;
use proptest::{
    collection::vec,
    prelude::*,
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    examples::{examples, written},
    orders::lifecycle,
    server::{Receiver, flood, settled},
    told,
};
use crate::{
    facts::memory::Memory,
    github::fake::deliver::Delivery,
    stored::{assert_same, reduced},
    support::rows::Store,
};

fn guid(nth: usize) -> Uuid {
    Uuid::from_u128(nth as u128 + 1)
}

#[tokio::test]
async fn each_example_is_taken_settled_and_makes_its_rows_and_a_replay_changes_nothing() {
    let examples = examples();
    let facts: Vec<Fact> =
        examples.iter().flat_map(|example| told(&example.event, &example.payload).facts).collect();
    let wanted = reduced(&Memory::of(&facts));
    let ignored =
        examples.iter().filter(|example| told(&example.event, &example.payload).ignored.is_some()).count();
    for store in Store::both("served_examples").await {
        let receiver = Receiver::start(&store);
        let post = async |nth: usize, status: u16| {
            for (n, example) in examples.iter().enumerate() {
                let body = example.payload.to_string();
                let answer = receiver.send(guid(nth + n), &example.event, body.as_bytes()).await;
                assert_eq!(answer, status, "{} {}", example.event, example.payload["action"]);
            }
            usize::try_from(settled(&store).await).expect("a count")
        };
        assert_eq!(post(0, 202).await, examples.len());
        let count = store.count("webhook_deliveries", "state = 'ignored'").await;
        assert_eq!(usize::try_from(count), Ok(ignored));
        assert_same("served", &store.lines().await, &wanted);
        let before = written(&store).await;
        // By the same ids, and by others.
        assert_eq!(post(0, 200).await, examples.len());
        assert_eq!(post(1_000, 202).await, 2 * examples.len());
        assert_same("served again", &store.lines().await, &wanted);
        assert_eq!(written(&store).await, before, "a replay writes nothing");
    }
}

/// In a repository of its own.
fn apart(n: usize, mut delivery: Delivery) -> Delivery {
    let repository = &mut delivery.payload["repository"];
    let id = repository["id"].as_i64().expect("an id") + (i64::try_from(n).expect("small") << 40);
    let name = format!("{n}-{}", repository["full_name"].as_str().expect("a name"));
    (repository["id"], repository["full_name"]) = (json!(id), json!(name));
    delivery
}

/// How a lifecycle is delivered: shuffled, some of it twice, by the same id or by another.
fn shuffled(deliveries: Vec<Delivery>) -> impl Strategy<Value = Vec<(usize, bool)>> {
    let n = deliveries.len();
    vec((0..n, any::<bool>()), 0..n).prop_flat_map(move |mut places| {
        places.extend((0..n).map(|place| (place, false)));
        Just(places).prop_shuffle()
    })
}

#[tokio::test]
async fn fifty_lifecycles_over_three_processes_eight_at_a_time_give_the_same_rows() {
    let [store, _] = Store::both("served_lifecycles").await;
    let receivers: Arc<[Receiver]> = [(); 3].map(|()| Receiver::start(&store)).into();
    let mut runner = TestRunner::deterministic();
    let mut facts: Vec<Fact> = Vec::new();
    for n in 0..50 {
        let deliveries = lifecycle().new_tree(&mut runner).expect("generated").current();
        let deliveries: Vec<Delivery> = deliveries.into_iter().map(|one| apart(n, one)).collect();
        let places = shuffled(deliveries.clone()).new_tree(&mut runner).expect("generated").current();
        facts.extend(deliveries.iter().flat_map(Delivery::facts));
        let post = places.into_iter().map(|(place, is_other)| {
            let guid = if is_other { Uuid::new_v4() } else { guid((n << 32) + place) };
            (guid, deliveries[place].clone())
        });
        flood(&receivers, 8, post.collect()).await;
    }
    settled(&store).await;
    assert_same("three processes", &store.lines().await, &reduced(&Memory::of(&facts)));
}
