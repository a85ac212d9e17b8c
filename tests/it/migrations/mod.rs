//! Migrations, on a real server: from nothing, and over what others made.

mod accidents;
mod discovery;
mod versions;

use crate::support::{pg, rows::Lite};
use flowlens::{
    commands::db::{self, SchemaVerdict},
    domain::{
        address::AddressError,
        source::{Cause, Engine},
    },
    store::{
        engine::{
            connect::Connector, discovery::discover, error::StoreError, migrations::POSTGRES, options::Target,
        },
        migrate::{self, MigrationOutcome, SchemaReport, Step},
    },
};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

const SEED: &str = include_str!("../../../assets/migrations/0001_seed_v2_0.sql");
const DEPLOYED: &str = include_str!("../fixtures/deployed.sql");
const MIGRATIONS: usize = POSTGRES.len();

type Failure = Box<dyn std::error::Error>;

fn target(db: &pg::Database) -> Result<Target, AddressError> {
    Target::parse(&db.url(), &[])
}

/// Migrates and returns how each migration ended.
async fn migrate(db: &pg::Database) -> Result<Vec<(&'static str, MigrationOutcome)>, StoreError> {
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

async fn check(db: &pg::Database) -> Result<SchemaReport, StoreError> {
    migrate::check(&mut db.admin().await).await
}

/// As before version 13, where ids come from an extension.
#[tokio::test]
async fn ids_come_from_an_extension_where_the_server_makes_none() -> Result<(), Failure> {
    let db = pg::database("migrate_ids").await;
    db.execute(
        "DROP EXTENSION IF EXISTS pgcrypto;
         CREATE SCHEMA shadow;
         CREATE FUNCTION shadow.to_regprocedure(text) RETURNS regprocedure LANGUAGE sql AS $$
             SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pgcrypto')
                 THEN pg_catalog.to_regprocedure($1) END $$",
    )
    .await;
    let url = format!("{}?options=-c%20search_path%3Dshadow,pg_catalog,public", db.url());
    migrate::migrate(&mut Connector::new(Target::parse(&url, &[])?), |_| {}).await?;
    let mut conn = db.admin().await;
    assert_eq!(number(&mut conn, "SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'").await?, 1);

    // Where it may not be made, it says who may.
    let db = pg::database("migrate_no_ids").await;
    let url = db.select_only_login().await;
    db.execute(
        "DROP EXTENSION IF EXISTS pgcrypto;
         CREATE SCHEMA shadow;
         GRANT USAGE, CREATE ON SCHEMA shadow TO PUBLIC;
         CREATE FUNCTION shadow.to_regprocedure(text) RETURNS regprocedure LANGUAGE sql AS 'SELECT NULL::regprocedure'",
    )
    .await;
    let url = format!("{url}?options=-c%20search_path%3Dshadow,pg_catalog,public");
    let refused = migrate::migrate(&mut Connector::new(Target::parse(&url, &[])?), |_| {}).await;
    let error = refused.expect_err("not allowed");
    assert!(error.message.contains("have an administrator run CREATE EXTENSION pgcrypto"), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_empty_database_gets_everything() -> Result<(), Failure> {
    let db = pg::database("migrate_empty").await;
    let before = check(&db).await?;
    assert_eq!(before.pending.len(), MIGRATIONS);

    let done = migrate(&db).await?;
    assert_eq!(done.len(), MIGRATIONS);
    assert!(done.iter().all(|(_, outcome)| *outcome == MigrationOutcome::Ran), "{done:?}");

    let mut conn = db.admin().await;
    assert_eq!(migrate::check(&mut conn).await?, SchemaReport::default());
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
    assert_eq!(migrate::check(&mut conn).await?, SchemaReport::default());
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
    assert!(done.iter().all(|(_, outcome)| *outcome == MigrationOutcome::AlreadyThere), "{done:?}");
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
    assert_eq!(done[0], ("the v2.0 tables", MigrationOutcome::Recorded));
    assert!(done[1..].iter().all(|(_, outcome)| *outcome == MigrationOutcome::Ran), "{done:?}");
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
    assert_eq!(done[0], ("the v2.0 tables", MigrationOutcome::Recorded));
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
async fn the_commands_say_what_they_did() -> Result<(), Failure> {
    let db = pg::database("db_commands").await;
    let target = target(&db)?;
    let connector = Connector::new(target.clone());
    let mut out = Vec::new();
    assert_eq!(db::check(connector.clone(), &mut out).await?, SchemaVerdict::Incomplete);
    assert_eq!(db::migrate(connector.clone(), &mut out).await?, SchemaVerdict::Complete);
    assert_eq!(db::migrate(connector.clone(), &mut out).await?, SchemaVerdict::Complete);
    assert_eq!(db::check(connector.clone(), &mut out).await?, SchemaVerdict::Complete);
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
