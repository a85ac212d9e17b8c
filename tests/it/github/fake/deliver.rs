//! What a small GitHub delivers by webhooks.

use chrono::{DateTime, Utc};
use flowlens::{facts::fact::Fact, github::webhook};
use serde_json::{Value, json};

use super::{
    resolve::{check_url, find_run},
    world::{Pull, Suite, World},
};

/// A delivery before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event: &'static str,
    pub(crate) payload: Value,
}

impl Delivery {
    pub(crate) fn body(&self) -> Vec<u8> {
        self.payload.to_string().into_bytes()
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        webhook::read(self.event, &self.body()).expect("a delivery").facts
    }
}

fn small(word: &str) -> String {
    word.to_lowercase()
}

impl World {
    fn delivery(&self, at: usize, event: &'static str, action: Option<&str>, mut payload: Value) -> Delivery {
        let repository = &self.repositories[at];
        // A push counts seconds.
        let time = |time: DateTime<Utc>| if event == "push" { json!(time.timestamp()) } else { json!(time) };
        payload["repository"] = json!({
            "id": repository.id, "name": repository.name, "full_name": repository.full_name(),
            "private": repository.is_private, "archived": repository.is_archived, "fork": false,
            "owner": {"login": repository.owner, "avatar_url": "https://github.com/"},
            "html_url": format!("https://github.com/{}", repository.full_name()), "description": null,
            "language": "Rust", "default_branch": "main", "created_at": time(repository.created_at),
            "updated_at": repository.updated_at, "pushed_at": time(repository.pushed_at),
        });
        payload["sender"] = json!({"login": "ben"});
        if let Some(action) = action {
            payload["action"] = json!(action);
        }
        Delivery { event, payload }
    }

    pub(crate) fn tell_repository(&self, at: usize, action: &str) -> Delivery {
        self.delivery(at, "repository", Some(action), json!({}))
    }

    pub(crate) fn tell_push(&self, at: usize, number: i32) -> Delivery {
        let pull = &self.repositories[at].pulls[&number];
        let branch = format!("refs/heads/{}", pull.head_branch);
        self.delivery(at, "push", None, json!({"ref": branch, "after": pull.head, "commits": []}))
    }

    pub(crate) fn tell_pull(&self, at: usize, number: i32, action: &str) -> Delivery {
        let pull = self.pull(at, number);
        self.delivery(at, "pull_request", Some(action), json!({"number": number, "pull_request": pull}))
    }

    fn user(&self, login: Option<&String>) -> Value {
        let Some(login) = login else { return Value::Null };
        let is_bot = self.bots.contains(login);
        let login = format!("{login}{}", if is_bot { "[bot]" } else { "" });
        let avatar = format!("https://avatars.example/{login}");
        json!({"login": login, "avatar_url": avatar, "type": if is_bot { "Bot" } else { "User" }})
    }

    fn pull(&self, at: usize, number: i32) -> Value {
        let pull = &self.repositories[at].pulls[&number];
        let name = self.repositories[at].full_name();
        let users = |logins: &[String]| -> Vec<Value> {
            logins.iter().filter(|who| !who.starts_with('@')).map(|who| self.user(Some(who))).collect()
        };
        let teams = pull.requests.iter().filter_map(|who| who.strip_prefix('@')?.split_once('/'));
        let teams = teams.map(|(owner, slug)| {
            json!({"slug": slug, "html_url": format!("https://github.com/orgs/{owner}/teams/{slug}")})
        });
        json!({
            "id": pull.id, "number": number, "title": pull.title, "body": pull.body, "locked": false,
            "state": if pull.state == "OPEN" { "open" } else { "closed" }, "draft": pull.is_draft,
            "merged": pull.merged_at.is_some(), "user": self.user(pull.author.as_ref()),
            "html_url": format!("https://github.com/{name}/pull/{number}"), "created_at": pull.created_at,
            "updated_at": pull.updated_at, "closed_at": pull.closed_at, "merged_at": pull.merged_at,
            "head": {"ref": pull.head_branch, "sha": pull.head, "repo": repo(pull)},
            "base": {"ref": pull.base_branch, "sha": "0"},
            "labels": pull.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
            "assignees": users(&pull.assignees), "requested_reviewers": users(&pull.requests),
            "requested_teams": teams.collect::<Vec<_>>(), "additions": 2 * pull.files.len(),
            "deletions": pull.files.len(), "changed_files": pull.files.len(), "commits": pull.commits,
            "mergeable": pull.mergeable == "MERGEABLE", "mergeable_state": small(pull.merge_state),
            "auto_merge": pull.auto_merge.map(|_| json!({"merge_method": "squash"})),
        })
    }

