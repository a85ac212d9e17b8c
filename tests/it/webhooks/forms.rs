//! Deliveries of other servers and other times: what is missing, null or in another form costs nothing else.

use chrono::{DateTime, Utc};
use flowlens::{
    facts::fact::{
        Fact, MergeQueueSeen, PullRequestSeen, PullState, RepositorySeen, ReviewSeen, ReviewState, What,
    },
    github::webhook::{Unreadable, WantedFiles, envelope, read},
};
use serde_json::{Value, json};

use super::{about, changed, facts, repository, time, told};

fn pull(changes: &Value) -> Value {
    let pull = json!({
        "number": 7, "title": "Renew", "state": "open", "draft": false, "merged": false, "body": "",
        "user": {"login": "dependabot[bot]", "type": "Bot", "avatar_url": "https://a/1"},
        "html_url": "https://github.com/acme/api/pull/7",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z", "closed_at": null, "merged_at": null,
        "head": {"ref": "topic", "sha": "aaa", "repo": null}, "base": {"ref": "main", "sha": "bbb"},
        "labels": [{"name": "bug"}], "assignees": [{"login": "ana"}],
        "requested_reviewers": [{"login": "ben"}],
        "requested_teams": [{"slug": "core", "html_url": "https://github.com/orgs/acme/teams/core"}],
        "additions": 1, "deletions": 2, "changed_files": 3, "commits": 4,
        "mergeable": true, "mergeable_state": "clean", "auto_merge": null,
    });
    changed(pull, changes)
}

fn picture(action: &str, changes: &Value) -> (DateTime<Utc>, PullRequestSeen) {
    let facts = facts("pull_request", &about(action, "pull_request", pull(changes)));
    let seen = facts.into_iter().find_map(|fact| match fact.what {
        What::PullRequest(seen) => Some((fact.at, *seen)),
        _ => None,
    });
    seen.expect("a picture")
}

#[test]
fn a_pull_request_is_a_picture_whatever_the_action() {
    for action in ["opened", "labeled", "auto_merge_enabled", "milestoned", "something_new"] {
        let (at, seen) = picture(action, &json!({}));
        assert_eq!(at, time("2026-01-02T00:00:00Z"));
        assert_eq!(
            seen,
            PullRequestSeen {
                number: 7,
                title: "Renew".into(),
                author: Some("dependabot[bot]".into()),
                author_avatar: Some("https://a/1".into()),
                state: PullState::Open,
                head_sha: "aaa".into(),
                head_branch: "topic".into(),
                base_branch: "main".into(),
                description: None,
                url: Some("https://github.com/acme/api/pull/7".into()),
                labels: vec!["bug".into()],
                assignees: vec!["ana".into()],
                reviewers: vec!["ben".into(), "acme/core".into()],
                additions: Some(1),
                deletions: Some(2),
                changed_files: Some(3),
                commits: Some(4),
                mergeable_state: Some("clean".into()),
                auto_merge: false,
                created_at: time("2026-01-01T00:00:00Z"),
            }
        );
    }
    let told = told("pull_request", &about("something_new", "pull_request", pull(&json!({}))));
    assert_eq!(told.action.as_deref(), Some("something_new"));
    let wanted = WantedFiles { number: 7, head_sha: "aaa".into(), base_branch: "main".into() };
    assert_eq!(told.wants_files, [wanted]);
}

#[test]
fn how_a_pull_request_stands() {
    let (closed, merged) = ("2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z");
    for (changes, state) in [
        (json!({"draft": true}), PullState::Draft),
        (json!({"draft": null, "merged": null, "auto_merge": null}), PullState::Open),
        (
            json!({"state": "closed", "closed_at": closed, "draft": true}),
            PullState::Closed { at: time(closed) },
        ),
        (json!({"state": "closed"}), PullState::Closed { at: time("2026-01-02T00:00:00Z") }),
        (
            json!({"state": "closed", "closed_at": merged, "merged_at": merged, "merged": true}),
            PullState::Merged { at: time(merged) },
        ),
        // The cut-down forms of old servers tell one of the two.
        (
            json!({"state": "closed", "merged_at": merged, "merged": null}),
            PullState::Merged { at: time(merged) },
        ),
        (
            json!({"state": "closed", "closed_at": closed, "merged": true}),
            PullState::Merged { at: time(closed) },
        ),
    ] {
        assert_eq!(picture("edited", &changes).1.state, state, "{changes}");
    }
    assert!(
        told("pull_request", &about("closed", "pull_request", pull(&json!({"state": "closed"}))))
            .wants_files
            .is_empty()
    );
}

