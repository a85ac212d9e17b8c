//! Any order, any repetition and any batches of the facts give the same rows.

use flowlens::facts::fact::Fact;
use proptest::{collection::vec, prelude::*};

use super::{
    lives::{life, soup},
    memory::Memory,
};

/// Facts; their places in another order, some of them twice; and where that is cut into batches.
pub(crate) type Told = (Vec<Fact>, Vec<usize>, Vec<bool>);

pub(crate) fn told(facts: impl Strategy<Value = Vec<Fact>>) -> impl Strategy<Value = Told> {
    facts.prop_flat_map(|facts| {
        let n = facts.len();
        let order = vec(0..n, 0..n).prop_flat_map(move |mut places| {
            places.extend(0..n);
            Just(places).prop_shuffle()
        });
        (Just(facts), order, vec(any::<bool>(), 2 * n))
    })
}

fn same_rows((facts, order, cuts): &Told) -> Result<(), TestCaseError> {
    let mut memory = Memory::default();
    let mut batch = Vec::new();
    for (place, cut) in order.iter().zip(cuts) {
        batch.push(facts[*place].clone());
        if *cut {
            memory.apply(&std::mem::take(&mut batch));
        }
    }
    memory.apply(&batch);
    prop_assert_eq!(&memory, &Memory::of(facts));
    // Once more: nothing is written.
    let before = memory.clone();
    prop_assert_eq!(memory.apply(facts), 0);
    prop_assert_eq!(memory, before);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_life_told_in_any_order_gives_the_same_rows(told in told(life())) {
        same_rows(&told)?;
    }

    #[test]
    fn contradicting_facts_in_any_order_give_the_same_rows(told in told(soup())) {
        same_rows(&told)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn so_does_a_life_longer_than_its_history(told in told(vec(life(), 12..14).prop_map(|lives| {
        let shift = |(n, life): (usize, Vec<Fact>)| life.into_iter().map(move |mut fact| {
            fact.at += chrono::TimeDelta::seconds(60 * i64::try_from(n).unwrap());
            fact
        });
        lives.into_iter().enumerate().flat_map(shift).collect::<Vec<_>>()
    }))) {
        same_rows(&told)?;
    }
}
