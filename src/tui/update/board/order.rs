//! The rows of the list and their order, which holds still under the reader.

use foldhash::HashSet;

use crate::{
    domain::{group::group, ids::PrKey, pull_request::PullRequest, view::Grouping},
    tui::{
        geometry::Pane,
        model::{Arranged, Lines, ListLine, Model, PullList, Waiting},
        msg::Turn,
    },
};

/// The rows in the order of this moment.
fn arranged(model: &Model) -> Lines {
    let context = model.context();
    let is_shown = |pr: &&PullRequest| model.is_of_list(pr, context);
    let mut pulls: Vec<&PullRequest> = if model.shows_members() {
        model.board.pulls_in(model.views.shown()).filter(is_shown).collect()
    } else {
        let (set, shows_snoozed) = (model.set(), model.shows_snoozed());
        model
            .board
            .pulls()
            .filter(|pr| shows_snoozed || !model.seen.is_snoozed(pr.key))
            .filter(|pr| set.matches(pr, context))
            .filter(is_shown)
            .collect()
    };
    model.list.sort.sort(&mut pulls, &model.board, model.me.as_deref(), context.now);
    keep_pinned(model, &mut pulls);
    group(model.list.grouping, pulls, &model.board, context.now).into()
}

/// The row that was acted on stays where it is, though it may be in the view no more.
fn keep_pinned<'m>(model: &'m Model, pulls: &mut Vec<&'m PullRequest>) {
    let pinned = model.list.pinned.and_then(|key| model.board.pull(key));
    let Some((pr, at)) = pinned.zip(model.position()) else { return };
    if pulls.iter().all(|other| other.key != pr.key) {
        pulls.insert(at.min(pulls.len()), pr);
    }
}

/// The cursor has gone from the row that was acted on: it is one like all others now.
pub(in crate::tui::update) fn unpin(model: &mut Model) {
    if model.list.pinned.is_some() && model.list.pinned != model.list.selected {
        model.list.pinned = None;
        compare(model);
    }
}

/// How many would be rows, but are snoozed.
fn count_snoozed(model: &Model) -> usize {
    if model.shows_snoozed() {
        return 0;
    }
    let (context, set) = (model.context(), model.set());
    let snoozed = model.seen.snoozed().filter_map(|key| model.board.pull(key));
    snoozed.filter(|pr| set.matches(pr, context) && model.is_of_list(pr, context)).count()
}

/// While a filter is typed: the rows out of the widest ones, where it narrows these. They keep their order.
fn narrowed(model: &Model) -> Option<Vec<PrKey>> {
    let widest = model.input.as_ref()?.widest.as_ref()?;
    let list = &model.list;
    // The order of the groups depends on their rows.
    let is_current = list.grouping == Grouping::None
        && widest.version == model.board.version()
        && (widest.sort, widest.repository, &widest.me) == (list.sort, model.repos.selected, &model.me)
        && widest.set == *model.set()
        && !(widest.set.needs_clock() || widest.filter.needs_clock())
        && list.filter.narrows(&widest.filter)
        && !(model.names_new() || list.filter.names_snoozed());
    if !is_current {
        return None;
    }
    let context = model.context();
    Some(model.board.passing(&widest.rows, |pr| list.filter.matches(pr, context)))
}

/// Notes the rows as the widest of the filter that is being typed, if they are those of this moment.
pub(super) fn note_widest(model: &mut Model) {
    let set = model.set().into_owned();
    let list = &model.list;
    let Some(input) = &mut model.input else { return };
    let is_current =
        list.version == model.board.version() && !list.waiting.any() && list.grouping == Grouping::None;
    input.widest = is_current.then(|| Arranged {
        rows: list.rows.clone(),
        version: list.version,
        me: model.me.clone(),
        sort: list.sort,
        repository: model.repos.selected,
        set,
        filter: list.filter.clone(),
    });
}

/// Takes these as the rows of this moment.
fn show(model: &mut Model, arranged: Lines) {
    model.list.arrange(arranged);
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
    if instead == Instead::First {
        model.list.pinned = None;
    }
    model.count_noted();
    let old = model.position().filter(|_| instead == Instead::Neighbour);
    let old_line = old.map(|row| model.list.line_of(row)).unwrap_or_default();
    if let Some(rows) = narrowed(model).filter(|_| instead == Instead::First) {
        show(model, Lines { rows, ..Lines::default() });
    } else {
        let rows = arranged(model);
        show(model, rows);
        if instead == Instead::First {
            note_widest(model);
        }
    }
    match (old, model.position()) {
        (Some(_), Some(new)) => {
            let line = model.list.line_of(new);
            model.list.top = line.saturating_sub(old_line.saturating_sub(model.list.top));
        }
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
    model.count_noted();
    let old = model.position().unwrap_or_default();
    let exists = |key: &PrKey| model.board.pull(*key).is_some();
    let new = model.list.rows.iter().take(old).filter(|key| exists(key)).count();
    let old_line = model.list.line_of(old);
    let (board, list) = (&model.board, &mut model.list);
    list.retain(|key| board.pull(key).is_some());
    // Rows that went above the selected row do not move it on the screen.
    list.top = list.top.saturating_sub(old_line.saturating_sub(list.line_of(new)));
    if model.position().is_none() {
        select_index(model, new);
    }
    scroll_to_selected(model);
    model.list.snoozed = count_snoozed(model);
    model.count_news();
    let fresh = arranged(model);
    model.list.waiting = Waiting::default();
    model.list.version = model.board.version();
    let is_regrouped = !fresh.is_grouped_like(&model.list);
    if fresh.rows == model.list.rows && !is_regrouped {
        model.list.arrange(fresh);
        return;
    }
    let (board, PullList { rows, groups, .. }) = (&model.board, &mut model.list);
    for group in groups {
        group.count(rows[group.first..][..group.len].iter().filter_map(|key| board.pull(*key)));
    }
    let is_moved = fresh.rows == model.list.rows;
    let fresh = fresh.rows;
    let shown: HashSet<&PrKey> = model.list.rows.iter().collect();
    let wanted: HashSet<&PrKey> = fresh.iter().collect();
    let stay = |keys: &[PrKey], in_other: &HashSet<&PrKey>| -> Vec<PrKey> {
        keys.iter().filter(|key| in_other.contains(key)).copied().collect()
    };
    model.list.waiting = Waiting {
        new: fresh.iter().filter(|key| !shown.contains(key)).count(),
        left: model.list.rows.iter().filter(|key| !wanted.contains(key)).count(),
        moved: is_moved || stay(&fresh, &shown) != stay(&model.list.rows, &wanted),
    };
}

/// Selects the row at an index, or the last one.
pub(super) fn select_index(model: &mut Model, index: usize) {
    let last = model.list.rows.len().saturating_sub(1);
    model.list.selected = model.list.rows.get(index.min(last)).copied();
}

/// Puts the cursor on a row, if it is there.
pub(in crate::tui::update) fn put_cursor(model: &mut Model, key: PrKey) {
    if model.list.rows.contains(&key) {
        model.list.selected = Some(key);
        model.list.chosen = true;
    }
    scroll(model);
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
    let row = model.position().unwrap_or_default();
    let list = &mut model.list;
    let line = list.line_of(row);
    list.top = window(list.top, line, height, list.line_count());
    // The first row of a group shows its group, too.
    let above = line.saturating_sub(1);
    if height > 1 && above < list.top && matches!(list.line(above), Some(ListLine::Group(_))) {
        list.top = above;
    }
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
pub(in crate::tui::update) fn window(top: usize, index: usize, height: usize, len: usize) -> usize {
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
