//! The title of the list: its view, its counts, its order, and what waits to be applied.

use ratatui::{style::Modifier, text::Span};

use crate::{
    domain::view::Grouping,
    tui::{action::Action, view::Scene},
};

/// `Pull requests · acme/api · 8/24 open`.
pub(super) fn title(scene: Scene<'_>) -> Vec<Span<'static>> {
    let (model, theme) = (scene.model, scene.theme);
    let mut spans = vec![Span::styled(" Pull requests".to_owned(), theme.strong())];
    if let Some(id) = model.repos.selected {
        spans.push(Span::styled(format!("{}{}", theme.dot(), model.board.full_name(id)), theme.accent()));
    }
    spans.push(Span::styled(format!("{}{} ", theme.dot(), shown(scene)), theme.dim()));
    if !model.list.filter_text.is_empty() {
        spans.push(Span::styled(
            format!("{}{} ", theme.dot().trim_start(), model.list.filter_text),
            theme.warn(),
        ));
    }
    if let Some(text) = waiting(scene) {
        spans.push(Span::styled(format!(" {text} "), theme.warn().add_modifier(Modifier::BOLD)));
    }
    spans
}

/// `8/24 open •2, 3 marked, 1 snoozed`.
fn shown(scene: Scene<'_>) -> String {
    let list = &scene.model.list;
    let at = scene.model.position().map(|at| format!("{}/", at + 1)).unwrap_or_default();
    let count = |n: usize, text: String| if n == 0 { String::new() } else { text };
    let news = count(list.news, format!(" {}{}", scene.theme.news(), list.news));
    let marked = count(list.marked.len(), format!(", {} marked", list.marked.len()));
    let snoozed = count(list.snoozed, format!(", {} snoozed", list.snoozed));
    let name = scene.model.set_name().to_lowercase();
    format!("{at}{} {name}{news}{marked}{snoozed}", list.rows.len())
}

/// `3 new, order changed: r applies`.
pub(super) fn waiting(scene: Scene<'_>) -> Option<String> {
    let waiting = scene.model.list.waiting;
    let mut parts = Vec::new();
    if waiting.new > 0 {
        parts.push(format!("{} new", waiting.new));
    }
    if waiting.left > 0 {
        parts.push(format!("{} left", waiting.left));
    }
    if waiting.moved {
        parts.push("order changed".to_owned());
    }
    (!parts.is_empty())
        .then(|| format!("{} applies: {}", scene.keymap.first(Action::Refresh), parts.join(", ")))
}

pub(super) fn ordering(scene: Scene<'_>) -> Vec<Span<'static>> {
    vec![Span::raw(format!(" {} ", sorting(scene).join(scene.theme.dot())))]
}

/// `by owner`, `sort: age ▴`.
fn sorting(scene: Scene<'_>) -> Vec<String> {
    let list = &scene.model.list;
    let group = (list.grouping != Grouping::None).then(|| format!("by {}", list.grouping.name()));
    let reversed = if list.sort.reversed { scene.theme.reversed() } else { "" };
    group.into_iter().chain([format!("sort: {}{reversed}", list.sort.sort.name())]).collect()
}

/// `/typed filter, 8/24 open, sort: attention, acme/api`.
pub(super) fn short_title(scene: Scene<'_>) -> String {
    let model = scene.model;
    let mut parts: Vec<String> = Vec::new();
    parts.extend((!model.list.filter_text.is_empty()).then(|| format!("/{}", model.list.filter_text)));
    parts.push(shown(scene));
    parts.extend(sorting(scene));
    let repository = model.repos.selected.map(|id| model.board.full_name(id).to_owned());
    parts.extend(repository);
    parts.join(", ")
}
