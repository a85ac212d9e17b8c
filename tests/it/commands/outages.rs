//! Ends that are nobody's fault: outages, and readers that have seen enough.

use super::*;

#[tokio::test]
async fn an_outage_has_its_own_code() {
    let db = team("outage").await;
    // Nothing listens on port 1 (tcpmux).
    let nowhere = format!("postgres://ana:{PASSWORD}@127.0.0.1:1/flow");
    for args in ["status", "db check", "db migrate"] {
        on(&nowhere, args).ends(6).says_only("flowlens: connection refused: 127.0.0.1:1: ");
    }
    on(&nowhere, "status --timeout 1s")
        .ends(7)
        .says("trying again")
        .says("the time is up; connection refused");
    on("postgres://ana@flowlens.invalid/flow", "status").ends(6).says_only("flowlens: host name not found: ");

    let wrong = db.url_for("postgres", "wrong-7Kq");
    for args in ["status", "status --watch", "db check"] {
        let answer = on(&wrong, args).ends(4).says_only("flowlens: login refused: ");
        assert!(!answer.to_string().contains("wrong-7Kq"), "{answer}");
    }
    let nobody = db.url().replace(db.name(), "flowlens_no_such_database");
    for args in ["status", "status --timeout 20s", "db check", "db migrate"] {
        on(&nobody, args)
            .ends(1)
            .says_only("flowlens: no such database: ")
            .says("\"flowlens_no_such_database\" does not exist");
    }

    let empty = pg::database("empty").await;
    on(&empty.url(), "status").ends(1).says_only("flowlens db migrate makes what is missing");
    let reader = empty.select_only_login().await;
    empty.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    on(&reader, "db migrate").ends(4).says("privilege missing: ");
}

#[tokio::test]
async fn an_outage_in_the_middle_of_a_watch_is_waited_out() {
    let server = PrivateServer::start(&[]);
    let db = server.database("outage").await;
    db.seed_schema().await;
    let url = db.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
    let mut pty = Pty::spawn(&words("status --watch -i 200ms"), &env, 160, 24);
    pty.wait_for("0 of 0 pull requests", PATIENCE);
    server.stop();
    pty.wait_for("trying again", PATIENCE);
    server.start_again();
    pty.wait_for("the database answers again", PATIENCE);
    pty.signal("INT");
    assert_eq!(pty.exit_code(), Ok(130));
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_failure() {
    let db = team("pipe").await;
    for args in ["status --format csv", "status --json", "db check", "db url"] {
        let mut child = Command::new(cli::PROGRAM)
            .args(words(args))
            .env_clear()
            .env("FLOWLENS_DATABASE_URL", db.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        drop(child.stdout.take()); // before the first line can be written: there is a connection to be made
        let answer = child.wait_with_output().expect("a child");
        assert_eq!(answer.status.code(), Some(0), "{args}: {answer:?}");
        assert!(answer.stderr.is_empty(), "{args}: {answer:?}");
    }
}
