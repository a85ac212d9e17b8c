//! One changed file, as far as the model wants to know it.

use serde_json::Value;

use super::{
    patch::{self, Mark, MarkRule, PatchDigest},
    path::Kind,
};

/// Lines that one file can have changed: more than any, and no sum of them overflows.
const MOST_LINES: u64 = 1 << 40;

/// What GitHub says happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another name.
    Renamed,
    /// It changed; also whatever word is not one of the others'.
    Modified,
}

impl Status {
    /// From GitHub's word, or its first letter.
    pub fn parse(word: &str) -> Self {
        match word {
            "added" | "a" | "ADDED" => Self::Added,
            "removed" | "deleted" | "REMOVED" | "DELETED" => Self::Removed,
            "renamed" | "RENAMED" => Self::Renamed,
            _ => Self::Modified,
        }
    }
}

/// One changed file. Its path is as it came: whatever shows it cleans it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileDigest {
    /// Its path.
    pub path: String,
    /// What kind of file its path says it is.
    pub kind: Kind,
    /// What happened to it.
    pub status: Status,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// GitHub sent a patch: it leaves out those of binary files and of large ones.
    pub has_patch: bool,
    /// What its patch holds: of a source file everything, of others only a secret.
    pub digest: PatchDigest,
}

impl FileDigest {
    /// Reads one entry of GitHub's array, or a bare path; `None` for anything else.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let lines = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default().min(MOST_LINES);
        let name = value.as_str().or_else(|| text("filename")).or_else(|| text("path"))?;
        if name.is_empty() {
            return None;
        }
        let kind = Kind::of(name);
        let patch = text("patch");
        Some(Self {
            path: name.to_owned(),
            kind,
            status: Status::parse(text("status").or_else(|| text("changeType")).unwrap_or_default()),
            additions: lines("additions"),
            deletions: lines("deletions"),
            has_patch: patch.is_some(),
            digest: patch.map(|patch| digest(patch, kind)).unwrap_or_default(),
        })
    }

    /// Lines added and removed.
    pub fn churn(&self) -> u64 {
        self.additions + self.deletions
    }
}

/// A secret is one wherever it stands, but for what no person wrote.
fn digest(patch: &str, kind: Kind) -> PatchDigest {
    match kind {
        Kind::Source => patch::read(patch),
        Kind::Generated | Kind::Asset => PatchDigest::default(),
        Kind::Test | Kind::Ci | Kind::Deps | Kind::Infra | Kind::Doc | Kind::Config | Kind::Other => {
            let secret = patch::secrets(patch).map(|line| Mark { rule: MarkRule::Secret, line });
            PatchDigest { marks: secret.into_iter().collect(), ..PatchDigest::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_entries_are_read_as_far_as_they_go() {
        let file =
            FileDigest::read(&json!({"filename": "a.rs", "additions": -4, "deletions": 1e300, "patch": 7}));
        let file = file.unwrap();
        assert_eq!((file.additions, file.deletions, file.has_patch), (0, 0, false));
        let file = FileDigest::read(&json!({"filename": "a.rs", "additions": u64::MAX})).unwrap();
        assert_eq!(file.additions, MOST_LINES);
        assert!(FileDigest::read(&json!("docs/a.md")).is_some());
        for other in [json!(7), json!({}), json!({"filename": ""}), json!([]), json!(null)] {
            assert_eq!(FileDigest::read(&other), None);
        }
    }
}