#[test]
fn what_is_missing_null_or_of_another_form_costs_nothing_else() {
    let (at, seen) = picture(
        "opened",
        &json!({
            "number": "7", "user": null, "body": null, "html_url": null, "updated_at": "1767312000",
            "labels": [{"name": "bug"}, null, {"color": "red"}, "text", {"name": "ui"}], "assignees": null,
            "assignee": {"login": "cleo"}, "requested_reviewers": [null, {"login": "ben"}], "requested_teams": null,
            "additions": "12", "deletions": null, "changed_files": 3.0, "commits": 99_999_999_999_i64,
            "mergeable": null, "mergeable_state": null, "auto_merge": {"merge_method": "squash"},
            "head": {"ref": "topic", "sha": "aaa", "repo": {"id": {}}}, "base": null,
        }),
    );
    assert_eq!(at, time("2026-01-02T00:00:00Z"));
    assert_eq!((seen.author, seen.author_avatar, seen.description, seen.url), (None, None, None, None));
    assert_eq!(seen.labels, ["bug", "ui"]);
    assert_eq!((seen.assignees, seen.reviewers), (vec!["cleo".to_owned()], vec!["ben".to_owned()]));
    assert_eq!(
        (seen.additions, seen.deletions, seen.changed_files, seen.commits),
        (Some(12), None, Some(3), None)
    );
    assert_eq!((seen.mergeable_state, seen.auto_merge, seen.base_branch.as_str()), (None, true, ""));
    let conflict = picture("edited", &json!({"mergeable": false, "mergeable_state": "unknown"})).1;
    assert_eq!(conflict.mergeable_state.as_deref(), Some("dirty"));
}

#[test]
fn a_picture_without_what_makes_it_is_refused() {
    for (changes, without) in [
        (json!({"number": null}), "number"),
        (json!({"number": 3_000_000_000_i64}), "number"),
        (json!({"number": 0}), "number"),
        (json!({"title": null}), "pull_request.title"),
        (json!({"head": null}), "pull_request.head.sha"),
        (json!({"state": "dreaming"}), "pull_request.state"),
        (json!({"updated_at": null, "created_at": "soon"}), "pull_request.updated_at"),
    ] {
        let body = about("opened", "pull_request", pull(&changes)).to_string();
        assert_eq!(read("pull_request", body.as_bytes()), Err(Unreadable::Missing(without)), "{changes}");
    }
    let body = json!({"repository": repository()}).to_string();
    for event in
        ["pull_request", "pull_request_review", "check_run", "check_suite", "workflow_run", "workflow_job"]
    {
        assert!(matches!(read(event, body.as_bytes()), Err(Unreadable::Missing(_))), "{event}");
    }
}

fn seen_repository(event: &str, action: &str, changes: &Value) -> Option<(Fact, RepositorySeen)> {
    let payload = json!({"action": action, "repository": changed(repository(), changes)});
    let fact = facts(event, &payload).into_iter().next()?;
    let What::Repository(seen) = fact.what.clone() else { panic!("{fact:?}") };
    Some((fact, seen))
}

#[test]
fn a_repository_is_told_by_each_of_its_events() {
    for (event, action) in [("push", "-"), ("ping", "-"), ("repository", "archived"), ("ping", "deleted")] {
        let (fact, seen) = seen_repository(event, action, &json!({})).expect("a picture");
        assert_eq!(
            (fact.repository.github_id, fact.repository.full_name.as_str()),
            (9_000_000_001, "acme/api")
        );
        assert_eq!(fact.at, time("2026-01-01T00:00:00Z"));
        assert_eq!(
            seen,
            RepositorySeen {
                private: true,
                archived: false,
                owner_avatar_url: Some("https://a/acme".into()),
                description: Some("Words".into()),
                language: Some("Rust".into()),
                default_branch: Some("main".into()),
                html_url: Some("https://github.com/acme/api".into()),
                created_at: Some(time("2020-01-01T00:00:00Z")),
            }
        );
    }
    // A push counts seconds.
    let push =
        json!({"created_at": 1_557_933_565, "id": "9000000001", "private": null, "visibility": "internal"});
    let (fact, seen) = seen_repository("push", "-", &push).expect("a picture");
    assert_eq!(seen.created_at, Some(time("2019-05-15T15:19:25Z")));
    assert_eq!((fact.repository.github_id, seen.private), (9_000_000_001, true));
    // Without its name, or its owner's login, or any of its details.
    let push = json!({"full_name": null, "owner": {"name": "acme"}});
    assert_eq!(seen_repository("push", "-", &push).expect("a picture").0.repository.full_name, "acme/api");
    assert_eq!(seen_repository("push", "-", &json!({"private": null})), None);
    assert_eq!(seen_repository("push", "-", &json!({"updated_at": null})), None);
}

