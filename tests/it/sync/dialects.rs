//! A server may say the same in other ways than the tests' own: all of them are published.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Trial, built, many_at, now};
use crate::github::fake::{
    dialect::{Dialect, Wire},
    world::{Review, World, file},
};

/// Pull requests with more than one page of everything, where a page has two.
fn world(began: DateTime<Utc>) -> World {
    let mut world = many_at(began, 5);
    for number in 1..=5 {
        let suite = built(&mut world, 0, number, "test", Some("SUCCESS"));
        let head = world.repositories[0].pulls[&number].head.clone();
        for name in ["lint", "docs"] {
            world.check(0, &head, suite, name, Some("FAILURE"));
        }
        world.status(0, &head, "deploy", "SUCCESS");
    }
    let (ids, now) = ((0..3).map(|_| world.id()).collect::<Vec<_>>(), world.now());
    world.change(0, 3, |pull| {
        pull.labels = ["a", "b", "c"].map(str::to_owned).into();
        pull.assignees = ["ana", "ben", "cleo"].map(str::to_owned).into();
        pull.requests = ["dana", "eve", "@acme/core"].map(str::to_owned).into();
        pull.files = (0..5).map(|n| file(&format!("src/{n}.rs"))).collect();
        pull.reviews = ids
            .iter()
            .map(|id| Review {
                id: *id,
                author: Some(format!("reviewer{id}")),
                state: "APPROVED",
                at: now,
                updated_at: now,
                commit: pull.head.clone(),
            })
            .collect();
    });
    // Without a check, but with workflows that wait for somebody's word.
    let number = world.add_pull(0, "From a stranger");
    let head = world.repositories[0].pulls[&number].head.clone();
    for name in ["CI", "Docs", "Deploy"] {
        let suite = world.add_suite(0, &head, name);
        let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
        (commit.suites[suite].status, commit.suites[suite].conclusion) =
            ("COMPLETED", Some("ACTION_REQUIRED"));
    }
    world
}

/// All rows, but for what only a date can stamp.
async fn rows(trial: &Trial, dated: bool) -> BTreeSet<String> {
    let rows = trial.rows().await;
    let stamped = ["pipeline_runs", "sync_state"];
    rows.into_iter().filter(|row| dated || !stamped.iter().any(|table| row.starts_with(table))).collect()
}

#[tokio::test]
async fn the_same_in_another_dialect_is_the_same() {
    let began = now();
    let plain = Trial::new(world(began));
    plain.sync(&["acme/api"]);
    let (all, undated) = (rows(&plain, true).await, rows(&plain, false).await);
    assert!(all.iter().filter(|row| row.contains("waiting")).count() == 3, "{all:#?}");
    for (what, dialect) in [
        ("small pages", Dialect { page: Some(2), ..Dialect::default() }),
        ("empty first pages", Dialect { page: Some(2), blank: true, ..Dialect::default() }),
        ("chunks", Dialect { wire: Wire::Chunked, ..Dialect::default() }),
        ("HTTP/1.0", Dialect { wire: Wire::Old, ..Dialect::default() }),
        ("small letters", Dialect { wire: Wire::Small, ..Dialect::default() }),
        ("no limits", Dialect { limits: false, ..Dialect::default() }),
        ("no date", Dialect { date: false, limits: false, ..Dialect::default() }),
    ] {
        let dated = dialect.date;
        let trial = Trial::new(world(began));
        trial.set(|world| world.dialect = dialect);
        trial.sync(&["acme/api"]);
        let found = rows(&trial, dated).await;
        let wanted = if dated { &all } else { &undated };
        let lost: Vec<_> = wanted.difference(&found).collect();
        let more: Vec<_> = found.difference(wanted).collect();
        assert!(lost.is_empty() && more.is_empty(), "{what}: {lost:#?} {more:#?}");
        let again = trial.sync(&["acme/api"]);
        assert!(again.contains("nothing new"), "{what}: {again}");
    }
}

#[test]
fn a_server_that_tells_limits_only_in_its_answers_is_kept_to_them() {
    let trial = Trial::new(many_at(now(), 1));
    trial.set(|world| world.dialect.limits = false);
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains(" points (499"), "{said}");
    // One without limits at all.
    let trial = Trial::new(many_at(now(), 1));
    trial.set(|world| {
        world.dialect.limits = false;
        world.twist(usize::MAX, |asked| asked.is_graphql, |answer| answer["data"]["rateLimit"] = json!(null));
    });
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains(" points, 1 request in "), "{said}");
}
