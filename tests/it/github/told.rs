//! Answers as facts: all that is known, and nothing that is not.

use chrono::TimeDelta;
use flowlens::{
    facts::fact::{
        CheckConclusion, CheckSeen, CheckStatus, Fact, PullRequestSeen, PullState, RepositoryRef,
        ReviewState, What, Workflow,
    },
    github::payload::{Pull, QueuePlace},
};
use serde_json::{Value, json};

/// A pull request as GitHub answers, with some fields changed.
fn pull(changes: &Value) -> Pull {
    let page =
        json!({"hasNextPage": false, "endCursor": null, "hasPreviousPage": false, "startCursor": null});
    let empty = json!({"totalCount": 0, "nodes": [], "pageInfo": page});
    let mut pull = json!({
        "id": "PR_1", "number": 7, "title": "Renew", "body": "", "url": "https://github.com/acme/api/pull/7", "state": "OPEN",
        "isDraft": false, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z", "closedAt": null,
        "mergedAt": null, "author": {"__typename": "Bot", "login": "dependabot", "avatarUrl": "https://a/1"},
        "headRefOid": "aaa", "headRefName": "topic", "baseRefName": "main", "additions": 1,
        "deletions": 2, "changedFiles": 3, "commits": {"totalCount": 4}, "mergeable": "CONFLICTING",
        "mergeStateStatus": "DIRTY", "autoMergeRequest": null, "isInMergeQueue": false, "mergeQueueEntry": null,
        "labels": empty, "assignees": empty, "reviewRequests": empty, "reviews": empty, "statusCheckRollup": null,
    });
    for (name, value) in changes.as_object().expect("an object") {
        pull[name] = value.clone();
    }
    serde_json::from_value(pull).expect("a pull request")
}

fn list(nodes: &Value, more: bool) -> Value {
    let count = nodes.as_array().map_or(0, Vec::len);
    json!({"totalCount": count, "nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": "c"}})
}

fn facts(pull: &Pull, failed: &str) -> Vec<Fact> {
    let repository = RepositoryRef { github_id: 1, full_name: "acme/api".to_owned() };
    pull.facts(&repository, None, &|field| field == failed, super::fakes::now())
}

fn picture(pull: &Pull) -> Option<PullRequestSeen> {
    pull.picture(None, &|_| false)
}

fn checks(facts: &[Fact]) -> Vec<(&Fact, &CheckSeen)> {
    let check = |fact: &'_ Fact| matches!(fact.what, What::Check(_));
    let all = facts.iter().filter(|fact| check(fact));
    all.map(|fact| match &fact.what {
        What::Check(seen) => (fact, seen),
        other => panic!("{other:?}"),
    })
    .collect()
}

#[test]
fn a_picture_has_all_that_webhooks_would_say() {
    let bot = pull(&json!({}));
    let seen = picture(&bot).expect("a picture");
    assert_eq!((seen.author.as_deref(), seen.description), (Some("dependabot[bot]"), None));
    assert_eq!((seen.state, seen.commits, seen.mergeable_state), (PullState::Open, Some(4), None));
    assert_eq!(facts(&bot, "")[0].at, bot.updated_at);
    let ghost = pull(&json!({"author": null, "isDraft": true}));
    let seen = picture(&ghost).expect("a picture");
    assert_eq!((seen.author, seen.state), (None, PullState::Draft));
    let merged = pull(
        &json!({"state": "MERGED", "closedAt": "2026-01-02T00:00:00Z", "mergedAt": "2026-01-02T00:00:01Z"}),
    );
    assert_eq!(picture(&merged).map(|seen| seen.state), merged.merged_at.map(|at| PullState::Merged { at }));
    // A word that is not known is not guessed.
    assert_eq!(picture(&pull(&json!({"state": "HIDDEN"}))), None);
}