#[test]
fn a_repository_that_is_deleted_is_gone() {
    let told = facts("repository", &json!({"action": "deleted", "repository": repository()}));
    assert!(matches!(told[0].what, What::Repository(_)));
    assert_eq!((&told[1].what, told[1].at), (&What::RepositoryGone, told[0].at));
    assert_eq!(told[1].at.timestamp(), time("2026-01-01T00:00:00Z").timestamp());
    assert_eq!(told.len(), 2);
}

#[test]
fn a_new_name_comes_after_the_old_one_of_the_same_second() {
    let at = |action| seen_repository("repository", action, &json!({})).expect("a picture").0.at;
    assert!(at("renamed") > at("edited") && at("transferred") > at("edited"));
    assert_eq!(at("renamed"), at("deleted"), "so that neither hides the other");
    assert_eq!(at("renamed").timestamp(), at("edited").timestamp());
}

fn reviews(action: &str, changes: &Value) -> Vec<Fact> {
    let review = json!({
        "id": 3_000_000_000_i64, "user": {"login": "bo"}, "state": "approved", "commit_id": "aaa",
        "submitted_at": "2026-01-01T12:00:00Z",
    });
    let payload = json!({
        "action": action, "review": changed(review, changes), "repository": repository(),
        // Cut down, as it comes with a review.
        "pull_request": {"number": 7, "title": "Old", "state": "open", "updated_at": "2026-01-02T00:00:00Z"},
    });
    facts("pull_request_review", &payload).split_off(1)
}

#[test]
fn reviews_and_their_dismissals() {
    let submitted_at = time("2026-01-01T12:00:00Z");
    let seen = |reviewer: &str, word| ReviewSeen {
        number: 7,
        review_id: 3_000_000_000,
        reviewer: reviewer.into(),
        state: ReviewState::parse(word),
        commit_sha: Some("aaa".into()),
        submitted_at,
    };
    let only = |facts: Vec<Fact>| {
        assert_eq!(facts.len(), 1, "{facts:?}");
        let fact = facts.into_iter().next().expect("one");
        let What::Review(seen) = fact.what else { panic!("{fact:?}") };
        (fact.at, seen)
    };
    assert_eq!(only(reviews("submitted", &json!({}))), (submitted_at, seen("bo", "approved")));
    assert_eq!(
        only(reviews("edited", &json!({"user": null, "state": "shrugged"}))).1,
        seen("ghost", "shrugged")
    );
    // Dismissed when it was last touched, or at least not after the pull request was.
    let dismissed = only(reviews("dismissed", &json!({"state": "dismissed"})));
    assert_eq!(dismissed, (time("2026-01-02T00:00:00Z"), seen("bo", "dismissed")));
    let dismissed =
        only(reviews("dismissed", &json!({"state": "DISMISSED", "updated_at": "2026-01-01T18:00:00Z"})));
    assert_eq!(dismissed, (time("2026-01-01T18:00:00Z"), seen("bo", "dismissed")));
    for action in ["dismissed", "deleted"] {
        let facts = reviews(action, &json!({}));
        assert!(matches!(&facts[0].what, What::Review(seen) if seen.state == ReviewState::Approved));
        assert!(matches!(&facts[1].what, What::ReviewDismissed(gone) if gone.review_id == 3_000_000_000));
    }
    assert!(reviews("submitted", &json!({"state": "pending", "submitted_at": null})).is_empty());
}

fn queue(facts: &[Fact]) -> Vec<(i32, Option<i32>)> {
    let place = |fact: &Fact| match &fact.what {
        What::MergeQueue(MergeQueueSeen { number, position, updated_at: None }) => Some((*number, *position)),
        _ => None,
    };
    facts.iter().filter_map(place).collect()
}

