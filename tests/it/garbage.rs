//! A server that sends garbage: whoever watches it lives on, and makes a new connection.

use crate::{
    feed::{Live, connector, options, seeded},
    support::{
        PATIENCE, eventually,
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
        live.until(&format!("{title}: {bytes:?}"), |live| {
            proxy.has_garbled() && live.title(2) == Some(&title)
        })
        .await;
        assert_eq!(live.board.len(), 3);
    }
    assert!(proxy.accepted() > GARBAGE.len() / 2, "{} connections", proxy.accepted());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_long_lived_command_outlives_garbage() {
    let db = pg::database("garbage_commands").await;
    let direct = db.url();
    let answer = crate::support::cli::run(&["db", "migrate"], &[("FLOWLENS_DATABASE_URL", &direct)]);
    assert!(answer.status.success(), "{answer}");
    db.execute(
        "INSERT INTO repositories (id, github_id, name, full_name, owner)
             VALUES ('00000000-0000-0000-0000-000000000001', 1, 'api', 'acme/api', 'acme')",
    )
    .await;
    let proxy = Proxy::before(&direct);
    let url = through(&proxy, &db);
    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_INTERVAL", "200ms")];
    let add = async |number: usize| {
        let files = r#"[{"filename": "src/a.rs", "additions": 1, "deletions": 0, "status": "modified"}]"#;
        db.execute(&format!(
            "INSERT INTO pull_requests (repo_id, pr_number, title, commit_sha, state, files_changed)
             VALUES ('00000000-0000-0000-0000-000000000001', {number}, 'Title {number}', 'abc{number}', 'open', '{files}')"
        ))
        .await;
        db.execute(&format!(
            "INSERT INTO insight_requests (repo_id, pr_number, commit_sha)
             VALUES ('00000000-0000-0000-0000-000000000001', {number}, 'abc{number}')"
        ))
        .await;
    };
    let mut number = 1;
    for args in [&[][..], &["status", "--watch"], &["worker"]] {
        let mut pty = Pty::spawn(args, &env, 140, 30);
        let shows = |number: usize| {
            if args == ["worker"] { format!("#{number}: low") } else { format!("Title {number}") }
        };
        add(number).await;
        pty.wait_for(&shows(number), PATIENCE);
        for (bytes, times) in GARBAGE.iter().take(FEW) {
            number += 1;
            proxy.garble(bytes, *times);
            assert_eq!(eventually(PATIENCE, || proxy.has_garbled().then_some(())), Some(()));
            db.execute("DELETE FROM pull_requests; DELETE FROM insight_requests").await;
            add(number).await;
            pty.wait_for(&shows(number), PATIENCE);
            assert!(!pty.has_ended(), "{args:?} {bytes:?}: {}", pty.screen());
            let screen = pty.screen();
            assert!(
                !screen.contains("panicked") && !screen.contains("BACKTRACE"),
                "{args:?} {bytes:?}: {screen}"
            );
        }
        number += 1;
    }
}
