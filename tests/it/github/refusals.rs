//! What the client makes of bad answers, and of none.

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, ClientNotice, ClientOptions, Error, Wait, Why},
        query,
    },
};
use serde_json::{Value, json};

use super::{client, client_at, random_token};
use crate::support::http::{Reply, Server};

const NOW: i64 = 1_700_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).expect("a time")
}

fn reply(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Answer(status, headers.to_owned(), body.as_bytes().to_vec())
}

async fn graphql(client: &Client) -> Result<(), Error> {
    client.graphql::<Value>(query::VIEWER, json!({}), "you").await.map(drop)
}

async fn rest(client: &Client) -> Result<(), Error> {
    client.page::<Value>(&client.address("x")?, "acme/api").await.map(drop)
}

/// What both interfaces make of an answer.
async fn both(status: u16, headers: &'static str, body: &'static str) -> [Error; 2] {
    let server = Server::start(move |_, _| reply(status, headers, body));
    let ask = || client_at(&server, now);
    [graphql(&ask()).await.expect_err("no answer"), rest(&ask()).await.expect_err("no answer")]
}

#[tokio::test]
async fn a_limit_is_told_with_its_end_and_nothing_is_sent_before() {
    for (why, seconds, status, headers, body) in [
        (
            Why::Primary,
            600,
            403,
            "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000600\r\n",
            r#"{"message": "API rate limit exceeded for user ID 1."}"#,
        ),
        (
            Why::Primary,
            600,
            429,
            "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000600\r\n",
            r#"{"message": "API rate limit exceeded for user ID 1."}"#,
        ),
        (
            Why::Secondary,
            30,
            403,
            "Retry-After: 30\r\n",
            r#"{"message": "You have exceeded a secondary rate limit."}"#,
        ),
        (Why::Secondary, 60, 429, "", "{}"),
    ] {
        let server = Server::start(move |_, _| reply(status, headers, body));
        let wait = Error::Wait(Wait { until: now() + TimeDelta::seconds(seconds), why });
        for times in [1, 2] {
            let (one, other) = (client_at(&server, now), client_at(&server, now));
            for _ in 0..times {
                assert_eq!(graphql(&one).await, Err(wait.clone()), "{status} {headers}");
                assert_eq!(rest(&other).await, Err(wait.clone()), "{status} {headers}");
            }
        }
        assert_eq!(server.requests().len(), 4, "{status} {headers}");
    }
    // Within a good answer, of either kind.
    for word in ["RATE_LIMITED", "RATE_LIMIT"] {
        let body = json!({"errors": [{"type": word, "message": "API rate limit exceeded"}]}).to_string();
        let headers =
            "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000600\r\n";
        let server = Server::start(move |_, _| reply(200, headers, &body));
        let wait = Wait { until: now() + TimeDelta::seconds(600), why: Why::Primary };
        assert_eq!(graphql(&client_at(&server, now)).await, Err(Error::Wait(wait)));
    }
}

