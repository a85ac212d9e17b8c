//! What changes is shown, however it is written.

use super::{Live, id, migrate, options, pulls, repo, seeded, sweeping};
use flowlens::{
    domain::{
        board::Poll,
        insight::Risk,
        pipeline::{Stage, StageStatus},
    },
    store::board::feed::{FeedCommand, FeedOptions},
};
use sqlx::{AssertSqlSafe, Connection as _};

#[tokio::test]
async fn rows_change_and_come() {
    for ours in [false, true] {
        let db = seeded("feed_ticks", 1..=20).await;
        if ours {
            migrate(&db).await;
        }
        let mut live = Live::loaded(&db.select_only_login().await, options()).await;
        db.execute("UPDATE pull_requests SET title = 'Changed', updated_at = now() WHERE pr_number = 3")
            .await;
        live.until("an update", |live| live.title(3) == Some("Changed")).await;
        db.execute(&pulls(21..=21).replace("interval '1 hour'", "interval '1 s'")).await;
        live.until("a new one", |live| live.title(21).is_some()).await;
        db.execute(&format!(
            "INSERT INTO insights (repo_id, pr_number, risk_level) VALUES ({}, 3, 'high')",
            id(1)
        ))
        .await;
        live.until("an insight", |live| {
            live.pull(1, 3).insight.as_ref().is_some_and(|i| i.risk == Some(Risk::High))
        })
        .await;
        db.execute(&format!(
            "INSERT INTO pipeline_runs (repo_id, pr_number, status_build) VALUES ({r}, 3, 'running'), ({r}, 77, 'failed')",
            r = id(1)
        ))
        .await;
        live.until("a run", |live| *live.pull(1, 3).status(Stage::Build) == StageStatus::Running).await;
        live.until("a run alone", |live| live.board.pull(super::key(1, 77)).is_some()).await;
        db.execute("UPDATE repositories SET full_name = 'acme/core', updated_at = now() WHERE full_name = 'acme/api'")
            .await;
        live.until("a rename", |live| live.board.full_name(repo(1)) == "acme/core").await;
        assert!(live.outages.is_empty());
        // A poll's count comes behind all that it told.
        live.polls(1).await;
        assert!(live.changes >= 20 + 5, "{} changes", live.changes);
        assert_eq!(live.polls.iter().map(|poll| poll.changed).sum::<usize>(), live.changes);
    }
}

#[tokio::test]
async fn many_rows_of_one_time_are_told_once() {
    for ours in [false, true] {
        let db = seeded("feed_equal", 1..=2500).await;
        if ours {
            migrate(&db).await;
        }
        let mut live = Live::loaded(&db.url(), options()).await;
        for count in [500, 2500] {
            live.forget();
            db.execute(&format!(
                "UPDATE pull_requests SET title = 'All {count}', updated_at = now() WHERE pr_number <= {count}"
            ))
            .await;
            let title = format!("All {count}");
            live.until("all of them", |live| {
                live.board.pulls().filter(|pull| *pull.title == *title).count() == count
            })
            .await;
            live.polls(3).await;
            let changed = live.polls.iter().map(|poll| poll.changed).sum::<usize>();
            assert_eq!(changed, count, "each is told once, though the overlap shows it again");
        }
    }
}

#[tokio::test]
async fn more_changes_than_the_limit_come_by_comparison() {
    let db = seeded("feed_flood", 1..=300).await;
    let options = FeedOptions { limit: 250, ..options() };
    let mut live = Live::loaded(&db.url(), options).await;
    db.execute("UPDATE pull_requests SET title = 'Flood', updated_at = now()").await;
    live.until("the flood", |live| live.board.pulls().filter(|pull| &*pull.title == "Flood").count() >= 250)
        .await;
    assert!(live.outages.is_empty());
}

#[tokio::test]
async fn what_commits_late_and_what_is_of_the_future_is_not_missed() {
    let db = seeded("feed_late", 1..=5).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    let mut writer = db.admin().await;
    let mut transaction = writer.begin().await.expect("a transaction");
    sqlx::query("UPDATE pull_requests SET title = 'Late', updated_at = now() WHERE pr_number = 2")
        .execute(&mut *transaction)
        .await
        .expect("written");
    live.polls(3).await;
    assert_eq!(live.title(2), Some("Title 2"), "not committed yet");
    transaction.commit().await.expect("committed");
    live.until("the late one", |live| live.title(2) == Some("Late")).await;

    let mut live = Live::loaded(&db.url(), sweeping()).await;
    // Later than the overlap: only a comparison finds these.
    for (number, time) in [(3, "now() + interval '1 hour'"), (4, "now() - interval '30 minutes'")] {
        db.execute(&format!(
            "UPDATE pull_requests SET title = 'Found', updated_at = {time} WHERE pr_number = {number}"
        ))
        .await;
        live.until("a comparison", |live| live.title(number) == Some("Found")).await;
    }
    db.execute(&format!(
        "INSERT INTO insights (repo_id, pr_number, risk_level, created_at) VALUES ({r}, 5, 'low', now() - interval '1 h');
         INSERT INTO pipeline_runs (repo_id, pr_number, status_build, updated_at) VALUES ({r}, 5, 'failed', now() - interval '1 h')",
        r = id(1)
    ))
    .await;
    live.until("an old insight and run", |live| {
        live.pull(1, 5).insight.is_some() && live.pull(1, 5).is_failing()
    })
    .await;
    // Nothing is told again for being of the future.
    live.forget();
    live.until("two sweeps", |live| live.told.iter().filter(|name| **name == "loaded").count() == 2).await;
    assert!(!live.told.contains(&"pulls"), "{:?}", live.told);
}

