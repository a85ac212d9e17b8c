//! What is not there any more, or is elsewhere; and runs that end in the midst, which the next one continues.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::Value;

use super::{Trial, built, column, kinds, many, world};
use crate::github::fake::{
    faults::{Fault, What},
    node_id,
    world::{Asked, World},
};

/// `acme/api` and `acme/web`, with so many open pull requests each.
fn two(count: usize) -> World {
    let mut world = world();
    for name in ["acme/api", "acme/web"] {
        let at = world.add_repository(name);
        for n in 1..=count {
            world.add_pull(at, &format!("{name} {n}"));
        }
    }
    world
}

fn states(trial: &Trial) -> BTreeMap<String, String> {
    let state = |pull: Value| pull["state"].as_str().expect("a state").to_owned();
    trial.board().into_iter().map(|(name, pull)| (name, state(pull))).collect()
}

#[tokio::test]
async fn a_transferred_pull_request_leaves_here_and_is_read_there() {
    for is_found_by_id in [true, false] {
        let trial = Trial::new(two(2));
        trial.sync(&["acme/api", "acme/web"]);
        trial.set(|world| {
            world.pass(TimeDelta::minutes(1));
            let number = world.transfer(0, 2, 1);
            assert_eq!(number, 3);
            if !is_found_by_id {
                let id = node_id("PR", world.repositories[1].pulls[&3].id);
                world.hidden.insert(id, Some("NOT_FOUND".to_owned()));
            }
        });
        let said = trial.sync(&["acme/api"]);
        assert!(said.contains("1 open; 0 read, 0 with files, 1 gone"), "{said}");
        trial.set(|world| world.hidden.clear());
        trial.sync(&["acme/web"]);
        let states = states(&trial);
        assert_eq!((states["acme/api#2"].as_str(), states["acme/web#3"].as_str()), ("closed", "open"));
        assert_eq!(trial.board()["acme/web#3"]["title"], "acme/api 2");
        assert_eq!(states.len(), 5);
        assert!(trial.sync(&["acme/api", "acme/web"]).matches("nothing new").count() == 2);
    }
}

#[tokio::test]
async fn one_that_is_transferred_while_it_is_read_is_not_told_of_both() {
    let trial = Trial::new(two(2));
    let details = |asked: &Asked| asked.what == "Details";
    trial.fake.world().fault(
        1,
        details,
        What::Before(Box::new(|world| {
            world.transfer(0, 2, 1);
        })),
    );
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains("1 gone"), "{said}");
    trial.sync(&["acme/web"]);
    let states = states(&trial);
    assert_eq!((states["acme/api#2"].as_str(), states["acme/web#3"].as_str()), ("closed", "open"));
    let names = "SELECT r.full_name || '#' || pr_number FROM pull_requests p JOIN repositories r ON r.id = p.repo_id \
                 WHERE title = 'acme/api 2' ORDER BY 1";
    assert_eq!(column(&trial.database(), names).await, ["acme/api#2", "acme/web#3"]);
}

#[tokio::test]
async fn a_repository_that_moves_to_another_owner_is_the_same() {
    let trial = Trial::new(two(2));
    trial.sync(&["acme/api", "acme/web"]);
    // Another one takes the name.
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        world.rename(0, "umbrella/api");
        let at = world.add_repository("acme/api");
        world.add_pull(at, "New here");
    });
    trial.sync(&["acme/api", "umbrella/api"]);
    let names: Vec<String> = trial.board().into_keys().collect();
    assert_eq!(names, ["acme/api#1", "acme/web#1", "acme/web#2", "umbrella/api#1", "umbrella/api#2"]);
    assert_eq!(trial.board()["acme/api#1"]["title"], "New here");
    assert_eq!(trial.board()["umbrella/api#1"]["title"], "acme/api 1");
}

