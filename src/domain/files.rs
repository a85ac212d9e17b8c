//! The changed files of a pull request, as GitHub's webhooks and API list them.

use serde_json::Value;

use super::text::{clean, clean_opt};

/// One entry of `files_changed`. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
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

/// A place in a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Path of the file.
    pub file: String,
    /// Line of the new file.
    pub line: Option<u32>,
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

/// Where a line of the new file stands in a patch, by the patch's headers (`@@ -1,2 +3,4 @@`). Behind the last line
/// of a hunk that one: what was there is deleted. `None` where the patch does not show the line.
pub fn patch_row(patch: &[String], line: u32) -> Option<usize> {
    let (mut next, mut last) = (None::<u32>, None);
    for (row, text) in patch.iter().enumerate() {
        match text.as_bytes().first() {
            Some(b'@') => {
                if next == Some(line) && last.is_some() {
                    return last;
                }
                (next, last) = (start(text, '+'), None);
                continue;
            }
            // Of the old file, or a remark (`\ No newline at end of file`).
            Some(b'-' | b'\\') => {}
            Some(_) | None if next == Some(line) => return Some(row),
            Some(_) | None => next = next.map(|next| next.saturating_add(1)),
        }
        last = Some(row);
    }
    last.filter(|_| next == Some(line))
}

/// The number of each row of a patch: its line in the new file, of a removed one in the old file. `None` for headers,
/// remarks, and behind a header that cannot be read.
pub fn line_numbers(patch: &[String]) -> impl Iterator<Item = Option<u32>> {
    let (mut old, mut new) = (None, None);
    let number = move |text: &String| {
        let count = |next: &mut Option<u32>| {
            let number = *next;
            *next = next.and_then(|next| next.checked_add(1));
            number
        };
        match text.as_bytes().first() {
            Some(b'@') => {
                (old, new) = (start(text, '-'), start(text, '+'));
                None
            }
            Some(b'-') => count(&mut old),
            Some(b'+') => count(&mut new),
            Some(b'\\') => None,
            Some(_) | None => {
                count(&mut old);
                count(&mut new)
            }
        }
    };
    patch.iter().map(number)
}

/// The first line of a hunk in the old file (`-`) or the new one (`+`).
fn start(header: &str, sign: char) -> Option<u32> {
    let side = header.split_whitespace().find_map(|part| part.strip_prefix(sign))?;
    side.split(',').next()?.parse().ok()
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
    fn a_line_is_found_in_its_hunk() {
        let patch = [
            "@@ -10,4 +10,4 @@ fn session() {",
            " ten",
            "-old eleven",
            "+new eleven",
            " twelve",
            "-gone",
            "@@ -40,2 +39,3 @@",
            " thirty-nine",
            "+forty",
            "\\ No newline at end of file",
        ]
        .map(str::to_owned);
        for (line, row) in [
            (10, Some(1)),
            (11, Some(3)),
            (12, Some(4)),
            (13, Some(5)),
            (14, None),
            (39, Some(7)),
            (40, Some(8)),
            (41, Some(9)),
            (9, None),
            (0, None),
            (u32::MAX, None),
        ] {
            assert_eq!(patch_row(&patch, line), row, "{line}");
        }
        let deleted = ["@@ -1,2 +0,0 @@", "-a", "-b"].map(str::to_owned);
        assert_eq!((patch_row(&deleted, 0), patch_row(&deleted, 1)), (Some(2), None));
        for odd in ["@@", "@@ -1 +x @@", "@@ -1 +99999999999 @@", ""] {
            assert_eq!(patch_row(&[odd.to_owned(), "+a".to_owned()], 1), None, "{odd}");
        }
        assert_eq!(patch_row(&["@@ -1 +1 @@".to_owned(), "+a".to_owned()], 1), Some(1));
    }

    #[test]
    fn rows_have_the_numbers_of_their_file() {
        let patch = [" before", "@@ -10,2 +20,2 @@ -x", " a", "-b", "+c", "\\ No newline", "@@ odd", "+d"];
        let numbers = |patch: &[String]| line_numbers(patch).collect::<Vec<_>>();
        let rows = numbers(&patch.map(str::to_owned));
        assert_eq!(rows, [None, None, Some(20), Some(11), Some(21), None, None, None]);
        let edge = ["@@ -1 +4294967295 @@", "+a", "+b"].map(str::to_owned);
        assert_eq!(numbers(&edge), [None, Some(u32::MAX), None]);
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
