//! Drawing of a log.

use ratatui::{
    Frame,
    style::{Color, Modifier, Style},
    widgets::Clear,
};

use super::{
    super::{
        coloured::coloured,
        lines::{Line, Rows as _},
    },
    Backdrop, LogView,
    content::Place,
};
use crate::{
    domain::{
        check::{Check, CheckOutcome},
        log::{Hue, Ink, Kind, Row, Span, StepEnd, size},
        pipeline::StageStatus,
        text::{counted, width},
        time::elapsed,
    },
    tui::{
        action::Action,
        geometry::{Area, body},
        keymap::Keymap,
        pen::{Pen, put_cursor, rect},
        theme::Theme,
    },
};

/// `10:00:00 `
const STAMP: usize = 9;
/// Cells behind the job's name: `  failed in 12m 31s · attempt 2 of 3`.
const ROOM_FOR_OUTCOME: usize = 37;

pub(super) const fn stamp_cells(stamps: bool) -> usize {
    if stamps { STAMP } else { 0 }
}

pub(super) fn draw(view: &LogView, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
    let area = body(back.size);
    frame.render_widget(Clear, rect(area));
    let cursor = head(view, back, Area { height: 1, ..area }, theme, frame);
    if let Some((check, _)) = &view.newer {
        let mut pen = Pen::new(frame, area.rows(1, 1), theme);
        let (told, style) = newer(check, back, theme);
        pen.put(&format!(" {told}"), style);
        pen.put(theme.dot(), theme.dim());
        pen.put(&keymap.first(Action::Earlier), theme.accent());
        pen.put(" shows it", theme.dim());
    }
    let rest = view.area(back.size);
    if view.content.count() == 0 {
        nothing(view, &mut Pen::new(frame, rest, theme), keymap, theme);
    } else {
        rows(view, view.top(back.size), &mut Pen::new(frame, rest, theme), theme);
    }
    if let Some(column) = cursor {
        put_cursor(frame, area, column);
    }
}

/// The first line: which log it is; returns the column of the cursor while one types there.
fn head(
    view: &LogView,
    back: Backdrop<'_>,
    area: Area,
    theme: Theme,
    frame: &mut Frame<'_>,
) -> Option<usize> {
    let mut pen = Pen::new(frame, area, theme);
    let (repository, number) = (back.board.full_name(view.key().repo), view.key().number);
    let whole = format!(" {repository}{number}");
    let fits = width(&whole) + width(&view.ask.name) + ROOM_FOR_OUTCOME <= pen.room();
    pen.put(&if fits { whole } else { format!(" {number}") }, theme.accent());
    pen.put(&format!("  {}", view.ask.name), theme.strong());
    if let Some(search) = &view.search {
        let column = search.draw(&mut pen, view.cursor, theme);
        return search.typing.then_some(column);
    }
    if let Some(job) = &view.job {
        let outcome = job.outcome();
        let took =
            job.started_at.zip(job.completed_at).map(|(start, end)| format!(" in {}", elapsed(end, start)));
        let (word, style) = match &outcome {
            CheckOutcome::Failed => ("failed", theme.bad()),
            CheckOutcome::Passed => ("passed", theme.good()),
            CheckOutcome::Running => ("runs", theme.warn()),
            CheckOutcome::Queued => ("waits", theme.dim()),
            CheckOutcome::Skipped => ("skipped", theme.dim()),
            CheckOutcome::Other(word) => (word.as_str(), Style::new()),
        };
        // GitHub's own word says more.
        let word =
            job.conclusion.as_deref().filter(|word| !matches!(*word, "failure" | "success")).unwrap_or(word);
        pen.put(&format!("  {}{}", word.replace('_', " "), took.unwrap_or_default()), style);
    }
    let attempt = view.ask.attempt.or_else(|| view.job.as_ref()?.attempt).zip(view.newest);
    if let Some((attempt, newest)) = attempt.filter(|(_, newest)| newest.number > 1) {
        pen.put(&format!("{}attempt {} of {}", theme.dot(), attempt.number, newest.number), theme.warn());
    }
    let told = view.said.or(view.refused.as_deref().filter(|_| view.content.count() > 0));
    let told = told.map(|told| format!("   {told}")).unwrap_or_default();
    // Whole ones, as far as there is room beside what is told of the last key.
    for fact in facts(view) {
        let fact = format!("{}{fact}", theme.dot());
        if width(&fact) + width(&told) > pen.room() {
            break;
        }
        pen.put(&fact, theme.dim());
    }
    pen.put(&told, theme.warn());
    None
}

