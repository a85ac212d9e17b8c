//! What the world says of fields that have to do with acting.

use serde_json::{Map, Value, json};

use crate::github::fake::{
    list::List,
    resolve::{Object, Resolved, value},
    world::{Pull, World},
};

/// The answer to a mutation.
#[derive(Clone)]
pub(crate) struct Payload {
    pub(crate) type_name: &'static str,
    pub(crate) mark: Value,
    pub(crate) at: usize,
    pub(crate) number: i32,
}

impl Payload {
    pub(crate) fn resolve(&self, world: &World, field: &str) -> Resolved {
        let Self { at, number, .. } = *self;
        let pull = &world.repositories[at].pulls[&number];
        match field {
            "clientMutationId" => Resolved::Value(self.mark.clone()),
            "pullRequest" => Resolved::Object(Object::Pull(at, number)),
            "mergeQueueEntry" => maybe(pull.queue.map(|_| Object::QueueEntry(at, number))),
            _ => Resolved::Unknown,
        }
    }
}

fn maybe(object: Option<Object>) -> Resolved {
    object.map_or(Resolved::Value(Value::Null), Resolved::Object)
}

pub(crate) fn of_viewer(world: &World, field: &str) -> Resolved {
    match field {
        "id" => value(format!("U_{}", world.viewer)),
        _ => Resolved::Unknown,
    }
}

pub(crate) fn of_repository(
    world: &World,
    at: usize,
    field: &str,
    arguments: &Map<String, Value>,
) -> Resolved {
    let repository = &world.repositories[at];
    let rules = &repository.rules;
    let allows = |method: &str| value(rules.methods.contains(&method));
    let part = arguments.get("query").and_then(Value::as_str).unwrap_or_default();
    let holds = |name: &str| name.contains(part);
    match field {
        "viewerPermission" => value(rules.permission),
        "isInOrganization" => value(!rules.teams.is_empty()),
        "mergeCommitAllowed" => allows("MERGE"),
        "squashMergeAllowed" => allows("SQUASH"),
        "rebaseMergeAllowed" => allows("REBASE"),
        "viewerDefaultMergeMethod" => value("SQUASH"),
        "autoMergeAllowed" => value(rules.auto_merge),
        "labels" => {
            let labels = rules
                .labels
                .iter()
                .filter(|name| holds(name))
                .map(|name| Object::Named("Label", name.clone()));
            List::plain("LabelConnection", labels.collect(), arguments)
        }
        "assignableUsers" => {
            let people =
                rules.people.iter().filter(|login| holds(login)).map(|login| Object::Actor(login.clone()));
            List::plain("UserConnection", people.collect(), arguments)
        }
        "pullRequest" => {
            let number = arguments.get("number").and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
            let found = number.filter(|number| repository.pulls.contains_key(number));
            let missing = "Could not resolve to a PullRequest with the number.";
            found.map_or_else(
                || crate::github::fake::resolve::failed("NOT_FOUND", missing),
                |number| Resolved::Object(Object::Pull(at, number)),
            )
        }
        "mergeQueue" => maybe(rules.queue.then_some(Object::Queue(at))),
        _ => Resolved::Unknown,
    }
}

/// The entries of a repository's queue, in their order.
pub(crate) fn entries(world: &World, at: usize, arguments: &Map<String, Value>) -> Resolved {
    let pulls = world.repositories[at].pulls.iter();
    let mut queued: Vec<(i32, i32)> =
        pulls.filter_map(|(number, pull)| Some((pull.queue?, *number))).collect();
    queued.sort_unstable();
    let entries = queued.into_iter().map(|(_, number)| Object::QueueEntry(at, number));
    List::plain("MergeQueueEntryConnection", entries.collect(), arguments)
}

