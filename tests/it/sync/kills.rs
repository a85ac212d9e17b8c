//! Ends of every kind: a kill, a signal, another sync.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, Utc};
use flowlens::store::{engine::sqlite::File, sync::SyncStore};

use super::{Trial, built, many, many_at, now, rows};
use crate::{
    github::fake::world::World,
    support::{PATIENCE, cli::PROGRAM, eventually},
};

/// A signal by the system's own command: the tests use no unsafe code.
fn kill(pid: u32, signal: &str) {
    let status = Command::new("kill").args([signal, &pid.to_string()]).status();
    assert!(status.expect("kill").success());
}

/// Begins a sync.
fn begin(trial: &Trial, args: &[&str]) -> Child {
    Command::new(PROGRAM)
        .args([&["sync"], args].concat())
        .env_clear()
        .envs(crate::support::cli::environment(trial.home.path()))
        .envs(trial.env())
        .current_dir(trial.home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program")
}

fn world(now: DateTime<Utc>) -> World {
    let mut world = many_at(now, 30);
    for number in 1..=30 {
        built(&mut world, 0, number, "test", Some("SUCCESS"));
    }
    world
}

#[tokio::test]
async fn a_sync_that_is_killed_twenty_times_ends_complete_nothing_twice_and_nothing_half() {
    let began = now();
    let whole = Trial::new(world(began));
    whole.sync(&["acme/api"]);
    let expected = whole.rows().await;
    let all = whole.asked().len();
    let trial = Trial::slow(world(began), Duration::from_millis(5));
    for at in 0..20 {
        trial.asked();
        let mut child = begin(&trial, &["acme/api"]);
        let point = 1 + at * all / 20;
        let reached = || {
            let enough = trial.fake.world().log.len() >= point;
            (enough || child.try_wait().expect("a child").is_some()).then_some(())
        };
        eventually(PATIENCE, reached).expect("the sync goes on");
        child.kill().and_then(|()| child.wait()).expect("a child");
    }
    trial.sync(&["acme/api"]);
    let found = trial.rows().await;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn a_signal_ends_it_within_a_second_and_gives_the_lease_back() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        for args in [&["acme/api"][..], &["--watch", "acme/api"]] {
            let trial = Trial::slow(world(now()), Duration::from_millis(50));
            let mut child = begin(&trial, args);
            let is_under_way = || (trial.fake.world().log.len() >= 4).then_some(());
            eventually(PATIENCE, is_under_way).expect("requests");
            kill(child.id(), signal);
            let status = eventually(5, || child.try_wait().expect("a child")).expect("its end");
            assert_eq!(status.code(), Some(code), "{signal} {args:?}");
            let id = trial.fake.world().repositories[0].id;
            let mut store = SyncStore::new(File::new(trial.database()));
            let repo = store.repository(id).await.expect("a database").expect("a repository");
            assert_eq!(store.holder(repo).await.expect("a database"), None);
        }
    }
}

#[tokio::test]
async fn one_sync_at_a_time_works_on_a_repository_and_the_other_waits() {
    let trial = Trial::new(many(1));
    trial.sync(&["acme/api"]);
    let id = trial.fake.world().repositories[0].id;
    let mut store = SyncStore::new(File::new(trial.database()));
    let repo = store.repository(id).await.expect("a database").expect("a repository");
    // Another machine's: nobody here knows whether it lives.
    let lease =
        store.lease(repo, "elsewhere", Duration::from_hours(1)).await.expect("a database").expect("a lease");
    let mut child = begin(&trial, &["acme/api"]);
    let mut said = String::new();
    let stderr = child.stderr.take().expect("its standard error");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr)).map_while(Result::ok);
    said.push_str(&lines.next().expect("a line"));
    assert!(said.contains("acme/api: another sync is at work on it; goes on at "), "{said}");
    assert!(store.release(&lease).await.expect("a database"));
    assert!(child.wait().expect("a child").success());
    assert_eq!(rows(&trial.database()).await.len(), trial.rows().await.len());
}
