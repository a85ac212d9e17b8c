//! The server answers, but not as wished: injected errors, other schemas, other privileges.

use super::{Live, id, interpose, migrate, options, seeded, sweeping};
use crate::support::{cli, pg::Database};
use flowlens::{
    domain::source::{Cause, Engine},
    store::board::feed::{FeedCommand, FeedOptions},
};

/// Puts a view over `pull_requests` whose every row asks a table what to raise: any SQLSTATE, for any login.
async fn make_faulty(db: &Database) {
    db.execute(
        "CREATE TABLE fault (code text, words text);
         CREATE FUNCTION fault() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
             DECLARE f fault; BEGIN
                 SELECT code, words INTO f FROM fault LIMIT 1;
                 IF f.code = 'slow' THEN PERFORM pg_sleep(30); END IF;
                 IF f.code IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = f.code, MESSAGE = f.words; END IF;
                 RETURN true;
             END $$;",
    )
    .await;
    interpose(db).await;
}

#[tokio::test]
async fn errors_of_the_server_are_named_and_outlived() {
    let db = seeded("fault_codes", 1..=3).await;
    make_faulty(&db).await;
    let mut live = Live::loaded(&db.select_only_login().await, options()).await;
    for (code, words, cause) in [
        ("40001", "could not serialize access due to concurrent update", Cause::Retryable),
        ("40001", "Restart read required at: { read: { physical: 1 } }", Cause::Retryable),
        ("40P01", "deadlock detected", Cause::Retryable),
        ("XX000", "schema version mismatch for table 000033e6: expected 2, got 1", Cause::Retryable),
        (
            "XX000",
            "The catalog snapshot used for this transaction has been invalidated: Catalog Version Mismatch",
            Cause::Retryable,
        ),
        (
            "XX000",
            "Timed out: Perform RPC (request call id 1) to 10.0.0.1:9100 timed out after 5.000s",
            Cause::Timeout,
        ),
        ("XX000", "cache lookup failed for relation 16402", Cause::Other),
        ("0A000", "cached plan must not change result type", Cause::Retryable),
        ("53300", "sorry, too many clients already", Cause::Retryable),
        ("57P01", "terminating connection due to administrator command", Cause::Starting),
        ("57014", "canceling statement due to statement timeout", Cause::Timeout),
        ("42501", "permission denied for table pull_requests", Cause::Privilege),
        ("42P01", "relation \"pull_requests\" does not exist", Cause::Schema),
        ("22P02", "invalid input syntax", Cause::Other),
    ] {
        db.execute(&format!("INSERT INTO fault VALUES ('{code}', '{}')", words.replace('\'', "''"))).await;
        live.until(words, |live| live.outages.iter().any(|o| o.cause == cause && o.message.contains(words)))
            .await;
        assert_eq!(live.board.len(), 3, "the data stays");
        db.execute(&format!(
            "DELETE FROM fault; UPDATE pull_requests_stored SET title = 'After {code}', updated_at = now() WHERE pr_number = 1"
        ))
        .await;
        live.command(FeedCommand::Refresh).await;
        let title = format!("After {code}");
        live.until(&title, |live| live.title(1) == Some(&title)).await;
    }
}

#[tokio::test]
async fn errors_in_the_first_load_lose_nothing() {
    let db = seeded("fault_first", 1..=3).await;
    make_faulty(&db).await;
    db.execute("INSERT INTO fault VALUES ('40001', 'Restart read required')").await;
    let mut live = Live::start(&db.url(), options());
    live.fails(Cause::Retryable).await;
    assert!(live.polls.is_empty() && live.limited.is_none());
    db.execute("DELETE FROM fault").await;
    live.recovers().await;
    assert_eq!((live.numbers(), live.limited), (vec![1, 2, 3], Some(false)));
}