#[test]
fn a_list_that_is_not_whole_makes_no_picture() {
    let label = json!({"name": "bug"});
    for (field, value) in [
        ("labels", list(&json!([label]), true)),
        ("labels", json!({"totalCount": 1, "nodes": [label], "pageInfo": {"hasNextPage": true}})),
        ("labels", json!({"totalCount": 2, "nodes": [], "pageInfo": {}})),
        ("labels", json!({"totalCount": 0, "nodes": null, "pageInfo": null})),
        ("labels", Value::Null),
        ("assignees", Value::Null),
        ("reviewRequests", list(&json!([{"requestedReviewer": {"__typename": "Team"}}]), false)),
    ] {
        let pull = pull(&json!({ field: value }));
        assert_eq!(picture(&pull), None, "{field}: {value}");
        assert!(
            facts(&pull, "").iter().any(|fact| matches!(fact.what, What::Mergeability(_))),
            "the rest is told"
        );
    }
    let whole = pull(&json!({"labels": list(&json!([label]), false)}));
    for visible in [
        list(&json!([label]), false),
        list(&json!([label, null]), false),
        json!({"totalCount": 2, "nodes": [label], "pageInfo": {}}),
    ] {
        let pull = pull(&json!({"labels": visible}));
        assert_eq!(picture(&pull).map(|seen| seen.labels), Some(vec!["bug".to_owned()]));
    }
    for field in ["labels", "assignees", "reviewRequests", "author"] {
        assert_eq!(whole.picture(None, &|failed| failed == field), None, "{field} failed");
    }
    let asked = json!([
        {"requestedReviewer": {"__typename": "Team", "slug": "core", "organization": {"login": "acme"}}},
        {"requestedReviewer": null},
        {"requestedReviewer": {"__typename": "Bot", "login": "copilot"}},
    ]);
    let asked = pull(&json!({"reviewRequests": list(&asked, false)}));
    assert_eq!(
        picture(&asked).map(|seen| seen.reviewers),
        Some(vec!["acme/core".to_owned(), "copilot[bot]".to_owned()])
    );
    let named =
        pull(&json!({"reviewRequests": null})).picture(Some(vec!["acme/core".to_owned()]), &|_| false);
    assert_eq!(named.map(|seen| seen.reviewers), Some(vec!["acme/core".to_owned()]), "REST knew");
}

#[test]
fn reviews_are_told_with_their_own_time() {
    let review = |state: &str, author: Value| {
        json!({"fullDatabaseId": "9007199254740993", "state": state, "submittedAt": "2026-01-03T00:00:00Z",
               "updatedAt": "2026-01-04T00:00:00Z", "author": author, "commit": {"oid": "aaa"}})
    };
    let mut pending = review("PENDING", Value::Null);
    pending["submittedAt"] = Value::Null;
    let ana = json!({"__typename": "User", "login": "ana"});
    let pull = pull(
        &json!({"reviews": list(&json!([review("APPROVED", ana), review("DISMISSED", Value::Null), pending]), false)}),
    );
    let told: Vec<_> = facts(&pull, "")
        .into_iter()
        .filter_map(|fact| match fact.what {
            What::Review(seen) => Some((fact.at.to_rfc3339(), seen.reviewer, seen.state, seen.review_id)),
            _ => None,
        })
        .collect();
    let at = "2026-01-04T00:00:00+00:00".to_owned();
    assert_eq!(
        told,
        [
            (at.clone(), "ana".to_owned(), ReviewState::Approved, 9_007_199_254_740_993),
            (at, "ghost".to_owned(), ReviewState::Dismissed, 9_007_199_254_740_993),
        ]
    );
}

fn rollup(contexts: &Value, commit: &str) -> Value {
    json!({"statusCheckRollup": {"state": "FAILURE", "commit": {"oid": commit}, "contexts": contexts}})
}

fn run(name: &str, started: &Value) -> Value {
    json!({
        "__typename": "CheckRun", "databaseId": 12_345_678_901_i64, "name": name, "status": "QUEUED", "conclusion": null,
        "startedAt": started, "completedAt": null, "detailsUrl": "https://x", "title": null,
        "checkSuite": {"databaseId": 5, "createdAt": "2026-01-01T10:00:00Z", "app": {"slug": "github-actions"},
            "workflowRun": {"databaseId": 6, "event": "push", "workflow": {"databaseId": 8, "name": "CI"}}},
    })
}

