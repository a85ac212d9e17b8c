//! The token is in no log, no error, no screen, no list of processes, no child and no database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use super::{TOKEN, Trial, kills::kill, many};
use crate::{
    github::fake::{
        faults::{Fault, What},
        world::Asked,
    },
    support::{
        PATIENCE,
        cli::{PROGRAM, environment},
        eventually, program,
        rows::{Lite, Store},
        term::Pty,
    },
};

pub(crate) fn has_token(bytes: &[u8]) -> bool {
    bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// None of these files holds it.
pub(crate) fn is_nowhere_in(folder: &Path) -> usize {
    let mut all = Vec::new();
    files(folder, &mut all);
    for file in &all {
        assert!(!has_token(&fs::read(file).expect("a file")), "{}", file.display());
    }
    all.len()
}

#[tokio::test]
async fn no_file_and_no_output_holds_it() {
    let trial = Trial::new(many(2));
    let log = trial.home.path().join("log");
    let logged = ["--log-level", "trace", "--log-file", log.to_str().expect("a path")];
    for args in [
        &["sync", "acme/api", "acme/none"][..],
        &["sync", "--json", "acme/api"],
        &["sync", "--dry-run", "acme/api"],
        &["sync", "--org", "acme", "--mine"],
        &["config", "show"],
        &["config", "check"],
        &["db", "check"],
        &["status", "--json"],
        &["sync", "--help"],
    ] {
        let answer = trial.run(&[&logged[..], args].concat());
        assert!(!answer.to_string().contains(TOKEN), "{answer}");
    }
    // A dashboard keeps its place in a file.
    let (home, env) = (trial.home.path().display().to_string(), trial.env());
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.extend([("HOME", home.as_str()), ("FLOWLENS_GITHUB_REPOS", "acme/api")]);
    let mut pty = Pty::spawn(&logged, &env, 140, 40);
    pty.wait_for("Change 2", PATIENCE);
    pty.keys("jq");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(!has_token(&pty.raw_output()));
    assert!(fs::metadata(&log).expect("a log").len() > 1_000);
    assert!(is_nowhere_in(trial.home.path()) >= 3, "the log, the database and the place");
}

#[tokio::test]
async fn no_row_of_a_server_holds_it() {
    let [postgres, _] = Store::both("sync_secret").await;
    let trial = Trial::on(many(2), Duration::ZERO, &postgres);
    trial.sync(&["acme/api"]);
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let tables: Vec<String> =
        postgres.texts(tables, 1).await.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
    assert!(tables.len() > 5, "{tables:?}");
    for table in tables {
        let held = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{TOKEN}%'");
        assert_eq!(postgres.number(&held).await, 0, "{table}");
    }
}

/// Whoever is in between may send back what was sent.
#[tokio::test]
async fn a_server_that_repeats_it_shows_it_nowhere() {
    let json = "Content-Type: application/json\r\n";
    let sso = format!("{json}X-GitHub-SSO: required; url=https://github.com/orgs/acme/sso?t={TOKEN}\r\n");
    let led = format!("Location: https://{TOKEN}.test/\r\n");
    let said = format!(r#"{{"message": "Bearer {TOKEN} is refused", "id": "{TOKEN}"}}"#);
    let wrong = format!(r#"{{"errors": [{{"type": "{TOKEN}", "message": "{TOKEN}"}}]}}"#);
    let shape = format!(r#"{{"data": "{TOKEN}"}}"#);
    let page = format!("<html>Authorization: Bearer {TOKEN}</html>");
    for (status, headers, body) in [
        (400, json, said.as_str()),
        (401, json, &said),
        (403, json, &said),
        (403, &sso, &said),
        (404, json, &said),
        (302, &led, ""),
        (500, json, &said),
        (200, json, &wrong),
        (200, json, &shape),
        (200, json, TOKEN),
        (200, "Content-Type: text/html\r\n", &page),
    ] {
        for of in ["Details", "/files"] {
            let trial = Trial::new(many(1));
            let log = trial.home.path().join("log");
            let on = move |asked: &Asked| asked.what.contains(of);
            // Once: what passes is tried again.
            trial.fake.world().fault(1, on, Fault::answer(status, headers, body));
            let log = log.to_str().expect("a path");
            let answer = trial.run(&["--log-level", "trace", "--log-file", log, "sync", "acme/api"]);
            assert!(trial.fake.world().faults.is_empty(), "{of}: {answer}");
            assert!(!answer.to_string().contains(TOKEN), "{status} {body}: {answer}");
            is_nowhere_in(trial.home.path());
        }
    }
}

/// A program that writes down how it was called, and says something.
/// Where a list goes on stands in the database, which others write, too.
#[tokio::test]
async fn no_row_leads_the_token_elsewhere() {
    let trial = Trial::new(many(1));
    trial.sync(&["--org", "acme"]);
    let elsewhere = Trial::new(many(1));
    let next = format!("{}/api/v3/orgs/acme/repos?page=2", elsewhere.fake.url());
    let mut conn = Lite::at(&trial.database()).await;
    let forged = "UPDATE sync_state SET cursor = json_set(cursor, '$.next', $1) WHERE resource LIKE 'list:%'";
    let done = sqlx::query(forged).bind(next).execute(&mut conn).await.expect("an update");
    assert_eq!(done.rows_affected(), 1);
    trial.sync(&["--org", "acme"]);
    assert!(elsewhere.asked().is_empty());
}

pub(super) fn script(folder: &Path, name: &str, says: &str) {
    let text = format!("{{ echo \"$0 $*\"; env; }} >> {}/called\n{says}\n", folder.display());
    program::write(&folder.join(name), &text);
}

/// A sync that waits for an answer; how processes see it.
fn held(trial: &Trial, env: &[(&str, &str)], args: &[&str]) -> Child {
    trial.fake.world().fault(1, |asked| asked.what == "Details", What::Hold(Arc::default()));
    let child = Command::new(PROGRAM)
        .args(args)
        .env_clear()
        .envs(environment(trial.home.path()))
        .envs(env.iter().copied())
        .current_dir(trial.home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let is_held = || trial.fake.world().faults.is_empty().then_some(());
    eventually(PATIENCE, is_held).expect("a request");
    child
}

fn proc(child: &Child, name: &str) -> Vec<u8> {
    fs::read(format!("/proc/{}/{name}", child.id())).expect("a process")
}

#[test]
fn no_list_of_processes_shows_it_and_no_child_gets_it() {
    let trial = Trial::new(many(1));
    let url = trial.fake.url();
    // In the environment it came with; no argument repeats it.
    let env = [("FLOWLENS_GITHUB_URL", url.as_str()), ("GH_TOKEN", TOKEN)];
    let mut child = held(&trial, &env, &["sync", "acme/api"]);
    assert!(!has_token(&proc(&child, "cmdline")));
    kill(child.id(), "-TERM");
    assert!(child.wait().is_ok());
    // From gh, or from a file, it is in no environment, either.
    let programs = tempfile::TempDir::new().expect("a folder");
    script(programs.path(), "gh", &format!("echo {TOKEN}"));
    script(programs.path(), "xdg-open", "");
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap_or_default());
    let env = [("FLOWLENS_GITHUB_URL", url.as_str()), ("PATH", path.as_str())];
    let mut child = held(&trial, &env, &["sync", "acme/api"]);
    assert!(!has_token(&proc(&child, "cmdline")) && !has_token(&proc(&child, "environ")));
    kill(child.id(), "-TERM");
    assert!(child.wait().is_ok());
    let home = trial.home.path().display().to_string();
    let mut env = env.to_vec();
    env.extend([("HOME", home.as_str()), ("FLOWLENS_GITHUB_REPOS", "acme/api")]);
    let mut pty = Pty::spawn(&[], &env, 140, 40);
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    pty.keys("o");
    let called = programs.path().join("called");
    let is_opened = || {
        let called = fs::read_to_string(&called).ok()?;
        called.contains("xdg-open https://github.com/acme/api/pull/1").then_some(called)
    };
    let called = eventually(PATIENCE, is_opened).expect("the page is opened");
    assert!(called.contains("auth token"), "gh was asked");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    // The script that says it holds it, of course.
    assert!(!called.contains(TOKEN), "{called}");
    assert!(!has_token(&pty.raw_output()));
    is_nowhere_in(trial.home.path());
}
