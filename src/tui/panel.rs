//! The insight pane's contents, laid out in lines: `view` draws them and `update` scrolls them.

mod levels;
mod parts;
mod piece;
mod reasons;
mod request;

use self::parts::{GAP, PanelColumn, Part, Subject};
pub use self::{
    piece::{Ink, PanelLine, Piece},
    reasons::percent,
};
use super::{geometry::Area, model::Model};
use crate::domain::{assessment::Findings, files::Spot};

/// Fewest cells for two columns: alerts and places to read at the left, reasons at the right.
const SIDE_BY_SIDE: usize = 130;

/// The pane's contents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// All lines; where they do not fit and the reader has not moved yet, the most useful ones.
    pub lines: Vec<PanelLine>,
    /// Index of the first line shown.
    pub top: usize,
    /// Lines that the pane has room for.
    pub rows: usize,
    /// Lines missing from `lines`.
    pub left_out: usize,
}

impl Panel {
    /// Lays out the insight of the selected pull request.
    pub fn of(model: &Model) -> Self {
        let (Some(area), Some(told)) = (contents_area(model), Subject::of(model)) else {
            return Self::default();
        };
        let (rows, cells) = (usize::from(area.height), usize::from(area.width));
        let layout = Widths::new(cells);
        let whole = Part::ALL.map(|part| told.lines(part, layout.cells_of(part), usize::MAX));
        let all = layout.height(whole.each_ref().map(Vec::len));
        let reading = model.reading();
        if all <= rows || model.reads_whole_insight() {
            let top = reading.top.min(all.saturating_sub(rows));
            return Self { lines: layout.joined(whole), top, rows, left_out: 0 };
        }
        // Somebody waited for this insight: the changes come first.
        let first = model.is_new().then_some((Part::Since, 3));
        let heights = layout.fitted(&whole, rows, first);
        let most = Part::ALL.map(|part| told.lines(part, layout.cells_of(part), heights[part as usize]));
        let lines = layout.joined(most);
        Self { left_out: all - lines.len(), lines, top: 0, rows }
    }

    /// Lines below those that are shown.
    pub const fn below(&self) -> usize {
        self.lines.len().saturating_sub(self.top + self.rows) + self.left_out
    }

    /// The last line at which the pane may start, so that no empty rows follow.
    pub const fn last_top(&self) -> usize {
        self.lines.len().saturating_sub(self.rows)
    }

    /// Index of the line that tells of a spot.
    pub fn line_of(&self, spot: usize) -> Option<usize> {
        self.lines.iter().position(|line| line.spot == Some(spot))
    }
}

/// The lines about a request, for a pull request without an insight.
pub fn without(model: &Model) -> Vec<PanelLine> {
    let cells = contents_area(model).map_or(0, |area| usize::from(area.width));
    model.selected().map_or_else(Vec::new, |pr| request::lines(model, pr.key, cells))
}

/// The places in files that an insight names, in the order of the pane.
pub fn spots(details: &Findings) -> Vec<Spot> {
    let alerts = details.attention.iter().filter_map(|alert| Some((alert.file.as_ref()?, alert.line)));
    let focus = details.focus_files.iter().map(|focus| (&focus.file, focus.line));
    alerts.chain(focus).map(|(file, line)| Spot { file: file.clone(), line }).collect()
}

/// The place where a review begins best.
pub fn first_focus(details: &Findings) -> Option<Spot> {
    let first = details.focus_files.first()?;
    Some(Spot { file: first.file.clone(), line: first.line })
}

/// Lines above the contents: without borders one for the level, and one for the pane's name where no tab shows it.
pub fn head(model: &Model) -> u16 {
    let areas = model.areas();
    match (areas.bordered, areas.tabs) {
        (true, _) => 0,
        (false, Some(_)) => 1,
        (false, None) => 2,
    }
}

/// The area of the contents, without a blank cell on each side.
pub fn contents_area(model: &Model) -> Option<Area> {
    let areas = model.areas();
    let area = areas.insight?;
    let inside = if areas.bordered { area.inside() } else { area };
    let head = head(model).min(inside.height);
    Some(Area {
        x: inside.x + 1,
        y: inside.y + head,
        width: inside.width.saturating_sub(2),
        height: inside.height - head,
    })
}

