//! Defects 3, 4, 5, 9 and 11: what becomes of checks and reviews.

use chrono::TimeDelta;
use serde_json::json;

use super::{Delivery, Scene};

#[tokio::test]
async fn d3_a_late_start_of_a_check_does_not_take_its_end_back() {
    let mut scene = Scene::new("defect_3a").await;
    let opened = scene.pull("opened");
    let begun = scene.check("CI", "test", None);
    let head = scene.head();
    scene.world.pass(TimeDelta::minutes(1));
    let (now, commit) =
        (scene.world.now(), scene.world.repositories[0].commits.get_mut(&head).expect("a commit"));
    let run = &mut commit.suites[0].runs[0];
    (run.status, run.conclusion, run.completed_at) = ("COMPLETED", Some("SUCCESS"), Some(now));
    let id = run.id;
    let ended = scene.world.tell_check(0, &head, id);
    scene.deliver(&[vec![opened], ended, begun].concat()).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d3_a_failure_of_an_old_commit_is_not_of_the_new_one() {
    let mut scene = Scene::new("defect_3b").await;
    let opened = scene.pull("opened");
    let failed = scene.check("CI", "test", Some("FAILURE"));
    let pushed = scene.push();
    let passed = scene.check("CI", "test", Some("SUCCESS"));
    scene.deliver(&[vec![opened, pushed], passed, failed].concat()).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d5_one_jobs_success_does_not_hide_anothers_failure() {
    let mut scene = Scene::new("defect_5a").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("FAILURE")),
        // Another workflow's, of the same name.
        scene.check("Nightly", "test", Some("SUCCESS")),
        scene.check("Lint", "lint", Some("SUCCESS")),
    ]
    .concat();
    scene.deliver(&deliveries).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
    // Nor where the hook has asked for jobs alone.
    let scene = Scene::new("defect_5a_jobs").await;
    let jobs: Vec<Delivery> =
        deliveries.into_iter().filter(|delivery| delivery.event != "check_run").collect();
    scene.deliver(&jobs).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
}

#[tokio::test]
async fn d5_neutral_and_skipped_are_no_failure() {
    let mut scene = Scene::new("defect_5b").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("SUCCESS")),
        scene.check("Deploy", "deploy", Some("SKIPPED")),
        scene.check("Docs", "docs", Some("NEUTRAL")),
    ]
    .concat();
    scene.deliver(&deliveries).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d5_each_reviewers_last_word_counts_and_a_dismissed_one_does_not() {
    let mut scene = Scene::new("defect_5c").await;
    let opened = scene.pull("opened");
    let asked = scene.review("ana", "CHANGES_REQUESTED");
    let approved = scene.review("ben", "APPROVED");
    let commented = scene.review("ana", "COMMENTED");
    scene.deliver(&[opened, asked, approved, commented]).await;
    assert_eq!(scene.stages().await, "passed pending failed pending");
    scene.world.pass(TimeDelta::minutes(1));
    let (id, now) = (scene.world.repositories[0].pulls[&1].reviews[0].id, scene.world.now());
    scene.world.change(0, 1, |pull| {
        (pull.reviews[0].state, pull.reviews[0].updated_at) = ("DISMISSED", now);
    });
    scene.deliver(&[scene.world.tell_review(0, 1, id, "dismissed")]).await;
    assert_eq!(scene.stages().await, "passed pending passed pending");
}

#[tokio::test]
async fn d9_builds_of_forks_and_commit_statuses_count() {
    let mut scene = Scene::new("defect_9").await;
    scene.world.change(0, 1, |pull| (pull.is_cross, pull.lost_fork) = (true, true));
    let opened = scene.pull("opened");
    let failed = scene.check("CI", "test", Some("FAILURE"));
    assert_eq!(failed[0].payload["check_run"]["pull_requests"], json!([]));
    scene.deliver(&[vec![opened], failed].concat()).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
    let pushed = scene.push();
    let head = scene.head();
    scene.world.status(0, &head, "ci/jenkins", "PENDING");
    scene.deliver(&[pushed, scene.world.tell_status(0, &head, "ci/jenkins")]).await;
    assert_eq!(scene.stages().await, "passed running pending pending");
    scene.world.pass(TimeDelta::minutes(1));
    scene.world.status(0, &head, "ci/jenkins", "SUCCESS");
    scene.deliver(&[scene.world.tell_status(0, &head, "ci/jenkins")]).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d11_fail_pass_fail_is_told_as_it_was() {
    let mut scene = Scene::new("defect_11").await;
    scene.deliver(&[scene.pull("opened")]).await;
    for conclusion in ["FAILURE", "SUCCESS", "FAILURE"] {
        let head = scene.head();
        scene.world.pass(TimeDelta::minutes(1));
        if scene.world.repositories[0].commits[&head].suites.is_empty() {
            scene.world.add_suite(0, &head, "CI");
        }
        let id = scene.world.check(0, &head, 0, "test", Some(conclusion));
        scene.deliver(&scene.world.tell_check(0, &head, id)).await;
    }
    assert_eq!(scene.stages().await, "passed failed pending pending");
}
