//! Migrations and discovery, on a real server: from nothing, over what others made, and after accidents.

use std::time::Duration;

use crate::support::{pg, rows::Lite};
use flowlens::{
    commands::db::{self, Verdict},
    domain::{
        address::AddressError,
        source::{Cause, Engine},
    },
    store::{
        engine::{
            connect::Connector, discovery::discover, error::StoreError, migrations::POSTGRES, options::Target,
        },
        migrate::{self, Outcome, Report, Step},
    },
};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

const SEED: &str = include_str!("../../assets/migrations/0001_seed_v2_0.sql");
const DEPLOYED: &str = include_str!("fixtures/deployed.sql");
const MIGRATIONS: usize = POSTGRES.len();

type Failure = Box<dyn std::error::Error>;

fn target(db: &pg::Database) -> Result<Target, AddressError> {
    Target::parse(&db.url(), &[])
}

/// Migrates and returns how each migration ended.
async fn migrate(db: &pg::Database) -> Result<Vec<(&'static str, Outcome)>, StoreError> {
    let target = target(db).map_err(|error| StoreError::new(Cause::Other, error.to_string()))?;
    let mut done = Vec::new();
    migrate::migrate(&mut Connector::new(target), |step| {
        if let Step::Done(name, outcome) = step {
            done.push((name, outcome));
        }
    })
    .await?;
    Ok(done)
}

