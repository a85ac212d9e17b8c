//! Typing the filter.

use super::{choose, motion::step_pulls};
use crate::{
    domain::filter::Filter,
    tui::{
        action::Action,
        effect::Effect,
        model::{FilterInput, Model},
        msg::Edit,
    },
};

/// Starts to type, from the filter that holds now.
pub(super) fn open(model: &mut Model) {
    let before = model.list.filter_text.clone();
    model.input = Some(FilterInput { line: before.clone().into(), before, error: None });
}

/// Takes a change of the text.
pub(in crate::tui::update) fn edit(model: &mut Model, edit: &Edit) -> Vec<Effect> {
    let Some(input) = &mut model.input else { return vec![] };
    match edit {
        Edit::Accept if input.error.is_some() => vec![],
        Edit::Accept => {
            model.input = None;
            vec![]
        }
        Edit::Cancel => {
            let before = std::mem::take(&mut input.before);
            model.input = None;
            apply(model, before)
        }
        Edit::Up => step_pulls(model, Action::Up),
        Edit::Down => step_pulls(model, Action::Down),
        Edit::Insert(_) | Edit::Backspace | Edit::DeleteWord | Edit::Clear => {
            input.line.edit(edit);
            let text = input.line.text().to_owned();
            apply(model, text)
        }
    }
}

/// Applies a filter as it is typed; one that is not (yet) right leaves the last right one in force.
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
