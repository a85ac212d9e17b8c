//! What has tripped others up, each with its test.

use chrono::TimeDelta;
use serde_json::json;

use super::{Trial, built, column, kinds, many};
use crate::github::fake::world::{Review, file};

const CHECKS: &str = "SELECT name || '/' || suite_id || ' ' || COALESCE(conclusion, status) || CASE WHEN superseded THEN ' old' ELSE '' END FROM checks ORDER BY 1";

#[tokio::test]
async fn three_pages_of_everything_are_read() {
    let trial = Trial::new(many(230));
    trial.set(|world| {
        let head = world.repositories[0].pulls[&7].head.clone();
        let suite = world.add_suite(0, &head, "CI");
        for n in 0..250 {
            world.check(0, &head, suite, &format!("check {n}"), Some("SUCCESS"));
        }
        let ids: Vec<i64> = (0..250).map(|_| world.id()).collect();
        let now = world.now();
        world.change(0, 7, |pull| {
            pull.labels = (0..250).map(|n| format!("label {n}")).collect();
            pull.assignees = (0..250).map(|n| format!("user{n}")).collect();
            pull.requests = (0..250).map(|n| format!("reviewer{n}")).collect();
            pull.files = (0..250).map(|n| file(&format!("src/{n}.rs"))).collect();
            pull.reviews = ids
                .iter()
                .map(|id| Review {
                    id: *id,
                    author: Some(format!("reviewer{id}")),
                    state: "COMMENTED",
                    at: now,
                    updated_at: now,
                    commit: pull.head.clone(),
                })
                .collect();
        });
    });
    let said = trial.sync(&["acme/api"]);
    assert!(said.contains("acme/api: 230 open; 230 read, 230 with files; "), "{said}");
    let sizes = "SELECT json_array_length(labels) || ' ' || json_array_length(assignees) || ' ' || \
                 json_array_length(reviewers) || ' ' || json_array_length(files_changed) FROM pull_requests WHERE pr_number = 7";
    assert_eq!(column(&trial.database(), sizes).await, ["250 250 250 250"]);
    for table in ["checks", "reviews"] {
        let count = format!("SELECT CAST(count(*) AS TEXT) FROM {table}");
        assert_eq!(column(&trial.database(), &count).await, ["250"], "{table}");
    }
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn of_one_workflow_the_newest_run_counts() {
    let trial = Trial::new(many(1));
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    built(&mut trial.fake.world(), 0, 1, "test", Some("FAILURE"));
    trial.fake.world().pass(TimeDelta::minutes(1));
    trial.set(|world| {
        let second = world.add_suite(0, &head, "CI");
        world.check(0, &head, second, "test", Some("SUCCESS"));
    });
    trial.sync(&["acme/api"]);
    assert_eq!(trial.board()["acme/api#1"]["stages"]["build"]["status"], "passed");
    let checks = column(&trial.database(), CHECKS).await;
    assert_eq!(checks.len(), 2, "{checks:?}");
    assert!(checks[0].ends_with("failure old") && checks[1].ends_with("success"), "{checks:?}");
}

/// Runs are told apart by their workflow's id and event: its name is of no account.
#[tokio::test]
async fn workflows_of_one_name_and_events_of_one_workflow_all_count() {
    let trial = Trial::new(many(1));
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    let run = |id: i64, event: &str, conclusion| {
        let mut world = trial.fake.world();
        world.pass(TimeDelta::minutes(1));
        let suite = world.add_suite(0, &head, "CI");
        let suites = &mut world.repositories[0].commits.get_mut(&head).expect("a commit").suites;
        suites[suite].workflow = Some((suites[suite].id, id, "CI".to_owned(), event.to_owned()));
        world.check(0, &head, suite, "test", Some(conclusion));
        drop(world);
        trial.sync(&["acme/api"]);
        trial.board()["acme/api#1"]["stages"]["build"]["status"].clone()
    };
    assert_eq!(run(1, "pull_request", "FAILURE"), "failed");
    assert_eq!(run(2, "pull_request", "SUCCESS"), "failed", "another workflow of that name");
    assert_eq!(run(1, "push", "SUCCESS"), "failed", "the same one for another event");
    assert_eq!(run(1, "pull_request", "SUCCESS"), "passed");
    assert_eq!(column(&trial.database(), CHECKS).await.iter().filter(|row| row.ends_with(" old")).count(), 1);
}

/// Right after a push GraphQL may still tell the old head's checks.
#[tokio::test]
async fn the_checks_of_another_head_are_not_this_ones() {
    let trial = Trial::new(many(1));
    built(&mut trial.fake.world(), 0, 1, "test", Some("FAILURE"));
    trial.sync(&["acme/api"]);
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        let old = world.repositories[0].pulls[&1].head.clone();
        world.push(0, 1);
        world.change(0, 1, |pull| pull.lags_at = Some(old));
        built(world, 0, 1, "test", Some("SUCCESS"));
    });
    let build = || trial.board()["acme/api#1"]["stages"]["build"]["status"].clone();
    trial.sync(&["acme/api"]);
    assert_eq!(build(), "pending", "neither the old one's nor nothing for ever");
    trial.set(|world| {
        let pull = world.repositories[0].pulls.get_mut(&1).expect("a pull request");
        pull.lags_at = None;
    });
    trial.sync(&["acme/api"]);
    assert_eq!(build(), "passed");
}

