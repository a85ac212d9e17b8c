//! A record as a JSON object on one line.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use tracing::Metadata;
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::record::{Fields, is_obeyed};

/// Characters of a value: SQL and servers' messages can be of any length.
const LONGEST: usize = 2_000;

/// What was logged, where and when, and the spans around it, from the outermost.
pub(super) fn record<'a, S: LookupSpan<'a>>(
    metadata: &Metadata<'_>,
    fields: &Fields,
    scope: Option<Scope<'a, S>>,
    now: DateTime<Utc>,
) -> String {
    let mut record = head(now, metadata.level().as_str(), fields.message());
    record.insert("target".to_owned(), metadata.target().into());
    record.extend(fields.values().iter().map(|(name, value)| (name.clone(), cut(value))));
    let spans: Vec<Value> = scope
        .into_iter()
        .flat_map(Scope::from_root)
        .map(|span| {
            let mut fields = Map::from_iter([("name".to_owned(), span.name().into())]);
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.extend(known.values().iter().map(|(name, value)| (name.clone(), cut(value))));
            }
            Value::Object(fields)
        })
        .collect();
    if !spans.is_empty() {
        record.insert("spans".to_owned(), spans.into());
    }
    line(record)
}

/// That records were suppressed.
pub(super) fn suppressed(text: &str, count: u32, now: DateTime<Utc>) -> String {
    let mut record = head(now, "INFO", text);
    record.insert("suppressed".to_owned(), count.into());
    line(record)
}

fn head(now: DateTime<Utc>, level: &str, message: &str) -> Map<String, Value> {
    let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let head =
        json!({"time": time, "level": level, "message": cut(&message.into()), "pid": std::process::id()});
    match head {
        Value::Object(head) => head,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn cut(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST => {
            text.chars().take(LONGEST).chain(['…']).collect::<String>().into()
        }
        value => value.clone(),
    }
}

/// JSON leaves some characters as they are that a terminal would obey.
fn line(record: Map<String, Value>) -> String {
    let text = Value::Object(record).to_string();
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_obeyed(c) {
            line.extend(["\\u", &format!("{:04x}", u32::from(c))]);
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_is_obeyed_by_a_terminal() {
        let record = head(DateTime::UNIX_EPOCH, "WARN", "a\u{1b}[2J\u{9b}1m\u{202e}b\n\"");
        let line = line(record);
        assert!(line.chars().all(|c| (' '..='~').contains(&c)), "{line}");
        let read: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(read["message"], "a\u{1b}[2J\u{9b}1m\u{202e}b\n\"");
        assert_eq!((&read["time"], &read["level"]), (&"1970-01-01T00:00:00.000Z".into(), &"WARN".into()));
    }
}
