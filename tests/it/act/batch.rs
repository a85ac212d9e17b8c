//! Several orders: one after the other, and no more of them when nobody knows what became of one.

use chrono::TimeDelta;
use flowlens::domain::hub::{Act, HubAsk, Outcome};

use super::{Trial, done, not_sent, world};
use crate::github::fake::faults::What;

fn label(gate: &flowlens::domain::hub::Gate) -> Act {
    Act::Labels { add: vec![gate.labels[0].clone()], remove: vec![] }
}

#[tokio::test]
async fn they_are_sent_one_by_one_a_second_apart() {
    let mut world = world();
    world.repositories[0].rules.forbidden.insert("closePullRequest".to_owned());
    let mut trial = Trial::start(world);
    let mut orders = Vec::new();
    for number in [1, 2, 3] {
        orders.push(trial.order(number, label).await);
    }
    let close = trial.order(2, |_| Act::Close).await;
    orders.insert(1, close);
    let outcomes = trial.outcomes(&orders).await;
    assert_eq!(
        (&outcomes[0], &outcomes[2], &outcomes[3]),
        (&done("bug added"), &done("bug added"), &done("bug added"))
    );
    // One that is refused stops no other.
    assert!(matches!(&outcomes[1][..], [Outcome::Refused(_)]), "{outcomes:?}");
    assert_eq!(trial.writes(), (4, vec![true, false, true, true]));
    let ids: Vec<_> = trial.sent.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, orders.iter().map(|order| order.id).collect::<Vec<_>>(), "in their order");
    // News are read when they come, which is at that time or later; the last of four waits three times.
    let last = super::NOW.get() - super::start();
    assert!(last >= TimeDelta::seconds(3), "{last}");
}

#[tokio::test]
async fn an_unknown_outcome_stops_those_behind_it() {
    let mut world = world();
    world.fault(1, |asked| asked.is_write, What::Before(Box::new(|_| {})));
    world.fault(1, |asked| asked.is_write && asked.variables["labels"].is_array(), What::Lost(None));
    let mut trial = Trial::start(world);
    let mut orders = Vec::new();
    for number in [1, 2, 3] {
        orders.push(trial.order(number, label).await);
    }
    let outcomes = trial.outcomes(&orders).await;
    assert!(
        matches!(&outcomes[0][..], [Outcome::Unknown { .. }, Outcome::Settled(how)] if how == "its labels are so"),
        "{outcomes:?}"
    );
    let why = not_sent("what became of acme/api#1 is not known yet");
    assert_eq!(outcomes[1..], [why.clone(), why]);
    assert_eq!(trial.writes(), (1, vec![true]));
    // The others may be sent then.
    assert_eq!(trial.outcomes(&orders[1..]).await, [done("bug added"), done("bug added")]);
}

/// Who leaves in the midst: what is on its way has an answer, and nothing more is begun.
#[tokio::test]
async fn leaving_begins_nothing_more() {
    let mut trial = Trial::start(world());
    let mut orders = Vec::new();
    for number in [1, 2, 3] {
        orders.push(trial.order(number, label).await);
    }
    let release = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    trial.fake.world().fault(1, |asked| asked.is_write, What::Hold(std::sync::Arc::clone(&release)));
    trial.asks.send(HubAsk::Act(orders.clone())).expect("a hand");
    // It is on its way.
    while !matches!(trial.next().await, flowlens::domain::hub::HubNews::Sending(_)) {}
    let (nobody, _) = tokio::sync::mpsc::unbounded_channel();
    trial.asks = nobody;
    tokio::task::yield_now().await;
    release.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut outcomes = Vec::new();
    while let Some(news) = trial.news.recv().await {
        match news {
            flowlens::domain::hub::HubNews::Outcome(_, outcome) => outcomes.push(outcome),
            other => panic!("{other:?}"),
        }
    }
    let left = Outcome::NotSent("FlowLens was left before".to_owned());
    assert_eq!(outcomes, [Outcome::Done("bug added".to_owned()), left.clone(), left]);
    assert_eq!(trial.writes(), (1, vec![true]));
}
