//! Defects 2, 3, 4, 6 and 7: what becomes of pull requests and repositories.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;

use super::{Scene, settled};

#[tokio::test]
async fn d2_a_delivery_told_again_changes_nothing() {
    let mut scene = Scene::new("defect_2").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("SUCCESS")),
        vec![scene.review("ana", "APPROVED"), scene.merge()],
    ]
    .concat();
    scene.deliver(&deliveries).await;
    let all = "SELECT string_agg(history::text || updated_at::text, '') FROM pipeline_runs";
    let before = scene.one(all).await;
    scene.deliver(&deliveries).await;
    scene.deliver(&deliveries).await;
    assert_eq!(scene.one(all).await, before);
    assert_eq!(scene.stages().await, "merged passed passed merged");
}

#[tokio::test]
async fn d3_a_late_opened_does_not_reopen_a_merged_one_and_a_label_does_not_unmerge_it() {
    let mut scene = Scene::new("defect_3c").await;
    let opened = scene.pull("opened");
    let merged = scene.merge();
    let labeled = scene.change("labeled", |pull| pull.labels.push("bug".to_owned()));
    scene.deliver(&[merged, labeled, opened]).await;
    assert_eq!(scene.stages().await, "merged pending pending merged");
    let row = "SELECT state || ' ' || labels::text || (merged_at IS NOT NULL)::text FROM pull_requests";
    assert_eq!(scene.one(row).await, r#"merged ["bug"]true"#);
}

#[tokio::test]
async fn d4_a_reopened_one_begins_anew_and_a_draft_gets_ready() {
    let mut scene = Scene::new("defect_4a").await;
    scene.world.change(0, 1, |pull| pull.is_draft = true);
    scene.deliver(&[scene.pull("opened")]).await;
    assert_eq!(scene.stages().await, "running pending pending pending");
    let ready = scene.change("ready_for_review", |pull| pull.is_draft = false);
    scene.deliver(&[ready]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
    let closed = scene.close();
    scene.deliver(&[closed]).await;
    assert_eq!(scene.stages().await, "closed pending pending closed");
    let reopened = scene.change("reopened", |pull| (pull.state, pull.closed_at) = ("OPEN", None));
    scene.deliver(&[reopened]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
}

#[tokio::test]
async fn d4_new_commits_begin_a_new_build() {
    let mut scene = Scene::new("defect_4b").await;
    let first = [vec![scene.pull("opened")], scene.check("CI", "test", Some("SUCCESS"))].concat();
    scene.deliver(&first).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
    let pushed = scene.push();
    scene.deliver(&[pushed]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
}

#[tokio::test]
async fn d6_checks_and_reviews_change_no_title_and_no_author() {
    let mut scene = Scene::new("defect_6a").await;
    let opened = scene.pull("opened");
    let mut others = [scene.check("CI", "test", None), vec![scene.review("ana", "APPROVED")]].concat();
    for other in &mut others {
        if other.payload.get("pull_request").is_some() {
            other.payload["pull_request"]["title"] = json!("Check run: lint");
            other.payload["pull_request"]["user"]["login"] = json!("unknown");
        }
    }
    scene.deliver(&[vec![opened], others].concat()).await;
    assert_eq!(scene.one("SELECT title || ' ' || author FROM pull_requests").await, "Change 1 ben");
}

#[tokio::test]
async fn d6_eight_writers_at_once_make_one_history() {
    let mut scene = Scene::new("defect_6b").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("FAILURE")),
        vec![scene.push()],
        scene.check("CI", "test", Some("SUCCESS")),
        vec![scene.review("ana", "APPROVED"), scene.merge()],
    ]
    .concat();
    let post = async |n: usize| {
        let mut turned = deliveries.clone();
        turned.rotate_left(n);
        for delivery in turned {
            assert_eq!(scene.post(&delivery).await, 202);
        }
    };
    join_all((0..8).map(post)).await;
    settled(&scene.store).await;
    assert_eq!(scene.stages().await, "merged passed passed merged");
    let entries = "SELECT count(*)::text || ' of ' || count(DISTINCT entry)::text \
                   FROM pipeline_runs, jsonb_array_elements(history) AS entry";
    let counted = scene.one(entries).await;
    let (all, distinct) = counted.split_once(" of ").expect("counts");
    assert_eq!(all, distinct);
}

#[tokio::test]
async fn d7_a_repository_renamed_or_made_anew_loses_nothing() {
    let mut scene = Scene::new("defect_7").await;
    scene.deliver(&[scene.pull("opened")]).await;
    // Renamed; another one takes the name, with a pull request of the same number.
    scene.world.pass(TimeDelta::minutes(1));
    scene.world.rename(0, "acme/old-api");
    let renamed = scene.world.tell_repository(0, "renamed");
    scene.world.pass(TimeDelta::minutes(1));
    let at = scene.world.add_repository("acme/api");
    scene.world.add_pull(at, "In the new one");
    let now = scene.world.now();
    scene.world.repositories[at].updated_at = now;
    // In this order: the old one still bears the name.
    scene.deliver(&[scene.world.tell_pull(at, 1, "opened"), renamed, scene.pull("edited")]).await;
    let names = "SELECT string_agg(full_name || ': ' || title, ', ' ORDER BY title) FROM repositories r \
                 JOIN pull_requests p ON p.repo_id = r.id";
    assert_eq!(scene.one(names).await, "acme/old-api: Change 1, acme/api: In the new one");
}

#[tokio::test]
async fn d7_a_deleted_repository_leaves_nothing_open() {
    let mut scene = Scene::new("defect_7_deleted").await;
    // What happens in a repository does not change it: it is older than its pull requests.
    scene.world.pass(TimeDelta::minutes(1));
    let second = scene.world.add_pull(0, "Change 2");
    let opened = scene.change("labeled", |pull| pull.labels.push("bug".to_owned()));
    let deleted = scene.world.tell_repository(0, "deleted");
    let late = scene.world.tell_pull(0, second, "opened");
    assert!(scene.world.repositories[0].updated_at < scene.world.repositories[0].pulls[&1].updated_at);
    scene.deliver(&[opened.clone(), deleted.clone(), late.clone()]).await;
    let all = "SELECT string_agg(state || ' ' || status_pr || ' ' || status_merge, ', ') \
               FROM pull_requests JOIN pipeline_runs USING (repo_id, pr_number)";
    assert_eq!(scene.one(all).await, "closed closed closed, closed closed closed");
    // And told again, late, in another order, changes nothing.
    let all = "SELECT string_agg(updated_at::text, ' ' ORDER BY pr_number) FROM pull_requests";
    let before = scene.one(all).await;
    scene.deliver(&[late, deleted, opened]).await;
    assert_eq!(scene.one(all).await, before);
}

#[tokio::test]
async fn d7_a_push_counts_seconds() {
    let scene = Scene::new("defect_7_push").await;
    let created_at = scene.world.repositories[0].created_at;
    let push = scene.world.tell_push(0, 1);
    assert_eq!(push.payload["repository"]["created_at"], json!(created_at.timestamp()));
    scene.deliver(&[push]).await;
    let stored = scene.one("SELECT extract(epoch FROM created_at)::bigint::text FROM repositories").await;
    assert_eq!(stored, created_at.timestamp().to_string());
}
