//! Statements that fail once, and statements that outlive their time-out.

use super::{Live, interpose, options, seeded, sweeping};
use crate::support::pg::Database;
use flowlens::domain::source::Cause;

/// Puts a view over `pull_requests` that fails as often as the sequence `faults` says, counted from the next reading.
async fn make_passing(db: &Database) {
    db.execute(
        "CREATE TABLE fault (code text, words text, times int);
         CREATE SEQUENCE faults MINVALUE 0 START 0;
         CREATE FUNCTION fault() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
             DECLARE f fault; BEGIN
                 SELECT code, words, times INTO f FROM fault LIMIT 1;
                 IF f.code IS NOT NULL AND nextval('faults') < f.times THEN
                     RAISE EXCEPTION USING ERRCODE = f.code, MESSAGE = f.words;
                 END IF;
                 RETURN true;
             END $$;",
    )
    .await;
    interpose(db).await;
}

#[tokio::test]
async fn what_passes_is_read_again_at_once_and_is_no_outage() {
    let db = seeded("zombie_passing", 1..=3).await;
    make_passing(&db).await;
    let url = db.select_only_login().await;
    let mut live = Live::loaded(&url, sweeping()).await;
    for (code, words) in [
        ("40001", "could not serialize access due to concurrent update"),
        ("40P01", "deadlock detected"),
        ("XX000", "schema version mismatch for table 000033e6: expected 2, got 1"),
        ("0A000", "cached plan must not change result type"),
    ] {
        // Three failures in a row, wherever the sweeps and ticks are by then.
        db.execute(&format!(
            "ALTER SEQUENCE faults RESTART; INSERT INTO fault VALUES ('{code}', '{words}', 3)"
        ))
        .await;
        live.forget();
        live.until("two sweeps", |live| live.told.iter().filter(|told| **told == "loaded").count() >= 2)
            .await;
        assert!(live.outages.is_empty(), "{code}: {:?}", live.outages);
        let left: i64 = sqlx::query_scalar("SELECT last_value FROM faults")
            .fetch_one(&mut db.admin().await)
            .await
            .expect("counted");
        assert!(left >= 3, "{code} was raised {left} times");
        // So many at once are one, even of a session whose plans are stale.
        db.execute("ALTER SEQUENCE faults RESTART; UPDATE fault SET times = 9").await;
        live.fails(Cause::Retryable).await;
        db.execute("DELETE FROM fault").await;
        live.polls(2).await;
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_of_the_first_load_is_no_outage() {
    let db = seeded("zombie_first", 1..=3).await;
    make_passing(&db).await;
    db.execute("INSERT INTO fault VALUES ('40001', 'Restart read required', 3)").await;
    let live = Live::loaded(&db.select_only_login().await, options()).await;
    assert_eq!((live.numbers(), live.outages.len()), (vec![1, 2, 3], 0));
}

/// How many sessions of ours work on the view.
async fn at_work(db: &Database) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'flowlens'
             AND state = 'active'",
    )
    .fetch_one(&mut db.admin().await)
    .await
    .expect("counted")
}

#[tokio::test]
async fn a_statement_that_outlives_its_time_out_never_meets_itself() {
    let db = seeded("zombie_slow", 1..=3).await;
    // As on YugabyteDB, neither a time-out nor a cancellation ends it.
    db.execute(
        "CREATE TABLE fault (slow boolean);
         CREATE FUNCTION fault() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
             BEGIN
                 WHILE EXISTS (SELECT 1 FROM fault) LOOP
                     BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN NULL; END;
                 END LOOP;
                 RETURN true;
             END $$;",
    )
    .await;
    interpose(&db).await;
    let mut live = Live::loaded(&db.select_only_login().await, options()).await;
    db.execute("INSERT INTO fault VALUES (true); UPDATE pull_requests_stored SET title = 'New', updated_at = now() WHERE pr_number = 1").await;
    live.fails(Cause::Timeout).await;
    let mut most = 0;
    for _ in 0..2 {
        live.fails(Cause::Timeout).await;
        assert!(
            live.outages.iter().all(|o| o.message.contains("still works on a statement")),
            "{:?}",
            live.outages
        );
        most = most.max(at_work(&db).await);
    }
    assert_eq!(most, 1, "the abandoned one, and no other");
    db.execute("DELETE FROM fault").await;
    live.until("the change", |live| live.title(1) == Some("New")).await;
}
