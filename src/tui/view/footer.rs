//! The last line: the keys, a passing message, or the filter as it is typed.

use ratatui::{Frame, style::Style, widgets::Clear};

use super::Scene;
use crate::{
    domain::text::{counted, width, wrap},
    tui::{
        action::Action,
        geometry::Area,
        keymap::Hint,
        model::{FilterInput, Notice, Progress},
        pen::{Pen, put_cursor, rect},
        theme::Theme,
    },
};

/// Cells between what is typed and what is said of it.
const GAP: usize = 3;
/// Lines that a text may take; over an overlay, where more of them would cover what stands in it.
const MOST_LINES: usize = 4;
const MOST_OVER: usize = 2;

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, hints: Vec<Hint>) {
    let (model, theme) = (scene.model, scene.theme);
    if let (None, Some(input)) = (&model.overlay, &model.input) {
        typing(scene, frame, area, input);
        return;
    }
    if let (None, Some(notice)) = (&model.overlay, &model.notice) {
        let style = style_of(notice, theme);
        let lines = wrap(&worded(scene, notice), cells(area), MOST_LINES);
        stacked(scene, frame, area, area.y + 1, (&lines, style));
        return;
    }
    let mut pen = Pen::new(frame, area, theme);
    pen.put(" ", Style::new());
    // An overlay's keys stand nowhere else; an outage stands in the header, too, and without rows on a page of its own.
    if let (None, Some(outage), false) = (&model.overlay, &model.link.outage, model.board.is_empty()) {
        pen.put(&format!("{}: {}", outage.cause, outage.message), theme.bad());
        return;
    }
    if let (None, Some(outage)) = (&model.overlay, &model.link.worker_outage) {
        pen.put(&format!("No insights are made here: {outage}"), theme.bad());
        return;
    }
    let acts = match model.hub.under_way() {
        0 => None,
        n => Some(format!("{} under way ", counted(n, "action"))),
    };
    let progress = acts.or_else(|| model.asking.progress(&model.requests).map(told)).unwrap_or_default();
    for (key, word) in hints.into_iter().filter(|(key, _)| !key.is_empty()) {
        if pen.column() + width(&key) + width(word) + 3 + width(&progress) > usize::from(pen.width()) {
            break;
        }
        pen.put(&key, theme.accent());
        pen.put(&format!(" {word}  "), theme.dim());
    }
    // At the right end, so that changing numbers do not move the keys.
    pen.put_right(&progress, theme.accent());
}

/// A passing message over an overlay, whose keys the footer keeps: at the upper end, where one line covers the frame of
/// the overlay at most.
pub(super) fn over(scene: Scene<'_>, frame: &mut Frame<'_>, line: Area) {
    let Some(notice) = &scene.model.notice else { return };
    let lines = wrap(&worded(scene, notice), cells(line), MOST_OVER);
    stacked(scene, frame, line, line.y.min(2), (&lines, style_of(notice, scene.theme)));
}

const fn cells(line: Area) -> usize {
    (line.width as usize).saturating_sub(2)
}

fn style_of(notice: &Notice, theme: Theme) -> Style {
    if notice.is_error() { theme.bad() } else { theme.accent() }
}

/// The message, and the key that it offers; an error that offers none, the key that it goes with.
fn worded(scene: Scene<'_>, notice: &Notice) -> String {
    let dismiss = (notice.is_error() && scene.model.overlay.is_none()).then_some((Action::Back, "dismisses"));
    let offer = notice.offer.or(dismiss).map(|(action, does)| (scene.keymap.first(action), does));
    match offer.filter(|(key, _)| !key.is_empty()) {
        Some((key, does)) => format!("{}; {key} {does}", notice.text),
        None => notice.text.clone(),
    }
}

/// `insights 12/40 · 2 running · 1 failed `
fn told(progress: Progress) -> String {
    let mut parts = vec![format!("insights {}/{}", progress.ended(), progress.total)];
    parts.extend((progress.running > 0).then(|| format!("{} running", progress.running)));
    parts.extend((progress.failed > 0).then(|| format!("{} failed", progress.failed)));
    format!("{} ", parts.join(" · "))
}

/// Lines before this one, as wide as the footer.
fn stacked(
    scene: Scene<'_>,
    frame: &mut Frame<'_>,
    line: Area,
    end: u16,
    (lines, style): (&[String], Style),
) {
    let height = u16::try_from(lines.len()).unwrap_or_default().min(end);
    let area = Area { y: end - height, height, ..line };
    frame.render_widget(Clear, rect(area));
    let mut pen = Pen::new(frame, area, scene.theme);
    for text in lines {
        pen.to(1);
        pen.line(text, style);
    }
}

fn typing(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, input: &FilterInput) {
    let theme = scene.theme;
    let is_open = !input.completion.words.is_empty();
    let (cursor, hint, is_long) = {
        let mut pen = Pen::new(frame, area, theme);
        pen.put(" /", theme.accent());
        let cut = input.line.cut();
        // It is no error yet where the line may go on.
        let error = input.error.clone().filter(|_| !is_open);
        let is_bad = cut.is_some() || error.is_some();
        // The notice of a cut needs room beside a long text.
        let kept = cut.as_ref().map_or(0, |cut| width(cut) + 3);
        let cells = pen.room().saturating_sub(kept);
        let tab = if is_open { "  Tab completes" } else { "" };
        let shown = scene.model.list.rows.len();
        let hint = cut.or(error).unwrap_or_else(|| format!("{shown} shown  Enter keeps  Esc cancels{tab}"));
        let cursor = input.line.draw(&mut pen, cells);
        let fits = width(&hint) + GAP <= pen.room();
        if fits || (!is_bad && pen.room() > 13) {
            pen.put(&" ".repeat(GAP), Style::new());
            pen.put(&hint, if is_bad { theme.bad() } else { theme.dim() });
        }
        (cursor, hint, is_bad && !fits)
    };
    if is_long {
        // What is wrong with the filter stands above it.
        let lines = wrap(&hint, cells(area), MOST_LINES);
        stacked(scene, frame, area, area.y, (&lines, theme.bad()));
    } else if let Some(y) = area.y.checked_sub(1).filter(|_| is_open) {
        offered(scene, frame, Area { y, ..area }, input);
    }
    put_cursor(frame, area, cursor);
}

/// The words with which the line may go on, from the first so that the one that stands there is seen.
fn offered(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, input: &FilterInput) {
    frame.render_widget(Clear, rect(area));
    let mut pen = Pen::new(frame, area, scene.theme);
    let (words, cells) = (&input.completion.words, pen.room());
    let chosen = input.completed.unwrap_or_default();
    let taken = |from: usize| words[from..=chosen].iter().map(|word| width(word) + 2).sum::<usize>();
    let first = (0..chosen).find(|from| taken(*from) < cells).unwrap_or(chosen);
    for (at, word) in words.iter().enumerate().skip(first) {
        let is_chosen = input.completed == Some(at);
        let style = if is_chosen { scene.theme.strong() } else { scene.theme.accent() };
        pen.put("  ", Style::new());
        if at > first && pen.room() < width(word) {
            pen.put("…", scene.theme.dim());
            break;
        }
        pen.put(word, style);
    }
}
