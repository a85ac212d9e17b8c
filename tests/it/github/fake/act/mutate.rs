//! Mutations.

use serde_json::{Map, Value};

use super::{No, Payload, Wrote, rules::Comment};
use crate::github::fake::{
    node_id,
    run::deed,
    world::{Pull, Review, World, sha},
};

/// Does what a mutation asks for; `None`: the text is none, or a wrong one.
pub(crate) fn mutate(
    world: &mut World,
    text: &str,
    variables: &Value,
) -> Option<Result<Payload, (String, String)>> {
    let (field, type_name, input) = deed(text, variables)?;
    let done = apply(world, &field, &input);
    world.writes.push(Wrote { what: field, is_done: done.is_ok() });
    let mark = input.get("clientMutationId").cloned().unwrap_or_default();
    Some(match done {
        Ok((at, number)) => Ok(Payload { type_name, mark, at, number }),
        Err(No { kind, message, .. }) => Err((kind.to_owned(), message)),
    })
}

fn apply(world: &mut World, field: &str, input: &Map<String, Value>) -> Result<(usize, i32), No> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let id = ["pullRequestId", "subjectId", "labelableId", "assignableId", "id"].into_iter().find_map(text);
    let (at, number) = find(world, id.unwrap_or_default())?;
    let rules = world.repositories[at].rules.clone();
    if rules.forbidden.contains(field) {
        let message = format!("{} does not have the correct permissions to execute `{field}`", world.viewer);
        return Err(No::new("FORBIDDEN", 403, message));
    }
    let pull = world.repositories[at].pulls[&number].clone();
    if text("expectedHeadOid").is_some_and(|head| head != pull.head) {
        return Err(No::unprocessable("Head branch was modified. Review and try the merge again."));
    }
    let of = Of { at, number, input, pull };
    match field {
        "addPullRequestReview" | "addComment" | "requestReviews" => of.talk(world, field)?,
        _ if field.ends_with("Labelable") || field.ends_with("Assignable") => of.lists(world, field),
        _ => of.merging(world, field)?,
    }
    Ok((at, number))
}

/// A pull request as it was before, and what is to be done with it.
struct Of<'a> {
    at: usize,
    number: i32,
    input: &'a Map<String, Value>,
    pull: Pull,
}

