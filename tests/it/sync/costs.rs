//! What syncs cost: the numbers of docs/github.md.

use std::{process::Command, time::Duration};

use chrono::TimeDelta;

use super::{Trial, kinds, now};
use crate::{
    github::fake::world::{Asked, Clock, World},
    support::cli::{PROGRAM, environment},
};

fn points(asked: &[Asked]) -> u32 {
    asked.iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum()
}

#[test]
fn a_repository_with_twenty_open_ones() {
    let trial = Trial::new(World::team(Clock::At(now()), 1, 20));
    trial.sync(&["acme/r0"]);
    let asked = trial.asked();
    assert_eq!((points(&asked), kinds(&asked)["rest"]), (4, 20));
    trial.sync(&["acme/r0"]);
    assert_eq!(points(&trial.asked()), 3);
    // A push: its details, and its files.
    trial.fake.world().pass(TimeDelta::minutes(1));
    trial.fake.world().push(0, 7);
    trial.sync(&["acme/r0"]);
    let asked = trial.asked();
    assert_eq!(kinds(&asked)["rest"], 1);
    assert!(points(&asked) <= 5, "{:?}", kinds(&asked));
}

/// By hand, for docs/github.md.
#[test]
#[ignore = "takes minutes, at GitHub's latency"]
#[expect(clippy::print_stdout, reason = "for whoever measures")]
fn teams_of_two_sizes_at_githubs_latency() {
    for (repositories, pulls) in [(1, 20), (50, 1_000)] {
        let team = World::team(Clock::At(now()), repositories, pulls);
        let trial = Trial::slow(team, Duration::from_millis(50));
        for what in ["first", "second"] {
            let mut command = Command::new(PROGRAM);
            command.args(["sync", "--org", "acme"]).env_clear().envs(environment(trial.home.path()));
            let output = command.envs(trial.env()).output().expect("the program");
            assert!(output.status.success());
            let asked = trial.asked();
            let bytes: usize = asked.iter().map(|asked| asked.bytes).sum();
            let said = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
            println!("{repositories}, {pulls}, {what}: {said}; {bytes} bytes, {:?}", kinds(&asked));
        }
    }
}
