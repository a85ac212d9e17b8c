//! The real program on a real server: what it prints, how it ends, and what it never shows.

mod addresses;
mod outages;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::cli::{self, Answer};
use crate::support::pg::{self, Database, PASSWORD, PrivateServer};
use crate::support::term::Pty;
use crate::support::{PATIENCE, eventually};

/// Runs the program on a database, whose address it has from `FLOWLENS_DATABASE_URL`.
fn on(url: &str, args: &str) -> Answer {
    run(args, &[("FLOWLENS_DATABASE_URL", url)])
}

fn run(args: &str, env: &[(&str, &str)]) -> Answer {
    keeps_secrets(cli::run(&words(args), env))
}

fn words(args: &str) -> Vec<&str> {
    args.split_whitespace().collect()
}

/// Passes an answer on when there is no password in it.
fn keeps_secrets(answer: Answer) -> Answer {
    assert!(!answer.to_string().contains(PASSWORD), "a secret in: {answer}");
    answer
}

impl Answer {
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Standard error says this.
    fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {self}");
        self
    }

    /// Standard output has this.
    fn has(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no {text:?} in {self}");
        self
    }

    /// It says it in one line.
    fn says_only(self, text: &str) -> Self {
        assert_eq!(self.stderr.lines().count(), 1, "{self}");
        self.says(text)
    }
}

/// Two repositories and four pull requests in the tables of the database guide.
async fn team(name: &str) -> Database {
    let db = pg::database(name).await;
    db.seed_schema().await;
    db.execute(
        "INSERT INTO repositories (id, github_id, name, full_name, owner, updated_at) VALUES
            ('00000000-0000-4000-8000-000000000001', 1, 'api', 'acme/api', 'acme', now() - interval '9 days'),
            ('00000000-0000-4000-8000-000000000002', 2, 'web', 'acme/web', 'acme', now() - interval '9 days');
         INSERT INTO pull_requests (repo_id, pr_number, title, author, commit_sha, branch_name, state, created_at, updated_at)
         SELECT ('00000000-0000-4000-8000-00000000000' || repo)::uuid, number, title, author, sha, branch, state,
                now() - age, now() - interval '3 hours 10 minutes'
         FROM (VALUES
            (1, 421, 'Add OAuth refresh', 'ana', 'abc1234def0', 'oauth', 'open', interval '2 days 1 hour'),
            (1, 420, '=Bump tokio, again', 'bot', 'bcd1234def0', 'tokio', 'open', interval '1 day 1 hour'),
            (2, 7, 'New landing page', 'bo', 'cde1234def0', 'landing', 'open', interval '5 hours 10 minutes'),
            (2, 5, 'Old landing page', 'bo', 'def1234def0', 'old', 'merged', interval '4 days 1 hour')
         ) AS pulls (repo, number, title, author, sha, branch, state, age);
         INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build, status_approval, updated_at)
         SELECT repo_id, pr_number, commit_sha,
                CASE pr_number WHEN 421 THEN 'failed' WHEN 7 THEN 'running' ELSE 'passed' END,
                CASE pr_number WHEN 420 THEN 'running' ELSE 'pending' END, updated_at
         FROM pull_requests;
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, summary, recommendation, created_at)
         SELECT repo_id, pr_number, commit_sha, 'high', 'Rotates refresh tokens', 'Review src/auth', updated_at
         FROM pull_requests WHERE pr_number = 421;",
    )
    .await;
    db
}

