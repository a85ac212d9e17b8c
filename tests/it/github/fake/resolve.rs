//! What the world says of each field.

mod checks;

pub(super) use self::checks::{check_url, find_run, find_status};
use self::checks::{commit, find_suite, review, rollup, run, status, suite};

use serde_json::{Map, Value, json};

use super::{
    act::{self, Payload},
    list::List,
    world::{Commit, Pull, Repository, World},
};

/// A field's content.
pub(crate) enum Resolved {
    Value(Value),
    Object(Object),
    List(Vec<Resolved>),
    Failed(Failed),
    /// The world does not know.
    Unknown,
}

/// Why a field has no content.
pub(crate) struct Failed {
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) is_saml: bool,
}

/// A thing of the world, by where it is.
#[derive(Clone)]
pub(crate) enum Object {
    Query,
    /// What became of it.
    Mutation(Box<Result<Payload, (String, String)>>),
    Payload(Box<Payload>),
    RateLimit,
    Viewer,
    Actor(String),
    Team(String),
    Organization(String),
    Repository(usize),
    Pull(usize, i32),
    PullCommit(usize, String),
    Commit(usize, String),
    Rollup(usize, String),
    Run(usize, String, i64),
    Suite(usize, String, i64),
    WorkflowRun(usize, String, i64),
    Workflow(usize, String, i64),
    Status(usize, String, i64),
    App(String),
    Review(usize, i32, i64),
    Request(String),
    AutoMerge(usize, i32),
    QueueEntry(usize, i32),
    Comment(usize, i32, usize),
    Forced(usize, i32, usize),
    LeftQueue(usize, i32),
    Queue(usize),
    File(String),
    /// Something of which only the name counts: a label, a branch, a language.
    Named(&'static str, String),
    List(List),
    PageInfo(Map<String, Value>),
    Count(&'static str, String, usize),
    /// Nothing is known of it.
    Plain(&'static str),
}

pub(crate) fn value(value: impl serde::Serialize) -> Resolved {
    Resolved::Value(json!(value))
}

fn object(object: Option<Object>) -> Resolved {
    object.map_or(Resolved::Value(Value::Null), Resolved::Object)
}

pub(super) fn failed(kind: &str, message: &str) -> Resolved {
    Resolved::Failed(Failed { kind: kind.to_owned(), message: message.to_owned(), is_saml: false })
}

/// A node's id: what it is, and its number.
pub(crate) fn node_id(kind: &str, id: i64) -> String {
    format!("{kind}_{id}")
}

impl Object {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Mutation(_) => "Mutation",
            Self::Payload(payload) => payload.type_name,
            Self::Comment(..) => "IssueComment",
            Self::Forced(..) => "HeadRefForcePushedEvent",
            Self::LeftQueue(..) => "RemovedFromMergeQueueEvent",
            Self::Queue(_) => "MergeQueue",
            Self::File(_) => "PullRequestChangedFile",
            Self::RateLimit => "RateLimit",
            Self::Actor(login) if login.ends_with("[bot]") => "Bot",
            Self::Viewer | Self::Actor(_) => "User",
            Self::Team(_) => "Team",
            Self::Organization(_) => "Organization",
            Self::Repository(_) => "Repository",
            Self::Pull(..) => "PullRequest",
            Self::PullCommit(..) => "PullRequestCommit",
            Self::Commit(..) => "Commit",
            Self::Rollup(..) => "StatusCheckRollup",
            Self::Run(..) => "CheckRun",
            Self::Suite(..) => "CheckSuite",
            Self::WorkflowRun(..) => "WorkflowRun",
            Self::Workflow(..) => "Workflow",
            Self::Status(..) => "StatusContext",
            Self::App(_) => "App",
            Self::Review(..) => "PullRequestReview",
            Self::Request(_) => "ReviewRequest",
            Self::AutoMerge(..) => "AutoMergeRequest",
            Self::QueueEntry(..) => "MergeQueueEntry",
            Self::List(list) => list.type_name,
            Self::PageInfo(_) => "PageInfo",
            Self::Named(name, _) | Self::Count(name, ..) | Self::Plain(name) => name,
        }
    }

    pub(crate) fn resolve(&self, world: &World, field: &str, arguments: &Map<String, Value>) -> Resolved {
        match self {
            Self::Query => query(world, field, arguments),
            Self::Mutation(done) => match &**done {
                Ok(payload) => Resolved::Object(Self::Payload(Box::new(payload.clone()))),
                Err((kind, message)) => failed(kind, message),
            },
            Self::Payload(payload) => payload.resolve(world, field),
            Self::Comment(..) | Self::Forced(..) | Self::LeftQueue(..) | Self::Queue(_) | Self::File(_) => {
                act::item(world, self, field, arguments)
            }
            Self::Viewer => match field {
                "login" => value(&world.viewer),
                "repositories" => {
                    let there = world.repositories.iter().enumerate().filter(|(_, one)| !one.is_gone);
                    let items = there.map(|(at, one)| (one.full_name(), Self::Repository(at)));
                    List::page("RepositoryConnection", items.collect(), arguments)
                }
                _ => act::of_viewer(world, field),
            },
            Self::Actor(login) => match field {
                "id" => value(format!("U_{login}")),
                "login" => value(login.trim_end_matches("[bot]")),
                "avatarUrl" => value(format!("https://avatars.example/{login}")),
                _ => Resolved::Unknown,
            },
            Self::Team(name) => match (field, name.split_once('/')) {
                ("slug", Some((_, slug))) => value(slug),
                ("id", Some((_, slug))) => value(format!("T_{slug}")),
                ("organization", Some((owner, _))) => Resolved::Object(Self::Organization(owner.to_owned())),
                _ => Resolved::Unknown,
            },
            Self::Organization(login) => match field {
                "login" => value(login),
                _ => Resolved::Unknown,
            },
            Self::Repository(at) => repository(world, *at, field, arguments),
            Self::Pull(at, number) => pull(world, *at, *number, field, arguments),
            Self::PullCommit(at, sha) => match field {
                "commit" => Resolved::Object(Self::Commit(*at, sha.clone())),
                _ => Resolved::Unknown,
            },
            Self::Commit(at, sha) => commit(world, *at, sha, field, arguments),
            Self::Rollup(at, sha) => rollup(world, *at, sha, field, arguments),
            Self::Run(at, sha, id) => run(world, *at, sha, *id, field),
            Self::Suite(at, sha, id) => suite(world, *at, sha, *id, field),
            Self::WorkflowRun(at, sha, id) => {
                match (field, &find_suite(&world.repositories[*at].commits[sha], *id).workflow) {
                    ("databaseId", Some((run, ..))) => value(run),
                    ("event", Some((.., event))) => value(event),
                    ("workflow", _) => Resolved::Object(Self::Workflow(*at, sha.clone(), *id)),
                    _ => Resolved::Unknown,
                }
            }
            Self::Workflow(at, sha, id) => {
                match (field, &find_suite(&world.repositories[*at].commits[sha], *id).workflow) {
                    ("databaseId", Some((_, id, ..))) => value(id),
                    ("name", Some((_, _, name, _))) => value(name),
                    _ => Resolved::Unknown,
                }
            }
            Self::Status(at, sha, id) => status(world, *at, sha, *id, field),
            Self::App(slug) if field == "slug" => value(slug),
            Self::Review(at, number, id) => review(world, *at, *number, *id, field),
            Self::Request(who) => match (field, who.strip_prefix('@')) {
                ("requestedReviewer", Some(team)) => Resolved::Object(Self::Team(team.to_owned())),
                ("requestedReviewer", None) => Resolved::Object(actor(world, who)),
                ("asCodeOwner", _) => value(false),
                _ => Resolved::Unknown,
            },
            Self::AutoMerge(at, number) => match (field, find(world, *at, *number).1) {
                ("enabledAt", pull) => value(pull.auto_merge),
                ("enabledBy", pull) => object(pull.acts.auto_merge_by.clone().map(Self::Actor)),
                _ => Resolved::Unknown,
            },
            Self::QueueEntry(at, number) => match field {
                "position" => value(find(world, *at, *number).1.queue),
                "state" => value("QUEUED"),
                "enqueuer" => object(find(world, *at, *number).1.acts.queued_by.clone().map(Self::Actor)),
                "enqueuedAt" => value(find(world, *at, *number).1.updated_at),
                "pullRequest" => Resolved::Object(Self::Pull(*at, *number)),
                _ => Resolved::Unknown,
            },
            Self::Named(_, name) if field == "name" => value(name),
            Self::Named("Label", name) if field == "id" => value(format!("LA_{name}")),
            Self::List(list) => list.resolve(world, field),
            Self::PageInfo(info) => info.get(field).cloned().map_or(Resolved::Unknown, Resolved::Value),
            Self::Count(_, state, count) => match field {
                "state" => value(state),
                "count" => value(count),
                _ => Resolved::Unknown,
            },
            Self::RateLimit | Self::App(_) | Self::Named(..) | Self::Plain(_) => Resolved::Unknown,
        }
    }
}

fn actor(world: &World, login: &str) -> Object {
    let suffix = if world.bots.contains(login) { "[bot]" } else { "" };
    Object::Actor(format!("{login}{suffix}"))
}

fn find(world: &World, at: usize, number: i32) -> (&Repository, &Pull) {
    let repository = &world.repositories[at];
    (repository, &repository.pulls[&number])
}

fn query(world: &World, field: &str, arguments: &Map<String, Value>) -> Resolved {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    match field {
        "viewer" => Resolved::Object(Object::Viewer),
        "rateLimit" => Resolved::Object(Object::RateLimit),
        "node" => node(world, text("id")),
        "nodes" => {
            let ids = arguments.get("ids").and_then(Value::as_array).into_iter().flatten();
            Resolved::List(ids.map(|id| node(world, id.as_str().unwrap_or_default())).collect())
        }
        "repository" => {
            let name = format!("{}/{}", text("owner"), text("name"));
            let message = format!("Could not resolve to a Repository with the name '{name}'.");
            world.find(&name).map_or_else(
                || failed("NOT_FOUND", &message),
                |(at, _)| open(world, at, Object::Repository(at)),
            )
        }
        _ => Resolved::Unknown,
    }
}

/// A thing of a repository, unless its owner wants single sign-on.
fn open(world: &World, at: usize, object: Object) -> Resolved {
    if !world.closed.contains(&world.repositories[at].owner) {
        return Resolved::Object(object);
    }
    let message = "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.";
    Resolved::Failed(Failed { kind: "FORBIDDEN".to_owned(), message: message.to_owned(), is_saml: true })
}

fn node(world: &World, id: &str) -> Resolved {
    if let Some(kind) = world.hidden.get(id) {
        return kind.as_ref().map_or(Resolved::Value(Value::Null), |kind| failed(kind, "It is hidden."));
    }
    for (at, repository) in world.repositories.iter().enumerate().filter(|(_, one)| !one.is_gone) {
        if node_id("R", repository.id) == id {
            return open(world, at, Object::Repository(at));
        }
        if let Some((number, _)) = repository.pulls.iter().find(|(_, pull)| node_id("PR", pull.id) == id) {
            return open(world, at, Object::Pull(at, *number));
        }
    }
    failed("NOT_FOUND", &format!("Could not resolve to a node with the global id of '{id}'."))
}

fn repository(world: &World, at: usize, field: &str, arguments: &Map<String, Value>) -> Resolved {
    let repository = &world.repositories[at];
    match field {
        "id" => value(node_id("R", repository.id)),
        "databaseId" => value(repository.id),
        "nameWithOwner" => value(repository.full_name()),
        "name" => value(&repository.name),
        "isPrivate" => value(repository.is_private),
        "isArchived" => value(repository.is_archived),
        "url" => value(format!("https://github.com/{}", repository.full_name())),
        "createdAt" => value(repository.created_at),
        "updatedAt" => value(repository.updated_at),
        "pushedAt" => value(repository.pushed_at),
        "owner" => Resolved::Object(Object::Organization(repository.owner.clone())),
        "primaryLanguage" => Resolved::Object(Object::Named("Language", "Rust".to_owned())),
        "defaultBranchRef" => Resolved::Object(Object::Named("Ref", "main".to_owned())),
        "pullRequests" => {
            let states = arguments.get("states").filter(|states| !states.is_null());
            let is_asked = |pull: &Pull| {
                states.is_none_or(|states| match states {
                    Value::Array(words) => words.contains(&json!(pull.state)),
                    one => *one == json!(pull.state),
                })
            };
            let by_update = arguments.get("orderBy").is_some_and(|order| order["field"] == "UPDATED_AT");
            let backwards = arguments.get("orderBy").is_some_and(|order| order["direction"] == "DESC");
            let pulls = repository.pulls.iter().filter(|(_, pull)| is_asked(pull));
            let mut items: Vec<(String, Object)> = pulls
                .map(|(number, pull)| {
                    let time = if by_update { pull.updated_at } else { pull.created_at };
                    (format!("{:020}/{number:010}", time.timestamp()), Object::Pull(at, *number))
                })
                .collect();
            items.sort_by(|(a, _), (b, _)| if backwards { b.cmp(a) } else { a.cmp(b) });
            List::page("PullRequestConnection", items, arguments)
        }
        _ => act::of_repository(world, at, field, arguments),
    }
}

fn pull(world: &World, at: usize, number: i32, field: &str, arguments: &Map<String, Value>) -> Resolved {
    let (repository, pull) = find(world, at, number);
    let list = |name, items: Vec<Object>| List::plain(name, items, arguments);
    match field {
        "id" => value(node_id("PR", pull.id)),
        "fullDatabaseId" => value(pull.id.to_string()),
        "number" => value(number),
        "title" => value(&pull.title),
        "body" => value(&pull.body),
        "url" => value(format!("https://github.com/{}/pull/{number}", repository.full_name())),
        "state" => value(pull.state),
        "isDraft" => value(pull.is_draft),
        "createdAt" => value(pull.created_at),
        "updatedAt" => value(pull.updated_at),
        "closedAt" => value(pull.closed_at),
        "mergedAt" => value(pull.merged_at),
        "merged" => value(pull.merged_at.is_some()),
        "repository" | "baseRepository" => Resolved::Object(Object::Repository(at)),
        "isCrossRepository" => value(pull.is_cross),
        "headRepository" => object((!pull.lost_fork).then_some(Object::Repository(at))),
        "author" => object(pull.author.as_ref().map(|login| actor(world, login))),
        "headRefOid" => value(&pull.head),
        "headRefName" => value(&pull.head_branch),
        "baseRefName" => value(&pull.base_branch),
        "additions" => value(2 * pull.files.len()),
        "deletions" | "changedFiles" => value(pull.files.len()),
        "mergeable" => value(pull.mergeable),
        "mergeStateStatus" => value(pull.merge_state),
        "autoMergeRequest" => object(pull.auto_merge.map(|_| Object::AutoMerge(at, number))),
        "isInMergeQueue" => value(pull.queue.is_some()),
        "mergeQueueEntry" => object(pull.queue.map(|_| Object::QueueEntry(at, number))),
        "commits" => {
            let earlier = (1..pull.commits).map(|n| super::world::sha(pull.id, -n));
            let all = earlier.chain([pull.head.clone()]);
            list("PullRequestCommitConnection", all.map(|sha| Object::PullCommit(at, sha)).collect())
        }
        "labels" => {
            let labels = pull.labels.iter().map(|name| Object::Named("Label", name.clone()));
            list("LabelConnection", labels.collect())
        }
        "assignees" => list("UserConnection", pull.assignees.iter().map(|who| actor(world, who)).collect()),
        "reviewRequests" => list(
            "ReviewRequestConnection",
            pull.requests.iter().map(|who| Object::Request(who.clone())).collect(),
        ),
        "reviews" => {
            let reviews = pull.reviews.iter().map(|review| Object::Review(at, number, review.id));
            list("PullRequestReviewConnection", reviews.collect())
        }
        "statusCheckRollup" => {
            let told = pull.lags_at.as_ref().unwrap_or(&pull.head);
            let state = repository.commits.get(told).and_then(Commit::state);
            object(state.map(|_| Object::Rollup(at, told.clone())))
        }
        _ => act::of_pull(world, at, number, field, arguments),
    }
}

/// A check that the token may not read.
pub(super) fn unreadable() -> Resolved {
    failed("FORBIDDEN", "Resource not accessible by personal access token")
}
