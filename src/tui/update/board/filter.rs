//! Typing the filter.

use super::{choose, follow, keep_filter, motion::step_pulls, order};
use crate::{
    domain::filter::{Filter, NEEDS_ME},
    tui::{
        action::Action,
        effect::Effect,
        model::{Before, FilterInput, Model},
        msg::Edit,
    },
};

/// Opens the line with the present filter in it.
pub(super) fn open(model: &mut Model) {
    let (filter, list) = (model.list.filter_text.clone(), &model.list);
    let line = filter.as_str().into();
    let before = Before { filter, selected: list.selected, top: list.top };
    model.input = Some(FilterInput { line, before, error: None, widest: None });
    order::note_widest(model);
    model.history.rewind();
}

pub(in crate::tui::update) fn edit(model: &mut Model, edit: &Edit) -> Vec<Effect> {
    let Some(input) = &mut model.input else { return vec![] };
    match edit {
        Edit::Accept if input.error.is_some() => return vec![],
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
            apply(model, before.filter);
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
        Edit::Line(edit) => {
            if !input.line.edit(edit) {
                return vec![];
            }
        }
    }
    let text = input.line.text().to_owned();
    apply(model, text)
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