/// `attempt 2 has run for 12s`
fn newer(check: &Check, back: Backdrop<'_>, theme: Theme) -> (String, Style) {
    let attempt = check.attempt.map_or_else(|| "a newer attempt".to_owned(), |n| format!("attempt {n}"));
    let style = theme.stage_style(&check.outcome.sign());
    let told = match (&check.outcome, check.started_at) {
        (CheckOutcome::Running, Some(start)) => format!("has run for {}", elapsed(back.second, start)),
        (CheckOutcome::Running, None) => "runs".to_owned(),
        (CheckOutcome::Queued, _) => "waits for a runner".to_owned(),
        (CheckOutcome::Skipped, _) => "was skipped".to_owned(),
        (CheckOutcome::Passed | CheckOutcome::Failed | CheckOutcome::Other(_), _) => {
            check.outcome.word().to_owned()
        }
    };
    (format!("{attempt} {told}"), style)
}

/// Sizes and counts, most useful first.
fn facts(view: &LogView) -> Vec<String> {
    let log = view.content.log();
    if log.is_empty() {
        return vec![];
    }
    let mut parts = Vec::new();
    let count = |n: usize, what: &str| (n > 0).then(|| counted(n, what));
    parts.extend((log.is_early && view.refused.is_none()).then(|| "reading the rest …".to_owned()));
    parts.extend(
        log.is_preamble.then(|| "only the runner's first words: its page may have more (o)".to_owned()),
    );
    parts.extend(count(view.content.errors(), "error"));
    parts.extend((log.left_out() > 0 && !log.is_early).then(|| format!("{} left out", size(log.left_out()))));
    parts.extend(count(view.content.notes(), "annotation"));
    parts.push(size(view.read));
    parts
}

fn nothing(view: &LogView, pen: &mut Pen<'_>, keymap: &Keymap, theme: Theme) {
    pen.newline();
    pen.to(1);
    match &view.refused {
        Some(_) if view.has_ended() => {
            pen.paragraph("It has ended since: its log can be read now.", Style::new(), 2);
        }
        Some(why) => {
            pen.paragraph(why, Style::new(), 6);
            pen.newline();
            pen.to(1);
            let key = |action| keymap.first(action);
            let earlier = view.newest.filter(|newest| newest.number > 1 && view.ask.attempt.is_none());
            let earlier = earlier.map(|_| format!("{} shows the attempt before, ", key(Action::Earlier)));
            let rest =
                format!("{} opens its page, {} goes back.", key(Action::OpenPullRequest), key(Action::Back));
            pen.paragraph(&(earlier.unwrap_or_default() + &rest), theme.dim(), 2);
        }
        None if view.content.log().bytes == 0 && view.read > 0 => {
            pen.paragraph(&format!("Reading the log: {} …", size(view.read)), Style::new(), 2);
        }
        None => pen.paragraph("Asking GitHub for the log …", Style::new(), 2),
    }
}

fn rows(view: &LogView, top: Line, pen: &mut Pen<'_>, theme: Theme) {
    let (cursor, count) = (view.row(), view.content.count());
    let lines = view.lines(pen.width());
    let mut row = top.row;
    while pen.lines_left() > 0 && row < count {
        let skipped = if row == top.row { top.part } else { 0 };
        let mut from = 0;
        for (part, text) in lines.text(row).into_iter().enumerate() {
            if part >= skipped && pen.lines_left() > 0 {
                let is_cursor = row == cursor;
                if is_cursor && part == 0 {
                    pen.put(theme.cursor(), theme.accent());
                } else {
                    pen.put(" ", Style::new());
                }
                line(view, pen, row, (part, from, &text), theme);
                pen.newline();
            }
            from += text.len();
        }
        row += 1;
    }
}

