//! Facts → rows. Draft of the signatures.

use std::collections::BTreeMap;

use super::{
    facts::Fact,
    rows::{CheckKey, CheckRow, RepositoryRow, RowChange, Stored},
};
use crate::domain::ids::{PrNumber, RepoId};

/// Entries that a run's history keeps.
pub const HISTORY: usize = 200;

impl Stored {
    /// A pull request of which nothing is stored.
    pub fn new(repo_id: RepoId, number: PrNumber) -> Self {
        Self { repo_id, number, pull: None, run: None, checks: BTreeMap::new(), reviews: BTreeMap::new() }
    }
}