async fn run(conn: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    raw_sql(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

async fn number(conn: &mut PgConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(sql).fetch_one(conn).await
}

async fn check(db: &pg::Database) -> Result<Report, StoreError> {
    migrate::check(&mut db.admin().await).await
}

#[tokio::test]
async fn an_empty_database_gets_everything() -> Result<(), Failure> {
    let db = pg::database("migrate_empty").await;
    let before = check(&db).await?;
    assert_eq!(before.pending.len(), MIGRATIONS);

    let done = migrate(&db).await?;
    assert_eq!(done.len(), MIGRATIONS);
    assert!(done.iter().all(|(_, outcome)| *outcome == Outcome::Ran), "{done:?}");

    let mut conn = db.admin().await;
    assert_eq!(migrate::check(&mut conn).await?, Report::default());
    let schema = discover(&mut conn).await?;
    assert_eq!(schema.missing(), Vec::<String>::new());
    assert!(schema.has("pull_requests", "closed_at") && schema.has_index("flowlens_insights_newest"));
    assert_eq!(
        number(&mut conn, "SELECT count(*) FROM flowlens_migration_lock").await?,
        0,
        "the lock is free"
    );
    Ok(())
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() -> Result<(), Failure> {
    let db = pg::database("migrate_columns").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    let made: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE 'flowlens%' ORDER BY 1, 2",
    )
    .fetch_all(&mut conn)
    .await?;
    assert_eq!(migrate::check(&mut conn).await?, Report::default());
    // A unit test compares the embedded database's with what the program knows.
    let lite = Lite::new().await;
    let embedded: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2",
    )
    .fetch_all(&mut lite.connect().await)
    .await?;
    assert!(embedded.len() > 100 && made == embedded, "{made:?}\n{embedded:?}");
    Ok(())
}

#[tokio::test]
async fn the_second_run_changes_nothing() -> Result<(), Failure> {
    let db = pg::database("migrate_twice").await;
    migrate(&db).await?;
    let done = migrate(&db).await?;
    assert!(done.iter().all(|(_, outcome)| *outcome == Outcome::AlreadyThere), "{done:?}");
    Ok(())
}

#[tokio::test]
async fn the_v2_0_tables_and_their_rows_stay() -> Result<(), Failure> {
    let db = pg::database("migrate_seed").await;
    let mut conn = db.admin().await;
    run(&mut conn, SEED).await?;
    run(
        &mut conn,
        "INSERT INTO repositories (github_id, name, full_name, owner) VALUES (1, 'api', 'acme/api', 'acme');
         INSERT INTO pull_requests (repo_id, pr_number, title, state) SELECT id, 7, 'T', 'open' FROM repositories;",
    )
    .await?;
    let done = migrate(&db).await?;
    assert_eq!(done[0], ("the v2.0 tables", Outcome::Recorded));
    assert!(done[1..].iter().all(|(_, outcome)| *outcome == Outcome::Ran), "{done:?}");
    assert_eq!(number(&mut conn, "SELECT count(*) FROM pull_requests WHERE title = 'T'").await?, 1);
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn the_deployed_variant_keeps_its_own_columns() -> Result<(), Failure> {
    let db = pg::database("migrate_deployed").await;
    let mut conn = db.admin().await;
    run(&mut conn, DEPLOYED).await?;
    let done = migrate(&db).await?;
    assert_eq!(done[0], ("the v2.0 tables", Outcome::Recorded));
    let report = migrate::check(&mut conn).await?;
    assert_eq!(report.absent_seed_columns, ["repositories.owner_avatar_url"]);
    assert!(report.is_complete(), "{report:?}");
    let history = number(
        &mut conn,
        "SELECT jsonb_array_length(history)::bigint FROM pipeline_runs WHERE status_build = 'buildPassed'",
    );
    assert_eq!(history.await?, 1);
    assert_eq!(number(&mut conn, "SELECT count(*) FROM repositories WHERE stars = 0").await?, 1);
    discover(&mut conn).await?;
    Ok(())
}

#[tokio::test]
async fn tables_that_are_not_ours_are_left_alone() -> Result<(), Failure> {
    let db = pg::database("migrate_strange").await;
    let mut conn = db.admin().await;
    run(&mut conn, "CREATE TABLE insights (id INT PRIMARY KEY, repo_id UUID, pr_number INT)").await?;
    let error = migrate(&db).await.expect_err("refused");
    assert_eq!(error.cause, Cause::Schema);
    assert!(error.message.contains("insights.id is integer, not uuid"), "{error}");
    assert_eq!(number(&mut conn, "SELECT count(*) FROM flowlens_migrations").await?, 0);
    Ok(())
}

#[tokio::test]
async fn half_of_the_v2_0_tables_are_completed() -> Result<(), Failure> {
    let db = pg::database("migrate_half").await;
    let mut conn = db.admin().await;
    run(&mut conn, SEED).await?;
    run(&mut conn, "DROP TABLE insights").await?;
    let done = migrate(&db).await?;
    assert_eq!(done[0], ("the v2.0 tables", Outcome::Rebuilt));
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn an_index_whose_building_failed_is_built_again() -> Result<(), Failure> {
    let db = pg::database("migrate_invalid").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    // Two queued requests for one pull request break the unique index while it is being built.
    run(
        &mut conn,
        "DROP INDEX flowlens_insight_requests_queued; DROP INDEX flowlens_insights_newest;
         DELETE FROM flowlens_migrations WHERE version = 11;
         INSERT INTO repositories (github_id, name, full_name, owner) VALUES (1, 'api', 'acme/api', 'acme');
         INSERT INTO insight_requests (repo_id, pr_number) SELECT id, 7 FROM repositories, generate_series(1, 2);",
    )
    .await?;
    migrate(&db).await.expect_err("the duplicate is in the way");
    let report = migrate::check(&mut conn).await?;
    assert_eq!(report.invalid_indexes, ["flowlens_insight_requests_queued"]);
    assert_eq!(report.pending, ["flowlens_insight_requests_queued"]);

    run(&mut conn, "DELETE FROM insight_requests").await?;
    let rebuilt: Vec<_> =
        migrate(&db).await?.into_iter().filter(|(_, outcome)| *outcome != Outcome::AlreadyThere).collect();
    assert_eq!(rebuilt, [("flowlens_insight_requests_queued", Outcome::Rebuilt)]);
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn what_was_recorded_but_is_gone_or_invalid_is_made_again() -> Result<(), Failure> {
    let db = pg::database("migrate_gone").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    run(
        &mut conn,
        "DROP INDEX flowlens_pull_requests_commit;
         ALTER TABLE insights DROP COLUMN details;
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'flowlens_insights_newest'::regclass;",
    )
    .await?;
    let report = migrate::check(&mut conn).await?;
    assert_eq!(report.missing_indexes, ["flowlens_pull_requests_commit"]);
    assert_eq!(report.missing_columns, ["insights.details"]);
    assert_eq!(report.invalid_indexes, ["flowlens_insights_newest"]);

    let done = migrate(&db).await?;
    assert_eq!(done.iter().filter(|(_, outcome)| *outcome == Outcome::Rebuilt).count(), 3, "{done:?}");
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn two_migrators_at_once_do_the_work_once() -> Result<(), Failure> {
    let db = pg::database("migrate_race").await;
    let (a, b) = tokio::join!(migrate(&db), migrate(&db));
    let ran = [a?, b?].concat();
    assert_eq!(ran.iter().filter(|(_, outcome)| *outcome == Outcome::Ran).count(), MIGRATIONS, "{ran:?}");
    Ok(())
}

#[tokio::test]
async fn a_dead_migrators_lease_expires_and_a_live_ones_does_not() -> Result<(), Failure> {
    let db = pg::database("migrate_lease").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    run(
        &mut conn,
        "INSERT INTO flowlens_migration_lock VALUES (1, gen_random_uuid(), clock_timestamp() + interval '2 s')",
    )
    .await?;
    let mut steps = Vec::new();
    migrate::migrate(&mut Connector::new(target(&db)?), |step| steps.push(step)).await?;
    assert_eq!(steps[0], Step::Waiting);
    assert_eq!(number(&mut conn, "SELECT count(*) FROM flowlens_migration_lock").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_newer_or_altered_migration_is_refused() -> Result<(), Failure> {
    let db = pg::database("migrate_newer").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    run(&mut conn, "UPDATE flowlens_migrations SET version = 99 WHERE version = 17").await?;
    let error = migrate(&db).await.expect_err("refused");
    assert!(error.message.contains("a newer flowlens"), "{error}");
    assert_eq!(migrate::check(&mut conn).await?.newer, [99]);

    run(&mut conn, "UPDATE flowlens_migrations SET version = 17, checksum = '\\x00' WHERE version = 99")
        .await?;
    let error = migrate(&db).await.expect_err("refused");
    assert!(error.message.contains("migration 17 differs"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_login_that_may_only_select_sees_the_v2_0_schema() -> Result<(), Failure> {
    let db = pg::database("discover_select").await;
    let mut conn = db.admin().await;
    run(&mut conn, SEED).await?;
    run(&mut conn, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC").await?;
    // Roles are the whole server's: another run of the tests must not meet this one's.
    let reader = format!("discover_reader_{}", std::process::id());
    run(&mut conn, &format!("CREATE ROLE {reader}; SET ROLE {reader}")).await?;
    let schema = discover(&mut conn).await?;
    assert_eq!(schema.engine, Engine::PostgreSql);
    assert!(schema.version.starts_with(|c: char| c.is_ascii_digit()), "{}", schema.version);
    assert!(schema.has("insights", "summary") && !schema.has("insights", "score"));
    assert!(!schema.can_insert("insights"));
    let missing = schema.missing();
    let expected =
        "no checks table: the failing check's name is not shown (flowlens db migrate adds it)".to_owned();
    assert!(missing.contains(&expected), "{missing:?}");

    run(&mut conn, &format!("RESET ROLE; REVOKE SELECT ON insights FROM PUBLIC; SET ROLE {reader}")).await?;
    let error = discover(&mut conn).await.expect_err("insights are closed");
    assert_eq!(error.cause, Cause::Privilege);
    assert!(error.message.contains("insights"), "{error}");
    run(
        &mut conn,
        &format!(
            "RESET ROLE; GRANT SELECT (id, repo_id, pr_number) ON insights TO PUBLIC; SET ROLE {reader}"
        ),
    )
    .await?;
    let schema = discover(&mut conn).await?;
    assert!(!schema.has("insights", "summary") && schema.has("insights", "id"));
    run(&mut conn, &format!("RESET ROLE; DROP OWNED BY {reader}; DROP ROLE {reader}")).await?;
    Ok(())
}

#[tokio::test]
async fn a_database_without_tables_says_which_and_what_to_do() -> Result<(), Failure> {
    let db = pg::database("discover_nothing").await;
    let error = discover(&mut db.admin().await).await.expect_err("nothing there");
    assert_eq!(error.cause, Cause::Schema);
    assert!(error.message.contains("repositories, pull_requests, pipeline_runs, insights"), "{error}");
    assert!(error.message.contains("flowlens db migrate"), "{error}");
    Ok(())
}

#[tokio::test]
async fn yugabytedb_is_known_by_its_version_and_tables_by_the_search_path() -> Result<(), Failure> {
    let db = pg::database("discover_yugabyte").await;
    let mut conn = db.admin().await;
    run(&mut conn, "CREATE SCHEMA flow; SET search_path = flow").await?;
    run(&mut conn, SEED).await?;
    run(
        &mut conn,
        "CREATE SCHEMA shadow;
         CREATE FUNCTION shadow.version() RETURNS text LANGUAGE sql
         AS $$ SELECT 'PostgreSQL 15.12-YB-2025.2.1.0-b141 on x86_64-pc-linux-gnu'::text $$;
         SET search_path = shadow, pg_catalog, flow",
    )
    .await?;
    let schema = discover(&mut conn).await?;
    assert_eq!((schema.engine, schema.version.as_str()), (Engine::YugabyteDb, "2025.2.1"));
    let source = schema.source("db.example:5433", Some(false), None);
    assert!(source.exposed);
    assert_eq!(source.missing, schema.missing());
    Ok(())
}

#[tokio::test]
async fn sessions_are_limited_and_read_only_ones_cannot_insert() -> Result<(), Failure> {
    let db = pg::database("discover_limits").await;
    run(&mut db.admin().await, SEED).await?;
    let separator = if db.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}options=-c%20default_transaction_read_only%3Don", db.url());
    let mut connector = Connector::new(Target::parse(&url, &[])?);
    let mut connected = connector.connect().await?;
    let limits: String = sqlx::query_scalar(
        "SELECT current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')
             || ' ' || current_setting('application_name')",
    )
    .fetch_one(&mut connected.conn)
    .await?;
    assert_eq!(limits, "5s 5s flowlens");
    let schema = discover(&mut connected.conn).await?;
    assert!(!schema.can_insert("insights"));
    connected.conn.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_stricter_limit_of_the_role_or_the_user_stays() -> Result<(), Failure> {
    let db = pg::database("connect_limits").await;
    let url = db.select_only_login().await;
    let role = format!("\"{}_r0\"", db.name());
    for (own, options, expected) in [
        ("1s", "", "1s"),
        ("1min", "", "5s"),
        ("0", "", "5s"),
        ("1s", "?options=-c%20statement_timeout%3D7s", "7s"),
        ("1s", "?options=-c%20geqo%3Doff", "1s"),
    ] {
        db.execute(&format!("ALTER ROLE {role} SET statement_timeout = '{own}'")).await;
        let mut connected = Connector::new(Target::parse(&format!("{url}{options}"), &[])?).connect().await?;
        let limit: String = sqlx::query_scalar("SELECT current_setting('statement_timeout')")
            .fetch_one(&mut connected.conn)
            .await?;
        assert_eq!(limit, expected, "{own} {options}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_no_refused_login() -> Result<(), Failure> {
    let db = pg::database("connect_login").await;
    let name = target(&db)?.database().to_owned();
    let url = db.url().replace(&name, "flowlens_no_such_database");
    let error = Connector::new(Target::parse(&url, &[])?).connect().await;
    assert_eq!(error.expect_err("no such database").cause, Cause::Absent);
    Ok(())
}

#[tokio::test]
async fn the_commands_say_what_they_did() -> Result<(), Failure> {
    let db = pg::database("db_commands").await;
    let target = target(&db)?;
    let connector = Connector::new(target.clone());
    let mut out = Vec::new();
    assert_eq!(db::check(connector.clone(), &mut out).await?, Verdict::Incomplete);
    assert_eq!(db::migrate(connector.clone(), &mut out).await?, Verdict::Complete);
    assert_eq!(db::migrate(connector.clone(), &mut out).await?, Verdict::Complete);
    assert_eq!(db::check(connector.clone(), &mut out).await?, Verdict::Complete);
    let text = String::from_utf8(out)?;
    for line in [
        "not migrated yet: the v2.0 tables".to_owned(),
        format!("{}: run flowlens db migrate.", target.label()),
        "  the v2.1 columns and tables … made".to_owned(),
        "  flowlens_insights_newest … made".to_owned(),
        "Done: the schema is complete.".to_owned(),
        "  flowlens_insights_newest … unchanged".to_owned(),
        "Nothing to do: the schema is complete.".to_owned(),
        format!("{}: the schema is complete.", target.label()),
    ] {
        assert!(text.lines().any(|written| written == line), "no line {line:?} in\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn changing_a_table_gives_way_to_a_long_reader() -> Result<(), Failure> {
    let db = pg::database("migrate_reader").await;
    let mut reader = db.admin().await;
    run(&mut reader, SEED).await?;
    run(&mut reader, "BEGIN; SELECT count(*) FROM insights").await?;
    let reading = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // The migration waits for its lock by now; without giving way, this would wait behind it.
        let mut other = db.admin().await;
        run(&mut other, "SET statement_timeout = '3s'; SELECT count(*) FROM insights").await?;
        run(&mut reader, "COMMIT").await
    };
    let (migrated, read) = tokio::join!(migrate(&db), reading);
    read?;
    assert!(migrated?.contains(&("the v2.1 columns and tables", Outcome::Ran)));
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn an_index_that_a_killed_migrators_session_still_builds_ends_up_valid() -> Result<(), Failure> {
    let db = pg::database("migrate_orphan").await;
    migrate(&db).await?;
    let mut reader = db.admin().await;
    run(&mut reader, "DROP INDEX flowlens_insights_newest").await?;
    run(&mut reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM repositories").await?;
    // The build waits for the reader's snapshot; its client is gone, but the server goes on.
    let mut orphan = db.admin().await;
    let index = include_str!("../../assets/migrations/0010_flowlens_insights_newest.sql");
    let build = tokio::time::timeout(Duration::from_millis(500), run(&mut orphan, index));
    assert!(build.await.is_err(), "it waits");
    let reading = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        run(&mut reader, "COMMIT").await
    };
    let (migrated, read) = tokio::join!(migrate(&db), reading);
    read?;
    assert!(migrated?.contains(&("flowlens_insights_newest", Outcome::Rebuilt)));
    assert!(check(&db).await?.is_complete());
    Ok(())
}
