//! The list of pull requests.

use chrono::{DateTime, Local, Utc};
use ratatui::{
    Frame,
    style::{Modifier, Style},
    text::Span,
};

use super::{
    Scene,
    pen::{Pen, frame_of},
};
use crate::{
    domain::{
        ids::PrKey,
        pipeline::Stage,
        pr_state::PrState,
        pull_request::PullRequest,
        text::{fit, truncate, width},
        time::age,
    },
    tui::{
        action::Action,
        geometry::{Area, Pane},
        model::Model,
    },
};

/// Cells between two stages of the wide form: a glyph and three of connector.
const STAGE_STEP: usize = 4;

/// Which columns fit, and how wide they are; 0 leaves one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    number: usize,
    title: usize,
    repository: usize,
    author: usize,
    stages: usize,
    risk: usize,
    age: usize,
}

impl Columns {
    fn fit(room: usize, all_repositories: bool, absolute: bool) -> Self {
        let age = if absolute { 12 } else { 4 };
        let mut columns = Self { number: 5, title: 0, repository: 0, author: 0, stages: 7, risk: 1, age };
        if room < 44 {
            columns = Self { stages: 4, age: 0, ..columns };
        }
        // Gutter and mark take two cells; each column but the last is followed by one.
        let fixed = 2
            + columns.number
            + 1
            + columns.stages
            + 1
            + columns.risk
            + 1
            + (columns.age + 1).min(columns.age * 2);
        let mut title = room.saturating_sub(fixed);
        let mut take = |wanted: usize, title_keeps: usize| {
            let fits = title >= wanted + title_keeps;
            if fits {
                title -= wanted;
            }
            fits
        };
        if all_repositories && take(11, 16) {
            columns.repository = 10;
        }
        if take(7, 28) {
            columns.risk = 8;
        }
        if take(11, 30) {
            columns.author = 10;
        }
        if columns.repository > 0 && take(4, 30) {
            columns.repository = 14;
        }
        if take(8, 34) {
            columns.stages = 15;
        }
        if columns.repository > 0 && take(6, 40) {
            columns.repository = 20;
        }
        if columns.author > 0 && take(4, 50) {
            columns.author = 14;
        }
        columns.title = title;
        columns
    }
}

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let areas = model.areas();
    let focused = model.focus == Pane::Pulls;
    let inside = frame_of(frame, area, areas.bordered, focused, theme, (title(scene), ordering(scene)));
    let mut pen = Pen::new(frame, inside, theme);
    let columns =
        Columns::fit(usize::from(inside.width), model.repos.selected.is_none(), model.absolute_times);
    titles(scene, &mut pen, columns);
    let rows = model.list.rows.iter().skip(model.list.top).take(pen.lines_left());
    for key in rows {
        row(scene, &mut pen, columns, *key);
    }
    if model.list.rows.is_empty() {
        nothing(scene, &mut pen);
    }
}

