//! Deliveries through `flowlens serve`: the examples, and lifecycles over three processes at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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

/// How a lifecycle of so many deliveries comes: in its order or shuffled, some of it twice, by the same id or by another.
fn shuffled(n: usize) -> impl Strategy<Value = Vec<(usize, bool)>> {
    let twice = vec((0..n, any::<bool>()), 0..n);
    (twice, any::<bool>()).prop_flat_map(move |(mut places, is_shuffled)| {
        places.extend((0..n).map(|place| (place, false)));
        let places = Just(places);
        if is_shuffled { places.prop_shuffle().boxed() } else { places.boxed() }
    })
}

/// Posts all of them, so many at the same time, to one process or another; each is taken. How many were new.
async fn flood(all: &Arc<[Serving]>, lanes: usize, deliveries: Vec<(Uuid, Delivery)>) -> usize {
    let mut posting = JoinSet::new();
    let deliveries = Arc::new(deliveries);
    for lane in 0..lanes {
        let (all, deliveries) = (Arc::clone(all), Arc::clone(&deliveries));
        posting.spawn(async move {
            let mut new = 0;
            for (guid, delivery) in deliveries.iter().skip(lane).step_by(lanes) {
                let answer = all[lane % all.len()].post(*guid, delivery.event, &delivery.body()).await;
                assert!(matches!(answer.status, 200 | 202), "{answer:?} to {delivery:?}");
                new += usize::from(answer.status == 202);
            }
            new
        });
    }
    posting.join_all().await.into_iter().sum()
}

/// What must be stored of the pull requests of a lifecycle, told without the reducer: repository, number, title, head,
/// state and labels of the last picture, where no other one is of its second.
fn last_pictures(deliveries: &[Delivery]) -> Vec<Vec<Option<String>>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_gone = deliveries.last().is_some_and(|delivery| delivery.payload["action"] == "deleted");
    let mut told: BTreeMap<i64, BTreeMap<String, BTreeSet<Vec<String>>>> = BTreeMap::new();
    for Delivery { payload, .. } in deliveries.iter().filter(|delivery| delivery.event == "pull_request") {
        let pull = &payload["pull_request"];
        let state = match (pull["merged"] == true, pull["state"] == "closed" || is_gone) {
            (true, _) => "merged",
            (false, true) => "closed",
            (false, false) => "open",
        };
        let labels: Vec<&Value> =
            pull["labels"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
        let (id, number) = (payload["repository"]["id"].to_string(), payload["number"].to_string());
        let picture =
            [text(&pull["title"]), text(&pull["head"]["sha"]), state.to_owned(), json!(labels).to_string()];
        let of_pull = told.entry(payload["number"].as_i64().expect("a number")).or_default();
        let of_second = of_pull.entry(text(&pull["updated_at"])).or_default();
        of_second.insert([vec![id, number], picture.into()].concat());
    }
    let last = told.into_values().filter_map(|mut of_pull| of_pull.pop_last());
    let alone = last.filter(|(_, of_second)| of_second.len() == 1);
    alone.flat_map(|(_, of_second)| of_second).map(|row| row.into_iter().map(Some).collect()).collect()
}

const PULLS: &str = "SELECT CAST(r.github_id AS TEXT), CAST(p.pr_number AS TEXT), p.title, p.commit_sha, p.state, \
     replace(CAST(p.labels AS TEXT), '\", \"', '\",\"') FROM pull_requests p JOIN repositories r ON r.id = p.repo_id";

#[tokio::test]
async fn fifty_lifecycles_over_three_processes_eight_at_a_time_give_the_same_rows() {
    let [store, _] = Store::both("served_lifecycles").await;
    let all: Arc<[Serving]> = [(); 3].map(|()| Serving::start(&store)).into();
    let mut runner = TestRunner::deterministic();
    let (mut facts, mut pictures) = (Vec::new(), Vec::new());
    let (mut new, mut guids) = (0, BTreeSet::new());
    for n in 0..50 {
        let deliveries = lifecycle().new_tree(&mut runner).expect("generated").current();
        let deliveries: Vec<Delivery> = deliveries.into_iter().map(|one| apart(n, one)).collect();
        let places = shuffled(deliveries.len()).new_tree(&mut runner).expect("generated").current();
        facts.extend(deliveries.iter().flat_map(Delivery::facts));
        pictures.extend(last_pictures(&deliveries));
        let post = places.into_iter().map(|(place, is_other)| {
            let guid = if is_other { Uuid::new_v4() } else { guid((n << 32) + place) };
            guids.insert(guid);
            (guid, deliveries[place].clone())
        });
        let post = post.collect();
        new += flood(&all, 8, post).await;
    }
    let kept = settled(&store).await;
    assert_same("three processes", &store.lines().await, &reduced(&Memory::of(&facts)));
    assert_eq!((usize::try_from(kept), new), (Ok(guids.len()), guids.len()), "each is kept once");
    let rows = store.texts(PULLS, 6).await;
    let missed: Vec<_> = pictures.iter().filter(|picture| !rows.contains(picture)).collect();
    assert!(pictures.len() > 50 && missed.is_empty(), "{missed:?} of {}", pictures.len());
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
