//! Defects 1, 8, 9 and 10: what comes from outside, and what is not there.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::program::{SECRET, Serving},
    Scene, settled,
};
use crate::{
    github::fake::{Fake, world::file},
    support::{cli, rows::Store},
    sync::many,
    webhooks::server::sign,
};

/// A delivery with this for a signature; the status.
async fn send(serving: &Serving, line: &str, signed: Option<(&str, &str)>, body: &[u8]) -> u16 {
    let guid = Uuid::new_v4().to_string();
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("X-GitHub-Event", "pull_request"),
        ("X-GitHub-Delivery", guid.as_str()),
    ];
    headers.extend(signed);
    serving.send(line, &headers, body).await.expect("an answer").status
}

#[tokio::test]
async fn d1_the_bytes_are_verified_as_they_came_and_before_they_are_read() {
    let scene = Scene::new("defect_1").await;
    // No writer of JSON would put it so.
    let pretty = serde_json::to_string_pretty(&scene.pull("opened").payload).expect("JSON");
    let odd = pretty.replace("Change 1", "Chang\\u0065 \\u0031");
    let body = odd.as_bytes();
    let post = async |signature: Option<&str>, body: &[u8]| {
        let signed = signature.map(|signature| ("X-Hub-Signature-256", signature));
        send(&scene.serving, "POST /webhook", signed, body).await
    };
    assert_eq!(post(None, body).await, 401);
    assert_eq!(post(Some(&sign("another secret", body)), body).await, 401);
    let re_written = serde_json::from_str::<Value>(&odd).expect("JSON").to_string();
    assert_eq!(post(Some(&sign(SECRET, re_written.as_bytes())), body).await, 401);
    // Unsigned garbage is not even read.
    assert_eq!(post(None, b"{").await, 401);
    assert_eq!(settled(&scene.store).await, 0);
    assert_eq!(post(Some(&sign(SECRET, body)), body).await, 202);
    settled(&scene.store).await;
    assert_eq!(scene.one("SELECT title FROM pull_requests").await, "Change 1");
}

#[tokio::test]
async fn d1_nothing_is_taken_without_a_secret() {
    let [store, _] = Store::both("defect_1_secret").await;
    let answer =
        cli::run(&["serve", "--listen", "127.0.0.1:0"], &[("FLOWLENS_DATABASE_URL", store.url().as_str())]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("there is no secret"), "{answer}");
}

#[tokio::test]
async fn d8_files_are_fetched_after_the_commit_all_of_them_and_never_made_up() {
    let [store, _] = Store::both("defect_8").await;
    let mut world = many(1);
    world.change(0, 1, |pull| pull.files = (0..130).map(|n| file(&format!("src/{n}.rs"))).collect());
    let opened = world.tell_pull(0, 1, "opened");
    // A GitHub that does not answer holds nothing up.
    let silent = Fake::start(many(1), Duration::from_hours(1));
    let env = |url: &str| [("FLOWLENS_GITHUB_URL", url.to_owned()), ("GH_TOKEN", "ghp_d8".to_owned())];
    let on = |env: &[(&str, String)]| {
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Serving::with(&store, &[], &env)
    };
    let post =
        async |serving: &Serving| serving.post(Uuid::new_v4(), opened.event, &opened.body()).await.status;
    let serving = on(&env(&silent.url()));
    assert_eq!(post(&serving).await, 202);
    settled(&store).await;
    assert_eq!(store.count("pull_requests", "title = 'Change 1' AND files_changed IS NULL").await, 1);
    drop(serving);
    let fake = Fake::start(world, Duration::ZERO);
    let serving = on(&env(&fake.url()));
    assert_eq!(post(&serving).await, 202);
    store.until("pull_requests", "jsonb_array_length(files_changed) = 130").await;
    assert_eq!(store.count("pull_requests", "files_changed::text LIKE '%_fallback%'").await, 0);
}

#[tokio::test]
async fn d9_a_database_that_hangs_up_on_the_idle_ends_nothing() {
    let mut scene = Scene::new("defect_9_idle").await;
    scene.deliver(&[scene.pull("opened")]).await;
    let hang_up = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_ne!(scene.one(hang_up).await, "0");
    let merged = scene.merge();
    let taken = async || (scene.post(&merged).await == 202).then_some(());
    assert!(crate::support::awaited(crate::support::PATIENCE, taken).await.is_some());
    settled(&scene.store).await;
    assert_eq!(scene.stages().await, "merged pending pending merged");
}

#[tokio::test]
async fn d10_nobody_changes_anything_without_a_signature() {
    let scene = Scene::new("defect_10").await;
    scene.deliver(&[scene.pull("opened")]).await;
    let body = json!({"processed": true}).to_string();
    for (line, refused) in [
        ("POST /", 404),
        ("POST /api/pull-requests/1/processed", 404),
        ("POST /webhook", 401),
        ("PUT /webhook", 405),
        ("DELETE /webhook", 405),
        ("POST /metrics", 405),
        ("POST /healthz", 405),
    ] {
        let status = send(&scene.serving, line, None, body.as_bytes()).await;
        assert_eq!(status, refused, "{line}");
    }
    assert_eq!(settled(&scene.store).await, 1);
    assert_eq!(scene.store.count("pull_requests", "processed").await, 0);
}
