//! The hand reads one log at a time, and answers everything else meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use flowlens::domain::{
    hub::{HubAsk, HubNews},
    ids::{PrKey, PrNumber, RepoId},
    log::{LogAsk, LogNews},
};
use uuid::Uuid;

use super::{Trial, world};
use crate::github::fake::faults::What;

#[tokio::test]
async fn a_log_is_read_until_another_one_is_asked_for() {
    let mut world = world();
    let head = world.repositories[0].pulls[&1].head.clone();
    let suite = world.add_suite(0, &head, "CI");
    let stuck = world.check(0, &head, suite, "slow", Some("FAILURE"));
    let quick = world.check(0, &head, suite, "quick", Some("FAILURE"));
    world.log(quick, "a log\n");
    let (end, path) = (Arc::new(AtomicBool::new(false)), format!("/jobs/{stuck}"));
    let latch = Arc::clone(&end);
    world.fault(9, move |asked| asked.what.contains(&path), What::Hold(latch));
    let mut trial = Trial::start(world);
    for (job, name) in [(stuck, "slow"), (quick, "quick")] {
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1));
        let name = name.to_owned();
        let ask = LogAsk { key, repository: "acme/api".to_owned(), job, name, attempt: None };
        trial.asks.send(HubAsk::Log(ask)).expect("a hand");
    }
    let mut told = Vec::new();
    while !matches!(told.last(), Some(LogNews::Annotations(_))) {
        let HubNews::Log(ask, news) = trial.next().await else { panic!("something else") };
        assert_eq!(ask.job, quick, "nobody reads the other one any more");
        told.push(news);
    }
    assert!(told.iter().any(|news| matches!(news, LogNews::Log(log) if log.bytes == 6)), "{told:?}");
    trial.asks.send(HubAsk::NoLog).expect("a hand");
    trial.gate(1).await;
    end.store(true, Ordering::SeqCst);
}
