//! One changed file, as far as the model wants to know it.

use serde_json::Value;

use super::{
    patch::{self, Mark, MarkRule, PatchDigest},
    path::Kind,
};

/// Lines that one file can have changed: more than any, and no sum of them overflows.
const MOST_LINES: u64 = 1 << 40;

/// A count of lines as GitHub gives it; `None` where it is none, or more than any file has.
pub fn lines(value: &Value) -> Option<u64> {
    value.as_u64().filter(|lines| *lines <= MOST_LINES)
}

/// What GitHub says happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Added,
    Removed,
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

/// A path, and what kind of file it says that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedPath {
    /// The path, as it came.
    pub path: String,
    /// The kind.
    pub kind: Kind,
}

impl TypedPath {
    /// The place with this path.
    pub fn of(path: String) -> Self {
        Self { kind: Kind::of(&path), path }
    }
}

/// One changed file. Its path is as it came: whatever shows it cleans it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileDigest {
    pub path: String,
    /// What kind of file its path says it is.
    pub kind: Kind,
    pub status: Status,
    /// Where it was before, if it has another name now.
    pub left: Option<TypedPath>,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// A number of lines that is none, or more than any file has.
    pub is_odd: bool,
    /// GitHub sent a patch: it leaves out those of binary files and of large ones.
    pub has_patch: bool,
    /// What its patch holds: of a source file everything, of others a secret and where it begins.
    pub digest: PatchDigest,
}

impl FileDigest {
    /// Line of the new file at which to begin, if there is one.
    pub fn begin(&self) -> Option<u32> {
        self.digest.hottest.filter(|_| self.status != Status::Removed)
    }

    /// Whether it is a test, or was one: a deleted one is touched, too.
    pub fn touches_tests(&self) -> bool {
        self.kind == Kind::Test || self.left.as_ref().is_some_and(|left| left.kind == Kind::Test)
    }

    /// Lines added and removed.
    pub fn churn(&self) -> u64 {
        self.additions + self.deletions
    }
}

/// What a patch of a file of this kind holds. A secret is one wherever it stands, but for what no person wrote.
pub fn digest(patch: &str, kind: Kind) -> PatchDigest {
    match kind {
        Kind::Source => patch::read(patch),
        Kind::Generated | Kind::Asset => PatchDigest::default(),
        Kind::Test | Kind::Ci | Kind::Deps | Kind::Infra | Kind::Doc | Kind::Config | Kind::Other => {
            let secret = patch::secrets(patch).map(|line| Mark { rule: MarkRule::Secret, line });
            let marks = secret.into_iter().collect();
            PatchDigest { marks, hottest: patch::first_change(patch), ..PatchDigest::default() }
        }
    }
}
