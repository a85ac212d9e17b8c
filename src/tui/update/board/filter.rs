//! Typing the filter.

use super::{choose, follow, keep_filter, motion::step_pulls, order};
use crate::{
    domain::{
        attention::Sort,
        filter::{Completion, Filter, NEEDS_ME},
        view::{Grouping, View},
    },
    tui::{
        action::Action,
        effect::Effect,
        geometry::Pane,
        model::{Before, FilterInput, Model},
        msg::Edit,
    },
};

/// Opens the line with the present filter in it.
pub(super) fn open(model: &mut Model) {
    let (filter, list) = (model.list.filter_text.clone(), &model.list);
    let line = filter.as_str().into();
    let before = Before { filter, selected: list.selected, top: list.top };
    model.input = Some(FilterInput { line, before, ..FilterInput::default() });
    offer(model);
    order::note_widest(model);
    model.history.rewind();
}

pub(in crate::tui::update) fn edit(model: &mut Model, edit: &Edit) -> Vec<Effect> {
    let Some(input) = &mut model.input else { return vec![] };
    match edit {
        Edit::Accept if input.error.is_some() => {
            // What is wrong is told in their place.
            input.completion = Completion::default();
            return vec![];
        }
        Edit::Accept => {
            keep_filter(model);
            if model.me.is_none() && model.list.filter.needs_me() {
                model.say_error(NEEDS_ME);
            }
            return vec![];
        }
        Edit::Cancel => {
            let before = std::mem::take(&mut input.before);
            let typed_at = model.list.selected;
            (model.list.selected, model.list.top) = (before.selected, before.top);
            // Where nothing was typed, rows that have left the view stay in it.
            if before.filter != model.list.filter_text {
                apply(model, before.filter);
            }
            model.input = None;
            return follow(model, typed_at);
        }
        Edit::ListUp => return step_pulls(model, Action::Up),
        Edit::ListDown => return step_pulls(model, Action::Down),
        Edit::Up => match model.history.older(input.line.text()) {
            Some(line) => input.line = line.as_str().into(),
            None => return vec![],
        },
        Edit::Down => match model.history.newer() {
            Some(line) => input.line = line.as_str().into(),
            None => return vec![],
        },
        Edit::Tab => return complete(model),
        Edit::Line(edit) => {
            if !input.line.edit(edit) {
                offer(model);
                return vec![];
            }
        }
    }
    let text = input.line.text().to_owned();
    offer(model);
    apply(model, text)
}

/// Looks how the text before the cursor may go on.
fn offer(model: &mut Model) {
    let Some(input) = &mut model.input else { return };
    input.completion = Completion::of(input.line.halves().0, &model.board);
    input.completed = None;
}

/// Puts the next of these words there; behind an only one the line goes on.
fn complete(model: &mut Model) -> Vec<Effect> {
    let Some(input) = &mut model.input else { return vec![] };
    let words = &input.completion.words;
    let next = input.completed.map(|at| at + 1).filter(|next| *next < words.len()).unwrap_or_default();
    let Some(word) = words.get(next) else { return vec![] };
    input.line.complete(input.completion.from, word);
    input.completed = Some(next);
    let text = input.line.text().to_owned();
    if words.len() == 1 {
        offer(model);
    }
    apply(model, text)
}

/// Shows what happened within a day, to those that have ended, too, and what came last first. A view that is more than a
/// state still holds beside it, which is said.
pub(super) fn since_yesterday(model: &mut Model) -> Vec<Effect> {
    model.focus = Pane::Pulls;
    model.history.remember(View::YESTERDAY);
    let list = &mut model.list;
    list.look_away();
    (list.sort, list.grouping, list.selected) = (Sort::Changed.into(), Grouping::None, None);
    let effects = apply(model, View::YESTERDAY.to_owned());
    let is_all = model.set().is_empty();
    let of = if is_all { String::new() } else { format!(", of the view {}", model.views.view().name) };
    model.say_and_offer(format!("Changed since this time yesterday{of}"), Action::Back, "goes back");
    effects
}

/// Applies the filter while it is typed; a wrong one leaves the last right one in force.
fn apply(model: &mut Model, text: String) -> Vec<Effect> {
    match Filter::parse(&text) {
        Ok(filter) => {
            if let Some(input) = &mut model.input {
                input.error = None;
            }
            choose(model, |model| {
                model.list.filter = filter;
                model.list.filter_text = text;
            })
        }
        Err(error) => {
            if let Some(input) = &mut model.input {
                input.error = Some(error);
            }
            vec![]
        }
    }
}
