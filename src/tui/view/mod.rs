//! Drawing: the model, the keymap's labels and the theme in, cells out. No I/O, and nothing is changed.

mod columns;
mod empty;
mod footer;
mod header;
mod insight;
mod overlay;
mod pen;
mod pipeline;
mod pulls;
mod repos;
pub mod theme;

use ratatui::{Frame, layout::Rect, style::Modifier};

use self::{pen::Pen, theme::Theme};
use super::{
    geometry::{Area, Layout, Pane, SMALLEST},
    keymap::Keymap,
    model::Model,
};

/// What every region is drawn from.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    model: &'a Model,
    keymap: &'a Keymap,
    theme: Theme,
}

/// Draws the whole screen.
pub fn draw(model: &Model, keymap: &Keymap, theme: &Theme, frame: &mut Frame<'_>) {
    let scene = Scene { model, keymap, theme: *theme };
    let screen = frame.area();
    if model.layout() == Layout::Tiny || (screen.width, screen.height) != model.size {
        too_small(scene, frame);
        return;
    }
    let areas = model.areas();
    header::draw(scene, &mut Pen::new(frame, areas.header, scene.theme));
    if let Some(page) = empty::page(scene) {
        let body = Area { y: 1, height: model.size.1.saturating_sub(2), x: 0, width: model.size.0 };
        empty::draw(page, &mut Pen::new(frame, body, scene.theme));
    } else {
        panes(scene, frame);
        if model.is_stale() {
            dim(frame, Rect { y: 1, height: screen.height.saturating_sub(2), ..screen });
        }
    }
    footer::draw(scene, frame, areas.footer);
    overlay::draw(scene, frame);
}

fn panes(scene: Scene<'_>, frame: &mut Frame<'_>) {
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
    let hint = format!(" {} switches ", scene.keymap.first(super::action::Action::NextPane));
    let room = width.saturating_sub(pen.column() + hint.len());
    if room > 2 {
        pen.put(&theme.thin().repeat(room - 2), theme.dim());
        pen.put(&hint, theme.dim());
        pen.put(&theme.thin().repeat(2), theme.dim());
    } else {
        pen.put(&theme.thin().repeat(room), theme.dim());
    }
}

/// The data is not current: everything of it steps back.
fn dim(frame: &mut Frame<'_>, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(position) {
            cell.modifier.insert(Modifier::DIM);
            cell.modifier.remove(Modifier::BOLD);
        }
    }
}

fn too_small(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let size = frame.area();
    let area = Area { x: 0, y: 0, width: size.width, height: size.height };
    let mut pen = Pen::new(frame, area, scene.theme);
    let text = format!("Too small: FlowLens needs {}×{}", SMALLEST.0, SMALLEST.1);
    pen.paragraph(&text, scene.theme.strong(), usize::from(size.height));
}

/// The terminal's title: what is wrong, at a glance.
pub fn title(model: &Model) -> String {
    let total = model.board.total();
    match (model.link.loaded, model.is_stale()) {
        (false, _) => "flowlens".to_owned(),
        (true, true) => format!("flowlens ✗{} ▲{} (stale)", total.failing, total.high_risk),
        (true, false) => format!("flowlens ✗{} ▲{}", total.failing, total.high_risk),
    }
}
