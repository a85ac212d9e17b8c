//! The failed checks of the heads on a page: the list knows them by name.

use std::hash::{Hash as _, Hasher as _};

use super::decode::Joined;
use crate::{
    domain::{
        ids::{RepoId, Sha},
        pipeline::{Stage, StageStatus},
        text::clean,
    },
    store::engine::cells::{Cells, Decoded, hasher},
};

/// The words of [`CheckOutcome::Failed`](crate::domain::check::CheckOutcome::Failed), for statements.
pub(in crate::store) const FAILED: &str =
    "'failure', 'failed', 'error', 'timed_out', 'cancelled', 'action_required', 'startup_failure'";
/// Names that a page of rows may hold.
pub(in crate::store) const FAILED_LIMIT: usize = 8_000;
/// Names kept of a pull request.
const NAMES: usize = 20;

/// A failed check of one of the commits that were asked about.
pub(in crate::store) struct FailedCheck {
    /// Its commit's place among them, from 1.
    place: usize,
    name: Box<str>,
}

/// Checks of a repository whose usual times are read.
pub(in crate::store) const TIMED_LIMIT: usize = 500;

/// Heads that one statement names.
pub(in crate::store) const HEADS: usize = 150;

impl FailedCheck {
    /// The same, told of heads behind so many others.
    pub(in crate::store) fn behind(self, heads: usize) -> Self {
        Self { place: self.place + heads, ..self }
    }
}

impl Decoded for FailedCheck {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let place = c.int()?.and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
        Ok(Self { place, name: clean(&c.text()?.unwrap_or_default()).into() })
    }
}

/// The heads of which failed checks are to be read.
pub(in crate::store) fn heads(rows: &[Joined]) -> Vec<(RepoId, Sha)> {
    rows.iter().filter_map(head).collect()
}

fn head(row: &Joined) -> Option<(RepoId, Sha)> {
    let pr = &row.pull;
    let has_failed = pr.state.is_open() && *pr.status(Stage::Build) == StageStatus::Failed;
    pr.head.clone().filter(|_| has_failed).map(|head| (pr.key.repo, head))
}

/// Names them in the rows whose [`heads`] were asked about.
pub(in crate::store) fn note(rows: &mut [Joined], checks: Vec<FailedCheck>) {
    let mut checks = checks.into_iter().peekable();
    for (n, row) in rows.iter_mut().filter(|row| head(row).is_some()).enumerate() {
        let mut names: Vec<Box<str>> = Vec::new();
        while let Some(check) = checks.next_if(|check| check.place <= n + 1) {
            // Two workflows may name theirs alike.
            if names.len() < NAMES && !names.contains(&check.name) {
                names.push(check.name);
            }
        }
        if !names.is_empty() {
            let mut hasher = hasher();
            (row.hash, &names).hash(&mut hasher);
            row.hash = hasher.finish();
            row.pull.failed_checks = names.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::CheckOutcome;

    #[test]
    fn the_statements_know_the_words_for_failed() {
        for word in FAILED.split(", ") {
            assert_eq!(CheckOutcome::parse(word.trim_matches('\''), None), CheckOutcome::Failed, "{word}");
        }
    }
}
