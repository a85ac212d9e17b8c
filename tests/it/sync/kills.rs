//! Ends of every kind: a kill, a signal, another sync.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::ids::RepoId,
    store::{
        engine::{database::Database, sqlite::File},
        sync::SyncStore,
    },
};

use super::{Trial, built, many, many_at, now};
use crate::{
    github::fake::{
        faults::What,
        world::{Asked, World},
    },
    stored::assert_same,
    support::{PATIENCE, cli::PROGRAM, eventually, rows::Store},
};

/// A signal by the system's own command: the tests use no unsafe code.
pub(super) fn kill(pid: u32, signal: &str) {
    let status = Command::new("kill").args([signal, &pid.to_string()]).status();
    assert!(status.expect("kill").success());
}

/// Begins a sync.
pub(super) fn begin(trial: &Trial, args: &[&str]) -> Child {
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

/// Kills a sync twenty times, each time a little later on its way, and lets it end then.
fn killed(trial: &Trial, all: usize) {
    for at in 0..20 {
        trial.asked();
        let mut child = begin(trial, &["acme/api"]);
        let point = 1 + at * all / 20;
        let reached = || {
            let enough = trial.fake.world().log.len() >= point;
            (enough || child.try_wait().expect("a child").is_some()).then_some(())
        };
        eventually(PATIENCE, reached).expect("the sync goes on");
        child.kill().and_then(|()| child.wait()).expect("a child");
    }
    trial.sync(&["acme/api"]);
}

#[tokio::test]
async fn a_sync_that_is_killed_twenty_times_ends_complete_nothing_twice_and_nothing_half() {
    let began = now();
    let whole = Trial::new(world(began));
    whole.sync(&["acme/api"]);
    let expected = whole.rows().await;
    let all = whole.asked().len();
    let trial = Trial::slow(world(began), Duration::from_millis(5));
    killed(&trial, all);
    let found = trial.rows().await;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn nor_on_a_server() {
    let began = now();
    let [whole, _] = Store::both("sync_whole").await;
    let [postgres, _] = Store::both("sync_killed").await;
    let trial = Trial::on(world(began), Duration::ZERO, &whole);
    trial.sync(&["acme/api"]);
    let all = trial.asked().len();
    let trial = Trial::on(world(began), Duration::from_millis(5), &postgres);
    killed(&trial, all);
    assert_same("a sync that was killed", &postgres.lines().await, &whole.lines().await);
    let marks = "resource <> 'lease' OR claimed_by IS NOT NULL";
    assert_eq!(postgres.count("sync_state", marks).await, whole.count("sync_state", marks).await);
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

/// Who has the lease of the repository.
pub(super) async fn holder(trial: &Trial, database: impl Into<Database>) -> Option<String> {
    let (mut store, repo) = stored(trial, database).await;
    store.holding(repo).await.expect("a database").map(|holding| holding.holder)
}

/// The repository's row.
pub(super) async fn stored(trial: &Trial, database: impl Into<Database>) -> (SyncStore, RepoId) {
    let id = trial.fake.world().repositories[0].id;
    let mut store = SyncStore::new(database);
    let repo = store.repository(id).await.expect("a database").expect("a repository");
    (store, repo)
}

fn details(asked: &Asked) -> bool {
    asked.what == "Details"
}

/// What a sync waits for when the signal comes.
#[derive(Clone, Copy, Debug)]
enum Waits {
    /// An answer that never comes.
    Answer,
    /// An hour.
    Limit,
    /// GitHub, which does not answer.
    Outage,
    /// Another machine's sync.
    Other,
}

#[tokio::test]
async fn a_signal_ends_it_at_once_whatever_it_waits_for_and_gives_the_lease_back() {
    for (signal, code, waits) in [
        ("-INT", 130, Waits::Answer),
        ("-TERM", 143, Waits::Answer),
        ("-INT", 130, Waits::Limit),
        ("-INT", 130, Waits::Outage),
        ("-TERM", 143, Waits::Other),
    ] {
        for args in [&["acme/api"][..], &["--watch", "acme/api"]] {
            let trial = Trial::new(many(2));
            trial.sync(&["acme/api"]);
            trial.set(|world| {
                world.pass(TimeDelta::minutes(1));
                world.push(0, 1);
            });
            let mut lease = None;
            match waits {
                Waits::Answer => trial.fake.world().fault(1, details, What::Hold(Arc::default())),
                Waits::Limit => trial.set(|world| {
                    world.graphql.used = world.graphql.limit;
                    world.graphql.resets = now() + TimeDelta::hours(1);
                }),
                Waits::Outage => trial.fake.world().fault(usize::MAX, |_| true, What::Cut),
                Waits::Other => {
                    let (mut store, repo) = stored(&trial, File::new(trial.database())).await;
                    let hour = Duration::from_hours(1);
                    lease = store.lease(repo, "elsewhere", hour).await.expect("a database");
                }
            }
            let mut child = begin(&trial, args);
            let stderr = child.stderr.take().expect("its standard error");
            let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr)).map_while(Result::ok);
            match waits {
                // It says nothing of an answer that does not come.
                Waits::Answer => {
                    let is_held = || trial.fake.world().faults.is_empty().then_some(());
                    eventually(PATIENCE, is_held).expect("the request");
                }
                Waits::Limit | Waits::Outage | Waits::Other => {
                    let says = |line: &String| {
                        ["; goes on ", "; asks again in "].iter().any(|wait| line.contains(wait))
                    };
                    lines.find(says).expect("why it waits");
                }
            }
            kill(child.id(), signal);
            let status = eventually(PATIENCE, || child.try_wait().expect("a child")).expect("its end");
            assert_eq!(status.code(), Some(code), "{signal} {args:?} {waits:?}");
            // Whoever hangs is ended, and gives nothing back.
            let left = holder(&trial, File::new(trial.database())).await;
            assert_eq!(left.is_some(), lease.is_some(), "{signal} {args:?} {waits:?}: {left:?}");
        }
    }
}

/// Two at once: the second one waits, says so, and has nothing to do then.
#[tokio::test]
async fn of_two_syncs_the_second_waits_and_finds_nothing_new() {
    for store in Store::both("sync_two").await {
        let trial = Trial::on(many(3), Duration::ZERO, &store);
        trial.sync(&["acme/api"]);
        trial.set(|world| {
            world.pass(TimeDelta::minutes(1));
            world.push(0, 2);
        });
        let gate = Arc::default();
        trial.fake.world().fault(1, details, What::Hold(Arc::clone(&gate)));
        let mut first = begin(&trial, &["acme/api"]);
        let is_held = || trial.fake.world().faults.is_empty().then_some(());
        eventually(PATIENCE, is_held).expect("the first one reads");
        assert!(holder(&trial, store.database()).await.is_some());
        let before = trial.asked().len();
        let mut second = begin(&trial, &["acme/api"]);
        let stderr = second.stderr.take().expect("its standard error");
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr)).map_while(Result::ok);
        let said = lines.next().expect("a line");
        assert!(
            said.starts_with(&format!("flowlens: acme/api: another sync (pid {} on ", first.id()))
                && said.ends_with(") is at work on it; goes on when that has ended"),
            "{said}"
        );
        assert!(before > 0 && trial.asked().is_empty(), "whoever waits asks nothing");
        gate.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(first.wait().expect("a child").success());
        let output = second.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("3 open; nothing new"), "{said}");
        assert_eq!(holder(&trial, store.database()).await, None);
    }
}
