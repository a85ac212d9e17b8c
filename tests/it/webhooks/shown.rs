//! Deliveries and their rows, for readers.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, SecondsFormat};
use flowlens::github::webhook::read;
use serde_json::{Map, Value};

use crate::{
    facts::memory::Memory,
    stored::{Lines, reduced},
};

/// What deliveries make, each alone, and the names of those that make it.
pub(super) type Alike = Vec<(String, Vec<String>)>;

/// The same by event: of each delivery its event, a name and the payload.
pub(super) fn alike<'a>(
    deliveries: impl IntoIterator<Item = (&'a str, String, &'a Value)>,
) -> BTreeMap<&'a str, Alike> {
    let mut events: BTreeMap<&str, Alike> = BTreeMap::new();
    for (event, name, payload) in deliveries {
        let made = made(event, payload.to_string().as_bytes());
        let alike = events.entry(event).or_default();
        match alike.iter_mut().find(|(known, _)| *known == made) {
            Some((_, names)) => names.push(name),
            None => alike.push((made, vec![name])),
        }
    }
    events
}

pub(super) fn text(alike: &Alike) -> String {
    alike.iter().fold(String::new(), |text, (made, names)| text + &names.join(", ") + "\n" + made + "\n")
}

/// Its rows, or why there are none.
pub(super) fn made(event: &str, body: &[u8]) -> String {
    match read(event, body) {
        Ok(told) => told
            .ignored
            .map_or_else(|| rows(&reduced(&Memory::of(&told.facts))), |why| format!("  ignored: {why}\n")),
        Err(refused) => format!("  refused: {refused}\n"),
    }
}

/// Rows without ids that we make, without what is not known, with times as times.
fn rows(lines: &Lines) -> String {
    let mut text = String::new();
    for line in lines {
        let (table, columns) = line.split_once(' ').expect("a table");
        let columns: Map<String, Value> = serde_json::from_str(columns).expect("columns");
        let shown =
            columns.iter().filter_map(|(name, value)| Some(format!("{name}={}", shown(name, value)?)));
        writeln!(text, "  {table} {}", shown.collect::<Vec<_>>().join(" ")).expect("a text");
    }
    text
}

fn shown(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(list) if list.is_empty() => None,
        _ if matches!(name, "id" | "repo_id" | "history") => None,
        Value::Number(micros) if name.ends_with("_at") || name.ends_with("_since") => {
            let time = DateTime::from_timestamp_micros(micros.as_i64()?)?;
            Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        Value::String(_) | Value::Array(_) | Value::Object(_) | Value::Bool(_) | Value::Number(_) => {
            Some(value.to_string())
        }
    }
}

/// Words of ours: of apps, of what cannot be merged, and of an account that is deleted.
const OURS: [&str; 4] = ["github-actions", "status", "dirty", "ghost"];

/// Texts of its facts that are neither in the payload nor ours.
pub(super) fn invented(event: &str, payload: &Value) -> Vec<String> {
    let known = payload.to_string();
    let Ok(told) = read(event, known.as_bytes()) else { return Vec::new() };
    let told = told.facts.iter().flat_map(|fact| texts(&format!("{:?}", fact.what)));
    let is_known = |text: &String| {
        let json = Value::from(text.as_str()).to_string();
        OURS.contains(&text.as_str()) || known.contains(json.trim_matches('"'))
    };
    told.filter(|text| !is_known(text)).collect()
}

/// The texts of a value's debug form.
fn texts(debug: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut letters = debug.chars();
    while let Some(letter) = letters.next() {
        if letter != '"' {
            continue;
        }
        let mut text = String::new();
        loop {
            text.push(match letters.next().expect("a closing quote") {
                '"' => break,
                '\\' => match letters.next().expect("what is escaped") {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    letter => letter,
                },
                letter => letter,
            });
        }
        texts.push(text);
    }
    texts
}
