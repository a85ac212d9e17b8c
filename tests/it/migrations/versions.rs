//! Databases of another version of this program: older ones go on, newer or altered ones are refused.

use super::*;
use crate::{
    facts::lives::{fact, pull},
    support::{cli, rows::Store},
};
use flowlens::{
    facts::fact::What,
    store::{
        engine::{
            migrations::{Migration, MigrationKind, SQLITE},
            sqlite::{File, State},
        },
        write::Writer,
    },
};

#[tokio::test]
async fn a_newer_or_altered_migration_is_refused() -> Result<(), Failure> {
    let db = pg::database("migrate_newer").await;
    migrate(&db).await?;
    let mut conn = db.admin().await;
    run(&mut conn, "UPDATE flowlens_migrations SET version = 99 WHERE version = 18").await?;
    let error = migrate(&db).await.expect_err("refused");
    assert!(error.message.contains("a newer flowlens"), "{error}");
    assert_eq!(migrate::check(&mut conn).await?.newer, [99]);

    run(&mut conn, "UPDATE flowlens_migrations SET version = 18, checksum = '\\x00' WHERE version = 99")
        .await?;
    let error = migrate(&db).await.expect_err("refused");
    assert!(error.message.contains("migration 18 differs"), "{error}");
    Ok(())
}

/// A later version's migration, which no real one will be.
const MOON: Migration = Migration {
    version: POSTGRES[MIGRATIONS - 1].version + 1,
    kind: MigrationKind::Additive,
    name: "phases_of_the_moon",
    sql: "ALTER TABLE pull_requests ADD COLUMN IF NOT EXISTS moon TEXT;
          CREATE TABLE IF NOT EXISTS phases_of_the_moon (name TEXT PRIMARY KEY);",
};

/// And one more.
const DUE: Migration = Migration {
    version: MOON.version + 1,
    kind: MigrationKind::Additive,
    name: "due dates",
    sql: "ALTER TABLE phases_of_the_moon ADD COLUMN IF NOT EXISTS due_at TIMESTAMPTZ DEFAULT now();",
};

/// And an index.
const INDEX: Migration = Migration {
    version: DUE.version + 1,
    kind: MigrationKind::Index,
    name: "flowlens_pull_requests_moon",
    sql: "-- no-transaction
          CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_moon ON pull_requests (moon);",
};

/// The same for the embedded database.
const SQLITE_MOON: &[&str] = &[
    "ALTER TABLE pull_requests ADD COLUMN moon TEXT;
     CREATE TABLE phases_of_the_moon (name TEXT PRIMARY KEY NOT NULL) STRICT;",
    "ALTER TABLE phases_of_the_moon ADD COLUMN due_at INTEGER;
     CREATE INDEX flowlens_pull_requests_moon ON pull_requests (moon);",
];

async fn migrate_to(
    db: &pg::Database,
    migrations: &[Migration],
) -> Result<Vec<(&'static str, MigrationOutcome)>, StoreError> {
    let mut done = Vec::new();
    migrate::migrate_to(&mut Connector::new(target(db).expect("an address")), migrations, |step| {
        if let Step::Done(name, outcome) = step {
            done.push((name, outcome));
        }
    })
    .await?;
    Ok(done)
}