#[tokio::test]
async fn a_list_of_checks_that_got_shorter_is_believed_at_the_second_look() {
    let trial = Trial::new(many(1));
    let suite = built(&mut trial.fake.world(), 0, 1, "test", Some("SUCCESS"));
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    trial.fake.world().check(0, &head, suite, "lint", Some("FAILURE"));
    trial.sync(&["acme/api"]);
    // While a build is run again, its checks vanish for a moment.
    let forget = |name: &str| {
        let mut world = trial.fake.world();
        world.pass(TimeDelta::minutes(2));
        let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
        commit.suites[suite].runs.retain(|run| run.name != name);
    };
    forget("lint");
    trial.sync(&["acme/api"]);
    assert_eq!(trial.board()["acme/api#1"]["stages"]["build"]["status"], "failed", "not believed yet");
    trial.fake.world().pass(TimeDelta::seconds(12));
    trial.sync(&["acme/api"]);
    assert_eq!(trial.board()["acme/api#1"]["stages"]["build"]["status"], "passed");
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
}

#[tokio::test]
async fn a_workflow_that_waits_for_approval_is_seen_without_a_check() {
    let trial = Trial::new(many(1));
    trial.set(|world| {
        let head = world.repositories[0].pulls[&1].head.clone();
        let suite = world.add_suite(0, &head, "CI");
        let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
        (commit.suites[suite].status, commit.suites[suite].conclusion) =
            ("COMPLETED", Some("ACTION_REQUIRED"));
    });
    trial.sync(&["acme/api"]);
    let checks = column(&trial.database(), CHECKS).await;
    assert!(
        checks.len() == 1 && checks[0].starts_with("CI/") && checks[0].ends_with(" waiting"),
        "{checks:?}"
    );
    let build = || trial.board()["acme/api#1"]["stages"]["build"]["status"].clone();
    assert_eq!(build(), "running");
    // Somebody says the word.
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        let head = world.repositories[0].pulls[&1].head.clone();
        world.check(0, &head, 0, "test", Some("SUCCESS"));
    });
    trial.sync(&["acme/api"]);
    assert_eq!(build(), "passed");
    let checks = column(&trial.database(), CHECKS).await;
    assert!(checks.len() == 2 && checks[0].ends_with(" waiting old"), "{checks:?}");
}

/// Of a stranger's pull request some workflows run by themselves, and others wait.
#[tokio::test]
async fn a_workflow_of_a_fork_that_waits_beside_finished_checks_is_seen() {
    let trial = Trial::new(many(2));
    trial.set(|world| {
        for number in [1, 2] {
            world.repositories[0].pulls.get_mut(&number).expect("a pull request").is_cross = number == 1;
            built(world, 0, number, "lint", Some("SUCCESS"));
        }
        let head = world.repositories[0].pulls[&1].head.clone();
        let suite = world.add_suite(0, &head, "Tests");
        let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
        (commit.suites[suite].status, commit.suites[suite].conclusion) =
            ("COMPLETED", Some("ACTION_REQUIRED"));
    });
    trial.sync(&["acme/api"]);
    let build = |name: &str| trial.board()[name]["stages"]["build"]["status"].clone();
    assert_eq!((build("acme/api#1"), build("acme/api#2")), ("running".into(), "passed".into()));
    let asked = trial.asked();
    let suites = asked.iter().find(|asked| asked.what == "Suites").expect("a question");
    assert_eq!(suites.variables["ids"].as_array().map(Vec::len), Some(1), "the fork's alone");
    assert!(trial.sync(&["acme/api"]).contains("nothing new"));
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        let head = world.repositories[0].pulls[&1].head.clone();
        world.check(0, &head, 1, "unit", Some("SUCCESS"));
    });
    trial.sync(&["acme/api"]);
    assert_eq!(build("acme/api#1"), "passed");
}