pub(crate) fn of_pull(
    world: &World,
    at: usize,
    number: i32,
    field: &str,
    arguments: &Map<String, Value>,
) -> Resolved {
    let repository = &world.repositories[at];
    let pull = &repository.pulls[&number];
    let is_author = pull.author.as_ref() == Some(&world.viewer);
    let may_write = matches!(repository.rules.permission, "WRITE" | "MAINTAIN" | "ADMIN");
    let is_open = pull.state == "OPEN";
    let actor = |login: &Option<String>| maybe(login.clone().map(Object::Actor));
    match field {
        "reviewDecision" => value(pull.acts.decision),
        "isMergeQueueEnabled" => value(repository.rules.queue),
        "mergedBy" => actor(&pull.acts.merged_by),
        "viewerDidAuthor" => value(is_author),
        "viewerCanUpdate" | "viewerCanLabel" => value(is_author || may_write),
        "viewerCanClose" => value(is_open && (is_author || may_write)),
        "viewerCanReopen" => value(pull.state == "CLOSED" && (is_author || may_write)),
        "viewerCanUpdateBranch" => value(is_open && may_write && pull.merge_state == "BEHIND"),
        "viewerCanEnableAutoMerge" => {
            let waits = matches!(pull.merge_state, "BLOCKED" | "BEHIND");
            value(is_open && may_write && waits && repository.rules.auto_merge && pull.auto_merge.is_none())
        }
        "viewerCanDisableAutoMerge" => value(may_write && pull.auto_merge.is_some()),
        "viewerLatestReview" => {
            let own = pull.reviews.iter().rev().find(|review| review.author.as_ref() == Some(&world.viewer));
            maybe(own.map(|review| Object::Review(at, number, review.id)))
        }
        "files" => {
            let paths = pull.files.iter().filter_map(|file| file["filename"].as_str());
            let files = paths.map(|path| Object::File(path.to_owned())).collect();
            List::plain("PullRequestChangedFileConnection", files, arguments)
        }
        "timelineItems" => timeline(world, at, number, arguments),
        _ => Resolved::Unknown,
    }
}

/// The events of the kinds that are asked for, the oldest first.
fn timeline(world: &World, at: usize, number: i32, arguments: &Map<String, Value>) -> Resolved {
    let pull = &world.repositories[at].pulls[&number];
    let kinds = arguments.get("itemTypes").and_then(Value::as_array).cloned().unwrap_or_default();
    let since = arguments.get("since").and_then(Value::as_str).and_then(|since| since.parse().ok());
    let mut items = Vec::new();
    if kinds.contains(&json!("ISSUE_COMMENT")) {
        let is_asked = |at: usize| {
            since.is_none_or(|since: chrono::DateTime<chrono::Utc>| pull.acts.comments[at].at >= since)
        };
        let comments = (0..pull.acts.comments.len()).filter(|nth| is_asked(*nth));
        items.extend(comments.map(|nth| Object::Comment(at, number, nth)));
    }
    if kinds.contains(&json!("HEAD_REF_FORCE_PUSHED_EVENT")) {
        items.extend((0..pull.acts.forced.len()).map(|nth| Object::Forced(at, number, nth)));
    }
    if kinds.contains(&json!("REMOVED_FROM_MERGE_QUEUE_EVENT")) {
        items.extend(pull.acts.left_queue.map(|_| Object::LeftQueue(at, number)));
    }
    List::plain("PullRequestTimelineItemsConnection", items, arguments)
}

/// An event, an entry or a comment.
pub(crate) fn item(world: &World, object: &Object, field: &str, arguments: &Map<String, Value>) -> Resolved {
    let pull = |at: &usize, number: &i32| -> Pull { world.repositories[*at].pulls[number].clone() };
    match (object, field) {
        (Object::Comment(at, number, nth), _) => {
            let comment = pull(at, number).acts.comments[*nth].clone();
            match field {
                "id" => value(format!("IC_{nth}")),
                "createdAt" => value(comment.at),
                "viewerDidAuthor" => value(comment.author == world.viewer),
                "body" => value(comment.body),
                _ => Resolved::Unknown,
            }
        }
        (Object::Forced(at, number, nth), _) => {
            let (who, before) = pull(at, number).acts.forced[*nth].clone();
            match field {
                "actor" => Resolved::Object(Object::Actor(who)),
                "beforeCommit" => Resolved::Object(Object::Commit(*at, before)),
                _ => Resolved::Unknown,
            }
        }
        (Object::LeftQueue(at, number), _) => {
            let pull = pull(at, number);
            let (left_at, reason) = pull.acts.left_queue.expect("it left");
            match field {
                "createdAt" => value(left_at),
                "reason" => value(reason),
                "actor" => Resolved::Object(Object::Actor("github-merge-queue[bot]".to_owned())),
                "beforeCommit" => Resolved::Object(Object::Commit(*at, pull.head)),
                _ => Resolved::Unknown,
            }
        }
        (Object::Queue(at), "entries") => entries(world, *at, arguments),
        (Object::File(path), "path") => value(path),
        _ => Resolved::Unknown,
    }
}