/// [`cli::redacted`], and stable words for times, versions and engines.
#[must_use = "snapshots are redacted only while the guards live"]
fn redacted() -> impl Sized {
    let outer = cli::redacted();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "[time]");
    settings.add_filter(r"(PostgreSQL|YugabyteDB) [0-9.]+", "[engine]");
    settings.add_filter(r#""engine":( ?)"[A-Za-z]+""#, r#""engine":$1"[engine]""#);
    settings.add_filter(r#""version":( ?)"[0-9.]+""#, r#""version":$1"[version]""#);
    (settings.bind_to_scope(), outer) // dropped in this order
}

#[tokio::test]
async fn db_migrate_makes_the_tables_once() {
    let db = pg::database("migrate").await;
    let _redacted = cli::redacted();
    insta::assert_snapshot!("db_check_before", on(&db.url(), "db check").ends(8));
    insta::assert_snapshot!("db_migrate", on(&db.url(), "db migrate").ends(0));
    insta::assert_snapshot!("db_migrate_again", on(&db.url(), "db migrate").ends(0));
    insta::assert_snapshot!("db_check_after", on(&db.url(), "db check").ends(0));
    insta::assert_snapshot!("db_url", on(&db.url(), "db url").ends(0));
    on(&db.url(), "status").ends(0).says("0 of 0 pull requests");
}

#[tokio::test]
async fn status_prints_in_each_format_what_a_reading_login_sees() {
    let db = team("formats").await;
    let url = db.select_only_login().await;
    let _redacted = redacted();
    for format in ["table", "csv", "jsonl", "markdown", "json"] {
        let answer = on(&url, &format!("status --format {format}")).ends(0);
        insta::assert_snapshot!(format!("status_{format}"), answer);
    }
}

#[tokio::test]
async fn status_reads_the_deployed_variant() {
    let db = pg::database("deployed").await;
    db.execute(include_str!("fixtures/deployed.sql")).await;
    let answer = on(&db.url(), "status --json").ends(0);
    let document: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let pull = &document["pull_requests"][0];
    assert_eq!(pull["title"], "Add OAuth refresh");
    assert_eq!(pull["stages"]["build"]["status"], "passed");
    assert_eq!(pull["insight"]["risk"], "medium");
}

#[tokio::test]
async fn status_picks_and_judges() {
    let db = team("judges").await;
    let url = db.url();
    let rows = |args: &str, code| on(&url, args).ends(code).stdout.lines().count() - 1;
    assert_eq!(rows("status --format csv", 0), 3, "open ones");
    assert_eq!(rows("status --format csv --filter is:merged", 0), 1);
    assert_eq!(rows("status --format csv -R acme/web --filter landing", 0), 2);
    assert_eq!(rows("status --format csv --fail-on is:failing", 5), 4, "all, unless picked");
    assert_eq!(rows("status --format csv -R acme/web --fail-on is:failing", 0), 2);
    assert_eq!(rows("status --format csv --filter author:bot* --fail-on is:failing", 0), 1);
    assert_eq!(rows("status --format csv -R acme/api --wait", 0), 2, "no build runs there");
    on(&url, "status --limit 2").ends(0).says("cut short by the limit: 2 of 3 open ones were read");
    on(&url, "status --json --limit 2").ends(0).says("cut short by the limit");
    // What has no answer is refused before anything is printed.
    for (args, says) in [
        (
            "status --filter rsk:high",
            "flowlens: --filter: rsk: is not a filter key (did you mean risk:high?)",
        ),
        ("status --fail-on is:late", "flowlens: --fail-on: is:late is not known"),
        (
            "status -R acme/apo",
            "flowlens: no repository acme/apo in this database; did you mean acme/api or acme/web?",
        ),
        ("status --filter is:mine", "need your login: set FLOWLENS_ME, or me under [dashboard]"),
        ("status --fail-on author:@me", "flowlens: @me, is:mine and is:waiting need your login"),
    ] {
        let answer = on(&url, args).ends(2).says_only(says);
        assert_eq!(answer.stdout, "", "{args}");
    }
    let me = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_ME", "@Ana")];
    run("status --fail-on is:mine", &me).ends(5);
    // A `gh` that knows the login.
    let bin = tempfile::tempdir().expect("a temporary folder");
    // Written by another process: a file that this one has just written may be busy for a moment.
    let script = r#"printf '#!/bin/sh\n[ "$*" = "config get user --host github.com" ] && echo bo\n' > gh; chmod +x gh"#;
    let written = Command::new("sh").args(["-c", script]).current_dir(bin.path()).status().expect("sh");
    assert!(written.success());
    let path = bin.path().display().to_string();
    let answer =
        run("status --format csv --filter is:mine", &[("FLOWLENS_DATABASE_URL", &url), ("PATH", &path)]);
    assert_eq!(answer.ends(0).stdout.lines().count(), 3);
}

#[tokio::test]
async fn a_wait_ends_with_the_build_or_with_the_time() {
    let db = team("waits").await;
    let url = db.url();
    // A time that is too short for a busy machine ends with 7, as it should.
    let answer = ["1s", "10s", "60s"]
        .into_iter()
        .map(|time| on(&url, &format!("status --format csv --wait --timeout {time}")))
        .find(|answer| answer.status.code() != Some(7))
        .expect("one of them suffices")
        .ends(8)
        .says("waiting for 1 build");
    assert_eq!(answer.stdout.lines().count(), 4, "what is known is printed: {answer}");
    on(&url, "status --watch --timeout 1s").ends(7).says("the time is up");
    on(&url, "status --wait --fail-on is:failing").ends(5);

    let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
    let mut pty = Pty::spawn(&words("status --wait -i 200ms"), &env, 120, 24);
    pty.wait_for("waiting for 1 build", PATIENCE);
    db.execute("UPDATE pipeline_runs SET status_build = 'passed', updated_at = now() WHERE pr_number = 7")
        .await;
    assert_eq!(pty.exit_code(), Ok(0), "{}", pty.screen());
    assert!(pty.screen().contains("New landing page"), "{}", pty.screen());
}

#[tokio::test]
async fn a_watch_prints_changes_until_ctrl_c() {
    let db = team("watches").await;
    let url = db.url();
    let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
    let mut pty = Pty::spawn(&words("status --watch -i 200ms"), &env, 120, 24);
    pty.wait_for("New landing page", PATIENCE);
    db.execute("UPDATE pull_requests SET title = 'A newer one', updated_at = now() WHERE pr_number = 7")
        .await;
    pty.wait_for("A newer one", PATIENCE);
    pty.signal("INT");
    assert_eq!(pty.exit_code(), Ok(130));
    assert!(pty.is_restored());
}
