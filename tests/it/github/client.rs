//! What the client sends, and what it makes of good answers.

use flowlens::{
    domain::secret::Secret,
    github::{
        client::{
            Client, ClientNotice, ClientOptions, Error, Kind, PathStep, Resource, Verb, Wait, Why, Writer,
            Written,
        },
        query,
    },
};
use serde_json::{Value, json};

use super::{client, random_token};
use crate::support::http::{Reply, Request, Server};

/// A good answer with more headers.
fn good(headers: &str, body: &Value) -> Reply {
    Reply::Answer(200, headers.to_owned(), body.to_string().into_bytes())
}

fn viewer() -> Value {
    json!({"data": {"viewer": {"login": "ana"}, "rateLimit": {"cost": 3}}})
}

#[tokio::test]
async fn a_query_is_sent_with_all_that_github_asks_for() {
    let (server, token) = (Server::start(|_, _| good("", &viewer())), random_token());
    let client = client(server.port, &token);
    let graph =
        client.graphql::<Value>(query::VIEWER, json!({"after": null}), "you").await.expect("an answer");
    assert_eq!(graph.data["viewer"]["login"], "ana");
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /api/graphql HTTP/1.1");
    assert_eq!(request.headers["authorization"], format!("Bearer {token}"));
    assert!(request.headers["user-agent"].starts_with("flowlens/"));
    assert_eq!(request.json()["operationName"], "Viewer");
    assert_eq!(request.json()["query"], query::VIEWER.text());
    assert_eq!(request.json()["variables"], json!({"after": null}));
    // The token shows nowhere else.
    assert!(!format!("{client:?}").contains(&token));
}

#[tokio::test]
async fn a_page_is_asked_for_with_its_version_and_followed() {
    let token = random_token();
    let server = Server::start(|n, request| {
        let host = &request.headers["host"];
        let next = format!(
            "Link: <http://{host}/api/v3/x?page=2>; rel=\"next\", <http://{host}/x>; rel=\"last\"\r\n"
        );
        good(if n == 0 { &next } else { "" }, &json!([n]))
    });
    let client = client(server.port, &token);
    let first = client.page::<Value>(&client.address("x").expect("a URL"), "x").await.expect("a page");
    let second = client.page::<Value>(&first.next.expect("another page"), "x").await.expect("a page");
    assert_eq!((first.content, second.content, second.next), (json!([0]), json!([1]), None));
    let request = &server.requests()[1];
    assert_eq!(request.line, "GET /api/v3/x?page=2 HTTP/1.1");
    assert_eq!(request.headers["authorization"], format!("Bearer {token}"));
    assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
    assert_eq!(request.headers["accept"], "application/vnd.github+json");
}

#[tokio::test]
async fn what_has_not_changed_is_asked_by_its_tag_of_this_token_and_address() {
    let server = Server::start(|_, request| match request.headers.get("if-none-match").map(String::as_str) {
        Some("\"one\"") => Reply::Answer(304, String::new(), Vec::new()),
        _ => good("ETag: \"one\"\r\n", &json!([])),
    });
    let ask = client(server.port, "ghp_one");
    let url = ask.address("orgs/acme/repos").expect("a URL");
    let etag = ask.page::<Value>(&url, "acme").await.expect("a page").etag.expect("a tag");
    let again = ask.changed::<Value>(&url, Some(&etag), "acme").await.expect("an answer");
    assert!(again.is_none());
    assert!(matches!(
        ask.changed::<Value>(&ask.address("orgs/b/repos").expect("a URL"), Some(&etag), "b").await,
        Ok(Some(_))
    ));
    let other = client(server.port, "ghp_two");
    assert!(matches!(other.changed::<Value>(&url, Some(&etag), "acme").await, Ok(Some(_))));
    assert!(!format!("{etag:?}").contains("ghp_one"));
}

