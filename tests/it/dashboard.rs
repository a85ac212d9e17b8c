//! The real dashboard in a pseudo-terminal, on a real server.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::pg::{self, Database, PrivateServer};
use crate::support::proxy::Proxy;
use crate::support::term::{self, Pty};
use crate::support::{PATIENCE, cli, eventually};

/// Two repositories and five pull requests in the tables of the database guide.
async fn fill(db: &Database) {
    db.seed_schema().await;
    db.execute(
        "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES
            ('00000000-0000-4000-8000-000000000001', 1, 'api', 'acme/api', 'acme'),
            ('00000000-0000-4000-8000-000000000002', 2, 'web', 'acme/web', 'acme');
         INSERT INTO pull_requests (repo_id, pr_number, title, author, commit_sha, branch_name, state, created_at)
         SELECT ('00000000-0000-4000-8000-00000000000' || repo)::uuid, number, title, author, 'abc' || number, 'b', 'open',
                now() - age
         FROM (VALUES
            (1, 421, 'Add OAuth refresh', 'ana', interval '9 days 1 hour'),
            (1, 420, 'Bump tokio', 'bot', interval '8 days 1 hour'),
            (1, 419, 'Third of them', 'bo', interval '7 days 1 hour'),
            (2, 7, 'New landing page', 'bo', interval '6 days 1 hour'),
            (2, 5, 'Old landing page', 'bo', interval '5 days 1 hour')
         ) AS pulls (repo, number, title, author, age);
         INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build)
         SELECT repo_id, pr_number, commit_sha, CASE pr_number WHEN 421 THEN 'failed' ELSE 'passed' END
         FROM pull_requests;
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, summary, recommendation)
         SELECT repo_id, pr_number, commit_sha, 'high', 'Rotates refresh tokens', 'Review src/auth'
         FROM pull_requests WHERE pr_number = 421;",
    )
    .await;
}

pub(crate) async fn team(name: &str) -> Database {
    let db = pg::database(name).await;
    fill(&db).await;
    db
}

/// The dashboard on this database, polling as often as it may; without a browser or `gh`.
pub(crate) fn open(url: &str) -> Pty {
    let mut pty = Pty::spawn(&["-i", "200ms"], &environment(url), 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.wait_for(" live", PATIENCE);
    pty
}

pub(crate) fn environment(url: &str) -> [(&str, &str); 2] {
    [("FLOWLENS_DATABASE_URL", url), ("SSH_TTY", "/dev/pts/0")]
}

/// The program's files below a folder, with their permissions.
fn files(folder: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push((name, entry.metadata().expect("a file").permissions().mode() & 0o777));
        }
    }
    found
}

#[tokio::test]
async fn it_opens_moves_and_leaves_the_terminal_as_it_was() {
    let db = team("leave").await;
    for way in ["q", "\u{3}", "TERM", "HUP", "INT"] {
        let mut pty = open(&db.url());
        pty.keys("j");
        pty.wait_for("Pipeline acme/api#420", PATIENCE);
        match way {
            "q" | "\u{3}" => pty.keys(way),
            signal => pty.signal(signal),
        }
        assert_eq!(pty.exit_code(), Ok(0), "{way:?}");
        assert!(pty.is_restored(), "{way:?}");
        let files = files(pty.home());
        let state = files.iter().find(|(name, _)| name.starts_with("state-"));
        assert!(state.is_some_and(|(_, mode)| *mode == 0o600), "{way:?}: {files:?}");
        assert!(files.iter().any(|(name, _)| name.contains("log")), "{files:?}");
        assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
    }
}

#[tokio::test]
async fn it_remembers_where_the_reader_was() {
    let db = team("remember").await;
    let home = tempfile::tempdir().expect("a folder");
    let state = home.path().display().to_string();
    let (url, columns) = (db.url(), 140);
    let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("XDG_STATE_HOME", state.as_str())];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, columns, 40);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("s");
    pty.wait_for("sort: waiting", PATIENCE);
    pty.keys(":old landing\r");
    pty.wait_for("Pipeline acme/web#5", PATIENCE);
    // Whoever does something on a row has not only passed it.
    pty.keys(" ");
    pty.wait_for("1 marked", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, columns, 40);
    pty.wait_for("Pipeline acme/web#5", PATIENCE);
    pty.wait_for("sort: waiting", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let files = files(home.path());
    assert!(files.iter().any(|(name, _)| name.starts_with("state-")), "{files:?}");
    assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
}

