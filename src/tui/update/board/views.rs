//! Going from view to view.

use super::choose;
use crate::tui::{effect::Effect, model::Model};

/// Shows the view of a tab, at the place where it was left.
pub(in crate::tui::update) fn show(model: &mut Model, at: usize) -> Vec<Effect> {
    if at == model.views.shown() {
        return vec![];
    }
    choose(model, |model| model.turn_to(at))
}

/// The next one, or the one before.
pub(super) fn step(model: &mut Model, by: isize) -> Vec<Effect> {
    let count = model.views.all().len();
    let at = (model.views.shown() + count).saturating_add_signed(by) % count;
    show(model, at)
}

pub(super) fn choose_key(model: &mut Model, key: u8) -> Vec<Effect> {
    let Some(at) = model.views.of_key(key) else {
        model.say(format!("No view has the key {key}"));
        return vec![];
    };
    show(model, at)
}