/// A required check that nobody begins stays expected for ever.
#[tokio::test]
async fn a_status_that_is_expected_is_waited_for() {
    let trial = Trial::new(many(1));
    built(&mut trial.fake.world(), 0, 1, "test", Some("SUCCESS"));
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    trial.fake.world().status(0, &head, "deploy", "EXPECTED");
    trial.sync(&["acme/api"]);
    assert_eq!(trial.board()["acme/api#1"]["stages"]["build"]["status"], "running");
}

#[tokio::test]
async fn a_commit_status_that_settles_is_read_though_nothing_is_updated() {
    let trial = Trial::new(many(1));
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    trial.fake.world().status(0, &head, "deploy", "SUCCESS");
    trial.sync(&["acme/api"]);
    let build = || trial.board()["acme/api#1"]["stages"]["build"]["status"].clone();
    assert_eq!(build(), "passed");
    trial.set(|world| {
        world.pass(TimeDelta::minutes(1));
        world.status(0, &head, "deploy", "PENDING");
    });
    trial.sync(&["acme/api"]);
    assert_eq!(build(), "running");
}

#[tokio::test]
async fn a_conflict_that_goes_without_an_update_is_news() {
    let trial = Trial::new(many(1));
    let set = |mergeable, state| {
        let mut world = trial.fake.world();
        world.pass(TimeDelta::seconds(30));
        let pull = world.repositories[0].pulls.get_mut(&1).expect("a pull request");
        (pull.mergeable, pull.merge_state) = (mergeable, state);
    };
    let stored = "SELECT COALESCE(mergeable_state, '-') FROM pull_requests";
    for (mergeable, state, word) in [
        ("CONFLICTING", "DIRTY", "dirty"),
        ("UNKNOWN", "UNKNOWN", "dirty"),
        ("MERGEABLE", "CLEAN", "clean"),
        ("MERGEABLE", "BEHIND", "behind"),
    ] {
        set(mergeable, state);
        trial.sync(&["acme/api"]);
        assert_eq!(column(&trial.database(), stored).await, [word]);
    }
}

#[tokio::test]
async fn more_files_than_github_tells_are_said_to_be_cut() {
    let trial = Trial::new(many(1));
    trial.fake.world().change(0, 1, |pull| {
        pull.files = (0..3_100)
            .map(
                |n| json!({"filename": format!("{n}.rs"), "status": "added", "additions": 1, "deletions": 0}),
            )
            .collect();
    });
    let answer = trial.run(&["sync", "acme/api"]);
    assert!(answer.status.success(), "{answer}");
    assert!(answer.stderr.contains("flowlens: acme/api#1: GitHub tells 3000 of its 3100 files"), "{answer}");
    let stored = "SELECT json_array_length(files_changed) || ' of ' || changed_files FROM pull_requests";
    assert_eq!(column(&trial.database(), stored).await, ["3000 of 3100"]);
    assert_eq!(kinds(&trial.asked())["rest"], 30);
}

#[tokio::test]
async fn bots_have_one_name_and_teams_are_named_without_a_scope() {
    let trial = Trial::new(many(1));
    trial.set(|world| {
        world.token.scopes = Some(vec!["repo".to_owned()]);
        world.change(0, 1, |pull| {
            pull.author = Some("dependabot".to_owned());
            pull.requests = vec!["ana".to_owned(), "@acme/backend".to_owned()];
        });
    });
    trial.sync(&["acme/api"]);
    let stored = "SELECT author || ' ' || reviewers FROM pull_requests";
    assert_eq!(column(&trial.database(), stored).await, [r#"dependabot[bot] ["ana","acme/backend"]"#]);
}
