//! Rows of text, such as a patch's or a log's, on the lines of a screen: one a row, or as many as a wrapped row takes.

use crate::{
    domain::text::{broken, width},
    tui::action::Action,
};

/// Rows of text.
pub(super) trait Rows {
    fn count(&self) -> usize;

    fn text(&self, row: usize) -> &str;

    /// Cells before each line of its text.
    fn indent(&self, _row: usize) -> usize {
        0
    }
}

impl Rows for [String] {
    fn count(&self) -> usize {
        self.len()
    }

    fn text(&self, row: usize) -> &str {
        self.get(row).map_or("", String::as_str)
    }
}

/// A line of the screen: a row, and which of its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub row: usize,
    pub part: usize,
}

impl Line {
    /// The first line of a row.
    pub(super) const fn of(row: usize) -> Self {
        Self { row, part: 0 }
    }
}

/// Rows on lines. There may be many of them: only those between a line and another are measured.
pub(super) struct Lines<'r, R: ?Sized> {
    rows: &'r R,
    cells: usize,
    wrapped: bool,
}

impl<'r, R: Rows + ?Sized> Lines<'r, R> {
    /// Rows are broken at so many cells where they are wrapped.
    pub(super) fn new(rows: &'r R, cells: usize, wrapped: bool) -> Self {
        Self { rows, cells: cells.max(1), wrapped }
    }

    fn height(&self, row: usize) -> usize {
        if self.wrapped { height(self.rows.text(row), self.room(row)) } else { 1 }
    }

    fn room(&self, row: usize) -> usize {
        self.cells.saturating_sub(self.rows.indent(row)).max(1)
    }

    /// The last line of a row.
    pub(super) fn end_of(&self, row: usize) -> Line {
        Line { row, part: self.height(row) - 1 }
    }

    /// The last line of all.
    pub(super) fn end(&self) -> Line {
        self.end_of(self.rows.count().saturating_sub(1))
    }

    /// The first line of the last page.
    pub(super) fn last_top(&self, page: usize) -> Line {
        self.up(self.end(), page.saturating_sub(1))
    }

    /// So many lines further, as far as there are any. Of a row that has become lower, none is missed.
    pub(super) fn down(&self, Line { mut row, mut part }: Line, lines: usize) -> Line {
        part += lines;
        loop {
            let height = self.height(row);
            if part < height || row + 1 >= self.rows.count() {
                return Line { row, part: part.min(height - 1) };
            }
            part -= height;
            row += 1;
        }
    }

    /// So many lines back, as far as there are any.
    pub(super) fn up(&self, Line { mut row, mut part }: Line, mut lines: usize) -> Line {
        while part < lines && row > 0 {
            lines -= part + 1;
            row -= 1;
            part = self.height(row) - 1;
        }
        Line { row, part: part.saturating_sub(lines) }
    }

    /// How many lines one is below another.
    pub(super) fn between(&self, above: Line, below: Line) -> usize {
        let lines: usize = (above.row..below.row).map(|row| self.height(row)).sum();
        if below > above { lines + below.part - above.part } else { 0 }
    }

    /// Where an action leads from a line, as far as `last`.
    pub(super) fn step(&self, action: Action, from: Line, page: usize, last: Line) -> Line {
        match action {
            Action::Up => self.up(from, 1),
            Action::Down => self.down(from, 1).min(last),
            Action::PageUp => self.up(from, page.max(1)),
            Action::PageDown => self.down(from, page.max(1)).min(last),
            Action::Top => Line::default(),
            Action::Bottom => last,
            _ => from,
        }
    }

    /// The text of a row's lines.
    pub(super) fn text(&self, row: usize) -> Vec<String> {
        let (text, cells) = (self.rows.text(row), self.room(row));
        if !self.wrapped || height(text, cells) == 1 {
            return vec![text.to_owned()];
        }
        broken(text, cells)
    }
}

fn height(text: &str, cells: usize) -> usize {
    if text.is_ascii() {
        text.len().div_ceil(cells).max(1)
    } else if width(text) <= cells {
        1
    } else {
        broken(text, cells).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_rows_take_the_lines_that_they_need() {
        let patch = ["+abcdefgh", "", "-日本語", " ok"].map(str::to_owned);
        let lines = Lines::new(&patch[..], 4, true);
        let all =
            [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1), (3, 0)].map(|(row, part)| Line { row, part });
        for (n, from) in all.into_iter().enumerate() {
            for (m, to) in all.into_iter().enumerate() {
                assert_eq!(lines.down(from, m), all[(n + m).min(all.len() - 1)], "{from:?} and {m}");
                assert_eq!(lines.up(from, m), all[n.saturating_sub(m)], "{from:?} less {m}");
                assert_eq!(lines.between(from, to), m.saturating_sub(n), "{from:?} to {to:?}");
            }
        }
        assert_eq!((lines.end(), lines.last_top(3)), (all[6], all[4]));
        assert_eq!(lines.last_top(99), Line::default());
        assert_eq!(lines.down(Line { row: 1, part: 2 }, 0), all[5], "it was higher");
        assert_eq!(lines.text(0), ["+abc", "defg", "h"]);
        assert_eq!(lines.text(2), ["-日", "本語"]);
        let cut = Lines::new(&patch[..], 4, false);
        assert_eq!((cut.end(), cut.down(Line::of(1), 1)), (Line::of(3), Line::of(2)));
        assert_eq!(cut.text(0), ["+abcdefgh"]);
        let nothing: [String; 0] = [];
        let nothing = Lines::new(&nothing[..], 4, true);
        assert_eq!((nothing.end(), nothing.down(Line::of(2), 3)), (Line::default(), Line::of(2)));
    }

    #[test]
    fn steps_end_at_both_ends() {
        let rows = ["a", "b", "c", "d"].map(str::to_owned);
        let lines = Lines::new(&rows[..], 4, true);
        for (action, to) in [
            (Action::Up, 0),
            (Action::Down, 2),
            (Action::PageUp, 0),
            (Action::PageDown, 2),
            (Action::Top, 0),
            (Action::Bottom, 2),
            (Action::Wrap, 1),
        ] {
            assert_eq!(lines.step(action, Line::of(1), 3, Line::of(2)), Line::of(to), "{action:?}");
        }
    }
}
