//! The checks of the head, by workflow.

use ratatui::{Frame, style::Style};

use super::{board, check, padded, story};
use crate::{
    domain::{
        check::{Check, CheckOutcome},
        text::{truncate, width},
        time::lasting,
    },
    tui::{
        geometry::{Area, PullAreas},
        model::{CheckLine, check_lines, group_of},
        pen::Pen,
        theme::Theme,
        view::Scene,
    },
};

/// Cells of the columns behind the name: how far it is, its usual time, its wait. Each is shown from so many cells on.
const STATE: usize = 18;
const USUAL: usize = 20;
const WAIT: usize = 16;
const ROOM_FOR_STATE: usize = 44;
const ROOM_FOR_USUAL: usize = 66;
const ROOM_FOR_WAIT: usize = 92;
/// Lines of what an insight says at most.
const PARAGRAPH: usize = 4;
/// Lines below the checks for what is told of reviews, too.
const ROOM_FOR_STORY: usize = 8;

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let (list, beside) = PullAreas::new(model.size).checks();
    let lines = check_lines(model.checks());
    if lines.is_empty() {
        let mut pen = Pen::new(frame, padded(list), theme);
        pen.newline();
        pen.paragraph(&nothing(scene), Style::new(), 3);
        return;
    }
    let mut pen = Pen::new(frame, list, theme);
    let shown = model.pull.top + pen.lines_left();
    for line in lines.iter().skip(model.pull.top).take(pen.lines_left()) {
        match line {
            CheckLine::Group(name) => heading(&mut pen, theme, name, model.checks()),
            CheckLine::Check(check) => row(scene, &mut pen, check),
        }
        if pen.lines_left() == 1 && shown < lines.len() {
            pen.put_right(&format!(" {} ", theme.below(lines.len() - shown)), theme.accent());
        }
        pen.newline();
    }
    let free = pen.lines_left();
    if free >= ROOM_FOR_STORY {
        let height = u16::try_from(free - 1).unwrap_or_default();
        story::draw(scene, &mut Pen::new(frame, padded(list.rows(list.height - height, height)), theme));
    }
    if let (Some(area), Some(check)) = (beside, model.check()) {
        let is_right = area.x > 0;
        let mut pen = Pen::new(frame, inside(area, is_right), theme);
        check::draw(scene, &mut pen, check, is_right);
        if is_right {
            insight(scene, &mut pen);
            divide(frame, area, theme);
        }
    }
}

/// What its insight says, in short.
fn insight(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(insight) = model.insight() else { return };
    pen.newline();
    pen.put("Insight ", theme.strong());
    pen.spans(&board::insight::level(scene, insight));
    pen.newline();
    for (text, sign) in [(&insight.summary, ""), (&insight.recommendation, theme.arrow())] {
        let Some(text) = text else { continue };
        if !sign.is_empty() {
            pen.put(&format!("{sign} "), theme.accent());
        }
        pen.paragraph(text, Style::new(), PARAGRAPH);
    }
}

/// Beside a rule at the left, or with blanks at both sides.
const fn inside(area: Area, is_right: bool) -> Area {
    if is_right { Area { x: area.x + 2, width: area.width.saturating_sub(3), ..area } } else { padded(area) }
}

/// A rule between the list and the selected check.
fn divide(frame: &mut Frame<'_>, area: Area, theme: Theme) {
    let mut pen = Pen::new(frame, Area { width: 1, ..area }, theme);
    for _ in 0..area.height {
        pen.line(theme.border().vertical_left, theme.dim());
    }
}

/// Why there is no check.
fn nothing(scene: Scene<'_>) -> String {
    let model = scene.model;
    match model.pull.key.and_then(|key| model.details.get(key)) {
        None => "Reading its checks …".to_owned(),
        Some(Err(error)) => error.clone(),
        Some(Ok(_)) => {
            let source = model.link.source.as_ref();
            let why = source.and_then(|source| source.no_checks.clone());
            why.unwrap_or_else(|| "No check of its head is stored.".to_owned())
        }
    }
}