#[tokio::test]
async fn a_slow_statement_is_cancelled_by_the_server_and_the_connection_stays() {
    let db = seeded("fault_slow", 1..=3).await;
    make_faulty(&db).await;
    let url = format!("{}?options=-c%20statement_timeout%3D200ms", db.url());
    let mut live = Live::loaded(&url, options()).await;
    db.execute("INSERT INTO fault VALUES ('slow')").await;
    live.fails(Cause::Timeout).await;
    live.forget();
    db.execute("DELETE FROM fault").await;
    live.command(FeedCommand::Refresh).await;
    live.polls(1).await;
    assert!(live.nodes.is_empty(), "no new connection: {:?}", live.nodes);
}

#[tokio::test]
async fn counts_that_fail_take_nothing_along() {
    let db = seeded("fault_counts", 1..=30).await;
    // The counts alone group.
    db.execute(
        "CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN
             IF current_query() LIKE '%GROUP BY repo_id%' THEN PERFORM pg_sleep(30); END IF; RETURN $1; END $$;
         ALTER TABLE pull_requests RENAME TO pull_requests_stored;
         CREATE VIEW pull_requests AS
             SELECT id, repo_id, pr_number, title, author, author_avatar, commit_sha, branch_name, slow(state) AS state,
                 files_changed, additions, deletions, processed, created_at, updated_at FROM pull_requests_stored;",
    )
    .await;
    let url = format!("{}?options=-c%20statement_timeout%3D200ms", db.url());
    let mut live = Live::loaded(&url, FeedOptions { limit: 10, ..sweeping() }).await;
    live.until("another comparison", |live| live.told.iter().filter(|told| **told == "loaded").count() >= 2)
        .await;
    assert_eq!(
        (live.board.len(), live.limited, live.outages.len()),
        (10, Some(true), 0),
        "{:?}",
        live.outages
    );
    assert!(!live.told.contains(&"counts"), "{:?}", live.told);
}

#[tokio::test]
async fn yugabytedb_is_told_by_its_version() {
    let db = seeded("fault_yugabyte", 1..=3).await;
    db.execute(
        "CREATE SCHEMA shadow;
         CREATE FUNCTION shadow.version() RETURNS text LANGUAGE sql
         AS $$ SELECT 'PostgreSQL 15.12-YB-2025.2.1.0-b141 on x86_64-pc-linux-gnu'::text $$",
    )
    .await;
    let url = format!("{}?options=-c%20search_path%3Dshadow,pg_catalog,public", db.url());
    let live = Live::loaded(&url, options()).await;
    let source = live.sources.first().expect("connected");
    assert_eq!((source.engine, source.version.as_str()), (Engine::YugabyteDb, "2025.2.1"));
    let check = cli::run(&["db", "check"], &[("FLOWLENS_DATABASE_URL", &url)]);
    assert!(check.stdout.contains("this version: TA-30653") && !check.stdout.contains("TA-28267"), "{check}");
}

