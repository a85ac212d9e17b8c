//! Moving: the cursor, the focus, the mouse.

use super::{choose, follow, is_narrow, keep_filter, order, panes, reading, scroll, views, want_detail};
use crate::tui::{
    action::Action,
    effect::Effect,
    geometry::{DetailTab, Layout, Pane},
    model::{ListLine, Model},
    msg::{Pointer, Turn},
};

/// Moves the cursor of the focused pane.
pub(super) fn step(model: &mut Model, action: Action) -> Vec<Effect> {
    match model.focus {
        Pane::Repos => step_repos(model, action),
        Pane::Pulls | Pane::Pipeline => step_pulls(model, action),
        Pane::Insight => {
            reading::step(model, action);
            vec![]
        }
    }
}

pub(super) fn step_pulls(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = model.areas().rows_of(Pane::Pulls).max(2) - 1;
    let (list, at) = (&model.list, model.position().unwrap_or_default());
    let row = match action {
        // A page is one of lines.
        Action::PageUp | Action::PageDown => {
            let line = action.step(list.line_of(at), page, list.line_count());
            list.row_at(line, action == Action::PageUp)
        }
        _ => action.step(at, page, list.rows.len()),
    };
    select(model, row)
}

/// Selects the row at an index, and shows it.
fn select(model: &mut Model, index: usize) -> Vec<Effect> {
    let before = model.list.selected;
    order::select_index(model, index);
    order::scroll_to_selected(model);
    model.list.chosen = true;
    follow(model, before)
}

/// Moves the cursor to the next row that changed since the reader looked, or to the one before; at an end, on from the
/// other.
pub(super) fn hop(model: &mut Model, action: Action) -> Vec<Effect> {
    let rows = model.list.rows.iter().enumerate();
    let news: Vec<usize> = rows.filter(|(_, key)| model.seen.is_news(**key)).map(|(at, _)| at).collect();
    let at = model.position().unwrap_or_default();
    let (next, other_end, end) = if action == Action::NextChanged {
        (news.iter().find(|row| **row > at), news.first(), "From the top")
    } else {
        (news.iter().rev().find(|row| **row < at), news.last(), "From the end")
    };
    match (next, other_end) {
        (Some(row), _) => select(model, *row),
        (None, Some(row)) if *row != at => {
            model.say(format!("{end} again: {} changed", news.len()));
            select(model, *row)
        }
        (None, Some(_)) => {
            model.say("No other row has changed since you looked");
            vec![]
        }
        (None, None) => {
            model.say("Nothing shown has changed since you looked");
            vec![]
        }
    }
}

fn step_repos(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = model.areas().rows_of(Pane::Repos).max(2) - 1;
    let to = action.step(order::repository_index(model), page, model.repos.rows.len() + 1);
    choose_repository(model, to)
}

/// Shows the pull requests of the repository on a line; line 0 stands for all repositories.
fn choose_repository(model: &mut Model, line: usize) -> Vec<Effect> {
    let repository = line.checked_sub(1).and_then(|at| model.repos.rows.get(at)).copied();
    if repository == model.repos.selected {
        return vec![];
    }
    choose(model, |model| model.repos.selected = repository)
}

/// Moves the focus, in and out.
pub(super) fn focus(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Back => return back(model),
        Action::Enter => match model.focus {
            Pane::Repos => set_focus(model, Pane::Pulls),
            // These open the pull request's own screen.
            Pane::Pulls | Pane::Pipeline => {}
            Pane::Insight => return reading::enter(model),
        },
        Action::NextPane | Action::PrevPane if has_tabs(model) => switch_tab(model),
        Action::PrevPane if model.focus == Pane::Repos => set_focus(model, Pane::Insight),
        Action::PrevPane if model.focus == Pane::Pulls && skips_repos(model) => {
            set_focus(model, Pane::Insight);
        }
        // Where they stand at its right, the list is left of them.
        Action::Left
            if model.focus == Pane::Repos
                && model.layout() == Layout::Wide
                && model.panes.is_beside(model.size.0) =>
        {
            set_focus(model, Pane::Pulls);
        }
        Action::PrevPane | Action::Left => set_focus(model, before(model.focus)),
        Action::NextPane if model.focus == Pane::Insight && skips_repos(model) => {
            set_focus(model, Pane::Pulls);
        }
        Action::NextPane if model.focus == Pane::Insight => set_focus(model, Pane::Repos),
        Action::Right if model.focus == Pane::Pulls => set_focus(model, detail(model)),
        Action::NextPane | Action::Right => set_focus(model, after(model.focus)),
        _ => {}
    }
    vec![]
}

/// The detail that the list leads into: the tab that is open, where only one fits.
fn detail(model: &Model) -> Pane {
    match model.layout() {
        Layout::Wide => Pane::Pipeline,
        Layout::Medium | Layout::Narrow | Layout::Tiny => model.tab.pane(),
    }
}

