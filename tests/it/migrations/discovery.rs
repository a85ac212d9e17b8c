//! What is found out about a database and a login, on a real server.

use super::*;

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
    run(&mut conn, "CREATE SCHEMA flow; SET search_path = flow, public").await?;
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
async fn a_server_is_heard_to_its_last_word() -> Result<(), Failure> {
    let db = pg::database("last_word").await;
    let mut connected = Connector::new(Target::parse(&db.url(), &[])?).connect().await?;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connected.conn).await?;
    let mut admin = db.admin().await;
    sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&mut admin).await?;
    let left = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
    while sqlx::query_scalar::<_, i64>(left).bind(pid).fetch_one(&mut admin).await? > 0 {}
    let error = sqlx::query("SELECT 1").execute(&mut connected.conn).await.expect_err("nobody is there");
    assert!(error.to_string().contains("terminating connection"), "{error}");
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
