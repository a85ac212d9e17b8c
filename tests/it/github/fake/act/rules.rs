//! What a repository allows, and what was done with a pull request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

/// What a repository allows, and what there is to pick from.
#[derive(Clone)]
pub(crate) struct Rules {
    /// The token's.
    pub(crate) permission: &'static str,
    pub(crate) methods: Vec<&'static str>,
    pub(crate) auto_merge: bool,
    /// Its branches have merge queues.
    pub(crate) queue: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) people: Vec<String>,
    /// Their slugs; none: its owner is a user.
    pub(crate) teams: Vec<String>,
    /// Names of checks that are required.
    pub(crate) required: BTreeSet<String>,
    /// Mutations, or last parts of paths, that this token may not use.
    pub(crate) forbidden: BTreeSet<String>,
    /// A cancel of a run has no effect.
    pub(crate) is_stubborn: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            permission: "WRITE",
            methods: vec!["MERGE", "SQUASH", "REBASE"],
            auto_merge: true,
            queue: false,
            labels: vec!["bug".to_owned(), "docs".to_owned()],
            people: vec!["ana".to_owned(), "ben".to_owned(), "cleo".to_owned()],
            teams: vec!["backend".to_owned()],
            required: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            is_stubborn: false,
        }
    }
}

/// What was done with a pull request.
#[derive(Clone, Default)]
pub(crate) struct Acts {
    pub(crate) merged_by: Option<String>,
    pub(crate) auto_merge_by: Option<String>,
    pub(crate) queued_by: Option<String>,
    pub(crate) comments: Vec<Comment>,
    /// Who has replaced which head by force.
    pub(crate) forced: Vec<(String, String)>,
    /// When it left the merge queue, and why.
    pub(crate) left_queue: Option<(DateTime<Utc>, &'static str)>,
    pub(crate) decision: Option<&'static str>,
}

#[derive(Clone)]
pub(crate) struct Comment {
    pub(crate) author: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) body: String,
}
