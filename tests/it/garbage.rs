//! A server that sends garbage: whoever watches it lives on, and makes a new connection.

use flowlens::store::board::feed::FeedCommand;

use crate::{
    feed::{Live, connector, options, seeded},
    support::{
        PATIENCE, cli, eventually,
        pg::{self, Database},
        proxy::Proxy,
        term::Pty,
    },
};

/// Frames that no server sends, and how often: lengths that cannot be, rows that end in their midst, descriptions of
/// more columns than there are, errors without a word, types that nobody knows.
const GARBAGE: &[(&[u8], usize)] = &[
    (b"D\0\0\0\0", 1),
    (b"D\0\0\0\x01", 1),
    (b"T\0\0\0\x02", 1),
    (b"C\0\0\0\x03", 1),
    (b"Z\0\0\0\x04", 1),
    (b"D\0\0\0\x06\0\x05", 1),
    (b"D\0\0\0\x0a\0\x01\0\0\x03\xe8", 1),
    (b"D\0\0\0\x04", 1),
    (b"T\0\0\0\x06\0\x03", 1),
    (b"T\0\0\0\x06\xff\xff", 1),
    (b"T\0\0\0\x08\0\x01xx", 1),
    (b"t\0\0\0\x06\xff\xff", 1),
    (b"E\0\0\0\x05\0", 1),
    (b"E\0\0\0\x06S\0", 1),
    (b"N\0\0\0\x06S\xff", 1),
    (b"S\0\0\0\x05x", 1),
    (b"R\0\0\0\x05x", 1),
    (b"A\0\0\0\x06xx", 1),
    (b"\xff\xff\xff\xff\xff", 1),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", 1),
    (b"Z\0\0\0\x05I", 50),
    (b"C\0\0\0\x05\0", 50),
];

/// Of these, so many for each command: each costs the program a pause.
const FEW: usize = 3;

fn through(proxy: &Proxy, db: &Database) -> String {
    format!("{}?sslmode=disable", proxy.url(&db.url()))
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_from_the_server_costs_a_connection_and_no_more() {
    let db = seeded("garbage_feed", 1..=3).await;
    let proxy = Proxy::before(&db.url());
    let mut live = Live::with(connector(&[&through(&proxy, &db)]), options());
    live.polls(1).await;
    for (n, (bytes, times)) in GARBAGE.iter().enumerate() {
        proxy.garble(bytes, *times);
        let title = format!("After {n}");
        db.execute(&format!("UPDATE pull_requests SET title = '{title}', updated_at = now()")).await;
        live.until("garbage", |_| proxy.has_garbled()).await;
        // The pause is not what is tested.
        live.command(FeedCommand::Refresh).await;
        live.until(&format!("{title}: {bytes:?}"), |live| live.title(2) == Some(&title)).await;
        assert_eq!(live.board.len(), 3);
    }
    assert!(proxy.accepted() > GARBAGE.len() / 2, "{} connections", proxy.accepted());
}

/// A database with our schema, one repository, and the same through a proxy.
async fn behind_a_proxy(name: &str) -> (Database, Proxy, String) {
    let db = pg::database(name).await;
    let answer = cli::run(&["db", "migrate"], &[("FLOWLENS_DATABASE_URL", &db.url())]);
    assert!(answer.status.success(), "{answer}");
    db.execute(
        "INSERT INTO repositories (id, github_id, name, full_name, owner)
             VALUES ('00000000-0000-0000-0000-000000000001', 1, 'api', 'acme/api', 'acme')",
    )
    .await;
    let proxy = Proxy::before(&db.url());
    let url = through(&proxy, &db);
    (db, proxy, url)
}

/// A pull request, and a request for its insight.
async fn add(db: &Database, number: usize) {
    let files = r#"[{"filename": "src/a.rs", "additions": 1, "deletions": 0, "status": "modified"}]"#;
    db.execute(&format!(
        "INSERT INTO pull_requests (repo_id, pr_number, title, commit_sha, state, files_changed)
             VALUES ('00000000-0000-0000-0000-000000000001', {number}, 'Title {number}', 'abc{number}', 'open', '{files}');
         INSERT INTO insight_requests (repo_id, pr_number, commit_sha)
             VALUES ('00000000-0000-0000-0000-000000000001', {number}, 'abc{number}')"
    ))
    .await;
}

/// A command that runs on shows what is added, also after garbage.
async fn outlives_garbage(name: &str, args: &[&str], applies: &str, shows: impl Fn(usize) -> String) {
    let (db, proxy, url) = behind_a_proxy(name).await;
    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_INTERVAL", "200ms")];
    let mut pty = Pty::spawn(args, &env, 140, 30);
    add(&db, 1).await;
    pty.wait_for(&shows(1), PATIENCE);
    for (number, (bytes, times)) in (2..).zip(GARBAGE.iter().take(FEW)) {
        proxy.garble(bytes, *times);
        assert_eq!(eventually(PATIENCE, || proxy.has_garbled().then_some(())), Some(()));
        db.execute("DELETE FROM pull_requests; DELETE FROM insight_requests").await;
        add(&db, number).await;
        let title = shows(number);
        // A board announces what is new, until a key or a minute later.
        pty.wait_until(&title, PATIENCE, |screen| screen.contains(&title) || screen.contains("r applies"));
        pty.keys(applies);
        pty.wait_for(&title, PATIENCE);
        let screen = pty.screen();
        assert!(!pty.has_ended(), "{bytes:?}: {screen}");
        assert!(!screen.contains("panicked") && !screen.contains("BACKTRACE"), "{bytes:?}: {screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_outlives_garbage() {
    outlives_garbage("garbage_dashboard", &[], "r", |number| format!("Title {number}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_outlives_garbage() {
    outlives_garbage("garbage_watch", &["status", "--watch"], "", |number| format!("Title {number}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_garbage() {
    outlives_garbage("garbage_worker", &["worker"], "", |number| format!("#{number}: low")).await;
}

/// A command that runs once says that the answer makes no sense, or asks again: it does not panic.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_runs_once_fails_by_garbage_in_its_own_words() {
    let (db, proxy, url) = behind_a_proxy("garbage_once").await;
    add(&db, 1).await;
    for args in [
        &["status"][..],
        &["db", "check"],
        &["db", "plans"],
        &["insight", "acme/api#1"],
        &["worker", "--once"],
    ] {
        for (bytes, times) in GARBAGE {
            proxy.garble(bytes, *times);
            let answer = cli::run(args, &[("FLOWLENS_DATABASE_URL", &url)]);
            assert!(proxy.has_garbled(), "{args:?}");
            assert!(answer.status.code().is_some_and(|code| code < 100), "{args:?} {bytes:?}: {answer}");
            assert!(!answer.stderr.contains("panicked at"), "{args:?} {bytes:?}: {answer}");
            assert!(
                answer.status.success() || answer.stderr.starts_with("flowlens: "),
                "{args:?} {bytes:?}: {answer}"
            );
        }
    }
}

/// The driver makes room for what a server announces: the memory is watched meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_dropped() {
    let (_db, proxy, url) = behind_a_proxy("garbage_flood").await;
    // A row of 2 GiB, of which all but the end comes: it is looked at, however fast or slowly the machine sends.
    let mut part = vec![0; 16 << 20];
    part[..5].copy_from_slice(b"D\x7f\xff\xff\xff");
    proxy.flood(&part, 127);
    let answer = cli::run(&["status"], &[("FLOWLENS_DATABASE_URL", &url)]);
    assert!(!answer.status.success(), "{answer}");
    assert!(answer.stderr.contains("takes more than 512 MiB"), "{answer}");
}
