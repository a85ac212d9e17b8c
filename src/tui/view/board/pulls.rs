//! The list of pull requests.

use ratatui::Frame;

use super::{
    cells::{cell, heading},
    title::{ordering, title},
};
use crate::{
    domain::{
        filter::NEEDS_ME,
        group::Group,
        insight::Risk,
        pipeline::StageStatus,
        text::{quoted, truncate, width},
        view::Column,
    },
    tui::{
        action::Action,
        columns::{Fitted, fit},
        geometry::{Area, Pane},
        model::ListLine,
        pen::{Pen, frame_of, rect},
        view::Scene,
    },
};

/// Branches upon branches that are told apart.
const DEEPEST: u8 = 4;

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let areas = model.areas();
    let focused = model.focus == Pane::Pulls;
    let order = ordering(scene);
    // The corners, an end of the frame at each side, and a bit of it between both.
    let taken = order.iter().map(|span| width(&span.content)).sum::<usize>() + 7;
    let title = title(scene, usize::from(area.width).saturating_sub(taken));
    let inside = frame_of(frame, area, areas.bordered, focused, theme, (title, order));
    let mut pen = Pen::new(frame, inside, theme);
    let (cells, needs) = model.list_room();
    let columns = fit(cells, needs, &model.list.columns);
    pen.put("  ", theme.dim());
    headings(scene, &mut pen, &columns);
    pen.newline();
    let (titles, lines) = (inside.y + 1, pen.lines_left());
    for line in (model.list.top..).take(lines) {
        match model.list.line(line) {
            Some(ListLine::Row(at)) => row(scene, &mut pen, &columns, at),
            Some(ListLine::Group(at)) => group(scene, &mut pen, &model.list.groups[at]),
            None => break,
        }
    }
    if model.list.rows.is_empty() {
        nothing(scene, &mut pen);
    }
    let line = model.position().map(|at| model.list.line_of(at));
    let line = line.and_then(|line| line.checked_sub(model.list.top)).filter(|line| *line < lines);
    if let Some(line) = line.and_then(|line| u16::try_from(line).ok()) {
        bar(scene, frame, Area { y: titles + line, height: 1, ..inside });
    }
}

/// The headings of the columns. A filter in the list's title may need the place of those behind whose columns tell
/// themselves what they are.
fn headings(scene: Scene<'_>, pen: &mut Pen<'_>, columns: &[Fitted]) {
    let mut end = pen.column();
    for (at, column) in columns.iter().enumerate() {
        let start = end;
        end += column.cells + 1;
        if pen.column() > start {
            pen.to(end);
            continue;
        }
        let behind = columns[at + 1..].iter();
        let plain = behind.take_while(|one| matches!(one.column, Column::Repository | Column::Author));
        heading(scene, pen, *column, plain.map(|one| one.cells + 1).sum());
    }
}

/// The background of the selected row, from end to end, where the terminal has such colours.
fn bar(scene: Scene<'_>, frame: &mut Frame<'_>, row: Area) {
    let Some(color) = scene.model.look.palette().selected.filter(|_| scene.theme.color) else { return };
    for place in rect(row).positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(place) {
            cell.bg = color;
        }
    }
}

/// `acme/api · 24 ✗3 ▲2`
fn group(scene: Scene<'_>, pen: &mut Pen<'_>, group: &Group) {
    let theme = scene.theme;
    let signed = |sign: &str, n: usize| if n == 0 { String::new() } else { format!(" {sign}{n}") };
    let failing = signed(theme.stage(&StageStatus::Failed), group.failing);
    let high_risk = signed(theme.risk(&Risk::High), group.high_risk);
    let count = format!("{}{}", theme.dot(), group.len);
    let taken: usize = [&count, &failing, &high_risk].map(|text| width(text)).iter().sum();
    pen.put(" ", theme.dim());
    pen.put(&truncate(&group.name, pen.room().saturating_sub(taken + 1)), theme.accent());
    pen.put(&count, theme.dim());
    pen.put(&format!("{failing}{high_risk}"), theme.bad());
    pen.newline();
}

fn row(scene: Scene<'_>, pen: &mut Pen<'_>, columns: &[Fitted], at: usize) {
    let (model, theme) = (scene.model, scene.theme);
    let key = model.list.rows[at];
    let Some(pr) = model.board.pull(key) else {
        pen.newline();
        return;
    };
    let is_selected = model.list.selected == Some(key);
    pen.pointer(is_selected);
    match (model.list.marked.contains(&key), model.seen.is_news(key)) {
        (true, _) => pen.put(theme.mark(), theme.warn()),
        (false, true) => pen.put(theme.news(), theme.accent()),
        (false, false) => pen.put(" ", theme.warn()),
    }
    for column in columns {
        let mut column = *column;
        if column.column == Column::Title {
            column.cells -= branch(scene, pen, column.cells, model.list.depth(at));
        }
        cell(scene, pen, column, pr, is_selected);
    }
    pen.newline();
}

/// Where a branch stands upon another one; the cells that this takes of the title.
fn branch(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, depth: u8) -> usize {
    if depth == 0 {
        return 0;
    }
    let indent = " ".repeat(2 * usize::from(depth.min(DEEPEST) - 1));
    let text = truncate(&format!("{indent}{}", scene.theme.branch()), cells / 2).into_owned();
    pen.put(&text, scene.theme.dim());
    width(&text)
}

/// Why the list is empty, and a way out.
fn nothing(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme, keymap) = (scene.model, scene.theme, scene.keymap);
    if !model.link.loaded {
        return;
    }
    pen.newline();
    let (name, set) = (model.set_name(), model.set());
    let (all, typed) = (set.is_empty(), &model.list.filter_text);
    let what = match (typed.is_empty(), all) {
        (true, true) => "There is no pull request.".to_owned(),
        (true, false) => format!("No pull request is in the view {name}."),
        (false, true) => format!("Nothing matches {}.", quoted(typed)),
        (false, false) => format!("Nothing in the view {name} matches {}.", quoted(typed)),
    };
    let unknown = model.me.is_none() && (set.needs_me() || model.list.filter.needs_me());
    let who = if unknown { format!(" {NEEDS_ME}.") } else { String::new() };
    let clear = if typed.is_empty() {
        String::new()
    } else {
        format!("{} clears the filter, ", keymap.first(Action::Back))
    };
    let hidden = match model.list.snoozed {
        0 => String::new(),
        n => format!(" {n} snoozed: /is:snoozed shows them."),
    };
    let text = format!("{what}{who}{hidden} {clear}{} shows the next view.", keymap.first(Action::NextView));
    pen.to(2);
    pen.paragraph(&text, theme.dim(), 5);
}
