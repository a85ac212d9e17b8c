//! Drawing: the model, the keymap's labels and the theme in, cells out. No I/O; the model stays as it is.

mod board;
mod empty;
mod footer;
mod header;
mod pull;

use ratatui::{Frame, layout::Rect, style::Modifier};

use super::{
    geometry::{Area, Layout, SMALLEST, body},
    keymap::Keymap,
    model::Model,
    pen::{Pen, rect},
    screen::Screen,
    theme::Theme,
};

/// The input of every region's drawing.
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
    let page = empty::page(scene).filter(|_| model.screen == Screen::Board);
    if let Some(page) = page {
        empty::draw(page, &mut Pen::new(frame, body(model.size), scene.theme));
    } else {
        match model.screen {
            Screen::Board => board::draw(scene, frame),
            Screen::Pull => pull::draw(scene, frame),
        }
        if model.is_behind() {
            dim(frame, rect(body(model.size)));
        }
    }
    let hints = match (&model.overlay, model.screen) {
        (Some(overlay), _) => overlay.hints(keymap),
        (None, Screen::Board) => empty::hints(scene).unwrap_or_else(|| board::hints(scene)),
        (None, Screen::Pull) => pull::hints(scene),
    };
    footer::draw(scene, frame, areas.footer, hints);
    if let Some(overlay) = &model.overlay {
        overlay.draw(model.backdrop(), keymap, scene.theme, frame);
        footer::over(scene, frame, areas.footer);
    }
    if theme.color {
        model.look.palette().wear(frame.buffer_mut(), screen, model.is_behind());
    }
}

/// Dims an area whose data is not current.
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

/// The window's title: the number of problems, at a glance.
pub fn title(model: &Model) -> String {
    let total = model.board.total();
    match (model.link.loaded, model.is_behind()) {
        (false, _) => "flowlens".to_owned(),
        (true, true) => format!("flowlens ✗{} ▲{} (stale)", total.failing, total.high_risk),
        (true, false) => format!("flowlens ✗{} ▲{}", total.failing, total.high_risk),
    }
}
