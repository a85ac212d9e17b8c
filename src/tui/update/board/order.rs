//! The rows of the list and their order, which holds still under the reader.

use std::collections::HashSet;

use crate::{
    domain::{
        filter::{Context, Filter},
        ids::PrKey,
        pull_request::PullRequest,
    },
    tui::{
        geometry::Pane,
        model::{Arranged, Model, Waiting},
        msg::Turn,
    },
};

/// The rows in the order of this moment.
fn arranged(model: &Model) -> Vec<PrKey> {
    let context = model.context();
    let (_, set) = model.list.set();
    let shows_snoozed = model.list.shows_snoozed();
    let mut pulls: Vec<&PullRequest> = model
        .board
        .pulls()
        .filter(|pr| shows_snoozed || !model.seen.is_snoozed(pr.key))
        .filter(|pr| is_of_list(model, &set, context, pr))
        .collect();
    model.list.sort.sort(&mut pulls, &model.board, model.me.as_deref(), context.now);
    pulls.into_iter().map(|pr| pr.key).collect()
}

fn is_of_list(model: &Model, set: &Filter, context: Context<'_>, pr: &PullRequest) -> bool {
    model.repos.selected.is_none_or(|repo| pr.key.repo == repo)
        && set.matches(pr, context)
        && model.list.filter.matches(pr, context)
}

/// How many would be rows, but are snoozed.
fn count_snoozed(model: &Model) -> usize {
    if model.list.shows_snoozed() {
        return 0;
    }
    let (context, (_, set)) = (model.context(), model.list.set());
    let snoozed = model.seen.snoozed().filter_map(|key| model.board.pull(key));
    snoozed.filter(|pr| is_of_list(model, &set, context, pr)).count()
}

/// While a filter is typed: the rows out of the widest ones, where it narrows these. They keep their order.
fn narrowed(model: &Model) -> Option<Vec<PrKey>> {
    let widest = model.input.as_ref()?.widest.as_ref()?;
    let list = &model.list;
    let is_current = widest.version == model.board.version()
        && (widest.sort, widest.repository, &widest.me) == (list.sort, model.repos.selected, &model.me)
        && widest.set == list.set().1
        && !(widest.set.needs_clock() || widest.filter.needs_clock())
        && list.filter.narrows(&widest.filter)
        && !list.filter.names_snoozed();
    if !is_current {
        return None;
    }
    let (context, board) = (model.context(), &model.board);
    let matches = |key: &&PrKey| board.pull(**key).is_some_and(|pr| list.filter.matches(pr, context));
    Some(widest.rows.iter().filter(matches).copied().collect())
}

/// Notes the rows as the widest of the filter that is being typed, if they are those of this moment.
pub(super) fn note_widest(model: &mut Model) {
    let list = &model.list;
    let Some(input) = &mut model.input else { return };
    let is_current = list.version == model.board.version() && !list.waiting.any();
    input.widest = is_current.then(|| Arranged {
        rows: list.rows.clone(),
        version: list.version,
        me: model.me.clone(),
        sort: list.sort,
        repository: model.repos.selected,
        set: list.set().1,
        filter: list.filter.clone(),
    });
}

/// Takes these as the rows of this moment.
fn show(model: &mut Model, rows: Vec<PrKey>) {
    model.list.rows = rows;
    model.list.waiting = Waiting::default();
    model.list.version = model.board.version();
    model.list.of = model.board.len();
    model.list.snoozed = count_snoozed(model);
    model.count_news();
}

/// The row that takes the place of a selected one that is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// After a change of the data: the reader goes on near by, and a row that stays keeps its place on the screen.
    Neighbour,
    /// After a choice of the reader's own.
    First,
}

/// Applies the order of this moment, and brings both cursors into their windows.
pub(super) fn apply(model: &mut Model, instead: Instead) {
    let old = model.position().filter(|_| instead == Instead::Neighbour);
    if let Some(rows) = narrowed(model).filter(|_| instead == Instead::First) {
        show(model, rows);
    } else {
        let rows = arranged(model);
        show(model, rows);
        if instead == Instead::First {
            note_widest(model);
        }
    }
    match (old, model.position()) {
        (Some(old), Some(new)) => model.list.top = new.saturating_sub(old.saturating_sub(model.list.top)),
        (None, Some(_)) => {}
        (Some(old), None) => select_index(model, old),
        (None, None) if is_awaited(model) => {}
        (None, None) => select_first(model),
    }
    scroll(model);
}