/// A line of a row: the part of this number, which begins at this byte.
fn line(
    view: &LogView,
    pen: &mut Pen<'_>,
    row: usize,
    (part, from, text): (usize, usize, &str),
    theme: Theme,
) {
    let line = view.content.line(row);
    if view.stamps {
        let stamp = line.and_then(|line| line.stamp).filter(|_| part == 0);
        let stamp = stamp.map(|stamp| stamp.format("%H:%M:%S ").to_string());
        pen.put(&stamp.unwrap_or_else(|| " ".repeat(STAMP)), theme.dim());
    }
    let (indent, at) = (view.content.indent(row), pen.column());
    let (sign, base) = match (line, view.content.place(row)) {
        (Some(line), _) => looks(view, line, theme),
        (None, Some(place @ Place::Note(_))) => noted(view, place, theme),
        (None, _) => (String::new(), Style::new()),
    };
    if !sign.is_empty() && part == 0 {
        pen.to(at + indent.saturating_sub(width(&sign) + 1));
        pen.put(&sign, base);
    }
    pen.to(at + indent);
    let spans = line.map_or(&[][..], |line| line.spans);
    let styles: Vec<_> = spans.iter().map(|span| (place(*span), inked(span.ink, theme))).collect();
    let base = if row == view.row() { base.add_modifier(Modifier::BOLD) } else { base };
    coloured(pen, (from, text), (base, &styles), view.search.as_ref(), theme);
}

/// The sign before a line of the log, and how it looks.
fn looks(view: &LogView, line: Row<'_>, theme: Theme) -> (String, Style) {
    let fold = |line: Row<'_>| theme.fold(view.content.is_folded(line.id));
    match line.kind {
        Kind::Step(ended) => {
            let status = match ended {
                StepEnd::Well => StageStatus::Passed,
                StepEnd::Badly => StageStatus::Failed,
                StepEnd::Open => StageStatus::Pending,
            };
            let style = if ended == StepEnd::Well { Style::new() } else { theme.stage_style(&status) };
            (format!("{} {}", fold(line), theme.stage(&status)), style.add_modifier(Modifier::BOLD))
        }
        Kind::Group | Kind::Action => (fold(line).to_owned(), Style::new()),
        Kind::Error => (theme.stage(&StageStatus::Failed).to_owned(), theme.bad()),
        Kind::Warning => (theme.alert().to_owned(), theme.warn()),
        Kind::Gap => (String::new(), theme.warn()),
        Kind::Notice | Kind::Command => (String::new(), theme.accent()),
        Kind::Section => (String::new(), theme.good()),
        Kind::Debug => (String::new(), theme.dim()),
        Kind::Text => (String::new(), Style::new()),
    }
}

fn noted(view: &LogView, place: Place, theme: Theme) -> (String, Style) {
    match view.content.note(place).map(|note| note.kind) {
        Some(Kind::Error) => (theme.stage(&StageStatus::Failed).to_owned(), theme.bad()),
        Some(Kind::Warning) => (theme.alert().to_owned(), theme.warn()),
        Some(_) | None => (theme.thin().to_owned(), theme.accent()),
    }
}

fn place(span: Span) -> usize {
    usize::try_from(span.from).unwrap_or(usize::MAX)
}

fn inked(ink: Ink, theme: Theme) -> Style {
    let mut style = Style::new();
    if theme.color {
        style.fg = ink.text.map(color);
        style.bg = ink.ground.map(color);
    }
    let marks = [
        (ink.is_bold(), Modifier::BOLD),
        (ink.is_dim(), Modifier::DIM),
        (ink.is_italic(), Modifier::ITALIC),
        (ink.is_underlined(), Modifier::UNDERLINED),
        (ink.is_reversed(), Modifier::REVERSED),
    ];
    marks.into_iter().filter(|(is, _)| *is).fold(style, |style, (_, mark)| style.add_modifier(mark))
}

const fn color(Hue(number): Hue) -> Color {
    match number {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}
