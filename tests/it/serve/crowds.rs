//! Many connections that say nothing keep nobody out.

use std::process::Command;

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{drained, guid, metric, program::Serving, push};
use crate::support::{cli::PROGRAM, rows::Store};

/// A receiver with room for so many connections: its system lets it have a hundred files more.
fn small(store: &Store, connections: u32) -> Serving {
    let mut shell = Command::new("sh");
    let line = format!("ulimit -n {} && exec \"$0\" \"$@\"", connections + 100);
    shell.args(["-c", &line, PROGRAM]);
    Serving::of(shell, store, &[], &[])
}

#[tokio::test]
async fn who_is_silent_makes_room_for_who_speaks() {
    let [_, store] = Store::both("serve_crowd").await;
    let serving = small(&store, 20);
    let mut crowd: Vec<TcpStream> = Vec::new();
    for n in 0..200 {
        let mut stream = serving.connect().await;
        // Some have begun to speak, or wait in the middle of a body.
        let begun: &[&[u8]] =
            &[b"", b"POST /webh", b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"];
        stream.write_all(begun[n % 3]).await.ok();
        crowd.push(stream);
        if n % 20 == 0 {
            assert_eq!(serving.post(guid(n), "push", &push(n, 100)).await.status, 202);
        }
    }
    assert_eq!(serving.get("/healthz").await.status, 200);
    let open = metric(&serving.get("/metrics").await.body, "flowlens_webhook_connections");
    assert!((1..=20).contains(&open), "{open}");
    drained(&store).await;
    assert_eq!(store.count("webhook_deliveries", "state = 'done'").await, 10);
}
