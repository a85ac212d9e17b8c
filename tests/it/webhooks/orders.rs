//! The deliveries of a lifecycle in any order, some of them twice: always the same rows.

use flowlens::facts::fact::Fact;
use proptest::{collection::vec, prelude::*};

use crate::{
    facts::{memory::Memory, properties::told},
    github::fake::deliver::Delivery,
    lives_in_stores::{generated, same_rows},
    sync::{many, story::Turn},
};

/// What happens to two pull requests of one repository, and all that is delivered of it, as it happened.
pub(crate) fn lifecycle() -> impl Strategy<Value = Vec<Delivery>> {
    vec((Turn::any(), 1..3_i32, 0..30_i64), 5..30).prop_map(|turns| {
        let mut world = many(2);
        let mut deliveries: Vec<Delivery> = [1, 2].map(|number| world.tell_pull(0, number, "opened")).into();
        for (turn, number, seconds) in turns {
            deliveries.extend(turn.happen(&mut world, number, seconds));
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

#[tokio::test]
async fn lifecycles_delivered_in_any_order_give_the_same_rows_in_each_store() {
    let facts = lifecycle().prop_map(|deliveries| deliveries.iter().flat_map(Delivery::facts).collect());
    same_rows("lifecycles", &generated(12, told(facts))).await;
}