#[tokio::test]
async fn a_clock_that_jumps_hides_nothing_for_long() {
    let db = seeded("feed_clock", 1..=3).await;
    db.execute(
        "CREATE SCHEMA shadow; CREATE TABLE shadow.jump (by interval); INSERT INTO shadow.jump VALUES ('0 s');
         CREATE FUNCTION shadow.now() RETURNS timestamptz LANGUAGE sql STABLE
         AS $$ SELECT pg_catalog.now() + by FROM shadow.jump $$",
    )
    .await;
    let url = format!("{}?options=-c%20search_path%3Dshadow,pg_catalog,public", db.url());
    let mut live = Live::loaded(&url, options()).await;
    db.execute("UPDATE shadow.jump SET by = '1 hour'").await;
    live.polls(2).await;
    db.execute("UPDATE pull_requests SET title = 'By a slow clock', updated_at = pg_catalog.now() WHERE pr_number = 1")
        .await;
    live.polls(2).await;
    db.execute("UPDATE shadow.jump SET by = '0 s'").await;
    live.until("a comparison", |live| live.title(1) == Some("By a slow clock")).await;
    db.execute(
        "UPDATE pull_requests SET title = 'Before the jump', updated_at = pg_catalog.now() - interval '2 hours' WHERE pr_number = 2;
         UPDATE shadow.jump SET by = '-1 hour'",
    )
    .await;
    live.until("another one", |live| live.title(2) == Some("Before the jump")).await;
}

#[tokio::test]
async fn what_is_deleted_goes_with_a_sweep() {
    for ours in [false, true] {
        let db = seeded("feed_deleted", 1..=5).await;
        if ours {
            migrate(&db).await;
        }
        db.execute(&format!(
            "INSERT INTO pipeline_runs (repo_id, pr_number, status_build) VALUES ({r}, 4, 'failed'), ({r}, 60, 'failed');
             INSERT INTO insights (repo_id, pr_number) VALUES ({r}, 5);
             INSERT INTO pull_requests (repo_id, pr_number, title) VALUES ({w}, 8, 'Web')",
            r = id(1),
            w = id(2)
        ))
        .await;
        let mut live = Live::loaded(&db.url(), sweeping()).await;
        assert_eq!(live.numbers(), [1, 2, 3, 4, 5, 8, 60]);
        for (what, sql, left) in [
            ("a pull request", "DELETE FROM pull_requests WHERE pr_number = 2", vec![1, 3, 4, 5, 8, 60]),
            ("a run alone", "DELETE FROM pipeline_runs WHERE pr_number = 60", vec![1, 3, 4, 5, 8]),
            (
                "a pull request, its run stays",
                "DELETE FROM pull_requests WHERE pr_number = 4",
                vec![1, 3, 4, 5, 8],
            ),
            ("a repository", "DELETE FROM repositories WHERE full_name = 'acme/web'", vec![1, 3, 4, 5]),
        ] {
            db.execute(sql).await;
            live.forget();
            live.until(what, |live| live.numbers() == left && live.told.contains(&"polled")).await;
        }
        live.until("the title to go", |live| live.title(4) == Some("")).await;
        db.execute("DELETE FROM insights").await;
        live.until("an insight to go", |live| live.pull(1, 5).insight.is_none()).await;
        assert_eq!(live.board.repository_count(), 1);
    }
}

#[tokio::test]
async fn writers_who_touch_no_time_are_found_by_reading_again() {
    let db = seeded("feed_silent", 1..=5).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    db.execute("UPDATE pull_requests SET title = 'Silent' WHERE pr_number = 2").await;
    live.polls(3).await;
    assert_eq!(live.title(2), Some("Title 2"), "no tick can see it");
    live.forget();
    live.command(FeedCommand::Reread).await;
    live.until("the answer", |live| live.polls.iter().any(|poll| poll.asked)).await;
    assert_eq!(live.title(2), Some("Silent"));
    let asked = live.polls.iter().find(|poll| poll.asked).copied();
    assert!(matches!(asked, Some(Poll { changed: 1, .. })), "only what is new is told: {asked:?}");

    let often = FeedOptions { reread: std::time::Duration::from_millis(100), ..options() };
    let mut live = Live::loaded(&db.url(), often).await;
    db.execute("UPDATE pull_requests SET title = 'By itself' WHERE pr_number = 2").await;
    live.until("the next complete read", |live| live.title(2) == Some("By itself")).await;
}

#[tokio::test]
async fn what_is_asked_is_answered_though_nothing_changed() {
    let db = seeded("feed_asked", 1..=2).await;
    let slow = FeedOptions { interval: std::time::Duration::from_hours(1), ..options() };
    let mut live = Live::loaded(&db.url(), slow).await;
    for _ in 0..3 {
        live.forget();
        live.command(FeedCommand::Refresh).await;
        live.polls(1).await;
        let poll = *live.polls.first().expect("a poll");
        assert!(poll.asked && poll.changed == 0, "{poll:?}");
        assert_eq!(live.told, ["polled"]);
    }
    // A migration is noticed when everything is read again.
    let missing = live.board.repository_count();
    assert_eq!(missing, 2);
    migrate(&db).await;
    live.forget();
    live.command(FeedCommand::Reread).await;
    live.polls(1).await;
    assert!(live.sources.first().is_some_and(|source| source.missing.is_empty()), "{:?}", live.sources);
    live.forget();
    let mut admin = db.admin().await;
    sqlx::query(AssertSqlSafe("UPDATE pull_requests SET is_draft = true, updated_at = now()".to_owned()))
        .execute(&mut admin)
        .await
        .expect("written");
    live.command(FeedCommand::Refresh).await;
    live.polls(1).await;
    assert_eq!(live.pull(1, 1).state.word(), "draft");
}
