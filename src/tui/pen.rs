//! Writes text into an area, cell by cell: nothing leaves the area, and cut text ends in `…`.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Borders, Clear, Widget},
};

use super::theme::Theme;
use crate::{
    domain::text::{truncate, width, wrap},
    tui::geometry::Area,
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
        let shown = self.theme.text(&shown);
        let (x, y) = (self.area.x + self.x, self.area.y + self.y);
        self.buffer.set_stringn(x, y, &shown, self.room(), style);
        self.mark_hidden_halves(x, y, width(&shown));
        self.x += u16::try_from(width(&shown)).unwrap_or(u16::MAX).min(self.area.width - self.x);
    }

    /// Marks the last cell of the line: no cell is left for this text.
    fn mark_cut(&mut self, text: &str) {
        let last = self.x.saturating_sub(1);
        let (x, y) = (self.area.x + last, self.area.y + self.y);
        if text.trim().is_empty() || self.area.width == 0 {
            return;
        }
        let is_half = self.buffer.cell((x, y)).is_some_and(|cell| cell.modifier == Modifier::HIDDEN);
        if is_half && last > 0 {
            self.buffer.set_string(x - 1, y, " ", Style::new());
        }
        self.buffer.set_string(x, y, self.theme.text("…"), Style::reset());
    }

    /// Marks the second cell of each wide glyph. It is never drawn itself; but where the glyph is replaced by
    /// narrow ones later, the cell then differs and is drawn too. Not every terminal clears it by itself.
    fn mark_hidden_halves(&mut self, x: u16, y: u16, cells: usize) {
        let mut at = x;
        let end = x.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX));
        while at + 1 < end {
            let is_wide = self.buffer.cell((at, y)).is_some_and(|cell| width(cell.symbol()) > 1);
            if is_wide && let Some(half) = self.buffer.cell_mut((at + 1, y)) {
                half.modifier = Modifier::HIDDEN;
            }
            at += if is_wide { 2 } else { 1 };
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

    /// Text at the right end of the line, unless it would touch what is there.
    pub(super) fn put_right(&mut self, text: &str, style: Style) {
        let start = usize::from(self.area.width).saturating_sub(width(text));
        if start > self.column() {
            self.to(start);
            self.put(text, style);
        }
    }
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
    let mut titles = titles;
    if let Some(name) = titles.0.first_mut().filter(|_| focused) {
        // Its name alone shows the focus: recolouring a frame is a kilobyte a key.
        name.style = theme.focused(name.style);
    }
    let room = usize::from(area.width.saturating_sub(4));
    let (left, right) = (fit_spans(titles.0, room, theme), titles.1);
    let used: usize = left.iter().map(|span| width(&span.content)).sum();
    let right_width: usize = right.iter().map(|span| width(&span.content)).sum();
    let mut block = Block::new()
        .borders(Borders::ALL)
        .border_set(theme.border())
        .border_style(theme.dim())
        .title_top(Line::from(left).left_aligned());
    if right_width > 0 && used + right_width + 3 <= room {
        block = block.title_top(Line::from(fit_spans(right, right_width, theme)).right_aligned());
    }
    block.render(rect(area), frame.buffer_mut());
    area.inside()
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

/// Cuts spans to `room` cells.
fn fit_spans(spans: Vec<Span<'static>>, room: usize, theme: Theme) -> Vec<Span<'static>> {
    let mut left = room;
    let mut out = Vec::new();
    for span in spans {
        if left == 0 {
            break;
        }
        let text = theme.text(&truncate(&span.content, left)).into_owned();
        left = left.saturating_sub(width(&text));
        // A title lies on the border and would inherit its dimness and its colour.
        let is_dim = span.style.add_modifier.contains(Modifier::DIM);
        let style = if is_dim { span.style } else { span.style.remove_modifier(Modifier::DIM) };
        let style = Style { fg: style.fg.or(Some(Color::Reset)), ..style };
        out.push(Span::styled(text, style));
    }
    out
}
