//! The title of the list: its view, its counts, its order, and what waits to be applied.

use ratatui::{style::Modifier, text::Span};

use crate::{
    domain::{
        text::{truncate, width},
        view::Grouping,
    },
    tui::{action::Action, model::Waiting, view::Scene},
};

/// Fewest cells of a filter that is cut.
const LEAST_FILTER: usize = 5;

/// `Pull requests · acme/api · 8/24 open · typed filter`, in so many cells: the filter gives way.
pub(super) fn title(scene: Scene<'_>, cells: usize) -> Vec<Span<'static>> {
    let (model, theme) = (scene.model, scene.theme);
    let mut spans = vec![Span::styled(" Pull requests".to_owned(), theme.strong())];
    if let Some(id) = model.repos.selected {
        spans.push(Span::styled(format!("{}{}", theme.dot(), model.board.full_name(id)), theme.accent()));
    }
    let name = model.set_name().to_lowercase();
    spans.push(Span::styled(format!("{}{} ", theme.dot(), shown(scene, &name)), theme.dim()));
    let waiting = waiting(scene).map(|text| format!(" {text} ")).unwrap_or_default();
    let taken: usize = spans.iter().map(|span| width(&span.content)).sum::<usize>() + width(&waiting);
    if !model.list.filter_text.is_empty() {
        let text = format!("{}{}", theme.dot().trim_start(), model.list.filter_text);
        let room = cells.saturating_sub(taken + 1);
        spans.push(Span::styled(format!("{} ", truncate(&text, room)), theme.warn()));
    }
    if !waiting.is_empty() {
        spans.push(Span::styled(waiting, theme.warn().add_modifier(Modifier::BOLD)));
    }
    spans
}

/// `8/24`
fn counted(scene: Scene<'_>) -> String {
    let at = scene.model.position().map(|at| format!("{}/", at + 1)).unwrap_or_default();
    format!("{at}{}", scene.model.list.rows.len())
}

/// `8/24 open •2, 3 marked, 1 snoozed`, or without the name of the set.
fn shown(scene: Scene<'_>, name: &str) -> String {
    let list = &scene.model.list;
    let count = |n: usize, text: String| if n == 0 { String::new() } else { text };
    let news = count(list.news, format!(" {}{}", scene.theme.news(), list.news));
    let marked = count(list.marked.len(), format!(", {} marked", list.marked.len()));
    let snoozed = count(list.snoozed, format!(", {} snoozed", list.snoozed));
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    format!("{}{name}{news}{marked}{snoozed}", counted(scene))
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
    group.into_iter().chain([format!("sort: {}", sorted(scene))]).collect()
}

/// `age ▴`
fn sorted(scene: Scene<'_>) -> String {
    let order = scene.model.list.sort;
    format!("{}{}", order.sort.name(), if order.reversed { scene.theme.reversed() } else { "" })
}

/// `/typed filter, 8/24 open, sort: attention, acme/api`. In few cells the filter is cut, the repository and the
/// set's name go: the count and the order stay.
pub(super) fn short_title(scene: Scene<'_>, cells: usize) -> String {
    let model = scene.model;
    let list = &model.list;
    let filter = (!list.filter_text.is_empty()).then(|| format!("/{}", list.filter_text));
    let repository = model.repos.selected.map(|id| model.board.full_name(id).to_owned());
    let long = sorting(scene).join(", ");
    let short = sorted(scene);
    let whole = |order: &str| {
        let shown = shown(scene, &model.set_name().to_lowercase());
        let parts = filter.clone().into_iter().chain([shown, order.to_owned()]).chain(repository.clone());
        parts.collect::<Vec<_>>().join(", ")
    };
    let enough = [whole(&long), whole(&short)].into_iter().find(|text| width(text) <= cells);
    enough.unwrap_or_else(|| {
        let least = filter.as_ref().map_or(0, |_| LEAST_FILTER + 2);
        let [all, bare] = [shown(scene, ""), counted(scene)].map(|count| format!("{count}, {short}"));
        let told = if width(&all) + least <= cells { all } else { bare };
        let room = cells.saturating_sub(width(&told) + 2);
        match &filter {
            Some(filter) if room >= LEAST_FILTER => format!("{}, {told}", truncate(filter, room)),
            Some(_) | None => truncate(&told, cells).into_owned(),
        }
    })
}

/// The rule between list and details, or the frame, tells in full what waits: `r +3 −1 ↕`, with a blank before.
pub(super) fn waiting_sign(scene: Scene<'_>) -> String {
    let Waiting { new, left, moved } = scene.model.list.waiting;
    let count = |sign: &str, n: usize| if n == 0 { String::new() } else { format!(" {sign}{n}") };
    let moved = if moved { format!(" {}", scene.theme.moved()) } else { String::new() };
    let signs = format!("{}{}{moved}", count("+", new), count("−", left));
    if signs.is_empty() { signs } else { format!(" {}{signs}", scene.keymap.first(Action::Refresh)) }
}