impl Of<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    fn all(&self, name: &str) -> Vec<String> {
        let ids = self.input.get(name).and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(Value::as_str).map(named).collect()
    }

    fn talk(&self, world: &mut World, field: &str) -> Result<(), No> {
        let (at, number, pull) = (self.at, self.number, &self.pull);
        let (now, viewer) = (world.now(), world.viewer.clone());
        match field {
            "addPullRequestReview" => {
                if pull.author.as_ref() == Some(&viewer) {
                    return Err(No::unprocessable("Can not approve your own pull request"));
                }
                let state = match self.text("event") {
                    Some("APPROVE") => "APPROVED",
                    Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
                    _ => "COMMENTED",
                };
                let commit = self.text("commitOID").unwrap_or(&pull.head).to_owned();
                let id = world.id();
                let review = Review { id, author: Some(viewer), state, at: now, updated_at: now, commit };
                world.pull_mut(at, number).reviews.push(review);
            }
            "addComment" => {
                let body = self.text("body").unwrap_or_default().to_owned();
                world.pull_mut(at, number).acts.comments.push(Comment { author: viewer, at: now, body });
            }
            "requestReviews" => {
                let owner = &world.repositories[at].owner;
                let teams = self.all("teamIds").into_iter().map(|slug| format!("@{owner}/{slug}"));
                let asked: Vec<String> = self.all("userIds").into_iter().chain(teams).collect();
                if asked.iter().any(|login| pull.author.as_ref() == Some(login)) {
                    return Err(No::unprocessable("Review cannot be requested from pull request author."));
                }
                let is_union = self.input.get("union") == Some(&Value::Bool(true));
                let requests = &mut world.pull_mut(at, number).requests;
                // The default replaces.
                requests.retain(|who| is_union && !asked.contains(who));
                requests.extend(asked);
            }
            _ => panic!("{field}"),
        }
        Ok(())
    }

    fn lists(&self, world: &mut World, field: &str) {
        let (labels, people) = (self.all("labelIds"), self.all("assigneeIds"));
        let pull = world.pull_mut(self.at, self.number);
        match field {
            "addLabelsToLabelable" => pull.labels.extend(labels),
            "removeLabelsFromLabelable" => pull.labels.retain(|label| !labels.contains(label)),
            "addAssigneesToAssignable" => pull.assignees.extend(people),
            "removeAssigneesFromAssignable" => pull.assignees.retain(|login| !people.contains(login)),
            _ => panic!("{field}"),
        }
    }

    fn merging(&self, world: &mut World, field: &str) -> Result<(), No> {
        let (at, number, pull) = (self.at, self.number, &self.pull);
        let (now, viewer) = (world.now(), world.viewer.clone());
        let is_open = pull.state == "OPEN";
        match field {
            "enablePullRequestAutoMerge" => {
                if pull.merge_state == "CLEAN" {
                    return Err(No::unprocessable("Pull request Pull request is in clean status"));
                }
                let pull = world.pull_mut(at, number);
                (pull.auto_merge, pull.acts.auto_merge_by) = (Some(now), Some(viewer));
            }
            "disablePullRequestAutoMerge" => {
                if world.pull_mut(at, number).auto_merge.take().is_none() {
                    return Err(No::unprocessable("Can't disable auto-merge for this pull request"));
                }
            }
            "enqueuePullRequest" => {
                if !world.repositories[at].rules.queue || !is_open || pull.queue.is_some() {
                    return Err(No::unprocessable("Pull request cannot be added to the merge queue"));
                }
                let places = world.repositories[at].pulls.values().filter_map(|pull| pull.queue);
                let last = places.max().unwrap_or(0);
                let pull = world.pull_mut(at, number);
                (pull.queue, pull.acts.queued_by) = (Some(last + 1), Some(viewer));
            }
            "dequeuePullRequest" => {
                let pull = world.pull_mut(at, number);
                if pull.queue.take().is_none() {
                    return Err(No::unprocessable("Pull request is not in the merge queue"));
                }
                pull.acts.left_queue = Some((now, "manual"));
            }
            "updatePullRequestBranch" => {
                if pull.merge_state != "BEHIND" {
                    return Err(No::unprocessable("There are no new commits on the base branch."));
                }
                let head = sha(world.id(), number);
                let is_rebase = self.text("updateMethod") == Some("REBASE");
                let commit = crate::github::fake::world::Commit {
                    parents: if is_rebase { Vec::new() } else { vec![pull.head.clone(), sha(1, 1)] },
                    ..Default::default()
                };
                world.repositories[at].commits.insert(head.clone(), commit);
                let now = world.pull_mut(at, number);
                (now.head, now.merge_state) = (head, "BLOCKED");
                now.acts.forced.extend(is_rebase.then_some((viewer, pull.head.clone())));
            }
            "markPullRequestReadyForReview" => world.pull_mut(at, number).is_draft = false,
            "convertPullRequestToDraft" => world.pull_mut(at, number).is_draft = true,
            "closePullRequest" if is_open => {
                let pull = world.pull_mut(at, number);
                (pull.state, pull.closed_at) = ("CLOSED", Some(now));
            }
            "reopenPullRequest" if pull.state == "CLOSED" => {
                let pull = world.pull_mut(at, number);
                (pull.state, pull.closed_at) = ("OPEN", None);
            }
            _ => return Err(No::unprocessable(format!("{field} is not possible now"))),
        }
        Ok(())
    }
}

/// The name behind an id of ours: `LA_bug`, `U_ana`.
fn named(id: &str) -> String {
    id.split_once('_').map_or(id, |(_, name)| name).to_owned()
}

fn find(world: &World, id: &str) -> Result<(usize, i32), No> {
    let all = world
        .repositories
        .iter()
        .enumerate()
        .flat_map(|(at, one)| one.pulls.iter().map(move |pull| (at, pull)));
    let mut found =
        all.filter(|(_, (_, pull))| node_id("PR", pull.id) == id).map(|(at, (number, _))| (at, *number));
    found.next().ok_or_else(|| {
        No::new("NOT_FOUND", 404, format!("Could not resolve to a node with the global id of '{id}'."))
    })
}
