//! Deliveries about checks of other servers and other times.

use chrono::{DateTime, Utc};
use flowlens::facts::fact::{CheckConclusion, CheckSeen, CheckStatus, What, Workflow};
use serde_json::{Value, json};

use super::{about, changed, facts, repository, time};

fn check(event: &str, name: &str, object: Value, changes: &Value) -> Option<(DateTime<Utc>, CheckSeen)> {
    let mut facts = facts(event, &about("completed", name, changed(object, changes))).split_off(1);
    assert!(facts.len() < 2, "{facts:?}");
    let fact = facts.pop()?;
    let What::Check(seen) = fact.what else { panic!("{fact:?}") };
    Some((fact.at, seen))
}

fn run(changes: &Value) -> (DateTime<Utc>, CheckSeen) {
    let run = json!({
        "id": 30_000_000_001_i64, "name": "test", "head_sha": "aaa", "status": "completed", "conclusion": "success",
        "started_at": "2026-01-01T00:01:00Z", "completed_at": "2026-01-01T00:02:00Z",
        "details_url": "https://ci/1", "html_url": "https://github.com/1", "output": {"title": "41 passed"},
        "check_suite": {"id": 20_000_000_001_i64, "created_at": "2026-01-01T00:00:00Z"},
        "app": {"slug": "circleci", "name": "Circle CI"}, "pull_requests": [],
    });
    check("check_run", "check_run", run, changes).expect("a check")
}

#[test]
fn check_runs() {
    let (at, seen) = run(&json!({}));
    assert_eq!(at, time("2026-01-01T00:02:00Z"));
    assert_eq!(
        seen,
        CheckSeen {
            head_sha: "aaa".into(),
            app: "circleci".into(),
            suite_id: 20_000_000_001,
            workflow: None,
            workflow_name: None,
            name: "test".into(),
            github_id: 30_000_000_001,
            attempt: None,
            status: CheckStatus::Completed,
            conclusion: Some(CheckConclusion::Success),
            url: Some("https://ci/1".into()),
            summary: Some("41 passed".into()),
            created_at: None,
            started_at: Some(time("2026-01-01T00:01:00Z")),
            completed_at: Some(time("2026-01-01T00:02:00Z")),
        }
    );
    let (at, seen) = run(&json!({
        "status": "queued", "conclusion": null, "started_at": null, "completed_at": null, "details_url": null,
        "output": null, "app": {"name": "Circle CI"},
    }));
    assert_eq!(at, time("2026-01-01T00:00:00Z"), "as its suite was made");
    assert_eq!((seen.status, seen.conclusion), (CheckStatus::Queued, None));
    assert_eq!((seen.app.as_str(), seen.url.as_deref()), ("circle-ci", Some("https://github.com/1")));
    let odd = run(&json!({"status": "dreaming", "conclusion": "meh", "check_suite": null})).1;
    assert_eq!((odd.status, odd.suite_id), (CheckStatus::Other("dreaming".into()), 0));
    assert_eq!(odd.conclusion, Some(CheckConclusion::Other("meh".into())));
    let ended = run(&json!({"status": null, "conclusion": "failure"})).1;
    assert_eq!(ended.status, CheckStatus::Completed);
}

fn suite(changes: &Value) -> Option<(DateTime<Utc>, CheckSeen)> {
    let suite = json!({
        "id": 20, "head_sha": "aaa", "status": "completed", "conclusion": "failure", "latest_check_runs_count": 2,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:05:00Z",
        "app": {"slug": "circleci", "name": "Circle CI"},
    });
    check("check_suite", "check_suite", suite, changes)
}

#[test]
fn a_suite_counts_where_it_has_checks_or_is_a_workflows_that_ended() {
    let (at, seen) = suite(&json!({})).expect("a check");
    assert_eq!(at, time("2026-01-01T00:05:00Z"));
    let conclusion = Some(CheckConclusion::Failure);
    assert_eq!(
        seen,
        CheckSeen::suite("aaa", "circleci", 20, "Circle CI", CheckStatus::Completed, conclusion)
    );
    let queued = json!({"status": "queued", "conclusion": null, "latest_check_runs_count": 0});
    assert_eq!(suite(&queued), None, "each app has such a suite on each commit");
    assert_eq!(suite(&json!({"latest_check_runs_count": 0})), None);
    assert!(suite(&json!({"latest_check_runs_count": null})).is_some());
    let actions = json!({
        "app": {"slug": "github-actions", "name": "GitHub Actions"}, "conclusion": "action_required",
        "latest_check_runs_count": 0,
    });
    assert_eq!(suite(&actions).expect("a check").1.status, CheckStatus::Waiting);
}

