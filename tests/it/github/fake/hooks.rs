//! Webhooks: their list, changes of it, and what they delivered.

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;

use super::{Response, fill, world::World};

/// Deliveries of a page, whatever is asked for.
const PAGE: usize = 3;

#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) list: Vec<Hook>,
    /// What was sent to change something: method, path below the interface's, body.
    pub(crate) written: Vec<(String, String, Value)>,
    /// What the receiver answers to the first call; without it GitHub is slow to call.
    pub(crate) first_call: Option<u16>,
    /// What is sent again is answered so.
    pub(crate) again: u16,
}

pub(crate) struct Hook {
    pub(crate) id: i64,
    /// `acme/api`, or `acme`.
    pub(crate) owner: String,
    pub(crate) active: bool,
    pub(crate) events: Vec<String>,
    /// With the secret.
    pub(crate) config: Value,
    /// The newest last.
    pub(crate) deliveries: Vec<Delivery>,
}

pub(crate) struct Delivery {
    id: i64,
    guid: String,
    at: DateTime<Utc>,
    code: u16,
    is_again: bool,
}

impl World {
    /// A webhook as it should be; its index.
    pub(crate) fn add_hook(&mut self, owner: &str, url: &str) -> usize {
        let id = self.id();
        let config = json!({"url": url, "content_type": "json", "insecure_ssl": "0", "secret": "s3cret"});
        let hook = Hook {
            id,
            owner: owner.to_owned(),
            active: true,
            events: vec!["*".to_owned()],
            config,
            deliveries: Vec::new(),
        };
        self.hooks.list.push(hook);
        self.hooks.list.len() - 1
    }

    /// A delivery now, with the receiver's answer.
    pub(crate) fn deliver(&mut self, hook: usize, guid: &str, code: u16) {
        let (id, at) = (self.id(), self.now());
        let deliveries = &mut self.hooks.list[hook].deliveries;
        let is_again = deliveries.iter().any(|known| known.guid == guid);
        deliveries.push(Delivery { id, guid: guid.to_owned(), at, code, is_again });
    }
}

/// The answer, if the path is about webhooks.
pub(super) fn answer(
    world: &mut World,
    method: &str,
    base: &str,
    path: &str,
    body: &Value,
) -> Option<Response> {
    let url = Url::parse(base).and_then(|base| base.join(path)).expect("a URL");
    let path = url.path().trim_start_matches("/api/v3/").to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let (owner, rest) = match segments.as_slice() {
        ["repos", owner, name, "hooks", rest @ ..] => (format!("{owner}/{name}"), rest),
        ["orgs", owner, "hooks", rest @ ..] => ((*owner).to_owned(), rest),
        ["repositories", id, "hooks", rest @ ..] => {
            let repository = world.repositories.iter().find(|one| one.id.to_string() == **id)?;
            (repository.full_name(), rest)
        }
        _ => return None,
    };
    if method != "GET" {
        world.hooks.written.push((method.to_owned(), path.clone(), body.clone()));
    }
    if owner.contains('/') && world.find(&owner).is_none_or(|(_, is_former)| is_former) {
        // As for anything else: by the repository's id, or not at all.
        return None;
    }
    if !may(world, &owner) {
        let accepted = if owner.contains('/') { "admin:repo_hook, repo" } else { "admin:org_hook" };
        let headers = format!("X-Accepted-OAuth-Scopes: {accepted}\r\n");
        return Some(Response { headers, ..Response::json(404, &json!({"message": "Not Found"})) });
    }
    Some(match (method, rest) {
        ("GET", []) => list(world, &owner),
        ("POST", []) => make(world, &owner, body),
        ("PATCH", [id]) => change(world, id, body),
        ("GET", [id, "deliveries"]) => deliveries(world, id, &url),
        ("POST", [id, "deliveries", delivery, "attempts"]) => again(world, id, delivery),
        _ => not_found(),
    })
}

