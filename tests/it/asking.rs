//! Asking for new insights, the real dashboard in a pseudo-terminal: by the queue, by inserting, and only to look at.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection, query_scalar};

use crate::insight::{file, lines};
use crate::support::cli::{self, PROGRAM};
use crate::support::http::{Reply, Server};
use crate::support::pg::{Database, PrivateServer};
use crate::support::rows::Store;
use crate::support::term::Pty;
use crate::support::{PATIENCE, eventually};
use crate::worker::{on, team};

/// The tables of the database guide with one pull request, whose insight is of another commit than its head.
async fn stale(server: &PrivateServer, name: &str) -> Database {
    let db = server.database(name).await;
    db.seed_schema().await;
    let files = json!([file("src/auth/session.rs", "modified", &lines(30))]);
    db.execute(&format!(
        "INSERT INTO repositories (id, github_id, name, full_name, owner)
             VALUES ('00000000-0000-4000-8000-000000000001', 1, 'api', 'acme/api', 'acme');
         INSERT INTO pull_requests (repo_id, pr_number, title, author, commit_sha, state, files_changed, processed)
             VALUES ('00000000-0000-4000-8000-000000000001', 421, 'Fix the refresh', 'ana', 'bbb2222', 'open', '{files}', true);
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, summary, processed)
             VALUES ('00000000-0000-4000-8000-000000000001', 421, 'aaa1111', 'low', 'The old one', true)"
    ))
    .await;
    db
}

fn open(url: &str) -> Pty {
    let env = [("FLOWLENS_DATABASE_URL", url), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 160, 48);
    pty.wait_for("The old one", PATIENCE);
    pty.wait_for("stale: head is now bbb2222", PATIENCE);
    pty
}

