//! One change as the model reads it: a pull request with its files, from GitHub's JSON or from the database.
//!
//! Patches are counted while the JSON is read, a file at a time, and are not kept: a list may hold 25 MB of them.

mod json;

use serde::de::DeserializeSeed as _;
use serde_json::Value;

pub use self::json::is_file;
use self::json::{List, Parts, Top};
use super::digest::file::FileDigest;
use crate::domain::{pull_text::PullText, text::clean};

/// GitHub lists at most this many files of a pull request.
/// <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files>
pub const GITHUB_LISTS: usize = 3_000;

/// One change. Text is as it came: whatever shows it cleans it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Its title; empty where it is not known.
    pub title: String,
    /// The author's login.
    pub author: Option<String>,
    /// Source branch.
    pub branch: Option<String>,
    pub head: Option<String>,
    /// What the pull request says of itself: the list may be shorter.
    pub totals: Totals,
    pub files: Listing,
}

/// What the pull request says of itself, in the words of GitHub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub changed_files: Option<u64>,
    pub additions: Option<u64>,
    pub deletions: Option<u64>,
}

/// The files, if they are known.
#[derive(Clone, Debug, PartialEq)]
pub enum Listing {
    /// In GitHub's order; at least one.
    Known(Vec<FileDigest>),
    /// Nothing can be said of them, and this is why.
    Unknown(&'static str),
}

impl Default for Listing {
    fn default() -> Self {
        Self::Unknown("no file list is known")
    }
}

/// Why a text is no change.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON; serde's words name line and column.
    #[error("this is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// There is nothing, as when the command before the pipe has failed.
    #[error("there is nothing to read")]
    Empty,
    /// It is GitHub's refusal.
    #[error("GitHub answered: {0}")]
    Refused(String),
    /// It is JSON of something else.
    #[error(
        "this JSON is neither a pull request (an object with a title or a file list) nor GitHub's array of its files"
    )]
    Form,
}

impl Change {
    /// Reads GitHub's array of files (`GET /repos/…/pulls/N/files`), a pull request (`GET /repos/…/pulls/N`, also with
    /// the array as its `files`), a webhook's payload, or what `gh pr view --json title,author,files,…` prints; and
    /// several of these one behind the other, as `gh api --paginate` prints pages.
    ///
    /// # Errors
    /// The text is not JSON, JSON of something else, or GitHub's refusal.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        if text.trim().is_empty() {
            return Err(Unreadable::Empty);
        }
        let mut input = Input::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        while reader.end().is_err() {
            Top(&mut input).deserialize(&mut reader)?;
        }
        // Of a list that ends in a refusal a part is missing.
        if let Some(why) = input.refusal() {
            return Err(Unreadable::Refused(why));
        }
        input.change().ok_or(Unreadable::Form)
    }
}

impl From<&PullText> for Change {
    fn from(pull: &PullText) -> Self {
        let count = |n: Option<i32>| n.and_then(|n| n.try_into().ok());
        Self {
            title: pull.title.clone(),
            author: pull.author.clone(),
            branch: pull.branch.clone(),
            head: pull.head.as_ref().map(|sha| sha.as_str().to_owned()),
            totals: Totals {
                changed_files: count(pull.changed_files),
                additions: count(pull.additions),
                deletions: count(pull.deletions),
            },
            files: match (&pull.head, &pull.files_head) {
                (Some(head), Some(of)) if head != of => {
                    Listing::Unknown("its stored file list is of another head")
                }
                _ => Listing::read(pull.files.as_deref()),
            },
        }
    }
}

impl Listing {
    /// Reads the text of `files_changed`, as some service stored it. A JSON string that holds JSON is opened; a list
    /// with an entry marked `_fallback` is a service's invention, and not believed.
    pub fn read(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Unknown("no file list is stored for it") };
        let mut found = Found::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = List(&mut found).deserialize(&mut reader).and_then(|()| reader.end());
        if read.is_ok() { found.listing() } else { Self::Unknown(NOT_A_LIST) }
    }

    /// The files; none where they are not known.
    pub fn files(&self) -> &[FileDigest] {
        match self {
            Self::Known(files) => files,
            Self::Unknown(_) => &[],
        }
    }
}

const NOT_A_LIST: &str = "its stored file list is not in GitHub's form";

/// What a list held.
#[derive(Debug, Default)]
struct Found {
    files: Vec<FileDigest>,
    invented: bool,
    is_list: bool,
    /// It held something that is no file.
    foreign: bool,
    /// The message of an object that is none.
    refused: Option<String>,
}

impl Found {
    /// Adds a file; whether there was one.
    fn take(&mut self, parts: Parts) -> bool {
        let before = self.files.len();
        self.files.extend(parts.file());
        self.files.len() > before
    }

