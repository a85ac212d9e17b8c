//! REST: the few addresses that are asked for.

use serde_json::{Value, json};
use url::Url;

use super::{
    Response, fill, logs,
    resolve::{check_url, node_id},
    world::{Pull, Suite, World},
};

/// Answers a path such as `/api/v3/repos/acme/api/pulls/1/files?page=2`.
pub(crate) fn answer(world: &World, base: &str, path: &str) -> Response {
    let url = Url::parse(base).and_then(|base| base.join(path)).expect("a URL");
    let segments: Vec<&str> = url.path().trim_start_matches("/api/v3/").split('/').collect();
    match segments.as_slice() {
        ["repos", owner, name, rest @ ..] => match world.find(&format!("{owner}/{name}")) {
            Some((at, true)) => moved(world, at, &url, rest),
            Some((at, false)) => repository(world, at, &url, rest),
            None => not_found(),
        },
        ["repositories", id, rest @ ..] => {
            let at = world.repositories.iter().position(|one| one.id.to_string() == **id && !one.is_gone);
            at.map_or_else(not_found, |at| repository(world, at, &url, rest))
        }
        [kind @ ("orgs" | "users"), owner, "repos"] => {
            let is_user = *kind == "users";
            let all = world.repositories.iter().filter(|one| {
                one.owner == *owner && !one.is_gone && world.users.contains(&one.owner) == is_user
            });
            let list = all.map(|one| {
                json!({"id": one.id, "node_id": node_id("R", one.id), "full_name": one.full_name(), "archived": one.is_archived,
                       "disabled": false, "pushed_at": one.pushed_at, "open_issues_count": one.pulls.len()})
            });
            let list: Vec<Value> = list.collect();
            // Nobody else has a name here.
            if list.is_empty() {
                return not_found();
            }
            let (list, headers) = page(world, None, &url, &list);
            // A user's list has the same shape.
            let body = fill::shaped("/orgs/{org}/repos", json!(list));
            Response { headers, ..Response::json(200, &body) }
        }
        _ => not_found(),
    }
}

fn moved(world: &World, at: usize, url: &Url, rest: &[&str]) -> Response {
    let rest = rest.join("/");
    let mut target = url.clone();
    target
        .set_path(format!("/api/v3/repositories/{}/{rest}", world.repositories[at].id).trim_end_matches('/'));
    let body = json!({"message": "Moved Permanently", "url": target.as_str()});
    Response { headers: format!("Location: {target}\r\n"), ..Response::json(301, &body) }
}

fn repository(world: &World, at: usize, url: &Url, rest: &[&str]) -> Response {
    let repository = &world.repositories[at];
    if world.closed.contains(&repository.owner) {
        let page = format!("https://github.com/orgs/{}/sso?authorization_request=AAA", repository.owner);
        let body = json!({"message": "Resource protected by organization SAML enforcement."});
        return Response {
            headers: format!("X-GitHub-SSO: required; url={page}\r\n"),
            ..Response::json(403, &body)
        };
    }
    if let ["pulls", number, rest @ ..] = rest
        && let Some((to, number)) = number.parse().ok().and_then(|number| repository.transferred.get(&number))
    {
        return moved(world, *to, url, &[&["pulls", number.to_string().as_str()], rest].concat());
    }
    if let Some(answer) = logs::answer(world, at, url, rest) {
        return answer;
    }
    let pull = |number: &str| repository.pulls.get(&number.parse().ok()?);
    match rest {
        [] => Response::json(
            200,
            &fill::shaped(
                "/repos/{owner}/{repo}",
                json!({"id": repository.id, "full_name": repository.full_name(), "node_id": node_id("R", repository.id)}),
            ),
        ),
        ["teams"] => {
            let slugs = repository.rules.teams.iter();
            let teams = slugs.map(|slug| json!({"node_id": format!("T_{slug}"), "slug": slug, "name": slug}));
            let teams: Vec<Value> = teams.collect();
            let (told, headers) = page(world, Some(at), url, &teams);
            Response { headers, ..Response::json(200, &json!(told)) }
        }
        ["pulls", number] => pull(number).map_or_else(not_found, |pull| place(world, at, pull)),
        ["actions", "runs"] => {
            let head =
                url.query_pairs().find(|(name, _)| name == "head_sha").map(|(_, head)| head.into_owned());
            paged(world, at, url, "workflow_runs", &runs(repository, &head.unwrap_or_default()))
        }
        ["actions", "runs", run] => {
            let all = repository.commits.keys().flat_map(|head| runs(repository, head));
            let found = all.into_iter().find(|one| one["id"].as_i64() == run.parse().ok());
            found.map_or_else(not_found, |run| Response::json(200, &run))
        }
        ["actions", "runs", run, "jobs"] => paged(world, at, url, "jobs", &jobs(world, at, run)),
        ["pulls", number, "files"] => pull(number).map_or_else(not_found, |pull| files(world, at, pull, url)),
        ["pulls", number, "requested_reviewers"] => {
            pull(number).map_or_else(not_found, |pull| requested(world, pull))
        }
        _ => not_found(),
    }
}

