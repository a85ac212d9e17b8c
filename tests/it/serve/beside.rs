//! What it does beside receiving: with a token, the files of new heads and a sync for what no webhook told; with
//! `--worker`, insights.

use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

use super::{defects::settled, program::Serving};
use crate::{
    github::fake::{Fake, deliver::Delivery, world::file},
    support::rows::Store,
    sync::{TOKEN, many},
};

/// With a token for this GitHub.
fn serving(store: &Store, fake: &Fake, args: &[&str], env: &[(&str, &str)]) -> Serving {
    let url = fake.url();
    let token = [("FLOWLENS_GITHUB_URL", url.as_str()), ("GH_TOKEN", TOKEN)];
    Serving::with(store, args, &[&token, env].concat())
}

async fn deliver(serving: &Serving, store: &Store, delivery: &Delivery) {
    assert_eq!(serving.post(Uuid::new_v4(), delivery.event, &delivery.body()).await.status, 202);
    settled(store).await;
}

#[tokio::test]
async fn the_files_of_each_new_head_are_fetched_and_those_of_a_known_one_are_not() {
    for store in Store::both("serve_files").await {
        let fake = Fake::start(many(1), Duration::ZERO);
        let serving = serving(&store, &fake, &[], &[]);
        let opened = fake.world().tell_pull(0, 1, "opened");
        deliver(&serving, &store, &opened).await;
        store.until("pull_requests", "files_changed IS NOT NULL").await;
        let pushed = {
            let mut world = fake.world();
            world.pass(TimeDelta::minutes(1));
            world.push(0, 1);
            world.change(0, 1, |pull| pull.files = vec![file("src/renewed.rs")]);
            world.tell_pull(0, 1, "synchronize")
        };
        deliver(&serving, &store, &pushed).await;
        store.until("pull_requests", "CAST(files_changed AS TEXT) LIKE '%src/renewed.rs%'").await;
        // A label asks for nothing; what comes after it shows that it has been seen.
        let asked = std::mem::take(&mut fake.world().log).len();
        assert!(asked > 0);
        let (labeled, next) = {
            let mut world = fake.world();
            world.pass(TimeDelta::minutes(1));
            world.change(0, 1, |pull| pull.labels.push("bug".to_owned()));
            let number = world.add_pull(0, "Another one");
            (world.tell_pull(0, 1, "labeled"), world.tell_pull(0, number, "opened"))
        };
        deliver(&serving, &store, &labeled).await;
        deliver(&serving, &store, &next).await;
        store.until("pull_requests", "title = 'Another one' AND files_changed IS NOT NULL").await;
        let asked = std::mem::take(&mut fake.world().log);
        let of_first = asked.iter().filter(|asked| asked.what.contains("/pulls/1/")).count();
        assert_eq!(of_first, 0, "{asked:?}");
        assert!(!serving.log().contains(TOKEN), "{}", serving.log());
    }
}

#[tokio::test]
async fn what_no_webhook_told_is_synced() {
    for store in Store::both("serve_sync").await {
        let fake = Fake::start(many(2), Duration::ZERO);
        {
            let serving = Serving::start(&store);
            let opened = fake.world().tell_pull(0, 1, "opened");
            deliver(&serving, &store, &opened).await;
        }
        // Nobody was there to hear that it is merged.
        {
            let mut world = fake.world();
            world.pass(TimeDelta::minutes(1));
            let now = world.now();
            world.change(0, 1, |pull| {
                (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now));
            });
        }
        let serving = serving(&store, &fake, &[], &[("FLOWLENS_GITHUB_REPOS", "acme/api")]);
        store.until("pull_requests", "pr_number = 1 AND state = 'merged'").await;
        store.until("pull_requests", "pr_number = 2 AND state = 'open'").await;
        // And it receives all the same.
        let closed = {
            let mut world = fake.world();
            world.pass(TimeDelta::minutes(1));
            let now = world.now();
            world.change(0, 2, |pull| (pull.state, pull.closed_at) = ("CLOSED", Some(now)));
            world.tell_pull(0, 2, "closed")
        };
        deliver(&serving, &store, &closed).await;
        assert_eq!(store.count("pull_requests", "pr_number = 2 AND state = 'closed'").await, 1);
        assert!(!serving.log().contains(TOKEN), "{}", serving.log());
    }
}

#[tokio::test]
async fn a_worker_beside_it_makes_an_insight_of_what_was_delivered() {
    for store in Store::both("serve_worker").await {
        let fake = Fake::start(many(1), Duration::ZERO);
        let opened = fake.world().tell_pull(0, 1, "opened");
        let head = fake.world().repositories[0].pulls[&1].head.clone();
        {
            let serving = serving(&store, &fake, &[], &[]);
            deliver(&serving, &store, &opened).await;
            store.until("pull_requests", "files_changed IS NOT NULL").await;
        }
        assert_eq!(store.count("insights", "TRUE").await, 0);
        // It begins by looking for heads that nobody has asked about.
        let mut serving = serving(&store, &fake, &["--worker"], &[]);
        store.until("insights", &format!("pr_number = 1 AND commit_sha = '{head}'")).await;
        serving.terminate();
        assert!(serving.ended().success(), "{}", serving.log());
    }
}
