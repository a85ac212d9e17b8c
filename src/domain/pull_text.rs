//! A pull request as an insight is made from it.

use super::ids::{PrNumber, Sha};

/// A pull request as a model reads it: the stored text, which is not cleaned. What the schema lacks is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullText {
    /// `owner/name` of its repository.
    pub full_name: String,
    /// Its number there.
    pub number: PrNumber,
    /// Its title; empty where there is none.
    pub title: String,
    /// Who opened it.
    pub author: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// The branch that it is to be merged into.
    pub base: Option<String>,
    /// What its author says of it.
    pub description: Option<String>,
    /// Its head.
    pub head: Option<Sha>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines deleted.
    pub deletions: Option<i32>,
    /// How many files it changes.
    pub changed_files: Option<i32>,
    /// `files_changed`, as JSON.
    pub files: Option<String>,
}
