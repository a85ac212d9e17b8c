//! Answers that are not whole: what is told is used, what is not is never taken for nothing, and the next run asks again.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Trial, built, column, kinds, many};
use crate::{
    github::fake::world::{Asked, Review},
    support::cli::Answer,
};

fn details(asked: &Asked) -> bool {
    asked.what == "Details"
}

/// Of one pull request, with a build, whose details are changed so, each time.
fn twisted(change: impl FnMut(&mut Value) + Send + 'static) -> Trial {
    let trial = Trial::new(many(1));
    let mut world = trial.fake.world();
    built(&mut world, 0, 1, "test", Some("SUCCESS"));
    let (id, now) = (world.id(), world.now());
    world.change(0, 1, |pull| {
        pull.labels = vec!["bug".to_owned(), "urgent".to_owned()];
        pull.requests = vec!["ana".to_owned(), "ben".to_owned()];
        let commit = pull.head.clone();
        let author = Some("cleo".to_owned());
        pull.reviews = vec![Review { id, author, state: "APPROVED", at: now, updated_at: now, commit }];
    });
    let mut change = change;
    world.twist(usize::MAX, details, move |answer| change(&mut answer["data"]["nodes"][0]));
    drop(world);
    trial
}

const PICTURE: &str = "SELECT title || ' ' || labels || ' ' || reviewers FROM pull_requests";
const STAGES: &str = "SELECT status_pr || ' ' || status_build || ' ' || status_approval FROM pipeline_runs";

