//! Where in a log the reader is.

use super::{
    super::lines::{Lines, Rows as _},
    LogView,
    content::{Content, Place},
    draw,
};
use crate::tui::{
    action::Action,
    geometry::{Area, body},
};

impl LogView {
    pub(super) fn area(size: (u16, u16)) -> Area {
        let body = body(size);
        body.rows(1, body.height.saturating_sub(1))
    }

    pub(super) fn page(size: (u16, u16)) -> usize {
        usize::from(Self::area(size).height).max(1)
    }

    pub(super) fn lines(&self, width: u16) -> Lines<'_, Content> {
        let cells = usize::from(width).saturating_sub(1 + draw::stamp_cells(self.stamps));
        Lines::new(&self.content, cells, self.wrapped)
    }

    /// The row of the cursor.
    pub(super) fn row(&self) -> usize {
        self.cursor.map_or(0, |place| self.content.row_of(place))
    }

    /// The first line that is shown: the cursor's row is below it, and on the screen.
    pub(super) fn top(&self, size: (u16, u16)) -> usize {
        let lines = self.lines(Self::area(size).width);
        let (first, end) = (lines.line_of(self.row()), lines.line_of(self.row() + 1).min(lines.count()));
        self.top.clamp(end.saturating_sub(Self::page(size)).min(first), first)
    }

    /// How far below the first line the cursor is.
    pub(super) fn offset(&self, size: (u16, u16)) -> usize {
        self.lines(Self::area(size).width).line_of(self.row()).saturating_sub(self.top(size))
    }

    /// The cursor stays where it was on the screen, whatever has become of the rows.
    pub(super) fn rest(&mut self, offset: usize, size: (u16, u16)) {
        let (line, last) = {
            let lines = self.lines(Self::area(size).width);
            (lines.line_of(self.row()), lines.count().saturating_sub(Self::page(size)))
        };
        self.top = line.saturating_sub(offset).min(last.max(line.saturating_sub(Self::page(size) - 1)));
    }

    /// Goes to a place, with so many quarters of the screen above it.
    pub(super) fn go(&mut self, place: Place, quarters: usize, size: (u16, u16)) {
        self.content.reveal(place);
        self.cursor = Some(place);
        self.rest(Self::page(size) * quarters / 4, size);
    }

    /// Goes to a row, and scrolls no further than it must.
    fn step_to(&mut self, row: usize, size: (u16, u16)) {
        self.cursor = self.content.place(row).or(self.cursor);
        self.top = self.top(size);
    }

    pub(super) fn step(&mut self, action: Action, size: (u16, u16)) {
        let page = Self::page(size);
        match action {
            Action::PageUp | Action::PageDown => {
                let (line, count) = {
                    let lines = self.lines(Self::area(size).width);
                    (lines.line_of(self.row()), lines.count())
                };
                self.top = action.step(self.top(size), page - 1, count.saturating_sub(page) + 1);
                let line = action.step(line, page - 1, count);
                let row = self.lines(Self::area(size).width).row_at(line);
                self.step_to(row, size);
            }
            step => self.step_to(step.step(self.row(), 1, self.content.count()), size),
        }
    }
}
