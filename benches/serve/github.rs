//! A GitHub that delivers: pull requests that change, and checks of their heads.

use std::net::SocketAddr;

use ring::hmac;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

pub(super) const SECRET: &str = "a bench's own";

const REPOSITORIES: usize = 12;
/// Pull requests of a repository.
const PULLS: usize = 40;
/// 2026-01-01.
const START: i64 = 1_767_225_600;

/// A request, its head and its body.
pub(super) fn delivery(n: usize, size: usize) -> Vec<u8> {
    // From a fifth of the size to nearly twice as much.
    let size = size / 5 + (n * 7_919) % (size * 8 / 5);
    let (event, payload) = payload(n, size);
    let body = payload.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let tag: Vec<String> = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let head = format!(
        "POST /webhook HTTP/1.1\r\nHost: flowlens\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         X-GitHub-Event: {event}\r\nX-GitHub-Delivery: {}\r\nX-Hub-Signature-256: sha256={}\r\n\r\n",
        body.len(),
        Uuid::from_u128(n as u128 + 1),
        tag.concat()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn payload(n: usize, size: usize) -> (&'static str, Value) {
    let (repository, number) = (n % REPOSITORIES, n / REPOSITORIES % PULLS + 1);
    let turn = n / REPOSITORIES / PULLS;
    let time = |seconds: usize| {
        let seconds = START + i64::try_from(seconds).expect("seconds");
        chrono::DateTime::from_timestamp(seconds, 0).expect("a time")
    };
    let head = format!("{:040x}", (repository << 32) + (number << 16) + turn / 4);
    let name = format!("service-{repository}");
    // What GitHub says beside, mostly addresses.
    let mut padding = Vec::new();
    while padding.len() * 100 < size {
        padding.push(format!(
            "https://api.github.com/repos/acme/{name}/{}/{n}/comments{{/number}}",
            padding.len()
        ));
    }
    let mut payload = json!({
        "action": "synchronize", "number": number,
        "repository": {
            "id": repository + 1, "name": name, "full_name": format!("acme/{name}"),
            "owner": {"login": "acme", "avatar_url": "https://github.com/"}, "private": true,
            "created_at": time(0), "updated_at": time(n), "default_branch": "main", "urls": padding,
        },
        "sender": {"login": "ana"},
    });
    if turn.is_multiple_of(2) {
        payload["pull_request"] = json!({
            "number": number, "state": "open", "title": format!("Change {number} of {name}"), "draft": false,
            "merged": false, "user": {"login": "bo"}, "created_at": time(0), "updated_at": time(n),
            "head": {"ref": format!("change-{number}"), "sha": head}, "base": {"ref": "main", "sha": head},
            "labels": [{"name": "bug"}], "additions": n, "deletions": 3, "changed_files": 4, "commits": turn + 1,
        });
        return ("pull_request", payload);
    }
    payload["action"] = json!("completed");
    payload["check_run"] = json!({
        "id": n, "name": format!("test-{}", n % 5), "head_sha": head, "status": "completed", "conclusion": "success",
        "started_at": time(n), "completed_at": time(n + 1), "app": {"slug": "github-actions"},
        "check_suite": {"id": repository * 1_000 + number, "head_sha": head, "created_at": time(n)},
    });
    ("check_run", payload)
}

/// A connection that is kept.
pub(super) struct Sender(TcpStream);

impl Sender {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connected");
        stream.set_nodelay(true).expect("set");
        Self(stream)
    }

    /// Posts a delivery, and waits until it is acknowledged.
    pub(super) async fn post(&mut self, request: &[u8]) {
        self.0.write_all(request).await.expect("sent");
        let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
        // The shortest answer has a head and a few letters.
        loop {
            let count = self.0.read(&mut buffer).await.expect("an answer");
            assert!(count > 0, "the connection ended");
            answer.extend_from_slice(&buffer[..count]);
            if answer.windows(4).any(|end| end == b"\r\n\r\n")
                && answer.ends_with(b"\n")
                && !answer.ends_with(b"\r\n")
            {
                break;
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 202"), "{}", String::from_utf8_lossy(&answer));
    }
}
