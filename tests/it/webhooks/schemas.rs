//! Deliveries as the schemas of `@octokit/openapi-webhooks` and `@octokit/webhooks-schemas` allow them: with as little and
//! with as much in them as may be.

use std::{collections::BTreeMap, io::Read as _};

use flowlens::github::webhook::{Unreadable, envelope, read};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shown::{alike, invented, text};
use crate::facts::memory::Memory;

/// The schemas of a server's payloads, or of those who wrote them down.
#[derive(Deserialize)]
struct Source {
    /// The event, and the name of the schema.
    payloads: Vec<(String, String)>,
    schemas: BTreeMap<String, Value>,
}

fn sources() -> BTreeMap<String, Source> {
    let packed = include_bytes!("../fixtures/webhooks/schemas.json.xz");
    let mut json = String::new();
    lzma_rust2::XzReader::new(packed.as_slice(), false).read_to_string(&mut json).expect("packed JSON");
    serde_json::from_str(&json).expect("schemas")
}

/// How much of what is allowed there is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// What is required, and nulls where they may be.
    Least,
    /// Everything; of words and forms to choose from this one.
    Most(usize),
}

/// As many as a schema has words to choose from.
const WORDS: usize = 12;

impl Way {
    fn of<T>(self, choices: &[T]) -> &T {
        match self {
            Self::Least => &choices[0],
            Self::Most(nth) => &choices[nth % choices.len()],
        }
    }
}

impl Source {
    /// A payload, by its schema's name.
    fn payload(&self, name: &str, way: Way) -> Value {
        self.value(&self.schemas[name], way, "")
    }

    /// A value at a place, which texts tell.
    fn value(&self, schema: &Value, way: Way, at: &str) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().expect("a name");
            return self.value(&self.schemas[name], way, at);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            let has_null = words.contains(&Value::Null) && matches!(way, Way::Least);
            return if has_null { Value::Null } else { way.of(words).clone() };
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.together(
                parts.iter().chain([&json!({"properties": schema["properties"]})]),
                way,
                at,
            );
        }
        for key in ["oneOf", "anyOf"] {
            let forms = schema[key].as_array().filter(|_| schema["properties"].is_null());
            if let Some(forms) = forms {
                let is_null = |form: &&Value| form["type"] == "null";
                let of_null = forms.iter().find(is_null).filter(|_| matches!(way, Way::Least));
                return self.value(of_null.unwrap_or_else(|| way.of(forms)), way, at);
            }
        }
        self.of_type(schema, way, at)
    }

    /// Of parts that each tell a part of the object.
    fn together<'v>(&self, parts: impl Iterator<Item = &'v Value>, way: Way, at: &str) -> Value {
        let mut all = Map::new();
        for part in parts {
            if let Value::Object(fields) = self.value(part, way, at) {
                all.extend(fields);
            }
        }
        all.into()
    }

    fn of_type(&self, schema: &Value, way: Way, at: &str) -> Value {
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if schema["properties"].is_object() => vec!["object"],
            _ => vec!["null"],
        };
        if kinds.contains(&"null") && matches!(way, Way::Least) {
            return Value::Null;
        }
        let kinds: Vec<&str> = kinds.into_iter().filter(|kind| *kind != "null").collect();
        match kinds.first().map(|_| *way.of(&kinds)) {
            Some("object") => self.object(schema, way, at),
            Some("array") if matches!(way, Way::Most(_)) => json!([self.value(&schema["items"], way, at)]),
            Some("array") => json!([]),
            Some("boolean") => json!(matches!(way, Way::Most(nth) if nth % 2 == 1)),
            Some("integer" | "number") => json!(number(at)),
            Some("string") => json!(word(at, &schema["format"])),
            Some(kind) => panic!("{at}: {kind}"),
            None => Value::Null,
        }
    }

    fn object(&self, schema: &Value, way: Way, at: &str) -> Value {
        let Some(properties) = schema["properties"].as_object() else { return json!({}) };
        let required = schema["required"].as_array();
        let is_there = |name: &String| match way {
            Way::Least => required.is_some_and(|required| required.contains(&json!(name))),
            Way::Most(_) => true,
        };
        let field =
            |(name, of): (&String, &Value)| (name.clone(), self.value(of, way, &format!("{at}.{name}")));
        properties.iter().filter(|(name, _)| is_there(name)).map(field).collect::<Map<_, _>>().into()
    }
}

/// One is the same number wherever it is told.
fn number(at: &str) -> usize {
    if at.ends_with("number") { 7 } else { 1_000 + at.len() }
}

