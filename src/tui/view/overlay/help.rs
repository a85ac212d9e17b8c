//! The help, with the keys as they are bound now.

use ratatui::{Frame, style::Style};

use super::{Scene, boxed};
use crate::{
    domain::text::fit,
    tui::{
        action::Action,
        geometry::Area,
        help::{self, KEYS, Line, Sign},
        pen::Pen,
    },
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, top: usize) {
    let columns = help::columns(scene.model);
    let inside = boxed(scene, frame, help::area(scene.model), title(scene));
    let top = top.min(help::last_top(scene.model));
    let width = inside.width / u16::try_from(columns.len()).unwrap_or(1).max(1);
    for (x, lines) in (inside.x..).step_by(usize::from(width.max(1))).zip(&columns) {
        column(scene, frame, Area { x, width, ..inside }, lines, top);
    }
}

fn title(scene: Scene<'_>) -> String {
    let key = |action| scene.keymap.first(action);
    format!(" Help: {} closes, {} and {} scroll ", key(Action::Back), key(Action::Down), key(Action::Up))
}

fn column(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, lines: &[Line], top: usize) {
    let theme = scene.theme;
    let visible = usize::from(area.height);
    let mut pen = Pen::new(frame, area, theme);
    for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
        match line {
            Line::Heading(text) => pen.put(&format!(" {text}"), theme.strong()),
            Line::Row(sign, text) => {
                pen.put(&format!("  {} ", fit(&shown(scene, sign), KEYS - 3)), theme.accent());
                pen.put(text, Style::new());
            }
            Line::Blank => {}
        }
        if n + 1 == top + visible && n + 1 < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        pen.newline();
    }
}

fn shown(scene: Scene<'_>, sign: &Sign) -> String {
    match sign {
        Sign::Keys(action) => scene.keymap.label(*action),
        Sign::Text(text) => (*text).to_owned(),
        Sign::Stage(status) => scene.theme.stage(status).to_owned(),
        Sign::Request(state) => scene.theme.request(state).to_owned(),
        Sign::Risk(risk) => scene.theme.risk(risk).to_owned(),
    }
}
