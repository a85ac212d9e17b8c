//! Reading the insight pane: its places in files, its lines, and the way into the files.

use super::on_selected;
use crate::{
    domain::files::Spot,
    tui::{
        action::Action,
        effect::{Effect, ServiceCall},
        model::Model,
        msg::Turn,
        overlay::{FilesView, Overlay},
        panel::{Panel, spots},
    },
};

/// Moves the cursor to the next place in a file; behind the last place, and by pages, scrolls the lines.
pub(in crate::tui::update) fn step(model: &mut Model, action: Action) {
    let panel = begin(model);
    let mut reading = model.reading();
    let count = places(model);
    let (top, cursor) = (panel.top, action.step(reading.cursor, 1, count));
    match action {
        Action::Up | Action::Down if cursor != reading.cursor => {
            reading.cursor = cursor;
            if let Some(line) = panel.line_of(cursor) {
                // Keep one line of context around the cursor.
                let lowest = (line + 2).saturating_sub(panel.rows);
                reading.top = top.clamp(lowest, line.saturating_sub(1).max(lowest));
            }
        }
        _ => {
            let page = panel.rows.max(2) - 1;
            reading.top = action.step(top, page, panel.last_top() + 1);
            reading.cursor = match action {
                Action::Top | Action::Bottom => cursor,
                _ => nearest(&panel, reading.top, reading.cursor, count),
            };
        }
    }
    reading.top = reading.top.min(panel.last_top());
    model.read = reading;
}

/// Scrolls the lines; the cursor stays near.
pub(in crate::tui::update) fn scroll(model: &mut Model, turn: Turn) {
    let panel = begin(model);
    let mut reading = model.reading();
    reading.top = turn.from(panel.top, panel.last_top() + 1);
    reading.cursor = nearest(&panel, reading.top, reading.cursor, places(model));
    model.read = reading;
}

/// The reader moves: from now on all lines are shown.
fn begin(model: &mut Model) -> Panel {
    let mut reading = model.reading();
    reading.begun = true;
    model.read = reading;
    let panel = Panel::of(model);
    model.read.top = panel.top;
    panel
}

fn places(model: &Model) -> usize {
    model.findings().map_or(0, |details| spots(details).len())
}

/// The place nearest to the shown lines; of several, the one nearest to the cursor.
fn nearest(panel: &Panel, top: usize, cursor: usize, count: usize) -> usize {
    let distance = |spot: usize| {
        let line = panel.line_of(spot).unwrap_or_default();
        top.saturating_sub(line).max((line + 1).saturating_sub(top + panel.rows))
    };
    (0..count).min_by_key(|spot| (distance(*spot), spot.abs_diff(cursor))).unwrap_or_default()
}

/// The place in a file on which the cursor stands.
pub(in crate::tui::update) fn spot(model: &Model) -> Option<Spot> {
    spots(model.findings()?).into_iter().nth(model.reading().cursor)
}

/// Opens the files at the cursor's place.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    let alerts = model.findings().map(spots).unwrap_or_default();
    let spot = alerts.get(model.reading().cursor).cloned();
    let Some((key, spot)) = model.list.selected.zip(spot) else { return on_selected(model, Action::Details) };
    model.overlay = Some(Overlay::Files(FilesView::new(key, Some(spot), alerts)));
    let head = model.board.pull(key).and_then(|pr| pr.head.clone());
    vec![Effect::Service(ServiceCall::Files(key, head))]
}
