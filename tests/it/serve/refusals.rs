//! What is not taken: the answer, the log and the count say why, and nothing is stored.

use tokio::io::AsyncWriteExt as _;

use super::{
    drained, guid, metric,
    program::{SECRET, Serving, answer, sign},
    push,
};
use crate::support::rows::Store;

/// The bytes that a delivery may have: GitHub caps its own there.
const LARGEST: usize = 25_000_000;

/// Content type, event, signature, body; then the status and the word that is counted.
type Case<'a> = (&'a str, &'a str, (&'a str, &'a str), &'a [u8], u16, &'a str);

#[tokio::test]
async fn each_fault_has_its_answer_its_log_and_its_count_and_nothing_is_stored() {
    let [store, _] = Store::both("serve_faults").await;
    let serving = Serving::start(&store);
    let body = push(1, 100);
    let good = sign(SECRET, &body);
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let sha1 = "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6";
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let other = sign("another", &body);
    let short = good.split_at(good.len() - 2).0;
    let large = push(1, LARGEST);
    let signed = "X-Hub-Signature-256";
    let of = |body: &[u8]| sign(SECRET, body);
    let (garbage, list, bare, none) = (&b"{\"a\":"[..], &b"[1]"[..], &b"\"a\""[..], &b""[..]);
    let signatures = [of(garbage), of(list), of(bare), of(none), of(deep.as_bytes()), of(&large)];
    let cases: &[Case<'_>] = &[
        (json, "push", ("X-Nothing", "1"), &body, 401, "unsigned"),
        (json, "push", ("X-Hub-Signature", sha1), &body, 401, "sha1_only"),
        (json, "push", (signed, &other), &body, 401, "wrong_signature"),
        (json, "push", (signed, short), &body, 401, "malformed_signature"),
        (json, "push", (signed, sha1), &body, 401, "malformed_signature"),
        (json, "push", (signed, ""), &body, 401, "malformed_signature"),
        (json, "push", (signed, &good), &push(2, 100), 401, "wrong_signature"),
        (json, "", (signed, &good), &body, 400, "no_event"),
        ("text/plain", "push", (signed, &good), &body, 415, "content_type"),
        ("application/jsonx", "push", (signed, &good), &body, 415, "content_type"),
        (form, "push", (signed, &good), &body, 400, "no_payload"),
        (json, "push", (signed, &signatures[0]), garbage, 400, "unreadable"),
        (json, "push", (signed, &signatures[1]), list, 400, "unreadable"),
        (json, "push", (signed, &signatures[2]), bare, 400, "unreadable"),
        (json, "push", (signed, &signatures[3]), none, 400, "unreadable"),
        (json, "push", (signed, &signatures[4]), deep.as_bytes(), 400, "unreadable"),
        (json, "push", (signed, &signatures[5]), &large, 413, "too_large"),
    ];
    for (n, (content_type, event, (name, value), body, status, word)) in cases.iter().enumerate() {
        let id = guid(n).to_string();
        let counter = format!("flowlens_webhook_refused_total{{reason=\"{word}\"}}");
        let before = metric(&serving.get("/metrics").await.body, &counter);
        let headers = [
            ("Content-Type", *content_type),
            ("X-GitHub-Event", event),
            ("X-GitHub-Delivery", &id),
            (name, value),
        ];
        let answer = serving.send("POST /webhook", &headers, body).await.expect("an answer");
        assert_eq!(answer.status, *status, "{word}: {answer:?}");
        let log = serving.log();
        let line = log.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{word}: {log}"));
        assert!(line.contains(word) && line.contains("WARN"), "{line}");
        assert_eq!(metric(&serving.get("/metrics").await.body, &counter), before + 1, "{word}");
    }
    let headers =
        [("Content-Type", json), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "7"), (signed, &good)];
    assert_eq!(serving.send("POST /webhook", &headers, &body).await.expect("an answer").status, 400);
    assert_eq!(serving.send("POST /webhook", &headers[..2], &body).await.expect("an answer").status, 401);
    assert_eq!(serving.get("/webhook").await.status, 405);
    assert_eq!(serving.get("/").await.status, 404);
    assert_eq!(store.count("webhook_deliveries", "TRUE").await, 0);
    let text = serving.get("/metrics").await.body;
    assert_eq!(metric(&text, "flowlens_webhook_requests_total{code=\"401\"}"), 8, "{text}");
    assert!(!serving.log().contains(SECRET) && !text.contains(SECRET));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let [_, store] = Store::both("serve_slow").await;
    let serving = Serving::start(&store);
    let body = push(1, 100);
    let head = format!(
        "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: {}\r\nX-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n",
        guid(1),
        sign(SECRET, &body),
        body.len()
    );
    let mut slow = serving.connect().await;
    slow.write_all(head.as_bytes()).await.expect("sent");
    slow.write_all(&body[..10]).await.expect("sent");
    // One that breaks off has nobody to answer to; others are answered meanwhile.
    let mut broken = serving.connect().await;
    broken.write_all(head.as_bytes()).await.expect("sent");
    drop(broken);
    assert_eq!(serving.post(guid(2), "push", &body).await.status, 202);
    let answer = answer(slow).await.expect("an answer");
    assert_eq!(answer.status, 408, "{answer:?}");
    let text = serving.get("/metrics").await.body;
    assert_eq!(metric(&text, "flowlens_webhook_refused_total{reason=\"too_slow\"}"), 1, "{text}");
    assert_eq!(store.count("webhook_deliveries", "TRUE").await, 1);
}

#[tokio::test]
async fn the_largest_that_github_sends_is_taken_and_a_byte_more_is_not() {
    let [store, _] = Store::both("serve_largest").await;
    let serving = Serving::start(&store);
    let body = push(1, LARGEST - push(1, 0).len());
    assert_eq!(body.len(), LARGEST);
    assert_eq!(serving.post(guid(1), "push", &body).await.status, 202);
    assert_eq!(serving.post(guid(2), "push", &[&body[..], b" "].concat()).await.status, 413);
    drained(&store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'done'").await, 1);
}
