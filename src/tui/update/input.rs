//! Typing: the filter, and the palette.

use super::{
    super::{
        action::Action,
        effect::Effect,
        geometry::Pane,
        model::{Input, Model, Overlay},
        msg::Edit,
        palette::{Offer, offers},
    },
    act,
    board::{choose, step_pulls},
};
use crate::domain::filter::Filter;

/// Longest text that may be typed, in bytes.
const LONGEST: usize = 200;

/// Starts to type the filter, from what holds now.
pub(super) fn open(model: &mut Model) {
    let text = model.list.filter_text.clone();
    model.input = Some(Input { before: text.clone(), text, error: None });
}

pub(super) fn edit(model: &mut Model, edit: &Edit) -> Vec<Effect> {
    if let Some(Overlay::Palette { text, cursor }) = &mut model.overlay {
        match edit {
            Edit::Accept => return run_offer(model),
            Edit::Cancel => model.overlay = None,
            Edit::Up => *cursor = cursor.saturating_sub(1),
            Edit::Down => *cursor += 1,
            Edit::Insert(_) | Edit::Backspace | Edit::DeleteWord | Edit::Clear => {
                change(text, edit);
                *cursor = 0;
            }
        }
        clamp_cursor(model);
        return vec![];
    }
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
            set_filter(model, before)
        }
        Edit::Up => step_pulls(model, Action::Up),
        Edit::Down => step_pulls(model, Action::Down),
        Edit::Insert(_) | Edit::Backspace | Edit::DeleteWord | Edit::Clear => {
            change(&mut input.text, edit);
            let text = input.text.clone();
            set_filter(model, text)
        }
    }
}

fn change(text: &mut String, edit: &Edit) {
    match edit {
        Edit::Insert(more) if text.len() + more.len() <= LONGEST => {
            text.push_str(&crate::domain::text::clean(more));
        }
        Edit::Backspace => {
            text.pop();
        }
        Edit::DeleteWord => {
            let kept = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
            text.truncate(kept);
        }
        Edit::Clear => text.clear(),
        Edit::Insert(_) | Edit::Accept | Edit::Cancel | Edit::Up | Edit::Down => {}
    }
}

/// Applies a filter as it is typed; one that is not (yet) right leaves the last right one in force.
fn set_filter(model: &mut Model, text: String) -> Vec<Effect> {
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

fn clamp_cursor(model: &mut Model) {
    let count = offers(model).len();
    if let Some(Overlay::Palette { cursor, .. }) = &mut model.overlay {
        *cursor = (*cursor).min(count.saturating_sub(1));
    }
}

fn run_offer(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Palette { cursor, .. }) = &model.overlay else { return vec![] };
    let offer = offers(model).get(*cursor).cloned();
    model.overlay = None;
    match offer {
        Some(Offer::Action(action)) => act(model, action),
        Some(Offer::Repository(id)) => {
            model.focus = Pane::Pulls;
            choose(model, |model| model.repos.selected = Some(id))
        }
        None => vec![],
    }
}
