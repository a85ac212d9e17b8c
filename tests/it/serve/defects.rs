//! What the services that are deployed get wrong, each by a test through `flowlens serve`: what is delivered, and the rows
//! that must follow. The numbers are those of the list of these defects.

mod analysis;
mod checks;
mod lists;
mod outside;
mod pulls;

use chrono::TimeDelta;
use uuid::Uuid;

use super::{drained, program::Serving};
use crate::{
    github::fake::{
        deliver::Delivery,
        world::{Pull, Review, World},
    },
    support::rows::Store,
    sync::many,
};

/// A GitHub with pull request #1, and a database that hears of it.
struct Scene {
    world: World,
    store: Store,
    serving: Serving,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let [store, _] = Store::both(name).await;
        let serving = Serving::start(&store);
        Self { world: many(1), store, serving }
    }

    /// Posts it under an id of its own; the status.
    async fn post(&self, delivery: &Delivery) -> u16 {
        self.serving.post(Uuid::new_v4(), delivery.event, &delivery.body()).await.status
    }

    /// One after the other: each is processed before the next one comes.
    async fn deliver(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            assert_eq!(self.post(delivery).await, 202);
            settled(&self.store).await;
        }
    }

    fn pull(&self, action: &str) -> Delivery {
        self.world.tell_pull(0, 1, action)
    }

    /// A minute later, the pull request changes.
    fn change(&mut self, action: &str, change: impl FnOnce(&mut Pull)) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        self.world.change(0, 1, change);
        self.pull(action)
    }

    fn close(&mut self) -> Delivery {
        let now = self.world.now() + TimeDelta::minutes(1);
        self.change("closed", |pull| (pull.state, pull.closed_at) = ("CLOSED", Some(now)))
    }

    fn merge(&mut self) -> Delivery {
        let now = self.world.now() + TimeDelta::minutes(1);
        self.change("closed", |pull| {
            (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now));
        })
    }

    fn push(&mut self) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        self.world.push(0, 1);
        self.pull("synchronize")
    }

    fn head(&self) -> String {
        self.world.repositories[0].pulls[&1].head.clone()
    }

    /// A check of a new suite, a minute later.
    fn check(&mut self, workflow: &str, name: &str, conclusion: Option<&'static str>) -> Vec<Delivery> {
        self.world.pass(TimeDelta::minutes(1));
        let head = self.head();
        let suite = self.world.add_suite(0, &head, workflow);
        let id = self.world.check(0, &head, suite, name, conclusion);
        self.world.tell_check(0, &head, id)
    }

    fn review(&mut self, reviewer: &str, state: &'static str) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        let (id, now, commit) = (self.world.id(), self.world.now(), self.head());
        let author = Some(reviewer.to_owned());
        let review = Review { id, author, state, at: now, updated_at: now, commit };
        self.world.change(0, 1, |pull| pull.reviews.push(review));
        self.world.tell_review(0, 1, id, "submitted")
    }

    /// The stages of #1: pull request, build, approval, merge.
    async fn stages(&self) -> String {
        let columns = "status_pr || ' ' || status_build || ' ' || status_approval || ' ' || status_merge";
        self.one(&format!("SELECT {columns} FROM pipeline_runs WHERE pr_number = 1")).await
    }

    async fn one(&self, sql: &str) -> String {
        let mut rows = self.store.texts(sql, 1).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.pop().and_then(|mut row| row.pop()).flatten().unwrap_or_default()
    }
}

/// Waits until all that was received is settled, and nothing is dead; how many there are.
pub(super) async fn settled(store: &Store) -> i64 {
    drained(store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'dead'").await, 0);
    store.count("webhook_deliveries", "TRUE").await
}