/// At most 3,000, whatever there are.
fn files(world: &World, at: usize, pull: &Pull, url: &Url) -> Response {
    let name = world.repositories[at].full_name();
    let told = &pull.files[..pull.files.len().min(3_000)];
    let (rest, headers) = page(world, Some(at), url, told);
    let files = rest.iter().map(|file| {
        let mut file = file.clone();
        let path = file["filename"].as_str().expect("a name").to_owned();
        file["contents_url"] =
            json!(format!("https://api.github.com/repos/{name}/contents/{path}?ref={}", pull.head));
        file["blob_url"] = json!(format!("https://github.com/{name}/blob/{}/{path}", pull.head));
        file["raw_url"] = json!(format!("https://github.com/{name}/raw/{}/{path}", pull.head));
        file
    });
    let body = fill::shaped("/repos/{owner}/{repo}/pulls/{pull_number}/files", files.collect());
    Response { headers, ..Response::json(200, &body) }
}

fn requested(world: &World, pull: &Pull) -> Response {
    let name = |login: &String| format!("{login}{}", if world.bots.contains(login) { "[bot]" } else { "" });
    let users: Vec<Value> = pull
        .requests
        .iter()
        .filter(|who| !who.starts_with('@'))
        .map(|login| json!({"login": name(login)}))
        .collect();
    let teams = pull.requests.iter().filter_map(|who| who.strip_prefix('@')?.split_once('/')).map(|(owner, slug)| {
        json!({"slug": slug, "name": slug, "html_url": format!("https://github.com/orgs/{owner}/teams/{slug}")})
    });
    let body = json!({"users": users, "teams": teams.collect::<Vec<_>>()});
    Response::json(200, &fill::shaped("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", body))
}

/// A page of the list of this name in an object.
pub(super) fn paged(world: &World, at: usize, url: &Url, name: &str, items: &[Value]) -> Response {
    let (told, headers) = page(world, Some(at), url, items);
    Response { headers, ..Response::json(200, &json!({"total_count": items.len(), name: told})) }
}

/// The items of a page, and the header that leads to the next one, which is named by the repository's id, after others.
fn page<'a>(world: &World, at: Option<usize>, url: &Url, items: &'a [Value]) -> (&'a [Value], String) {
    let number = |name: &str, usual: usize| {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.parse().ok()).unwrap_or(usual)
    };
    let (size, page) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
    let size = world.dialect.page.map_or(size, |most| size.min(most));
    // Those before the first.
    let nth = if world.dialect.blank { page - 1 } else { page };
    let rest = if nth == 0 { items } else { items.get((nth - 1) * size..).unwrap_or_default() };
    let size = if nth == 0 { 0 } else { size };
    let Some(items) = rest.get(..size).filter(|_| rest.len() > size) else { return (rest, String::new()) };
    let link = |page: usize| {
        let others = url.query_pairs().filter(|(name, _)| name != "page");
        let others: Vec<(String, String)> =
            others.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mut link = url.clone();
        link.query_pairs_mut().clear().extend_pairs(others).append_pair("page", &page.to_string());
        let path = link.path().to_owned();
        if let (Some(at), Some(rest)) = (at, path.strip_prefix("/api/v3/repos/")) {
            let rest = rest.splitn(3, '/').nth(2).unwrap_or_default();
            link.set_path(&format!("/api/v3/repositories/{}/{rest}", world.repositories[at].id));
        }
        link
    };
    let links = [(link(1), "first"), (link(page + 1), "next"), (link(999), "last")];
    let links: Vec<String> = links.iter().map(|(url, rel)| format!("<{url}>; rel=\"{rel}\"")).collect();
    (items, format!("Link: {}\r\n", links.join(", ")))
}

pub(super) fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}))
}

/// A pull request itself: where it is, and since when as it is.
fn place(world: &World, at: usize, pull: &Pull) -> Response {
    let repository =
        json!({"id": world.repositories[at].id, "full_name": world.repositories[at].full_name()});
    let state = if pull.state == "OPEN" { "open" } else { "closed" };
    let body = json!({"node_id": node_id("PR", pull.id), "state": state, "updated_at": pull.updated_at, "base": {"repo": repository}});
    Response::json(200, &body)
}

/// The runs of workflows of a commit.
fn runs(repository: &super::world::Repository, head: &str) -> Vec<Value> {
    let suites = repository.commits.get(head).into_iter().flat_map(|commit| &commit.suites);
    let runs = suites.filter_map(|suite| {
        let (run, workflow, name, event) = suite.workflow.as_ref()?;
        Some(json!({
            "id": run, "run_attempt": suite.attempt, "head_sha": head, "name": name, "workflow_id": workflow, "check_suite_id": suite.id, "event": event,
            "status": suite.status.to_lowercase(), "conclusion": suite.conclusion.map(str::to_lowercase),
            "html_url": format!("https://github.com/{}/actions/runs/{run}", repository.full_name()), "created_at": suite.created_at,
        }))
    });
    runs.collect()
}

fn jobs(world: &World, at: usize, run: &str) -> Vec<Value> {
    let suites = world.repositories[at].commits.values().flat_map(|commit| &commit.suites);
    let is_it = |suite: &&Suite| suite.workflow.as_ref().is_some_and(|(id, ..)| id.to_string() == run);
    let jobs = suites.filter(is_it).flat_map(|suite| suite.runs.iter().map(move |run| (suite, run)));
    let jobs = jobs.map(|(suite, run)| {
        json!({
            "id": run.id, "name": run.name, "status": run.status.to_lowercase(),
            "conclusion": run.conclusion.map(str::to_lowercase), "created_at": suite.created_at, "started_at": run.started_at,
            "completed_at": run.completed_at, "html_url": check_url(world, at, suite, run.id),
        })
    });
    jobs.collect()
}