#[tokio::test]
async fn the_last_fifth_is_left_to_others() {
    let headers =
        "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 1000\r\nX-RateLimit-Reset: 1700000600\r\n";
    let server = Server::start(move |_, _| reply(200, headers, r#"{"data": {}}"#));
    let client = client_at(&server, now);
    assert_eq!(graphql(&client).await, Ok(()));
    let wait = Wait { until: now() + TimeDelta::seconds(600), why: Why::Share };
    assert_eq!(graphql(&client).await, Err(Error::Wait(wait)));
    assert_eq!(rest(&client).await, Ok(()), "the other purse");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn waits_are_by_our_clock_whatever_it_says() {
    // GitHub's clock is an hour ahead of ours.
    let headers = "Date: Tue, 14 Nov 2023 23:13:20 GMT\r\nX-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700004200\r\n";
    let server = Server::start(move |_, _| reply(403, headers, r#"{"message": "API rate limit exceeded"}"#));
    let client = client_at(&server, now);
    let wait = Wait { until: now() + TimeDelta::seconds(600), why: Why::Primary };
    assert_eq!(rest(&client).await, Err(Error::Wait(wait)));
    assert_eq!(client.notices(), [ClientNotice::ClockSkew(-60)]);
}

#[tokio::test]
async fn too_much_at_once_wants_a_smaller_page() {
    for status in [502, 504] {
        let [graphql, rest] = both(status, "Content-Type: text/html\r\n", "<html>").await;
        assert_eq!(graphql, Error::TooMuch(status.to_string()));
        assert!(matches!(rest, Error::Down { status: told, .. } if told == status), "{rest}");
    }
    for body in [
        r#"{"data": {"nodes": [null]}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too dear"}]}"#,
        r#"{"data": null, "errors": [{"message": "Something went wrong while executing your query. This may be the result of a timeout."}]}"#,
    ] {
        let server = Server::start(move |_, _| reply(200, "", body));
        assert!(matches!(graphql(&client(server.port, "x")).await, Err(Error::TooMuch(_))), "{body}");
    }
}

#[tokio::test]
async fn each_refusal_has_its_name_and_its_mend() {
    let sso = "X-GitHub-SSO: required; url=https://github.com/orgs/acme/sso?authorization_request=A\r\n";
    let scopes = "X-OAuth-Scopes: gist\r\nX-Accepted-OAuth-Scopes: repo\r\n";
    for (status, headers, body, said, mend) in [
        (401, "", r#"{"message": "Bad credentials"}"#, "does not accept the token (401)", "/settings/tokens"),
        (
            401,
            "GitHub-Authentication-Token-Expiration: 2020-01-01 00:00:00 UTC\r\n",
            "{}",
            "the token expired 01 Jan 00:00",
            "/settings/tokens",
        ),
        (
            403,
            sso,
            "{}",
            "acme needs single sign-on",
            "https://github.com/orgs/acme/sso?authorization_request=A",
        ),
        (404, scopes, "{}", "the token lacks the scope repo", "gh auth refresh --scopes repo"),
        (404, "", r#"{"message": "Not Found"}"#, "is not found: private, or misspelt", "spelling"),
        (503, "", "<html>", "GitHub is down (503)", "ask those who run 127.0.0.1:"),
        (
            200,
            "Content-Type: text/html\r\n",
            "<html>Log in</html>",
            "answered with a web page (200)",
            "HTTPS_PROXY",
        ),
        (
            403,
            "",
            r#"{"message": "Resource not accessible by personal access token"}"#,
            "Resource not accessible",
            "permission",
        ),
        (200, "", "nonsense", "the answer is not understood", "log"),
    ] {
        for error in both(status, headers, body).await {
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.mend().is_some_and(|text| text.contains(mend)), "{error}: {:?}", error.mend());
        }
    }
    // A repository that is not there: data that is null, and why.
    let body = r#"{"data": null, "errors": [{"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve to a Repository"}]}"#;
    let server = Server::start(move |_, _| reply(200, "", body));
    assert_eq!(graphql(&client(server.port, "x")).await, Err(Error::NotFound { what: "you".to_owned() }));
}

#[tokio::test]
async fn a_connection_that_breaks_is_told() {
    let server = Server::start(|_, _| Reply::Cut);
    // Nothing listens on port 1 (tcpmux).
    for client in [client(server.port, "x"), client(1, "x")] {
        for error in [graphql(&client).await, rest(&client).await] {
            assert!(matches!(error, Err(Error::Unreachable(_))), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_flood_is_not_held() {
    let server = Server::start(|_, _| Reply::Flood(40_000_000));
    assert!(matches!(rest(&client(server.port, "x")).await, Err(Error::TooLarge(_))));
}

#[tokio::test]
async fn somebody_in_between_is_told() {
    let (_, tls) = crate::llm::secure("localhost");
    let server = Server::secure(tls, |_, _| Reply::status(200));
    let url = format!("https://localhost:{}", server.port);
    let client =
        Client::new(ClientOptions::new(url, Some(Secret::new(random_token())), None)).expect("a client");
    let error = graphql(&client).await.expect_err("not trusted");
    assert!(matches!(error, Error::Intercepted(_)), "{error:?}");
    assert!(error.mend().is_some_and(|mend| mend.contains("SSL_CERT_FILE")));
    assert!(server.requests().is_empty());
}

#[test]
fn without_a_token_nothing_is_asked() {
    let new = |url: &str, token: Option<&str>| {
        Client::new(ClientOptions::new(url, token.map(Secret::new), None)).expect_err("no client")
    };
    let none = new("https://github.com", None);
    assert_eq!(none.to_string(), "there is no token for github.com");
    assert!(none.mend().is_some_and(|mend| mend.contains("gh auth login --hostname github.com")));
    let odd = new("https://github.com", Some("ghp_secret\n"));
    assert!(matches!(odd, Error::BadToken(_)));
    assert!(matches!(new("http://github.com", Some("x")), Error::Options(_)));
}