/// `CI  1 failed, 1 running of 4`.
fn heading(pen: &mut Pen<'_>, theme: Theme, name: &str, checks: &[Check]) {
    let of = |outcome: &CheckOutcome| {
        checks.iter().filter(|check| group_of(check) == name && check.outcome == *outcome).count()
    };
    let all = checks.iter().filter(|check| group_of(check) == name).count();
    let states = [CheckOutcome::Failed, CheckOutcome::Running, CheckOutcome::Queued];
    let told = states.iter().map(|outcome| (of(outcome), outcome.word())).filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, word)| format!("{count} {word}")).collect();
    let told = if told.is_empty() { all.to_string() } else { format!("{} of {all}", told.join(", ")) };
    pen.to(1);
    let room = pen.room().saturating_sub(width(&told) + 3);
    pen.put(&truncate(name, room), theme.strong());
    pen.put(&format!("  {told}"), theme.dim());
}

fn row(scene: Scene<'_>, pen: &mut Pen<'_>, check: &Check) {
    let (model, theme) = (scene.model, scene.theme);
    let is_chosen = model.pull.check.as_ref() == Some(&check.id);
    let cells = usize::from(pen.width());
    let sign = check.outcome.sign();
    pen.pointer(is_chosen);
    pen.put(theme.stage(&sign), theme.stage_mark(&sign));
    pen.put(" ", Style::new());
    let columns = columns(cells);
    let room = cells.saturating_sub(pen.column() + columns + 1);
    pen.put(&truncate(check.name(), room), if is_chosen { theme.strong() } else { Style::new() });
    let mut at = cells.saturating_sub(columns);
    if cells >= ROOM_FOR_STATE {
        pen.to(at);
        pen.put(&truncate(&state(scene, check), STATE - 1), state_style(theme, check));
        at += STATE;
    } else if let Some(took) = check.took(model.pull.second) {
        pen.to(at);
        pen.put(&lasting(took), state_style(theme, check));
    }
    if cells >= ROOM_FOR_USUAL {
        pen.to(at);
        let (text, style) = usual(scene, check);
        pen.put(&truncate(&text, USUAL - 1), style);
        at += USUAL;
    }
    if cells >= ROOM_FOR_WAIT {
        pen.to(at);
        pen.put(&truncate(&wait(scene, check), WAIT - 1), theme.dim());
    }
}

/// Cells behind the name.
const fn columns(cells: usize) -> usize {
    match cells {
        ROOM_FOR_WAIT.. => STATE + USUAL + WAIT,
        ROOM_FOR_USUAL.. => STATE + USUAL,
        ROOM_FOR_STATE.. => STATE,
        _ => 8,
    }
}

/// `failed in 4m 12s`, `running 2m 04s`.
fn state(scene: Scene<'_>, check: &Check) -> String {
    let now = scene.model.pull.second;
    let word = check.outcome.word();
    let waits = || check.waited(now).map_or_else(String::new, |waited| format!(" {}", lasting(waited)));
    match &check.outcome {
        CheckOutcome::Queued => format!("{word}{}", waits()),
        CheckOutcome::Running => {
            check.took(now).map_or_else(|| word.to_owned(), |took| format!("{word} {}", lasting(took)))
        }
        CheckOutcome::Skipped => word.to_owned(),
        CheckOutcome::Passed | CheckOutcome::Failed | CheckOutcome::Other(_) => {
            check.took(now).map_or_else(|| word.to_owned(), |took| format!("{word} in {}", lasting(took)))
        }
    }
}

fn state_style(theme: Theme, check: &Check) -> Style {
    match check.outcome {
        CheckOutcome::Failed => theme.bad(),
        CheckOutcome::Running => theme.warn(),
        CheckOutcome::Queued | CheckOutcome::Passed | CheckOutcome::Skipped | CheckOutcome::Other(_) => {
            Style::new()
        }
    }
}

/// `3.1× usual 1m 20s`, `usually 1m 20s`.
fn usual(scene: Scene<'_>, check: &Check) -> (String, Style) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(usual) = model.usual(check).filter(|_| check.outcome != CheckOutcome::Skipped) else {
        return (String::new(), theme.dim());
    };
    let half = lasting(usual.half);
    match check.took(model.pull.second).and_then(|took| usual.times(took)) {
        Some(times) => (format!("{times:.1}× usual {half}"), theme.warn()),
        None => (format!("usually {half}"), theme.dim()),
    }
}

/// `waited 12s`, of those that have begun.
fn wait(scene: Scene<'_>, check: &Check) -> String {
    let waited = check.waited(scene.model.pull.second).filter(|waited| waited.num_seconds() > 0);
    waited
        .filter(|_| check.outcome != CheckOutcome::Queued)
        .map(|waited| format!("waited {}", lasting(waited)))
        .unwrap_or_default()
}