#[tokio::test]
async fn a_rename_is_followed_at_home_and_nowhere_else() {
    let elsewhere = Server::start(|_, _| good("", &json!({})));
    let away = format!("Location: http://127.0.0.1:{}/x\r\n", elsewhere.port);
    let server = Server::start(move |_, request| match request.line.split(' ').nth(1) {
        Some("/api/v3/repos/acme/old") => {
            let host = &request.headers["host"];
            Reply::Answer(301, format!("Location: http://{host}/api/v3/repositories/7\r\n"), b"{}".to_vec())
        }
        Some("/api/v3/away") => Reply::Answer(302, away.clone(), Vec::new()),
        Some("/api/v3/next") => good("Link: <https://evil.test/x>; rel=\"next\"\r\n", &json!([])),
        Some("/api/v3/round") => Reply::Answer(307, "Location: round\r\n".to_owned(), Vec::new()),
        _ => good("", &json!({"full_name": "acme/new"})),
    });
    let client = client(server.port, &random_token());
    let ask = async |path| client.page::<Value>(&client.address(path).expect("a URL"), "acme/old").await;
    let page = ask("repos/acme/old").await.expect("a page");
    assert_eq!(page.content["full_name"], "acme/new");
    assert!(page.moved.is_some_and(|to| to.path() == "/api/v3/repositories/7"));
    let host = format!("127.0.0.1:{}", server.port);
    let led = |to: &str| Error::ElsewhereLed { host: host.clone(), to: to.to_owned() };
    assert_eq!(ask("away").await.expect_err("elsewhere"), led("127.0.0.1"));
    assert_eq!(ask("next").await.expect_err("elsewhere"), led("evil.test"));
    assert!(matches!(ask("round").await, Err(Error::Refused { status: 301, .. })));
    assert!(elsewhere.requests().is_empty());
    assert!(client.address("https://evil.test/").is_err() && client.address("//evil.test/").is_err());
}

#[tokio::test]
async fn data_is_kept_beside_errors() {
    let server = Server::start(|_, _| {
        let error =
            |kind: &str, index| json!({"type": kind, "path": ["nodes", index, "author"], "message": "no"});
        let body = json!({"data": {"nodes": [{"id": "a"}, null]}, "errors": [error("FORBIDDEN", 1), error("NOT_FOUND", 0)]});
        good("", &body)
    });
    let client = client(server.port, &random_token());
    let graph = client.graphql::<Value>(query::DETAILS, json!({}), "x").await.expect("data");
    assert_eq!(graph.data["nodes"][0]["id"], "a");
    assert_eq!(
        graph.errors.iter().map(|error| error.kind.clone()).collect::<Vec<_>>(),
        [Kind::Forbidden, Kind::NotFound]
    );
    assert_eq!(graph.errors[0].path[1], PathStep::Index(1));
}

/// Refuses a query that holds this field, as GitHub does.
fn without(field: &'static str, error: impl Fn(Value) -> Value + Send + Sync + 'static) -> Server {
    Server::start(move |_, request: &Request| {
        let text = request.json()["query"].as_str().expect("a query").to_owned();
        let Some((before, _)) = text.split_once(field) else {
            return good("", &json!({"data": {"nodes": []}}));
        };
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, str::len) + 1;
        good("", &json!({"errors": [error(json!([{"line": line, "column": column}]))]}))
    })
}

#[tokio::test]
async fn a_field_that_a_server_lacks_is_left_out_and_remembered() {
    let place = |locations| {
        let extensions =
            json!({"code": "undefinedField", "typeName": "PullRequest", "fieldName": "mergeQueueEntry"});
        json!({"locations": locations, "extensions": extensions, "path": ["fragment Pull", "mergeQueueEntry"],
               "message": "Field 'mergeQueueEntry' doesn't exist on type 'PullRequest'"})
    };
    for with_place in [true, false] {
        let server = without(
            "mergeQueueEntry",
            move |locations| {
                if with_place { place(locations) } else { place(json!([])) }
            },
        );
        let client = client(server.port, &random_token());
        for _ in 0..2 {
            client.graphql::<Value>(query::DETAILS, json!({"ids": []}), "x").await.expect("an answer");
        }
        let texts: Vec<String> =
            server.requests().iter().map(|request| request.json()["query"].to_string()).collect();
        assert_eq!(texts.len(), 3, "asked again once only");
        assert!(!texts[1].contains("mergeQueueEntry") && texts[1].contains("isInMergeQueue"));
        assert_eq!(texts[1], texts[2]);
        assert_eq!(client.notices(), [ClientNotice::NoSuchField("mergeQueueEntry".to_owned())]);
        assert!(client.notices().is_empty(), "told once");
    }
}

