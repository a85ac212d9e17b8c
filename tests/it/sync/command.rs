//! The command line: what is named, what is printed, what it costs.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::{Trial, built, kinds, many, world};
use crate::github::fake::world::World;

fn three() -> World {
    let mut world = world();
    for (name, count) in [("acme/api", 2), ("acme/web", 0), ("zeta/tool", 1)] {
        let at = world.add_repository(name);
        for n in 0..count {
            world.add_pull(at, &format!("Change {n}"));
        }
    }
    world
}

fn repositories(trial: &Trial) -> Vec<String> {
    let names: std::collections::BTreeSet<String> =
        trial.board().into_keys().map(|key| key.split('#').next().unwrap_or_default().to_owned()).collect();
    names.into_iter().collect()
}

#[test]
fn an_organisation_ones_own_and_names_are_synced_each_once() {
    let trial = Trial::new(three());
    trial.sync(&["--org", "acme", "ACME/api"]);
    assert_eq!(repositories(&trial), ["acme/api"]);
    let lists = trial.asked().iter().filter(|asked| asked.what == "First").count();
    assert_eq!(lists, 4, "two repositories, two lists each");
    trial.sync(&["--mine"]);
    assert_eq!(repositories(&trial), ["acme/api", "zeta/tool"]);
}

fn git(folder: &Path, args: &[&str]) {
    let status = Command::new("git").args(args).current_dir(folder).env("HOME", folder).status();
    assert!(status.expect("git").success());
}

#[test]
fn without_a_name_the_checkout_counts_and_then_the_configuration() {
    let trial = Trial::new(three());
    let answer = trial.run(&["sync"]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("try flowlens sync OWNER/REPO, or --org ORG, or --mine"), "{answer}");
    let config = trial.home.path().join(".config/flowlens");
    fs::create_dir_all(&config).expect("a folder");
    fs::write(config.join("config.toml"), "[github]\nrepos = [\"zeta/tool\"]\n").expect("a file");
    trial.sync(&[]);
    assert_eq!(repositories(&trial), ["zeta/tool"]);
    git(trial.home.path(), &["init", "-q"]);
    let remote = format!("{}/acme/api.git", trial.fake.url());
    git(trial.home.path(), &["remote", "add", "origin", &remote]);
    trial.sync(&[]);
    assert_eq!(repositories(&trial), ["acme/api", "zeta/tool"]);
}

#[test]
fn a_dry_run_tells_the_cost_and_writes_nothing() {
    let trial = Trial::new(three());
    let answer = trial.run(&["sync", "--dry-run", "acme/api", "zeta/tool"]);
    assert!(answer.status.success(), "{answer}");
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{answer}");
    assert!(
        lines[0].starts_with("acme/api: 2 open, 0 closed: ") && lines[0].ends_with(" and 2 requests"),
        "{answer}"
    );
    assert!(!trial.database().exists());
    let costs = kinds(&trial.asked());
    assert_eq!(costs.into_iter().collect::<Vec<_>>(), [("First".to_owned(), 4)]);
    // It is not less than a first sync costs.
    let estimate = |line: &str| -> u32 {
        let words: Vec<&str> = line.split(' ').collect();
        let at = words.iter().position(|word| word.starts_with("point")).expect("points");
        words[at - 1].parse().expect("a number")
    };
    trial.sync(&["acme/api"]);
    let spent: u32 = trial.asked().iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    assert!(spent <= estimate(lines[0]), "{spent} {}", lines[0]);
}

#[test]
fn an_empty_database_names_what_fills_it_and_nothing_is_said_of_risks_that_nobody_assessed() {
    let trial = Trial::new(many(1));
    let answer = trial.run(&["status"]);
    let said = "this database is empty; from GitHub it is filled by: flowlens sync OWNER/REPO";
    assert!(answer.status.success() && answer.stderr.contains(said), "{answer}");
    let answer = trial.run(&["status", "--json"]);
    assert!(!answer.stderr.contains(said), "{answer}");
    trial.sync(&["acme/api"]);
    let answer = trial.run(&["status"]);
    assert!(!answer.stderr.contains(said) && answer.stderr.contains("failing; "), "{answer}");
    assert!(!answer.stderr.contains("high risk"), "{answer}");
}

#[test]
fn scripts_get_lines_of_json() {
    let trial = Trial::new(many(3));
    built(&mut trial.fake.world(), 0, 1, "test", None);
    let said = trial.sync(&["--json", "acme/api"]);
    let events: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().expect("a kind")).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"begun"), Some(&"finished")));
    assert_eq!((&events[0]["nth"], &events[0]["of"]), (&1.into(), &1.into()));
    for kind in ["login", "found", "progress", "spent", "written", "done", "fresh"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let finished = &events[events.len() - 1];
    assert_eq!(
        (&finished["open"], &finished["pulls"], &finished["files"]),
        (&3.into(), &3.into(), &3.into())
    );
    assert_eq!(finished["requests"], 3);
    let points: u32 = trial.asked().iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    assert_eq!(finished["points"], points);
}

#[test]
fn a_shared_database_is_not_migrated_on_the_way() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let trial = Trial::new(many(1));
        let db = crate::support::pg::database("sync_shared").await;
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert_eq!(answer.status.code(), Some(1), "{answer}");
        assert!(answer.stderr.contains("flowlens db migrate"), "{answer}");
        assert!(trial.asked().is_empty());
        assert!(trial.run(&["--database-url", &db.url(), "db", "migrate"]).status.success());
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert!(answer.status.success(), "{answer}");
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert!(answer.stdout.contains("nothing new"), "{answer}");
    });
}
