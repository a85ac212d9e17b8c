//! Limits and outages: each is waited for, or asked less of, and the sync ends complete.

use chrono::TimeDelta;

use super::{Trial, kinds, many, now};
use crate::github::fake::{
    faults::{Fault, What},
    world::{Asked, World},
};

fn details(asked: &Asked) -> bool {
    asked.what == "Details"
}

fn files(asked: &Asked) -> bool {
    asked.what.contains("/files")
}

/// Runs a sync of three pull requests with a fault, to its good end; what it said beside.
fn through(times: usize, on: fn(&Asked) -> bool, what: What) -> String {
    let trial = Trial::new(many(3));
    trial.fake.world().fault(times, on, what);
    let answer = trial.run(&["sync", "acme/api"]);
    assert!(answer.status.success(), "{answer}");
    assert!(answer.stdout.starts_with("acme/api: 3 open; 3 read, 3 with files; "), "{answer}");
    assert!(trial.fake.world().faults.is_empty(), "the fault did not strike");
    answer.stderr
}

#[test]
fn limits_are_waited_for_as_github_says() {
    let body = r#"{"message": "API rate limit exceeded for user ID 1."}"#;
    let said = through(1, files, What::Reached(403, body));
    assert!(said.contains("GitHub's hourly limit is reached; goes on in "), "{said}");
    let body =
        r#"{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}"#;
    let said = through(1, details, What::Reached(200, body));
    assert!(said.contains("GitHub's hourly limit is reached; goes on in "), "{said}");
    let said = through(1, details, Fault::secondary(1));
    assert!(said.contains("GitHub asks to go slower; goes on in "), "{said}");
}

#[test]
fn what_passes_is_tried_again() {
    let said = through(2, details, What::Cut);
    assert!(said.contains("GitHub cannot be reached: ") && said.contains("; asks again in "), "{said}");
    let said = through(1, files, What::Cut);
    assert!(said.contains("GitHub cannot be reached: ") && said.contains("; asks again in "), "{said}");
    let said = through(2, files, Fault::answer(503, "Content-Type: text/html\r\n", "<html>"));
    assert!(
        said.contains("GitHub is down (503); ask those who run 127.0.0.1:")
            && said.contains("; asks again in "),
        "{said}"
    );
}

#[tokio::test]
async fn pages_halve_where_they_are_too_much_and_the_size_is_remembered() {
    let trial = Trial::new(many(25));
    trial.fake.world().fault(usize::MAX, details, What::TooMuchAbove(5));
    trial.sync(&["acme/api"]);
    let sizes = |asked: Vec<Asked>| -> Vec<usize> {
        let sizes = asked.iter().filter(|asked| details(asked));
        sizes.map(|asked| asked.variables["ids"].as_array().map_or(0, Vec::len)).collect()
    };
    assert_eq!(sizes(trial.asked()), [20, 10, 5, 5, 5, 5, 5]);
    assert_eq!(trial.board().len(), 25);
    // All of them move, and it begins with what was good.
    for number in 1..=25 {
        trial.fake.world().change(0, number, |pull| pull.title = format!("Another {number}"));
    }
    trial.fake.world().pass(TimeDelta::seconds(2));
    for number in 1..=25 {
        trial.fake.world().change(0, number, |_| {});
    }
    trial.sync(&["acme/api"]);
    assert_eq!(sizes(trial.asked()), [5; 5]);
    assert!(
        trial
            .board()
            .values()
            .all(|pull| pull["title"].as_str().is_some_and(|title| title.starts_with("Another")))
    );
}

#[tokio::test]
async fn what_is_too_much_even_alone_is_asked_without_sizes_and_then_left_out() {
    let trial = Trial::new(many(3));
    let large = |asked: &Asked| details(asked) && asked.variables["sizes"] == true;
    trial.fake.world().fault(usize::MAX, large, Fault::answer(504, "Content-Type: text/html\r\n", "<html>"));
    trial.sync(&["acme/api"]);
    assert_eq!(trial.board().len(), 3);
    let trial = Trial::new(many(3));
    trial.fake.world().fault(
        usize::MAX,
        details,
        Fault::answer(504, "Content-Type: text/html\r\n", "<html>"),
    );
    let answer = trial.run(&["sync", "acme/api"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("acme/api#2: GitHub could not answer so much at once"), "{answer}");
    // The list is on the board, and the next run reads the rest.
    assert_eq!(trial.board().len(), 3);
    trial.fake.world().faults.clear();
    assert!(trial.sync(&["acme/api"]).contains("3 read"));
}

#[test]
fn a_small_share_of_the_limit_is_kept_to() {
    let trial = Trial::new(many(12));
    // The last fifth is the user's own, and from the first request on it is near.
    let near =
        |world: &mut World| (world.rest.used, world.rest.resets) = (3_995, now() + TimeDelta::seconds(4));
    trial.fake.world().fault(1, files, What::Before(Box::new(near)));
    let answer = trial.run(&["sync", "acme/api"]);
    // When the hour is over it goes on.
    assert!(answer.status.success(), "{answer}");
    assert!(answer.stderr.contains("is left to your other tools; goes on in "), "{answer}");
    assert_eq!(kinds(&trial.asked())["rest"], 12);
}
