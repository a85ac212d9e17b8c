//! The part of GitHub's published schema that our queries are about, and what it says of a query.

use std::sync::LazyLock;

use graphql_tools::{
    parser::{parse_query, parse_schema},
    static_graphql::{query, schema},
    validation::{rules::default_rules_validation_plan, validate::validate},
};

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

/// A query, and what is wrong with it by GitHub's schema.
pub(crate) fn parse(text: &str) -> Result<query::Document, Vec<String>> {
    let document = parse_query::<String>(text).map_err(|error| vec![error.to_string()])?.into_static();
    let wrong = validate(&SCHEMA, &document, &default_rules_validation_plan());
    let wrong: Vec<String> = wrong.into_iter().map(|error| error.message).collect();
    if wrong.is_empty() { Ok(document) } else { Err(wrong) }
}
