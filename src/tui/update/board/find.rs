//! Going to a pull request that was named, wherever it is shown.

use super::{follow, order};
use crate::{
    domain::{filter::Filter, ids::PrKey},
    tui::{action::Action, effect::Effect, geometry::Pane, model::Model},
};

/// Shows what is hidden.
const SNOOZED: &str = "is:snoozed";

/// Selects it. What hides it gives way, the least first, and that is said: the repository, the typed filter, the view.
pub(in crate::tui::update) fn go_to(model: &mut Model, key: PrKey) -> Vec<Effect> {
    let before = model.list.selected;
    let name = format!("{}{}", model.board.full_name(key.repo), key.number);
    let Some(changes) = reveal(model, key) else {
        model.say_error(format!("No view shows {name}"));
        return vec![];
    };
    if model.seen.is_snoozed(key) {
        model.say_and_offer(format!("{name} is snoozed"), Action::Snooze, "shows it again");
    } else if !changes.is_empty() {
        model.say(format!("{name}: {}", changes.join(", ")));
    }
    model.focus = Pane::Pulls;
    if let Some(at) = model.list.rows.iter().position(|row| *row == key) {
        order::select_index(model, at);
        model.list.chosen = true;
    }
    order::scroll(model);
    follow(model, before)
}

/// Makes it one of the rows; what had to change for that. `None` where no view shows it.
fn reveal(model: &mut Model, key: PrKey) -> Option<Vec<String>> {
    let pr = model.board.pull(key)?;
    if model.list.rows.contains(&key) {
        return Some(vec![]);
    }
    let context = model.context();
    let is_in = |at: &usize| model.views.all()[*at].filter.matches(pr, context);
    let shown = model.views.shown();
    let view = Some(shown).filter(is_in).or_else(|| (0..model.views.all().len()).find(is_in));
    // A typed filter may name states of its own, beside which the view's do not hold.
    let is_typed = model.list.filter.matches(pr, context) && model.set().matches(pr, context);
    let view = if is_typed { shown } else { view? };
    let mut changes = Vec::new();
    if model.repos.selected.is_some_and(|repo| repo != key.repo) {
        model.repos.selected = None;
        changes.push("all repositories are shown".to_owned());
    }
    if view != shown {
        model.turn_to(view);
        changes.push(format!("it is in {}", model.views.view().name));
    }
    let is_out = |model: &Model| {
        model.board.pull(key).is_some_and(|pr| !model.list.filter.matches(pr, model.context()))
    };
    if is_out(model) && model.list.look_back() {
        changes.push("back from yesterday".to_owned());
    }
    if is_out(model) {
        model.list.filter_text.clear();
        model.list.filter = Filter::default();
        changes.push("the filter is cleared".to_owned());
    }
    if model.seen.is_snoozed(key) && !model.shows_snoozed() {
        SNOOZED.clone_into(&mut model.list.filter_text);
        model.list.filter = Filter::parse(SNOOZED).unwrap_or_default();
        changes.push("what is snoozed is shown".to_owned());
    }
    order::apply(model, order::Instead::First);
    Some(changes)
}
