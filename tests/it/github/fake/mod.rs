//! A small GitHub on this machine: GraphQL and REST from one state, with a clock, limits and faults.

pub(crate) mod act;
pub(crate) mod deliver;
pub(crate) mod dialect;
pub(crate) mod faults;
mod fill;
pub(crate) mod hooks;
mod list;
pub(crate) mod logs;
mod resolve;
mod rest;
mod run;
mod team;
mod things;
pub(crate) mod world;

use std::{
    collections::hash_map::DefaultHasher,
    fmt::Write as _,
    hash::{Hash as _, Hasher as _},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

pub(crate) use self::resolve::node_id;
use self::{
    faults::Strike,
    world::{Asked, World},
};

/// The server. Its threads end with the process.
pub(crate) struct Fake {
    pub(crate) port: u16,
    world: Arc<Mutex<World>>,
}

pub(crate) struct Response {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: String::new(), body: body.to_string().into_bytes() }
    }
}

impl Fake {
    pub(crate) fn start(world: World, latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let world = Arc::new(Mutex::new(world));
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let world = Arc::clone(&shared);
                // Who goes away in the midst is none of ours.
                std::thread::spawn(move || drop(serve(stream, port, &world, latency)));
            }
        });
        Self { port, world }
    }

    /// What REST answers to a path, without a request.
    pub(crate) fn rest(&self, path: &str) -> Value {
        let (url, nothing) = (self.url(), Value::Null);
        let world = &mut self.world();
        let about_hooks = hooks::answer(world, "GET", &url, path, &nothing);
        let response = about_hooks.unwrap_or_else(|| rest::answer(world, &url, path));
        serde_json::from_slice(&response.body).expect("JSON")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the world")
    }
}

fn serve(stream: TcpStream, port: u16, world: &Mutex<World>, latency: Duration) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    stream.set_nodelay(true)?;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head)? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        std::thread::sleep(latency);
        let line = head.lines().next().unwrap_or_default();
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (etag, token) = (header("if-none-match"), header("authorization"));
        let request =
            Request { port, method, path, body: &body, etag: etag.as_deref(), token: token.as_deref() };
        let ask = || {
            let mut world = world.lock().expect("the world");
            (answer(&mut world, request), world.dialect.wire)
        };
        let (mut answered, mut wire) = ask();
        while let Answered::Later(until) = &answered {
            while !until.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            (answered, wire) = ask();
        }
        match answered {
            Answered::Now(response) => {
                if !wire.write(&response, &mut stream)? {
                    return stream.shutdown(std::net::Shutdown::Both);
                }
            }
            Answered::Cut | Answered::Later(_) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"da")?;
                return stream.shutdown(std::net::Shutdown::Both);
            }
            Answered::Shut => return stream.shutdown(std::net::Shutdown::Both),
        }
    }
}

#[derive(Clone, Copy)]
struct Request<'a> {
    port: u16,
    method: &'a str,
    path: &'a str,
    body: &'a [u8],
    etag: Option<&'a str>,
    token: Option<&'a str>,
}

enum Answered {
    Now(Response),
    /// The connection is cut in the midst.
    Cut,
    /// The connection ends.
    Shut,
    /// It is to be asked again, when this is true.
    Later(Arc<AtomicBool>),
}

