//! What the world says of a commit, its checks and statuses, and of reviews.

use serde_json::{Map, Value};

use super::{Object, Resolved, actor, find, node_id, object, value};
use crate::github::fake::{
    list::List,
    world::{Commit, Run, Status, Suite, World},
};

pub(super) fn commit(
    world: &World,
    at: usize,
    sha: &str,
    field: &str,
    arguments: &Map<String, Value>,
) -> Resolved {
    let commit = world.repositories[at].commits.get(sha);
    match field {
        "oid" => value(sha),
        "parents" => {
            let parents = commit.into_iter().flat_map(|commit| &commit.parents);
            let parents = parents.map(|parent| Object::Commit(at, parent.clone())).collect();
            List::plain("CommitConnection", parents, arguments)
        }
        "checkSuites" => {
            let suites = commit.into_iter().flat_map(|commit| &commit.suites);
            let suites = suites.map(|suite| Object::Suite(at, sha.to_owned(), suite.id));
            List::plain("CheckSuiteConnection", suites.collect(), arguments)
        }
        "statusCheckRollup" => {
            object(commit.and_then(Commit::state).map(|_| Object::Rollup(at, sha.to_owned())))
        }
        _ => Resolved::Unknown,
    }
}

pub(super) fn rollup(
    world: &World,
    at: usize,
    sha: &str,
    field: &str,
    arguments: &Map<String, Value>,
) -> Resolved {
    let commit = &world.repositories[at].commits[sha];
    match field {
        "state" => value(commit.state()),
        "commit" => Resolved::Object(Object::Commit(at, sha.to_owned())),
        "contexts" => {
            let runs = commit.suites.iter().flat_map(|suite| &suite.runs);
            let runs = runs.map(|run| Object::Run(at, sha.to_owned(), run.id));
            let statuses = commit.statuses.iter().map(|status| Object::Status(at, sha.to_owned(), status.id));
            List::plain("StatusCheckRollupContextConnection", runs.chain(statuses).collect(), arguments)
        }
        _ => Resolved::Unknown,
    }
}

pub(super) fn find_suite(commit: &Commit, id: i64) -> &Suite {
    commit.suites.iter().find(|suite| suite.id == id).expect("a suite")
}

pub(in crate::github::fake) fn find_run(world: &World, at: usize, sha: &str, id: i64) -> (i64, Run) {
    let suites = &world.repositories[at].commits[sha].suites;
    let mut runs = suites.iter().flat_map(|suite| suite.runs.iter().map(|run| (suite.id, run.clone())));
    runs.find(|(_, run)| run.id == id).expect("a run")
}

pub(in crate::github::fake) fn find_status(world: &World, at: usize, sha: &str, id: i64) -> Status {
    let statuses = &world.repositories[at].commits[sha].statuses;
    statuses.iter().find(|status| status.id == id).expect("a status").clone()
}

/// A job's page is in that of its run.
pub(in crate::github::fake) fn check_url(world: &World, at: usize, suite: &Suite, id: i64) -> String {
    let name = world.repositories[at].full_name();
    match &suite.workflow {
        Some((run, ..)) => format!("https://github.com/{name}/actions/runs/{run}/job/{id}"),
        None => format!("https://github.com/{name}/runs/{id}"),
    }
}

pub(super) fn run(world: &World, at: usize, sha: &str, id: i64, field: &str) -> Resolved {
    let (suite, run) = find_run(world, at, sha, id);
    match field {
        "id" => value(node_id("CR", id)),
        "databaseId" => value(id),
        "name" => value(run.name),
        "status" => value(run.status),
        "conclusion" => value(run.conclusion),
        "isRequired" => value(world.repositories[at].rules.required.contains(&run.name)),
        "startedAt" => value(run.started_at),
        "completedAt" => value(run.completed_at),
        "detailsUrl" => {
            value(check_url(world, at, find_suite(&world.repositories[at].commits[sha], suite), id))
        }
        "checkSuite" => Resolved::Object(Object::Suite(at, sha.to_owned(), suite)),
        _ => Resolved::Unknown,
    }
}

pub(super) fn suite(world: &World, at: usize, sha: &str, id: i64, field: &str) -> Resolved {
    let suite = find_suite(&world.repositories[at].commits[sha], id);
    match field {
        "databaseId" => value(id),
        "status" => value(suite.status),
        "conclusion" => value(suite.conclusion),
        "createdAt" | "updatedAt" => value(suite.created_at),
        "app" => Resolved::Object(Object::App(suite.app.clone())),
        "workflowRun" => object(suite.workflow.as_ref().map(|_| Object::WorkflowRun(at, sha.to_owned(), id))),
        "commit" => Resolved::Object(Object::Commit(at, sha.to_owned())),
        _ => Resolved::Unknown,
    }
}

pub(super) fn status(world: &World, at: usize, sha: &str, id: i64, field: &str) -> Resolved {
    let status = find_status(world, at, sha, id);
    match field {
        "id" => value(node_id("SC", id)),
        "isRequired" => value(world.repositories[at].rules.required.contains(&status.context)),
        "context" => value(status.context),
        "state" => value(status.state),
        "createdAt" => value(status.created_at),
        _ => Resolved::Unknown,
    }
}

pub(super) fn review(world: &World, at: usize, number: i32, id: i64, field: &str) -> Resolved {
    let review = find(world, at, number).1.reviews.iter().find(|review| review.id == id).expect("a review");
    match field {
        "fullDatabaseId" => value(id.to_string()),
        "state" => value(review.state),
        "submittedAt" => value((review.state != "PENDING").then_some(review.at)),
        "createdAt" => value(review.at),
        "updatedAt" => value(review.updated_at),
        "author" => object(review.author.as_ref().map(|login| actor(world, login))),
        "commit" => Resolved::Object(Object::Commit(at, review.commit.clone())),
        _ => Resolved::Unknown,
    }
}
