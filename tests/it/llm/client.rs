//! Every way in which a service answers ends in words or in a failure with a name.

use std::time::Duration;

use flowlens::domain::assessment::Findings;
use flowlens::insight::llm::{Llm, LlmError, told};
use flowlens::insight::words::Words;
use serde_json::Value;

use super::{files, good, input, llm, options, random_key};
use crate::insight::said;
use crate::support::http::{Reply, Request, Server};

/// The words of both kinds, and that the rest is the risk model's.
async fn tell(llm: &Llm) -> (Words, Findings, Words) {
    let files = files();
    let (assessment, words) = said("Fix it", &files);
    let text = Value::from(files).to_string();
    let own = assessment.details.clone();
    let (told, details) = told(Some(llm), &input("Fix it", &text), assessment, words.clone()).await;
    assert_eq!(
        (&details.reasons, &details.attention, &details.focus_files, &details.level_by_score),
        (&own.reasons, &own.attention, &own.focus_files, &own.level_by_score)
    );
    (told, details, words)
}

/// Has the server asked, and looks whether the key is anywhere but in its header.
async fn ask(server: &Server, key: &str, llm: &Llm) -> (Words, Findings, Words) {
    let (told, details, words) = tell(llm).await;
    let shown = format!("{told:?}{details:?}{llm:?}{}", serde_json::to_string(&details).expect("JSON"));
    assert!(!shown.contains(key) && !key.get(3..11).is_some_and(|part| shown.contains(part)), "{shown}");
    for Request { line, headers, body } in server.requests() {
        assert_eq!(line, "POST /v1/chat/completions HTTP/1.1");
        for (name, value) in headers {
            assert_eq!(value.contains(key), name == "authorization", "{name}");
        }
        assert!(!String::from_utf8_lossy(&body).contains(key));
    }
    (told, details, words)
}