fn workflow_run(changes: &Value, workflow: &Value) -> (DateTime<Utc>, CheckSeen) {
    let run = json!({
        "id": 50, "check_suite_id": 20, "name": "CI", "head_sha": "aaa", "status": "completed", "conclusion": "success",
        "event": "pull_request", "workflow_id": 5, "html_url": "https://github.com/acme/api/actions/runs/50",
        "run_attempt": 2, "run_started_at": "2026-01-01T00:01:00Z", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:05:00Z",
    });
    let mut payload = about("completed", "workflow_run", changed(run, changes));
    payload["workflow"] = workflow.clone();
    let fact = facts("workflow_run", &payload).pop().expect("a fact");
    let What::Check(seen) = fact.what else { panic!("{fact:?}") };
    (fact.at, seen)
}

#[test]
fn workflow_runs_are_suites_with_their_workflow() {
    let (at, seen) = workflow_run(&json!({}), &json!({"id": 5, "name": "Build"}));
    assert_eq!(at, time("2026-01-01T00:05:00Z"));
    let conclusion = Some(CheckConclusion::Success);
    assert_eq!(
        seen,
        CheckSeen {
            workflow: Some(Workflow { id: 5, event: "pull_request".into() }),
            workflow_name: Some("Build".into()),
            attempt: Some(2),
            url: Some("https://github.com/acme/api/actions/runs/50".into()),
            started_at: Some(time("2026-01-01T00:01:00Z")),
            ..CheckSeen::suite("aaa", "github-actions", 20, "Build", CheckStatus::Completed, conclusion)
        }
    );
    let (_, seen) = workflow_run(&json!({"check_suite_id": null, "event": null}), &Value::Null);
    assert_eq!((seen.name.as_str(), seen.suite_id, seen.workflow), ("CI", -50, None));
    let (_, seen) = workflow_run(&json!({"name": null, "path": ".github/workflows/ci.yml"}), &Value::Null);
    assert_eq!(seen.workflow_name.as_deref(), Some(".github/workflows/ci.yml"));
    let (_, seen) = workflow_run(&json!({"name": null}), &Value::Null);
    assert_eq!((seen.name.as_str(), seen.workflow_name), ("github-actions", None));
    let waits = workflow_run(&json!({"conclusion": "action_required"}), &Value::Null).1;
    assert_eq!((waits.status, waits.conclusion), (CheckStatus::Waiting, None));
}

#[test]
fn jobs_stand_in_their_run() {
    let job = |changes| {
        let job = json!({
            "id": 30, "run_id": 50, "run_attempt": 2, "name": "test", "workflow_name": "CI", "head_sha": "aaa", "status": "in_progress",
            "conclusion": null, "html_url": "https://github.com/acme/api/actions/runs/50/job/30",
            "created_at": "2026-01-01T00:00:00Z", "started_at": "2026-01-01T00:01:00Z", "completed_at": null,
        });
        check("workflow_job", "workflow_job", job, &changes).expect("a check")
    };
    let (at, seen) = job(json!({}));
    assert_eq!(at, time("2026-01-01T00:01:00Z"));
    assert_eq!((seen.app.as_str(), seen.suite_id, seen.github_id), ("github-actions", -50, 30));
    assert_eq!((seen.attempt, &seen.status), (Some(2), &CheckStatus::InProgress));
    assert_eq!(seen.workflow_name.as_deref(), Some("CI"));
    assert_eq!(seen.created_at, Some(time("2026-01-01T00:00:00Z")));
    let (at, seen) = job(json!({"status": "waiting", "started_at": null, "run_id": null, "steps": null}));
    assert_eq!((at, seen.suite_id, seen.status), (time("2026-01-01T00:00:00Z"), 0, CheckStatus::Waiting));
}

#[test]
fn statuses_of_commits() {
    let status = |changes| {
        let mut payload = json!({
            "id": 6_805_126_730_i64, "sha": "aaa", "context": "ci/jenkins", "state": "success",
            "description": "41 passed", "target_url": "https://ci/1", "created_at": "2026-01-01T00:00:00+00:00",
            "repository": repository(),
        });
        payload = changed(payload, &changes);
        let fact = facts("status", &payload).pop().expect("a fact");
        let What::Check(seen) = fact.what else { panic!("{fact:?}") };
        assert_eq!(fact.at, time("2026-01-01T00:00:00Z"));
        assert_eq!((seen.app.as_str(), seen.name.as_str(), seen.suite_id), ("status", "ci/jenkins", 0));
        (seen.status, seen.conclusion)
    };
    assert_eq!(status(json!({})), (CheckStatus::Completed, Some(CheckConclusion::Success)));
    assert_eq!(status(json!({"state": "pending"})), (CheckStatus::Pending, None));
    assert_eq!(status(json!({"state": "error"})), (CheckStatus::Completed, Some(CheckConclusion::Failure)));
    let late = json!({"created_at": null, "updated_at": "2026-01-01T00:00:00Z", "target_url": null});
    assert_eq!(status(late), (CheckStatus::Completed, Some(CheckConclusion::Success)));
}
