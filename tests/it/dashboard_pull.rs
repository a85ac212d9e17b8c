//! A pull request's own screen in a pseudo-terminal, on a real server.

use crate::{
    dashboard::{open, team},
    feed::migrate,
    support::{PATIENCE, eventually, pg, proxy::Proxy},
};

/// Checks of `acme/api#421` and a first commit, one of which began so many seconds ago.
async fn fill(db: &pg::Database) {
    migrate(db).await;
    db.execute(
        "INSERT INTO checks (repo_id, head_sha, app, suite_id, name, workflow_id, workflow_name, status, conclusion,
                             created_at, started_at, completed_at) VALUES
            ('00000000-0000-4000-8000-000000000001', 'abc421', 'github-actions', 7, 'test', 3, 'CI', 'in_progress', NULL,
             now() - interval '3 hours', now() - interval '1 minute', NULL),
            ('00000000-0000-4000-8000-000000000001', 'abc421', 'github-actions', 7, 'lint', 3, 'CI', 'completed', 'failure',
             now() - interval '3 hours', now() - interval '2 hours', now() - interval '1 hour')",
    )
    .await;
}

#[tokio::test]
async fn seconds_count_while_something_runs_and_nothing_is_written_once_it_has_ended() {
    let db = team("pull_seconds").await;
    fill(&db).await;
    let proxy = Proxy::before(&db.url());
    let mut pty = open(&proxy.url(&db.url()));
    pty.keys("g\r");
    pty.wait_for("running 1m", PATIENCE);
    let shown = |screen: &str| {
        let row = screen.lines().find(|line| line.contains("running 1m")).unwrap_or_default().to_owned();
        row.split("running").nth(1).unwrap_or_default().trim().chars().take(6).collect::<String>()
    };
    let first = shown(&pty.screen());
    pty.wait_until("another second", PATIENCE, |screen| !shown(screen).is_empty() && shown(screen) != first);
    db.execute(
        "UPDATE checks SET status = 'completed', conclusion = 'success', completed_at = started_at + interval '70 seconds'",
    )
    .await;
    pty.wait_for("passed in 1m 10s", PATIENCE);
    let polls = |more: usize| {
        let from = proxy.round_trips();
        let came = eventually(PATIENCE, || (proxy.round_trips() >= from + more).then_some(()));
        assert!(came.is_some(), "it does not poll");
    };
    // The turn of a minute may still write.
    let quiet = eventually(PATIENCE, || {
        let before = pty.raw_output().len();
        polls(8);
        (pty.raw_output().len() == before).then_some(())
    });
    assert!(quiet.is_some(), "it writes though nothing runs");
    pty.keys("\u{1b}");
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}
