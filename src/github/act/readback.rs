//! After an unknown outcome: whether it has happened, by what GitHub shows.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    gate::{Login, Named},
    runs,
};
use crate::{
    domain::{
        hub::{Act, Order, Pick, RunState, Waits},
        text::clean,
    },
    github::{
        client::{Client, Error},
        payload::List,
        query,
    },
};

/// How it has happened; `None`: nothing is seen of it. `since` is GitHub's clock a moment before it was sent.
pub(super) async fn seen(
    client: &Client,
    order: &Order,
    repository: &str,
    since: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    if let Some(shown) = order.act.run() {
        let run = runs::one(client, repository, shown.id).await?;
        return Ok(of_run(&order.act, &run, shown.attempt));
    }
    let what = format!("{repository}#{}", order.target.number);
    let variables = json!({"id": order.node, "since": since});
    let graph = client.graphql::<Reply>(query::READBACK, variables, &what).await?;
    let me = graph.data.viewer.map(|viewer| viewer.login).unwrap_or_default();
    // What is not told is no sign of anything.
    let is_whole = graph.errors.is_empty();
    let pull = graph.data.node.ok_or(Error::NotFound { what })?;
    Ok(pull.seen(order, &me, since).filter(|_| is_whole || !is_seen_by_a_gap(&order.act)))
}

/// Whether it has happened where something is gone.
fn is_seen_by_a_gap(act: &Act) -> bool {
    match act {
        Act::AutoMergeOff => true,
        Act::Labels { add, .. } | Act::Assign { add, .. } => add.is_empty(),
        _ => false,
    }
}

fn of_run(act: &Act, run: &runs::WorkflowRun, attempt: i64) -> Option<String> {
    let state = run.state();
    match act {
        Act::RerunFailed(_) | Act::RerunAll(_) | Act::RerunDebug(_) => {
            (run.run_attempt > attempt).then(|| "it runs again".to_owned())
        }
        Act::CancelRun(_) | Act::ForceCancel(_) => {
            (state == RunState::Ended).then(|| "it is cancelled".to_owned())
        }
        Act::ApproveRun(_) => {
            (state != RunState::Unfinished(Waits::Approval)).then(|| "it waits no more".to_owned())
        }
        _ => None,
    }
}

#[derive(Deserialize)]
struct Reply {
    viewer: Option<Login>,
    node: Option<Pull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pull {
    state: Option<String>,
    is_draft: Option<bool>,
    merged: Option<bool>,
    merged_by: Option<Login>,
    head_ref_oid: Option<String>,
    is_in_merge_queue: Option<bool>,
    merge_queue_entry: Option<Entry>,
    auto_merge_request: Option<AutoMerge>,
    viewer_latest_review: Option<Review>,
    labels: Option<List<Named>>,
    assignees: Option<List<Named>>,
    review_requests: Option<List<Request>>,
    commits: Option<List<PullCommit>>,
    timeline_items: Option<List<Item>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    enqueued_at: Option<DateTime<Utc>>,
    enqueuer: Option<Login>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoMerge {
    enabled_at: Option<DateTime<Utc>>,
    enabled_by: Option<Login>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    state: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    commit: Option<Oid>,
}

#[derive(Clone, Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    requested_reviewer: Option<Reviewer>,
}

#[derive(Clone, Deserialize)]
struct Reviewer {
    id: Option<String>,
}

/// An event, as far as one of the two kinds has it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    created_at: Option<DateTime<Utc>>,
    viewer_did_author: Option<bool>,
    body: Option<String>,
    actor: Option<Login>,
    before_commit: Option<Oid>,
}

#[derive(Clone, Deserialize)]
struct PullCommit {
    commit: Commit,
}

#[derive(Clone, Deserialize)]
struct Commit {
    oid: String,
    parents: Option<List<Oid>>,
}

