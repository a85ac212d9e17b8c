//! The board's lists, and the filter while it is typed.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::views::Place;
use crate::{
    domain::{
        attention::Order,
        board::Board,
        filter::{Completion, Filter},
        group::Group,
        ids::{PrKey, RepoId},
        repository::{Counts, own_name},
        text::width,
        view::{Column, Grouping},
    },
    tui::{
        action::{Action, KeyGroup},
        line::LineEditor,
    },
};

/// The list of pull requests: an order that holds still.
#[derive(Clone, Debug, Default)]
pub struct PullList {
    /// In the order shown.
    pub rows: Vec<PrKey>,
    /// The cursor; `None` while the list is empty.
    pub selected: Option<PrKey>,
    /// The lines above groups of rows; none where nothing is grouped.
    pub groups: Vec<Group>,
    /// How deep each row is in its stack; empty without stacks.
    pub depths: Vec<u8>,
    /// Index of the uppermost line on the screen.
    pub top: usize,
    pub marked: BTreeSet<PrKey>,
    /// The row that was acted on: it stays while the cursor is on it, though it may be in the view no more.
    pub pinned: Option<PrKey>,
    pub sort: Order,
    pub grouping: Grouping,
    /// From left to right; empty: the usual ones.
    pub columns: Vec<Column>,
    /// The filter as typed: it narrows the view.
    pub filter_text: String,
    /// [`PullList::filter_text`], parsed.
    pub filter: Filter,
    pub waiting: Waiting,
    /// The cursor was put where it stands, by the reader or by the last run; else it follows the first row of a read.
    pub chosen: bool,
    /// Rows and waiting changes are told of the board of this version.
    pub version: u64,
    /// How many pull requests the board had then.
    pub of: usize,
    /// Rows come into an empty list, and keep coming until the poll ends.
    pub filling: bool,
    /// How many of the rows changed since the reader last looked.
    pub news: usize,
    /// How many would be rows, but are snoozed.
    pub snoozed: usize,
    /// The place to come back to from a look at what changed since yesterday.
    pub before: Option<Box<Place>>,
}

/// The row to come back to in the next run. Who quits while the cursor only passes a row comes back to the row before,
/// where it stayed: for a while, or for something that was done there.
#[derive(Clone, Copy, Debug)]
pub struct LastStay {
    stayed: Option<PrKey>,
    /// When the selection moved last.
    moved_at: DateTime<Utc>,
    has_quit: bool,
}

impl LastStay {
    /// So long on a row is a stay.
    const STAY: TimeDelta = TimeDelta::seconds(1);

    pub const fn new(remembered: Option<PrKey>, now: DateTime<Utc>) -> Self {
        Self { stayed: remembered, moved_at: now, has_quit: false }
    }

    /// An action was chosen on this row.
    pub fn act(&mut self, action: Action, row: Option<PrKey>) {
        if action == Action::Quit {
            self.has_quit = true;
        } else if action.binding().group != KeyGroup::Move {
            self.stayed = row;
        }
    }

    /// The selection has moved away from this row; returns whether it had stayed there.
    pub fn leave(&mut self, row: Option<PrKey>, now: DateTime<Utc>) -> bool {
        let is_stay = self.is_stay(now);
        if is_stay {
            self.stayed = row;
        }
        self.moved_at = now;
        is_stay
    }

    /// The row to come back to, while `selected` is.
    pub fn row(&self, selected: Option<PrKey>, now: DateTime<Utc>) -> Option<PrKey> {
        if self.has_quit && !self.is_stay(now) { self.stayed } else { selected }
    }

    /// Whether the selection has not moved for a while.
    pub fn is_stay(&self, now: DateTime<Utc>) -> bool {
        now - self.moved_at >= Self::STAY
    }
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

/// The name of the line that stands for all repositories.
pub const ALL_REPOSITORIES: &str = "All repositories";

/// The list of repositories. The first line, `None`, means all.
#[derive(Clone, Debug, Default)]
pub struct RepoList {
    /// By name.
    pub rows: Vec<RepoId>,
    /// The list of pull requests shows this repository alone; `None` shows all.
    pub selected: Option<RepoId>,
    /// Index of the uppermost line on the screen.
    pub top: usize,
    /// Cells of the longest name, without its owner and with it.
    pub names: (usize, usize),
    /// No two of them differ by their owner alone.
    pub are_told_apart: bool,
    /// Cells of the widest line. It only grows: a pane that shrinks would move the list under the reader.
    pub cells: u16,
}

impl RepoList {
    /// Takes in the repositories, and the cells that their names need.
    pub fn set(&mut self, board: &Board) {
        let repositories = board.repositories();
        self.rows = repositories.iter().map(|r| r.id).collect();
        let names = repositories.iter().map(|r| (width(own_name(&r.full_name)), width(&r.full_name)));
        self.names = names.fold((0, 0), |most, cells| (most.0.max(cells.0), most.1.max(cells.1)));
        let own: foldhash::HashSet<&str> = repositories.iter().map(|r| own_name(&r.full_name)).collect();
        self.are_told_apart = own.len() == repositories.len();
        self.measure(board.total());
    }

    /// Takes in the counts: a line is the cursor, a name, the counts and a blank.
    pub fn measure(&mut self, total: Counts) {
        let counts: usize = Self::count_cells(total).iter().map(|cells| cells + 1).sum();
        let cells = u16::try_from(self.name_cells() + counts + 2).unwrap_or(u16::MAX);
        self.cells = self.cells.max(cells);
    }

    /// Cells of the longest name in a line.
    pub fn name_cells(&self) -> usize {
        self.names.1.max(width(ALL_REPOSITORIES))
    }

    /// Lines: a repository each, and one for all.
    pub fn lines(&self) -> u16 {
        u16::try_from(self.rows.len() + 1).unwrap_or(u16::MAX)
    }

    /// Cells of the three counts: open ones, and those that fail or have a high risk, each of these behind its sign.
    pub fn count_cells(total: Counts) -> [usize; 3] {
        let digits = |n: u64| n.to_string().len();
        [digits(total.open), 1 + digits(total.failing), 1 + digits(total.high_risk)]
    }
}

/// Rows as they were arranged, and what they depend on.
#[derive(Clone, Debug)]
pub struct Arranged {
    pub rows: Vec<PrKey>,
    /// [`crate::domain::board::Board::version`]
    pub version: u64,
    pub me: Option<String>,
    pub sort: Order,
    pub repository: Option<RepoId>,
    pub set: Filter,
    pub filter: Filter,
}

/// The filter while it is typed.
#[derive(Clone, Debug, Default)]
pub struct FilterInput {
    /// The widest rows while it is typed: what narrows them need not be sorted anew.
    pub widest: Option<Arranged>,
    pub line: LineEditor,
    /// How the text before the cursor may go on.
    pub completion: Completion,
    /// Which of these words stands there by now.
    pub completed: Option<usize>,
    /// Esc brings it back.
    pub before: Before,
    pub error: Option<String>,
}

/// A filter, and the reader's place in its list, before another one is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    pub filter: String,
    pub selected: Option<PrKey>,
    /// Index of the uppermost row on the screen.
    pub top: usize,
}