    /// Whether it is a list of something else.
    fn is_foreign(&self) -> bool {
        self.foreign && self.files.is_empty() && !self.invented
    }

    fn listing(self) -> Listing {
        match self {
            Self { is_list: false, .. } => Listing::Unknown(NOT_A_LIST),
            Self { invented: true, .. } => {
                Listing::Unknown("its stored file names are placeholders of the service that wrote them")
            }
            Self { files, .. } if files.is_empty() => Listing::Unknown("its file list is empty"),
            Self { files, .. } => Listing::Known(files),
        }
    }
}

/// What a document held: the objects that may be the pull request, outermost first, without their files.
#[derive(Debug, Default)]
struct Input {
    objects: Vec<serde_json::Map<String, Value>>,
    found: Option<Found>,
    refused: Option<String>,
}

impl Input {
    /// One more list: a page of files behind another.
    fn add(&mut self, list: Found) {
        let found = self.found.get_or_insert_default();
        found.is_list = true;
        found.invented |= list.invented;
        found.files.extend(list.files);
    }

    /// GitHub's words for not giving a pull request or its files, with its status: `"Not Found" (404)`.
    fn refusal(&self) -> Option<String> {
        let quoted = |message: &str| format!("\"{}\"", clean(message));
        let of_pull = ["title", "pull_request", "files", "files_changed"];
        let mut told =
            self.objects.iter().filter(|object| !of_pull.iter().any(|key| object.contains_key(*key)));
        let answer = |object: &serde_json::Map<String, Value>| {
            let message = quoted(object.get("message")?.as_str()?);
            // A text of digits from GitHub itself, a number from some proxies.
            let status = object.get("status").map(|status| match status {
                Value::String(text) => clean(text),
                other => other.to_string(),
            });
            Some(status.map_or(message.clone(), |status| format!("{message} ({status})")))
        };
        told.find_map(answer).or(self.refused.as_deref().map(quoted))
    }

    fn change(mut self) -> Option<Change> {
        let nested = self.objects.first_mut().and_then(|top| top.remove("pull_request"));
        if let Some(Value::Object(pull)) = nested {
            self.objects.insert(0, pull);
        }
        let title = self.text(&["title"]);
        if title.is_none() && self.found.is_none() {
            return None;
        }
        Some(Change {
            title: title.unwrap_or_default(),
            author: self.text(&["user.login", "author.login", "author"]),
            branch: self.text(&["head.ref", "headRefName", "branch_name"]),
            head: self.text(&["head.sha", "headRefOid", "commit_sha"]),
            totals: Totals {
                changed_files: self.count(&["changed_files", "changedFiles"]),
                additions: self.count(&["additions"]),
                deletions: self.count(&["deletions"]),
            },
            files: match self.found {
                Some(found) => found.listing(),
                None => Listing::Unknown("the pull request comes without its file list"),
            },
        })
    }

    fn value(&self, paths: &[&str]) -> Option<&Value> {
        let within = |object, path: &str| {
            let (first, rest) =
                path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            let value = serde_json::Map::get(object, first)?;
            rest.map_or(Some(value), |rest| value.get(rest))
        };
        self.objects.iter().find_map(|object| paths.iter().find_map(|path| within(object, path)))
    }

    fn text(&self, paths: &[&str]) -> Option<String> {
        self.value(paths)?.as_str().map(str::to_owned)
    }

    fn count(&self, paths: &[&str]) -> Option<u64> {
        self.value(paths)?.as_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"filename":"src/a.rs","status":"modified","additions":2,"deletions":1,"patch":"@@ -1 +1,2 @@\n-a\n+if b {\n+}"}"#;