/// The widths of the pane and of its left column.
#[derive(Clone, Copy)]
struct Widths {
    cells: usize,
    /// Cells of the left column, where there are two.
    left: Option<usize>,
}

/// Which part gets lines first where there are too few, and how many.
const TURNS: [(Part, usize); 26] = [
    (Part::Request, 3),
    (Part::Local, 1),
    (Part::Stale, 1),
    (Part::Summary, 2),
    (Part::Advice, 1),
    (Part::Alerts, 1),
    (Part::Focus, 1),
    (Part::Why, 1),
    (Part::Alerts, 2),
    (Part::Why, 2),
    (Part::Why, 3),
    (Part::Advice, 2),
    (Part::Review, 1),
    (Part::Notes, 1),
    (Part::Focus, 3),
    (Part::Levels, 1),
    (Part::Since, 2),
    (Part::Why, 4),
    (Part::Alerts, 3),
    (Part::Why, 5),
    (Part::Gap, 1),
    (Part::Alerts, 6),
    (Part::Summary, 4),
    (Part::Advice, 4),
    (Part::Notes, 4),
    (Part::Why, 9),
];

/// The lines of each part.
type PartLines = [Vec<PanelLine>; Part::ALL.len()];

impl Widths {
    fn new(cells: usize) -> Self {
        Self { cells, left: (cells >= SIDE_BY_SIDE).then_some(cells * 11 / 20) }
    }

    fn cells_of(self, part: Part) -> usize {
        match (part.column(), self.left) {
            (PanelColumn::Both, _) | (_, None) => self.cells,
            (PanelColumn::Left, Some(left)) => left - GAP,
            (PanelColumn::Right, Some(left)) => self.cells - left,
        }
    }

    /// Total lines of parts of these heights.
    fn height(self, heights: [usize; Part::ALL.len()]) -> usize {
        let sum = |column: PanelColumn| -> usize {
            let parts = Part::ALL.iter().zip(heights).filter(|(part, _)| part.column() == column);
            parts.map(|(_, height)| height).sum()
        };
        match self.left {
            None => heights.iter().sum(),
            Some(_) => sum(PanelColumn::Both) + sum(PanelColumn::Left).max(sum(PanelColumn::Right)),
        }
    }

    /// How many lines of each part there is room for, the most useful ones first.
    fn fitted(
        self,
        whole: &PartLines,
        rows: usize,
        first: Option<(Part, usize)>,
    ) -> [usize; Part::ALL.len()] {
        let mut heights = [0; Part::ALL.len()];
        for (part, count) in first.into_iter().chain(TURNS) {
            let mut more = heights;
            more[part as usize] = count.min(whole[part as usize].len()).max(heights[part as usize]);
            if self.height(more) <= rows {
                heights = more;
            }
        }
        heights
    }

    fn joined(self, parts: PartLines) -> Vec<PanelLine> {
        let (mut lines, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        for (part, more) in Part::ALL.into_iter().zip(parts) {
            match (part.column(), self.left) {
                (PanelColumn::Both, _) | (_, None) => lines.extend(more),
                (PanelColumn::Left, Some(_)) => left.extend(more),
                (PanelColumn::Right, Some(_)) => right.extend(more),
            }
        }
        if let Some(column) = self.left {
            lines.extend(beside(left, right, column));
        }
        lines
    }
}

/// Two columns in one.
fn beside(left: Vec<PanelLine>, right: Vec<PanelLine>, column: usize) -> Vec<PanelLine> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..rows)
        .map(|_| {
            let mut line = left.next().unwrap_or_default();
            if let Some(other) = right.next() {
                line.pieces.push(Piece::To(column));
                line.pieces.extend(other.pieces.into_iter().map(|piece| match piece {
                    Piece::To(at) => Piece::To(column + at),
                    other => other,
                }));
            }
            line
        })
        .collect()
}