fn answer(world: &mut World, asked_for: Request<'_>) -> Answered {
    let Request { method, path, body, .. } = asked_for;
    world.renew();
    if let Some(stored) = logs::store(world, path, asked_for.token) {
        return Answered::Now(stored);
    }
    let is_graphql = path == "/api/graphql";
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let what = if is_graphql { request["operationName"].as_str().unwrap_or_default() } else { path };
    let variables = if is_graphql { request["variables"].clone() } else { request.clone() };
    let is_write = if is_graphql {
        request["query"].as_str().unwrap_or_default().trim_start().starts_with("mutation")
    } else {
        method != "GET"
    };
    let what = what.to_owned();
    let mut asked = Asked { what, is_graphql, is_write, cost: 1, status: 200, bytes: 0, variables };
    let date = world.now().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut headers = if world.dialect.date { format!("Date: {date}\r\n") } else { String::new() };
    let mut response = match world.strikes(&asked) {
        Some(Strike::Cut) => {
            world.log.push(Asked { status: 0, ..asked });
            return Answered::Cut;
        }
        Some(Strike::Shut) => {
            world.log.push(Asked { status: 0, ..asked });
            return Answered::Shut;
        }
        Some(Strike::Hold(until)) => return Answered::Later(until),
        Some(Strike::Answer(status, more, body)) => {
            headers.push_str(&more);
            Response { status, headers: String::new(), body: body.into_bytes() }
        }
        Some(Strike::Lost(status)) => {
            drop(usual(world, asked_for, &request, &mut asked));
            let Some(status) = status else {
                world.log.push(Asked { status: 0, ..asked });
                return Answered::Cut;
            };
            headers.push_str("Content-Type: text/html\r\n");
            Response { status, headers: String::new(), body: b"<html>".to_vec() }
        }
        None => usual(world, asked_for, &request, &mut asked),
    };
    let purse = if is_graphql { world.graphql } else { world.rest };
    let left = purse.limit.saturating_sub(purse.used);
    // A fault may have limits of its own.
    if world.dialect.limits && !headers.contains("X-RateLimit") {
        write!(
            headers,
            "X-RateLimit-Limit: {}\r\nX-RateLimit-Remaining: {left}\r\nX-RateLimit-Reset: {}\r\nX-RateLimit-Used: {}\r\n",
            purse.limit,
            purse.resets.timestamp(),
            purse.used
        )
        .expect("text");
    }
    if let Some(scopes) = &world.token.scopes {
        write!(headers, "X-OAuth-Scopes: {}\r\n", scopes.join(", ")).expect("text");
    }
    if !headers.contains("Content-Type") {
        headers.push_str("Content-Type: application/json; charset=utf-8\r\n");
    }
    (asked.status, asked.bytes) = (response.status, response.body.len());
    if response.status == 200 {
        world.twisted(&asked, &mut response);
    }
    world.log.push(asked);
    Answered::Now(Response { headers: headers + &response.headers, ..response })
}

fn usual(world: &mut World, asked_for: Request<'_>, request: &Value, asked: &mut Asked) -> Response {
    let Request { port, method, path, etag, token, .. } = asked_for;
    let is_other = |only: &String| token.and_then(|token| token.split(' ').next_back()) != Some(only);
    if !world.token.valid || token.is_none() || world.token.only.as_ref().is_some_and(is_other) {
        let body = json!({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"});
        return Response::json(401, &body);
    }
    if asked.is_graphql {
        return graphql(world, request, asked);
    }
    let base = format!("http://127.0.0.1:{port}");
    if let Some(about_hooks) = hooks::answer(world, method, &base, path, request) {
        about_hooks
    } else if asked.is_write {
        act::write(world, method, path, request)
    } else {
        rest(world, port, path, etag, asked)
    }
}

fn graphql(world: &mut World, request: &Value, asked: &mut Asked) -> Response {
    let text = request["query"].as_str().unwrap_or_default();
    let done = act::mutate(world, text, &request["variables"]);
    let (mut answer, cost) = run::execute(world, text, &request["variables"], done);
    if world.graphql.used + cost.points > world.graphql.limit {
        asked.cost = 0;
        let error = json!({"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."});
        return Response::json(200, &json!({"errors": [error]}));
    }
    world.graphql.used += cost.points;
    asked.cost = cost.points;
    if cost.nodes > 500_000 {
        answer = json!({"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "This query requests too many nodes."}]});
    }
    let mut response = Response::json(200, &answer);
    if let Some(owner) = world.closed.first().filter(|_| answer.to_string().contains("saml_failure")) {
        let page = format!("https://github.com/orgs/{owner}/sso?authorization_request=AAA");
        response.headers = format!("X-GitHub-SSO: required; url={page}\r\n");
    }
    response
}

fn rest(world: &mut World, port: u16, path: &str, etag: Option<&str>, asked: &mut Asked) -> Response {
    if world.rest.used >= world.rest.limit {
        asked.cost = 0;
        return Response::json(403, &json!({"message": "API rate limit exceeded for user ID 1."}));
    }
    let mut response = rest::answer(world, &format!("http://127.0.0.1:{port}"), path);
    if response.status == 200 {
        let mut hasher = DefaultHasher::new();
        response.body.hash(&mut hasher);
        let tag = format!("W/\"{:x}\"", hasher.finish());
        if etag == Some(tag.as_str()) {
            asked.cost = 0;
            return Response { status: 304, headers: format!("ETag: {tag}\r\n"), body: Vec::new() };
        }
        write!(response.headers, "ETag: {tag}\r\n").expect("text");
    }
    world.rest.used += 1;
    response
}
