//! The real program on a real server: what it prints, how it ends, and what it never shows.

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
    assert_eq!(rows("status --format csv --filter author:bot --fail-on is:failing", 0), 1);
    assert_eq!(rows("status --format csv -R acme/api --wait", 0), 2, "no build runs there");
    on(&url, "status --limit 2").ends(0).says("cut short by the limit: 2 of 3 open ones were read");
    on(&url, "status --json --limit 2").ends(0).says("cut short by the limit");
    // What has no answer is refused before anything is printed.
    for (args, says) in [
        ("status --filter rsk:high", "flowlens: --filter: rsk: is not a filter key (did you mean risk:?)"),
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

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let write = |text: &str| {
        let folder = home.path().join(".config/flowlens");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join("config.toml"), text))
            .expect("a file");
    };
    let run = |args: &str| keeps_secrets(cli::run_in(home.path(), &words(args), &[]));
    run("config check").ends(0);
    write("[dashboard]\nintervall = \"2s\"\nsort = \"age\"\n");
    for args in ["status", "db check", "config show"] {
        run(args).ends(2).says_only(
            r#"flowlens: ~/.config/flowlens/config.toml:2: unknown key "intervall" in [dashboard]; did you mean "interval"?"#,
        );
    }
    run("config check").ends(2).has("config.toml:2: unknown key");
    write("[dashboard]\nsort = \"size\"\nquick = \"some\"\n");
    run("status").ends(2).says("config.toml:2: ").says("\"attention\"").says("\"waiting on me\"");
    write("[keys]\nquit = \"x\"\nrefesh = \"y\"\n");
    run("config check").ends(2).has("config.toml:3: [keys] refesh: ");
    write(&format!("[database]\nurl = \"postgres://ana:{PASSWORD}@db/flow\"\n"));
    run("config show").ends(0).says("chmod 600").has("postgres://ana:***@db/flow");
    let path = run("config path").ends(0);
    assert_eq!(
        path.stdout.trim_end(),
        home.path().join(".config/flowlens/config.toml").to_str().expect("UTF-8")
    );
}

#[tokio::test]
async fn a_database_is_named_for_flowlens_or_known_by_its_tables() {
    // None is named: the embedded one.
    run("status", &[]).ends(0).says("0 of 0 pull requests").says("SQLite");
    let wrong = format!("postgres://ana:{PASSWORD}@db:port/flow");
    run("status", &[("FLOWLENS_DATABASE_URL", &wrong)]).ends(2);

    let ours = team("ours").await;
    let other = pg::database("other").await;
    let (ours, others) = (ours.url(), other.url());
    let both = [("FLOWLENS_DATABASE_URL", ours.as_str()), ("DATABASE_URL", others.as_str())];
    let answer = run("status", &both).ends(0);
    assert!(!answer.stderr.contains("DATABASE_URL"), "{answer}");
    run("status", &[("DATABASE_URL", &ours)]).ends(0).says("(from DATABASE_URL)");
    run("status", &[("DATABASE_URL", &others)])
        .ends(2)
        .says_only("has no table repositories")
        .says("The address came from DATABASE_URL; name another with --database-url");
    run("db migrate", &[("DATABASE_URL", &others)])
        .ends(2)
        .says_only("To make them there: FLOWLENS_DATABASE_URL=\"$DATABASE_URL\" flowlens db migrate");
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut other.admin().await)
        .await
        .expect("the catalog");
    assert_eq!(tables, 0);

    // The same by the variables of libpq.
    let url = url::Url::parse(&ours).expect("a URL");
    let port = url.port().unwrap_or(5432).to_string();
    let password = url.password().unwrap_or_default().to_owned();
    let variables = [
        ("PGHOST", url.host_str().unwrap_or_default()),
        ("PGPORT", port.as_str()),
        ("PGUSER", url.username()),
        ("PGPASSWORD", password.as_str()),
        ("PGDATABASE", url.path().trim_start_matches('/')),
    ];
    run("status", &variables).ends(0).says("(from the PG* variables)");
    run("db url", &variables).ends(0).has("from      the PG* variables");
    run("db migrate", &variables).ends(0);
    // A password in the flag works, and earns a warning.
    run(&format!("status --database-url {ours}"), &[]).ends(0).says("which `ps` shows to everyone");
}