#[tokio::test]
async fn it_ends_with_its_terminal() {
    let db = team("hangup").await;
    // A terminal within the terminal, so that it can be killed: `script` holds its other end.
    let inner = format!("echo $$ >pid; exec '{}' -i 200ms", cli::PROGRAM);
    let url = db.url();
    let mut pty = Pty::spawn_program("script", &["-qc", &inner, "/dev/null"], &environment(&url), 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    let pid = std::fs::read_to_string(pty.home().join("pid")).expect("a file");
    let pid: u32 = pid.trim().parse().expect("a process id");
    pty.keys("j");
    pty.wait_for("Pipeline acme/api#420", PATIENCE);
    pty.signal("KILL");
    let gone = eventually(PATIENCE, || term::state_of(pid).is_none_or(|state| state == 'Z').then_some(()));
    assert!(gone.is_some(), "process {pid} lives on without a terminal");
    assert!(files(pty.home()).iter().any(|(name, _)| name.starts_with("state-")), "it saved its state");
}

#[tokio::test]
async fn a_storm_of_resizes_ends_in_the_right_picture() {
    let db = team("resize").await;
    let mut pty = open(&db.url());
    for n in 0..60_u16 {
        pty.resize(1 + (n * 37) % 170, 1 + (n * 23) % 60);
    }
    pty.resize(100, 30);
    pty.wait_until("the medium arrangement", PATIENCE, |screen| {
        let lines: Vec<&str> = screen.lines().collect();
        lines.len() == 30
            && lines[0].contains("FlowLens")
            && lines[29].contains("? help")
            && screen.contains("Tab switches")
            && screen.contains("New landing page")
    });
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn an_outage_keeps_the_data_and_passes_without_a_key() {
    let server = PrivateServer::start(&[]);
    let db = server.database("outage").await;
    fill(&db).await;
    let mut pty = open(&db.url());
    server.stop();
    pty.wait_until("the cause and the data's age", PATIENCE, |screen| {
        let first = screen.lines().next().unwrap_or_default();
        (first.contains("refused") || first.contains("lost") || first.contains("stopping"))
            && first.contains(" old")
            && screen.contains("Add OAuth refresh")
    });
    server.start_again();
    pty.wait_until("live", PATIENCE, |screen| {
        screen.lines().next().is_some_and(|first| first.contains(" live"))
            && screen.contains("Add OAuth refresh")
    });
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
    let log = pty.home().join(".local/state/flowlens/log/flowlens.log");
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.contains("poll failed"), "what is shown is logged: {log}");
}

#[tokio::test]
async fn it_waits_for_a_server_that_is_not_there_yet() {
    let server = PrivateServer::start(&[]);
    let db = server.database("later").await;
    fill(&db).await;
    server.stop();
    let url = db.url();
    let mut pty = Pty::spawn(&["-i", "200ms"], &environment(&url), 140, 40);
    pty.wait_for("No data yet: connection refused", PATIENCE);
    server.start_again();
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn copying_sends_the_text_to_the_terminal_and_shows_it() {
    let db = team("copy").await;
    let mut pty = open(&db.url());
    pty.keys("y");
    pty.wait_for("Sent to the clipboard: acme/api#421", PATIENCE);
    // base64 of acme/api#421
    let osc = b"\x1b]52;c;YWNtZS9hcGkjNDIx";
    assert!(pty.raw_output().windows(osc.len()).any(|bytes| bytes == osc));
    // Over SSH the address is shown, and no browser is started.
    pty.keys("o");
    pty.wait_for("https://github.com/acme/api/pull/421", PATIENCE);
    pty.keys("qq");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn it_writes_nothing_while_nothing_changes_and_shows_what_does() {
    let db = team("idle").await;
    let proxy = Proxy::before(&db.url());
    let mut pty = open(&proxy.url(&db.url()));
    let polls = |more: usize| {
        let from = proxy.round_trips();
        let came = eventually(PATIENCE, || (proxy.round_trips() >= from + more).then_some(()));
        assert!(came.is_some(), "it does not poll");
    };
    // Details, the first ages and the turn of a minute may still write: two quiet runs of polls are wanted soon.
    let quiet = eventually(PATIENCE, || {
        let before = pty.raw_output().len();
        polls(6);
        (pty.raw_output().len() == before).then_some(())
    });
    assert!(quiet.is_some(), "it writes though nothing changes");
    db.execute(
        "UPDATE pull_requests SET title = 'Retitled elsewhere', updated_at = now() WHERE pr_number = 7",
    )
    .await;
    pty.wait_for("Retitled elsewhere", PATIENCE);
    db.execute("DELETE FROM insights; DELETE FROM pipeline_runs WHERE pr_number = 5; DELETE FROM pull_requests WHERE pr_number = 5")
        .await;
    pty.keys("R");
    pty.wait_until("the deletion", PATIENCE, |screen| !screen.contains("Old landing page"));
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn two_dashboards_never_write_to_the_database() {
    let db = team("readers").await;
    db.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'written'; END $$;
         CREATE TRIGGER r1 BEFORE INSERT OR UPDATE OR DELETE ON pull_requests FOR EACH STATEMENT EXECUTE FUNCTION refuse();
         CREATE TRIGGER r2 BEFORE INSERT OR UPDATE OR DELETE ON pipeline_runs FOR EACH STATEMENT EXECUTE FUNCTION refuse();
         CREATE TRIGGER r3 BEFORE INSERT OR UPDATE OR DELETE ON insights FOR EACH STATEMENT EXECUTE FUNCTION refuse();",
    )
    .await;
    let mut dashboards = [open(&db.url()), open(&db.select_only_login().await)];
    for pty in &mut dashboards {
        pty.keys("jR");
        pty.wait_for("Checked ", PATIENCE);
        assert!(pty.screen().lines().next().is_some_and(|first| first.contains(" live")), "{}", pty.screen());
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
    }
}

#[test]
fn a_wrong_binding_names_file_and_line() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("bad.toml");
    std::fs::write(&file, "[keys]\nrefresh = \"f5\"\nmark = \"j\"\nrefersh = \"x\"\n").expect("a file");
    let answer = cli::run(
        &["--config", &file.display().to_string(), "--database-url", "postgres://nobody@127.0.0.1:1/x"],
        &[],
    );
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    for says in ["bad.toml:3", "j would do both", "bad.toml:4", "did you mean \"refresh\""] {
        assert!(answer.stderr.contains(says), "no {says:?} in {answer}");
    }
}

#[test]
fn it_wants_a_terminal() {
    let answer = cli::run(&["--database-url", "postgres://nobody@127.0.0.1:1/x"], &[]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("flowlens status"), "{answer}");
}
