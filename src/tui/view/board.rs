//! The board: the panes that fit, each in its file.

mod columns;
mod insight;
mod pipeline;
mod pulls;
mod repos;

use ratatui::Frame;

use crate::tui::{action::Action, geometry::Pane, pen::Pen, view::Scene};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let areas = scene.model.areas();
    if let Some(area) = areas.repos {
        repos::draw(scene, frame, area);
    }
    if let Some(area) = areas.pulls {
        pulls::draw(scene, frame, area);
    }
    if let Some(area) = areas.tabs {
        tabs(scene, &mut Pen::new(frame, area, scene.theme));
    }
    if let Some(area) = areas.pipeline {
        pipeline::draw(scene, frame, area);
    }
    if let Some(area) = areas.insight {
        insight::draw(scene, frame, area);
    }
}

/// The rule between list and detail, with the two tabs.
fn tabs(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let width = usize::from(pen.width());
    pen.put(&theme.thin().repeat(2), theme.dim());
    for (pane, name) in [(Pane::Pipeline, "Pipeline"), (Pane::Insight, "Insight")] {
        let shown = (model.focus == Pane::Insight) == (pane == Pane::Insight);
        let style = if shown { theme.strong() } else { theme.dim() };
        pen.put(&format!(" {name} "), style);
        pen.put(theme.thin(), theme.dim());
    }
    if let Some(pr) = model.selected() {
        pen.put(&format!(" {}{} ", model.board.full_name(pr.key.repo), pr.key.number), theme.accent());
    }
    let hint = format!(" {} switches ", scene.keymap.first(Action::NextPane));
    let room = width.saturating_sub(pen.column() + hint.len());
    if room > 2 {
        pen.put(&theme.thin().repeat(room - 2), theme.dim());
        pen.put(&hint, theme.dim());
        pen.put(&theme.thin().repeat(2), theme.dim());
    } else {
        pen.put(&theme.thin().repeat(room), theme.dim());
    }
}
