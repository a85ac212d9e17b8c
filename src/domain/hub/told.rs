//! What the database does not hold, and GitHub tells on demand.

use chrono::{DateTime, Utc};

use crate::domain::ids::Sha;

/// The checks of a head. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecksTold {
    pub head: Sha,
    pub checks: Vec<CheckTold>,
    /// There are more than were asked for.
    pub has_more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckTold {
    /// The check run's id, which is its job's if it has one; `None` for a commit status.
    pub id: Option<i64>,
    pub name: String,
    pub workflow: Option<String>,
    /// The run of the workflow, whose jobs have logs.
    pub run: Option<i64>,
    /// The pull request cannot be merged without it.
    pub is_required: bool,
    /// What its app says of it in a line.
    pub title: Option<String>,
    pub annotations: usize,
    pub url: Option<String>,
}

/// A merge queue, from the place of a pull request. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueTold {
    In {
        /// From 1.
        position: i64,
        /// GitHub's word: `QUEUED`, `AWAITING_CHECKS`, `MERGEABLE`, `UNMERGEABLE`, `LOCKED`.
        state: String,
        /// Until it is merged, if GitHub estimates it.
        seconds: Option<i64>,
        by: Option<String>,
        at: Option<DateTime<Utc>>,
        /// Those before it, the one that is merged next first.
        ahead: Vec<Queued>,
        /// All that are in the queue.
        length: usize,
    },
    /// It was in, and is no more.
    Out {
        at: DateTime<Utc>,
        by: Option<String>,
        /// GitHub's word, or somebody's.
        reason: Option<String>,
        /// Checks of the merge group that have failed.
        failing: Vec<String>,
    },
    /// It was not in as far as GitHub tells.
    Never,
}

/// Another one in a merge queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub number: i32,
    pub title: String,
    pub author: Option<String>,
}
