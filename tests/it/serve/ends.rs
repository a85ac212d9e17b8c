//! How it begins, and how it ends.

use std::os::unix::fs::PermissionsExt as _;

use super::{
    guid,
    program::{SECRET, Serving, answer, sign},
    push,
};
use crate::support::{
    PATIENCE,
    cli::{run, run_in},
    eventually, pg,
    rows::Store,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

#[tokio::test]
async fn without_a_secret_it_begins_on_a_loopback_address_only_and_only_if_it_is_told_to() {
    let [_, store] = Store::both("serve_insecure").await;
    let url = store.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
    let told = run(&["serve", "--listen", "127.0.0.1:0"], &env);
    assert_eq!(told.status.code(), Some(2));
    assert!(told.stderr.contains("there is no secret: set FLOWLENS_WEBHOOK_SECRET"), "{}", told.stderr);
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let told = run(&["serve", "--insecure-no-secret", "--listen", listen], &env);
        assert_eq!(told.status.code(), Some(2), "{listen}");
        assert!(told.stderr.contains("is not a loopback address"), "{}", told.stderr);
    }
    for (listen, says) in [
        ("localhost:0", "there is no secret"),
        ("8787", "expected an address and a port, such as 127.0.0.1:8787"),
    ] {
        let told = run(&["serve", "--listen", listen], &env);
        assert_eq!(told.status.code(), Some(2), "{listen}");
        assert!(told.stderr.contains(says), "{}", told.stderr);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").and_then(|one| Ok((one.local_addr()?, one)));
    let (address, _listener) = taken.expect("an address");
    let told = run(&["serve", "--insecure-no-secret", "--listen", &address.to_string()], &env);
    assert_eq!(told.status.code(), Some(2), "{}", told.stderr);
    assert!(told.stderr.contains("another flowlens serve, listens there already"), "{}", told.stderr);
    let serving = Serving::with(&store, &["--insecure-no-secret"], &[("FLOWLENS_WEBHOOK_SECRET", "")]);
    assert!(serving.log().contains("warning: --insecure-no-secret"), "{}", serving.log());
    let id = guid(1).to_string();
    let headers =
        [("Content-Type", "application/json"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", &id)];
    let answer = serving.send("POST /webhook", &headers, &push(1, 1)).await.expect("an answer");
    assert_eq!(answer.status, 202);
}

#[tokio::test]
async fn an_open_file_and_a_database_that_will_not_do_are_told_at_once() {
    let home = tempfile::tempdir().expect("a folder");
    let secret = home.path().join("secret");
    std::fs::write(&secret, "open-to-all-3Rf").expect("a file");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    std::fs::write(home.path().join("c.toml"), "[serve]\nsecret_file = \"~/secret\"\n").expect("a file");
    let database = pg::database("serve_seed").await;
    database.seed_schema().await;
    let url = database.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
    let told = run_in(home.path(), &["serve", "-c", "c.toml", "--listen", "127.0.0.1:0"], &env);
    assert_eq!(told.status.code(), Some(2));
    assert!(told.stderr.contains("others can read it: chmod 600"), "{}", told.stderr);
    assert!(!told.stderr.contains("open-to-all-3Rf"), "{}", told.stderr);

    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_WEBHOOK_SECRET", SECRET)];
    let told = run(&["serve", "--listen", "127.0.0.1:0"], &env);
    assert_eq!(told.status.code(), Some(1), "{}", told.stderr);
    assert!(told.stderr.contains("webhook_deliveries: flowlens db migrate makes it"), "{}", told.stderr);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let [_, store] = Store::both("serve_port").await;
    let url = store.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_WEBHOOK_SECRET", SECRET)];
    let told = run(&["serve", "--listen", &address], &env);
    assert_eq!(told.status.code(), Some(2));
    assert!(told.stderr.contains(&format!("--listen {address}: ")), "{}", told.stderr);
}

/// A delivery of which the last byte is still to come.
async fn nearly_posted(serving: &Serving, n: usize) -> (TcpStream, u8) {
    let body = push(n, 1_000);
    let mut stream = serving.connect().await;
    let head = format!(
        "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: {}\r\nX-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n",
        guid(n),
        sign(SECRET, &body),
        body.len()
    );
    let (last, first) = body.split_last().expect("bytes");
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(first).await.expect("sent");
    (stream, *last)
}

#[tokio::test]
async fn what_has_come_is_answered_and_processed_before_it_ends() {
    for store in Store::both("serve_stop").await {
        let mut serving = Serving::start(&store);
        for n in 2..39 {
            assert_eq!(serving.post(guid(n), "push", &push(n, 1_000)).await.status, 202);
        }
        // A body is not waited for long.
        let (mut half, last) = nearly_posted(&serving, 1).await;
        let mut idle = serving.connect().await;
        let mut asking = serving.connect().await;
        asking.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n").await.expect("sent");
        // Who came before this one has been let in, too.
        assert_eq!(serving.post(guid(39), "push", &push(39, 1_000)).await.status, 202);
        serving.terminate();
        let stopping = eventually(PATIENCE, || serving.log().contains("stopping").then_some(()));
        assert!(stopping.is_some(), "{}", serving.log());
        asking.write_all(b"\r\n").await.expect("sent");
        let told = answer(asking).await.expect("an answer");
        assert_eq!((told.status, told.body.as_str()), (503, "stopping\n"), "nothing new is to be sent here");
        half.write_all(&[last]).await.expect("sent");
        assert_eq!(answer(half).await.expect("an answer").status, 202);
        assert!(serving.ended().success(), "{}", serving.log());
        assert_eq!(store.count("webhook_deliveries", "state = 'done'").await, 39, "{}", serving.log());
        drop(idle.shutdown().await);
    }
}