fn has_tabs(model: &Model) -> bool {
    model.areas().tabs.is_some()
}

/// Opens the other tab. Who is in the list stays there, and may browse with either.
fn switch_tab(model: &mut Model) {
    let other = model.tab.other();
    match model.focus {
        Pane::Pipeline | Pane::Insight => set_focus(model, other.pane()),
        Pane::Repos | Pane::Pulls => model.tab = other,
    }
}

/// Whether the repositories are no pane that one comes through.
fn skips_repos(model: &Model) -> bool {
    is_narrow(model) || !model.shows_repos()
}

const fn before(pane: Pane) -> Pane {
    match pane {
        Pane::Repos | Pane::Pulls => Pane::Repos,
        Pane::Pipeline => Pane::Pulls,
        Pane::Insight => Pane::Pipeline,
    }
}

const fn after(pane: Pane) -> Pane {
    match pane {
        Pane::Repos => Pane::Pulls,
        Pane::Pulls => Pane::Pipeline,
        Pane::Pipeline | Pane::Insight => Pane::Insight,
    }
}

fn set_focus(model: &mut Model, pane: Pane) {
    model.focus = pane;
    match pane {
        Pane::Pipeline => model.tab = DetailTab::Pipeline,
        Pane::Insight => model.tab = DetailTab::Insight,
        Pane::Repos | Pane::Pulls => {}
    }
    scroll(model);
}

/// One step out: the zoom, the detail panes, the marks, the filter.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.zoomed {
        model.zoomed = false;
        set_focus(model, model.focus);
    } else if model.focus != Pane::Pulls {
        set_focus(model, Pane::Pulls);
    } else if !model.list.marked.is_empty() {
        model.list.marked.clear();
    } else if model.list.before.is_some() {
        model.notice = None;
        return choose(model, |model| {
            model.list.look_back();
        });
    } else if !model.list.filter_text.is_empty() {
        return choose(model, |model| {
            model.list.filter_text.clear();
            model.list.filter = crate::domain::filter::Filter::default();
        });
    }
    vec![]
}

/// A click selects; the wheel scrolls the pane under it, whichever has the focus.
pub(in crate::tui::update) fn point(model: &mut Model, pointer: Pointer) -> Vec<Effect> {
    match pointer {
        Pointer::Click(x, y) => click(model, x, y),
        Pointer::Drag(x, y) => panes::drag(model, x, y),
        Pointer::Wheel(x, y, turn) => wheel(model, model.areas().pane_at(x, y), turn),
    }
}

fn wheel(model: &mut Model, pane: Option<Pane>, turn: Turn) -> Vec<Effect> {
    match pane {
        Some(Pane::Pulls) => {
            let at = model.position().unwrap_or_default();
            select(model, turn.from(at, model.list.rows.len()))
        }
        // To choose one would change what the other panes show.
        Some(Pane::Repos) => {
            order::scroll_repositories(model, turn);
            vec![]
        }
        Some(Pane::Insight) => {
            reading::scroll(model, turn);
            vec![]
        }
        Some(Pane::Pipeline) | None => vec![],
    }
}

fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    model.dragged = None;
    if let Some(at) = model.tab_at(x, y) {
        keep_filter(model);
        return views::show(model, at);
    }
    let areas = model.areas();
    if let Some(tab) = areas.tab_at(x, y) {
        match model.focus {
            Pane::Pipeline | Pane::Insight => set_focus(model, tab.pane()),
            Pane::Repos | Pane::Pulls => model.tab = tab,
        }
        return vec![];
    }
    model.dragged = areas.divider_at(x, y);
    if model.dragged.is_some() {
        return vec![];
    }
    let border = u16::from(areas.bordered);
    if let Some(area) = areas.pulls.filter(|a| a.contains(x, y)) {
        model.focus = Pane::Pulls;
        // The column titles take a line.
        let Some(line) = y.checked_sub(area.y + border + 1) else { return vec![] };
        let at = model.list.line(model.list.top + usize::from(line));
        let Some(ListLine::Row(index)) = at.filter(|_| usize::from(line) < areas.rows_of(Pane::Pulls)) else {
            return vec![];
        };
        order::select_index(model, index);
        model.list.chosen = true;
        return want_detail(model);
    }
    if let Some(area) = areas.repos.filter(|a| a.contains(x, y)) {
        model.focus = Pane::Repos;
        let Some(line) = y.checked_sub(area.y + border) else { return vec![] };
        let index = model.repos.top + usize::from(line);
        if usize::from(line) >= areas.rows_of(Pane::Repos) || index > model.repos.rows.len() {
            return vec![];
        }
        return choose_repository(model, index);
    }
    if areas.pipeline.is_some_and(|a| a.contains(x, y)) {
        set_focus(model, Pane::Pipeline);
    } else if areas.insight.is_some_and(|a| a.contains(x, y)) {
        set_focus(model, Pane::Insight);
    }
    vec![]
}
