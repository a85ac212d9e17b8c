//! The deliveries of a lifecycle in any order, some of them twice: always the same rows.

use chrono::TimeDelta;
use flowlens::facts::fact::Fact;
use proptest::{collection::vec, option, prelude::*};

use crate::{
    facts::{memory::Memory, properties::told},
    github::fake::{deliver::Delivery, world::World},
    lives_in_stores::{generated, same_rows},
    sync::{many, story::Turn},
};

/// What happens to two pull requests of one repository, which may be deleted in the end, and restored; and all that is
/// delivered of it, as it happened.
pub(crate) fn lifecycle() -> impl Strategy<Value = Vec<Delivery>> {
    let turns = vec((Turn::any(), 1..3_i32, 0..30_i64), 10..40);
    (turns, option::of(any::<bool>())).prop_map(|(turns, end)| {
        let mut world = many(2);
        let mut deliveries: Vec<Delivery> = [1, 2].map(|number| world.tell_pull(0, number, "opened")).into();
        for (turn, number, seconds) in turns {
            deliveries.extend(turn.happen(&mut world, number, seconds));
        }
        if let Some(is_restored) = end {
            deliveries.push(world.tell_repository(0, "deleted"));
            deliveries.extend(is_restored.then(|| restored(&mut world)));
        }
        deliveries
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_lifecycle_delivered_in_any_order_gives_the_same_rows(
        (deliveries, order) in lifecycle().prop_flat_map(|deliveries| {
            let n = deliveries.len();
            let order = vec(0..n, 0..n).prop_flat_map(move |mut places| {
                places.extend(0..n);
                Just(places).prop_shuffle()
            });
            (Just(deliveries), order)
        })
    ) {
        let facts: Vec<Vec<Fact>> = deliveries.iter().map(Delivery::facts).collect();
        let mut memory = Memory::default();
        for place in order {
            memory.apply(&facts[place]);
        }
        prop_assert_eq!(&memory, &Memory::of(&facts.concat()));
        prop_assert_eq!(memory.apply(&facts.concat()), 0);
    }
}

/// All orders of so many.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for last in 0..n {
        let put = |order: Vec<usize>| {
            (0..=order.len()).map(move |place| {
                let mut order = order.clone();
                order.insert(place, last);
                order
            })
        };
        all = all.into_iter().flat_map(put).collect();
    }
    all
}

/// A deleted repository is back an hour later; no word of GitHub's says so.
fn restored(world: &mut World) -> Delivery {
    world.pass(TimeDelta::hours(1));
    world.repositories[0].updated_at = world.now();
    world.tell_repository(0, "edited")
}

/// A repository that is deleted and, if so, restored: it is older than the pull requests in it, of which one is merged.
fn deleted(is_restored: bool) -> Vec<Vec<Fact>> {
    let mut world = many(2);
    let created = world.tell_repository(0, "created");
    world.pass(TimeDelta::hours(1));
    let now = world.now();
    let opened = world.tell_pull(0, 1, "opened");
    world
        .change(0, 2, |pull| (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now)));
    let merged = world.tell_pull(0, 2, "closed");
    let deleted = world.tell_repository(0, "deleted");
    let mut deliveries = vec![created, opened, merged, deleted];
    deliveries.extend(is_restored.then(|| restored(&mut world)));
    deliveries.iter().map(Delivery::facts).collect()
}

#[test]
fn a_deleted_repository_leaves_nothing_open_in_all_permutations_until_it_is_back() {
    for (is_restored, states) in [(false, ["closed", "merged"]), (true, ["open", "merged"])] {
        let facts = deleted(is_restored);
        let wanted = Memory::of(&facts.concat());
        for order in permutations(facts.len()) {
            let mut memory = Memory::default();
            for place in &order {
                memory.apply(&facts[*place]);
            }
            assert_eq!(memory, wanted, "{order:?}");
            let rows = memory.pulls.values().map(|stored| stored.pull.as_ref().expect("a row"));
            assert_eq!(rows.map(|row| row.state.as_deref().unwrap_or("")).collect::<Vec<_>>(), states);
        }
    }
}

#[tokio::test]
async fn a_deleted_repository_gives_the_same_rows_in_each_store() {
    let told = [false, true].into_iter().flat_map(|is_restored| {
        let facts = deleted(is_restored).concat();
        permutations(5).into_iter().step_by(13).map(move |order| {
            let places: Vec<usize> = order.iter().flat_map(|n| (*n..facts.len()).step_by(5)).collect();
            (facts.clone(), places, vec![true; facts.len()])
        })
    });
    same_rows("deleted", &told.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn lifecycles_delivered_in_any_order_give_the_same_rows_in_each_store() {
    let facts = lifecycle().prop_map(|deliveries| deliveries.iter().flat_map(Delivery::facts).collect());
    same_rows("lifecycles", &generated(12, told(facts))).await;
}
