//! Identifiers. A newtype each, so that one is never taken for another.

use std::fmt;

use uuid::Uuid;

/// A row of `repositories`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId(Uuid);

impl RepoId {
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// A pull request's number on GitHub, unique within its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrNumber(i32);

impl PrNumber {
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    pub const fn get(self) -> i32 {
        self.0
    }
}

impl fmt::Display for PrNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What identifies a line of the board: `(repo_id, pr_number)`, the key that the seed's tables share.
/// A pipeline run without its pull request has one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrKey {
    pub repo: RepoId,
    pub number: PrNumber,
}

impl PrKey {
    pub const fn new(repo: RepoId, number: PrNumber) -> Self {
        Self { repo, number }
    }
}

/// A row of `insights`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InsightId(Uuid);

impl InsightId {
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// A row of `insight_requests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Uuid);

impl RequestId {
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// A commit's SHA, lower-cased and cleaned; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sha(Box<str>);

impl Sha {
    /// Takes a SHA as stored; `None` for an empty or blank one.
    pub fn parse(text: &str) -> Option<Self> {
        // Nearly all are stored as GitHub writes them, and need no letter changed.
        let text: String = if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z')) {
            text.to_owned()
        } else {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        (!text.is_empty()).then(|| Self(text.into_boxed_str()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven characters, as GitHub shows them.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sha_is_clean_and_never_empty() {
        let sha = Sha::parse(" ABC1234def\u{1b}[0m ").unwrap();
        assert_eq!((sha.as_str(), sha.short()), ("abc1234def0m", "abc1234"));
        assert_eq!(Sha::parse("  "), None);
        assert_eq!(Sha::parse("ab").unwrap().short(), "ab");
    }
}