#[tokio::test]
async fn a_field_that_needs_a_scope_is_left_out_and_the_scope_named() {
    let server = without("slug name", |locations| {
        json!({"type": "INSUFFICIENT_SCOPES", "locations": locations, "message":
            "Your token has not been granted the required scopes to execute this query. The 'slug' field requires one of the following scopes: ['read:org', 'read:discussion'], but your token has only been granted the: ['repo'] scopes."})
    });
    let client = client(server.port, &random_token());
    client.graphql::<Value>(query::DETAILS, json!({"ids": []}), "x").await.expect("an answer");
    let needed = vec!["read:org".to_owned(), "read:discussion".to_owned()];
    assert_eq!(client.notices(), [ClientNotice::FieldNeedsScope { field: "slug".to_owned(), needed }]);
    assert!(
        server.requests()[1].json()["query"].as_str().expect("a query").contains("app { slug }"),
        "another slug"
    );
}

#[tokio::test]
async fn what_is_left_is_known_from_the_headers() {
    let resets = 4_000_000_000_i64;
    let server = Server::start(move |_, _| {
        let headers = format!(
            "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 4000\r\nX-RateLimit-Reset: {resets}\r\nX-OAuth-Scopes: repo, read:org\r\n\
             GitHub-Authentication-Token-Expiration: 2000-01-01 00:00:00 UTC\r\n"
        );
        good(&headers, &viewer())
    });
    let client = client(server.port, &random_token());
    assert_eq!((client.purse(Resource::Graphql), client.scopes()), (None, None));
    client.graphql::<Value>(query::VIEWER, json!({}), "you").await.expect("an answer");
    let purse = client.purse(Resource::Graphql).expect("a purse");
    assert_eq!(
        (purse.remaining, purse.resets.timestamp(), purse.spent, purse.ours),
        (4_000, resets, 3, 2_001)
    );
    assert_eq!(client.purse(Resource::Rest), None);
    assert_eq!(client.scopes(), Some(vec!["repo".to_owned(), "read:org".to_owned()]));
}

/// GitHub counts by the token: what a client meets, all of them heed.
#[tokio::test]
async fn clients_by_the_same_options_share_a_budget() {
    let server = Server::start(|_, _| {
        Reply::Answer(403, "Retry-After: 30\r\n".to_owned(), br#"{"message": "Slow down"}"#.to_vec())
    });
    let url = format!("http://127.0.0.1:{}", server.port);
    let options = ClientOptions::new(url, Some(Secret::new(random_token())), None);
    let all = || (Client::new(options.clone()).expect("a client"), Writer::new(&options).expect("a writer"));
    let ((client, _), (_, writer)) = (all(), all());
    let written = writer.rest(Verb::Post, "x", None).await;
    assert_eq!(written, Written::Limited(Why::Secondary));
    let asked = client.graphql::<Value>(query::VIEWER, json!({}), "you").await.expect_err("a limit");
    assert!(matches!(asked, Error::Wait(Wait { why: Why::Secondary, .. })), "{asked:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_write_without_a_connection_was_not_sent() {
    // Nothing listens on port 1 (tcpmux).
    let token = Some(Secret::new(random_token()));
    let options = ClientOptions::new("http://127.0.0.1:1".to_owned(), token, None);
    let writer = Writer::new(&options).expect("a writer");
    let written = writer.rest(Verb::Put, "repos/acme/api/pulls/1/merge", None).await;
    assert!(matches!(written, Written::NotSent(_)), "{written:?}");
    let elsewhere = writer.rest(Verb::Put, "https://evil.test/x", None).await;
    assert_eq!(elsewhere, Written::NotSent("an address that leads elsewhere".to_owned()));
}
