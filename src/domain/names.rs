//! Logins, teams and labels as services store them: names, or GitHub's objects around them.

use serde_json::Value;

/// Bots that are users like others, or whose `[bot]` a service left out.
const BOTS: [&str; 12] = [
    "allcontributors",
    "codecov",
    "dependabot",
    "dependabot-preview",
    "github-actions",
    "greenkeeper",
    "imgbot",
    "mergify",
    "pre-commit-ci",
    "renovate",
    "renovate-bot",
    "snyk-bot",
];

/// Objects within objects that are opened.
const DEPTH: usize = 4;

/// The names in a JSON column, as they are: an array of strings, or of objects as REST (`login`, `name`, `slug`) and
/// GraphQL (`nodes`, `requestedReviewer`) give them; a JSON string that holds such an array is opened first.
pub fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(|item| name(item, DEPTH)).collect(),
        Value::Object(map) => {
            map.get("nodes").filter(|nodes| nodes.is_array()).map(names).unwrap_or_default()
        }
        Value::String(text) => match serde_json::from_str(text) {
            Ok(list @ (Value::Array(_) | Value::Object(_))) => names(&list),
            Ok(_) | Err(_) => Vec::new(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Whether a JSON column is such a list, empty or not: else nothing can be said of it.
pub fn is_list(value: &Value) -> bool {
    match value {
        Value::Array(list) => {
            list.is_empty() || list.iter().any(|item| item.is_null() || name(item, DEPTH).is_some())
        }
        Value::Object(map) => map.get("nodes").is_some_and(Value::is_array),
        Value::String(text) => serde_json::from_str(text).is_ok_and(|list| {
            matches!(list, Value::Array(_) | Value::Object(_) | Value::Null) && is_list(&list)
        }),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether this login is a program's: GitHub ends those of apps in `[bot]`; others go by their names.
pub fn is_bot(login: &str) -> bool {
    login.ends_with("[bot]") || BOTS.iter().any(|bot| login.eq_ignore_ascii_case(bot))
}

fn name(item: &Value, depth: usize) -> Option<String> {
    match item {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => {
            let named = ["login", "name", "slug"].iter().find_map(|key| map.get(*key)?.as_str());
            named.map(str::to_owned).or_else(|| name(map.get("requestedReviewer")?, depth.checked_sub(1)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_program_is_known_by_its_ending_or_its_name() {
        let known = ["renovate[bot]", "acme-release[bot]", "Dependabot", "snyk-bot"].map(is_bot);
        let people = ["ana", "botond", "robot", "dependabot-fan", ""].map(is_bot);
        assert_eq!((known, people), ([true; 4], [false; 5]));
    }

    #[test]
    fn names_come_out_of_any_shape() {
        let cases = [
            (json!(["ana", "bo"]), vec!["ana", "bo"]),
            (
                json!([{"login": "ana", "id": 7}, {"slug": "core"}, {"name": null, "slug": "ops"}, 7, null]),
                vec!["ana", "core", "ops"],
            ),
            (json!("[\"ana\"]"), vec!["ana"]),
            (json!("[{\"name\":\"bug\",\"color\":\"f00\"}]"), vec!["bug"]),
            (json!({"nodes": [{"name": "bug"}, {"requestedReviewer": {"login": "bo"}}]}), vec!["bug", "bo"]),
            (json!("nonsense"), vec![]),
            (json!({"login": "ana"}), vec![]),
            (
                json!([{"requestedReviewer": {"requestedReviewer": {"requestedReviewer": {"requestedReviewer": {"requestedReviewer": {"login": "x"}}}}}}]),
                vec![],
            ),
        ];
        for (value, want) in cases {
            assert_eq!(names(&value), want, "{value}");
            assert!(want.is_empty() || is_list(&value), "{value}");
        }
        for (value, is) in [
            (json!(null), true),
            (json!([]), true),
            (json!({"nodes": []}), true),
            (json!("[]"), true),
            (json!("null"), true),
            (json!("nonsense"), false),
            (json!({"login": "ana"}), false),
            (json!([7]), false),
            (json!(7), false),
        ] {
            assert_eq!(is_list(&value), is, "{value}");
        }
    }
}
