//! The first sync, the second, and what comes between.

use chrono::TimeDelta;

use super::{Trial, kinds, now, world};
use crate::github::fake::world::World;

/// Three open pull requests, one of them with a build, one merged a day ago and one closed long ago.
fn small() -> World {
    let mut world = world();
    let at = world.add_repository("acme/api");
    for title in ["Renew the tokens", "Fix a typo", "Raise the limit", "Merged", "Old"] {
        world.add_pull(at, title);
    }
    let head = world.repositories[at].pulls[&1].head.clone();
    let suite = world.add_suite(at, &head, "CI");
    world.check(at, &head, suite, "test", Some("FAILURE"));
    let day = now() - TimeDelta::days(1);
    let close = |pull: &mut crate::github::fake::world::Pull, days| {
        let at = day - TimeDelta::days(days);
        (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(at), Some(at));
        pull.updated_at = at;
    };
    let pulls = &mut world.repositories[at].pulls;
    close(pulls.get_mut(&4).expect("a pull request"), 0);
    close(pulls.get_mut(&5).expect("a pull request"), 30);
    world
}

/// GitHub's times are whole seconds; another server's need not be.
#[tokio::test]
async fn closed_ones_whose_times_have_fractions_are_read_once() {
    for nanos in [1, 999_999_999, 123_456_000] {
        let trial = Trial::new(small());
        trial.set(|world| {
            for pull in world.repositories[0].pulls.values_mut() {
                pull.updated_at += TimeDelta::nanoseconds(nanos);
                pull.created_at += TimeDelta::nanoseconds(nanos);
                for at in [&mut pull.closed_at, &mut pull.merged_at] {
                    *at = at.map(|at| at + TimeDelta::nanoseconds(nanos));
                }
            }
        });
        assert!(trial.sync(&["acme/api"]).contains("acme/api: 3 open; 4 read, 3 with files; "), "{nanos}");
        let rows = trial.rows().await;
        let said = trial.sync(&["acme/api"]);
        assert!(said.starts_with("acme/api: 3 open; nothing new\n3 points"), "{nanos}: {said}");
        assert_eq!(trial.rows().await, rows, "{nanos}");
    }
}

#[tokio::test]
async fn a_first_sync_fills_the_board_and_a_second_finds_nothing() {
    let trial = Trial::new(small());
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains("acme/api: 3 open; 4 read, 3 with files; "), "{said}");
    let board = trial.board();
    assert_eq!(board.len(), 4, "{board:#?}");
    assert_eq!(board["acme/api#1"]["title"], "Renew the tokens");
    assert_eq!(board["acme/api#1"]["stages"]["build"]["status"], "failed");
    assert_eq!(board["acme/api#4"]["state"], "merged");
    let first = kinds(&trial.asked());
    assert_eq!(first["rest"], 3, "{first:?}");
    let rows = trial.rows().await;

    let said = trial.sync(&["acme/api"]);
    assert!(said.starts_with("acme/api: 3 open; nothing new\n3 points"), "{said}");
    let second = kinds(&trial.asked());
    assert_eq!(
        second.into_iter().collect::<Vec<_>>(),
        [("Fingerprint".to_owned(), 1), ("First".to_owned(), 2)]
    );
    assert_eq!(trial.rows().await, rows);
}
