//! All that is known of the selected check.

use ratatui::style::Style;

use crate::{
    domain::{
        check::{Check, CheckOutcome},
        text::counted,
        time::lasting,
    },
    tui::{action::Action, pen::Pen, view::Scene},
};

/// Lines of what it said at most.
const SUMMARY: usize = 6;

pub(super) fn draw(scene: Scene<'_>, pen: &mut Pen<'_>, check: &Check, is_right: bool) {
    let theme = scene.theme;
    let sign = check.outcome.sign();
    if !is_right {
        let rule = theme.thin().repeat(2);
        pen.put(&format!("{rule} "), theme.dim());
    }
    pen.put(&format!("{} ", theme.stage(&sign)), theme.stage_style(&sign));
    pen.put(check.name(), theme.strong());
    let word = std::iter::once(check.outcome.word().to_owned());
    let parts: Vec<String> = word.chain(parts(scene, check)).collect();
    pen.put(&format!(" {}", parts.join(theme.dot())), theme.dim());
    if !is_right && pen.room() > 1 {
        pen.put(" ", Style::new());
        pen.rule("", theme.dim());
    }
    pen.newline();
    if let Some(summary) = &check.summary {
        let lines = if is_right { SUMMARY } else { 2 };
        pen.paragraph(summary, Style::new(), lines);
    }
    if let Some(times) = times(scene, check) {
        pen.paragraph(&times, theme.dim(), 2);
    }
    if let Some(url) = &check.url {
        pen.put(&scene.keymap.first(Action::OpenPullRequest), theme.accent());
        pen.line(&format!(" {url}"), theme.dim());
    }
}

/// `took 4m 12s, 3.1× the usual 1m 20s; 9 of 10 within 2m 10s (14 passed runs)`.
fn times(scene: Scene<'_>, check: &Check) -> Option<String> {
    let model = scene.model;
    let took = check.took(model.pull.second).filter(|_| check.outcome != CheckOutcome::Skipped);
    let Some(usual) = model.usual(check) else {
        let why = model.no_usual().map(|why| format!("the usual time is not known: {why}"));
        return took.map(|took| format!("took {}", lasting(took))).or(why);
    };
    let half = lasting(usual.half);
    let most = format!("9 of 10 within {} ({} passed runs)", lasting(usual.most), usual.samples);
    let word = if check.is_running() { "running" } else { "took" };
    Some(match took.map(|took| (lasting(took), usual.times(took))) {
        Some((took, Some(times))) => format!("{word} {took}, {times:.1}× the usual {half}; {most}"),
        Some((took, None)) => format!("{word} {took}; usually {half}, {most}"),
        None => format!("usually {half}, {most}"),
    })
}

/// Its wait, its attempt.
fn parts(scene: Scene<'_>, check: &Check) -> Vec<String> {
    let waited =
        check.waited(scene.model.pull.second).filter(|waited| waited.num_seconds() > 0).map(|waited| {
            let word = if check.outcome == CheckOutcome::Queued { "for" } else { "waited" };
            format!("{word} {}", lasting(waited))
        });
    let attempt = check.attempt.filter(|attempt| *attempt > 1).map(|attempt| format!("attempt {attempt}"));
    let told = scene.model.told(check);
    let required = told.filter(|told| told.is_required).map(|_| "required".to_owned());
    let annotations = told.map(|told| told.annotations).filter(|count| *count > 0);
    let annotations = annotations.map(|count| counted(count, "annotation"));
    required.into_iter().chain(waited).chain(attempt).chain(annotations).collect()
}
