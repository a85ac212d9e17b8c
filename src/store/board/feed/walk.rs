//! How far a comparison of everything in scope has come: one that is cut off goes on from there.

use chrono::{DateTime, Utc};
use foldhash::{HashSet, HashSetExt as _};
use uuid::Uuid;

use super::super::{
    read::{Cursor, latest},
    scope::Scope,
};
use crate::domain::ids::PrKey;

/// How thorough a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Reads the rows whose versions differ.
    Versions,
    /// Reads all rows.
    Rows,
}

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) depth: Depth,
    /// The server's clock when it began.
    pub(super) began: DateTime<Utc>,
    /// The part of the scope, by its place in [`Scope::ALL`], and where its next page begins; `None` at its end.
    pub(super) part: usize,
    pub(super) next: Option<Cursor>,
    /// Rows of this part that were looked at.
    pub(super) walked: usize,
    pub(super) listed: HashSet<PrKey>,
    pub(super) left_out: HashSet<Uuid>,
    pub(super) changed: usize,
    /// Rows were found that no tick sees.
    pub(super) missed: bool,
}

impl Walk {
    pub(super) fn new(depth: Depth, began: DateTime<Utc>) -> Self {
        Self {
            depth,
            began,
            part: 0,
            next: Some(start(Scope::ALL[0], began)),
            walked: 0,
            listed: HashSet::new(),
            left_out: HashSet::new(),
            changed: 0,
            missed: false,
        }
    }

    /// The part that is read now; `None` at the end.
    pub(super) fn scope(&self) -> Option<Scope> {
        Scope::ALL.get(self.part).copied()
    }

    /// Goes on with the next part.
    pub(super) fn turn(&mut self) {
        self.part += 1;
        self.walked = 0;
        self.next = self.scope().map(|scope| start(scope, self.began));
    }
}

fn start(scope: Scope, began: DateTime<Utc>) -> Cursor {
    match scope {
        Scope::Timeless | Scope::TimelessRuns => (began, Uuid::nil()),
        Scope::Open | Scope::Closed | Scope::Ended | Scope::Runs => (latest(), Uuid::max()),
    }
}
