//! The sizes and places of the panes that the reader has chosen; all else follows from the size of the terminal.

use serde::{Deserialize, Serialize};

use super::Layout;

/// The reader's choices. What is not chosen follows from the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panes {
    /// Lines of the details below the list, their borders or their rule included.
    pub lines: Option<u16>,
    /// Columns of the details beside the list, borders included.
    pub columns: Option<u16>,
    /// The details stand at the right of the list.
    pub beside: Option<bool>,
    /// The repositories are shown only while they have the focus.
    pub hides_repos: bool,
}

/// Columns from which the details stand at the right unless the reader says otherwise.
const BESIDE: u16 = 200;
/// Lines of the details by default.
const LINES: u16 = 12;
/// Fewest lines of the details.
const FEWEST_LINES: u16 = 5;
/// Fewest rows of the list beside details of any size.
pub(super) const FEWEST_ROWS: u16 = 5;
/// Fewest columns of the list and of details beside it.
const FEWEST_COLUMNS: (u16, u16) = (44, 40);
/// Fewest columns of the repositories.
const REPOS: u16 = 18;
/// Fewest of them where names are cut for the list's sake.
const CUT_REPOS: u16 = 22;

impl Panes {
    /// Lines of the details below the list, in a body of this height; the list keeps [`FEWEST_ROWS`].
    pub(super) fn lines(self, layout: Layout, body: u16) -> u16 {
        // The column titles, and the borders where there are any.
        let (titles, usual) = match layout {
            Layout::Wide => (3, (body * 2 / 5).clamp(9, LINES)),
            Layout::Medium | Layout::Narrow | Layout::Tiny => (1, (body * 2 / 5).clamp(7, LINES - 1) + 1),
        };
        let most = body.saturating_sub(FEWEST_ROWS + titles).max(FEWEST_LINES);
        self.lines.unwrap_or(usual).clamp(FEWEST_LINES, most)
    }

    /// Columns of the details at the right of a list, where both have so many.
    pub(super) fn columns(self, width: u16) -> u16 {
        let (list, details) = FEWEST_COLUMNS;
        let usual = width * 7 / 20;
        self.columns.unwrap_or(usual).clamp(details, width.saturating_sub(list).max(details))
    }

    /// Whether the details stand at the right of the list.
    pub fn is_beside(self, width: u16) -> bool {
        self.beside.unwrap_or(width >= BESIDE)
    }

    /// Moves the details to the other place; the usual place is no choice.
    pub fn turn(&mut self, width: u16) {
        let beside = !self.is_beside(width);
        self.beside = (beside != (width >= BESIDE)).then_some(beside);
    }

    /// Columns of the repositories, borders included, for so many cells of names and counts, beside a list that needs
    /// `list` cells: it comes first, until names would tell nothing any more.
    pub(super) fn repos(cells: u16, list: u16, width: u16) -> u16 {
        let spare = width.saturating_sub(list.saturating_add(2)).max(CUT_REPOS);
        cells.saturating_add(2).min(width * 2 / 7).min(spare).max(REPOS)
    }

    /// Lines of the repositories above the details, borders included.
    pub(super) fn repo_lines(lines: u16, height: u16) -> u16 {
        lines.saturating_add(2).min(height / 4)
    }
}
