//! What the database does not hold: more of the checks, and the merge queue.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::gate::{Context, Login, split};
use crate::{
    domain::{
        hub::{CheckTold, ChecksTold, QueueTold, Queued, Target},
        ids::Sha,
        text::{clean, clean_opt},
    },
    github::{
        client::{Client, Error},
        payload::List,
        query::{self, Query},
    },
};

#[derive(Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
struct Reply<T> {
    repository: Option<Repository<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: serde::de::DeserializeOwned")]
struct Repository<T> {
    #[serde(default = "none")]
    pull_request: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

/// What a query says of a pull request.
async fn pull<T: serde::de::DeserializeOwned>(
    client: &Client,
    target: &Target,
    query: Query,
) -> Result<T, Error> {
    let what = target.name();
    let (owner, name) = split(&target.repository)?;
    let variables = json!({"owner": owner, "name": name, "number": target.number});
    let graph = client.graphql::<Reply<T>>(query, variables, &what).await?;
    graph.data.repository.and_then(|repository| repository.pull_request).ok_or(Error::NotFound { what })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    head_ref_oid: String,
    status_check_rollup: Option<Rollup<Check>>,
}

#[derive(Clone, Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
struct Rollup<T> {
    contexts: Option<List<T>>,
}

/// A check run or a commit status.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    database_id: Option<i64>,
    #[serde(alias = "context")]
    name: Option<String>,
    title: Option<String>,
    description: Option<String>,
    details_url: Option<String>,
    target_url: Option<String>,
    is_required: Option<bool>,
    annotations: Option<Count>,
    #[serde(rename = "checkSuite")]
    suite: Option<Suite>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    total_count: usize,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite {
    workflow_run: Option<Run>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    database_id: Option<i64>,
    workflow: Option<Workflow>,
}

#[derive(Clone, Deserialize)]
struct Workflow {
    name: Option<String>,
}

impl Check {
    fn told(&self) -> Option<CheckTold> {
        let name = self.name.as_deref()?;
        let run = self.suite.as_ref().and_then(|suite| suite.workflow_run.as_ref());
        let text = |text: Option<&str>| clean_opt(text).map(String::from);
        Some(CheckTold {
            id: self.database_id,
            name: clean(name),
            workflow: text(run.and_then(|run| run.workflow.as_ref()?.name.as_deref())),
            run: run.and_then(|run| run.database_id),
            is_required: self.is_required == Some(true),
            title: text(self.title.as_deref().or(self.description.as_deref())),
            annotations: self.annotations.as_ref().map_or(0, |count| count.total_count),
            url: text(self.details_url.as_deref().or(self.target_url.as_deref())),
        })
    }
}

/// The checks of the head of now.
pub(super) async fn checks(client: &Client, target: &Target) -> Result<ChecksTold, Error> {
    let told = pull::<Checked>(client, target, query::CHECKS).await?;
    let head = Sha::parse(&told.head_ref_oid).ok_or_else(|| Error::Malformed("no head".to_owned()))?;
    let contexts = told.status_check_rollup.and_then(|rollup| rollup.contexts);
    let has_more = contexts.as_ref().is_some_and(|list| list.more().is_some());
    let checks = contexts.iter().flat_map(List::iter).filter_map(Check::told).collect();
    Ok(ChecksTold { head, checks, has_more })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    base_ref_name: String,
    is_in_merge_queue: Option<bool>,
    merged: Option<bool>,
    timeline_items: Option<List<Item>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(rename = "__typename")]
    kind: String,
    created_at: DateTime<Utc>,
    reason: Option<String>,
    actor: Option<Login>,
    before_commit: Option<Commit>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    status_check_rollup: Option<Rollup<Context>>,
}

#[derive(Deserialize)]
struct Queues {
    repository: Option<OfRepository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfRepository {
    merge_queue: Option<Queue>,
}

#[derive(Deserialize)]
struct Queue {
    entries: Option<List<Entry>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    position: i64,
    state: String,
    enqueued_at: Option<DateTime<Utc>>,
    estimated_time_to_merge: Option<i64>,
    enqueuer: Option<Login>,
    pull_request: Option<Pull>,
}

#[derive(Clone, Deserialize)]
struct Pull {
    number: i32,
    title: Option<String>,
    author: Option<Login>,
}

/// Where it stands in its base's merge queue, or why it stands there no more.
pub(super) async fn queue(client: &Client, target: &Target) -> Result<QueueTold, Error> {
    let history = pull::<History>(client, target, query::QUEUE_HISTORY).await?;
    if history.is_in_merge_queue != Some(true) {
        return Ok(history.out());
    }
    let (owner, name) = split(&target.repository)?;
    let variables = json!({"owner": owner, "name": name, "branch": history.base_ref_name});
    let graph = client.graphql::<Queues>(query::QUEUE, variables, &target.repository).await?;
    let queue = graph.data.repository.and_then(|repository| repository.merge_queue);
    let entries = queue.and_then(|queue| queue.entries);
    Ok(entries.and_then(|entries| place(&entries, target.number)).unwrap_or(QueueTold::Never))
}

impl History {
    /// An entry is removed on success, too.
    fn out(&self) -> QueueTold {
        let removed = |item: &&Item| item.kind == "RemovedFromMergeQueueEvent";
        let last = self
            .timeline_items
            .iter()
            .flat_map(List::iter)
            .filter(removed)
            .max_by_key(|item| item.created_at);
        let Some(item) = last.filter(|_| self.merged != Some(true)) else { return QueueTold::Never };
        let rollup = item.before_commit.as_ref().and_then(|commit| commit.status_check_rollup.as_ref());
        let contexts = rollup.and_then(|rollup| rollup.contexts.as_ref());
        QueueTold::Out {
            at: item.created_at,
            by: item.actor.as_ref().map(|actor| clean(&actor.login)),
            reason: clean_opt(item.reason.as_deref()).map(String::from),
            failing: contexts.into_iter().flat_map(List::iter).filter_map(Context::failed).collect(),
        }
    }
}

fn place(entries: &List<Entry>, number: i32) -> Option<QueueTold> {
    let is_it = |entry: &&Entry| entry.pull_request.as_ref().is_some_and(|pull| pull.number == number);
    let own = entries.iter().find(is_it)?;
    let mut before: Vec<&Entry> = entries.iter().filter(|entry| entry.position < own.position).collect();
    before.sort_by_key(|entry| entry.position);
    let ahead = before.into_iter().filter_map(|entry| {
        let pull = entry.pull_request.as_ref()?;
        Some(Queued {
            number: pull.number,
            title: clean(pull.title.as_deref().unwrap_or_default()),
            author: pull.author.as_ref().map(|author| clean(&author.login)),
        })
    });
    Some(QueueTold::In {
        position: own.position,
        state: clean(&own.state),
        seconds: own.estimated_time_to_merge,
        by: own.enqueuer.as_ref().map(|by| clean(&by.login)),
        at: own.enqueued_at,
        ahead: ahead.collect(),
        length: entries.total_count.unwrap_or_else(|| entries.iter().count()),
    })
}
