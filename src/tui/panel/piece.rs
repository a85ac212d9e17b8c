//! The lines of the insight pane, as pieces without colours and glyphs.

use crate::domain::insight::Risk;

/// Cells of a reason's bar.
pub(super) const BAR: usize = 8;
/// Below this width a place and its remark may take two lines.
const STACKED: usize = 44;

/// A line of the pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelLine {
    /// From left to right.
    pub pieces: Vec<Piece>,
    /// Index of its place among [`super::spots`].
    pub spot: Option<usize>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(Ink, String),
    /// A level's shape in its colour.
    Level(Risk),
    /// Length in half cells, of at most `BAR` cells; whether it raises the risk.
    Bar(usize, bool),
    /// The key that asks for a new insight.
    AskKey,
    /// Continue at this column.
    To(usize),
}

/// The look of words; the theme has the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    /// For details.
    Dim,
    /// For the most important words.
    Strong,
    /// For warnings.
    Warn,
    /// For failures.
    Bad,
    /// For requests on their way, and for keys.
    Accent,
}

pub(super) fn text(ink: Ink, text: impl Into<String>) -> Piece {
    Piece::Text(ink, text.into())
}

pub(super) fn line(pieces: Vec<Piece>) -> PanelLine {
    PanelLine { pieces, spot: None }
}

/// Whether a remark may take two lines: not where lines are few.
pub(super) const fn may_stack(cells: usize, most: usize) -> bool {
    cells < STACKED && most == usize::MAX
}
