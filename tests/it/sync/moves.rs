//! Names, owners and heads that change while nobody looks, or somebody does.

use chrono::TimeDelta;

use super::{Trial, built, column, kinds, many};
use crate::github::fake::{faults::What, world::Asked};

#[tokio::test]
async fn a_renamed_repository_is_followed_and_said_once() {
    let trial = Trial::new(many(2));
    trial.sync(&["acme/api"]);
    trial.fake.world().rename(0, "umbrella/core");
    let answer = trial.run(&["sync", "acme/api"]);
    assert!(answer.status.success(), "{answer}");
    assert!(answer.stderr.contains("flowlens: acme/api is umbrella/core now: it is followed"), "{answer}");
    assert_eq!(trial.board().keys().collect::<Vec<_>>(), ["umbrella/core#1", "umbrella/core#2"]);
    let names = column(&trial.database(), "SELECT full_name FROM repositories").await;
    assert_eq!(names, ["umbrella/core"]);
}

#[tokio::test]
async fn a_deleted_pull_request_leaves_the_board_and_a_closed_one_is_read() {
    let trial = Trial::new(many(3));
    trial.sync(&["acme/api"]);
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        world.repositories[0].pulls.remove(&1);
        let now = world.now();
        world.change(0, 2, |pull| (pull.state, pull.closed_at) = ("CLOSED", Some(now)));
    });
    trial.asked();
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains("acme/api: 1 open; 1 read, 0 with files, 1 gone; "), "{said}");
    assert_eq!(kinds(&trial.asked())["rest"], 1, "only the missing one is asked for");
    let board = trial.board();
    let states: Vec<_> = board.values().map(|pull| pull["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["closed", "closed", "open"]);
    let seen = column(&trial.database(), "SELECT cursor FROM sync_state WHERE resource LIKE 'seen:%'").await;
    assert!(seen.len() == 1 && seen[0].starts_with("3=") && !seen[0].contains(' '), "{seen:?}");
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn a_push_between_two_requests_mixes_no_two_heads() {
    let trial = Trial::new(many(1));
    built(&mut trial.fake.world(), 0, 1, "test", Some("SUCCESS"));
    // Once: before the files are read, somebody forces a push.
    let files = |asked: &Asked| asked.what.contains("/files");
    trial.fake.world().fault(
        1,
        files,
        What::Before(Box::new(|world| {
            world.pass(TimeDelta::seconds(5));
            world.push(0, 1);
        })),
    );
    trial.sync(&["acme/api"]);
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    let stored = "SELECT p.commit_sha || ' ' || json_extract(h.value, '$.value') FROM pull_requests p \
                  JOIN pipeline_runs r USING (repo_id, pr_number), json_each(r.history) h \
                  WHERE json_extract(h.value, '$.field') = 'files'";
    assert_eq!(column(&trial.database(), stored).await, [format!("{head} {head}")]);
    let contents = "SELECT json_extract(files_changed, '$[0].contents_url') FROM pull_requests";
    assert!(column(&trial.database(), contents).await[0].ends_with(&head));
}

#[tokio::test]
async fn a_ghost_and_a_lost_fork_are_no_obstacle() {
    let trial = Trial::new(many(1));
    trial.fake.world().change(0, 1, |pull| {
        (pull.author, pull.lost_fork) = (None, true);
    });
    trial.sync(&["acme/api"]);
    let board = trial.board();
    assert_eq!(board["acme/api#1"]["author"], serde_json::Value::Null);
}