fn word(at: &str, format: &Value) -> String {
    let name = at.rsplit('.').next().expect("a name");
    match name {
        "created_at" => "2026-01-01T00:00:00Z".to_owned(),
        "started_at" | "run_started_at" | "submitted_at" => "2026-01-01T01:00:00Z".to_owned(),
        _ if format == "date-time" || name.ends_with("_at") || name == "timestamp" => {
            "2026-01-01T02:00:00Z".to_owned()
        }
        "full_name" => "acme/api".to_owned(),
        "head_ref" => "refs/heads/gh-readonly-queue/main/pr-7-0123abc".to_owned(),
        _ if name.ends_with("url") => format!("https://github.com/{}", at.trim_start_matches('.')),
        _ => at.trim_start_matches('.').to_owned(),
    }
}

/// Each payload of each source, in these ways: source, event, way, payload.
fn in_ways(ways: &[Way]) -> Vec<(String, String, Way, Value)> {
    let mut all = Vec::new();
    for (name, source) in sources() {
        for (event, schema) in &source.payloads {
            let payload = |way: &Way| (name.clone(), event.clone(), *way, source.payload(schema, *way));
            all.extend(ways.iter().map(payload));
        }
    }
    all
}

/// The least and the most.
pub(crate) fn payloads() -> Vec<(String, String, Way, Value)> {
    in_ways(&[Way::Least, Way::Most(0)])
}

#[test]
fn whatever_is_allowed_is_kept_read_and_not_added_to() {
    let mut refusals = std::collections::BTreeSet::new();
    for (source, event, way, payload) in
        in_ways(&(0..WORDS).map(Way::Most).chain([Way::Least]).collect::<Vec<_>>())
    {
        let name = format!("{source} {event} {} {way:?}", payload["action"]);
        let told = read(&event, payload.to_string().as_bytes());
        envelope(payload.to_string().as_bytes()).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let told = match told {
            Ok(told) => told,
            Err(refused) => {
                refusals.insert(format!("{event} {way:?}: {refused}"));
                continue;
            }
        };
        assert!(told.ignored.is_none() || payload["repository"].is_null(), "{name}");
        assert_eq!(invented(&event, &payload), [""; 0], "{name}");
        let mut memory = Memory::of(&told.facts);
        assert_eq!(memory.apply(&told.facts), 0, "{name}: told again");
    }
    assert!(refusals.is_empty(), "{refusals:#?}");
}

#[test]
fn the_least_and_the_most_make_the_rows_that_they_tell() {
    let payloads = payloads();
    let named = payloads.iter().map(|(source, event, way, payload)| {
        let action = payload["action"].as_str().unwrap_or("-");
        let way = if matches!(way, Way::Least) { "least" } else { "most" };
        (event.as_str(), format!("{source} {action} {way}"), payload)
    });
    for (event, alike) in alike(named) {
        let text = text(&alike);
        insta::assert_snapshot!(event, text);
    }
}

/// Every place in a value but for addresses, of which there are many.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    for (name, field) in fields.iter().filter(|(name, _)| !name.ends_with("url")) {
        let at = format!("{at}/{name}");
        places(field, &at, all);
        all.push(at);
    }
}

/// What a payload cannot do without, by what it is refused for.
fn needed(event: &str, payload: &Value) -> BTreeMap<String, Vec<String>> {
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut all = Vec::new();
    places(payload, "", &mut all);
    for place in all {
        for other in
            [Value::Null, json!([{"a": [null]}]), json!({"b": {}}), json!(true), json!(-1), json!("")]
        {
            let mut changed = payload.clone();
            *changed.pointer_mut(&place).expect("a place") = other;
            match read(event, changed.to_string().as_bytes()) {
                Ok(_) => {}
                Err(Unreadable::Missing(what)) => {
                    let places = needed.entry(what.to_owned()).or_default();
                    if places.last() != Some(&place) {
                        places.push(place.clone());
                    }
                }
                Err(refused) => panic!("{event} {place}: {refused}"),
            }
        }
    }
    needed
}

#[test]
fn a_value_that_is_missing_or_of_another_form_costs_no_more_than_itself() {
    let sources = sources();
    let source = &sources["api.github.com"];
    let mut lines = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (event, schema) in &source.payloads {
        if seen.contains(&event.as_str()) {
            continue;
        }
        seen.push(event);
        for (what, places) in needed(event, &source.payload(schema, Way::Most(0))) {
            lines.push(format!("{event} without {what}: {}", places.join(" ")));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}
