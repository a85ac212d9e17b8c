//! The names of failed checks, which come with the rows.

use flowlens::domain::pull_request::PullRequest;

use super::{Live, id, key, migrate, options, seeded};

/// The failed checks of this pull request, as the board knows them.
fn failed(live: &Live, number: i32) -> Vec<&str> {
    let pull = live.board.pull(key(1, number)).expect("on the board");
    pull.failed_checks.iter().map(|name| &**name).collect()
}

#[tokio::test]
async fn failed_checks_of_the_head_are_named() {
    let db = seeded("feed_checks", 1..=2).await;
    migrate(&db).await;
    db.execute(&format!(
        "UPDATE pull_requests SET commit_sha = CASE pr_number WHEN 1 THEN 'abc1234' ELSE 'def5678' END;
         INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build, updated_at) VALUES
             ({r}, 1, 'abc1234', 'failed', now() - interval '1 hour'), ({r}, 2, 'def5678', 'passed', now() - interval '1 hour');
         INSERT INTO checks (repo_id, head_sha, app, suite_id, name, status, conclusion, superseded) VALUES
             ({r}, 'abc1234', 'ci', 1, 'test (linux)', 'completed', 'FAILURE', NULL),
             ({r}, 'abc1234', 'ci', 2, 'test (linux)', 'completed', 'timed_out', false),
             ({r}, 'abc1234', 'ci', 1, 'lint', 'error', '', NULL),
             ({r}, 'abc1234', 'ci', 1, 'docs', 'completed', 'success', NULL),
             ({r}, 'abc1234', 'ci', 1, 'old', 'completed', 'failure', true),
             ({r}, 'def5678', 'ci', 1, 'of another', 'completed', 'failure', NULL),
             ({o}, 'abc1234', 'ci', 1, 'elsewhere', 'completed', 'failure', NULL)",
        r = id(1),
        o = id(2)
    ))
    .await;
    let mut live = Live::loaded(&db.select_only_login().await, options()).await;
    assert_eq!((failed(&live, 1), failed(&live, 2)), (vec!["lint", "test (linux)"], vec![]));
    // Whoever writes a check writes its run.
    db.execute(
        "UPDATE checks SET conclusion = 'success' WHERE name = 'lint';
         UPDATE pipeline_runs SET updated_at = now() WHERE pr_number = 1",
    )
    .await;
    live.until("one of them passes", |live| failed(live, 1) == ["test (linux)"]).await;
}

#[tokio::test]
async fn an_older_schema_has_no_names_of_checks() {
    let db = seeded("feed_no_checks", 1..=1).await;
    db.execute(&format!(
        "INSERT INTO pipeline_runs (repo_id, pr_number, commit_sha, status_build, updated_at)
             VALUES ({}, 1, 'abc1234', 'failed', now() - interval '1 hour')",
        id(1)
    ))
    .await;
    let live = Live::loaded(&db.select_only_login().await, options()).await;
    assert!(failed(&live, 1).is_empty() && live.board.pull(key(1, 1)).is_some_and(PullRequest::is_failing));
}
