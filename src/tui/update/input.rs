//! Typing: the filter, and the palette.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    super::{
        action::{Action, BINDINGS},
        effect::Effect,
        geometry::Pane,
        model::{Input, Model, Overlay},
        msg::Edit,
    },
    act, choose,
};
use crate::domain::{filter::Filter, ids::RepoId};

/// Longest text that may be typed, in bytes.
const LONGEST: usize = 200;

/// More than any description can score.
const NAME_BONUS: u32 = 10_000;

/// Something that the palette offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A command.
    Action(Action),
    /// A repository to narrow the list to.
    Repository(RepoId),
}

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
        Edit::Up => super::motion::step(model, Action::Up),
        Edit::Down => super::motion::step(model, Action::Down),
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

/// What the palette offers for what was typed, best first.
pub fn offers(model: &Model) -> Vec<Offer> {
    let Some(Overlay::Palette { text, .. }) = &model.overlay else { return vec![] };
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |words: &str| pattern.score(Utf32Str::new(words, &mut buffer), &mut matcher);
    let mut scored: Vec<(u32, Offer)> = Vec::new();
    for binding in &BINDINGS {
        // A match of the name comes before one of the description.
        let found = score(binding.name).map(|n| n + NAME_BONUS).or_else(|| score(binding.help));
        scored.extend(found.map(|score| (score, Offer::Action(binding.action))));
    }
    for id in &model.repos.rows {
        let found = score(model.board.full_name(*id)).map(|n| n + NAME_BONUS);
        scored.extend(found.map(|score| (score, Offer::Repository(*id))));
    }
    scored.sort_by_key(|(score, _)| Reverse(*score));
    scored.into_iter().map(|(_, offer)| offer).collect()
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