fn failed(trial: &Trial) -> Answer {
    let answer = trial.run(&["sync", "acme/api"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    answer
}

#[tokio::test]
async fn a_null_that_the_schema_allows_hides_itself_alone() {
    let trial = twisted(|pull| {
        pull["labels"]["nodes"][1] = Value::Null;
        pull["reviewRequests"]["nodes"][0]["requestedReviewer"] = Value::Null;
        pull["reviews"]["nodes"] = json!([null, pull["reviews"]["nodes"][0]]);
        pull["reviews"]["nodes"][1]["author"] = Value::Null;
        pull["reviews"]["nodes"][1]["commit"] = Value::Null;
        pull["author"] = Value::Null;
        let contexts = &mut pull["statusCheckRollup"]["contexts"]["nodes"];
        *contexts = json!([null, contexts[0]]);
        contexts[1]["checkSuite"]["app"] = Value::Null;
        contexts[1]["checkSuite"]["workflowRun"] = Value::Null;
    });
    trial.sync(&["acme/api"]);
    assert_eq!(column(&trial.database(), PICTURE).await, [r#"Change 1 ["bug"] ["ben"]"#]);
    assert_eq!(column(&trial.database(), STAGES).await, ["passed passed passed"]);
    assert_eq!(column(&trial.database(), "SELECT reviewer FROM reviews").await, ["ghost"]);
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn counts_of_more_than_is_shown_and_ids_that_are_not_told_are_no_obstacle() {
    let trial = twisted(|pull| {
        for list in ["labels", "assignees", "reviewRequests", "reviews"] {
            pull[list]["totalCount"] = json!(pull[list]["totalCount"].as_i64().map(|count| count + 1));
        }
        pull["assignees"]["totalCount"] = json!(0);
        pull["reviews"]["nodes"][0]["fullDatabaseId"] = Value::Null;
        pull["reviews"]["nodes"][0]["databaseId"] = json!(7);
        pull["statusCheckRollup"]["contexts"]["nodes"][0]["databaseId"] = Value::Null;
    });
    trial.sync(&["acme/api"]);
    assert_eq!(column(&trial.database(), PICTURE).await, [r#"Change 1 ["bug","urgent"] ["ana","ben"]"#]);
    assert_eq!(column(&trial.database(), STAGES).await, ["passed passed passed"]);
    assert_eq!(column(&trial.database(), "SELECT '' || review_id FROM reviews").await, ["7"]);
    let checks = "SELECT name || ' ' || github_id FROM checks";
    assert_eq!(column(&trial.database(), checks).await, ["test 0"]);
}

#[tokio::test]
async fn words_that_nobody_knows_are_kept() {
    let trial = twisted(|pull| {
        pull["mergeable"] = json!("PERHAPS");
        pull["mergeStateStatus"] = json!("NEW_STATE");
        pull["reviews"]["nodes"][0]["state"] = json!("SHRUGGED");
        pull["statusCheckRollup"]["state"] = json!("ODD");
        pull["statusCheckRollup"]["contexts"]["nodes"][0]["conclusion"] = json!("MEH");
        let contexts = &mut pull["statusCheckRollup"]["contexts"]["nodes"];
        *contexts = json!([contexts[0], {"__typename": "NewKind"}]);
        pull["statusCheckRollup"]["contexts"]["totalCount"] = json!(2);
    });
    trial.sync(&["acme/api"]);
    let stored = "SELECT (SELECT conclusion FROM checks) || ' ' || (SELECT state FROM reviews) || ' ' || \
                  (SELECT mergeable_state FROM pull_requests)";
    assert_eq!(column(&trial.database(), stored).await, ["MEH SHRUGGED new_state"]);
    assert_eq!(trial.board().len(), 1);
}

#[tokio::test]
async fn a_part_that_is_refused_is_told_and_asked_for_again() {
    let trial = twisted(|_| {});
    trial.sync(&["acme/api"]);
    // While nothing of its labels is told, its old picture stays.
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        world.change(0, 1, |pull| {
            pull.title = "Another".to_owned();
            pull.labels = Vec::new();
        });
        world.twist(2, details, |answer| {
            answer["data"]["nodes"][0]["labels"] = Value::Null;
            let path = json!(["nodes", 0, "labels"]);
            answer["errors"] = json!([{"type": "FORBIDDEN", "path": path, "message": "Not for you"}]);
        });
    });
    for _ in 0..2 {
        let answer = failed(&trial);
        assert!(
            answer.stderr.contains("flowlens: the token may not read acme/api#1: Not for you"),
            "{answer}"
        );
        let old = r#"Change 1 ["bug","urgent"] ["ana","ben"]"#;
        assert_eq!(column(&trial.database(), PICTURE).await, [old]);
    }
    assert!(trial.sync(&["acme/api"]).contains("1 read"));
    assert_eq!(column(&trial.database(), PICTURE).await, [r#"Another [] ["ana","ben"]"#]);
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn a_list_that_is_cut_without_an_error_is_told_and_asked_for_again() {
    let trial = twisted(|_| {});
    trial.set(|world| {
        world.twist(1, details, |answer| answer["data"]["nodes"][0]["labels"] = Value::Null);
    });
    let answer = failed(&trial);
    assert!(answer.stderr.contains("acme/api#1: GitHub told it only in part; the next look"), "{answer}");
    assert_eq!(trial.board()["acme/api#1"]["title"], "Change 1", "its line came with the list");
    assert!(trial.sync(&["acme/api"]).contains("1 read"));
}

#[tokio::test]
async fn an_error_that_says_nothing_of_where_may_be_about_each() {
    let trial = Trial::new(many(2));
    trial.set(|world| {
        world.twist(1, details, |answer| {
            answer["errors"] =
                json!([{"message": "Oops", "path": null, "locations": null, "extensions": null}]);
        });
    });
    let answer = failed(&trial);
    assert!(answer.stderr.contains("acme/api: GitHub refused (200): Oops"), "{answer}");
    assert!(trial.sync(&["acme/api"]).contains("2 read"), "both are asked for again");
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn closed_ones_that_are_told_in_part_begin_the_next_run() {
    let trial = Trial::new(many(2));
    trial.set(|world| {
        for (number, hours) in [(1, 2), (2, 1)] {
            let at = world.now() - TimeDelta::hours(hours);
            let pull = world.repositories[0].pulls.get_mut(&number).expect("a pull request");
            (pull.state, pull.closed_at, pull.merged_at, pull.updated_at) =
                ("MERGED", Some(at), Some(at), at);
        }
        // The older one, in the list of the newest first.
        world.twist(1, details, |answer| answer["data"]["nodes"][1]["labels"] = Value::Null);
    });
    failed(&trial);
    assert_eq!(trial.board().len(), 1);
    assert!(trial.sync(&["acme/api"]).contains("1 read"));
    assert_eq!(trial.board().len(), 2);
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[test]
fn lists_without_an_end_are_errors() {
    for (of, list) in [("First", "pullRequests"), ("Details", "")] {
        let trial = Trial::new(many(3));
        trial.set(move |world| {
            world.dialect.page = Some(2);
            world.twist(
                usize::MAX,
                move |asked| asked.what == of || asked.what == "More",
                move |answer| {
                    let page = json!({"hasNextPage": true, "endCursor": "round"});
                    if list.is_empty() {
                        for at in ["/data/nodes/0/labels", "/data/node/labels"] {
                            if let Some(labels) = answer.pointer_mut(at) {
                                labels["pageInfo"] = page.clone();
                            }
                        }
                    } else {
                        answer["data"]["repository"][list]["pageInfo"] = page;
                    }
                },
            );
        });
        let answer = failed(&trial);
        let said = if list.is_empty() { "told it only in part" } else { "whose pages lead in a circle" };
        assert!(answer.stderr.contains(said), "{answer}");
        let asked = trial.asked();
        assert!(asked.len() < 20, "{:?}", kinds(&asked));
    }
    // Nobody can read on without a place.
    let trial = Trial::new(many(3));
    trial.set(|world| {
        world.twist(
            1,
            |asked| asked.what == "First",
            |answer| {
                let page = json!({"hasNextPage": true, "endCursor": null});
                answer["data"]["repository"]["pullRequests"]["pageInfo"] = page;
            },
        );
    });
    let answer = failed(&trial);
    assert!(answer.stderr.contains("a list without the place where it goes on"), "{answer}");
    trial.sync(&["acme/api"]);
}

#[tokio::test]
async fn files_whose_addresses_name_no_commit_are_believed_if_the_head_stays() {
    let files = |asked: &Asked| asked.what.contains("/files");
    let refer = |to: &'static str| {
        move |answer: &mut Value| {
            for file in answer.as_array_mut().expect("files") {
                file["contents_url"] = json!(format!("https://api.github.test/contents/x?ref={to}"));
            }
        }
    };
    let stored = "SELECT CAST(count(files_changed) AS TEXT) FROM pull_requests";
    let trial = Trial::new(many(1));
    trial.fake.world().twist(usize::MAX, files, refer("topic-1"));
    trial.sync(&["acme/api"]);
    assert_eq!(column(&trial.database(), stored).await, ["1"]);
    // Another commit's are another head's: they are told, and are not stored.
    let trial = Trial::new(many(1));
    trial.fake.world().twist(usize::MAX, files, refer("0123456789012345678901234567890123456789"));
    let answer = failed(&trial);
    assert!(answer.stderr.contains("acme/api#1: it moved while it was read; the next look"), "{answer}");
    assert_eq!(column(&trial.database(), stored).await, ["0"]);
    trial.fake.world().twists.clear();
    assert!(trial.sync(&["acme/api"]).contains("1 with files"));
}

#[tokio::test]
async fn files_are_stored_as_github_sends_them() {
    let trial = Trial::new(many(1));
    let sent = json!([
        {"sha": "a", "filename": "new.rs", "previous_filename": "old.rs", "status": "renamed", "additions": 0, "deletions": 0, "changes": 0},
        {"sha": "b", "filename": "copy.rs", "previous_filename": "new.rs", "status": "copied", "additions": 1, "deletions": 0, "changes": 1, "patch": "@@ -0,0 +1 @@\n+x"},
        {"sha": "c", "filename": "mode.sh", "status": "changed", "additions": 0, "deletions": 0, "changes": 0},
        {"sha": "d", "filename": "same.rs", "status": "unchanged", "additions": 0, "deletions": 0, "changes": 0},
        {"sha": null, "filename": "gone.rs", "status": "removed", "additions": 0, "deletions": 9, "changes": 9},
        {"sha": "f", "filename": "picture.png", "status": "added", "additions": 0, "deletions": 0, "changes": 0, "new_field": {"x": [1]}},
    ]);
    let files = sent.clone();
    trial.fake.world().change(0, 1, move |pull| pull.files = files.as_array().expect("files").clone());
    trial.sync(&["acme/api"]);
    let stored = column(&trial.database(), "SELECT files_changed FROM pull_requests").await;
    let stored: Value = serde_json::from_str(&stored[0]).expect("JSON");
    for (stored, sent) in stored.as_array().expect("files").iter().zip(sent.as_array().expect("files")) {
        for (name, value) in sent.as_object().expect("a file") {
            assert_eq!(&stored[name], value, "{name} of {sent}");
        }
        assert_eq!(stored.get("patch"), sent.get("patch"), "never invented");
    }
    let answer = trial.run(&["status", "--json"]);
    assert!(answer.status.success(), "{answer}");
}
