//! The title of the list: its view, its counts, its order, and what waits to be applied.

use ratatui::{style::Modifier, text::Span};

use crate::{
    domain::{
        text::{truncate, width},
        view::{Grouping, View},
    },
    tui::{
        action::Action,
        model::{PullList, Waiting},
        view::Scene,
    },
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
    let (typed, since) = filtered(&model.list);
    let shown = format!("{} {name}{since}{}", counted(scene), noted(scene).concat());
    spans.push(Span::styled(format!("{}{shown} ", theme.dot()), theme.dim()));
    let waiting = waiting(scene).map(|text| format!(" {text} ")).unwrap_or_default();
    let taken: usize = spans.iter().map(|span| width(&span.content)).sum::<usize>() + width(&waiting);
    if let Some(filter) = typed {
        let text = format!("{}{filter}", theme.dot().trim_start());
        let room = cells.saturating_sub(taken + 1);
        spans.push(Span::styled(format!("{} ", truncate(&text, room)), theme.warn()));
    }
    if !waiting.is_empty() {
        spans.push(Span::styled(waiting, theme.warn().add_modifier(Modifier::BOLD)));
    }
    spans
}

/// The typed filter; or the words for the one that nobody types.
fn filtered(list: &PullList) -> (Option<&str>, &'static str) {
    match list.filter_text.as_str() {
        "" => (None, ""),
        View::YESTERDAY => (None, " since yesterday"),
        text => (Some(text), ""),
    }
}

/// `8/24`
fn counted(scene: Scene<'_>) -> String {
    let at = scene.model.position().map(|at| format!("{}/", at + 1)).unwrap_or_default();
    format!("{at}{}", scene.model.list.rows.len())
}

/// ` •2`, `, 3 marked`, `, 1 snoozed`, each where there are such.
fn noted(scene: Scene<'_>) -> [String; 3] {
    let list = &scene.model.list;
    let count = |n: usize, text: String| if n == 0 { String::new() } else { text };
    [
        count(list.news, format!(" {}{}", scene.theme.news(), list.news)),
        count(list.marked.len(), format!(", {} marked", list.marked.len())),
        count(list.snoozed, format!(", {} snoozed", list.snoozed)),
    ]
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

/// The turns of the parts of a short title, of which the last gives way first: the filter has the first one.
const COUNT: u8 = 1;
const LAST: u8 = 7;

/// `/typed filter, 8/24 open, sort: attention, acme/api` in so many cells; `wide` are there for filter and count alone.
pub(super) fn short_title(scene: Scene<'_>, cells: usize, wide: usize) -> String {
    let model = scene.model;
    let list = &model.list;
    let (typed, since) = filtered(list);
    let filter = typed.map(|text| format!("/{text}"));
    let comma = if filter.is_some() { ", " } else { "" };
    let [news, marked, snoozed] = noted(scene);
    // What a filter leaves of a view needs its name the least, and so does a view whose tab stands above.
    let brief = width(&format!("{}, {}", counted(scene), sorted(scene)));
    let is_on_tab = model.areas().views.is_some() && since.is_empty() && brief <= cells;
    let is_named = filter.is_some() || is_on_tab;
    let (order_turn, name_turn) = if is_named { (2, 5) } else { (5, 2) };
    let repository = model.repos.selected.map(|id| format!(", {}", model.board.full_name(id)));
    let parts = |order: String| {
        [
            (0, filter.clone().unwrap_or_default()),
            (COUNT, format!("{comma}{}", counted(scene))),
            (name_turn, format!(" {}{since}", model.set_name().to_lowercase())),
            (3, news.clone()),
            (4, format!("{marked}{snoozed}")),
            (order_turn, format!(", {order}")),
            (6, repository.clone().unwrap_or_default()),
        ]
    };
    let shown = |order: String, most: u8| -> String {
        parts(order).into_iter().filter(|(turn, _)| *turn <= most).map(|(_, text)| text).collect()
    };
    let fits = |most: u8, room: usize| {
        // All of it, with the words of the order.
        let order = if most == LAST { sorting(scene).join(", ") } else { sorted(scene) };
        Some(shown(order, most)).filter(|text| width(text) <= room)
    };
    let kept = if since.is_empty() { COUNT } else { name_turn };
    let least = if filter.is_some() { 0 } else { kept };
    let whole = (kept..=LAST).rev().find_map(|most| fits(most, cells));
    let some = || (least..=kept).rev().find_map(|most| fits(most, wide));
    whole.or_else(some).unwrap_or_else(|| {
        let count = format!(", {}", list.rows.len());
        let room = wide.saturating_sub(width(&count));
        match &filter {
            Some(filter) if room >= LEAST_FILTER => format!("{}{count}", truncate(filter, room)),
            Some(filter) => truncate(filter, wide).into_owned(),
            None => truncate(&format!("{}{since}", counted(scene)), wide).into_owned(),
        }
    })
}

/// What waits, where neither the rule between list and details nor a frame tells it in full: `r +3 −1 ↕`, with a blank
/// before.
pub(super) fn waiting_sign(scene: Scene<'_>) -> String {
    let Waiting { new, left, moved } = scene.model.list.waiting;
    let count = |sign: &str, n: usize| if n == 0 { String::new() } else { format!(" {sign}{n}") };
    let moved = if moved { format!(" {}", scene.theme.moved()) } else { String::new() };
    let signs = format!("{}{}{moved}", count("+", new), count("−", left));
    if signs.is_empty() { signs } else { format!(" {}{signs}", scene.keymap.first(Action::Refresh)) }
}
