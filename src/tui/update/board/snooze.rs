//! Hiding pull requests for a while.

use chrono::{DateTime, Utc};

use super::{super::notify, rearrange, settle};
use crate::{
    domain::{ids::PrKey, text::counted},
    tui::{
        effect::{Effect, HostCall},
        model::Model,
        overlay::{Overlay, Snooze, snooze_end},
    },
};

/// Asks how long to hide the marked pull requests, else the selected one; those that are hidden come back at once.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let keys = model.chosen();
    let awake: Vec<PrKey> = keys.iter().copied().filter(|key| !model.seen.is_snoozed(*key)).collect();
    match (keys.as_slice(), awake.as_slice()) {
        ([], _) => {
            model.say("No pull request is selected");
            vec![]
        }
        (_, []) => {
            model.seen.wake(&keys);
            notify::noted(model, &keys);
            unmark(model);
            model.say(format!("{} shown again", named(model, &keys)));
            kept(rearrange(model))
        }
        _ => {
            let what = named(model, &awake);
            model.overlay = Some(Overlay::Snooze(Snooze::new(awake, what, model.now)));
            vec![]
        }
    }
}

/// Hides these until then, or until something changes.
pub(in crate::tui::update) fn snooze(
    model: &mut Model,
    keys: &[PrKey],
    until: Option<DateTime<Utc>>,
) -> Vec<Effect> {
    model.seen.snooze(&model.board, keys, until);
    notify::noted(model, keys);
    unmark(model);
    let till = until.map_or_else(|| "something changes".to_owned(), snooze_end);
    model.say(format!("{} hidden until {till}; /is:snoozed shows what is hidden", named(model, keys)));
    kept(rearrange(model))
}

/// What the reader hides or shows is saved at once: other dashboards save theirs, and a kill loses none.
fn kept(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.push(Effect::Host(HostCall::Save));
    effects
}

/// Shows those whose time has come.
pub(in crate::tui::update) fn wake_due(model: &mut Model) -> Vec<Effect> {
    if !model.link.loaded {
        return vec![];
    }
    let due = model.seen.wake_due(&model.board, model.now);
    if due.is_empty() {
        return vec![];
    }
    model.tell(format!("{} back from a snooze", named(model, &due)));
    let mut effects = settle(model);
    effects.extend(notify::woken(model, &due));
    effects
}

/// The marks have served, where they were acted on.
fn unmark(model: &mut Model) {
    if model.acts_on_marked() {
        model.list.marked.clear();
    }
}

/// `acme/api#421`, or how many.
fn named(model: &Model, keys: &[PrKey]) -> String {
    match keys {
        [key] => format!("{}{}", model.board.full_name(key.repo), key.number),
        keys => counted(keys.len(), "pull request"),
    }
}
