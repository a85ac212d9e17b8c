//! What the help says, and how long that is: drawn from the table of actions and the filter's grammar.

use super::{
    action::{Action, BINDINGS, Group},
    geometry::{Area, middle},
    model::Model,
};
use crate::domain::{
    filter::GRAMMAR, insight::Risk, pipeline::StageStatus, request::RequestState, text::wrap,
};

/// Cells of the first column, with the blanks around it.
pub const KEYS: usize = 22;
/// Columns of one column of the help, and of the screen where two fit.
const ONE: u16 = 78;
const TWO: u16 = 134;

/// A line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Begins a group.
    Heading(&'static str),
    /// What stands in the first column, and its meaning.
    Row(Sign, String),
    /// Ends a group.
    Blank,
}

/// What is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The keys of an action.
    Keys(Action),
    /// A text as it is.
    Text(&'static str),
    /// A stage's glyph.
    Stage(StageStatus),
    /// A risk's glyph.
    Risk(Risk),
    /// A request's glyph.
    Request(RequestState),
}

/// The box that the help asks for.
pub fn area(model: &Model) -> Area {
    let longest = columns(model).iter().map(Vec::len).max().unwrap_or_default();
    let height = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(2);
    middle(model.size, if is_double(model) { TWO } else { ONE }, height)
}

/// The lowest line that the help can begin with.
pub fn last_top(model: &Model) -> usize {
    let longest = columns(model).iter().map(Vec::len).max().unwrap_or_default();
    longest.saturating_sub(usize::from(area(model).framed().height))
}

fn is_double(model: &Model) -> bool {
    model.size.0 >= TWO
}

/// Its lines, in one or two columns; long ones go on below.
pub fn columns(model: &Model) -> Vec<Vec<Line>> {
    let is_double = is_double(model);
    let cells = usize::from(if is_double { (TWO - 2) / 2 } else { ONE.min(model.size.0).saturating_sub(2) });
    let (keys, rest) = (broken(keys(), cells), broken(rest(model), cells));
    if is_double { vec![keys, rest] } else { vec![keys.into_iter().chain(rest).collect()] }
}

fn broken(lines: Vec<Line>, cells: usize) -> Vec<Line> {
    let mut out = Vec::new();
    for line in lines {
        let Line::Row(sign, text) = line else {
            out.push(line);
            continue;
        };
        let mut parts = wrap(&text, cells.saturating_sub(KEYS).max(10), 9).into_iter();
        out.push(Line::Row(sign, parts.next().unwrap_or_default()));
        out.extend(parts.map(|part| Line::Row(Sign::Text(""), part)));
    }
    out
}

fn keys() -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line::Heading(group.title()));
        let rows = BINDINGS.iter().filter(|b| b.group == group);
        lines.extend(rows.map(|b| Line::Row(Sign::Keys(b.action), b.help.to_owned())));
        lines.push(Line::Blank);
    }
    lines
}

fn rest(model: &Model) -> Vec<Line> {
    let mut lines = vec![Line::Heading("Filter: all terms must match")];
    let row = |sign: Sign, text: &str| Line::Row(sign, text.to_owned());
    lines.extend(GRAMMAR.iter().map(|(example, meaning)| row(Sign::Text(example), meaning)));
    lines.push(Line::Blank);
    lines.push(Line::Heading("Signs"));
    let stages = [
        (StageStatus::Passed, "done and well"),
        (StageStatus::Running, "under way, or waited for"),
        (StageStatus::Pending, "nothing yet"),
        (StageStatus::Failed, "failed, in conflict, or changes asked for"),
        (StageStatus::Merged, "merged"),
        (StageStatus::Closed, "closed unmerged"),
        (StageStatus::Skipped, "not needed"),
    ];
    lines.extend(stages.map(|(status, meaning)| row(Sign::Stage(status), meaning)));
    let risks = [
        (Risk::Low, "low risk"),
        (Risk::Medium, "medium risk"),
        (Risk::High, "high risk; dimmed when stale"),
    ];
    lines.extend(risks.map(|(risk, meaning)| row(Sign::Risk(risk), meaning)));
    lines.push(row(
        Sign::Request(RequestState::Queued),
        "a new insight is asked for; then running, or failed",
    ));
    lines.push(row(Sign::Text("~"), "behind a risk's sign: made here, stored nowhere"));
    if let Some(source) = model.link.source.as_ref().filter(|source| !source.missing.is_empty()) {
        lines.push(Line::Blank);
        lines.push(Line::Heading("What this database lacks"));
        lines.extend(source.missing.iter().map(|text| row(Sign::Text("-"), text)));
    }
    lines
}
