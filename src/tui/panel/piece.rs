//! What the lines of the insight pane are made of.

use crate::domain::insight::Risk;

/// Cells of a reason's bar.
pub(super) const BAR: usize = 8;
/// Below this width what belongs together may take two lines.
const STACKED: usize = 44;

/// A line of the pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelLine {
    /// From left to right.
    pub pieces: Vec<Piece>,
    /// Which of the [`super::spots`] it tells of.
    pub spot: Option<usize>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(Ink, String),
    /// A level's shape in its colour.
    Level(Risk),
    /// So many halves of [`BAR`] cells; whether they raise the risk.
    Bar(usize, bool),
    /// The key that asks for a new insight.
    AskKey,
    /// Goes on at this column.
    To(usize),
}

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    /// Matters less.
    Dim,
    /// Matters most.
    Strong,
    /// Wants care.
    Warn,
    /// Went wrong.
    Bad,
    /// Is under way.
    Accent,
}

pub(super) fn text(ink: Ink, text: impl Into<String>) -> Piece {
    Piece::Text(ink, text.into())
}

pub(super) fn line(pieces: Vec<Piece>) -> PanelLine {
    PanelLine { pieces, spot: None }
}

/// Whether an entry may take two lines: not where lines are few.
pub(super) const fn may_stack(cells: usize, most: usize) -> bool {
    cells < STACKED && most == usize::MAX
}
