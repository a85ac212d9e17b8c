//! Writes text into an area, cell by cell: nothing leaves the area, and cut text ends in `…`.

use std::num::NonZeroU16;

use ratatui::{
    Frame,
    buffer::{Buffer, CellDiffOption, CellWidth as _},
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::Span,
    widgets::Clear,
};

use super::theme::Theme;
use crate::{
    domain::text::{cells, truncate, width, wrap},
    tui::geometry::{Area, RULE},
};

pub(super) const fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// The area without a blank cell on each side.
pub(super) const fn padded(area: Area) -> Area {
    Area { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// A pen at a place in an area.
pub(super) struct Pen<'f> {
    buffer: &'f mut Buffer,
    area: Area,
    theme: Theme,
    x: u16,
    y: u16,
}

impl<'f> Pen<'f> {
    pub(super) fn new(frame: &'f mut Frame<'_>, area: Area, theme: Theme) -> Self {
        Self { buffer: frame.buffer_mut(), area, theme, x: 0, y: 0 }
    }

    pub(super) const fn width(&self) -> u16 {
        self.area.width
    }

    /// Cells written in this line.
    pub(super) fn column(&self) -> usize {
        usize::from(self.x)
    }

    /// Cells left in this line.
    pub(super) fn room(&self) -> usize {
        usize::from(self.area.width.saturating_sub(self.x))
    }

    /// Lines left, this one included.
    pub(super) fn lines_left(&self) -> usize {
        usize::from(self.area.height.saturating_sub(self.y))
    }

    /// Writes the text, cut to the line.
    pub(super) fn put(&mut self, text: &str, style: Style) {
        if self.lines_left() == 0 {
            return;
        }
        if self.room() == 0 {
            self.mark_cut(text);
            return;
        }
        let text = self.theme.text(text);
        let shown = truncate(&text, self.room());
        for (glyph, cells) in cells(&self.theme.text(&shown)) {
            self.glyph(glyph, cells, style);
        }
    }

    /// Writes a glyph into cells of its own, whatever was in them. The second cell of a wide glyph is marked: it is
    /// never drawn itself; but where the glyph is replaced by narrow ones later, the cell then differs and is drawn
    /// too. Not every terminal clears it by itself.
    fn glyph(&mut self, glyph: &str, cells: usize, style: Style) {
        for n in 0..cells.min(self.room()) {
            let place = Position { x: self.area.x + self.x, y: self.area.y + self.y };
            let Some(cell) = self.buffer.cell_mut(place) else { return };
            cell.reset();
            if n == 0 {
                cell.set_symbol(glyph).set_style(style);
                // ratatui counts by what belongs together, terminals by characters.
                if glyph.len() > 1 && usize::from(cell.cell_width()) != cells {
                    let cells = u16::try_from(cells).ok().and_then(NonZeroU16::new);
                    cell.set_diff_option(cells.map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
                }
            } else {
                cell.modifier = Modifier::HIDDEN;
            }
            self.x += 1;
        }
    }

    /// Marks the last cell of the line: no cell is left for this text.
    fn mark_cut(&mut self, text: &str) {
        if text.trim().is_empty() || self.area.width == 0 {
            return;
        }
        let last = self.x.saturating_sub(1);
        let place = Position { x: self.area.x + last, y: self.area.y + self.y };
        let is_half = self.buffer.cell(place).is_some_and(|cell| cell.modifier == Modifier::HIDDEN);
        self.x = if is_half { last.saturating_sub(1) } else { last };
        if is_half && last > 0 {
            self.glyph(" ", 1, Style::new());
        }
        self.glyph(self.theme.ellipsis(), 1, Style::new());
    }

    /// The first cell of a line that can be chosen: the cursor's sign, or a blank.
    pub(super) fn pointer(&mut self, is_chosen: bool) {
        let sign = if is_chosen { self.theme.cursor() } else { " " };
        self.put(sign, self.theme.accent());
    }

    /// Writes texts one after the other.
    pub(super) fn spans(&mut self, spans: &[Span<'_>]) {
        for span in spans {
            self.put(&span.content, span.style);
        }
    }

    /// Goes to a column of this line.
    pub(super) fn to(&mut self, column: usize) {
        self.x = u16::try_from(column).unwrap_or(u16::MAX).min(self.area.width);
    }

    /// Goes to the start of the next line.
    pub(super) fn newline(&mut self) {
        self.y = self.y.saturating_add(1);
        self.x = 0;
    }

    /// A line of text that is cut at the end.
    pub(super) fn line(&mut self, text: &str, style: Style) {
        self.put(text, style);
        self.newline();
    }

    /// Text broken between words, over at most `lines` lines, from this column on.
    pub(super) fn paragraph(&mut self, text: &str, style: Style, lines: usize) {
        self.paragraph_within(text, style, lines, self.room());
    }

    /// [`Pen::paragraph`], no wider than `cells`.
    pub(super) fn paragraph_within(&mut self, text: &str, style: Style, lines: usize, cells: usize) {
        let indent = self.column();
        let lines = lines.min(self.lines_left());
        for line in wrap(text, cells.min(self.room()), lines) {
            self.to(indent);
            self.line(&line, style);
        }
    }

    /// The rest of the line as a rule, with a text near its end.
    pub(super) fn rule(&mut self, text: &str, style: Style) {
        let (thin, dim) = (self.theme.thin(), self.theme.dim());
        let end = if text.is_empty() { 0 } else { RULE };
        self.put(&thin.repeat(self.room().saturating_sub(width(text) + end)), dim);
        self.put(text, style);
        self.put(&thin.repeat(end), dim);
    }

    /// Text at the right end of the line, unless it would touch what is there.
    pub(super) fn put_right(&mut self, text: &str, style: Style) {
        let start = usize::from(self.area.width).saturating_sub(width(text));
        // A text that brings its own gap may follow at once.
        let from = self.column() + usize::from(!text.starts_with(' '));
        if start >= from {
            self.to(start);
            self.put(text, style);
        }
    }
}

/// Puts the terminal's cursor into a column of an area's first line.
pub(super) fn put_cursor(frame: &mut Frame<'_>, area: Area, column: usize) {
    let x = area.x + u16::try_from(column).unwrap_or_default().min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position { x, y: area.y });
}

/// Draws a pane's frame; returns the area inside, which is the whole area where there are no borders.
pub(super) fn frame_of(
    frame: &mut Frame<'_>,
    area: Area,
    bordered: bool,
    focused: bool,
    theme: Theme,
    titles: (Vec<Span<'static>>, Vec<Span<'static>>),
) -> Area {
    if !bordered {
        return area;
    }
    let (mut left, right) = titles;
    if let Some(name) = left.first_mut().filter(|_| focused) {
        // Its name alone shows the focus: recolouring a frame is a kilobyte a key.
        let style = theme.focused(name.style);
        let text = name.content.trim().to_owned();
        let behind = if name.content.ends_with(' ') { " " } else { "" };
        left.splice(..1, [Span::raw(" "), Span::styled(text, style), Span::raw(behind)]);
    }
    border(frame, area, theme);
    let line = Area { x: area.x + 1, width: area.width.saturating_sub(4), height: 1, ..area };
    let mut pen = Pen::new(frame, line, theme);
    pen.spans(&left);
    let cells: usize = right.iter().map(|span| width(&span.content)).sum();
    if cells > 0 && cells + 3 <= pen.room() {
        let line = Area { x: line.x + 2, ..line };
        let mut pen = Pen::new(frame, line, theme);
        pen.to(usize::from(line.width) - cells);
        pen.spans(&right);
    }
    area.inside()
}

/// Draws the lines around an area, and touches nothing inside: a frame's cells are few.
fn border(frame: &mut Frame<'_>, area: Area, theme: Theme) {
    let (set, buffer) = (theme.border(), frame.buffer_mut());
    let mut draw = |x: u16, y: u16, sign: &str| {
        if let Some(cell) = buffer.cell_mut(Position { x: area.x + x, y: area.y + y }) {
            cell.set_symbol(sign).set_style(theme.dim());
        }
    };
    let (right, bottom) = (area.width.saturating_sub(1), area.height.saturating_sub(1));
    for x in 1..right {
        draw(x, 0, set.horizontal_top);
        draw(x, bottom, set.horizontal_bottom);
    }
    for y in 1..bottom {
        draw(0, y, set.vertical_left);
        draw(right, y, set.vertical_right);
    }
    draw(0, 0, set.top_left);
    draw(right, 0, set.top_right);
    draw(0, bottom, set.bottom_left);
    draw(right, bottom, set.bottom_right);
}

/// An empty box with a frame, where there is room for one.
pub(super) fn boxed(frame: &mut Frame<'_>, area: Area, title: &str, theme: Theme) -> Area {
    clear(frame, area);
    let title = Span::styled(title.to_owned(), theme.strong());
    frame_of(frame, area, area.has_frame(), true, theme, (vec![title], vec![]))
}

/// Empties an area. A glyph of two columns that lies half in it goes whole: the terminal cannot show its other half.
fn clear(frame: &mut Frame<'_>, area: Area) {
    frame.render_widget(Clear, rect(area));
    let Some(left) = area.x.checked_sub(1) else { return };
    for y in area.y..area.y + area.height {
        if let Some(cell) = frame.buffer_mut().cell_mut(Position { x: left, y })
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::is_invisible;

    /// ratatui steps over as many cells as it believes a glyph to take.
    #[test]
    fn each_glyph_takes_as_many_cells_as_terminals_give_it() {
        let area = Area { x: 0, y: 0, width: 8, height: 1 };
        for c in ('\u{a0}'..'\u{20000}').filter(|c| !is_invisible(*c)) {
            for text in [format!("{c}!"), format!("{c}\u{301}!"), format!("\u{ff76}{c}!")] {
                let mut buffer = Buffer::empty(rect(area));
                let mut pen = Pen { buffer: &mut buffer, area, theme: Theme::default(), x: 0, y: 0 };
                pen.put(&text, Style::new());
                let mut x = 0;
                while buffer[(x, 0)].symbol() != "!" {
                    x += buffer[(x, 0)].cell_width().max(1);
                }
                assert_eq!(usize::from(x) + 1, width(&text), "{text:?}");
            }
        }
    }
}
