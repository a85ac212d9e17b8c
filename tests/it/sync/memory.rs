//! What a first sync holds in memory, by what the system counts.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use super::{Trial, now};
use crate::{
    github::fake::world::{Clock, World},
    support::{
        cli::{PROGRAM, environment},
        rows::Store,
    },
};

/// The most memory, in KiB, that a first sync into this database has held.
fn most(world: World, database: &str) -> i64 {
    let trial = Trial::new(world);
    // It goes on watching, so that it can be looked at when all is read.
    let mut child = Command::new(PROGRAM)
        .args(["sync", "--watch", "--json", "acme/r0", "--database-url", database])
        .env_clear()
        .envs(environment(trial.home.path()))
        .envs(trial.env())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let done = lines
        .into_iter()
        .find(|line| line.contains("\"event\":\"done\""))
        .expect("the end of the first pass");
    assert!(done.contains("\"problems\":0"), "{done}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    child.kill().and_then(|()| child.wait()).expect("a child");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the high-water mark");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A giant's files are 3.5 MB of JSON, and nearly twice as much as they are parsed. On the way into a database there
/// are copies as text: one for a server, some for SQLite. With one copy more of what is parsed this fails.
#[tokio::test]
async fn one_giant_is_held_at_a_time_and_parsed_only_once() {
    let team = || World::team(Clock::At(now()), 1, 30);
    let stores = Store::both("memory_small").await.into_iter().zip(Store::both("memory_large").await);
    for ((small, large), bound) in stores.zip([16, 26]) {
        let mut giants = team();
        for number in [3, 4, 5] {
            giants.resize(0, number, 3_000, 7);
        }
        let (small, large) = (most(team(), &small.url()), most(giants, &large.url()));
        assert!(large - small < bound * 1_024, "{small} KiB, with giants {large} KiB");
    }
}
