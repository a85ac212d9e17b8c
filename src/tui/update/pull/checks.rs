//! The checks: the cursor among them, and their usual times.

use chrono::TimeDelta;

use super::super::{board, log};
use crate::{
    domain::{
        check::{CheckId, CheckOutcome},
        ids::{RepoId, Sha},
        usual::UsualTimes,
    },
    tui::{
        action::Action,
        effect::{Effect, ServiceCall},
        geometry::PullAreas,
        model::{CheckLine, Model, check_lines, line_of},
    },
};

/// Successes that ended longer ago tell nothing of today.
const WINDOW: TimeDelta = TimeDelta::days(14);
/// Commits whose checks are looked through at most.
const COMMITS: usize = 150;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter | Action::CheckLog => read_log(model),
        _ => {
            step(model, action);
            vec![]
        }
    }
}

/// The log of the check under the cursor.
fn read_log(model: &mut Model) -> Vec<Effect> {
    let Some((key, check)) = model.pull.key.zip(model.check().cloned()) else {
        model.say("No check is selected");
        return vec![];
    };
    if log::job(&check).is_some() { log::open(model, key, &check) } else { browse(model) }
}

/// Opens the page of the check under the cursor.
pub(super) fn browse(model: &mut Model) -> Vec<Effect> {
    let Some(check) = model.check() else { return vec![] };
    let name = check.name().to_owned();
    let Some(url) = check.url.clone() else {
        model.say(format!("{name} has no page"));
        return vec![];
    };
    // Checks run on any host.
    board::open(model, &name, url, None)
}

/// The ids of the checks, in the order of their lines.
fn ids(model: &Model) -> Vec<CheckId> {
    let lines = check_lines(model.checks());
    let id = |line: &CheckLine<'_>| match line {
        CheckLine::Check(check) => Some(check.id.clone()),
        CheckLine::Group(_) => None,
    };
    lines.iter().filter_map(id).collect()
}

/// Moves the cursor, or puts it somewhere if it is nowhere.
pub(super) fn step(model: &mut Model, action: Action) {
    let ids = ids(model);
    let at = ids.iter().position(|id| Some(id) == model.pull.check.as_ref());
    let (list, _) = PullAreas::new(model.size).checks();
    let page = usize::from(list.height).max(2) - 1;
    let to = action.step(at.unwrap_or_default(), page, ids.len());
    model.pull.check = ids.into_iter().nth(to);
    scroll(model);
    if to == 0 {
        // The heading above the first one shows, too.
        model.pull.top = 0;
    }
}

/// The cursor begins at the first check that failed, else at the first one.
pub(super) fn choose(model: &mut Model) {
    // One whose check has gone, while another row was on the board, begins anew.
    if model.check().is_some() || model.pull.check.is_some() && model.checks().is_empty() {
        return;
    }
    let lines = check_lines(model.checks());
    let checks = || {
        lines.iter().filter_map(|line| match line {
            CheckLine::Check(check) => Some(*check),
            CheckLine::Group(_) => None,
        })
    };
    let first = checks().find(|check| check.outcome == CheckOutcome::Failed).or_else(|| checks().next());
    model.pull.check = first.map(|check| check.id.clone());
    scroll(model);
}

/// What `change` does to the checks leaves the cursor where it is, on its line of the screen. What another row of the
/// board is told is nothing to the screen that is left.
pub(in crate::tui::update) fn keep(model: &mut Model, change: impl FnOnce(&mut Model)) {
    if model.current() != model.pull.key {
        change(model);
        return;
    }
    let old = ids(model);
    let offset = |model: &Model| {
        let lines = check_lines(model.checks());
        model.pull.check.as_ref().and_then(|id| line_of(&lines, id))
    };
    let above = offset(model).map(|line| line.saturating_sub(model.pull.top));
    change(model);
    let new = ids(model);
    let selected = model.pull.check.clone();
    if let Some(selected) = selected.filter(|id| !new.is_empty() && !new.contains(id)) {
        // Its neighbour below, else the one above.
        let at = old.iter().position(|id| *id == selected).unwrap_or_default();
        let below = old.iter().skip(at).find(|id| new.contains(id));
        let above = || old.iter().take(at).rev().find(|id| new.contains(id));
        model.pull.check = below.or_else(above).cloned();
    }
    choose(model);
    if let Some((above, line)) = above.zip(offset(model)) {
        model.pull.top = line.saturating_sub(above);
    }
    scroll(model);
    model.keep_second();
}

/// Brings the cursor into the window.
pub(super) fn scroll(model: &mut Model) {
    let (list, _) = PullAreas::new(model.size).checks();
    let lines = check_lines(model.checks());
    let line = model.pull.check.as_ref().and_then(|id| line_of(&lines, id)).unwrap_or_default();
    let mut top = board::window(model.pull.top, line, usize::from(list.height), lines.len());
    let above = line.saturating_sub(1);
    if list.height > 1 && above < top && matches!(lines.get(above), Some(CheckLine::Group(_))) {
        top = above;
    }
    model.pull.top = top;
}

pub(super) fn click(model: &mut Model, x: u16, y: u16) {
    let (list, _) = PullAreas::new(model.size).checks();
    if !list.contains(x, y) {
        return;
    }
    let line = model.pull.top + usize::from(y - list.y);
    let lines = check_lines(model.checks());
    if let Some(CheckLine::Check(check)) = lines.get(line) {
        model.pull.check = Some(check.id.clone());
    }
}

/// Asks for the usual times of the repository's checks, unless they are known.
pub(super) fn want_usual(model: &mut Model) -> Vec<Effect> {
    let Some(key) = model.pull.key else { return vec![] };
    if model.link.source.is_none() || !model.pull.asks_usual(key.repo, model.now) {
        return vec![];
    }
    let mut pulls: Vec<_> = model.board.pulls().filter(|pr| pr.key.repo == key.repo).collect();
    pulls.sort_by_key(|pr| std::cmp::Reverse((pr.updated_at, pr.key.number)));
    let commits: Vec<Sha> = pulls.iter().filter_map(|pr| pr.head.clone()).take(COMMITS).collect();
    let since = model.server_now() - WINDOW;
    vec![Effect::Service(ServiceCall::Usual(key.repo, commits, since))]
}

pub(in crate::tui::update) fn take_usual(
    model: &mut Model,
    repository: RepoId,
    times: Result<UsualTimes, String>,
) {
    model.pull.take_usual(repository, times);
}
