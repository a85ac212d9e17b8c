//! A GraphQL answer: data and errors, which may come together.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    error::Error,
    refusal::{said, single_sign_on},
};
use crate::github::query::RefusedField;

/// What GitHub answered. Where [`GraphError::path`] leads, a null means "not told", never "none".
#[derive(Debug)]
pub struct Graph<T> {
    pub data: T,
    pub errors: Vec<GraphError>,
    /// GitHub's clock when it answered, if it told.
    pub at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What is wrong with a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    pub kind: Kind,
    /// From the root: names and indices.
    pub path: Vec<PathStep>,
    /// What GitHub said, cleaned.
    pub said: String,
}

impl GraphError {
    /// The text of the request was refused before anything of it was done: its path begins with an operation or a
    /// fragment, by a name that no field can have.
    pub(super) fn is_of_text(&self) -> bool {
        matches!(self.kind, Kind::NoSuchField(_))
            || matches!(self.path.first(), Some(PathStep::Field(name)) if name.contains(' '))
    }
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum PathStep {
    Index(usize),
    Field(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    NotFound,
    Forbidden,
    /// The organisation wants single sign-on.
    SingleSignOn(Error),
    RateLimited,
    SecondaryLimit,
    TooMuch,
    NoSuchField(RefusedField),
    MissingScope {
        refused: RefusedField,
        needed: Vec<String>,
    },
    /// A word that we do not know, or none.
    Other(String),
}

#[derive(Deserialize)]
pub(super) struct Wire<T> {
    #[serde(default = "none")]
    pub(super) data: Option<T>,
    errors: Option<Vec<WireError>>,
    /// Where there is neither: what REST would say.
    message: Option<String>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Deserialize)]
struct WireError {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    path: Option<Vec<Value>>,
    locations: Option<Vec<Value>>,
    extensions: Option<Map<String, Value>>,
}

impl<T: DeserializeOwned> Wire<T> {
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| said(&error.to_string()))
    }

    pub(super) fn errors(&self, sso: Option<&str>) -> Vec<GraphError> {
        let mut errors: Vec<GraphError> = self.errors.iter().flatten().map(|error| error.read(sso)).collect();
        if self.data.is_none() && errors.is_empty() {
            let said = said(self.message.as_deref().unwrap_or("neither data nor errors"));
            errors.push(GraphError { kind: Kind::of_words(&said), path: Vec::new(), said });
        }
        errors
    }
}

impl Kind {
    /// Where no type says it.
    fn of_words(said: &str) -> Self {
        let lower = said.to_ascii_lowercase();
        if lower.contains("secondary rate limit") {
            Self::SecondaryLimit
        } else if lower.contains("rate limit exceeded") {
            Self::RateLimited
        } else if lower.contains("something went wrong")
            || lower.contains("timeout")
            || lower.contains("timed out")
        {
            Self::TooMuch
        } else {
            Self::Other(String::new())
        }
    }
}

impl WireError {
    fn read(&self, sso: Option<&str>) -> GraphError {
        let extension = |name: &str| self.extensions.as_ref().and_then(|all| all.get(name));
        let text = |name: &str| extension(name).and_then(Value::as_str);
        let said = said(self.message());
        // What is wrong with the value of a variable has neither.
        let problems = || extension("problems").map(|_| "INVALID_VALUE");
        let word = self.kind.as_deref().or_else(|| text("type")).or_else(|| text("code")).or_else(problems);
        let word = word.unwrap_or_default();
        let by_saml = extension("saml_failure").and_then(Value::as_bool) == Some(true)
            || said.contains("SAML enforcement");
        let kind = match word {
            _ if by_saml => Kind::SingleSignOn(single_sign_on(sso.unwrap_or_default())),
            _ if said.to_ascii_lowercase().contains("secondary rate limit") => Kind::SecondaryLimit,
            "NOT_FOUND" => Kind::NotFound,
            "FORBIDDEN" => Kind::Forbidden,
            "RATE_LIMITED" | "RATE_LIMIT" => Kind::RateLimited,
            "RESOURCE_LIMITS_EXCEEDED" | "MAX_NODE_LIMIT_EXCEEDED" | "TIMEOUT" => Kind::TooMuch,
            _ if text("code") == Some("undefinedField") || is_about_no_field(&said) => {
                Kind::NoSuchField(self.refused(text("fieldName")))
            }
            "INSUFFICIENT_SCOPES" => {
                Kind::MissingScope { refused: self.refused(None), needed: scopes(self.message()) }
            }
            "" => Kind::of_words(&said),
            other => Kind::Other(other.to_owned()),
        };
        GraphError { kind, path: self.path.iter().flatten().filter_map(PathStep::new).collect(), said }
    }

    fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    /// The field that is meant: the message quotes its name.
    fn refused(&self, field: Option<&str>) -> RefusedField {
        let quoted = || self.message().split(['\'', '"']).nth(1);
        let named = || self.path.iter().flatten().rev().find_map(Value::as_str);
        let field = field.or_else(quoted).or_else(named).unwrap_or_default().to_owned();
        let number = |place: &Value, name: &str| usize::try_from(place.get(name)?.as_u64()?).ok();
        let place = self.locations.iter().flatten().next();
        let place = place.and_then(|place| Some((number(place, "line")?, number(place, "column")?)));
        RefusedField { field, place }
    }
}

