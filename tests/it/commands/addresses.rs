//! Which database is meant, how it is reached, and what of its address is never shown.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

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
    write("[dashboard]\nsort = \"size\"\nview = \"some\"\n");
    run("status").ends(2).says("config.toml:2: ").says("\"attention\"").says("\"To review\"");
    write("[keys]\nquit = \"x\"\nrefesh = \"y\"\n");
    run("config check").ends(2).has("config.toml:3: [keys] refesh: ");
    write(&format!("[database]\nurl = \"postgres://ana:{PASSWORD}@db/flow\"\n"));
    // Whatever files are made like here.
    let file = home.path().join(".config/flowlens/config.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    run("config show").ends(0).says("chmod 600").has("postgres://ana:***@db/flow");
    let path = run("config path").ends(0);
    assert_eq!(path.stdout.trim_end(), file.to_str().expect("UTF-8"));
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
    for args in ["db plans", "insight acme/api#1", "worker --once"] {
        run(args, &[("DATABASE_URL", &others)])
            .ends(2)
            .says("The address came from DATABASE_URL; name another with --database-url");
    }
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
async fn what_a_connection_over_tls_needs_is_made_for_it_alone_and_can_be_done_without() {
    let db = team("relay").await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (url, path) = (format!("{}?ssl=true", db.url()), folder.path().display().to_string());
    let watched = |folder: &str| {
        let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("TMPDIR", folder)];
        let mut pty = Pty::spawn(&words("status --watch"), &env, 160, 24);
        pty.wait_for("pull requests", PATIENCE);
        pty
    };
    let _pty = watched(&path);
    assert_eq!(
        std::fs::read_dir(&path).expect("a folder").count(),
        0,
        "it is gone while the connection lasts"
    );
    watched("/nowhere");
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
