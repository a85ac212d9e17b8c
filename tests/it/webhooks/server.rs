//! `flowlens serve` as a process, and a GitHub that signs what it posts.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};

use flowlens::domain::secret::Secret;
use ring::hmac;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use uuid::Uuid;

use crate::{
    github::fake::deliver::Delivery,
    support::{
        PATIENCE, awaited,
        cli::{PROGRAM, environment},
        eventually,
        rows::Store,
    },
};

/// What GitHub and the receiver know.
pub(crate) const SECRET: &str = "it is the hook's alone";

/// A receiver; it ends with its value.
pub(crate) struct Receiver {
    child: Child,
    port: u16,
    _home: TempDir,
}

impl Receiver {
    /// On this database.
    pub(crate) fn start(store: &Store) -> Self {
        Self::with(store, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn with(store: &Store, env: &[(&str, &str)]) -> Self {
        let home = TempDir::new().expect("a folder");
        let told = home.path().join("stderr");
        let child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .envs(environment(home.path()))
            .envs([("FLOWLENS_DATABASE_URL", store.url().as_str()), ("FLOWLENS_WEBHOOK_SECRET", SECRET)])
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&told).expect("a file"))
            .spawn()
            .expect("the program");
        let port = eventually(PATIENCE, || {
            let told = std::fs::read_to_string(&told).ok()?;
            let (_, rest) = told.split_once("listening on http://127.0.0.1:")?;
            rest.split_once('/')?.0.parse().ok()
        });
        Self { child, port: port.expect("it listens"), _home: home }
    }

    /// Posts a delivery; the status.
    pub(crate) async fn post(&self, guid: Uuid, delivery: &Delivery) -> u16 {
        self.send(guid, delivery.event, &delivery.body()).await
    }

    pub(crate) async fn send(&self, guid: Uuid, event: &str, body: &[u8]) -> u16 {
        let signature = sign(SECRET, body);
        self.raw("POST /webhook", guid, event, &format!("X-Hub-Signature-256: {signature}\r\n"), body).await
    }

    /// The same with these headers in the place of the signature.
    pub(crate) async fn raw(&self, line: &str, guid: Uuid, event: &str, headers: &str, body: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected");
        let head = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nX-GitHub-Event: {event}\r\nX-GitHub-Delivery: {guid}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        // Whoever refuses it may not read all of it.
        drop(stream.write_all(body).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        let answer = String::from_utf8_lossy(&answer);
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// As GitHub signs.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, Secret::new(secret).expose().as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// Waits until all that was received is settled; how many were.
pub(crate) async fn settled(store: &Store) -> i64 {
    let is_settled = async || {
        (store.count("webhook_deliveries", "state = 'pending'").await == 0).then_some(())
    };
    assert!(awaited(PATIENCE, is_settled).await.is_some(), "the inbox is not drained");
    assert_eq!(store.count("webhook_deliveries", "state = 'dead'").await, 0);
    store.count("webhook_deliveries", "TRUE").await
}

/// Posts all of them, so many at the same time, to each of the receivers in turn; each is taken.
pub(crate) async fn flood(receivers: &Arc<[Receiver]>, lanes: usize, deliveries: Vec<(Uuid, Delivery)>) {
    let mut posting = JoinSet::new();
    let deliveries = Arc::new(deliveries);
    for lane in 0..lanes {
        let (receivers, deliveries) = (Arc::clone(receivers), Arc::clone(&deliveries));
        posting.spawn(async move {
            for (guid, delivery) in deliveries.iter().skip(lane).step_by(lanes) {
                let status = receivers[lane % receivers.len()].post(*guid, delivery).await;
                assert!(matches!(status, 200 | 202), "{status} to {delivery:?}");
            }
        });
    }
    posting.join_all().await;
}
