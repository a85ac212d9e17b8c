//! Databases that are laid out in other ways, and logins that may do less: what `db migrate` makes and where, and what
//! `db check` tells whom.

use crate::support::{
    cli,
    pg::{self, Database, PASSWORD, PrivateServer},
};

fn on(url: &str, args: &str) -> cli::Answer {
    let args: Vec<&str> = args.split_whitespace().collect();
    cli::run(&args, &[("FLOWLENS_DATABASE_URL", url)])
}

impl cli::Answer {
    fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    fn prints(self, lines: &[&str]) -> Self {
        for line in lines {
            assert!(self.stdout.lines().any(|printed| printed == *line), "no {line:?} in {self}");
        }
        self
    }
}

/// The schemas that hold a table or an index of ours.
async fn schemas(db: &Database) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT DISTINCT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'i', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1",
    )
    .fetch_all(&mut db.admin().await)
    .await
    .expect("the catalogue")
}

#[tokio::test]
async fn all_that_is_made_stands_beside_pull_requests_whatever_the_search_path() {
    for (setup, path, home) in [
        ("CREATE SCHEMA postgres", "", "public"),
        ("CREATE SCHEMA \"Odd, one\"", "\"Odd, one\",public", "public"),
        ("CREATE SCHEMA app", "app", "app"),
        ("CREATE SCHEMA app", "public,app", "app"),
    ] {
        let db = pg::database("homes").await;
        if home == "app" {
            db.execute(&format!("{setup}; SET search_path = app; {}", pg::SEED)).await;
        } else {
            db.seed_schema().await;
            db.execute(setup).await;
        }
        let path: String =
            url::form_urlencoded::byte_serialize(path.replace(' ', "\\ ").as_bytes()).collect();
        let options =
            if path.is_empty() { String::new() } else { format!("?options=-c%20search_path%3D{path}") };
        let url = (db.url() + &options).replace('+', "%20");
        on(&url, "db migrate").code(0);
        assert_eq!(schemas(&db).await, [home], "{setup}, {path}");
        on(&url, "db check").code(0);
        on(&url, "db migrate").code(0).prints(&["Nothing to do: the schema is complete."]);
        on(&url, "status").code(0);
    }
}

#[tokio::test]
async fn what_an_earlier_version_left_elsewhere_is_made_anew_where_it_belongs() {
    let db = pg::database("homes_stray").await;
    db.seed_schema().await;
    db.execute(
        "CREATE SCHEMA postgres; SET search_path = postgres;
         CREATE TABLE flowlens_migrations (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(),
             success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
         CREATE TABLE checks (x int); CREATE TABLE reviews (x int)",
    )
    .await;
    on(&db.url(), "db migrate").code(0);
    let made: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename IN
             ('checks', 'reviews', 'insight_requests', 'flowlens_migrations', 'flowlens_migration_lock')",
    )
    .fetch_one(&mut db.admin().await)
    .await
    .expect("the catalogue");
    assert_eq!(made, 5);
    // Its own path leads elsewhere first, and it is not led astray.
    let answer = on(&db.url(), "db check").code(0).prints(&["works: the board"]);
    assert!(!answer.stdout.contains("missing: "), "{answer}");
    let reader = db.select_only_login().await;
    on(&reader, "db check").code(0).prints(&["works: the board"]);
}

#[tokio::test]
async fn a_view_in_the_place_of_a_table_is_read_and_never_half_migrated() {
    let db = pg::database("homes_view").await;
    db.seed_schema().await;
    db.execute(
        "ALTER TABLE pull_requests RENAME TO all_pulls; CREATE VIEW pull_requests AS SELECT * FROM all_pulls",
    )
    .await;
    on(&db.url(), "status").code(0);
    let made = schemas(&db).await;
    for _ in 0..2 {
        let answer = on(&db.url(), "db migrate").code(1);
        let said = "a view or a foreign table cannot be migrated: pull_requests; nothing was changed";
        assert!(answer.stderr.contains(said), "{answer}");
    }
    assert_eq!(schemas(&db).await, made);
    let record: Option<String> = sqlx::query_scalar("SELECT to_regclass('flowlens_migrations')::text")
        .fetch_one(&mut db.admin().await)
        .await
        .expect("the catalogue");
    assert_eq!(record, None);
    let answer = on(&db.url(), "db check").prints(&["a view, which no migration changes: pull_requests"]);
    assert!(answer.stdout.ends_with("db migrate needs the tables that the views show.\n"), "{answer}");
}

#[tokio::test]
async fn a_server_that_quotes_every_name_has_the_same_tables() {
    let db = pg::database("homes_quotes").await;
    db.seed_schema().await;
    db.execute(&format!("ALTER DATABASE {} SET quote_all_identifiers = on", db.name())).await;
    on(&db.url(), "status").code(0);
    on(&db.url(), "db migrate").code(0);
    on(&db.url(), "db check").code(0);
    on(&db.url(), "status").code(0);
}

