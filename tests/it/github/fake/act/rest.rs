//! Writes by REST.

use serde_json::{Value, json};

use super::{No, Wrote};
use crate::github::fake::{Response, world::World};

/// Answers a request that is no GET.
pub(crate) fn write(world: &mut World, method: &str, path: &str, body: &Value) -> Response {
    let segments: Vec<&str> = path.trim_start_matches("/api/v3/").split('/').collect();
    let ["repos", owner, name, rest @ ..] = segments.as_slice() else { return not_found() };
    let Some((at, is_former)) = world.find(&format!("{owner}/{name}")) else { return not_found() };
    let what = (*rest.last().expect("a path")).to_owned();
    if is_former {
        let target = format!("/api/v3/repositories/{}/{}", world.repositories[at].id, rest.join("/"));
        let body = json!({"message": "Moved Permanently"});
        return Response { headers: format!("Location: {target}\r\n"), ..Response::json(307, &body) };
    }
    let done = if world.repositories[at].rules.forbidden.contains(&what) {
        Err(No::new("", 403, "Resource not accessible by personal access token"))
    } else {
        match (method, rest) {
            ("PUT", ["pulls", number, "merge"]) => merge(world, at, number.parse().unwrap_or_default(), body),
            ("POST", ["actions", "runs", run, deed]) => {
                run_deed(world, at, run.parse().unwrap_or_default(), deed, body)
            }
            _ => return not_found(),
        }
    };
    world.writes.push(Wrote { what, is_done: done.is_ok() });
    match done {
        Ok((status, answer)) => Response::json(status, &answer),
        Err(No { status, message, .. }) => {
            let body = json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()});
            Response::json(status, &body)
        }
    }
}

fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}))
}

type Done = Result<(u16, Value), No>;

fn merge(world: &mut World, at: usize, number: i32, body: &Value) -> Done {
    let Some(pull) = world.repositories[at].pulls.get(&number) else {
        return Err(No::new("", 404, "Not Found"));
    };
    if body["sha"].as_str().is_some_and(|sha| sha != pull.head) {
        return Err(No::new("", 409, "Head branch was modified. Review and try the merge again."));
    }
    if !world.may_write(at) {
        return Err(No::new("", 403, "Resource not accessible by personal access token"));
    }
    world.may_merge(at, number, body["merge_method"].as_str().unwrap_or("merge"))?;
    let sha = world.merge(at, number);
    Ok((200, json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"})))
}

fn run_deed(world: &mut World, at: usize, run: i64, deed: &str, body: &Value) -> Done {
    if !world.may_write(at) {
        return Err(No::new("", 403, "Must have admin rights to Repository."));
    }
    let is_stubborn = world.repositories[at].rules.is_stubborn;
    let mut ids: Vec<i64> = (0..100).map(|_| world.id()).collect();
    let suites = world.repositories[at].commits.values_mut().flat_map(|commit| &mut commit.suites);
    let mut suites = suites.filter(|suite| suite.workflow.as_ref().is_some_and(|(id, ..)| *id == run));
    let Some(suite) = suites.next() else { return Err(No::new("", 404, "Not Found")) };
    let is_over = suite.status == "COMPLETED";
    match deed {
        "rerun" | "rerun-failed-jobs" if !is_over => {
            Err(No::new("", 403, "This workflow is already running"))
        }
        "rerun" | "rerun-failed-jobs" => {
            (suite.status, suite.conclusion) = ("QUEUED", None);
            suite.attempt += 1;
            suite.is_debugged = body["enable_debug_logging"] == true;
            let again =
                suite.runs.iter_mut().filter(|job| deed == "rerun" || job.conclusion != Some("SUCCESS"));
            for job in again {
                // A job that runs again is another check run.
                job.id = ids.pop().expect("an id");
                (job.status, job.conclusion, job.completed_at) = ("QUEUED", None, None);
            }
            Ok((201, json!({})))
        }
        "cancel" | "force-cancel" if is_over => {
            Err(No::new("", 409, "Cannot cancel a workflow run that is completed."))
        }
        "cancel" if is_stubborn => Ok((202, json!({}))),
        "cancel" | "force-cancel" => {
            (suite.status, suite.conclusion) = ("COMPLETED", Some("CANCELLED"));
            for job in suite.runs.iter_mut().filter(|job| job.status != "COMPLETED") {
                (job.status, job.conclusion) = ("COMPLETED", Some("CANCELLED"));
            }
            Ok((202, json!({})))
        }
        "approve" if suite.conclusion == Some("ACTION_REQUIRED") => {
            (suite.status, suite.conclusion) = ("QUEUED", None);
            Ok((201, json!({})))
        }
        "approve" => Err(No::new("", 403, "This run is not waiting for approval")),
        _ => Err(No::new("", 404, "Not Found")),
    }
}
