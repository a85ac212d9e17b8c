//! A pull request's own screen: its tabs, its cursors, and the way in and out.

mod checks;
mod files;

pub(super) use self::{
    checks::{keep as keep_check, take_usual},
    files::{edit, take as take_files},
};
use super::{board, told};
use crate::{
    domain::{
        ids::PrKey,
        pipeline::{Stage, StageStatus},
    },
    tui::{
        action::Action,
        effect::Effect,
        geometry::PullAreas,
        model::{Model, PullTab},
        msg::{Pointer, Turn},
        screen::Screen,
    },
};

/// Shows the selected pull request on a screen of its own.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some(key) = model.selected().map(|pr| pr.key) else {
        model.say("No pull request is selected");
        return vec![];
    };
    let tab = model.first_tab();
    model.screen = Screen::Pull;
    model.pull.tab = tab;
    show(model, key)
}

/// Shows this one instead, on the same tab.
pub(super) fn show(model: &mut Model, key: PrKey) -> Vec<Effect> {
    model.pull.show(key);
    model.keep_second();
    checks::choose(model);
    let mut effects = board::want_detail(model);
    if !effects.is_empty() {
        model.pull.read_at = model.now;
    }
    effects.extend(enter(model));
    effects
}

/// What the tab needs.
fn enter(model: &mut Model) -> Vec<Effect> {
    match model.pull.tab {
        PullTab::Checks => [checks::want_usual(model), told::want(model)].concat(),
        PullTab::Files => files::want(model, None),
        PullTab::Reviews | PullTab::Insight => vec![],
    }
}

/// What the board does with the selected pull request, it does here with the one that is shown.
const fn is_on_selected(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::OpenPullRequest
            | A::OpenCheck
            | A::CopyNumber
            | A::CopyUrl
            | A::Regenerate
            | A::CancelRequests
            | A::Snooze
    )
}

/// Other actions do nothing here.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let tab = model.pull.tab;
    match action {
        Action::PullTab(key) => PullTab::of_key(key).map_or_else(Vec::new, |tab| choose(model, tab)),
        Action::Right | Action::NextPane => choose(model, tab.beside(1)),
        Action::Left | Action::PrevPane => choose(model, tab.beside(-1)),
        Action::CheckLog if tab != PullTab::Checks => choose(model, tab.beside(1)),
        Action::NextPull | Action::Following => step(model, Action::Down),
        Action::PrevPull | Action::Preceding => step(model, Action::Up),
        Action::Details => {
            let spot = files::first_spot(model);
            go_to_files(model, spot)
        }
        Action::Back => back(model),
        Action::OpenPullRequest if tab == PullTab::Checks && model.check().is_some() => checks::browse(model),
        _ if is_on_selected(action) => board::act(model, action),
        _ => match tab {
            PullTab::Checks => checks::act(model, action),
            PullTab::Files => files::act(model, action),
            PullTab::Reviews => {
                scroll_story(model, |top, page, len| action.step(top, page, len));
                vec![]
            }
            PullTab::Insight => insight(model, action),
        },
    }
}

/// Opens a tab.
fn choose(model: &mut Model, tab: PullTab) -> Vec<Effect> {
    (model.pull.tab, model.pull.chosen) = (tab, tab);
    enter(model)
}

pub(super) fn go_to_files(model: &mut Model, spot: Option<crate::domain::files::Spot>) -> Vec<Effect> {
    (model.pull.tab, model.pull.chosen) = (PullTab::Files, PullTab::Files);
    files::want(model, spot)
}

/// The pull request behind this one in the list, or before it.
fn step(model: &mut Model, action: Action) -> Vec<Effect> {
    let key = model.pull.key;
    let at = key.and_then(|key| model.list.rows.iter().position(|row| *row == key));
    // It may have left the list, whose cursor then stands where it was.
    let Some(from) = at.or_else(|| model.position()) else { return vec![] };
    let to = if at.is_some() { action.step(from, 1, model.list.rows.len()) } else { from };
    let Some(next) = model.list.rows.get(to).copied().filter(|next| Some(*next) != key) else {
        model.say(if action == Action::Down {
            "This is the last one of the list"
        } else {
            "This is the first one of the list"
        });
        return vec![];
    };
    board::put_cursor(model, next);
    show(model, next)
}

