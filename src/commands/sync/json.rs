//! Events as lines of JSON: a contract with scripts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::github::sync::{Because, Estimate, Problem, Spent, Summary, SyncEvent, Total};

pub(super) fn event(event: &SyncEvent) -> Value {
    match event {
        SyncEvent::Begun { repository, nth, of } => {
            json!({"event": "begun", "repository": repository, "nth": nth, "of": of})
        }
        SyncEvent::Found { name, full_name } => {
            json!({"event": "found", "name": name, "full_name": full_name})
        }
        SyncEvent::Dropped { name } => json!({"event": "dropped", "name": name}),
        SyncEvent::Login(login) => json!({"event": "login", "login": login}),
        SyncEvent::Renamed { from, to } => json!({"event": "renamed", "repository": from, "to": to}),
        SyncEvent::Progress { repository, step, done, expected } => json!({
            "event": "progress", "repository": repository, "step": step.name(), "done": done, "expected": expected,
        }),
        SyncEvent::Written { repository, rows } => {
            json!({"event": "written", "repository": repository, "rows": rows})
        }
        SyncEvent::Spent(spent) => with(json!({"event": "spent"}), self::spent(*spent)),
        SyncEvent::Waiting { repository, until, because } => {
            let kind = match because {
                Because::Limit(_) => "limit",
                Because::Outage { .. } => "outage",
                Because::Database(_) => "database",
                Because::OtherSync(_) => "other_sync",
            };
            let gives_up = match because {
                Because::Outage { gives_up, .. } => *gives_up,
                Because::Limit(_) | Because::Database(_) | Because::OtherSync(_) => None,
            };
            json!({
                "event": "waiting", "repository": repository, "until": until, "because": kind,
                "message": because.to_string(), "gives_up": gives_up,
            })
        }
        SyncEvent::Resumed => json!({"event": "resumed"}),
        SyncEvent::Problem(problem) => with(json!({"event": "problem"}), self::problem(problem)),
        SyncEvent::Notice(message) => json!({"event": "notice", "message": message}),
        SyncEvent::Fresh { repository, at } => json!({"event": "fresh", "repository": repository, "at": at}),
        SyncEvent::Looked { repository, number, found } => {
            json!({"event": "looked", "repository": repository, "number": number, "found": found})
        }
        SyncEvent::Stopped { repository, summary } => {
            with(json!({"event": "stopped", "repository": repository}), self::summary(*summary))
        }
        SyncEvent::Done { repository, summary } => {
            with(json!({"event": "done", "repository": repository}), self::summary(*summary))
        }
        SyncEvent::ReadByOther { repository, holder, open } => json!({
            "event": "read_by_other", "repository": repository, "holder": holder.to_string(), "open": open,
        }),
        SyncEvent::Estimated(estimate) => self::estimate(estimate),
        SyncEvent::Pace(factor) => json!({"event": "pace", "factor": factor}),
    }
}

pub(super) fn finished(summary: Summary, spent: Spent, time: Duration) -> Value {
    let head = json!({"event": "finished", "seconds": time.as_secs_f64()});
    with(with(head, self::summary(summary)), self::spent(spent))
}

fn estimate(estimate: &Estimate) -> Value {
    json!({
        "event": "estimate", "repository": estimate.repository, "open": estimate.open, "pulls": estimate.pulls,
        "files": estimate.files, "at_most": estimate.is_most, "points": estimate.points,
        "requests": estimate.requests,
    })
}

/// The end of a dry run.
pub(super) fn total(total: Total, time: Duration) -> Value {
    let Total { points, requests, problems } = total;
    let seconds = time.as_secs_f64();
    json!({"event": "total", "points": points, "requests": requests, "problems": problems, "seconds": seconds})
}

fn spent(spent: Spent) -> Value {
    json!({
        "points": spent.points, "requests": spent.requests,
        "points_left": spent.points_left, "requests_left": spent.requests_left,
    })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "repository": problem.repository, "number": problem.number, "message": problem.said, "mend": problem.mend,
        "url": problem.url,
    })
}

fn summary(summary: Summary) -> Value {
    let Summary { open, pulls, files, gone, rows, problems } = summary;
    json!({"open": open, "pulls": pulls, "files": files, "gone": gone, "rows": rows, "problems": problems})
}

fn with(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}
