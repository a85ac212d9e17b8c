//! The board's lists, and the filter while it is typed.

use std::collections::BTreeSet;

use crate::{
    domain::{
        attention::Sort,
        filter::{Filter, Quick},
        ids::{PrKey, RepoId},
    },
    tui::line::LineEditor,
};

/// The list of pull requests: an order that holds still.
#[derive(Clone, Debug, Default)]
pub struct PullList {
    /// In the order shown.
    pub rows: Vec<PrKey>,
    /// The cursor; `None` while the list is empty.
    pub selected: Option<PrKey>,
    /// Index of the uppermost row on the screen.
    pub top: usize,
    pub marked: BTreeSet<PrKey>,
    pub sort: Sort,
    pub quick: Quick,
    /// The filter as typed.
    pub filter_text: String,
    /// [`PullList::filter_text`], parsed.
    pub filter: Filter,
    pub waiting: Waiting,
    /// Rows come into an empty list, and keep coming until the poll ends.
    pub filling: bool,
}

/// Changes that a new order would bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Rows that would appear.
    pub new: usize,
    /// Rows that would go: they no longer match.
    pub left: usize,
    /// The others would change places.
    pub moved: bool,
}

impl Waiting {
    pub const fn any(self) -> bool {
        self.new > 0 || self.left > 0 || self.moved
    }
}

/// The list of repositories. The first line, `None`, means all.
#[derive(Clone, Debug, Default)]
pub struct RepoList {
    /// By name.
    pub rows: Vec<RepoId>,
    /// The list of pull requests shows this repository alone; `None` shows all.
    pub selected: Option<RepoId>,
    /// Index of the uppermost line on the screen.
    pub top: usize,
}

/// The filter while it is typed.
#[derive(Clone, Debug, Default)]
pub struct FilterInput {
    pub line: LineEditor,
    /// The filter before, which Esc brings back.
    pub before: String,
    pub error: Option<String>,
}