/// It writes the words; so many requests are made.
async fn succeeds(
    requests: usize,
    script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> Server {
    let (server, key) = (Server::start(script), random_key());
    let (told, details, _) = ask(&server, &key, &llm(&server, &key)).await;
    assert_eq!((details.source.as_str(), details.note.as_deref()), ("llm", None));
    assert_eq!(
        (told.summary.as_str(), told.recommendation.as_str()),
        ("Renews the tokens.", "Read session.rs first.")
    );
    assert_eq!(server.requests().len(), requests);
    server
}

/// The built-in words stay, with this note; so many requests are made.
async fn fails(
    note: &str,
    requests: usize,
    timeout: Duration,
    script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) {
    let (server, key) = (Server::start(script), random_key());
    let mut options = options(&server.url(), &key);
    options.timeout = timeout;
    let (told, details, words) = ask(&server, &key, &Llm::new(options).expect("a client")).await;
    assert_eq!(details.note.as_deref(), Some(note));
    assert_eq!((details.source.as_str(), details.llm), ("rules", None));
    assert_eq!(told, words);
    assert_eq!(server.requests().len(), requests, "{note}");
}

const MINUTE: Duration = Duration::from_mins(1);

fn object() -> String {
    good().to_string()
}

#[tokio::test]
async fn words_come_back_in_every_form() {
    let server = succeeds(1, |_, _| Reply::said(&object())).await;
    let request = &server.requests()[0];
    assert_eq!(request.headers["user-agent"], concat!("flowlens/", env!("CARGO_PKG_VERSION")));
    assert_eq!(request.headers["content-type"], "application/json");
    let body = request.json();
    assert_eq!((&body["model"], body["messages"][1]["role"].as_str()), (&"test-model".into(), Some("user")));
    assert_eq!(body["response_format"]["type"], "json_schema");
    succeeds(1, |_, _| Reply::said(&format!("Here you are: {} I hope it helps.", object()))).await;
    succeeds(1, |_, _| Reply::said(&format!("```json\n{}\n```", object()))).await;
}

#[tokio::test]
async fn what_it_cost_and_what_it_thinks_is_kept() {
    let (server, key) = (Server::start(|_, _| Reply::said(&object())), random_key());
    let mut options = options(&server.url(), &key);
    options.prices = Some((2.0, 8.0));
    let (_, details, _) = ask(&server, &key, &Llm::new(options).expect("a client")).await;
    let part = details.llm.expect("its part");
    assert_eq!((part.model.as_str(), part.opinion.as_deref()), ("test-model", Some("low")));
    assert_eq!(part.tokens, Some((1_000, 50)));
    assert!((part.cost.expect("a cost") - 0.0024).abs() < 1e-9);
}

#[tokio::test]
async fn a_reply_that_cannot_be_used_is_repaired_once() {
    let server = succeeds(2, |n, _| Reply::said("Low risk, merge it!").or_good(n)).await;
    let messages = server.requests()[1].json()["messages"].clone();
    assert_eq!(messages[2]["content"], "Low risk, merge it!");
    assert!(messages[3]["content"].as_str().expect("text").contains("it holds no JSON object"), "{messages}");
    let note = "the LLM gave no usable answer: summary must be a text that is not empty";
    fails(note, 2, MINUTE, |_, _| Reply::said(r#"{"summary": " "}"#)).await;
    fails("the LLM gave no usable answer: it is empty", 2, MINUTE, |_, _| Reply::status(200)).await;
}

impl Reply {
    /// From the second request on a good one.
    fn or_good(self, n: usize) -> Self {
        if n == 0 { self } else { Self::said(&object()) }
    }
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    succeeds(2, |n, _| Reply::again(429).or_good(n)).await;
    succeeds(2, |n, _| Reply::again(503).or_good(n)).await;
    fails("the LLM answered 500", 3, MINUTE, |_, _| Reply::again(500)).await;
    fails("the LLM has too much to do (429)", 3, MINUTE, |_, _| Reply::again(429)).await;
    // Whoever wants to be left alone for longer than there is time is not asked again.
    let tomorrow = || Reply::Answer(429, "Retry-After: 86400\r\n".to_owned(), Vec::new());
    fails("the LLM has too much to do (429)", 1, MINUTE, move |_, _| tomorrow()).await;
    let never = || Reply::Answer(503, format!("Retry-After: {}\r\n", u64::MAX), Vec::new());
    fails("the LLM answered 503", 1, MINUTE, move |_, _| never()).await;
}

#[tokio::test]
async fn silence_ends_when_the_time_is_up() {
    // Long enough for the request to come.
    fails("the LLM took longer than 3s", 1, Duration::from_secs(3), |_, _| Reply::Silence).await;
}

#[tokio::test]
async fn a_flood_is_not_held() {
    fails("the LLM answered with more than 1 MiB", 1, MINUTE, |_, _| Reply::Flood(10_000_000)).await;
}

#[tokio::test]
async fn a_wrong_key_is_not_repeated() {
    for status in [401, 403] {
        let note = format!("the LLM refused the key ({status})");
        fails(&note, 1, MINUTE, move |_, request| {
            Reply::complaint(status, &format!("no such key: {}", request.headers["authorization"]))
        })
        .await;
    }
    // Nor by a service that tells it back elsewhere, in part or in the words.
    let part = |request: &Request| request.headers["authorization"].chars().take(20).collect::<String>();
    fails("the LLM refused the request (404)", 1, MINUTE, move |_, request| {
        Reply::complaint(404, &part(request))
    })
    .await;
    fails("the LLM gave no usable answer: it repeats the key", 1, MINUTE, move |_, request| {
        Reply::said(&object().replace("tokens", &part(request)))
    })
    .await;
}

#[tokio::test]
async fn the_form_is_asked_for_as_strictly_as_the_service_knows() {
    let form = |request: &Request| request.json()["response_format"]["type"].as_str().map(str::to_owned);
    for (refused, status, forms) in [
        (1, 400, vec![Some("json_schema"), Some("json_object")]),
        (2, 422, vec![Some("json_schema"), Some("json_object"), None]),
    ] {
        let (server, key) = (
            Server::start(move |n, _| {
                if n < refused {
                    Reply::complaint(status, "unknown response_format")
                } else {
                    Reply::said(&object())
                }
            }),
            random_key(),
        );
        let llm = llm(&server, &key);
        for _ in 0..2 {
            assert_eq!(ask(&server, &key, &llm).await.1.source, "llm");
        }
        // What worked is remembered.
        let asked: Vec<_> = server.requests().iter().map(form).collect();
        let last = forms.last().copied().flatten();
        let expected: Vec<_> = forms.into_iter().chain([last]).map(|form| form.map(str::to_owned)).collect();
        assert_eq!(asked, expected);
    }
    fails("the LLM refused the request (400): no such model", 3, MINUTE, |_, _| {
        Reply::complaint(400, "no such\u{1b} model")
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (other, key) = (Server::start(|_, _| Reply::said(&object())), random_key());
    let location = format!("Location: {}/chat/completions\r\n", other.url());
    let note = "the LLM refused the request (307): it redirects, which is not followed";
    fails(note, 1, MINUTE, move |_, _| Reply::Answer(307, location.clone(), Vec::new())).await;
    assert!(other.requests().is_empty(), "{key}");
}

#[tokio::test]
async fn nobody_there_is_told_with_the_reason() {
    let key = random_key();
    // Nothing listens on port 1 (tcpmux).
    let mut options = options("http://127.0.0.1:1/v1", &key);
    options.timeout = Duration::from_secs(10);
    let (told, details, words) = tell(&Llm::new(options).expect("a client")).await;
    let note = details.note.expect("a note");
    assert!(note.starts_with("the LLM cannot be reached: 127.0.0.1:1, connection refused"), "{note}");
    assert_eq!(told, words);
}

#[test]
fn impossible_options_are_told_without_the_secret() {
    let new = |url: &str, key: &str| Llm::new(options(url, key)).expect_err("no client").to_string();
    assert_eq!(new("ftp://x/v1", "k"), "cannot be asked: its URL is not one of http or https");
    assert_eq!(new("https://ann:hunter2@x/v1", "k"), "cannot be asked: its URL holds a login");
    assert_eq!(
        new("https://x/v1", "hunter2\n"),
        "cannot be asked: its key holds characters that no header may have"
    );
    let secure = Llm::new(options("https://localhost:1/v1/", "hunter2")).expect("a client");
    assert!(!format!("{secure:?}").contains("hunter2"));
}

#[tokio::test]
async fn without_an_llm_the_words_are_the_built_in_ones() {
    let (assessment, words) = said("Fix it", &files());
    let own = assessment.details.clone();
    assert_eq!(told(None, &input("Fix it", "[]"), assessment, words.clone()).await, (words, own));
}

#[test]
fn a_request_can_be_made_by_a_task() {
    fn sendable(_: impl Send) {}
    let (assessment, words) = said("Fix it", &files());
    sendable(told(None, &input("", ""), assessment, words));
    assert_eq!(LlmError::Server(502).to_string(), "answered 502");
}

#[tokio::test]
async fn only_so_many_are_asked_at_the_same_time() {
    let server = Server::start(|n, _| if n == 0 { Reply::Silence } else { Reply::said(&object()) });
    let mut options = options(&server.url(), &random_key());
    (options.concurrency, options.timeout) = (1, Duration::from_secs(3));
    let llm = Llm::new(options).expect("a client");
    let first = async { (tell(&llm).await.1, server.requests().len()) };
    let ((first, asked), _) = tokio::join!(first, tell(&llm));
    assert_eq!((first.source.as_str(), asked), ("rules", 1), "the second waited for the end of the first");
}