fn may(world: &World, owner: &str) -> bool {
    let needed = if owner.contains('/') { "repo" } else { "admin:org_hook" };
    world.token.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| scope == needed))
}

fn list(world: &World, owner: &str) -> Response {
    let own = world.hooks.list.iter().filter(|hook| hook.owner == owner);
    let path = if owner.contains('/') { "/repos/{owner}/{repo}/hooks" } else { "/orgs/{org}/hooks" };
    Response::json(200, &fill::shaped(path, own.map(told).collect()))
}

/// As GitHub tells it: the secret is stars.
fn told(hook: &Hook) -> Value {
    let mut config = hook.config.clone();
    if config["secret"].is_string() {
        config["secret"] = json!("********");
    }
    json!({"id": hook.id, "name": "web", "active": hook.active, "events": hook.events, "config": config})
}

fn make(world: &mut World, owner: &str, body: &Value) -> Response {
    let is_there = |hook: &Hook| hook.owner == owner && hook.config["url"] == body["config"]["url"];
    if world.hooks.list.iter().any(is_there) {
        let errors = json!([{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}]);
        return Response::json(422, &json!({"message": "Validation Failed", "errors": errors}));
    }
    let at = world.add_hook(owner, "");
    set(&mut world.hooks.list[at], body);
    if let Some(code) = world.hooks.first_call {
        world.deliver(at, "first-call", code);
    }
    Response::json(201, &told(&world.hooks.list[at]))
}

fn change(world: &mut World, id: &str, body: &Value) -> Response {
    let Some(hook) = world.hooks.list.iter_mut().find(|hook| hook.id.to_string() == id) else {
        return not_found();
    };
    set(hook, body);
    Response::json(200, &told(hook))
}

/// Whatever is told replaces what was: a `config` without the secret takes it away.
fn set(hook: &mut Hook, body: &Value) {
    if let Some(active) = body["active"].as_bool() {
        hook.active = active;
    }
    if let Some(events) = body["events"].as_array() {
        hook.events = events.iter().map(|event| event.as_str().expect("a name").to_owned()).collect();
    }
    if body["config"].is_object() {
        hook.config = body["config"].clone();
    }
}

/// The newest first, few on a page, and behind a cursor.
fn deliveries(world: &World, id: &str, url: &Url) -> Response {
    let Some(hook) = world.hooks.list.iter().find(|hook| hook.id.to_string() == id) else {
        return not_found();
    };
    let from = url
        .query_pairs()
        .find(|(name, _)| name == "cursor")
        .map_or(0, |(_, at)| at.parse().expect("a number"));
    let shown: Range<usize> = from..hook.deliveries.len().min(from + PAGE);
    let newest: Vec<&Delivery> = hook.deliveries.iter().rev().collect();
    let page = newest[shown.clone()].iter().map(|one| {
        let status = if one.code == 0 { "failed to connect to host" } else { "told by its code" };
        json!({"id": one.id, "guid": one.guid, "delivered_at": one.at, "redelivery": one.is_again, "status": status,
               "status_code": one.code, "event": "push", "action": null})
    });
    let body = fill::shaped("/repos/{owner}/{repo}/hooks/{hook_id}/deliveries", page.collect());
    let mut next = url.clone();
    next.set_query(Some(&format!("per_page=100&cursor={}", shown.end)));
    let more = shown.end < hook.deliveries.len();
    let headers = if more { format!("Link: <{next}>; rel=\"next\"\r\n") } else { String::new() };
    Response { headers, ..Response::json(200, &body) }
}

fn again(world: &mut World, id: &str, delivery: &str) -> Response {
    let at = world.hooks.list.iter().position(|hook| hook.id.to_string() == id);
    let guid = at.and_then(|at| {
        let found = world.hooks.list[at].deliveries.iter().find(|one| one.id.to_string() == delivery)?;
        Some((at, found.guid.clone()))
    });
    let Some((at, guid)) = guid else { return not_found() };
    world.deliver(at, &guid, world.hooks.again);
    Response::json(202, &json!({}))
}

fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not Found"}))
}