    pub(crate) fn tell_review(&self, at: usize, number: i32, id: i64, action: &str) -> Delivery {
        let mut pull = self.pull(at, number);
        // It is cut down in these.
        for name in
            ["merged", "additions", "deletions", "changed_files", "commits", "mergeable", "mergeable_state"]
        {
            pull.as_object_mut().expect("an object").remove(name);
        }
        let reviews = &self.repositories[at].pulls[&number].reviews;
        let review = reviews.iter().find(|review| review.id == id).expect("a review");
        let told = json!({
            "id": id, "user": self.user(review.author.as_ref()), "state": small(review.state), "body": null,
            "commit_id": review.commit, "submitted_at": review.at, "updated_at": review.updated_at,
        });
        self.delivery(at, "pull_request_review", Some(action), json!({"review": told, "pull_request": pull}))
    }

    /// A check of a workflow is a job, too.
    pub(crate) fn tell_check(&self, at: usize, head: &str, id: i64) -> Vec<Delivery> {
        let (suite, run) = find_run(self, at, head, id);
        let suites = &self.repositories[at].commits[head].suites;
        let suite = suites.iter().find(|one| one.id == suite).expect("a suite");
        let (status, conclusion) = (small(run.status), run.conclusion.map(small));
        let action = if run.conclusion.is_some() { "completed" } else { "created" };
        let url = check_url(self, at, suite, id);
        let told = json!({
            "id": id, "name": run.name, "head_sha": head, "status": status, "conclusion": conclusion,
            "started_at": run.started_at, "completed_at": run.completed_at, "details_url": url,
            "html_url": url, "output": {"title": null, "summary": null}, "app": app(suite),
            "check_suite": {"id": suite.id, "head_sha": head, "created_at": suite.created_at, "app": app(suite)},
            "pull_requests": [],
        });
        let mut told = vec![self.delivery(at, "check_run", Some(action), json!({"check_run": told}))];
        if let Some((workflow_run, _, workflow, _)) = &suite.workflow {
            let job = json!({
                "id": id, "run_id": workflow_run, "run_attempt": suite.attempt, "workflow_name": workflow, "name": run.name,
                "head_sha": head, "status": status, "conclusion": conclusion, "created_at": suite.created_at,
                "started_at": run.started_at, "completed_at": run.completed_at, "html_url": url,
            });
            let action = if run.conclusion.is_some() { "completed" } else { "in_progress" };
            told.push(self.delivery(at, "workflow_job", Some(action), json!({"workflow_job": job})));
        }
        told
    }

    /// A workflow's suite is a run of it, too.
    pub(crate) fn tell_suite(&self, at: usize, head: &str, suite: &Suite, action: &str) -> Vec<Delivery> {
        let (status, conclusion) = (small(suite.status), suite.conclusion.map(small));
        let now = self.now();
        let told = json!({
            "id": suite.id, "head_sha": head, "status": status, "conclusion": conclusion, "app": app(suite),
            "created_at": suite.created_at, "updated_at": now, "latest_check_runs_count": suite.runs.len(),
            "pull_requests": [],
        });
        let mut told = vec![self.delivery(at, "check_suite", Some(action), json!({"check_suite": told}))];
        if let Some((run, id, name, event)) = &suite.workflow {
            let page = format!("https://github.com/{}/actions/runs/{run}", self.repositories[at].full_name());
            let run = json!({
                "id": run, "check_suite_id": suite.id, "name": name, "workflow_id": id, "event": event,
                "head_sha": head, "status": status, "conclusion": conclusion, "html_url": page, "run_attempt": suite.attempt,
                "run_started_at": suite.created_at, "created_at": suite.created_at, "updated_at": now,
            });
            let payload = json!({"workflow_run": run, "workflow": {"id": id, "name": name}});
            told.push(self.delivery(at, "workflow_run", Some(action), payload));
        }
        told
    }

    pub(crate) fn tell_status(&self, at: usize, head: &str, context: &str) -> Delivery {
        let statuses = &self.repositories[at].commits[head].statuses;
        let status = statuses.iter().find(|status| status.context == context).expect("a status");
        let payload = json!({
            "id": status.id, "sha": head, "context": context, "state": small(status.state), "description": null,
            "target_url": null, "created_at": status.created_at, "updated_at": status.created_at, "branches": [],
        });
        self.delivery(at, "status", None, payload)
    }
}

fn repo(pull: &Pull) -> Value {
    if pull.lost_fork { Value::Null } else { json!({"id": 1, "fork": pull.is_cross}) }
}

fn app(suite: &Suite) -> Value {
    json!({"slug": suite.app, "name": suite.app})
}