#[test]
fn the_merge_queue_without_a_place() {
    for (action, place) in [("enqueued", Some(Some(0))), ("dequeued", Some(None)), ("labeled", None)] {
        let facts = facts("pull_request", &about(action, "pull_request", pull(&json!({}))));
        assert_eq!(queue(&facts), Vec::from_iter(place.map(|place| (7, place))), "{action}");
    }
    let group = |action, branch: &str| {
        let commit = json!({"timestamp": "2026-01-01T00:00:00-01:00"});
        facts(
            "merge_group",
            &about(action, "merge_group", json!({"head_ref": branch, "head_commit": commit})),
        )
    };
    let branch = "refs/heads/gh-readonly-queue/release/2.0/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64";
    let told = group("checks_requested", branch);
    assert_eq!((queue(&told), told[1].at), (vec![(104, Some(0))], time("2026-01-01T01:00:00Z")));
    for (action, branch) in [
        ("destroyed", branch),
        ("checks_requested", "refs/heads/main"),
        ("checks_requested", "refs/heads/gh-readonly-queue/main/odd"),
    ] {
        assert!(queue(&group(action, branch)).is_empty(), "{action} {branch}");
    }
}

#[test]
fn what_is_not_ours_is_kept_and_ignored() {
    for event in ["star", "issue_comment", "something_new", "pull_request_review_comment", ""] {
        // Whatever else is in it.
        let told = told(event, &json!({"action": "created", "repository": repository(), "pull_request": 7}));
        assert_eq!(
            (told.ignored, told.action.as_deref()),
            (Some("no row shows this event"), Some("created"))
        );
        assert!(told.facts.is_empty() && told.repository.is_some());
        let bare = super::told(event, &json!({"action": "created", "repository": {"name": "api"}}));
        assert_eq!((bare.ignored, bare.repository), (Some("no row shows this event"), None));
    }
    for event in ["installation", "installation_repositories", "ping", "pull_request"] {
        for payload in [json!({"action": 7}), json!({"repository": null}), json!({"repository": "acme/api"})]
        {
            let told = told(event, &payload);
            assert_eq!(told.ignored, Some("it is about no repository"));
            assert!(told.facts.is_empty() && told.repository.is_none());
        }
    }
}

#[test]
fn half_a_surrogate_pair_costs_no_delivery() {
    let cut = pull(&json!({"title": "cut \u{1f980}"}));
    let body = about("opened", "pull_request", cut).to_string().replace('\u{1f980}', "\\ud83e");
    assert!(envelope(body.as_bytes()).is_ok(), "{body}");
    let facts = read("pull_request", body.as_bytes()).expect("told").facts;
    let titles = facts.iter().filter_map(|fact| match &fact.what {
        What::PullRequest(seen) => Some(seen.title.as_str()),
        _ => None,
    });
    assert_eq!(titles.collect::<Vec<_>>(), ["cut \u{fffd}"]);
    assert!(envelope(b"{\"title\": \"\\ud83e").is_err());
}

#[test]
fn a_byte_order_mark_says_nothing() {
    let body = "\u{feff}{\"action\": \"created\", \"repository\": {\"id\": 7, \"full_name\": \"acme/api\"}}";
    assert_eq!(envelope(body.as_bytes()).expect("an object").repository_id, Some(7));
    let told = read("star", body.as_bytes()).expect("told");
    assert_eq!(told.repository.map(|repository| repository.full_name).as_deref(), Some("acme/api"));
    assert!(envelope("\u{feff}\u{feff}{}".as_bytes()).is_err());
}

#[test]
fn what_can_never_be_read_is_refused_without_a_word_of_it() {
    let nested = |levels| format!("{{\"x\": {}\"[[\\\"[\"{}}}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(envelope(nested(126).as_bytes()).expect("an object").action, None);
    for levels in [127, 100_000] {
        let said = envelope(nested(levels).as_bytes()).expect_err("refused").to_string();
        assert_eq!(said, "nested deeper than 127 levels");
    }
    let open = "[".repeat(100_000);
    for (body, refused) in [
        (&b""[..], "no JSON at line 1, column 0"),
        (b"hush{", "no JSON at line 1, column 1"),
        (b"{\"action\": \"\xff\"}", "no JSON at line 1, column 13"),
        (b"[]", "no JSON object"),
        (b"\"hush\"", "no JSON object"),
        (b"{\"action\": \"a\", \"action\": \"hush\"}", "of a form that is not known at line 1, column 24"),
        (b"{} hush", "no JSON at line 1, column 4"),
        (open.as_bytes(), "no JSON at line 1, column 100000"),
        (
            b"{\"repository\": {\"full_name\": \"a/hush\"}}",
            "repository.id or repository.full_name is missing, or of a form that is not known",
        ),
    ] {
        let said = read("push", body).expect_err("refused").to_string();
        assert_eq!(said, refused);
    }
}
