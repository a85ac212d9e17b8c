//! Where in a log the reader is.

use super::{
    super::lines::{Line, Lines, Rows as _},
    LogView,
    content::{Content, Place},
    draw,
};
use crate::tui::{
    action::Action,
    geometry::{Area, body},
};

impl LogView {
    /// Below its head, and what is told of a newer attempt.
    pub(super) fn area(&self, size: (u16, u16)) -> Area {
        let (body, above) = (body(size), 1 + u16::from(self.newer.is_some()));
        body.rows(above, body.height.saturating_sub(above))
    }

    pub(super) fn page(&self, size: (u16, u16)) -> usize {
        usize::from(self.area(size).height).max(1)
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
    pub(super) fn top(&self, size: (u16, u16)) -> Line {
        let (lines, row) = (self.lines(size.0), self.row());
        let lowest = lines.up(lines.end_of(row), self.page(size) - 1).min(Line::of(row));
        lines.down(self.top, 0).clamp(lowest, Line::of(row))
    }

    /// How far below the first line the cursor is.
    pub(super) fn offset(&self, size: (u16, u16)) -> usize {
        self.lines(size.0).between(self.top(size), Line::of(self.row()))
    }

    /// The cursor stays where it was on the screen, whatever has become of the rows.
    pub(super) fn rest(&mut self, offset: usize, size: (u16, u16)) {
        let (lines, here) = (self.lines(size.0), Line::of(self.row()));
        let page = self.page(size);
        let last = lines.last_top(page).max(lines.up(here, page - 1));
        self.top = lines.up(here, offset).min(last);
    }

    /// Goes to a place, with so many quarters of the screen above it.
    pub(super) fn go(&mut self, place: Place, quarters: usize, size: (u16, u16)) {
        self.content.reveal(place);
        self.cursor = Some(place);
        self.rest(self.page(size) * quarters / 4, size);
    }

    /// Goes to a row, and scrolls no further than it must.
    fn step_to(&mut self, row: usize, size: (u16, u16)) {
        self.cursor = self.content.place(row).or(self.cursor);
        self.top = self.top(size);
    }

    pub(super) fn step(&mut self, action: Action, size: (u16, u16)) {
        let page = self.page(size);
        match action {
            Action::PageUp | Action::PageDown => {
                let lines = self.lines(size.0);
                let top = lines.step(action, self.top(size), page - 1, lines.last_top(page));
                let line = lines.step(action, Line::of(self.row()), page - 1, lines.end());
                self.top = top;
                self.step_to(line.row, size);
            }
            step => self.step_to(step.step(self.row(), 1, self.content.count()), size),
        }
    }
}