/// Out of a search, else back to the board.
fn back(model: &mut Model) -> Vec<Effect> {
    if files::ends_search(model) {
        return vec![];
    }
    leave(model);
    vec![]
}

/// Back to the board, at this pull request where it is shown.
pub(super) fn leave(model: &mut Model) {
    if let Some(key) = model.pull.key.filter(|_| model.screen == Screen::Pull) {
        model.screen = Screen::Board;
        board::put_cursor(model, key);
    }
}

/// In the insight the cursor goes through the places in files.
fn insight(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::Enter {
        let spot = board::reading_spot(model);
        return if spot.is_some() { go_to_files(model, spot) } else { vec![] };
    }
    if let Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom =
        action
    {
        board::read(model, action);
    }
    vec![]
}

fn scroll_story(model: &mut Model, scroll: impl FnOnce(usize, usize, usize) -> usize) {
    let rows = usize::from(PullAreas::new(model.size).content.height).max(1);
    let last = model.story().len().saturating_sub(rows);
    let page = rows.max(2) - 1;
    model.pull.story_top = scroll(model.pull.story_top.min(last), page, last + 1);
}

/// The terminal has another size.
pub(super) fn resize(model: &mut Model) {
    checks::scroll(model);
    scroll_story(model, |top, _, len| top.min(len.saturating_sub(1)));
}

pub(super) fn point(model: &mut Model, pointer: Pointer) -> Vec<Effect> {
    match pointer {
        Pointer::Click(x, y) => click(model, x, y),
        Pointer::Wheel(x, y, turn) => {
            wheel(model, (x, y), turn);
            vec![]
        }
        Pointer::Drag(..) => vec![],
    }
}

fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let areas = PullAreas::new(model.size);
    if areas.tabs.contains(x, y) {
        let at = usize::from(x - areas.tabs.x);
        let tabs = model.pull_tabs();
        let tab = tabs.iter().find(|tab| (tab.x..tab.x + tab.cells()).contains(&at)).map(|tab| tab.tab);
        return tab.map_or_else(Vec::new, |tab| choose(model, tab));
    }
    if model.pull.tab == PullTab::Checks {
        checks::click(model, x, y);
    }
    vec![]
}

fn wheel(model: &mut Model, cell: (u16, u16), turn: Turn) {
    if !PullAreas::new(model.size).content.contains(cell.0, cell.1) {
        return;
    }
    match model.pull.tab {
        PullTab::Checks => (0..Turn::LINES).for_each(|_| checks::step(model, turn.step())),
        PullTab::Files => files::wheel(model, cell, turn),
        PullTab::Reviews => scroll_story(model, |top, _, len| turn.from(top, len)),
        PullTab::Insight => board::read_on(model, turn),
    }
}

/// So often what is under way is read anew: checks change without a word of the rows that are polled.
const AGAIN: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// The database was polled.
pub(super) fn polled(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Pull || model.now - model.pull.read_at < AGAIN {
        return vec![];
    }
    let builds = model.selected().is_some_and(|pr| *pr.status(Stage::Build) == StageStatus::Running);
    if !builds && !model.checks().iter().any(crate::domain::check::Check::is_open) {
        return vec![];
    }
    read_again(model)
}

/// Reads the details anew.
fn read_again(model: &mut Model) -> Vec<Effect> {
    model.pull.read_at = model.now;
    board::read_detail(model)
}

/// The reader wants to see what is there now: details, and the files where they are of another head.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    let mut effects = read_again(model);
    effects.extend(files::renew(model));
    effects
}
