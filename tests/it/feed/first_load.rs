//! What the first load draws, whatever the schema and the rows.

use std::fmt::Write as _;
use std::time::Duration;

use super::{DEPLOYED, Live, REPOSITORIES, id, migrate, options, pulls, repo, seeded, sweeping};
use crate::support::pg;
use flowlens::{
    domain::{
        insight::Risk,
        pipeline::{Stage, StageStatus},
        pr_state::PrState,
    },
    store::board::feed::FeedOptions,
};

#[tokio::test]
async fn every_schema_is_drawn_for_a_login_that_may_only_select() {
    for kind in ["seed", "deployed", "ours"] {
        let db = pg::database(&format!("feed_{kind}")).await;
        let number = if kind == "deployed" {
            db.execute(DEPLOYED).await;
            7
        } else {
            db.seed_schema().await;
            if kind == "ours" {
                migrate(&db).await;
            }
            db.execute(REPOSITORIES).await;
            db.execute(&format!(
                "{} INSERT INTO pipeline_runs (repo_id, pr_number, status_build) VALUES ({r}, 1, 'buildPassed');
                 INSERT INTO insights (repo_id, pr_number, risk_level) VALUES ({r}, 1, 'medium')",
                pulls(1..=3),
                r = id(1)
            ))
            .await;
            1
        };
        let live = Live::loaded(&db.select_only_login().await, options()).await;
        let source = live.sources.first().expect("connected");
        let written = |line: &&String| line.starts_with("no right to insert into ");
        let complete = source.missing.iter().all(|line| written(&line));
        assert_eq!(complete, kind == "ours", "{:?}", source.missing);
        assert_eq!(source.missing.iter().filter(written).count(), if complete { 2 } else { 1 }, "{kind}");
        let pull = live.board.pulls().find(|pull| pull.key.number.get() == number).expect("drawn");
        assert_eq!(*pull.status(Stage::Build), StageStatus::Passed, "{kind}");
        assert_eq!(pull.insight.as_ref().and_then(|i| i.risk.clone()), Some(Risk::Medium), "{kind}");
        assert_eq!(live.board.full_name(pull.key.repo), "acme/api");
        assert_eq!(live.limited, Some(false));
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
}

#[tokio::test]
async fn rows_without_their_counterparts_are_shown_and_the_newest_insight_wins() {
    for ours in [false, true] {
        let db = seeded("feed_halves", 1..=3).await;
        if ours {
            migrate(&db).await;
        }
        db.execute(&format!(
            "INSERT INTO pipeline_runs (repo_id, pr_number, status_build, updated_at) VALUES
                ({repo}, 90, 'failed', now() - interval '30 days'), ({repo}, 91, 'running', NULL), ({repo}, 1, 'passed', now());
             INSERT INTO insights (repo_id, pr_number, risk_level, created_at) VALUES
                ({repo}, 1, 'low', now() - interval '2 days'), ({repo}, 1, 'high', now() - interval '1 day'),
                ({repo}, 1, 'medium', NULL), ({repo}, 1, 'medium', 'infinity'), ({repo}, 1, 'medium', '-infinity'),
                ({repo}, 2, 'medium', NULL)",
            repo = id(1)
        ))
        .await;
        let live = Live::loaded(&db.url(), options()).await;
        assert_eq!(live.numbers(), [1, 2, 3, 90, 91]);
        let orphan = live.pull(1, 90);
        assert_eq!((&*orphan.title, &orphan.state), ("", &PrState::Open));
        assert!(orphan.is_failing());
        let risk = |number| live.pull(1, number).insight.as_ref().and_then(|i| i.risk.clone());
        assert_eq!([risk(1), risk(2), risk(3)], [Some(Risk::High), Some(Risk::Medium), None]);
    }
}

/// Sets each column but the keys to NULL, where that is allowed.
const ALL_NULL: &str = "DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
        WHERE table_name IN ('repositories', 'pull_requests', 'pipeline_runs', 'insights')
          AND column_name NOT IN ('id', 'repo_id', 'pr_number') AND table_schema = 'public'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I DROP NOT NULL', c.table_name, c.column_name);
        EXECUTE format('UPDATE %I SET %I = NULL', c.table_name, c.column_name);
    END LOOP; END $$";

#[tokio::test]
async fn null_in_every_column_is_drawn() {
    for ours in [false, true] {
        let db = seeded("feed_null", 1..=2).await;
        if ours {
            migrate(&db).await;
        }
        db.execute(&format!(
            "INSERT INTO pipeline_runs (repo_id, pr_number) VALUES ({r}, 1), ({r}, 5);
             INSERT INTO insights (repo_id, pr_number) VALUES ({r}, 1); {ALL_NULL}",
            r = id(1)
        ))
        .await;
        let mut live = Live::loaded(&db.url(), sweeping()).await;
        assert_eq!(live.numbers(), [1, 2, 5]);
        assert_eq!(live.pull(1, 1).state, PrState::Open);
        assert!(live.pull(1, 1).insight.is_some());
        live.forget();
        live.until("a sweep", |live| live.told.contains(&"loaded")).await;
        assert!(!live.told.contains(&"pulls"), "nothing has changed: {:?}", live.told);
    }
}

#[tokio::test]
async fn impossible_times_and_hostile_text_are_drawn() {
    for ours in [false, true] {
        let db = seeded("feed_odd", 1..=8).await;
        if ours {
            migrate(&db).await;
        }
        let odd = [
            "NULL",
            "'infinity'",
            "'-infinity'",
            "'200000-01-01'",
            "'4000-01-01 BC'",
            "now() + interval '3 days'",
        ];
        let mut sql = String::new();
        for (time, number) in odd.iter().zip(1..) {
            write!(
                sql,
                "UPDATE pull_requests SET updated_at = {time}, created_at = {time} WHERE pr_number = {number};
                 INSERT INTO pipeline_runs (repo_id, pr_number, updated_at) VALUES ({r}, {number}, {time}), ({r}, {}, {time});
                 INSERT INTO insights (repo_id, pr_number, created_at) VALUES ({r}, {number}, {time});",
                number + 100,
                r = id(1)
            ).expect("a string");
        }
        db.execute(&sql).await;
        db.execute(
            "UPDATE pull_requests SET title = E'\\x1b]0;x\\x07\\u202Eevil' || repeat('x', 10000), author = E'\\t', state = E'OPEN ',
                 commit_sha = '', branch_name = repeat(E'e\\u0301', 5000) WHERE pr_number = 7;
             UPDATE repositories SET full_name = E'acme/\\x1b[31mapi' WHERE full_name = 'acme/api'",
        )
        .await;
        let live = Live::loaded(&db.url(), options()).await;
        assert_eq!(live.numbers(), [1, 2, 3, 4, 5, 6, 7, 8, 101, 102, 103, 104, 105, 106]);
        assert!((1..=5).all(|number| live.pull(1, number).updated_at.is_none()));
        assert!(live.pull(1, 6).updated_at.is_some());
        assert!((1..=6).all(|number| live.pull(1, number).insight.is_some()));
        let hostile = live.pull(1, 7);
        assert!(hostile.title.starts_with("]0;xevilx") && hostile.title.ends_with('…'), "{}", hostile.title);
        assert_eq!((hostile.author.as_deref(), &hostile.head), (None, &None));
        assert!(!live.board.full_name(repo(1)).contains('\u{1b}'));
    }
}

#[tokio::test]
async fn only_some_repositories() {
    let db = seeded("feed_only", 1..=3).await;
    db.execute(&format!(
        "INSERT INTO pull_requests (repo_id, pr_number, title, updated_at) VALUES ({w}, 9, 'Web', now() - interval '1 hour');
         INSERT INTO pipeline_runs (repo_id, pr_number) VALUES ({w}, 10), ({a}, 11)",
        a = id(1),
        w = id(2)
    ))
    .await;
    let options = FeedOptions { only: vec!["Acme/WEB".to_owned()], ..options() };
    let mut live = Live::loaded(&db.url(), options).await;
    assert_eq!((live.numbers(), live.board.repository_count()), (vec![9, 10], 1));

    // Changes elsewhere are none.
    db.execute("UPDATE pull_requests SET title = 'Other', updated_at = now()").await;
    live.until("the change", |live| &*live.pull(2, 9).title == "Other").await;
    live.polls(1).await;
    assert_eq!(live.numbers(), [9, 10]);

    // A repository that takes the name comes with all that it has, and the other one goes.
    db.execute(
        "UPDATE repositories SET full_name = 'acme/old', updated_at = now() WHERE full_name = 'acme/web'",
    )
    .await;
    live.until("the other one to go", |live| live.numbers().is_empty()).await;
    db.execute(
        "UPDATE repositories SET full_name = 'acme/web', updated_at = now() WHERE full_name = 'acme/api'",
    )
    .await;
    live.until("the new one", |live| live.numbers() == [1, 2, 3, 11]).await;
}

/// Open, closed long ago, closed lately: by `closed_at` where there is one, else by the last change.
const ENDED: &str =
    "UPDATE pull_requests SET state = 'closed', updated_at = now() - interval '1 day' WHERE pr_number = 2;
    UPDATE pull_requests SET state = 'MERGED', updated_at = now() - interval '30 days' WHERE pr_number = 3;
    UPDATE pull_requests SET updated_at = now() - interval '300 days' WHERE pr_number = 4;";

#[tokio::test]
async fn what_ended_before_the_window_is_left_out() {
    let db = seeded("feed_window", 1..=4).await;
    db.execute(ENDED).await;
    let week = || FeedOptions { window: Duration::from_hours(7 * 24), ..sweeping() };
    let mut live = Live::loaded(&db.url(), week()).await;
    assert_eq!(live.numbers(), [1, 2, 4]);
    // It leaves with a sweep once its time has come, and comes when it changes.
    db.execute("UPDATE pull_requests SET updated_at = now() - interval '8 days' WHERE pr_number = 2").await;
    live.until("the end of the window", |live| live.numbers() == [1, 4]).await;
    db.execute("UPDATE pull_requests SET updated_at = now() WHERE pr_number = 3").await;
    live.until("the change", |live| live.numbers() == [1, 3, 4]).await;

    for indexed in [true, false] {
        let db = seeded("feed_closed", 1..=6).await;
        migrate(&db).await;
        db.execute(ENDED).await;
        db.execute(
            "UPDATE pull_requests SET state = 'merged', closed_at = now() - interval '60 days', updated_at = now() WHERE pr_number = 5;
             UPDATE pull_requests SET state = 'closed', closed_at = now() - interval '1 day', updated_at = now() WHERE pr_number = 6",
        )
        .await;
        if !indexed {
            db.execute("DROP INDEX flowlens_pull_requests_closed").await;
        }
        let live = Live::loaded(&db.url(), week()).await;
        assert_eq!(live.numbers(), [1, 2, 4, 6], "indexed: {indexed}");
    }
}

#[tokio::test]
async fn the_limit_bites_and_says_so() {
    for ours in [false, true] {
        let db = seeded("feed_limit", 1..=30).await;
        if ours {
            migrate(&db).await;
        }
        db.execute(
            "UPDATE pull_requests SET updated_at = now() - pr_number * interval '1 hour';
             UPDATE pull_requests SET state = 'merged' WHERE pr_number = 1",
        )
        .await;
        let mut live = Live::loaded(&db.url(), FeedOptions { limit: 20, ..sweeping() }).await;
        // Open ones first, the newest of them.
        assert_eq!((live.limited, live.numbers()), (Some(true), (2..=21).collect()));
        assert_eq!((live.board.total().open, live.board.loaded_open()), (29, 20));
        db.execute(
            "UPDATE pull_requests SET state = 'closed', updated_at = now() WHERE pr_number IN (2, 30)",
        )
        .await;
        live.until("the counts", |live| live.board.total().open == 27).await;
        live.until("a full board", |live| live.numbers() == (3..=22).collect::<Vec<_>>()).await;
        db.execute("DELETE FROM pull_requests WHERE pr_number > 15").await;
        live.until("the limit to end", |live| live.limited == Some(false)).await;
        assert_eq!((live.board.total().open, live.numbers().len()), (13, 15));
    }
}
