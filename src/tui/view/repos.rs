//! The repositories, with what each holds.

use ratatui::{Frame, text::Span};

use super::{
    Scene,
    pen::{Pen, frame_of},
};
use crate::{
    domain::{ids::RepoId, repository::Counts, text::width},
    tui::geometry::{Area, Pane},
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let areas = model.areas();
    let title = vec![
        Span::styled(" Repositories ", theme.strong()),
        Span::styled(format!("{} ", model.repos.rows.len()), theme.dim()),
    ];
    let focused = model.focus == Pane::Repos;
    let inside = frame_of(frame, area, areas.bordered, focused, theme, (title, vec![]));
    let mut pen = Pen::new(frame, inside, theme);
    let lines = std::iter::once(None).chain(model.repos.rows.iter().map(|id| Some(*id)));
    for repository in lines.skip(model.repos.top).take(pen.lines_left()) {
        line(scene, &mut pen, repository);
    }
}

fn line(scene: Scene<'_>, pen: &mut Pen<'_>, repository: Option<RepoId>) {
    let (model, theme) = (scene.model, scene.theme);
    let selected = model.repos.selected == repository;
    let counts = repository.map_or_else(|| model.board.total(), |id| model.board.counts(id));
    let name = repository.map_or("All repositories", |id| model.board.full_name(id));
    let parts = parts(counts);
    let right: usize = parts.iter().map(|(text, width)| width.max(&text.chars().count()) + 1).sum();
    let style = match (selected, counts.open) {
        (true, _) => theme.strong(),
        (false, 0) => theme.dim(),
        (false, _) => ratatui::style::Style::new(),
    };
    pen.put(if selected { theme.cursor() } else { " " }, theme.accent());
    let room = pen.room().saturating_sub(right);
    let cut = crate::domain::text::truncate(name, room);
    pen.put(&cut, style);
    pen.to(usize::from(pen.width()).saturating_sub(right));
    let [(open, open_width), (failing, failing_width), (risky, risky_width)] = parts;
    let glyph = |ascii: &'static str, unicode: &'static str| if theme.ascii { ascii } else { unicode };
    pen.put(&format!("{open:>open_width$} "), style);
    let failing = if failing.is_empty() { failing } else { format!("{}{failing}", glyph("x", "✗")) };
    pen.put(&format!("{failing:>failing_width$} "), theme.bad());
    let risky = if risky.is_empty() { risky } else { format!("{}{risky}", glyph("!", "▲")) };
    pen.put(&format!("{risky:>risky_width$}"), theme.warn());
    debug_assert!(width(&open) <= 20);
    pen.newline();
}

/// The three numbers with the width of their columns; a zero is left out.
fn parts(counts: Counts) -> [(String, usize); 3] {
    let shown = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    [(counts.open.to_string(), 4), (shown(counts.failing), 4), (shown(counts.high_risk), 4)]
}
