//! Answers of REST have a hundred fields that we don't look at: by GitHub's description they are there, so here they are
//! with plain values.

use serde_json::{Map, Value, json};

use crate::github::schema::REST;

/// A value with all that the description of this path requires.
pub(crate) fn shaped(path: &str, value: Value) -> Value {
    filled(&REST["paths"][path], value)
}

fn filled(schema: &Value, value: Value) -> Value {
    let schema = resolved(schema);
    match value {
        Value::Object(mut fields) => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                fields.entry(name).or_insert_with(|| plain(&properties[name]));
            }
            let known = |name: &str| properties.get(name).cloned().unwrap_or_default();
            fields
                .into_iter()
                .map(|(name, value)| (name.clone(), filled(&known(&name), value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(|item| filled(&schema["items"], item)).collect(),
        value => value,
    }
}

fn resolved(schema: &Value) -> &Value {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &REST["definitions"][name.rsplit('/').next().unwrap_or_default()],
        None => schema,
    };
    let choices = ["anyOf", "oneOf", "allOf"].into_iter().find_map(|name| schema[name].as_array()?.first());
    choices.map_or(schema, resolved)
}

fn plain(schema: &Value) -> Value {
    let schema = resolved(schema);
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array()?.last()?.as_str());
    match (schema["enum"].as_array().and_then(|words| words.first()), kind) {
        (Some(word), _) => word.clone(),
        (None, Some("null")) => Value::Null,
        (None, Some("boolean")) => json!(false),
        (None, Some("integer" | "number")) => json!(0),
        (None, Some("array")) => json!([]),
        (None, Some("object")) => filled(schema, json!({})),
        (None, _) => json!(""),
    }
}
