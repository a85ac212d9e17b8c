//! Which request an order is: always one.

use serde_json::{Value, json};

use crate::{
    domain::{
        hub::{Act, Order, Pick, RunRef},
        text::clean,
    },
    github::{
        client::{Verb, Writer, Written},
        query::{self, Query},
    },
};

/// A request that changes something.
#[derive(Debug)]
pub(super) enum Request {
    Mutation(Query, Value),
    Rest(Verb, String, Option<Value>),
}

impl Request {
    /// Sends it, once.
    pub(super) async fn send(&self, writer: &Writer) -> Written {
        match self {
            Self::Mutation(query, variables) => writer.mutate(*query, variables).await,
            Self::Rest(verb, path, body) => writer.rest(*verb, path, body.as_ref()).await,
        }
    }

    /// The request for an order; `repository` is the name of now. What needs two, or says nothing, is refused.
    pub(super) fn new(order: &Order, repository: &str) -> Result<Self, &'static str> {
        let head = order.target.head.as_str();
        // GitHub hands the mark back, and looks at it no further.
        let base = json!({"id": order.node, "mark": order.id});
        let with = |query, more: Value| Ok(Self::Mutation(query, joined(&base, more)));
        let run = |run: &RunRef, deed: &str, body: Option<Value>| {
            Ok(Self::Rest(Verb::Post, format!("repos/{repository}/actions/runs/{}/{deed}", run.id), body))
        };
        let review = |event: &str, body: &str| {
            with(query::REVIEW, json!({"head": head, "event": event, "body": text(body)}))
        };
        match &order.act {
            Act::RerunFailed(of) => run(of, "rerun-failed-jobs", None),
            Act::RerunDebug(of) => run(of, "rerun-failed-jobs", Some(json!({"enable_debug_logging": true}))),
            Act::RerunAll(of) => run(of, "rerun", None),
            Act::CancelRun(of) => run(of, "cancel", None),
            Act::ForceCancel(of) => run(of, "force-cancel", None),
            Act::ApproveRun(of) => run(of, "approve", None),
            Act::Approve { body } => review("APPROVE", body),
            Act::RequestChanges { body } | Act::Comment { body } if body.trim().is_empty() => {
                Err("it says nothing")
            }
            Act::RequestChanges { body } => review("REQUEST_CHANGES", body),
            Act::Comment { body } => with(query::COMMENT, json!({"body": body})),
            Act::AskReview { people, teams } if people.is_empty() && teams.is_empty() => {
                Err("nobody is asked")
            }
            Act::AskReview { people, teams } => {
                with(query::REQUEST_REVIEWS, json!({"users": ids(people), "teams": ids(teams)}))
            }
            // By REST: its status tells a moved head from a refusal.
            Act::Merge { method } => {
                let path = format!("repos/{repository}/pulls/{}/merge", order.target.number);
                let body = json!({"sha": head, "merge_method": method.word()});
                Ok(Self::Rest(Verb::Put, path, Some(body)))
            }
            Act::AutoMergeOn { method } => {
                with(query::AUTO_MERGE_ON, json!({"head": head, "method": method.name()}))
            }
            Act::AutoMergeOff => with(query::AUTO_MERGE_OFF, json!({})),
            Act::Enqueue => with(query::ENQUEUE, json!({"head": head})),
            Act::Dequeue => with(query::DEQUEUE, json!({})),
            Act::UpdateBranch { method } => {
                with(query::UPDATE_BRANCH, json!({"head": head, "method": method.name()}))
            }
            Act::Ready => with(query::READY, json!({})),
            Act::Draft => with(query::DRAFT, json!({})),
            Act::Close => with(query::CLOSE, json!({})),
            Act::Reopen => with(query::REOPEN, json!({})),
            Act::Labels { add, remove } => {
                let (query, labels) = either(add, remove, query::LABELS_ADD, query::LABELS_REMOVE)?;
                with(query, json!({"labels": labels}))
            }
            Act::Assign { add, remove } => {
                let (query, users) = either(add, remove, query::ASSIGNEES_ADD, query::ASSIGNEES_REMOVE)?;
                with(query, json!({"users": users}))
            }
        }
    }
}

fn text(body: &str) -> Option<&str> {
    Some(body).filter(|body| !body.trim().is_empty())
}

fn ids(picks: &[Pick]) -> Vec<&str> {
    picks.iter().map(|pick| pick.id.as_str()).collect()
}

fn either<'a>(
    add: &'a [Pick],
    remove: &'a [Pick],
    adds: Query,
    removes: Query,
) -> Result<(Query, Vec<&'a str>), &'static str> {
    match (add, remove) {
        ([], []) => Err("nothing is picked"),
        (add, []) => Ok((adds, ids(add))),
        ([], remove) => Ok((removes, ids(remove))),
        ([_, ..], [_, ..]) => Err("adding and removing are two actions"),
    }
}

fn joined(base: &Value, more: Value) -> Value {
    let objects = [base.clone(), more].into_iter().filter_map(|value| match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(objects.flatten().collect())
}

/// What became of an order: the answer to a merge says by itself whether it has happened.
pub(super) fn became(order: &Order, written: Written) -> Written {
    let Written::Done(answer) = written else { return written };
    if !matches!(order.act, Act::Merge { .. }) {
        return Written::Done(answer);
    }
    let said = clean(answer.get("message").and_then(Value::as_str).unwrap_or("it is not merged"));
    match answer.get("merged").and_then(Value::as_bool) {
        Some(true) => Written::Done(answer),
        Some(false) => Written::Refused { said, is_forbidden: false },
        None => Written::Unknown("the answer does not say whether it is merged".to_owned()),
    }
}

/// What has been done, in a few words, with what GitHub's answer adds.
pub(super) fn done(order: &Order, answer: &Value) -> String {
    let told = match &order.act {
        Act::Merge { method } => {
            let sha = answer.get("sha").and_then(Value::as_str).map(clean);
            let short = sha.as_deref().and_then(|sha| sha.get(..7));
            short.map(|sha| format!("merged as {sha} ({})", method.word()))
        }
        Act::AutoMergeOn { .. } => {
            is_merged(answer).then(|| "merged at once: nothing required was missing".to_owned())
        }
        Act::Enqueue => position(answer).map(|place| format!("in the merge queue, at place {place}")),
        _ => None,
    };
    told.unwrap_or_else(|| order.act.done())
}

fn is_merged(answer: &Value) -> bool {
    answer.pointer("/enablePullRequestAutoMerge/pullRequest/merged").and_then(Value::as_bool) == Some(true)
}

fn position(answer: &Value) -> Option<i64> {
    answer.pointer("/enqueuePullRequest/mergeQueueEntry/position")?.as_i64()
}
