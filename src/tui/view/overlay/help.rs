//! The help: drawn from the table of actions, as the keys are bound now.

use ratatui::{Frame, style::Style};

use super::{Scene, boxed, middle};
use crate::{
    domain::{
        filter::GRAMMAR,
        insight::Risk,
        pipeline::StageStatus,
        text::{fit, wrap},
    },
    tui::{
        action::{Action, BINDINGS, Group},
        geometry::Area,
        view::pen::Pen,
    },
};

/// Cells of the keys' column, with the blanks around it.
const KEYS: usize = 22;
/// Columns of one column of the help, and of the screen where two fit.
const ONE: u16 = 78;
const TWO: u16 = 134;

enum Line {
    Heading(String),
    Row(String, String),
    Blank,
}

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, top: usize) {
    let two = scene.model.size.0 >= TWO;
    let cells = usize::from(if two { (TWO - 2) / 2 } else { ONE.min(scene.model.size.0) - 2 });
    let (keys, rest) = (broken(keys(scene), cells), broken(rest(scene), cells));
    let columns = if two { vec![keys, rest] } else { vec![keys.into_iter().chain(rest).collect()] };
    let longest = columns.iter().map(Vec::len).max().unwrap_or_default();
    let height = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(2);
    let area = middle(scene, if two { TWO } else { ONE }, height);
    let inside = boxed(scene, frame, area, title(scene));
    let top = top.min(longest.saturating_sub(usize::from(inside.height)));
    let width = if two { inside.width / 2 } else { inside.width };
    for (x, lines) in (inside.x..).step_by(usize::from(width.max(1))).zip(&columns) {
        column(scene, frame, Area { x, width, ..inside }, lines, top);
    }
}

fn title(scene: Scene<'_>) -> String {
    let key = |action| scene.keymap.first(action);
    format!(" Help: {} closes, {} and {} scroll ", key(Action::Back), key(Action::Down), key(Action::Up))
}

fn column(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, lines: &[Line], top: usize) {
    let theme = scene.theme;
    let visible = usize::from(area.height);
    let mut pen = Pen::new(frame, area, theme);
    for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
        match line {
            Line::Heading(text) => pen.put(&format!(" {text}"), theme.strong()),
            Line::Row(key, text) => {
                pen.put(&format!("  {} ", fit(key, KEYS - 3)), theme.accent());
                pen.put(text, Style::new());
            }
            Line::Blank => {}
        }
        if n + 1 == top + visible && n + 1 < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        pen.newline();
    }
}

/// Rows whose text is longer than the column go on below.
fn broken(lines: Vec<Line>, cells: usize) -> Vec<Line> {
    let mut out = Vec::new();
    for line in lines {
        let Line::Row(key, text) = line else {
            out.push(line);
            continue;
        };
        let mut parts = wrap(&text, cells.saturating_sub(KEYS).max(10), 9).into_iter();
        out.push(Line::Row(key, parts.next().unwrap_or_default()));
        out.extend(parts.map(|part| Line::Row(String::new(), part)));
    }
    out
}

fn keys(scene: Scene<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line::Heading(group.title().to_owned()));
        for binding in BINDINGS.iter().filter(|b| b.group == group) {
            lines.push(Line::Row(scene.keymap.label(binding.action), binding.help.to_owned()));
        }
        lines.push(Line::Blank);
    }
    lines
}

fn rest(scene: Scene<'_>) -> Vec<Line> {
    let mut lines = vec![Line::Heading("Filter: all terms must match".to_owned())];
    lines.extend(
        GRAMMAR.iter().map(|(example, meaning)| Line::Row((*example).to_owned(), (*meaning).to_owned())),
    );
    lines.push(Line::Blank);
    lines.push(Line::Heading("Signs".to_owned()));
    lines.extend(signs(scene));
    if let Some(source) = scene.model.link.source.as_ref().filter(|s| !s.missing.is_empty()) {
        lines.push(Line::Blank);
        lines.push(Line::Heading("What this database lacks".to_owned()));
        lines.extend(source.missing.iter().map(|text| Line::Row("-".to_owned(), text.clone())));
    }
    lines
}

fn signs(scene: Scene<'_>) -> Vec<Line> {
    let theme = scene.theme;
    let stages = [
        (StageStatus::Passed, "done and well"),
        (StageStatus::Running, "under way, or waited for"),
        (StageStatus::Pending, "nothing yet"),
        (StageStatus::Failed, "failed, in conflict, or changes asked for"),
        (StageStatus::Merged, "merged"),
        (StageStatus::Closed, "closed unmerged"),
        (StageStatus::Skipped, "not needed"),
    ];
    let risks = [
        (Risk::Low, "low risk"),
        (Risk::Medium, "medium risk"),
        (Risk::High, "high risk; dimmed when stale"),
    ];
    let row = |sign: &str, meaning: &str| Line::Row(sign.to_owned(), meaning.to_owned());
    stages
        .iter()
        .map(|(status, meaning)| row(theme.stage(status), meaning))
        .chain(risks.iter().map(|(risk, meaning)| row(theme.risk(risk), meaning)))
        .collect()
}
