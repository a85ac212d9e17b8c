//! What is read on demand for one pull request.

use super::{connector, id, key, migrate, seeded};
use crate::support::proxy::Proxy;
use flowlens::{
    domain::{
        check::{Check, CheckOutcome},
        files::Files,
        ids::Sha,
    },
    store::board::detail::DetailReader,
};

#[tokio::test]
async fn a_schema_without_them_has_no_details() {
    let db = seeded("detail_seed", 1..=1).await;
    let mut reader = DetailReader::new(connector(&[&db.select_only_login().await]));
    let detail = reader.detail(key(1, 1), Sha::parse("abc").as_ref()).await.expect("read");
    assert!(detail.checks.is_empty() && detail.reviews.is_empty() && detail.history.is_empty());
    assert!(matches!(reader.files(key(1, 1)).await.expect("read"), Files::Unknown(_)));
    assert!(matches!(reader.files(key(1, 99)).await.expect("read"), Files::Unknown(_)));
}

#[tokio::test]
async fn checks_reviews_and_history() {
    let db = seeded("detail_ours", 1..=1).await;
    migrate(&db).await;
    db.execute(&format!(
        r#"INSERT INTO checks (repo_id, head_sha, app, name, status, conclusion) VALUES
            ({r}, 'abc', 'ci', 'a lint', 'completed', 'success'), ({r}, 'abc', 'ci', 'b test', 'completed', 'FAILURE'),
            ({r}, 'abc', 'ci', 'c deploy', 'in_progress', NULL), ({r}, 'def', 'ci', 'of another commit', 'queued', NULL);
        INSERT INTO checks (repo_id, head_sha, app, name, status, conclusion)
            SELECT {r}, 'abc', 'ci', 'aaa ' || n, 'completed', 'success' FROM generate_series(1, 400) n;
        INSERT INTO reviews (repo_id, pr_number, review_id, reviewer, state, submitted_at, dismissed_at) VALUES
            ({r}, 1, 1, 'ana', 'approved', '2026-01-01', NULL), ({r}, 1, 2, 'ana', 'CHANGES_REQUESTED', '2026-01-02', NULL),
            ({r}, 1, 3, 'ana', 'commented', '2026-01-03', NULL),
            ({r}, 1, 4, 'bo', 'approved', '2026-01-01', NULL), ({r}, 1, 5, 'bo', 'changes_requested', '2026-01-02', '2026-01-03'),
            ({r}, 1, 6, 'cy', 'dismissed', '2026-01-01', NULL), ({r}, 1, 7, 'cy', 'approved', '2026-01-01', NULL),
            ({r}, 1, 8, 'di', 'dismissed', '2026-01-01', NULL), ({r}, 1, 9, 'di', 'approved', '2026-01-02', NULL),
            ({r}, 1, 10, 'ed', 'approved', NULL, NULL), ({r}, 2, 11, 'fu', 'approved', '2026-01-01', NULL);
        INSERT INTO pipeline_runs (repo_id, pr_number, history) VALUES ({r}, 1, '[
            {{"field": "status_build", "value": "running", "at": "2026-01-01T10:00:00Z"}}, 7,
            {{"field": "status_build", "value": "failed", "at": "2026-01-01T11:00:00Z"}}]')"#,
        r = id(1)
    ))
    .await;
    let mut reader = DetailReader::new(connector(&[&db.select_only_login().await]));
    let detail = reader.detail(key(1, 1), Sha::parse("abc").as_ref()).await.expect("read");
    assert_eq!(detail.failing_check().map(Check::name), Some("b test"));
    assert_eq!(detail.checks.first().map(|check| &check.outcome), Some(&CheckOutcome::Failed));
    assert!(detail.checks.iter().any(|check| check.outcome == CheckOutcome::Running));
    assert!(!detail.checks.iter().any(|check| check.name().contains("another")));
    let reviews: Vec<(&str, &str)> =
        detail.reviews.iter().map(|review| (review.reviewer.as_str(), review.state.as_str())).collect();
    assert_eq!(reviews, [("ed", "approved"), ("ana", "changes_requested"), ("di", "approved")]);
    let values: Vec<&str> = detail.history.iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(values, ["failed", "running"]);
    assert!(reader.detail(key(1, 1), None).await.expect("read").checks.is_empty());
}

