//! What the reader has looked at.

use super::{super::notify, order, rearrange};
use crate::{
    domain::{board::BoardChange, ids::PrKey, text::counted},
    tui::{action::Action, effect::Effect, model::Model},
};

/// Pull requests have changed. What comes before the first complete read is looked through at its end. Returns whether
/// there are rows of a repository among them that a sync reads for the first time.
pub(in crate::tui::update) fn note(model: &mut Model, applied: &BoardChange) -> bool {
    model.seen.forget(&applied.removed);
    let mut has_first = false;
    if model.link.loaded {
        let changed = applied.added.iter().chain(&applied.updated);
        for pr in changed.filter_map(|key| model.board.pull(*key)) {
            let is_first = model.link.is_first_read(pr.key.repo);
            let is_watched = [model.list.pinned, model.list.selected] == [Some(pr.key); 2];
            model.seen.note(pr, is_first, is_watched, model.now);
            has_first |= is_first;
        }
    }
    has_first
}

/// The reader has looked at this row.
pub(in crate::tui::update) fn look(model: &mut Model, row: Option<PrKey>) {
    model.notify.look(|key| row == Some(key));
    let pull = row.and_then(|key| model.board.pull(key));
    if pull.is_some_and(|pr| model.seen.look(pr)) {
        notify::noted(model, row.as_slice());
        // It is no row of a list of news any more; rows hold still until the reader says so.
        if model.names_new() {
            order::compare(model);
        }
        model.count_news();
    }
}

/// Takes all rows for seen; pressed again, takes that back.
pub(super) fn look_at_all(model: &mut Model) -> Vec<Effect> {
    let seen = model.seen.look_at_all(&model.board, &model.list.rows, model.now);
    let back = if seen == 0 { model.seen.undo(&model.board, model.now) } else { 0 };
    match (seen, back) {
        (0, 0) => model.say("Nothing shown has changed since you looked"),
        (0, n) => model.say(format!("{} marked as changed again", counted(n, "pull request"))),
        (n, _) => {
            let text = format!("{} taken for seen", counted(n, "changed pull request"));
            model.say_and_offer(text, Action::Seen, "takes that back");
        }
    }
    model.count_news();
    let rows = model.list.rows.clone();
    model.notify.look(|key| rows.contains(&key));
    notify::noted(model, &rows);
    if model.names_new() { rearrange(model) } else { vec![] }
}
