//! Deliveries through `flowlens serve`: the examples, and lifecycles over three processes at once.

use std::sync::Arc;

use flowlens::facts::fact::Fact;
use proptest::{
    collection::vec,
    prelude::*,
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{defects::settled, guid, program::Serving};
use crate::{
    facts::memory::Memory,
    github::fake::deliver::Delivery,
    stored::{assert_same, reduced},
    support::rows::Store,
    webhooks::{
        examples::{examples, written},
        orders::lifecycle,
        schemas::payloads,
        told,
    },
};

#[tokio::test]
async fn each_example_is_taken_settled_and_makes_its_rows_and_a_replay_changes_nothing() {
    let examples = examples();
    let facts: Vec<Fact> =
        examples.iter().flat_map(|example| told(&example.event, &example.payload).facts).collect();
    let wanted = reduced(&Memory::of(&facts));
    let ignored =
        examples.iter().filter(|example| told(&example.event, &example.payload).ignored.is_some()).count();
    for store in Store::both("served_examples").await {
        let serving = Serving::start(&store);
        let post = async |nth: usize, status: u16| {
            for (n, example) in examples.iter().enumerate() {
                let body = example.payload.to_string();
                let answer = serving.post(guid(nth + n), &example.event, body.as_bytes()).await;
                assert_eq!(answer.status, status, "{} {}", example.event, example.payload["action"]);
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

/// How a lifecycle of so many deliveries comes: shuffled, some of it twice, by the same id or by another.
fn shuffled(n: usize) -> impl Strategy<Value = Vec<(usize, bool)>> {
    vec((0..n, any::<bool>()), 0..n).prop_flat_map(move |mut places| {
        places.extend((0..n).map(|place| (place, false)));
        Just(places).prop_shuffle()
    })
}

/// Posts all of them, so many at the same time, to one process or another; each is taken.
async fn flood(all: &Arc<[Serving]>, lanes: usize, deliveries: Vec<(Uuid, Delivery)>) {
    let mut posting = JoinSet::new();
    let deliveries = Arc::new(deliveries);
    for lane in 0..lanes {
        let (all, deliveries) = (Arc::clone(all), Arc::clone(&deliveries));
        posting.spawn(async move {
            for (guid, delivery) in deliveries.iter().skip(lane).step_by(lanes) {
                let answer = all[lane % all.len()].post(*guid, delivery.event, &delivery.body()).await;
                assert!(matches!(answer.status, 200 | 202), "{answer:?} to {delivery:?}");
            }
        });
    }
    posting.join_all().await;
}

#[tokio::test]
async fn fifty_lifecycles_over_three_processes_eight_at_a_time_give_the_same_rows() {
    let [store, _] = Store::both("served_lifecycles").await;
    let all: Arc<[Serving]> = [(); 3].map(|()| Serving::start(&store)).into();
    let mut runner = TestRunner::deterministic();
    let mut facts: Vec<Fact> = Vec::new();
    for n in 0..50 {
        let deliveries = lifecycle().new_tree(&mut runner).expect("generated").current();
        let deliveries: Vec<Delivery> = deliveries.into_iter().map(|one| apart(n, one)).collect();
        let places = shuffled(deliveries.len()).new_tree(&mut runner).expect("generated").current();
        facts.extend(deliveries.iter().flat_map(Delivery::facts));
        let post = places.into_iter().map(|(place, is_other)| {
            let guid = if is_other { Uuid::new_v4() } else { guid((n << 32) + place) };
            (guid, deliveries[place].clone())
        });
        flood(&all, 8, post.collect()).await;
    }
    settled(&store).await;
    assert_same("three processes", &store.lines().await, &reduced(&Memory::of(&facts)));
}

#[tokio::test]
async fn whatever_schemas_allow_is_taken_settled_and_makes_its_rows() {
    let payloads: Vec<(String, Value)> =
        payloads().into_iter().map(|(_, event, _, payload)| (event, payload)).collect();
    let facts: Vec<Fact> = payloads.iter().flat_map(|(event, payload)| told(event, payload).facts).collect();
    let [_, store] = Store::both("served_schemas").await;
    let serving = Serving::start(&store);
    for (n, (event, payload)) in payloads.iter().enumerate() {
        let answer = serving.post(guid(n), event, payload.to_string().as_bytes()).await;
        assert_eq!(answer.status, 202, "{event} {}", payload["action"]);
    }
    assert_eq!(usize::try_from(settled(&store).await), Ok(payloads.len()));
    assert_same("schemas", &store.lines().await, &reduced(&Memory::of(&facts)));
}
