//! Columns of other types than ours, and values that cannot be read: each costs its cell, never the board.

use super::{DEPLOYED, Live, REPOSITORIES, connector, id, key, migrate, options, pulls, sweeping};
use crate::support::{PATIENCE, cli, pg, rows::Lite, term::Pty};
use flowlens::{
    domain::{
        check::{Check, CheckOutcome},
        ids::Sha,
        pipeline::{Stage, StageStatus},
        pr_state::PrState,
        pull_request::PullRequest,
    },
    store::board::{detail::DetailReader, feed::FeedCommand},
};

/// Three pull requests with all their rows, in our schema.
async fn filled(db: &pg::Database) {
    db.seed_schema().await;
    migrate(db).await;
    db.execute(REPOSITORIES).await;
    db.execute(&pulls(1..=3)).await;
    db.execute(&format!(
        r#"UPDATE pull_requests SET author = 'ana', commit_sha = 'abc1234', branch_name = 'fix', additions = 12, deletions = 3,
             changed_files = 2, is_draft = false, labels = '["bug"]', reviewers = '["bo"]', created_at = '2026-01-02 03:04:05+00';
         INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build, updated_at, history)
             SELECT repo_id, pr_number, commit_sha, 'failed', updated_at,
                 '[{{"field": "status_build", "value": "failed"}}]' FROM pull_requests;
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, score, summary, created_at, details)
             SELECT repo_id, pr_number, commit_sha, 'high', 0.75, 'Words', '2026-01-02', '{{}}' FROM pull_requests;
         INSERT INTO checks (repo_id, head_sha, app, name, status, conclusion)
             VALUES ({r}, 'abc1234', 'ci', 'test', 'completed', 'failure');
         INSERT INTO reviews (repo_id, pr_number, review_id, reviewer, state, submitted_at)
             VALUES ({r}, 1, 1, 'bo', 'approved', '2026-01-02')"#,
        r = id(1)
    ))
    .await;
}

/// Types as which services keep our columns; an index of ours may stand in the way of some.
const TYPES: [&str; 3] = [
    "DROP INDEX flowlens_pull_requests_open_updated, flowlens_pull_requests_open_number;
     CREATE TYPE pr_state AS ENUM ('open', 'closed', 'merged');
     CREATE TYPE stage AS ENUM ('pending', 'running', 'failed', 'passed');
     CREATE TYPE verdict AS ENUM ('approved', 'changes_requested', 'failure', 'success');
     ALTER TABLE pull_requests ALTER COLUMN state TYPE pr_state USING state::pr_state,
         ALTER COLUMN pr_number TYPE bigint, ALTER COLUMN additions TYPE bigint, ALTER COLUMN deletions TYPE numeric(20, 2),
         ALTER COLUMN changed_files TYPE varchar(20), ALTER COLUMN title TYPE varchar(200), ALTER COLUMN author TYPE char(20),
         ALTER COLUMN labels TYPE json, ALTER COLUMN created_at TYPE timestamp, ALTER COLUMN is_draft TYPE text,
         ALTER COLUMN reviewers TYPE text, ALTER COLUMN updated_at TYPE timestamp;
     ALTER TABLE pipeline_runs ALTER COLUMN status_build DROP DEFAULT;
     ALTER TABLE pipeline_runs ALTER COLUMN status_build TYPE stage USING status_build::stage,
         ALTER COLUMN history TYPE json, ALTER COLUMN pr_number TYPE bigint;
     ALTER TABLE insights ALTER COLUMN score TYPE numeric, ALTER COLUMN details TYPE json, ALTER COLUMN risk_level TYPE char(10),
         ALTER COLUMN created_at TYPE timestamp, ALTER COLUMN pr_number TYPE numeric;
     ALTER TABLE checks ALTER COLUMN conclusion TYPE verdict USING conclusion::verdict, ALTER COLUMN head_sha TYPE char(40);
     ALTER TABLE reviews ALTER COLUMN state TYPE verdict USING state::verdict, ALTER COLUMN submitted_at TYPE timestamp;",
    "ALTER TABLE pull_requests ALTER COLUMN pr_number TYPE numeric, ALTER COLUMN labels DROP DEFAULT,
         ALTER COLUMN reviewers DROP DEFAULT;
     ALTER TABLE pull_requests ALTER COLUMN labels TYPE text[] USING ARRAY['bug'], ALTER COLUMN reviewers TYPE varchar(90),
         ALTER COLUMN created_at TYPE text USING '2026-01-02T03:04:05Z', ALTER COLUMN additions TYPE text,
         ALTER COLUMN is_draft TYPE int USING is_draft::int;
     ALTER TABLE pipeline_runs ALTER COLUMN history DROP DEFAULT;
     ALTER TABLE pipeline_runs ALTER COLUMN history TYPE text, ALTER COLUMN build_since TYPE date;
     ALTER TABLE insights ALTER COLUMN score TYPE text, ALTER COLUMN details TYPE text,
         ALTER COLUMN created_at TYPE text USING '2026-01-02T00:00:00Z';
     ALTER TABLE reviews ALTER COLUMN submitted_at TYPE date;",
    "ALTER TABLE pull_requests ALTER COLUMN created_at TYPE date, ALTER COLUMN additions TYPE real;
     ALTER TABLE pipeline_runs ALTER COLUMN history DROP DEFAULT;
     ALTER TABLE pipeline_runs ALTER COLUMN history TYPE jsonb[] USING ARRAY[history -> 0];",
];

