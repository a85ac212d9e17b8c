//! What is taken: it is stored before it is acknowledged, once, and becomes rows.

use std::os::unix::fs::PermissionsExt as _;

use tokio::io::AsyncWriteExt as _;

use super::{
    drained, guid, metric,
    program::{SECRET, Serving, answer, sign},
    push,
};
use crate::{
    github::fake::world::World,
    support::{cli, rows::Store},
    sync::world,
};

/// A pull request that was opened in acme/api.
fn opened() -> (World, Vec<u8>) {
    let mut world = world();
    let at = world.add_repository("acme/api");
    let number = world.add_pull(at, "Renew the tokens");
    let body = world.tell_pull(at, number, "opened").body();
    (world, body)
}

#[tokio::test]
async fn a_delivery_is_acknowledged_once_it_is_kept_and_known_when_it_comes_again() {
    for store in Store::both("serve_taken").await {
        let serving = Serving::start(&store);
        let (_world, body) = opened();
        let answer = serving.post(guid(1), "pull_request", &body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(store.count("webhook_deliveries", "TRUE").await, 1, "it is there when it is acknowledged");
        assert_eq!(serving.post(guid(1), "pull_request", &body).await.status, 200);
        assert_eq!(serving.post(guid(1), "push", &push(1, 1)).await.status, 200, "the id alone counts");
        drained(&store).await;
        assert_eq!(store.count("pull_requests", "title = 'Renew the tokens'").await, 1);
        assert_eq!(store.count("webhook_deliveries", "state = 'done' AND event = 'pull_request'").await, 1);
        let text = serving.get("/metrics").await.body;
        for (name, expected) in [
            ("flowlens_webhook_requests_total{code=\"202\"}", 1),
            ("flowlens_webhook_requests_total{code=\"200\"}", 2),
            ("flowlens_webhook_ack_seconds_count", 3),
            ("flowlens_inbox_processed_total{outcome=\"done\"}", 1),
            ("flowlens_inbox_deliveries{state=\"dead\"}", 0),
            ("flowlens_database_up", 1),
        ] {
            assert_eq!(metric(&text, name), expected, "{name}: {text}");
        }
        assert!(metric(&text, "flowlens_inbox_newest_delivery_timestamp_seconds") > 1_700_000_000, "{text}");
        assert!(!text.contains("# EOF"), "{text}");
        let log = serving.log();
        assert!(log.contains(&guid(1).to_string()) && !log.contains(SECRET), "{log}");
    }
}

#[tokio::test]
async fn a_mended_payload_is_led_to_the_place_of_the_dead_one() {
    let [_, store] = Store::both("serve_mended").await;
    let serving = Serving::start(&store);
    let (_world, body) = opened();
    let broken = b"{\"action\":\"opened\",\"repository\":{\"id\":1,\"full_name\":\"acme/api\"}}";
    assert_eq!(serving.post(guid(1), "pull_request", broken).await.status, 202);
    drained(&store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'dead'").await, 1);
    let known = serving.post(guid(1), "pull_request", &body).await;
    assert_eq!(known.status, 200, "{known:?}");
    let id = guid(1).to_string();
    let ways = [
        "known already: what came first counts".to_owned(),
        format!("inbox retry {id}"),
        format!("inbox purge {id}"),
    ];
    assert!(ways.iter().all(|way| known.body.contains(way)), "{known:?}");
    let url = store.url();
    let purge = ["--database-url", &url, "inbox", "purge", "--yes", &id];
    let purged = cli::run(&purge, &[]);
    assert!(purged.status.success(), "{purged}");
    assert_eq!(serving.post(guid(1), "pull_request", &body).await.status, 202);
    drained(&store).await;
    assert_eq!(store.count("pull_requests", "title = 'Renew the tokens'").await, 1);
}

#[tokio::test]
async fn a_form_is_taken_as_github_sends_it_by_default() {
    let [_, store] = Store::both("serve_form").await;
    let serving = Serving::start(&store);
    let (_world, body) = opened();
    let text = String::from_utf8(body.clone()).expect("UTF-8");
    let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &text).finish();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-GitHub-Event", "pull_request"),
        ("X-GitHub-Delivery", &guid(1).to_string()),
        ("X-Hub-Signature-256", &sign(SECRET, form.as_bytes())),
    ];
    let answer = serving.send("POST /webhook", &headers, form.as_bytes()).await.expect("an answer");
    assert_eq!(answer.status, 202, "{answer:?}");
    drained(&store).await;
    assert_eq!(store.count("pull_requests", "title = 'Renew the tokens'").await, 1);
    let kept = flowlens::store::inbox::Inbox::new(store.database())
        .payload(guid(1).to_string().parse().expect("an id"))
        .await;
    assert_eq!(kept, Ok(Some(body)), "the payload is kept, not the form");
}

#[tokio::test]
async fn both_secrets_are_taken_while_they_are_exchanged_and_a_file_may_hold_them() {
    let [_, store] = Store::both("serve_secrets").await;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, config) = (folder.path().join("secret"), folder.path().join("config.toml"));
    std::fs::write(&file, "the-new-one-5Tz\nthe-old-one-2Qa\n").expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    std::fs::write(&config, format!("[serve]\nsecret_file = {:?}\n", file.display().to_string()))
        .expect("a file");
    let config = config.display().to_string();
    let serving = Serving::with(&store, &["--config", &config], &[("FLOWLENS_WEBHOOK_SECRET", "")]);
    for (n, (secret, status)) in
        [("the-new-one-5Tz", 202), ("the-old-one-2Qa", 202), (SECRET, 401), ("", 401)].into_iter().enumerate()
    {
        let body = push(n, 10);
        let headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-GitHub-Event", "push"),
            ("X-GitHub-Delivery", &guid(n).to_string()),
            ("X-Hub-Signature-256", &sign(secret, &body)),
        ];
        let answer = serving.send("POST /webhook", &headers, &body).await.expect("an answer");
        assert_eq!(answer.status, status, "{secret}");
    }
    let told = std::fs::read(format!("/proc/{}/cmdline", serving.pid())).expect("the process list");
    for secret in ["the-new-one-5Tz", "the-old-one-2Qa"] {
        assert!(!serving.log().contains(secret));
        assert!(!String::from_utf8_lossy(&told).contains(secret));
    }
}

#[tokio::test]
async fn it_says_whether_it_lives_and_whether_it_is_ready() {
    let [store, _] = Store::both("serve_ready").await;
    let serving = Serving::with(&store, &["--log-format", "json"], &[]);
    assert_eq!(serving.get("/healthz").await.body, "ok\n");
    let ready = serving.get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, "ready, 0 to process\n"));
    let mut half_closed = serving.connect().await;
    half_closed.write_all(b"GET /readyz HTTP/1.1\r\nHost: flowlens\r\n\r\n").await.expect("sent");
    half_closed.shutdown().await.expect("shut");
    assert_eq!(answer(half_closed).await.expect("an answer").status, 200);
    assert_eq!(serving.post(guid(1), "ping", b"{\"zen\":\"Keep it logically awesome.\"}").await.status, 202);
    drained(&store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'ignored'").await, 1);
    let log = serving.log();
    let records = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let kept = records.filter(|record| record["delivery"] == guid(1).to_string()).collect::<Vec<_>>();
    assert!(kept.iter().any(|record| record["event"] == "ping" && record["level"] == "INFO"), "{log}");
}