#[tokio::test]
async fn columns_and_tables_are_added_to_a_database_of_the_version_before() -> Result<(), Failure> {
    let [store, lite] = Store::both("migrate_columns_added").await;
    let facts = [fact(0, What::PullRequest(Box::new(pull("c1"))))];
    for store in [&store, &lite] {
        Writer::new(store.database()).apply(&facts).await?;
    }
    let Store::Postgres(db) = &store else { unreachable!() };
    let Store::Sqlite(file) = &lite else { unreachable!() };

    let later = [POSTGRES, &[MOON, DUE, INDEX]].concat();
    let done = migrate_to(db, &later).await?;
    let (known, new) = done.split_at(MIGRATIONS);
    assert!(known.iter().all(|(_, outcome)| *outcome == MigrationOutcome::AlreadyThere), "{known:?}");
    assert_eq!(new.len(), 3);
    assert!(new.iter().all(|(_, outcome)| *outcome == MigrationOutcome::Ran), "{new:?}");
    let again = migrate_to(db, &later).await?;
    assert!(again.iter().all(|(_, outcome)| *outcome == MigrationOutcome::AlreadyThere), "{again:?}");
    let version = MOON.version;
    // Half of an additive migration, as a server may leave it whose DDL knows no rollback.
    db.execute(&format!(
        "DELETE FROM flowlens_migrations WHERE version = {version}; DROP TABLE phases_of_the_moon"
    ))
    .await;
    assert_eq!(migrate_to(db, &later).await?[MIGRATIONS], (MOON.name, MigrationOutcome::Ran));

    let newer = file.file().with_migrations([SQLITE, SQLITE_MOON].concat().leak());
    assert_eq!(newer.look().await?, Some(State::Behind));
    newer.migrate().await?;
    assert_eq!(newer.look().await?, Some(State::Current));

    for store in [&store, &lite] {
        store.execute("INSERT INTO phases_of_the_moon (name) VALUES ('v1')").await;
        store.execute("UPDATE pull_requests SET moon = 'v1'").await;
        assert_eq!(store.count("pull_requests", "moon = 'v1' AND pr_number = 1").await, 1);
    }
    // This version reads the embedded database's rows no more: it does not know what the columns mean.
    let error = Writer::new(lite.database()).apply(&facts).await.expect_err("newer");
    let known = SQLITE.len();
    let words = format!("newer FlowLens (schema {}, this one knows {known})", known + 2);
    assert!(error.message.contains(&words), "{error}");
    // A server's are shared by versions: it is only not migrated.
    assert_eq!(Writer::new(store.database()).apply(&facts).await?.rows, 0);
    assert_eq!(migrate::check(&mut db.admin().await).await?.newer, [version, version + 1, version + 2]);
    Ok(())
}

#[tokio::test]
async fn a_database_of_any_version_before_goes_on_from_there() -> Result<(), Failure> {
    let db = pg::database("migrate_from_each").await;
    for version in [1, 2, 9, POSTGRES.len()] {
        let done = migrate_to(&db, &POSTGRES[..version]).await?;
        assert_eq!(done.len(), version);
        let report = check(&db).await?;
        assert_eq!(report.pending.len(), POSTGRES.len() - version);
        assert_eq!(SchemaReport { pending: Vec::new(), ..report }, SchemaReport::default());
    }
    let lite = tempfile::tempdir()?;
    let file = File::new(lite.path().join("flow.db"));
    file.clone().with_migrations(&SQLITE[..1]).migrate().await?;
    assert_eq!(file.look().await?, Some(State::Behind));
    file.migrate().await?;
    assert_eq!(file.look().await?, Some(State::Current));
    Ok(())
}

#[tokio::test]
async fn an_applied_migration_that_was_edited_is_refused_and_nothing_is_run() -> Result<(), Failure> {
    let db = pg::database("migrate_edited").await;
    migrate(&db).await?;
    migrate_to(&db, &[POSTGRES, &[MOON]].concat()).await?;
    let edited = Migration { sql: "ALTER TABLE pull_requests ADD COLUMN IF NOT EXISTS late TEXT", ..MOON };
    let error = migrate_to(&db, &[POSTGRES, &[edited, DUE]].concat()).await.expect_err("refused");
    assert!(error.message.contains("differs from the one that flowlens_migrations records"), "{error}");
    assert_eq!(check(&db).await?.newer, [MOON.version]);

    db.execute(
        "DELETE FROM flowlens_migrations WHERE description = 'phases_of_the_moon';
         UPDATE flowlens_migrations SET checksum = sha384('edited') WHERE version = 2",
    )
    .await;
    let answer = cli::run(&["db", "migrate"], &[("FLOWLENS_DATABASE_URL", &db.url())]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("migration 2 differs"), "{answer}");
    Ok(())
}