/// The statements that this login ran and that change something.
fn changes(server: &PrivateServer, login: &str) -> Vec<String> {
    let words = ["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "GRANT"];
    let log = server.log();
    // A line begins with the names of the database and the login.
    let own = log.lines().filter(|line| line.contains(&format!(" {login}: ")));
    own.filter(|line| words.iter().any(|word| line.contains(word))).map(str::to_owned).collect()
}

fn login(url: &str) -> String {
    url::Url::parse(url).expect("a URL").username().to_owned()
}

#[tokio::test]
async fn a_login_that_may_insert_insights_gets_its_own() {
    let server = PrivateServer::start(&["log_statement = mod"]);
    let db = stale(&server, "asking_insert").await;
    let url = db.select_only_login().await;
    db.execute(&format!("GRANT INSERT ON insights TO \"{}\"", login(&url))).await;
    let mut pty = open(&url);
    pty.keys("i");
    pty.wait_until("the new insight", PATIENCE, |screen| {
        screen.contains("Medium-sized fix: +30 −0 source lines") && !screen.contains("stale:")
    });
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let new = "commit_sha = 'bbb2222' AND risk_level = 'medium' AND NOT processed AND summary LIKE 'Medium-sized fix%'";
    let store = Store::Postgres(db);
    assert_eq!(store.count("insights", new).await, 1);
    assert_eq!(
        store.count("insights", "summary = 'The old one' AND processed AND commit_sha = 'aaa1111'").await,
        1
    );
    assert_eq!(store.count("pull_requests", "processed").await, 1, "it is left alone");
    let changes = changes(&server, &login(&url));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert!(changes[0].contains("INSERT INTO insights"), "{changes:#?}");
}

/// A dashboard that logs into this file.
fn logging(url: &str, log: &Path, args: &[&str]) -> Pty {
    let log = log.display().to_string();
    let env = [
        ("FLOWLENS_DATABASE_URL", url),
        ("FLOWLENS_LOG_FILE", &log),
        ("SSH_TTY", "/dev/pts/0"),
        ("PATH", "/nowhere"),
    ];
    let mut pty = Pty::spawn(&[args, &["-i", "200ms"]].concat(), &env, 160, 48);
    pty.wait_for("stale: head is now", PATIENCE);
    pty
}

const NEW: &str = "Medium-sized fix: +30 −0 source lines";

#[tokio::test]
async fn a_login_that_may_ask_and_no_more_leaves_the_work_to_others() {
    let [store, _] = Store::both("asking_queue").await;
    team(&store, 1).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = db.select_only_login().await;
    db.execute(&format!("GRANT INSERT ON insight_requests TO \"{}\"", login(&url))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let mut pty = logging(&url, &log, &[]);
    pty.keys("i");
    let logged = || std::fs::read_to_string(&log).unwrap_or_default();
    let told = eventually(PATIENCE, || logged().contains("may not do a worker's part").then_some(()));
    assert!(told.is_some(), "{}", logged());
    assert!(on(&store, &["worker", "--once"]).stdout.contains("acme/api#1: medium"));
    pty.wait_for(NEW, PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(!logged().contains("the worker waits"), "{}", logged());
}

#[tokio::test]
async fn the_screen_tells_why_its_own_worker_waits() {
    let [store, _] = Store::both("asking_outage").await;
    team(&store, 1).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = db.select_only_login().await;
    let role = login(&url);
    db.execute(&format!(
        "GRANT INSERT, UPDATE ON insight_requests TO \"{role}\"; GRANT INSERT ON insights TO \"{role}\""
    ))
    .await;
    // Between claim and save the login loses its right.
    let (closed, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let service = Server::start(move |_, _| {
        // It opens when the other end is dropped, and stays open.
        gate.lock().expect("the gate").recv().ok();
        Reply::status(400)
    });
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("llm.toml");
    let text = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"test\"\n", service.url());
    std::fs::write(&config, text).expect("a file");
    let config = config.display().to_string();
    let mut pty = logging(&url, &folder.path().join("log"), &["--config", &config]);
    pty.keys("i");
    store.until("insight_requests", "state = 'running'").await;
    db.execute(&format!("REVOKE INSERT ON insights FROM \"{role}\"")).await;
    drop(closed);
    pty.wait_for("No insights are made here: privilege missing: ", PATIENCE);
    db.execute(&format!("GRANT INSERT ON insights TO \"{role}\"")).await;
    // Its pause is half a minute.
    db.execute("UPDATE insight_requests SET next_attempt_at = NULL WHERE state = 'queued'").await;
    pty.wait_until("the new insight", PATIENCE, |screen| {
        screen.contains(NEW) && !screen.contains("No insights are made")
    });
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn a_login_that_may_only_read_gets_one_to_look_at() {
    let server = PrivateServer::start(&["log_statement = mod"]);
    let db = stale(&server, "asking_read").await;
    let url = db.select_only_login().await;
    let mut pty = open(&url);
    pty.keys("i");
    pty.wait_for("local, not saved: the login may only read", PATIENCE);
    pty.wait_for("Medium-sized fix: +30 −0 source lines", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert_eq!(Store::Postgres(db).count("insights", "true").await, 1);
    assert_eq!(changes(&server, &login(&url)), Vec::<String>::new());
}

#[tokio::test]
async fn on_the_embedded_database_a_key_makes_what_it_asks_for_and_no_more() {
    let [_, store] = Store::both("asking_embedded").await;
    team(&store, 3).await;
    let url = store.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 160, 48);
    pty.wait_for("stale: head is now", PATIENCE);
    pty.keys("i");
    pty.wait_until("the new insight", PATIENCE, |screen| {
        screen.contains("Medium-sized fix: +30 −0 source lines") && !screen.contains("stale: head")
    });
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 1);
    assert_eq!(store.count("insight_requests", "true").await, 1);
}

/// Whoever leaves while an insight is made leaves the work to the next one.
#[tokio::test]
async fn what_it_has_claimed_when_it_is_left_is_given_back() {
    let [_, store] = Store::both("asking_left").await;
    team(&store, 1).await;
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("llm.toml");
    let text = format!("[insights.llm]\nurl = \"http://127.0.0.1:{port}/v1\"\nmodel = \"silent\"\n");
    std::fs::write(&config, text).expect("a file");
    let config = config.display().to_string();
    let mut pty = logging(&store.url(), &folder.path().join("log"), &["--config", &config]);
    pty.keys("i");
    store.until("insight_requests", "state = 'running'").await;
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert_eq!(store.count("insight_requests", "state = 'queued' AND attempts = 0").await, 1);
}

/// The demo's database below this folder for temporary files.
fn demo_file(temporary: &Path) -> std::path::PathBuf {
    let folder =
        std::fs::read_dir(temporary).expect("a folder").next().expect("the demo's").expect("a folder");
    folder.path().join("demo.db")
}

#[tokio::test]
async fn in_the_demo_a_request_is_seen_at_each_of_its_steps() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().display().to_string();
    let env = [("TMPDIR", folder.as_str()), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
    // One event in a hundred seconds or so: the team is not to answer before us.
    let args = ["-i", "200ms", "demo", "--speed", "0.02", "--filter", "is:stale"];
    let mut pty = Pty::spawn(&args, &env, 160, 48);
    pty.wait_for("stale: head is now ", PATIENCE);
    let screen = pty.screen();
    let after = |words: &str| {
        screen.split(words).nth(1).and_then(|rest| rest.split_whitespace().next()).map(str::to_owned)
    };
    let head = after("stale: head is now ").expect("a commit");
    let number: i32 =
        after("Pipeline ").and_then(|name| name.split('#').nth(1)?.parse().ok()).expect("a number");

    let mut conn = SqliteConnection::connect(&format!("sqlite:{}", demo_file(temporary.path()).display()))
        .await
        .expect("the demo's database");
    let mut insights = async |condition: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM insights WHERE pr_number = {number} AND {condition}");
        query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut conn).await.expect("a count")
    };
    let before = insights("true").await;
    assert!(before > 0 && insights(&format!("commit_sha LIKE '{head}%'")).await == 0);
    pty.keys("i");
    pty.wait_until("the new insight", PATIENCE, |screen| !screen.contains(&format!("head is now {head}")));
    assert_eq!(insights("true").await, before + 1, "the old ones are kept");
    assert_eq!(insights(&format!("commit_sha LIKE '{head}%' AND NOT processed")).await, 1);
    conn.close().await.expect("closed");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn what_a_killed_worker_claimed_another_one_finishes() {
    // A service that takes requests and never answers holds the worker between claim and save.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    for store in Store::both("worker_killed").await {
        team(&store, 1).await;
        let home = tempfile::tempdir().expect("a folder");
        let config = home.path().join("llm.toml");
        let text = format!("[insights.llm]\nurl = \"http://127.0.0.1:{port}/v1\"\nmodel = \"silent\"\n");
        std::fs::write(&config, text).expect("a file");
        let mut worker = Command::new(PROGRAM)
            .args(["--config", &config.display().to_string(), "worker", "--lease", "2s"])
            .env_clear()
            .envs(cli::environment(home.path()))
            .env("FLOWLENS_DATABASE_URL", store.url())
            .spawn()
            .expect("a worker");
        store.until("insight_requests", "state = 'running'").await;
        worker.kill().expect("killed");
        worker.wait().expect("ended");
        assert_eq!(store.count("insights", "true").await, 1, "nothing was stored");

        // Until the lease is over there is nothing to do; then it is taken over.
        let finished = eventually(PATIENCE, || {
            let answer = on(&store, &["worker", "--once"]);
            assert!(answer.status.success(), "{answer}");
            (answer.stdout == "acme/api#1: medium\n").then_some(())
        });
        assert_eq!(finished, Some(()));
        assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 1);
        assert_eq!(store.count("insight_requests", "state = 'done' AND attempts = 2").await, 1);
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
    }
}
