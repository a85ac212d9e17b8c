//! One delivery, with what it holds: cleaned, and without secrets.

use std::{io::Write, sync::LazyLock};

use regex::{NoExpand, Regex};
use serde_json::Value;

use super::{
    MEND,
    list::{document, event, repository},
    nowhere,
};
use crate::{
    cli::ShowArgs,
    commands::{Failure, notice},
    domain::{delivery::DeliveryState, size::Size, text::clean},
    insight::risk::redact::{REDACTED, redact},
    store::inbox::{Filter, Inbox},
};

/// Characters that are cleaned at once: more would be cut.
const PIECE: usize = 200;
/// Tokens of GitHub of any length.
static TOKEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}").ok());
/// Names whose values are nobody's business.
const SECRET: [&str; 7] = ["secret", "token", "password", "passwd", "api_key", "apikey", "authorization"];

pub(super) async fn show(args: &ShowArgs, inbox: &mut Inbox, out: &mut impl Write) -> Result<(), Failure> {
    let filter = Filter { ids: vec![args.id], ..Filter::default() };
    let found = inbox.list(&filter, None, 1).await?.pop().zip(inbox.payload(args.id).await?);
    let Some((entry, payload)) = found else {
        return Err(nowhere(&[args.id], "there is no such delivery"));
    };
    let payload = Shown::new(&payload);
    if args.json {
        let content = match payload {
            Shown::Json(value) => value,
            Shown::Text(text) => Value::String(text),
        };
        let mut whole = document(&entry);
        if let Value::Object(fields) = &mut whole {
            fields.insert("payload".to_owned(), content);
        }
        writeln!(out, "{whole:#}")?;
        return Ok(());
    }
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let tries = if entry.attempts == 1 { "try" } else { "tries" };
    let lines = [
        ("delivery", Some(entry.id.to_string())),
        ("event", Some(event(&entry))),
        ("repository", Some(repository(&entry)).filter(|name| !name.is_empty())),
        ("state", Some(format!("{}, {} {tries}", entry.state, entry.attempts))),
        ("error", entry.error.as_deref().map(str::to_owned)),
        ("received", Some(time(entry.received_at))),
        ("processed", entry.processed_at.map(time)),
        ("next try", entry.next_attempt_at.map(time)),
        ("claimed by", entry.claimed_by.as_deref().map(str::to_owned)),
        ("size", Some(Size(entry.size).to_string())),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            writeln!(out, "{name:<11} {value}")?;
        }
    }
    writeln!(out)?;
    let text = match payload {
        Shown::Json(value) => format!("{value:#}"),
        Shown::Text(text) => text,
    };
    writeln!(out, "{text}")?;
    if entry.state == DeliveryState::Dead {
        notice(MEND);
    }
    Ok(())
}

/// What may be seen of a payload.
#[derive(Debug, PartialEq)]
enum Shown {
    Json(Value),
    /// It is not JSON.
    Text(String),
}

impl Shown {
    fn new(payload: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(payload) {
            Ok(value) => Self::Json(seen(value)),
            Err(_no_json) => Self::Text(cleaned(&String::from_utf8_lossy(payload))),
        }
    }
}

fn seen(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(cleaned(&text)),
        Value::Array(items) => items.into_iter().map(seen).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (String, Value)| {
                let value = if is_secret(&name, &value) { REDACTED.into() } else { seen(value) };
                (cleaned(&name), value)
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_)) => value,
    }
}

/// An address such as `access_tokens_url` is none.
fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_ascii_lowercase();
    value.is_string() && !name.ends_with("_url") && SECRET.iter().any(|word| name.contains(word))
}

/// The lines of a text without secrets, and without what would move a terminal's cursor.
fn cleaned(text: &str) -> String {
    let text = match &*TOKEN {
        Some(token) => token.replace_all(text, NoExpand(REDACTED)),
        None => REDACTED.into(),
    };
    let text = redact(&text);
    let line = |line: &str| {
        let chars: Vec<char> = line.chars().collect();
        chars.chunks(PIECE).map(|piece| clean(&piece.iter().collect::<String>())).collect::<String>()
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_secret_or_moves_the_cursor_is_not_seen() {
        let long = "ghs_".to_owned() + &"a1".repeat(30);
        let payload = json!({
            "title": "a\u{1b}[2J\u{202e}b\nc", "body": format!("use {long}!"), "Client_Secret": "hunter2hunter2",
            "tokens": ["x"], "access_tokens_url": "https://a.test/x", "n": 1, "\u{7}k": null,
            "deep": [{"authorization": "Bearer x", "pat": "github_pat_11ABCDEFG0aaaaaaaaaaaa_b"}],
        });
        let expected = json!({
            "title": "a[2Jb\nc", "body": "use [redacted]!", "Client_Secret": "[redacted]",
            "tokens": ["x"], "access_tokens_url": "https://a.test/x", "n": 1, "k": null,
            "deep": [{"authorization": "[redacted]", "pat": "[redacted]"}],
        });
        assert_eq!(Shown::new(payload.to_string().as_bytes()), Shown::Json(expected));
        assert_eq!(Shown::new(b"{\"a\x1b\xff"), Shown::Text("{\"a\u{fffd}".to_owned()));
        let long = "x".repeat(10_000);
        assert_eq!(cleaned(&long), long);
    }
}
