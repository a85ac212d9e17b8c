//! The line that is typed at the head of an overlay.

use ratatui::Frame;

use crate::tui::{
    geometry::Area,
    line::LineEditor,
    pen::{Pen, put_cursor},
    theme::Theme,
};

/// A sign and the line behind it, in the first line of an area, with the terminal's cursor; the pen stands behind them.
pub(super) fn prompt<'f>(
    frame: &'f mut Frame<'_>,
    area: Area,
    theme: Theme,
    sign: &str,
    line: &LineEditor,
) -> Pen<'f> {
    let mut pen = Pen::new(frame, area, theme);
    pen.put(sign, theme.accent());
    let cells = pen.room();
    let cursor = line.draw(&mut pen, cells);
    let end = pen.column();
    put_cursor(frame, area, cursor);
    let mut pen = Pen::new(frame, area, theme);
    pen.to(end);
    pen
}
