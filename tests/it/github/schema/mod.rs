//! The part of GitHub's published schema that our queries are about, and what GitHub says of a query by it.

use std::sync::LazyLock;

use graphql_tools::{
    parser::{parse_query, parse_schema},
    static_graphql::{query, schema},
    validation::{rules::default_rules_validation_plan, utils::ValidationError, validate::validate},
};
use serde_json::{Value, json};

/// Made by `tests/it/github/schema/trim`.
const TEXT: &str = include_str!("schema.graphql");

/// What every schema has without saying so.
const BUILT_IN: &str = "scalar ID scalar String scalar Int scalar Float scalar Boolean
    directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n";

/// GitHub's schema.
pub(crate) static SCHEMA: LazyLock<schema::Document> = LazyLock::new(|| {
    let text = format!("{BUILT_IN}{TEXT}");
    parse_schema::<String>(&text).expect("GitHub's schema").into_static()
});

/// A query, and what GitHub answers to a wrong one.
pub(crate) fn check(text: &str) -> Result<query::Document, Vec<Value>> {
    let document = parse_query::<String>(text);
    let document = document.map_err(|error| vec![json!({"message": error.to_string()})])?.into_static();
    let wrong = validate(&SCHEMA, &document, &default_rules_validation_plan());
    if wrong.is_empty() { Ok(document) } else { Err(wrong.iter().map(error).collect()) }
}

fn error(error: &ValidationError) -> Value {
    let places = error.locations.iter().map(|place| json!({"line": place.line, "column": place.column}));
    let places = places.collect();
    // `Cannot query field "x" on type "Y".`
    match error.message.split('"').collect::<Vec<_>>().as_slice() {
        ["Cannot query field ", field, _, name, ..] => undefined(field, name, &places),
        _ => json!({"message": error.message, "locations": places}),
    }
}

/// What GitHub says of a field that it does not have.
pub(crate) fn undefined(field: &str, name: &str, places: &Value) -> Value {
    json!({
        "path": ["query", field],
        "extensions": {"code": "undefinedField", "typeName": name, "fieldName": field},
        "locations": places,
        "message": format!("Field '{field}' doesn't exist on type '{name}'"),
    })
}
