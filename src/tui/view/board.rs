//! The board: the panes that fit, each in its file.

mod causes;
mod cells;
pub(super) mod insight;
pub(super) mod pipeline;
mod pulls;
mod repos;
mod title;
mod views;

use ratatui::Frame;

use crate::{
    domain::{
        pipeline::{Stage, StageStatus},
        text::{self, truncate_middle},
    },
    tui::{
        action::Action,
        geometry::{DetailTab, Layout, Pane, RULE},
        keymap::Hint,
        pen::Pen,
        view::Scene,
    },
};

/// Fewest cells of a pull request's name on the rule.
const LEAST_NAME: usize = 9;

/// Comes first where the insight is read.
const NEW: (Action, &str) = (Action::Regenerate, "new insight");

/// Keys for the footer, most useful first.
const OFFERED: [(Action, &str); 11] = [
    (Action::Help, "help"),
    (Action::Filter, "filter"),
    (Action::Act, "act"),
    (Action::NextView, "next view"),
    (Action::Sort, "sort"),
    (Action::Details, "files"),
    NEW,
    (Action::OpenPullRequest, "browser"),
    (Action::Repositories, "repositories"),
    (Action::Palette, "commands"),
    (Action::Quit, "quit"),
];

/// Keys for the footer: of the focused pane first.
pub(super) fn hints(scene: Scene<'_>) -> Vec<Hint> {
    let model = scene.model;
    let reads = model.focus == Pane::Insight;
    let here = (reads && model.findings().is_some()).then_some((Action::Enter, "go to file"));
    let new = reads.then_some(NEW);
    let is_red = model.selected().is_some_and(|pr| *pr.status(Stage::Build) == StageStatus::Failed);
    let log = (is_red && !reads).then_some((Action::JobLog, "log"));
    let offered = OFFERED.into_iter().filter(|offer| Some(*offer) != new);
    // Where one pane is shown at a time, the way to the others.
    let elsewhere = (model.layout() == Layout::Narrow).then_some(match model.focus {
        Pane::Pulls => (Action::Right, "details"),
        Pane::Repos | Pane::Pipeline | Pane::Insight => (Action::Back, "list"),
    });
    let all = elsewhere.into_iter().chain(here).chain(log).chain(new).chain(offered);
    all.map(|(action, word)| scene.keymap.hint(&[action], word)).collect()
}

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let areas = scene.model.areas();
    if let Some(area) = areas.views {
        views::draw(scene, &mut Pen::new(frame, area, scene.theme));
    }
    if let Some(area) = areas.repos {
        repos::draw(scene, frame, area);
    }
    if let Some(area) = areas.pulls {
        pulls::draw(scene, frame, area);
    }
    if let Some(area) = areas.tabs {
        tabs(scene, &mut Pen::new(frame, area, scene.theme));
    }
    if let Some(area) = areas.pipeline {
        pipeline::draw(scene, frame, area);
    }
    if let Some(area) = areas.insight {
        insight::draw(scene, frame, area);
    }
}

/// The rule between list and detail, with the two tabs.
fn tabs(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let width = usize::from(pen.width());
    pen.put(&theme.thin().repeat(RULE), theme.dim());
    for tab in DetailTab::ALL {
        let style = if model.tab == tab { theme.strong() } else { theme.dim() };
        pen.put(" ", style);
        pen.put(tab.name(), if model.focus == tab.pane() { theme.focused(style) } else { style });
        pen.put(" ", style);
        pen.put(theme.thin(), theme.dim());
    }
    let name = model.selected().map(|pr| format!("{}{}", model.board.full_name(pr.key.repo), pr.key.number));
    let name = name.unwrap_or_default();
    // Beside both a blank on each side of them, and the rule between and behind. The name is cut before the words go.
    let least = text::width(&name).min(LEAST_NAME);
    let room = width.saturating_sub(pen.column() + least + RULE + 5);
    let (hint, style) = match title::waiting(scene) {
        Some(text) if text::width(&text) <= room => (format!(" {text} "), theme.warn()),
        Some(_) => (format!("{} ", title::waiting_sign(scene)), theme.warn()),
        None => (format!(" {} switches ", scene.keymap.first(Action::NextPane)), theme.dim()),
    };
    let room = width.saturating_sub(pen.column() + text::width(&hint) + RULE + 3);
    if !name.is_empty() {
        pen.put(&format!(" {} ", truncate_middle(&name, room)), theme.accent());
    }
    pen.rule(&hint, style);
}