#[tokio::test]
async fn what_is_too_old_says_so_with_the_oldest_that_works() {
    let db = seeded("fault_old", 1..=1).await;
    for (version, says) in [
        ("PostgreSQL 10.23 on x86_64", "PostgreSQL 10.23 is too old: PostgreSQL 11 is the oldest that works"),
        (
            "PostgreSQL 11.2-YB-2024.1.3.0-b0 on x86_64",
            "YugabyteDB 2024.1.3 is too old: YugabyteDB 2024.2 is the oldest that works",
        ),
    ] {
        db.execute(&format!(
            "CREATE SCHEMA IF NOT EXISTS shadow;
             CREATE OR REPLACE FUNCTION shadow.version() RETURNS text LANGUAGE sql AS $$ SELECT '{version}'::text $$"
        ))
        .await;
        let url = format!("{}?options=-c%20search_path%3Dshadow,pg_catalog,public", db.url());
        for command in [&["status"][..], &["db", "check"], &["db", "migrate"], &["worker", "--once"]] {
            let answer = cli::run(command, &[("FLOWLENS_DATABASE_URL", &url)]);
            assert!(!answer.status.success() && answer.stderr.contains(says), "{command:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn tables_may_change_between_polls() {
    let db = seeded("fault_ddl", 1..=3).await;
    let mut live = Live::loaded(&db.select_only_login().await, sweeping()).await;
    for (n, ddl) in [
        "ALTER TABLE pull_requests ADD COLUMN extra jsonb",
        "ALTER TABLE pull_requests ALTER COLUMN title TYPE varchar(400)",
        "ALTER TABLE pull_requests ALTER COLUMN pr_number TYPE bigint",
        "ALTER TABLE pull_requests ALTER COLUMN additions TYPE bigint; UPDATE pull_requests SET additions = 5000000000",
        "ALTER TABLE pipeline_runs ALTER COLUMN updated_at TYPE timestamp",
        "ALTER TABLE insights DROP COLUMN recommendation",
        "ALTER TABLE pull_requests DROP COLUMN author",
        "ALTER TABLE pull_requests ADD COLUMN author text",
    ]
    .into_iter()
    .enumerate()
    {
        db.execute(ddl).await;
        db.execute(&format!("UPDATE pull_requests SET title = 'After {n}', updated_at = now() WHERE pr_number = 1"))
            .await;
        let title = format!("After {n}");
        live.until(ddl, |live| live.title(1) == Some(&title)).await;
        live.polls(2).await;
        assert_eq!(live.board.len(), 3);
    }
}

#[tokio::test]
async fn a_migration_in_the_middle_of_polling_disturbs_nothing() {
    let db = seeded("fault_migration", 1..=200).await;
    let mut live = Live::loaded(&db.select_only_login().await, sweeping()).await;
    tokio::join!(migrate(&db), live.polls(30));
    assert_eq!(live.board.len(), 200);
    db.execute("UPDATE pull_requests SET title = 'Migrated', updated_at = now() WHERE pr_number = 1").await;
    live.until("a change after it", |live| live.title(1) == Some("Migrated")).await;
    // It takes locks, and so may hold up a poll, but nothing else.
    let known = [Cause::Timeout, Cause::Retryable];
    assert!(live.outages.iter().all(|outage| known.contains(&outage.cause)), "{:?}", live.outages);
}

#[tokio::test]
async fn a_table_that_goes_and_comes_again() {
    let db = seeded("fault_dropped", 1..=3).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    let connections = live.nodes.len();
    db.execute("DROP TABLE insights; ALTER TABLE pull_requests RENAME TO elsewhere").await;
    live.fails(Cause::Schema).await;
    // Looking again says what is missing, by name.
    live.until("the names", |live| {
        live.outages.iter().any(|o| o.message.contains("no table pull_requests, insights"))
    })
    .await;
    assert_eq!((live.board.len(), connections), (3, 1), "the data stays");
    db.execute(
        "ALTER TABLE elsewhere RENAME TO pull_requests;
         CREATE TABLE insights (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), repo_id uuid, pr_number int, risk_level text)",
    )
    .await;
    db.execute(&format!(
        "INSERT INTO insights (repo_id, pr_number, risk_level) VALUES ({}, 2, 'high')",
        id(1)
    ))
    .await;
    live.command(FeedCommand::Reread).await;
    live.until("the insight", |live| live.pull(1, 2).insight.is_some()).await;
}

#[tokio::test]
async fn privileges_that_go_and_come_again() {
    let db = seeded("fault_privilege", 1..=3).await;
    let url = db.select_only_login().await;
    let role = format!("\"{}_r0\"", db.name());
    let mut live = Live::loaded(&url, options()).await;
    db.execute(&format!("REVOKE SELECT ON insights FROM {role}")).await;
    live.fails(Cause::Privilege).await;
    // With a part of them, that part is shown.
    db.execute(&format!("GRANT SELECT (id, repo_id, pr_number, risk_level) ON insights TO {role}")).await;
    live.recovers().await;
    assert!(
        live.sources.iter().any(|source| source.missing.iter().any(|m| m.contains("insights.created_at")))
    );
    db.execute(&format!("GRANT SELECT ON insights TO {role}")).await;
    live.command(FeedCommand::Reread).await;
    live.until("everything", |live| {
        live.sources.last().is_some_and(|s| !s.missing.iter().any(|m| m.contains("insights.created_at")))
    })
    .await;
    assert_eq!(live.board.len(), 3);
}
