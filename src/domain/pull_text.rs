//! A pull request as an insight is made from it.

use super::ids::{PrNumber, Sha};

/// A pull request as a model reads it: the stored text, which is not cleaned. What the schema lacks is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullText {
    /// `owner/name` of its repository.
    pub full_name: String,
    pub number: PrNumber,
    /// Its title; empty where there is none.
    pub title: String,
    pub author: Option<String>,
    pub branch: Option<String>,
    /// The branch that it is to be merged into.
    pub base: Option<String>,
    pub description: Option<String>,
    pub head: Option<Sha>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines deleted.
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    /// `files_changed`, as JSON.
    pub files: Option<String>,
    /// The head that these files are of, where the database tells.
    pub files_head: Option<Sha>,
}
