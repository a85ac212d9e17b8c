//! Generated lives through each engine's writer: whatever the order, the rows are those that the reducer alone makes.

use std::collections::BTreeMap;

use crate::{
    facts::{
        heard::heard,
        lives::{life, soup},
        memory::Memory,
        properties::{Told, told},
    },
    stored::{Lines, assert_same, reduced},
    support::rows::Store,
};
use flowlens::{facts::fact::Fact, store::write::Writer};
use futures_util::future::join_all;
use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};

/// Lives, the same at every run.
pub(crate) fn generated(count: usize, strategy: impl Strategy<Value = Told>) -> Vec<Told> {
    let mut runner = TestRunner::deterministic();
    let mut one = || strategy.new_tree(&mut runner).expect("generated").current();
    (0..count).map(|_| one()).collect()
}

/// In repositories of its own, with names of its own: lives that share a database have nothing to do with each other.
fn apart(life: usize, mut fact: Fact) -> Fact {
    let life = i64::try_from(life).expect("small");
    fact.repository.github_id += 10 * life;
    fact.repository.full_name = format!("{life}-{}", fact.repository.full_name);
    fact
}

/// The facts of all lives, each as it happened.
fn in_order(lives: &[Told]) -> Vec<Vec<Fact>> {
    let of = |(n, (facts, ..)): (usize, &Told)| -> Vec<Fact> {
        facts.iter().map(|fact| apart(n, fact.clone())).collect()
    };
    lives.iter().enumerate().map(of).collect()
}

/// Deliveries: shuffled, repeated and cut within each life, and the lives told at once, now one by one and now together.
fn mixed(lives: &[Told]) -> Vec<Vec<Fact>> {
    let mut rounds: BTreeMap<usize, Vec<Vec<Fact>>> = BTreeMap::new();
    for (n, (facts, order, cuts)) in lives.iter().enumerate() {
        let mut batch = Vec::new();
        let mut round = 0;
        for (nth, (place, cut)) in order.iter().zip(cuts).enumerate() {
            batch.push(apart(n, facts[*place].clone()));
            if *cut || nth + 1 == order.len() {
                rounds.entry(round).or_default().push(std::mem::take(&mut batch));
                round += 1;
            }
        }
    }
    let deliver = |(round, batches): (usize, Vec<Vec<Fact>>)| {
        if round % 2 == 0 { batches } else { vec![batches.concat()] }
    };
    rounds.into_iter().flat_map(deliver).collect()
}

async fn tell(store: &Store, deliveries: &[Vec<Fact>]) {
    let mut writer = Writer::new(store.database());
    for facts in deliveries {
        writer.apply(facts).await.expect("applied");
    }
}

/// Once more, and nothing is news.
async fn know(store: &Store, lives: &[Vec<Fact>]) {
    let mut writer = Writer::new(store.database());
    for facts in lives {
        assert_eq!(writer.apply(facts).await.expect("applied").rows, 0);
    }
}

pub(crate) async fn same_rows(name: &str, lives: &[Told]) {
    let lives_in_order = in_order(lives);
    let wanted: Lines = lives_in_order.iter().flat_map(|facts| reduced(&Memory::of(facts))).collect();
    assert!(wanted.len() > lives.len());
    let one_by_one: Vec<Vec<Fact>> = lives_in_order.concat().into_iter().map(|fact| vec![fact]).collect();
    let mixed = mixed(lives);
    let [first, second] = [Store::both(name).await, Store::both(&format!("{name}_mixed")).await];
    let stores: Vec<&Store> = first.iter().chain(&second).collect();
    let told = [&one_by_one, &one_by_one, &mixed, &mixed];
    join_all(stores.iter().zip(told).map(|(store, deliveries)| Box::pin(tell(store, deliveries)))).await;
    for again in [false, true] {
        let way = ["in order, PostgreSQL", "in order, SQLite", "mixed, PostgreSQL", "mixed, SQLite"];
        for (way, store) in way.into_iter().zip(&stores) {
            if again {
                know(store, &lives_in_order).await;
            }
            assert_same(way, &store.lines().await, &wanted);
        }
    }
}

#[tokio::test]
async fn fifty_lives_give_the_reducers_rows_in_each_store() {
    same_rows("lives", &generated(50, told(life()))).await;
}

#[tokio::test]
async fn fifty_contradictions_give_the_reducers_rows_in_each_store() {
    same_rows("soups", &generated(50, told(soup()))).await;
}

#[tokio::test]
async fn fifty_lives_heard_by_deliveries_and_answers_give_the_reducers_rows_in_each_store() {
    // In the order of the answers, which deliveries come among.
    let told = heard().prop_map(|(_, heard)| {
        let order = (0..heard.len()).collect();
        let cuts = (0..heard.len()).map(|n| n % 3 == 0).collect();
        (heard, order, cuts)
    });
    same_rows("heard", &generated(50, told)).await;
}

#[tokio::test]
async fn two_writers_at_once_give_the_reducers_rows_in_each_store() {
    let lives = [generated(8, told(life())), generated(16, told(soup()))].concat();
    let lives_in_order = in_order(&lives);
    let wanted: Lines = lives_in_order.iter().flat_map(|facts| reduced(&Memory::of(facts))).collect();
    let one = mixed(&lives);
    let other: Vec<Vec<Fact>> = one.iter().rev().cloned().collect();
    let [postgres, sqlite] = Store::both("writers").await;
    tokio::join!(tell(&postgres, &one), tell(&postgres, &other), tell(&sqlite, &one), tell(&sqlite, &other));
    for store in [postgres, sqlite] {
        assert_same("two writers", &store.lines().await, &wanted);
        know(&store, &lives_in_order).await;
    }
}
