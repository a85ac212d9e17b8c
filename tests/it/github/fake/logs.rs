//! Jobs with their steps, their logs, which lie in a store, and annotations.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;

use super::{
    Response, fill,
    rest::{not_found, paged},
    things::{Repository, Run, Suite},
    world::{Asked, World},
};

/// Begins the paths of the store, which no token opens.
const STORE: &str = "/store/";

/// What is known of jobs beside the checks that they are.
#[derive(Default)]
pub(crate) struct Logs {
    /// By job.
    pub(crate) texts: BTreeMap<i64, Arc<Vec<u8>>>,
    pub(crate) steps: BTreeMap<i64, Vec<Step>>,
    pub(crate) annotations: BTreeMap<i64, Vec<Value>>,
    /// Jobs of earlier attempts, by run and attempt.
    pub(crate) earlier: BTreeMap<(i64, i64), Vec<Run>>,
    /// Jobs that the token may not read the logs of.
    pub(crate) forbidden: BTreeSet<i64>,
    /// Where a log is led to, instead of the store.
    pub(crate) led: BTreeMap<i64, String>,
}

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) conclusion: &'static str,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) completed_at: DateTime<Utc>,
}

impl World {
    /// A job's log, in the store.
    pub(crate) fn log(&mut self, job: i64, text: impl Into<Vec<u8>>) {
        self.logs.texts.insert(job, Arc::new(text.into()));
    }
}

/// What is asked below a repository; `None` where it is something else.
pub(super) fn answer(world: &World, at: usize, url: &Url, rest: &[&str]) -> Option<Response> {
    let repository = &world.repositories[at];
    Some(match rest {
        ["actions", "jobs", job] => {
            let found = find(repository, world, job.parse().ok()?);
            let path = "/repos/{owner}/{repo}/actions/jobs/{job_id}";
            found.map_or_else(not_found, |(suite, run, attempt)| {
                Response::json(200, &fill::shaped(path, told(world, suite, run, attempt)))
            })
        }
        ["actions", "jobs", job, "logs"] => {
            let job = job.parse().ok()?;
            if find(repository, world, job).is_none() {
                return Some(not_found());
            }
            led(world, job, url)
        }
        ["actions", "runs", run, "attempts", attempt, "jobs"] => {
            let (run, attempt) = (run.parse().ok()?, attempt.parse().ok()?);
            let (suite, jobs) = attempted(repository, world, run, attempt)?;
            let jobs: Vec<Value> = jobs.iter().map(|job| told(world, suite, job, attempt)).collect();
            let shape = "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs";
            let jobs = fill::shaped(shape, json!({"total_count": jobs.len(), "jobs": jobs}));
            paged(world, at, url, "jobs", jobs["jobs"].as_array().expect("jobs"))
        }
        ["check-runs", job, "annotations"] => {
            let notes = world.logs.annotations.get(&job.parse().ok()?).cloned().unwrap_or_default();
            let shape = "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations";
            Response::json(200, &fill::shaped(shape, json!(notes)))
        }
        _ => return None,
    })
}

/// What the store answers: with a token it refuses.
pub(super) fn store(world: &mut World, path: &str, token: Option<&str>) -> Option<Response> {
    let (job, _) = path.strip_prefix(STORE)?.split_once('?')?;
    let text = world.logs.texts.get(&job.parse().ok()?).cloned();
    let response = match (text, token) {
        (_, Some(_)) => Response { status: 403, headers: String::new(), body: b"<Error>".to_vec() },
        (Some(text), None) => {
            let headers = "Content-Type: text/plain; charset=utf-8\r\n".to_owned();
            Response { status: 200, headers, body: text.to_vec() }
        }
        (None, None) => {
            let body = b"<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>".to_vec();
            Response { status: 404, headers: "Content-Type: application/xml\r\n".to_owned(), body }
        }
    };
    let what = path.to_owned();
    let status = response.status;
    world.log.push(Asked {
        what,
        is_graphql: false,
        cost: 0,
        status,
        variables: Value::Null,
        bytes: 0,
        is_write: false,
    });
    Some(response)
}

fn led(world: &World, job: i64, url: &Url) -> Response {
    if world.logs.forbidden.contains(&job) {
        return Response::json(403, &json!({"message": "Must have admin rights to Repository."}));
    }
    let target = match world.logs.led.get(&job) {
        Some(target) => target.clone(),
        None if world.logs.texts.contains_key(&job) => {
            url.join(&format!("{STORE}{job}?sig=a-key-to-the-log")).expect("a URL").to_string()
        }
        None => return not_found(),
    };
    Response { status: 302, headers: format!("Location: {target}\r\n"), body: Vec::new() }
}

/// A job, its suite, and of which attempt it is.
fn find<'w>(repository: &'w Repository, world: &'w World, id: i64) -> Option<(&'w Suite, &'w Run, i64)> {
    let suites = || repository.commits.values().flat_map(|commit| &commit.suites);
    let now = suites().find_map(|suite| {
        let run = suite.runs.iter().find(|run| run.id == id)?;
        Some((suite, run, newest(world, suite)))
    });
    now.or_else(|| {
        world.logs.earlier.iter().find_map(|((run, attempt), jobs)| {
            let job = jobs.iter().find(|job| job.id == id)?;
            let suite = suites().find(|suite| suite.workflow.as_ref().is_some_and(|(id, ..)| id == run))?;
            Some((suite, job, *attempt))
        })
    })
}

/// The newest attempt of a suite's run.
fn newest(world: &World, suite: &Suite) -> i64 {
    let run = suite.workflow.as_ref().map(|(run, ..)| *run);
    let earlier = world.logs.earlier.keys().filter(|(id, _)| Some(*id) == run);
    earlier.map(|(_, attempt)| attempt + 1).max().unwrap_or(1)
}

fn attempted<'w>(
    repository: &'w Repository,
    world: &'w World,
    run: i64,
    attempt: i64,
) -> Option<(&'w Suite, &'w [Run])> {
    let mut suites = repository.commits.values().flat_map(|commit| &commit.suites);
    let suite = suites.find(|suite| suite.workflow.as_ref().is_some_and(|(id, ..)| *id == run))?;
    match world.logs.earlier.get(&(run, attempt)) {
        Some(jobs) => Some((suite, jobs)),
        None => (attempt == newest(world, suite)).then_some((suite, &suite.runs)),
    }
}

fn told(world: &World, suite: &Suite, run: &Run, attempt: i64) -> Value {
    let steps = world.logs.steps.get(&run.id).into_iter().flatten().enumerate().map(|(n, step)| {
        json!({
            "number": n + 1, "name": step.name, "status": "completed", "conclusion": step.conclusion,
            "started_at": step.started_at, "completed_at": step.completed_at,
        })
    });
    json!({
        "id": run.id, "run_id": suite.workflow.as_ref().map_or(0, |(run, ..)| *run), "run_attempt": attempt,
        "name": run.name, "status": run.status.to_lowercase(), "conclusion": run.conclusion.map(str::to_lowercase),
        "started_at": run.started_at, "completed_at": run.completed_at,
        "html_url": format!("https://github.com/acme/api/actions/runs/1/job/{}", run.id),
        "steps": steps.collect::<Vec<_>>(),
    })
}
