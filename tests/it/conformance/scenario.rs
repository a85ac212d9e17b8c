//! Rows of every kind that the board has to make sense of.

use chrono::{DateTime, Utc};

use crate::support::rows::{
    Cell::{Flag, Id, Int, Json, Null, Text, Time},
    Store,
};

/// Fills a store; `t` is the time so many minutes ago.
#[expect(clippy::too_many_lines, reason = "a list, in one piece")]
pub(super) async fn fill(store: &Store, t: &dyn Fn(i64) -> DateTime<Utc>) {
    store
        .insert(
            "repositories",
            &[
                &[
                    ("id", Id(1)),
                    ("github_id", Int(1)),
                    ("name", Text("api")),
                    ("full_name", Text("acme/api")),
                    ("owner", Text("acme")),
                    ("is_private", Flag(true)),
                    ("description", Text("It's \u{1f980}\nmulti")),
                    ("language", Text("Rust")),
                    ("html_url", Text("https://h/acme/api")),
                    ("updated_at", Time(t(300))),
                ],
                &[
                    ("id", Id(2)),
                    ("github_id", Int(2)),
                    ("name", Text("web")),
                    ("full_name", Text("acme/web")),
                    ("owner", Text("acme")),
                    ("updated_at", Time(t(300))),
                ],
            ],
        )
        .await;
    store
        .insert(
            "pull_requests",
            &[
                &[
                    ("id", Id(11)),
                    ("repo_id", Id(1)),
                    ("pr_number", Int(1)),
                    ("title", Text("漢字 and \u{202e}bidi")),
                    ("author", Text("ana")),
                    ("commit_sha", Text("ABC1234")),
                    ("branch_name", Text("b/1")),
                    ("base_branch", Text("main")),
                    ("state", Text("open")),
                    ("additions", Int(12)),
                    ("deletions", Int(3)),
                    ("changed_files", Int(2)),
                    ("is_draft", Flag(false)),
                    ("created_at", Time(t(600))),
                    ("updated_at", Time(t(60))),
                    ("labels", Json(r#"["bug", "p1"]"#)),
                    ("reviewers", Json(r#"["bo"]"#)),
                    ("mergeable_state", Text("dirty")),
                    ("auto_merge", Flag(true)),
                    ("queue_position", Int(4)),
                    ("pr_url", Text("https://h/1")),
                    (
                        "files_changed",
                        Json(r#"[{"filename": "a.rs", "additions": 12, "patch": "@@ -1 +1 @@"}]"#),
                    ),
                ],
                &[
                    ("id", Id(12)),
                    ("repo_id", Id(1)),
                    ("pr_number", Int(2)),
                    ("title", Text("a draft")),
                    ("state", Text("OPEN")),
                    ("is_draft", Flag(true)),
                    ("created_at", Null),
                    ("updated_at", Time(t(60))),
                ],
                // No state is open.
                &[
                    ("id", Id(13)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(3)),
                    ("title", Text("")),
                    ("created_at", Null),
                    ("updated_at", Time(t(90))),
                ],
                &[
                    ("id", Id(14)),
                    ("repo_id", Id(1)),
                    ("pr_number", Int(4)),
                    ("title", Text("merged")),
                    ("state", Text("merged")),
                    ("created_at", Null),
                    ("merged_at", Time(t(120))),
                    ("closed_at", Time(t(120))),
                    ("updated_at", Time(t(50))),
                ],
                // Without closed_at: by updated_at.
                &[
                    ("id", Id(15)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(5)),
                    ("title", Text("closed")),
                    ("state", Text("Closed")),
                    ("created_at", Null),
                    ("updated_at", Time(t(55))),
                ],
                // Closed long ago, changed lately: out of the window.
                &[
                    ("id", Id(16)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(6)),
                    ("title", Text("old")),
                    ("state", Text("closed")),
                    ("created_at", Null),
                    ("closed_at", Time(t(60 * 24 * 30))),
                    ("updated_at", Time(t(45))),
                ],
            ],
        )
        .await;
    store
        .insert(
            "pipeline_runs",
            &[
                &[
                    ("id", Id(21)), ("repo_id", Id(1)), ("pr_number", Int(1)), ("commit_sha", Text("abc1234")),
                    ("status_pr", Text("passed")), ("status_build", Text("failed")), ("status_approval", Text("Approved")),
                    ("build_since", Time(t(30))), ("updated_at", Time(t(30))),
                    ("history", Json(r#"[{"field": "status_build", "value": "running", "at": "2026-01-01T10:00:00Z"}, {"field": "status_build", "value": "failed", "at": "2026-01-01T11:00:00Z"}]"#)),
                ],
                // Contradicts the pull request: the history's newest entry decides.
                &[
                    ("id", Id(22)), ("repo_id", Id(1)), ("pr_number", Int(2)), ("status_merge", Text("merged")),
                    ("updated_at", Time(t(30))), ("history", Json(r#"[{"state": "open", "at": "2026-01-01T10:00:00Z"}]"#)),
                ],
                &[("id", Id(23)), ("repo_id", Id(1)), ("pr_number", Int(4)), ("status_build", Text("odd word")), ("updated_at", Time(t(30))), ("history", Json("7"))],
                // Without its pull request.
                &[("id", Id(24)), ("repo_id", Id(2)), ("pr_number", Int(9)), ("status_pr", Null), ("updated_at", Time(t(30))), ("history", Null)],
            ],
        )
        .await;
    let insight = |id, number, risk, at| {
        [
            ("id", Id(id)),
            ("repo_id", Id(1)),
            ("pr_number", Int(number)),
            ("commit_sha", Text("abc1234")),
            ("risk_level", Text(risk)),
            ("summary", Text("s")),
            ("created_at", Time(at)),
        ]
    };
    store
        .insert(
            "insights",
            &[
                &insight(31, 1, "low", t(40)),
                &insight(32, 1, "HIGH", t(20)),
                // Newest first: what has details of some form, and what is not shown of older ones.
                &[
                    ("id", Id(36)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(3)),
                    ("risk_level", Text("high")),
                    ("score", Null),
                    ("details", Json(r#"{"effort": 3, "attention": [{"rule": "secret", "text": "a secret", "line": 7}]}"#)),
                    ("created_at", Time(t(70))),
                ],
                &[
                    ("id", Id(37)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(3)),
                    ("commit_sha", Text("def5678")),
                    ("details", Json(r#"["in another form"]"#)),
                    ("created_at", Time(t(60))),
                ],
                &insight(33, 2, "medium", t(20)),
                // Of one time: the greater id holds.
                &insight(34, 2, "weird", t(20)),
            ],
        )
        .await;
    store
        .insert(
            "checks",
            &[
                &[
                    ("repo_id", Id(1)),
                    ("head_sha", Text("abc1234")),
                    ("app", Text("ci")),
                    ("name", Text("b test")),
                    ("status", Text("completed")),
                    ("conclusion", Text("FAILURE")),
                    ("url", Text("https://h/c")),
                    ("summary", Text("2 of 41 failed")),
                    ("github_id", Int(9)),
                    ("attempt", Int(2)),
                    ("workflow_id", Int(7)),
                    ("workflow_name", Text("CI")),
                    ("created_at", Time(t(45))),
                    ("started_at", Time(t(40))),
                    ("completed_at", Time(t(30))),
                ],
                &[
                    ("repo_id", Id(1)),
                    ("head_sha", Text("abc1234")),
                    ("app", Text("ci")),
                    ("name", Text("a lint")),
                    ("status", Text("completed")),
                    ("conclusion", Text("success")),
                ],
                &[
                    ("repo_id", Id(1)),
                    ("head_sha", Text("abc1234")),
                    ("app", Text("ci")),
                    ("name", Text("c")),
                    ("status", Text("queued")),
                    ("conclusion", Null),
                ],
            ],
        )
        .await;
    let review = |id, reviewer, state, at, dismissed| {
        [
            ("repo_id", Id(1)),
            ("pr_number", Int(1)),
            ("review_id", Int(id)),
            ("reviewer", Text(reviewer)),
            ("state", Text(state)),
            ("commit_sha", Text("abc1234")),
            ("submitted_at", at),
            ("dismissed_at", dismissed),
        ]
    };
    store
        .insert(
            "reviews",
            &[
                &review(1, "bo", "approved", Time(t(50)), Null),
                &review(2, "bo", "changes_requested", Time(t(40)), Null),
                &review(3, "cy", "approved", Time(t(40)), Time(t(30))),
                &review(4, "di", "approved", Null, Null),
            ],
        )
        .await;
}