impl PathStep {
    fn new(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }
}

/// A server that says so in words only.
fn is_about_no_field(said: &str) -> bool {
    said.starts_with("Field '") && said.contains("doesn't exist on type")
        || said.starts_with("Cannot query field ")
}

/// `… requires one of the following scopes: ['read:org', 'read:discussion'], but …`
fn scopes(message: &str) -> Vec<String> {
    let list =
        message.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    let scopes = list.split(',').map(|scope| scope.trim().trim_matches(['\'', '"']));
    scopes.filter(|scope| !scope.is_empty()).map(said).collect()
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    fn errors(body: &str) -> Vec<GraphError> {
        Wire::<Option<IgnoredAny>>::parse(body.as_bytes())
            .expect("JSON")
            .errors(Some("required; url=https://github.com/orgs/acme/sso"))
    }

    fn kind(error: &str) -> Kind {
        errors(&format!("{{\"data\": null, \"errors\": [{error}]}}")).remove(0).kind
    }

    #[test]
    fn errors_are_read_in_each_of_githubs_ways() {
        assert_eq!(kind(r#"{"type": "RATE_LIMITED", "message": "x"}"#), Kind::RateLimited);
        assert_eq!(kind(r#"{"type": "RATE_LIMIT", "message": "x"}"#), Kind::RateLimited);
        assert_eq!(kind(r#"{"message": "API rate limit exceeded for user ID 1."}"#), Kind::RateLimited);
        assert_eq!(
            kind(r#"{"type": "RATE_LIMITED", "message": "a secondary rate limit"}"#),
            Kind::SecondaryLimit
        );
        assert_eq!(kind(r#"{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "x"}"#), Kind::TooMuch);
        assert_eq!(kind(r#"{"message": "Something went wrong while executing your query."}"#), Kind::TooMuch);
        assert_eq!(kind(r#"{"type": "NEW", "message": "x"}"#), Kind::Other("NEW".to_owned()));
        for saml in [
            r#"{"type": "FORBIDDEN", "extensions": {"saml_failure": true}, "message": "x"}"#,
            r#"{"type": "FORBIDDEN", "message": "Resource protected by organization SAML enforcement."}"#,
        ] {
            let Kind::SingleSignOn(Error::SingleSignOn { organisation, .. }) = kind(saml) else {
                panic!("{saml}")
            };
            assert_eq!(organisation.as_deref(), Some("acme"));
        }
        assert_eq!(
            errors(r#"{"message": "You have exceeded a secondary rate limit"}"#)[0].kind,
            Kind::SecondaryLimit
        );
    }

    #[test]
    fn the_refused_field_is_found() {
        let undefined = r#"{"path": ["fragment Pull", "mergeQueueEntry"], "locations": [{"line": 3, "column": 5}],
            "extensions": {"code": "undefinedField", "typeName": "PullRequest", "fieldName": "mergeQueueEntry"},
            "message": "Field 'mergeQueueEntry' doesn't exist on type 'PullRequest'"}"#;
        let refused = RefusedField { field: "mergeQueueEntry".to_owned(), place: Some((3, 5)) };
        assert_eq!(kind(undefined), Kind::NoSuchField(refused));
        // In words alone, and without a place.
        for undefined in [
            r#"{"message": "Field 'mergeQueueEntry' doesn't exist on type 'PullRequest'", "locations": [{"line": -1}]}"#,
            r#"{"message": "Cannot query field \"mergeQueueEntry\" on type \"PullRequest\".", "path": null}"#,
        ] {
            let refused = RefusedField { field: "mergeQueueEntry".to_owned(), place: None };
            assert_eq!(kind(undefined), Kind::NoSuchField(refused));
        }
        let scope = r#"{"type": "INSUFFICIENT_SCOPES", "locations": [{"line": 4, "column": 7}],
            "message": "Your token has not been granted the required scopes to execute this query. The 'slug' field requires one of the following scopes: ['read:org', 'read:discussion'], but your token has only been granted the: ['repo'] scopes."}"#;
        let needed = vec!["read:org".to_owned(), "read:discussion".to_owned()];
        let refused = RefusedField { field: "slug".to_owned(), place: Some((4, 7)) };
        assert_eq!(kind(scope), Kind::MissingScope { refused, needed });
    }

    #[test]
    fn data_and_errors_come_together() {
        let wire: Wire<Value> =
            Wire::parse(br#"{"data": {"nodes": [null, 1]}, "errors": [{"type": "NOT_FOUND", "path": ["nodes", 0], "message": "\u001b[2J"}]}"#)
                .expect("JSON");
        assert!(wire.data.is_some());
        let error = wire.errors(None).remove(0);
        assert_eq!(error.path, [PathStep::Field("nodes".to_owned()), PathStep::Index(0)]);
        assert!(!error.said.contains('\u{1b}'));
        let wire: Wire<Value> = Wire::parse(br#"{"data": {"nodes": []}, "errors": null}"#).expect("JSON");
        assert!(wire.data.is_some() && wire.errors(None).is_empty());
    }
}