#[tokio::test]
async fn partitioned_tables_are_migrated_but_for_their_indexes() {
    let db = pg::database("homes_parts").await;
    db.seed_schema().await;
    db.execute(
        "CREATE TABLE parts (LIKE pull_requests INCLUDING DEFAULTS) PARTITION BY HASH (repo_id);
         DROP TABLE pull_requests CASCADE; ALTER TABLE parts RENAME TO pull_requests;
         CREATE TABLE pull_requests_0 PARTITION OF pull_requests FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE pull_requests_1 PARTITION OF pull_requests FOR VALUES WITH (MODULUS 2, REMAINDER 1);",
    )
    .await;
    on(&db.url(), "status").code(0);
    let answer = on(&db.url(), "db migrate").code(0);
    for index in ["flowlens_pull_requests_updated", "flowlens_pull_requests_commit"] {
        let line = format!("  {index} … left: its table is partitioned");
        assert!(answer.stdout.contains(&line), "{answer}");
    }
    assert!(answer.stdout.contains("  flowlens_pipeline_runs_updated … made"), "{answer}");
    assert!(answer.stdout.contains("complete but for 5 indexes of partitioned tables"), "{answer}");
    on(&db.url(), "db check").code(0);
    on(&db.url(), "status").code(0);
    // One that somebody made meanwhile is found.
    let text = include_str!("../../assets/migrations/0003_flowlens_pull_requests_updated.sql");
    db.execute(&text.replace("CONCURRENTLY ", "")).await;
    let answer = on(&db.url(), "db migrate").code(0);
    assert!(answer.stdout.contains("complete but for 4 indexes of partitioned tables"), "{answer}");
}

#[tokio::test]
async fn any_login_is_told_what_works_what_is_missing_and_the_grant() {
    let db = pg::database("homes_rights").await;
    db.seed_schema().await;
    let reader = db.select_only_login().await;
    let role = format!("{}_r0", db.name());
    let grant = |words: &str, table: &str| format!("{words} ON public.{table} TO \"{role}\";");

    // On the plain v2.0 tables, by a login that owns nothing.
    on(&reader, "db check").code(8).prints(&[
        "works: the board",
        "works: new insights, made here and not stored",
        "missing: no checks table: the failing check's name is not shown (flowlens db migrate adds it)",
        &grant("to store new insights: GRANT INSERT", "insights"),
        "not migrated yet: the v2.1 columns and tables",
    ]);
    let answer = on(&reader, "db check");
    assert!(answer.stdout.ends_with(": have postgres run flowlens db migrate.\n"), "{answer}");

    // On a whole schema whose new tables it may not read yet; even the record is closed to it.
    on(&db.url(), "db migrate").code(0);
    on(&reader, "db check").code(0).prints(&[
        "works: the board",
        "missing: no right to read checks table: the failing check's name is not shown (grant this login SELECT on it)",
        &grant("to read: GRANT SELECT", "checks"),
        &grant("to read: GRANT SELECT", "reviews"),
        &grant("to ask for insights, or work on them: GRANT INSERT, UPDATE", "insight_requests"),
        &grant("to work on insights: GRANT INSERT", "insights"),
    ]);
    // What is granted as it says, suffices.
    let answer = on(&reader, "db check");
    for line in answer.stdout.lines() {
        if let Some((_, statement)) = line.split_once(": GRANT ") {
            db.execute(&format!("GRANT {statement}")).await;
        }
    }
    let answer = on(&reader, "db check").code(0).prints(&[
        "works: the board",
        "works: new insights, which a worker makes and stores",
        "works: flowlens worker",
    ]);
    assert!(!answer.stdout.contains("missing: ") && !answer.stdout.contains("GRANT"), "{answer}");

    // Not even the board.
    db.execute(&format!("REVOKE SELECT ON pull_requests FROM \"{role}\"")).await;
    let answer = on(&reader, "db check").code(4);
    assert!(answer.stdout.contains("does not work: the board: "), "{answer}");
    assert!(answer.stdout.contains(&grant("to read: GRANT SELECT", "pull_requests")), "{answer}");
    on(&reader, "status").code(4);

    // The tables are there, but the search_path does not lead to them.
    db.execute("CREATE SCHEMA app; ALTER TABLE pull_requests SET SCHEMA app").await;
    let answer = on(&reader, "status").code(1);
    assert!(
        answer.stderr.contains("there is app.pull_requests: have the search_path lead to it"),
        "{answer}"
    );
    assert!(answer.stderr.contains(&format!("GRANT USAGE ON SCHEMA \"app\" TO \"{role}\"")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_on_a_standby_names_the_standby() {
    let server = PrivateServer::start(&[]);
    let db = server.database("homes_standby").await;
    on(&db.url(), "db migrate").code(0);
    server.stop();
    server.becomes_a_standby();
    server.start_again();
    let node = format!("127.0.0.1:{}", server.port_text());
    for args in ["worker", "worker --once"] {
        let answer = on(&db.url(), args).code(4);
        assert!(answer.stderr.contains(&format!("{node}: the server is a standby")), "{answer}");
    }
    on(&db.url(), "status").code(0);
    let answer = on(&db.url(), "db check").code(0);
    assert!(answer.stdout.contains("missing: this server is a standby and may only read"), "{answer}");
    let url = format!("{}?target_session_attrs=primary", db.url());
    let answer = on(&url, "status").code(6);
    assert!(answer.stderr.contains(&node) && !answer.to_string().contains(PASSWORD), "{answer}");
    on(&format!("{}?target_session_attrs=standby", db.url()), "status").code(0);
    let answer = on(&db.url(), "db migrate").code(4);
    assert!(answer.stderr.contains("read-only transaction; name the primary"), "{answer}");
}
