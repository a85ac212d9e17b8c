//! What the palette offers: commands and repositories, found by typing.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    action::{Action, BINDINGS},
    model::{Model, Overlay},
};
use crate::domain::ids::RepoId;

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