#[tokio::test]
async fn insights_come_newest_first_and_the_two_newest_with_their_details() {
    let db = seeded("detail_insights", 1..=2).await;
    db.execute(&format!(
        "INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, created_at)
            SELECT {r}, 1, 'abc' || n, 'low', '2026-01-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 20) n;
         INSERT INTO insights (id, repo_id, pr_number, risk_level, created_at) VALUES
            ({ten}, {r}, 2, 'spicy', 'infinity'), ({nine}, {r}, 2, 'high', '2026-01-01'), ({eight}, {r}, 2, '', '2026-01-01')",
        r = id(1),
        ten = id(10),
        nine = id(9),
        eight = id(8)
    ))
    .await;
    let mut reader = DetailReader::new(connector(&[&db.select_only_login().await]));
    let detail = reader.detail(key(1, 1), None).await.expect("read");
    let shas: Vec<&str> =
        detail.insights.iter().filter_map(|past| Some(past.sha.as_ref()?.as_str())).collect();
    assert_eq!((shas.len(), shas[0], shas[11]), (12, "abc20", "abc9"));
    assert!(
        detail.insights.iter().all(|past| past.score.is_none() && past.details.is_none()),
        "v2.0 has none"
    );

    // Our schema; times that cannot be held come last, equal ones by their ids.
    migrate(&db).await;
    db.execute(
        "UPDATE insights SET score = 0.5, details = jsonb_build_object('note', COALESCE(commit_sha, 'none'));
           UPDATE insights SET score = 7, details = '[]' WHERE risk_level = 'high'",
    )
    .await;
    let mut reader = DetailReader::new(connector(&[&db.select_only_login().await]));
    let detail = reader.detail(key(1, 1), None).await.expect("read");
    let notes: Vec<Option<&str>> =
        detail.insights.iter().map(|past| past.details.as_ref()?.note.as_deref()).collect();
    assert_eq!(notes[..3], [Some("abc20"), Some("abc19"), None]);
    assert_eq!((detail.insights[0].score, notes.len()), (Some(0.5), 12));
    let other = reader.detail(key(1, 2), None).await.expect("read");
    let ids: Vec<u128> = other.insights.iter().map(|past| past.id.uuid().as_u128()).collect();
    assert_eq!(ids, [9, 8, 10]);
    let first = &other.insights[0];
    assert_eq!((first.score, &first.details), (None, &None), "no probability, and details in another form");
    assert_eq!(other.insights[2].created_at, None);
    db.execute("ALTER TABLE insights DROP COLUMN created_at, DROP COLUMN risk_level").await;
    let mut reader = DetailReader::new(connector(&[&db.url()]));
    assert_eq!(reader.detail(key(1, 2), None).await.expect("read").insights.len(), 3);
}

#[tokio::test]
async fn files_of_any_size_and_form() {
    let db = seeded("detail_files", 1..=4).await;
    db.execute(
        r#"UPDATE pull_requests SET files_changed = '[{"filename": "a.rs", "patch": null}]' WHERE pr_number = 1;
           UPDATE pull_requests SET files_changed = to_jsonb('[{"filename": "b.rs"}]'::text) WHERE pr_number = 2;
           UPDATE pull_requests SET files_changed = (SELECT jsonb_agg(jsonb_build_object('filename', 'f' || n,
               'patch', repeat('+line' || chr(10), 1000))) FROM generate_series(1, 1000) n) WHERE pr_number = 3"#,
    )
    .await;
    let mut reader = DetailReader::new(connector(&[&db.url()]));
    for (number, count) in [(1, Some(1)), (2, Some(1)), (3, Some(1000)), (4, None)] {
        let files = reader.files(key(1, number)).await.expect("read");
        let known = match &files {
            Files::Known(files) => Some(files.len()),
            Files::Unknown(_) => None,
        };
        assert_eq!(known, count, "#{number}");
    }
}

#[tokio::test]
async fn a_connection_that_broke_meanwhile_is_made_anew() {
    let db = seeded("detail_again", 1..=1).await;
    let proxy = Proxy::before(&db.url());
    let mut reader = DetailReader::new(connector(&[&proxy.url(&db.url())]));
    reader.files(key(1, 1)).await.expect("read");
    let before = proxy.accepted();
    reader.files(key(1, 1)).await.expect("read");
    assert_eq!(proxy.accepted(), before, "the connection is kept");
    proxy.cut();
    assert!(reader.files(key(1, 1)).await.is_err(), "there is no way");
    proxy.pass();
    reader.files(key(1, 1)).await.expect("read");
    proxy.cut();
    proxy.pass();
    reader.files(key(1, 1)).await.expect("the cut went unnoticed");
    // A schema that has changed is looked at anew.
    migrate(&db).await;
    db.execute("ALTER TABLE pull_requests DROP COLUMN files_changed").await;
    assert!(
        matches!(reader.files(key(1, 1)).await, Ok(Files::Unknown(why)) if why.contains("no files_changed"))
    );
    reader.close();
    reader.files(key(1, 1)).await.expect("read");
}
