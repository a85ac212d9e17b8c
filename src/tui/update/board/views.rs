//! Going from view to view, saving what is shown as another one, and forgetting that.

use super::choose;
use crate::{
    domain::view::View,
    tui::{
        action::Action,
        effect::{Effect, HostCall},
        model::Model,
        overlay::{Overlay, SaveView},
    },
};

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
        model.say_and_offer(
            format!("No view has the key {key}"),
            Action::SaveView,
            "saves what is shown as one",
        );
        return vec![];
    };
    show(model, at)
}

/// Asks for the name of what is shown.
pub(super) fn ask_name(model: &mut Model) {
    model.overlay = Some(Overlay::SaveView(SaveView::new(model.shown_view(), None)));
}

/// Saves a view, and shows it; the filter that was typed is its own now.
pub(in crate::tui::update) fn save(model: &mut Model, view: View) -> Vec<Effect> {
    if let Err(why) = model.may_save(&view) {
        model.overlay = Some(Overlay::SaveView(SaveView::new(view, Some(why))));
        return vec![];
    }
    let mut effects = choose(model, |model| model.save_view(view));
    let View { name, key, .. } = model.views.view();
    let key = key.map(|key| format!(", with the key {key}")).unwrap_or_default();
    model.say(format!("Saved as the view {name}{key}"));
    effects.push(Effect::Host(HostCall::Save));
    effects
}

/// Forgets the view that is shown, if it was saved here.
pub(super) fn forget(model: &mut Model) -> Vec<Effect> {
    let name = model.views.view().name.clone();
    if !model.views.is_saved(model.views.shown()) {
        model.say(format!(
            "{name} was not saved here: hidden = true under [[views]] in the config leaves it out"
        ));
        return vec![];
    }
    let mut effects = choose(model, Model::forget_view);
    model.say(format!("The view {name} is forgotten"));
    effects.push(Effect::Host(HostCall::Save));
    effects
}
