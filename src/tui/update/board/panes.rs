//! The reader's own sizes and places of the panes.

use super::scroll;
use crate::tui::{
    action::Action,
    effect::Effect,
    geometry::{Divider, Layout, Pane, body},
    model::Model,
};

/// Columns of a step of the details beside the list; below it, a step is a line.
const STEP: u16 = 4;

/// Other actions do nothing to the panes.
pub(super) fn arrange(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::LargerDetails => resize(model, u16::saturating_add),
        Action::SmallerDetails => resize(model, u16::saturating_sub),
        Action::DetailsBeside if model.layout() == Layout::Wide => model.panes.turn(model.size.0),
        Action::DetailsBeside => {
            model.say("The details fit beside the list from 120 columns and 20 lines on");
        }
        Action::HideRepositories => hide_repositories(model),
        _ => {}
    }
    scroll(model);
    vec![]
}

/// One step; the smallest and the largest size are the end.
fn resize(model: &mut Model, step: impl Fn(u16, u16) -> u16) {
    let areas = model.areas();
    match (areas.divider, areas.details(model.size)) {
        (Some(Divider::Row(_)), Some(lines)) => model.panes.lines = Some(step(lines, 1)),
        (Some(Divider::Column(_)), Some(columns)) => model.panes.columns = Some(step(columns, STEP)),
        (None, _) | (_, None) => return model.say("The details have all the room that there is"),
    }
    keep_within_bounds(model);
}

/// The divider follows the mouse.
pub(super) fn drag(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let body = body(model.size);
    match model.dragged {
        Some(Divider::Row(_)) => model.panes.lines = Some((body.y + body.height).saturating_sub(y)),
        Some(Divider::Column(_)) => model.panes.columns = Some(body.width.saturating_sub(x)),
        None => return vec![],
    }
    keep_within_bounds(model);
    scroll(model);
    vec![]
}

/// Takes the size that the details have got, which may be another than the chosen one.
fn keep_within_bounds(model: &mut Model) {
    let areas = model.areas();
    match areas.divider {
        Some(Divider::Row(_)) => model.panes.lines = areas.details(model.size),
        Some(Divider::Column(_)) => model.panes.columns = areas.details(model.size),
        None => {}
    }
}

fn hide_repositories(model: &mut Model) {
    if model.layout() != Layout::Wide {
        return model.say_and_offer(
            "The repositories have a pane of their own from 120 columns and 20 lines on",
            Action::Repositories,
            "goes to them",
        );
    }
    if model.repos.rows.len() < 2 {
        return model.say("There is nothing to choose: the pane comes with a second repository");
    }
    model.panes.hides_repos = !model.panes.hides_repos;
    if model.panes.hides_repos {
        if model.focus == Pane::Repos {
            model.focus = Pane::Pulls;
        }
        model.say_and_offer("Repositories hidden", Action::Repositories, "goes to them all the same");
    }
}
