//! The board: the panes that fit, each in its file.

mod columns;
pub(super) mod insight;
pub(super) mod pipeline;
mod pulls;
mod repos;
mod views;

use ratatui::Frame;

use crate::{
    domain::text,
    tui::{action::Action, geometry::Pane, keymap::Hint, pen::Pen, view::Scene},
};

/// Comes first where the insight is read.
const NEW: (Action, &str) = (Action::Regenerate, "new insight");

/// Keys for the footer, most useful first.
const OFFERED: [(Action, &str); 10] = [
    (Action::Help, "help"),
    (Action::Filter, "filter"),
    (Action::NextView, "next view"),
    (Action::Sort, "sort"),
    (Action::Details, "files"),
    NEW,
    (Action::OpenPullRequest, "browser"),
    (Action::Repositories, "repositories"),
    (Action::Palette, "commands"),
    (Action::Quit, "quit"),
];

/// Keys for the footer: of the focused pane first.
pub(super) fn hints(scene: Scene<'_>) -> Vec<Hint> {
    let model = scene.model;
    let reads = model.focus == Pane::Insight;
    let here = (reads && model.findings().is_some()).then_some((Action::Enter, "go to file"));
    let new = reads.then_some(NEW);
    let offered = OFFERED.into_iter().filter(|offer| Some(*offer) != new);
    let all = here.into_iter().chain(new).chain(offered);
    all.map(|(action, word)| scene.keymap.hint(&[action], word)).collect()
}

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let areas = scene.model.areas();
    if let Some(area) = areas.views {
        views::draw(scene, &mut Pen::new(frame, area, scene.theme));
    }
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
        let shown = model.tab.pane() == pane;
        let style = if shown { theme.strong() } else { theme.dim() };
        pen.put(" ", style);
        pen.put(name, if model.focus == pane { theme.focused(style) } else { style });
        pen.put(" ", style);
        pen.put(theme.thin(), theme.dim());
    }
    if let Some(pr) = model.selected() {
        pen.put(&format!(" {}{} ", model.board.full_name(pr.key.repo), pr.key.number), theme.accent());
    }
    let hint = format!(" {} switches ", scene.keymap.first(Action::NextPane));
    let room = width.saturating_sub(pen.column() + text::width(&hint));
    if room > 2 {
        pen.put(&theme.thin().repeat(room - 2), theme.dim());
        pen.put(&hint, theme.dim());
        pen.put(&theme.thin().repeat(2), theme.dim());
    } else {
        pen.put(&theme.thin().repeat(room), theme.dim());
    }
}