fn assert_whole(pull: &PullRequest, title: &str) {
    assert_eq!(&*pull.title, title);
    assert_eq!(pull.author.as_deref(), Some("ana"));
    assert_eq!((&pull.state, pull.status(Stage::Build)), (&PrState::Open, &StageStatus::Failed));
    assert_eq!((pull.additions, pull.deletions, pull.changed_files), (Some(12), Some(3), Some(2)));
    assert_eq!(pull.created_at.map(|at| at.date_naive().to_string()).as_deref(), Some("2026-01-02"));
    assert_eq!((&*pull.labels, &*pull.reviewers), (&["bug".into()][..], &["bo".into()][..]));
    let insight = pull.insight.as_ref().expect("an insight");
    assert_eq!((insight.score, insight.created_at.is_some()), (Some(0.75), true));
    assert!(pull.unreadable.is_empty(), "{:?}", pull.unreadable);
}

#[tokio::test]
async fn columns_of_other_types_are_read_in_load_tick_sweep_and_detail() {
    for (n, types) in TYPES.into_iter().enumerate() {
        let db = pg::database(&format!("cells_types_{n}")).await;
        filled(&db).await;
        db.execute(types).await;
        let url = db.select_only_login().await;
        let mut live = Live::loaded(&url, options()).await;
        assert_eq!(live.numbers(), [1, 2, 3]);
        assert_whole(live.pull(1, 1), "Title 1");

        db.execute("UPDATE pull_requests SET title = 'Ticked', updated_at = now() WHERE pr_number = 1").await;
        live.until("the tick", |live| live.title(1) == Some("Ticked")).await;
        assert_whole(live.pull(1, 1), "Ticked");

        // Dated in the past: no tick sees it.
        db.execute("UPDATE pull_requests SET title = 'Swept', updated_at = '2025-01-01' WHERE pr_number = 1")
            .await;
        let mut sweeps = Live::loaded(&url, sweeping()).await;
        assert_whole(sweeps.pull(1, 1), "Swept");
        db.execute(
            "UPDATE pull_requests SET title = 'Swept again', updated_at = '2025-01-02' WHERE pr_number = 1",
        )
        .await;
        sweeps.until("the sweep", |live| live.title(1) == Some("Swept again")).await;
        assert_whole(sweeps.pull(1, 1), "Swept again");
        assert!(live.outages.is_empty() && sweeps.outages.is_empty(), "{:?}", sweeps.outages);

        let mut reader = DetailReader::new(connector(&[&url]));
        // From the second time on the statements are prepared, and answer in another form.
        for _ in 0..3 {
            let detail = reader.detail(key(1, 1), Sha::parse("abc1234").as_ref()).await.expect("read");
            assert_eq!(detail.checks.first().map(|check| &check.outcome), Some(&CheckOutcome::Failed));
            assert_eq!(detail.reviews.first().map(|review| review.state.as_str()), Some("approved"));
            assert!(detail.reviews.iter().all(|review| review.submitted_at.is_some()));
            assert_eq!(detail.history.first().map(|entry| entry.value.as_str()), Some("failed"));
            assert_eq!(detail.insights.first().map(|insight| insight.score), Some(Some(0.75)));
        }
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_read_costs_its_cell() {
    let db = pg::database("cells_values").await;
    filled(&db).await;
    db.execute(
        "ALTER TABLE pull_requests ALTER COLUMN additions TYPE bigint, ALTER COLUMN deletions TYPE numeric,
             ALTER COLUMN created_at TYPE text, ALTER COLUMN is_draft TYPE text, ALTER COLUMN reviewers TYPE json;
         ALTER TABLE pipeline_runs ALTER COLUMN history TYPE json;
         ALTER TABLE insights ALTER COLUMN score TYPE numeric",
    )
    .await;
    let url = db.select_only_login().await;
    let mut live = Live::loaded(&url, options()).await;
    db.execute(
        r#"UPDATE pull_requests SET additions = 5000000000, deletions = 1e40, created_at = 'yesterday', is_draft = 'maybe',
             labels = '{"bug": true}', reviewers = '["\ud800"]', updated_at = now() WHERE pr_number = 2;
         UPDATE pipeline_runs SET history = '[{"field": "status_build", "value": "\ud800"}]' WHERE pr_number = 2;
         UPDATE insights SET score = 'NaN' WHERE pr_number = 2;
         UPDATE pull_requests SET title = 'After', updated_at = now() WHERE pr_number = 1"#,
    )
    .await;
    live.until("the next row", |live| live.title(1) == Some("After")).await;
    let unreadable = |live: &Live| {
        let mut names: Vec<String> = live.pull(1, 2).unreadable.iter().map(ToString::to_string).collect();
        names.sort_unstable();
        names.join(" ")
    };
    let expected = "pipeline_runs.history pull_requests.additions pull_requests.created_at pull_requests.deletions \
                    pull_requests.is_draft pull_requests.labels pull_requests.reviewers";
    live.until("the cells", |live| unreadable(live) == expected).await;
    assert_eq!(live.title(2), Some("Title 2"));
    let loaded = Live::loaded(&url, sweeping()).await;
    assert_eq!((loaded.numbers(), unreadable(&loaded)), (vec![1, 2, 3], expected.to_owned()));
    let mut reader = DetailReader::new(connector(&[&url]));
    let detail = reader.detail(key(1, 2), None).await.expect("read");
    assert_eq!(detail.history.first().map(|entry| entry.value.as_str()), Some("?"));
    assert!(live.outages.is_empty(), "{:?}", live.outages);

    let mut pty = Pty::spawn(&[], &[("FLOWLENS_DATABASE_URL", &url)], 140, 40);
    pty.wait_for("Title 2", PATIENCE);
    pty.keys("/2\r");
    pty.wait_for("+? −? in 2 files", PATIENCE);
    pty.wait_for("Labels ?", PATIENCE);
}

#[tokio::test]
async fn bytes_that_are_no_text_cost_their_cell() {
    let db = pg::database_with("cells_ascii", "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'").await;
    filled(&db).await;
    // E9 is é in Latin 1, and no UTF-8.
    db.execute(
        "UPDATE pull_requests SET title = convert_from('\\x636166e9', 'SQL_ASCII'), author = convert_from('\\xe9', 'SQL_ASCII')
             WHERE pr_number = 2;
         UPDATE checks SET name = convert_from('\\xe9', 'SQL_ASCII');
         UPDATE repositories SET description = convert_from('\\xe9', 'SQL_ASCII')",
    )
    .await;
    let mut live = Live::loaded(&db.url(), sweeping()).await;
    assert_eq!((live.numbers(), live.title(2)), (vec![1, 2, 3], Some("?")));
    assert_eq!(live.pull(1, 2).author.as_deref(), Some("?"));
    live.command(FeedCommand::Reread).await;
    live.polls(3).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);
    let mut reader = DetailReader::new(connector(&[&db.url()]));
    for _ in 0..3 {
        let detail = reader.detail(key(1, 2), Sha::parse("abc1234").as_ref()).await.expect("read");
        assert_eq!(detail.checks.first().map(Check::name), Some("?"));
    }
}

#[tokio::test]
async fn a_number_beyond_32_bits_leaves_out_that_row_and_the_board_says_so() {
    for ours in [false, true] {
        let db = super::seeded(&format!("cells_number_{ours}"), 1..=3).await;
        if ours {
            migrate(&db).await;
        }
        db.execute(
            "ALTER TABLE pull_requests ALTER COLUMN pr_number TYPE bigint; ALTER TABLE insights ALTER COLUMN pr_number TYPE bigint;
             ALTER TABLE pipeline_runs ALTER COLUMN pr_number TYPE numeric;
             UPDATE pull_requests SET pr_number = 5000000000 WHERE pr_number = 2",
        )
        .await;
        let url = db.select_only_login().await;
        let mut live = Live::loaded(&url, options()).await;
        assert_eq!((live.numbers(), live.board.left_out()), (vec![1, 3], 1));
        // In a tick: the pull request, its run and its insight.
        db.execute(&format!(
            "INSERT INTO pull_requests (repo_id, pr_number, title, state) VALUES ({r}, 6000000000, 'New', 'open');
             INSERT INTO pipeline_runs (repo_id, pr_number) VALUES ({r}, 6000000000);
             INSERT INTO insights (repo_id, pr_number) VALUES ({r}, 6000000000)",
            r = id(1)
        ))
        .await;
        live.until("the second", |live| live.board.left_out() == 2).await;
        db.execute("DELETE FROM pull_requests WHERE pr_number = 5000000000; UPDATE pull_requests SET pr_number = 2 WHERE pr_number > 9").await;
        live.command(FeedCommand::Reread).await;
        live.until("all", |live| live.board.left_out() == 0 && live.numbers() == [1, 2, 3]).await;
        assert!(live.outages.is_empty(), "{:?}", live.outages);

        db.execute("UPDATE pull_requests SET pr_number = -5000000000 WHERE pr_number = 2").await;
        let home = tempfile::tempdir().expect("a folder");
        let answer = cli::run_in(
            home.path(),
            &["status", "--log-file", "here.log"],
            &[("FLOWLENS_DATABASE_URL", &url)],
        );
        assert_eq!((answer.status.code(), answer.stdout.matches("Title").count()), (Some(0), 3), "{answer}");
        assert!(answer.stderr.contains("1 row of pull_requests left out"), "{answer}");
        let log = std::fs::read_to_string(home.path().join("here.log")).expect("a log");
        assert!(log.contains("left out"), "{log}");
        let mut pty = Pty::spawn(&[], &[("FLOWLENS_DATABASE_URL", &url)], 140, 40);
        pty.wait_for("1 row left out", PATIENCE);
    }
}

#[tokio::test]
async fn the_log_names_table_column_and_row() {
    let lite = Lite::new().await;
    lite.execute(
        "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES (zeroblob(16), 1, 'api', 'acme/api', 'acme');
         INSERT INTO pull_requests (id, repo_id, pr_number, title, state, additions, queue_position, labels)
             VALUES (randomblob(16), zeroblob(16), 421, CAST(x'636166e9' AS TEXT), 'open', 3000000000, 99999999999, '7'),
                    (randomblob(16), zeroblob(16), 422, 'Other', 'open', 1, 1, '[\"bug\"]')",
    )
    .await;
    let url = lite.file().url();
    let home = tempfile::tempdir().expect("a folder");
    let answer =
        cli::run_in(home.path(), &["status", "--log-file", "here.log"], &[("FLOWLENS_DATABASE_URL", &url)]);
    assert!(answer.stdout.contains("Other") && answer.stdout.contains(" ? "), "{answer}");
    let log = std::fs::read_to_string(home.path().join("here.log")).expect("a log");
    for column in ["title", "additions", "queue_position", "labels"] {
        let named = |line: &str| line.contains(&format!("pull_requests.{column}")) && line.contains("#421");
        assert!(log.lines().any(named), "{column}: {log}");
    }
    assert!(!log.contains("#422"), "{log}");
}

#[tokio::test]
async fn a_key_of_another_type_is_named() {
    let db = pg::database("cells_keys").await;
    db.execute(DEPLOYED).await;
    db.execute("ALTER TABLE pipeline_runs ALTER COLUMN pr_number TYPE text").await;
    let answer = cli::run(&["status"], &[("FLOWLENS_DATABASE_URL", &db.url())]);
    assert!(answer.stderr.contains("pipeline_runs.pr_number is text, not integer"), "{answer}");
}
