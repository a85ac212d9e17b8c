//! Rows of text, such as a patch's or a log's, on the lines of a screen: one a row, or as many as a wrapped row takes.

use crate::domain::text::{broken, width};

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

pub(super) struct Lines<'r, R: ?Sized> {
    rows: &'r R,
    cells: usize,
    /// The first line of each row; `None` where every row has one line.
    starts: Option<Vec<usize>>,
    count: usize,
}

impl<'r, R: Rows + ?Sized> Lines<'r, R> {
    /// Rows are broken at so many cells where they are wrapped.
    pub(super) fn new(rows: &'r R, cells: usize, wrapped: bool) -> Self {
        let cells = cells.max(1);
        let mut count = rows.count();
        if !wrapped {
            return Self { rows, cells, starts: None, count };
        }
        let all = 0..count;
        count = 0;
        let starts = all.map(|row| {
            let start = count;
            count += height(rows.text(row), room(rows, row, cells));
            start
        });
        let starts = Some(starts.collect());
        Self { rows, cells, starts, count }
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The first line of a row.
    pub(super) fn line_of(&self, row: usize) -> usize {
        self.starts.as_ref().map_or(row, |starts| starts.get(row).copied().unwrap_or(self.count))
    }

    /// The row that a line belongs to.
    pub(super) fn row_at(&self, line: usize) -> usize {
        self.starts.as_ref().map_or(line, |starts| starts.partition_point(|start| *start <= line).max(1) - 1)
    }

    /// The text of a row's lines.
    pub(super) fn text(&self, row: usize) -> Vec<String> {
        let (text, cells) = (self.rows.text(row), room(self.rows, row, self.cells));
        if self.starts.is_none() || height(text, cells) == 1 {
            return vec![text.to_owned()];
        }
        broken(text, cells)
    }
}

fn room<R: Rows + ?Sized>(rows: &R, row: usize, cells: usize) -> usize {
    cells.saturating_sub(rows.indent(row)).max(1)
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
        assert_eq!(lines.count(), 3 + 1 + 2 + 1);
        assert_eq!([0, 1, 2, 3, 4].map(|row| lines.line_of(row)), [0, 3, 4, 6, 7]);
        assert_eq!([0, 2, 3, 4, 5, 6].map(|line| lines.row_at(line)), [0, 0, 1, 2, 2, 3]);
        assert_eq!(lines.text(0), ["+abc", "defg", "h"]);
        assert_eq!(lines.text(2), ["-日", "本語"]);
        let cut = Lines::new(&patch[..], 4, false);
        assert_eq!((cut.count(), cut.line_of(2), cut.row_at(2)), (4, 2, 2));
        assert_eq!(cut.text(0), ["+abcdefgh"]);
    }
}
