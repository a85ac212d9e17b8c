//! Migrations after accidents, and beside others.

use super::*;
use crate::support::{PATIENCE, awaited};

/// Waits until another session's statement like this waits for a lock.
async fn until_waits(watcher: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    let question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE $1";
    let waits = async || {
        let count = sqlx::query_scalar::<_, i64>(question).bind(statement).fetch_one(&mut *watcher).await;
        count.map(|count| (count > 0).then_some(())).transpose()
    };
    let waits = awaited(PATIENCE, waits).await;
    waits.unwrap_or_else(|| panic!("nothing like {statement} waits"))
}

#[tokio::test]
async fn half_of_the_v2_0_tables_are_completed() -> Result<(), Failure> {
    let db = pg::database("migrate_half").await;
    let mut conn = db.admin().await;
    run(&mut conn, SEED).await?;
    run(&mut conn, "DROP TABLE insights").await?;
    let done = migrate(&db).await?;
    assert_eq!(done[0], ("the v2.0 tables", MigrationOutcome::Rebuilt));
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
    let rebuilt: Vec<_> = migrate(&db)
        .await?
        .into_iter()
        .filter(|(_, outcome)| *outcome != MigrationOutcome::AlreadyThere)
        .collect();
    assert_eq!(rebuilt, [("flowlens_insight_requests_queued", MigrationOutcome::Rebuilt)]);
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
    assert_eq!(
        done.iter().filter(|(_, outcome)| *outcome == MigrationOutcome::Rebuilt).count(),
        3,
        "{done:?}"
    );
    assert!(check(&db).await?.is_complete());
    Ok(())
}

#[tokio::test]
async fn two_migrators_at_once_do_the_work_once() -> Result<(), Failure> {
    let db = pg::database("migrate_race").await;
    let (a, b) = tokio::join!(migrate(&db), migrate(&db));
    let ran = [a?, b?].concat();
    assert_eq!(
        ran.iter().filter(|(_, outcome)| *outcome == MigrationOutcome::Ran).count(),
        MIGRATIONS,
        "{ran:?}"
    );
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
async fn changing_a_table_gives_way_to_a_long_reader() -> Result<(), Failure> {
    let db = pg::database("migrate_reader").await;
    let mut reader = db.admin().await;
    run(&mut reader, SEED).await?;
    run(&mut reader, "BEGIN; SELECT count(*) FROM insights").await?;
    let mut watcher = db.admin().await;
    let reading = async {
        until_waits(&mut watcher, "%").await?;
        // Without giving way, this would wait behind the migration, and the reader ends only later.
        let mut other = db.admin().await;
        run(&mut other, "SET statement_timeout = '60s'; SELECT count(*) FROM insights").await?;
        run(&mut reader, "COMMIT").await
    };
    let (migrated, read) = tokio::join!(migrate(&db), reading);
    read?;
    assert!(migrated?.contains(&("the v2.1 columns and tables", MigrationOutcome::Ran)));
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
    let index = include_str!("../../../assets/migrations/0010_flowlens_insights_newest.sql");
    let mut watcher = db.admin().await;
    tokio::select! {
        built = run(&mut orphan, index) => panic!("it waits for nobody: {built:?}"),
        waits = until_waits(&mut watcher, "%CREATE INDEX%flowlens_insights_newest%") => waits?,
    }
    let reading = async {
        until_waits(&mut watcher, "DROP INDEX%").await?;
        run(&mut reader, "COMMIT").await
    };
    let (migrated, read) = tokio::join!(migrate(&db), reading);
    read?;
    // Made again, or found whole if the orphan was quicker than the migrator.
    assert!(migrated?.iter().any(|(name, _)| *name == "flowlens_insights_newest"));
    assert!(check(&db).await?.is_complete());
    Ok(())
}
