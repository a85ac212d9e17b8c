//! The changed files of a pull request, as GitHub's webhooks and API list them.

use serde_json::Value;

use super::text::{clean, clean_opt};

/// One entry of `files_changed`. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path.
    pub path: String,
    /// GitHub's word: added, modified, removed, renamed …
    pub status: String,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// The patch, a line each; `None` where GitHub sent none (a binary, or one too large).
    pub patch: Option<Vec<String>>,
}

/// What `files_changed` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// The files, in GitHub's order.
    Known(Vec<ChangedFile>),
    /// There is nothing to show, and this is why.
    Unknown(&'static str),
}

impl Files {
    /// Reads the column's JSON text. A JSON string that holds JSON is opened; an entry with `_fallback` is a name
    /// that some service invented, so that list is not shown.
    pub fn parse(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Unknown("No file list is stored for this pull request.") };
        let mut value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(_) => return Self::Unknown("The stored file list is not JSON."),
        };
        if let Value::String(inner) = &value {
            value = serde_json::from_str(inner).unwrap_or(Value::Null);
        }
        match value {
            Value::Array(list) if list.is_empty() => Self::Unknown("The stored file list is empty."),
            Value::Array(list) if list.iter().any(|f| f.get("_fallback") == Some(&Value::Bool(true))) => {
                Self::Unknown(
                    "The stored file names are placeholders of the service that wrote them (_fallback).",
                )
            }
            Value::Array(list) => Self::Known(list.iter().filter_map(file).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Self::Unknown("The stored file list is not in GitHub's form.")
            }
        }
    }
}

fn file(value: &Value) -> Option<ChangedFile> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let count = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
    let path = value.as_str().or_else(|| text("filename")).or_else(|| text("path"))?;
    Some(ChangedFile {
        path: clean_opt(Some(path))?.into(),
        status: clean(text("status").unwrap_or("modified")),
        additions: count("additions"),
        deletions: count("deletions"),
        patch: text("patch").map(|patch| patch.lines().map(patch_line).collect()),
    })
}

/// Tabs become four spaces: their width must not depend on the terminal.
fn patch_line(line: &str) -> String {
    clean(&line.replace('\t', "    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_as_github_sends_them() {
        let text = r#"[{"filename":"src/a.rs","status":"added","additions":2,"deletions":0,"patch":"@@ -0,0 +1,2 @@\n+a\n+\tb\u001b[31m"},
                       {"filename":"logo.png","status":"added","patch":null}, 7]"#;
        let Files::Known(files) = Files::parse(Some(text)) else { panic!("known") };
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].patch.as_deref().unwrap(), ["@@ -0,0 +1,2 @@", "+a", "+    b[31m"]);
        assert_eq!((files[0].additions, &files[1].patch), (2, &None));
    }

    #[test]
    fn json_in_json_opens_and_oddities_say_why() {
        assert!(matches!(Files::parse(Some(r#""[{\"filename\":\"a\"}]""#)), Files::Known(f) if f.len() == 1));
        for (text, says) in [
            (None, "No file list"),
            (Some("[]"), "empty"),
            (Some("{}"), "GitHub's form"),
            (Some("nonsense"), "not JSON"),
            (Some(r#"[{"filename":"x","_fallback":true}]"#), "placeholders"),
        ] {
            assert!(matches!(Files::parse(text), Files::Unknown(why) if why.contains(says)), "{text:?}");
        }
    }
}