impl Pull {
    fn seen(&self, order: &Order, me: &str, since: DateTime<Utc>) -> Option<String> {
        let pin = order.target.head.as_str();
        let is_new = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at >= since);
        let is_me = |who: Option<&Login>| who.is_some_and(|who| who.login == me);
        let when = |happened: bool, said: &str| happened.then(|| said.to_owned());
        match &order.act {
            Act::Merge { .. } => self.merged(),
            Act::AutoMergeOn { .. } => {
                let request = self.auto_merge_request.as_ref();
                let is_on = request.is_some_and(|on| is_me(on.enabled_by.as_ref()) && is_new(on.enabled_at));
                when(is_on, "auto-merge is on").or_else(|| self.merged())
            }
            Act::AutoMergeOff => when(self.auto_merge_request.is_none(), "auto-merge is off"),
            Act::Enqueue => {
                let entry = self.merge_queue_entry.as_ref();
                let is_in = entry.is_some_and(|one| is_me(one.enqueuer.as_ref()) && is_new(one.enqueued_at));
                when(is_in, "it is in the merge queue").or_else(|| self.merged())
            }
            Act::Dequeue => when(self.is_in_merge_queue == Some(false), "it is out of the merge queue"),
            Act::UpdateBranch { .. } => when(self.is_updated(pin, me), "its branch is updated"),
            Act::Approve { .. } => when(self.has_review("APPROVED", pin, since), "it is approved"),
            Act::RequestChanges { .. } => {
                when(self.has_review("CHANGES_REQUESTED", pin, since), "changes are requested")
            }
            Act::Comment { body } => {
                let is_it = |item: &Item| {
                    item.viewer_did_author == Some(true)
                        && is_new(item.created_at)
                        && item.body.as_deref().map(plain) == Some(plain(body))
                };
                when(self.timeline_items.iter().flat_map(List::iter).any(is_it), "the comment is there")
            }
            Act::AskReview { people, teams } => {
                let asked: Vec<&str> = self
                    .review_requests
                    .iter()
                    .flat_map(List::iter)
                    .filter_map(|one| one.requested_reviewer.as_ref()?.id.as_deref())
                    .collect();
                let is_asked = |who: &Pick| asked.contains(&who.id.as_str());
                when(people.iter().chain(teams).all(is_asked), "the review is asked for")
            }
            Act::Ready => when(self.is_draft == Some(false), "it is ready for review"),
            Act::Draft => when(self.is_draft == Some(true), "it is a draft"),
            Act::Close => when(self.state.as_deref() == Some("CLOSED"), "it is closed"),
            Act::Reopen => when(self.state.as_deref() == Some("OPEN"), "it is open"),
            Act::Labels { add, remove } => when(has(self.labels.as_ref(), add, remove), "its labels are so"),
            Act::Assign { add, remove } => {
                when(has(self.assignees.as_ref(), add, remove), "its assignees are so")
            }
            Act::RerunFailed(_)
            | Act::RerunAll(_)
            | Act::RerunDebug(_)
            | Act::CancelRun(_)
            | Act::ForceCancel(_)
            | Act::ApproveRun(_) => None,
        }
    }

    fn merged(&self) -> Option<String> {
        let by = self.merged_by.as_ref().map(|by| format!(" by {}", clean(&by.login))).unwrap_or_default();
        (self.merged == Some(true)).then(|| format!("it is merged{by}"))
    }

    /// A merge has two parents, of which the pin is one; a rebase replaces it.
    fn is_updated(&self, pin: &str, me: &str) -> bool {
        let is_merge = |PullCommit { commit }: &PullCommit| {
            let parents: Vec<&str> =
                commit.parents.iter().flat_map(List::iter).map(|parent| parent.oid.as_str()).collect();
            Some(&commit.oid) == self.head_ref_oid.as_ref() && parents.len() == 2 && parents.contains(&pin)
        };
        let is_rebase = |item: &Item| {
            item.before_commit.as_ref().is_some_and(|before| before.oid == pin)
                && item.actor.as_ref().is_some_and(|actor| actor.login == me)
        };
        self.commits.iter().flat_map(List::iter).any(is_merge)
            || self.timeline_items.iter().flat_map(List::iter).any(is_rebase)
    }

    fn has_review(&self, state: &str, pin: &str, since: DateTime<Utc>) -> bool {
        self.viewer_latest_review.as_ref().is_some_and(|review| {
            review.state.as_deref() == Some(state)
                && review.submitted_at.is_some_and(|at| at >= since)
                && review.commit.as_ref().is_some_and(|commit| commit.oid == pin)
        })
    }
}

/// GitHub may write the ends of lines its own way.
fn plain(body: &str) -> String {
    body.replace("\r\n", "\n").trim().to_owned()
}

fn has(list: Option<&List<Named>>, add: &[Pick], remove: &[Pick]) -> bool {
    let Some(list) = list.filter(|list| list.nodes.is_some()) else { return false };
    let there: Vec<&str> = list.iter().map(|one| one.id.as_str()).collect();
    let is_there = |pick: &Pick| there.contains(&pick.id.as_str());
    add.iter().all(is_there) && !remove.iter().any(is_there)
}