    #[test]
    fn every_form_is_read() {
        let array = format!("[{FILE}]");
        let github = format!(
            r#"{{"title":"Fix it","user":{{"login":"ann"}},"head":{{"ref":"fix","sha":"abc"}},"changed_files":1,"files":{array}}}"#
        );
        let webhook = format!(r#"{{"action":"opened","pull_request":{github},"number":7}}"#);
        let gh = r#"{"title":"Fix it","author":{"login":"ann"},"headRefName":"fix","changedFiles":1,"files":[{"path":"src/a.rs","additions":2,"deletions":1}]}"#;
        assert_eq!(Change::from_json(&array).unwrap().files.files().len(), 1);
        for (text, whole) in [(github.as_str(), true), (webhook.as_str(), false), (gh, true)] {
            let change = Change::from_json(text).unwrap();
            assert_eq!((change.title.as_str(), change.author.as_deref()), ("Fix it", Some("ann")), "{text}");
            assert_eq!((change.branch.as_deref(), change.totals.changed_files), (Some("fix"), Some(1)));
            // A webhook's pull request has no file list: one inside it is GitHub's no more.
            assert_eq!(change.files.files().len(), usize::from(whole), "{text}");
        }
    }

    #[test]
    fn other_texts_say_what_they_are() {
        assert!(matches!(Change::from_json("nonsense"), Err(Unreadable::Json(_))));
        for text in ["7", "null", "\"x\"", "{}", "[1,2]", "[[1],2]", r#"{"files":7}"#] {
            assert!(matches!(Change::from_json(text), Err(Unreadable::Form)), "{text}");
        }
        for text in ["", " \n"] {
            assert!(matches!(Change::from_json(text), Err(Unreadable::Empty)), "{text:?}");
        }
        for text in ["[] x", "[", "[]]", "[],"] {
            assert!(matches!(Change::from_json(text), Err(Unreadable::Json(_))), "{text}");
        }
    }

    #[test]
    fn pages_come_one_after_another_or_in_a_list() {
        let other = FILE.replace("src/a.rs", "src/b.rs");
        let pull = r#"{"title":"Fix it","changed_files":2}"#;
        for text in [
            format!("[{FILE}][{other}]"),
            format!("[{FILE}]\n [{other}]\n"),
            format!("[[{FILE}],[{other}]]"),
            format!("[[{FILE}],[],[{other}]]"),
            format!("{FILE}\n{other}\n"),
            format!("{pull}[{FILE}][{other}]"),
            format!("[{FILE}]{pull}[{other}]"),
        ] {
            let change = Change::from_json(&text).unwrap();
            let paths: Vec<&str> = change.files.files().iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths, ["src/a.rs", "src/b.rs"], "{text}");
            assert_eq!(change.title.is_empty(), !text.contains("Fix it"));
        }
        for text in ["[]", "[][]", "[[],[]]"] {
            assert_eq!(
                Change::from_json(text).unwrap().files,
                Listing::Unknown("its file list is empty"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_refusal_is_quoted() {
        let refused =
            r#"{"message":"Not\u001b Found","documentation_url":"https://docs.github.com","status":"404"}"#;
        for (text, says) in [
            (refused.to_owned(), r#"GitHub answered: "Not Found" (404)"#),
            (r#"{"message":"Server Error"}"#.to_owned(), r#"GitHub answered: "Server Error""#),
            (format!("[{FILE}]{refused}"), r#"GitHub answered: "Not Found" (404)"#),
            (format!("[[{FILE}],{refused}]"), r#"GitHub answered: "Not Found""#),
        ] {
            assert_eq!(Change::from_json(&text).unwrap_err().to_string(), says, "{text}");
        }
        let commit = r#"{"title":"Fix it","message":"a message"}"#;
        assert_eq!(Change::from_json(commit).unwrap().title, "Fix it");
    }

    #[test]
    fn odd_entries_are_read_as_far_as_they_go() {
        let read = |entry: &str| Listing::read(Some(&format!("[{entry}]"))).files().to_vec();
        let file = &read(r#"{"filename":"a.rs","additions":-4,"deletions":1e300,"patch":7}"#)[0];
        assert_eq!((file.additions, file.deletions, file.has_patch), (0, 0, false));
        let huge = &read(r#"{"filename":"a.rs","additions":18446744073709551615}"#)[0];
        assert_eq!((huge.additions, huge.is_odd, file.is_odd), (0, true, true));
        assert_eq!(read(r#""docs/a.md""#).len(), 1);
        for other in ["7", "{}", r#"{"filename":""}"#, "[]", "null", r#"{"filename":7,"patch":{"a":[1]}}"#] {
            assert_eq!(read(other), [], "{other}");
        }
        // The order of the keys does not matter, and `filename` beats `path` wherever it stands.
        let patch = r#""patch":"@@ -1 +1 @@\n+if a {""#;
        let before = &read(&format!(r#"{{"path":"b.md",{patch},"filename":"a.rs"}}"#));
        let behind = &read(&format!(r#"{{{patch},"filename":"a.rs"}}"#))[0];
        assert_eq!(behind.digest.counts.branches, 1);
        assert_eq!((before[0].path.as_str(), before[0].has_patch), ("a.rs", true));
    }

    #[test]
    fn stored_lists_are_read_as_services_left_them() {
        let double = serde_json::to_string(&format!("[{FILE}]")).unwrap();
        for text in [format!("[{FILE}]"), double] {
            assert_eq!(Listing::read(Some(&text)).files().len(), 1, "{text}");
        }
        for (text, says) in [
            (None, "no file list"),
            (Some("[]"), "empty"),
            (Some("{}"), "GitHub's form"),
            (Some("nonsense"), "GitHub's form"),
            (Some(r#"[{"filename":"x","_fallback":true}]"#), "placeholders"),
        ] {
            assert!(matches!(Listing::read(text), Listing::Unknown(why) if why.contains(says)), "{text:?}");
        }
    }
}
