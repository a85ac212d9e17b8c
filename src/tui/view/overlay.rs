//! What lies over the panes: help, files, palette, an unbroken text.

mod files;
mod help;
mod palette;

use ratatui::{Frame, layout::Position, style::Style, text::Span, widgets::Clear};

use super::Scene;
use crate::{
    domain::text::{width, wrap},
    tui::{
        geometry::{Area, middle},
        model::Overlay,
        pen::{Pen, frame_of, rect},
    },
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    match &scene.model.overlay {
        None => {}
        Some(Overlay::Help { top }) => help::draw(scene, frame, *top),
        Some(Overlay::Files(view)) => files::draw(scene, frame, view),
        Some(Overlay::Palette { text, cursor }) => palette::draw(scene, frame, text, *cursor),
        Some(Overlay::Confirm { what, .. }) => confirm(scene, frame, what),
        Some(Overlay::Text { title, text }) => unbroken(scene, frame, title, text),
    }
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

/// An empty box with a frame, where there is room for one.
fn boxed(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, title: String) -> Area {
    let theme = scene.theme;
    clear(frame, area);
    frame_of(frame, area, area.has_frame(), true, theme, (vec![Span::styled(title, theme.strong())], vec![]))
}

/// Whether really so many are meant.
fn confirm(scene: Scene<'_>, frame: &mut Frame<'_>, what: &str) {
    let theme = scene.theme;
    let cells = scene.model.size.0.min(56).saturating_sub(6);
    let lines = u16::try_from(wrap(what, usize::from(cells), 3).len()).unwrap_or(1);
    let area = middle(scene.model.size, cells + 6, lines + 5);
    let inside = boxed(scene, frame, area, " Ask for new insights? ".to_owned());
    let mut pen = Pen::new(frame, inside, theme);
    pen.newline();
    pen.to(2);
    pen.paragraph_within(what, Style::new(), 3, usize::from(cells));
    pen.newline();
    pen.to(2);
    for (one, other, means) in [("Enter", "y", "yes    "), ("Esc", "n", "no")] {
        pen.put(one, theme.accent());
        pen.put(" or ", theme.dim());
        pen.put(other, theme.accent());
        pen.put(&format!(" {means}"), theme.dim());
    }
}

/// A text in one piece, without borders beside it, so that a mouse copies it whole.
fn unbroken(scene: Scene<'_>, frame: &mut Frame<'_>, title: &str, text: &str) {
    let theme = scene.theme;
    let columns = scene.model.size.0;
    let lines = width(text).div_ceil(usize::from(columns.max(1)));
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(4);
    let area = middle(scene.model.size, columns, height);
    frame.render_widget(Clear, rect(area));
    let mut pen = Pen::new(frame, area, theme);
    pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
    pen.line(
        &format!(" {title}: also sent to the clipboard, if this terminal takes it (OSC 52)"),
        theme.strong(),
    );
    let mut rest: Vec<char> = text.chars().collect();
    while !rest.is_empty() && pen.lines_left() > 2 {
        let cut = rest.len().min(usize::from(columns));
        let line: String = rest.drain(..cut).collect();
        pen.line(&line, theme.accent());
    }
    pen.line(" Esc closes", theme.dim());
    pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
}
