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

/// GitHub's description of the answers of REST that we read, made by `tests/it/github/schema/trim-rest`: a JSON schema for
/// each path.
pub(crate) static REST: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("rest.json")).expect("GitHub's description"));

/// What is wrong with an answer of REST by GitHub's description.
pub(crate) fn check_rest(path: &str, answer: &Value) -> Result<(), String> {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("https://github.test/rest.json", REST.clone()).expect("a schema");
    let place = path.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
    let index = compiler
        .compile(&format!("https://github.test/rest.json#/paths/{place}"), &mut schemas)
        .expect("a path");
    schemas.validate(answer, index).map_err(|error| error.to_string())
}

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
