//! The optional LLM: what is sent, what comes back, and what happens when nothing good does.

mod client;
mod command;
mod injections;
mod prompt;
mod proxy;

pub(crate) use self::command::secure;

use std::time::Duration;

use flowlens::domain::secret::Secret;
use flowlens::insight::{
    llm::{Llm, LlmOptions},
    prompt::PromptInput,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::http::Server;

/// A key that nobody else has.
fn random_key() -> String {
    format!("sk-{}", Uuid::new_v4().simple())
}

fn options(url: &str, key: &str) -> LlmOptions {
    LlmOptions {
        url: url.to_owned(),
        model: "test-model".to_owned(),
        key: Some(Secret::new(key)),
        proxy: None,
        timeout: Duration::from_mins(1),
        context_tokens: 8_192,
        concurrency: 2,
        prices: None,
    }
}

fn llm(server: &Server, key: &str) -> Llm {
    Llm::new(options(&server.url(), key)).expect("a client")
}

/// A good reply.
fn good() -> Value {
    json!({"summary": "Renews the tokens.", "recommendation": "Read session.rs first.", "risk": "low"})
}

/// A change of risk, and the text of its files.
fn files() -> Vec<Value> {
    use crate::insight::{file, lines};
    vec![
        file("src/auth/session.rs", "modified", &lines(40)),
        file("tests/session.rs", "modified", &lines(10)),
        file("Cargo.lock", "modified", &["+x"]),
    ]
}

fn input<'a>(title: &'a str, files: &'a str) -> PromptInput<'a> {
    PromptInput { title, files_json: Some(files), ..PromptInput::default() }
}