#[tokio::test]
async fn one_that_is_deleted_while_it_is_read_is_shown_as_closed() {
    let trial = Trial::new(many(3));
    let details = |asked: &Asked| asked.what == "Details";
    let delete = |world: &mut World| drop(world.repositories[0].pulls.remove(&2));
    trial.fake.world().fault(1, details, What::Before(Box::new(delete)));
    trial.sync(&["acme/api"]);
    assert_eq!(states(&trial)["acme/api#2"], "closed");
    assert!(trial.sync(&["acme/api"]).contains("2 open; nothing new"));
}

#[tokio::test]
async fn a_repository_that_is_deleted_half_way_is_told_and_the_others_are_complete() {
    let trial = Trial::new(two(1));
    let details = |asked: &Asked| asked.what == "Details";
    trial.fake.world().fault(
        1,
        details,
        What::Before(Box::new(|world| world.repositories[0].is_gone = true)),
    );
    let answer = trial.run(&["sync", "acme/api", "acme/web"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("acme/api is not found: private, or misspelt"), "{answer}");
    assert!(answer.stdout.contains("acme/web: 1 open; 1 read, 1 with files"), "{answer}");
}

/// The list is stored, then details, then files: whatever is stored is not asked for again.
#[tokio::test]
async fn a_run_that_ends_half_way_is_continued_by_the_next() {
    let files = |asked: &Asked| asked.what.contains("/files");
    for (what, fault) in [
        ("answered with a web page (200)", Fault::page()),
        (
            " does not accept the token of GH_TOKEN (401)",
            Fault::answer(401, "", r#"{"message": "Bad credentials"}"#),
        ),
        (
            "acme needs single sign-on",
            Fault::answer(403, "X-GitHub-SSO: required; url=https://github.com/orgs/acme/sso\r\n", "{}"),
        ),
        ("may not read", Fault::answer(403, "", r#"{"message": "Resource not accessible"}"#)),
        ("GitHub refused (418)", Fault::answer(418, "", "{}")),
    ] {
        let trial = Trial::new(many(3));
        built(&mut trial.fake.world(), 0, 1, "test", Some("SUCCESS"));
        trial.fake.world().fault(usize::MAX, files, fault);
        let answer = trial.run(&["sync", "acme/api"]);
        assert_eq!(answer.status.code(), Some(1), "{answer}");
        assert!(answer.stderr.contains(what), "{what}: {answer}");
        assert_eq!(trial.board()["acme/api#1"]["stages"]["build"]["status"], "passed");
        trial.fake.world().faults.clear();
        trial.asked();
        let said = trial.sync(&["acme/api"]);
        assert!(said.contains("3 open; 0 read, 3 with files"), "{what}: {said}");
        let asked = kinds(&trial.asked());
        assert!(asked["rest"] == 3 && !asked.contains_key("Details"), "{what}: {asked:?}");
        assert!(trial.sync(&["acme/api"]).contains("nothing new"));
    }
}

/// Lists sorted by their last update would shift under the reader.
#[tokio::test]
async fn pages_do_not_shift_while_others_work() {
    let trial = Trial::new(many(230));
    let second = |asked: &Asked| asked.what == "First" && !asked.variables["after"].is_null();
    trial.fake.world().fault(
        1,
        second,
        What::Before(Box::new(|world| {
            world.pass(TimeDelta::seconds(1));
            let now = world.now();
            for number in [1, 50, 101, 150] {
                world.change(0, number, |pull| pull.title = "Updated".to_owned());
            }
            for number in [2, 102, 229] {
                let close = |pull: &mut crate::github::fake::world::Pull| {
                    (pull.state, pull.closed_at) = ("CLOSED", Some(now));
                };
                world.change(0, number, close);
            }
            // Opened now.
            let number = world.add_pull(0, "Another");
            world.change(0, number, |pull| pull.created_at = now);
        })),
    );
    trial.sync(&["acme/api"]);
    let states = states(&trial);
    assert_eq!(states.len(), 231);
    assert_eq!(states.values().filter(|state| *state == "closed").count(), 3);
    let titles = "SELECT CAST(count(*) AS TEXT) FROM pull_requests WHERE title = 'Updated'";
    assert_eq!(column(&trial.database(), titles).await, ["4"]);
    assert!(trial.sync(&["acme/api"]).contains("228 open; nothing new"));
}