/// Selects the first row, which nobody has chosen.
pub(super) fn select_first(model: &mut Model) {
    (model.list.top, model.list.chosen) = (0, false);
    select_index(model, 0);
}

/// Whether the selection of the last run still waits for its page of the first read.
fn is_awaited(model: &Model) -> bool {
    !model.link.loaded && model.list.selected.is_some_and(|key| model.board.pull(key).is_none())
}

/// Notes the changes that a new order would bring, and drops rows of deleted pull requests.
pub(super) fn compare(model: &mut Model) {
    let old = model.position().unwrap_or_default();
    let exists = |key: &PrKey| model.board.pull(*key).is_some();
    let new = model.list.rows.iter().take(old).filter(|key| exists(key)).count();
    let (board, rows) = (&model.board, &mut model.list.rows);
    rows.retain(|key| board.pull(*key).is_some());
    // Rows that went above the selected row do not move it on the screen.
    model.list.top = model.list.top.saturating_sub(old - new);
    if model.position().is_none() {
        select_index(model, new);
    }
    scroll_to_selected(model);
    model.list.snoozed = count_snoozed(model);
    model.count_news();
    let fresh = arranged(model);
    model.list.waiting = Waiting::default();
    model.list.version = model.board.version();
    if fresh == model.list.rows {
        return;
    }
    let shown: HashSet<&PrKey> = model.list.rows.iter().collect();
    let wanted: HashSet<&PrKey> = fresh.iter().collect();
    let stay = |keys: &[PrKey], in_other: &HashSet<&PrKey>| -> Vec<PrKey> {
        keys.iter().filter(|key| in_other.contains(key)).copied().collect()
    };
    model.list.waiting = Waiting {
        new: fresh.iter().filter(|key| !shown.contains(key)).count(),
        left: model.list.rows.iter().filter(|key| !wanted.contains(key)).count(),
        moved: stay(&fresh, &shown) != stay(&model.list.rows, &wanted),
    };
}

/// Selects the row at an index, or the last one.
pub(super) fn select_index(model: &mut Model, index: usize) {
    let last = model.list.rows.len().saturating_sub(1);
    model.list.selected = model.list.rows.get(index.min(last)).copied();
}

/// Brings both cursors into their windows.
pub(in crate::tui::update) fn scroll(model: &mut Model) {
    scroll_to_selected(model);
    scroll_to_repository(model);
}

/// Moves the window so that it holds the selected row, and ends with the rows. While the list is not shown, its window
/// stays.
pub(super) fn scroll_to_selected(model: &mut Model) {
    let height = model.areas().rows_of(Pane::Pulls);
    if height == 0 {
        return;
    }
    let index = model.position().unwrap_or_default();
    model.list.top = window(model.list.top, index, height, model.list.rows.len());
}

/// [`scroll_to_selected`] for the repositories; index 0 is the line of all repositories.
fn scroll_to_repository(model: &mut Model) {
    let height = model.areas().rows_of(Pane::Repos);
    if height == 0 {
        return;
    }
    let index = repository_index(model);
    model.repos.top = window(model.repos.top, index, height, model.repos.rows.len() + 1);
}

/// Scrolls the repositories without a choice.
pub(super) fn scroll_repositories(model: &mut Model, turn: Turn) {
    let hidden = (model.repos.rows.len() + 1).saturating_sub(model.areas().rows_of(Pane::Repos));
    model.repos.top = turn.from(model.repos.top, hidden + 1);
}

/// Index of the selected repository's line.
pub(super) fn repository_index(model: &Model) -> usize {
    let Some(selected) = model.repos.selected else { return 0 };
    model.repos.rows.iter().position(|id| *id == selected).map_or(0, |at| at + 1)
}

/// The first row of a window of `height` that holds `index` of `len` rows, moved as little as possible.
fn window(top: usize, index: usize, height: usize, len: usize) -> usize {
    let height = height.max(1);
    let lowest = (index + 1).saturating_sub(height);
    top.clamp(lowest, index.max(lowest)).min(len.saturating_sub(height).max(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_as_little_as_it_must() {
        for (top, index, height, len, want) in [
            (0, 5, 10, 100, 0),
            (0, 10, 10, 100, 1),
            (50, 10, 10, 100, 10),
            (95, 99, 10, 100, 90),
            (0, 0, 0, 0, 0),
            (7, 0, 10, 1, 0),
        ] {
            assert_eq!(window(top, index, height, len), want, "{top} {index} {height} {len}");
        }
    }
}