#[tokio::test]
async fn ssl_true_encrypts_and_verify_full_verifies() {
    let server = PrivateServer::start(&["log_connections = on"]);
    let plain = PrivateServer::start(&["ssl = off"]);
    let (db, plain_db) = (server.database("tls").await, plain.database("tls").await);
    db.seed_schema().await;
    plain_db.seed_schema().await;
    // As YugabyteDB's console gives it.
    let with =
        |db: &Database, query: &str| format!("{}?{query}", db.url().replace("postgres://", "postgresql://"));
    let sessions = || {
        let log = server.log();
        let ours = log.lines().filter(|line| line.contains("connection authorized"));
        let ours: Vec<bool> = ours
            .filter(|line| line.contains("application_name=flowlens"))
            .map(|line| line.contains("SSL enabled"))
            .collect();
        ours
    };
    on(&with(&db, "ssl=true"), "status").ends(0);
    assert_eq!(eventually(PATIENCE, || Some(sessions()).filter(|s| !s.is_empty())), Some(vec![true]));
    on(&with(&db, "sslmode=disable"), "status").ends(0);
    assert_eq!(eventually(PATIENCE, || Some(sessions()).filter(|s| s.len() > 1)), Some(vec![true, false]));
    on(&with(&plain_db, "ssl=true"), "status").ends(6).says_only("flowlens: TLS failed: ");

    let verified = |ca: &Path| with(&db, &format!("sslmode=verify-full&sslrootcert={}", ca.display()));
    on(&verified(&server.ca_file()), "status").ends(0);
    // The other server's authority signed another certificate.
    on(&verified(&plain.ca_file()), "status").ends(6).says_only("flowlens: TLS failed: ");
    on(&verified(Path::new("/nowhere/ca.crt")), "status").ends(6).says_only("flowlens: TLS failed: ");

    // The server itself confirms it for a session that lasts.
    let url = with(&db, "ssl=true");
    let mut pty = Pty::spawn(&words("status --watch"), &[("FLOWLENS_DATABASE_URL", &url)], 160, 24);
    pty.wait_for("0 of 0 pull requests", PATIENCE);
    let encrypted: bool = sqlx::query_scalar(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'flowlens'",
    )
    .fetch_one(&mut db.admin().await)
    .await
    .expect("a session");
    assert!(encrypted);
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

#[tokio::test]
async fn no_output_holds_a_secret() {
    let db = team("secrets").await;
    let home = tempfile::tempdir().expect("a temporary folder");
    let url = db.url();
    let nowhere = format!("postgres://ana:{PASSWORD}@127.0.0.1:1/flow");
    let wrong = db.url_for("nobody_such", PASSWORD);
    for url in [&url, &nowhere, &wrong] {
        for args in
            ["status --json", "status --timeout 1s", "db migrate", "db check", "db url", "config show"]
        {
            for log in ["", "log"] {
                let env = [
                    ("FLOWLENS_DATABASE_URL", url.as_str()),
                    ("FLOWLENS_LOG", "trace"),
                    ("FLOWLENS_LOG_FILE", log),
                    ("RUST_BACKTRACE", "full"),
                ];
                keeps_secrets(cli::run_in(home.path(), &words(args), &env));
            }
        }
    }
    let log = std::fs::read_to_string(home.path().join("log")).expect("a log");
    assert!(log.contains("ERROR flowlens: connection refused"), "what is shown is logged: {log}");
    assert!(!log.contains(PASSWORD));
}