fn status(context: &str, state: &str) -> Value {
    json!({"__typename": "StatusContext", "id": "SC_1", "context": context, "state": state, "description": "d",
           "targetUrl": null, "createdAt": "2026-01-01T11:00:00Z"})
}

#[test]
fn checks_are_told_with_their_workflow_and_their_own_time() {
    let contexts = json!([
        run("test", &Value::Null),
        run("lint", &json!("2026-01-01T10:00:09Z")),
        status("deploy", "PENDING"),
        status("scan", "ERROR")
    ]);
    let pull = pull(&rollup(&list(&contexts, false), "aaa"));
    let told = facts(&pull, "");
    let told = checks(&told);
    let times: Vec<_> =
        told.iter().map(|(fact, seen)| (seen.name.as_str(), fact.at.format("%T").to_string())).collect();
    let expected = [("test", "10:00:00"), ("lint", "10:00:09"), ("deploy", "11:00:00"), ("scan", "11:00:00")];
    assert_eq!(times, expected.map(|(name, time)| (name, time.to_owned())));
    let (_, test) = told[0];
    assert_eq!((test.github_id, test.suite_id, test.app.as_str()), (12_345_678_901, 5, "github-actions"));
    assert_eq!(test.workflow, Some(Workflow { id: 8, event: "push".to_owned() }));
    assert_eq!((test.workflow_name.as_deref(), test.created_at), (Some("CI"), None));
    let (_, deploy) = told[2];
    assert_eq!(
        (&deploy.status, &deploy.conclusion, deploy.completed_at),
        (&CheckStatus::Pending, &None, None)
    );
    let (_, scan) = told[3];
    assert_eq!((&scan.status, &scan.conclusion), (&CheckStatus::Completed, &Some(CheckConclusion::Failure)));
    assert_eq!(pull.all_checks(&|_| false).map(|all| all.checks.len()), Some(4));
}

#[test]
fn all_checks_are_told_only_by_a_whole_answer_about_this_head() {
    let one = run("test", &Value::Null);
    let all = |changes: &Value| pull(changes).all_checks(&|_| false);
    let whole = rollup(&list(&json!([one]), false), "aaa");
    assert!(all(&whole).is_some());
    for wrong in [
        rollup(&list(&json!([one]), true), "aaa"),
        rollup(&list(&json!([one, null]), false), "aaa"),
        rollup(&list(&json!([one, {"__typename": "NewKind"}]), false), "aaa"),
        rollup(&list(&json!([]), false), "aaa"),
        rollup(&list(&json!([one]), false), "bbb"),
        rollup(&Value::Null, "aaa"),
        json!({"statusCheckRollup": null}),
    ] {
        assert_eq!(all(&wrong), None, "{wrong}");
    }
    assert_eq!(pull(&whole).all_checks(&|field| field == "statusCheckRollup"), None);
    // Those that are told are told all the same, each with its commit.
    let other = pull(&rollup(&list(&json!([one, null]), false), "bbb"));
    let told = facts(&other, "");
    assert_eq!(checks(&told)[0].1.head_sha, "bbb");
}

#[test]
fn the_queue_is_told_only_where_it_is_known() {
    let queue = |is_in: Value, entry: Value| {
        pull(&json!({"isInMergeQueue": is_in, "mergeQueueEntry": entry})).queue()
    };
    assert_eq!(queue(json!(false), Value::Null), Some(QueuePlace::Nowhere));
    assert_eq!(queue(json!(true), json!({"position": 3})), Some(QueuePlace::At(3)));
    assert_eq!(queue(json!(true), Value::Null), None, "not told");
    assert_eq!(queue(Value::Null, Value::Null), None, "a server without it");
}

#[test]
fn what_is_missing_is_asked_for() {
    let pull = pull(&json!({"labels": list(&json!([{"name": "bug"}]), true)}));
    let further = pull.further().expect("more");
    assert_eq!(
        (&further["labels"], &further["labelsAfter"], &further["contexts"]),
        (&json!(true), &json!("c"), &json!(false))
    );
    assert_eq!(self::pull(&json!({})).further(), None);
    assert!(super::fakes::now() - pull.updated_at > TimeDelta::zero());
}
