//! `sync --dry-run`: what is told is what a sync then costs.

use chrono::TimeDelta;
use serde_json::Value;

use super::{TOKEN, Trial, built, kinds, many, now, world};
use crate::github::fake::world::World;

/// Points, requests, and whether it is only the most that it can be, as a dry run tells them.
fn estimated(trial: &Trial, args: &[&str]) -> (u64, u64, bool) {
    trial.asked();
    let said = trial.sync(&[&["--dry-run", "--json"], args].concat());
    let asked = kinds(&trial.asked());
    assert!(!asked.contains_key("Details") && !asked.contains_key("Suites"), "{asked:?}");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let total = lines.last().expect("a line");
    assert_eq!(total["event"], "total");
    let is_most = lines.iter().any(|line| line["at_most"] == true);
    (total["points"].as_u64().expect("points"), total["requests"].as_u64().expect("requests"), is_most)
}

/// Points and requests of a sync.
fn cost(trial: &Trial, args: &[&str]) -> (u64, u64) {
    trial.asked();
    trial.sync(args);
    let asked = trial.asked();
    let sum = |is_graphql: bool| -> u32 {
        asked.iter().filter(|asked| asked.is_graphql == is_graphql).map(|asked| asked.cost).sum()
    };
    (sum(true).into(), sum(false).into())
}

fn assert_exact(trial: &Trial, args: &[&str], what: &str) -> (u64, u64) {
    let (points, requests, is_most) = estimated(trial, args);
    assert!(!is_most, "{what}");
    let spent = cost(trial, args);
    assert_eq!((points, requests), spent, "{what}");
    spent
}

fn merge(world: &mut World, number: i32) {
    let now = world.now();
    world.change(0, number, |pull| {
        (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now));
    });
}

#[tokio::test]
async fn it_is_exact_before_the_first_sync_and_whatever_is_stored() {
    let mut world = many(45);
    for number in 1..=20 {
        built(&mut world, 0, number, "test", Some("SUCCESS"));
    }
    // More checks than an answer tells, and a fork beside whose finished check a workflow may wait.
    let head = world.repositories[0].pulls[&3].head.clone();
    for n in 0..230 {
        world.check(0, &head, 0, &format!("check {n}"), Some("SUCCESS"));
    }
    world.repositories[0].pulls.get_mut(&4).expect("a pull request").is_cross = true;
    world.repositories[0].pulls.get_mut(&5).expect("a pull request").mergeable = "UNKNOWN";
    for number in 40..=45 {
        merge(&mut world, number);
    }
    let trial = Trial::new(world);
    let (first, files) = assert_exact(&trial, &["acme/api"], "a first sync");
    assert!(first > 6 && files == 39, "{first} {files}");
    assert_eq!(assert_exact(&trial, &["acme/api"], "nothing new"), (3, 0));
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        world.push(0, 7);
        world.change(0, 8, |pull| pull.labels = vec!["bug".to_owned()]);
        merge(world, 9);
        world.add_pull(0, "Another");
        world.repositories[0].pulls.remove(&10);
    });
    let (_, requests) = assert_exact(&trial, &["acme/api"], "a day's work");
    assert_eq!(requests, 3, "two lists of files, and the one that is gone");
    assert_eq!(assert_exact(&trial, &["acme/api"], "nothing new again"), (3, 0));
}

#[tokio::test]
async fn of_an_organisation_it_ends_with_the_sum_and_writes_nothing() {
    let mut world = world();
    for (name, count) in [("acme/api", 2), ("acme/web", 1)] {
        let at = world.add_repository(name);
        for n in 0..count {
            world.add_pull(at, &format!("Change {n}"));
        }
    }
    let trial = Trial::new(world);
    let answer = trial.run(&["sync", "--dry-run", "--org", "acme"]);
    assert!(answer.status.success() && !answer.to_string().contains(TOKEN), "{answer}");
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines[0], "acme/api: 2 open; 2 to read, 2 with files: 5 points, 2 requests");
    assert_eq!(lines[1], "acme/web: 1 open; 1 to read, 1 with files: 5 points, 1 request");
    assert!(lines[2].starts_with("in all: 10 points, 4 requests, about "), "{answer}");
    assert!(answer.stderr.contains("to find that out cost 6 points"), "{answer}");
    assert!(!trial.database().exists(), "nothing is made");
    assert_exact(&trial, &["--org", "acme"], "a first sync");
    let rows = trial.rows().await;
    assert_eq!(assert_exact(&trial, &["--org", "acme"], "a second one"), (6, 0));
    assert_eq!(trial.rows().await, rows);
    // What cannot be read is told, and the rest is counted.
    let answer = trial.run(&["sync", "--dry-run", "acme/nothing", "acme/web"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("acme/nothing is not found"), "{answer}");
    assert!(answer.stdout.contains("in all: 3 points, 0 requests, "), "{answer}");
}

/// How many were closed within the window only the whole list would tell.
#[test]
fn of_many_closed_ones_it_tells_the_most() {
    let mut world = many(150);
    for number in 1..=140 {
        merge(&mut world, number);
    }
    let old = now() - TimeDelta::days(60);
    for number in 1..=20 {
        world.repositories[0].pulls.get_mut(&number).expect("a pull request").updated_at = old;
    }
    let trial = Trial::new(world);
    let (points, requests, is_most) = estimated(&trial, &["acme/api"]);
    let (spent, files) = cost(&trial, &["acme/api"]);
    assert!(is_most && points >= spent && points <= spent + 2, "{points} {spent}");
    assert_eq!((requests, files), (10, 10));
    assert_exact(&trial, &["acme/api"], "nothing new");
}

/// Nobody who wants to know the price waits for long.
#[test]
fn a_dry_run_gives_up_soon_and_says_what_helps() {
    let trial = Trial::new(many(1));
    let answer =
        trial.run_with(&["sync", "acme/api", "--dry-run"], &[("FLOWLENS_GITHUB_URL", "http://127.0.0.1:1")]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    let said = "GitHub cannot be reached: 127.0.0.1:1, connection refused; check the network, and HTTPS_PROXY if you need one";
    let lines: Vec<&str> = answer.stderr.lines().filter(|line| line.contains(said)).collect();
    // When it waits first, and at the end; there is no sum of nothing.
    assert_eq!((lines.len(), answer.stdout.as_str()), (2, ""), "{answer}");
    assert!(
        lines[0].ends_with("; asks again in 1 s, gives up in 5 s") && !lines[1].contains("asks "),
        "{answer}"
    );
    assert_eq!(answer.stderr.lines().last(), Some(lines[1]), "{answer}");
    for wait in answer.stderr.lines().filter_map(|line| line.split_once("; asks ")) {
        assert!(
            ["1 s", "2 s", "3 s", "4 s", "5 s"].iter().any(|time| wait.1.contains(&format!(" in {time}"))),
            "{answer}"
        );
    }
}