/// `Pull requests · acme/api · 24 of 30`.
fn title(scene: Scene<'_>) -> Vec<Span<'static>> {
    let (model, theme) = (scene.model, scene.theme);
    let mut spans = vec![Span::styled(" Pull requests", theme.strong())];
    if let Some(id) = model.repos.selected {
        spans.push(Span::styled(format!("{}{}", theme.dot(), model.board.full_name(id)), theme.accent()));
    }
    spans.push(Span::styled(format!("{}{} ", theme.dot(), shown(model)), theme.dim()));
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

fn shown(model: &Model) -> String {
    let marked = model.list.marked.len();
    let count = model.list.rows.len();
    let name = model.list.quick.name();
    if marked == 0 { format!("{count} {name}") } else { format!("{count} {name}, {marked} marked") }
}

/// `3 new, order changed: r applies`.
pub(super) fn waiting(scene: Scene<'_>) -> Option<String> {
    let waiting = scene.model.list.waiting;
    let mut parts = Vec::new();
    if waiting.new > 0 {
        parts.push(format!("{} new", waiting.new));
    }
    if waiting.left > 0 {
        parts.push(format!("{} done", waiting.left));
    }
    if waiting.moved {
        parts.push("order changed".to_owned());
    }
    (!parts.is_empty())
        .then(|| format!("{}: {} applies", parts.join(", "), scene.keymap.first(Action::Refresh)))
}

fn ordering(scene: Scene<'_>) -> Vec<Span<'static>> {
    vec![Span::styled(format!(" sort: {} ", scene.model.list.sort.name()), scene.theme.dim())]
}

fn titles(scene: Scene<'_>, pen: &mut Pen<'_>, columns: Columns) {
    let dim = scene.theme.dim();
    let stages = if columns.stages == 15 {
        "PR  Bld App Mrg"
    } else if columns.stages == 7 {
        "P B A M"
    } else {
        "PBAM"
    };
    pen.put("  ", dim);
    pen.put(&format!("{:>w$} ", "#", w = columns.number), dim);
    if scene.model.areas().bordered {
        column(pen, columns.title, "Title", dim);
    } else {
        // Without borders this line carries the title, or what waits.
        if let Some(text) = waiting(scene) {
            column(pen, columns.title, &text, scene.theme.warn());
        } else {
            let text: String = title(scene).iter().map(|span| span.content.as_ref()).collect();
            column(pen, columns.title, text.trim(), dim);
        }
    }
    column(pen, columns.repository, "Repository", dim);
    column(pen, columns.author, "Author", dim);
    column(pen, columns.stages, stages, dim);
    column(pen, columns.risk, if columns.risk > 1 { "Risk" } else { "R" }, dim);
    if columns.age > 0 {
        pen.put(&format!("{:>w$}", if columns.age > 4 { "Opened" } else { "Age" }, w = columns.age), dim);
    }
    pen.newline();
}

/// A column's text and the gap after it.
fn column(pen: &mut Pen<'_>, cells: usize, text: &str, style: Style) {
    if cells > 0 {
        pen.put(&fit(text, cells), style);
        pen.put(" ", style);
    }
}

fn row(scene: Scene<'_>, pen: &mut Pen<'_>, columns: Columns, key: PrKey) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(pr) = model.board.pull(key) else {
        pen.newline();
        return;
    };
    let selected = model.list.selected == Some(key);
    let marked = model.list.marked.contains(&key);
    let base = if pr.state.is_open() { Style::new() } else { theme.dim() };
    let title_style = if selected { theme.strong() } else { base };
    pen.put(if selected { theme.cursor() } else { " " }, theme.accent());
    pen.put(if marked { theme.mark() } else { " " }, theme.warn());
    pen.put(&format!("{:>w$} ", number(pr, columns.number), w = columns.number), theme.dim());
    title_cell(scene, pen, columns.title, pr, title_style);
    let name = model.board.full_name(key.repo);
    let name = if columns.repository >= 20 { name } else { name.rsplit('/').next().unwrap_or(name) };
    column(pen, columns.repository, name, theme.dim());
    column(pen, columns.author, pr.author.as_deref().unwrap_or("–"), theme.dim());
    stages(scene, pen, columns.stages, pr);
    risk(scene, pen, columns.risk, pr);
    if columns.age > 0 {
        let text = pr.created_at.map_or_else(|| "–".to_owned(), |at| moment(model, at));
        pen.put(&format!("{text:>w$}", w = columns.age), theme.dim());
    }
    pen.newline();
}

fn number(pr: &PullRequest, cells: usize) -> String {
    truncate(&pr.key.number.get().to_string(), cells).into_owned()
}

fn title_cell(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest, style: Style) {
    let theme = scene.theme;
    let start = pen.column();
    let prefix = match (&pr.state, pr.title.is_empty()) {
        (PrState::Draft, _) => "draft ",
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), true) => {
            "(run without a pull request)"
        }
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), false) => "",
    };
    let prefix = truncate(prefix, cells);
    pen.put(&prefix, theme.dim());
    pen.put(&truncate(&pr.title, cells.saturating_sub(width(&prefix))), style);
    pen.to(start + cells + 1);
}

fn stages(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest) {
    let theme = scene.theme;
    let start = pen.column();
    for stage in Stage::ALL {
        let status = pr.status(stage);
        pen.put(theme.stage(status), theme.stage_style(status));
        if stage == Stage::Merge {
            break;
        }
        match cells {
            15 => pen.put(&theme.thin().repeat(STAGE_STEP - 1), theme.dim()),
            7 => pen.put(" ", theme.dim()),
            _ => {}
        }
    }
    pen.to(start + cells + 1);
}

fn risk(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest) {
    let theme = scene.theme;
    let start = pen.column();
    if let Some(risk) = pr.insight.as_ref().and_then(|insight| insight.risk.as_ref()) {
        let outdated = pr.is_stale() == Some(true);
        let style = if outdated { theme.dim() } else { theme.risk_style(risk) };
        pen.put(theme.risk(risk), style);
        if cells > 1 {
            pen.put(&truncate(&format!(" {}", risk.word()), cells - 1), style);
        }
    }
    pen.to(start + cells + 1);
}

/// An age, or the moment itself.
fn moment(model: &Model, at: DateTime<Utc>) -> String {
    if model.absolute_times {
        at.with_timezone(&Local).format("%d %b %H:%M").to_string()
    } else {
        age(model.minute, at)
    }
}

/// Why no line is shown, and what to do.
fn nothing(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme, keymap) = (scene.model, scene.theme, scene.keymap);
    if !model.link.loaded {
        return;
    }
    pen.newline();
    let quick = model.list.quick.name();
    let text = if model.list.filter_text.is_empty() {
        let mine = matches!(quick, "mine" | "waiting on me") && model.me.is_none();
        let why = if mine { "; say who you are: me = \"login\" in the config" } else { "" };
        format!("No pull request is {quick}{why}. {} shows the next set.", keymap.first(Action::QuickFilter))
    } else {
        format!(
            "Nothing {quick} matches {:?}. {} clears the filter, {} shows the next set.",
            model.list.filter_text,
            keymap.first(Action::Back),
            keymap.first(Action::QuickFilter)
        )
    };
    pen.to(2);
    pen.paragraph(&text, theme.dim(), 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_line_at_every_width() {
        for room in 20..200 {
            for all in [false, true] {
                let c = Columns::fit(room, all, room % 2 == 0);
                let gaps =
                    [c.title, c.repository, c.author, c.stages, c.risk].iter().filter(|w| **w > 0).count()
                        + 1;
                let used =
                    2 + c.number + c.title + c.repository + c.author + c.stages + c.risk + c.age + gaps;
                assert!(used <= room + 1, "{room}: {c:?} uses {used}");
                assert!(c.title >= 5, "{room}: {c:?}");
            }
        }
    }
}
