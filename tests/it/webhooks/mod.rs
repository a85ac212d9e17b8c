//! Webhook deliveries: what each tells, and the rows that follow from them.

mod checks;
pub(crate) mod examples;
mod forms;
pub(crate) mod orders;
pub(crate) mod schemas;
pub(crate) mod server;
mod shown;

use chrono::{DateTime, Utc};
use flowlens::{
    facts::fact::Fact,
    github::webhook::{ParsedDelivery, read},
};
use serde_json::{Value, json};

/// What a delivery tells.
pub(crate) fn told(event: &str, payload: &Value) -> ParsedDelivery {
    read(event, payload.to_string().as_bytes()).unwrap_or_else(|refused| panic!("{event}: {refused}"))
}

fn facts(event: &str, payload: &Value) -> Vec<Fact> {
    told(event, payload).facts
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// A delivery's object with some fields changed; `null` takes a field away.
fn changed(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("fields") {
        object[name] = value.clone();
        if value.is_null() {
            object.as_object_mut().expect("an object").remove(name);
        }
    }
    object
}

fn repository() -> Value {
    json!({
        "id": 9_000_000_001_i64, "full_name": "acme/api", "name": "api", "private": true, "archived": false,
        "owner": {"login": "acme", "avatar_url": "https://a/acme"}, "description": "Words", "language": "Rust",
        "default_branch": "main", "html_url": "https://github.com/acme/api",
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    })
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is told")]
fn about(action: &str, name: &str, object: Value) -> Value {
    json!({"action": action, name: object, "repository": repository()})
}
