//! The causes of a failure: a merge that does not go, failed checks.

use ratatui::style::Style;

use crate::{
    domain::{
        check::{Check, CheckOutcome, Detail},
        pipeline::{Stage, StageStatus},
        pull_request::PullRequest,
        text::{truncate, width, wrap},
    },
    tui::{action::Action, pen::Pen, view::Scene},
};

/// So many lines are told `below` them.
pub(super) fn causes(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    pr: &PullRequest,
    detail: Option<&Detail>,
    below: usize,
) {
    let (theme, keymap) = (scene.theme, scene.keymap);
    if pr.cannot_merge() {
        let base = pr.base.as_deref().unwrap_or("its base branch");
        pen.put("Cause  ", theme.dim());
        let conflict = format!("merge conflict with {base}");
        pen.line(if pr.conflict { &conflict } else { "the merge failed" }, theme.bad());
    }
    if *pr.status(Stage::Build) != StageStatus::Failed {
        return;
    }
    let failed: Vec<&Check> = detail
        .map(|d| d.checks.iter().filter(|c| c.outcome == CheckOutcome::Failed).collect())
        .unwrap_or_default();
    let most = pen.lines_left().saturating_sub(2).clamp(1, 4);
    for (n, check) in failed.iter().take(most).enumerate() {
        pen.put(if n == 0 { "Cause  " } else { "       " }, theme.dim());
        pen.put(&format!("{} ", theme.stage(&StageStatus::Failed)), theme.bad());
        pen.put(check.name(), theme.bad());
        let hint = if check.url.is_some() && detail.and_then(Detail::failing_check) == Some(*check) {
            format!("{}{} opens it", theme.dot(), keymap.first(Action::OpenCheck))
        } else {
            String::new()
        };
        let more = if n + 1 == most && failed.len() > most {
            format!("{}and {} more", theme.dot(), failed.len() - most)
        } else {
            String::new()
        };
        // Each check behind it has its line, and so has what else is told of the pull request.
        let behind = failed.len().min(most) - n - 1 + below;
        summary(scene, pen, check, (&more, &hint), pen.lines_left().saturating_sub(behind));
    }
    if failed.is_empty() {
        pen.put("Cause  ", theme.dim());
        pen.paragraph(&unknown_cause(scene, pr), theme.bad(), 2);
    }
}

/// What a check says, over as many lines as there is room for; at its end how many `more` there are, and a hint.
fn summary(scene: Scene<'_>, pen: &mut Pen<'_>, check: &Check, (more, hint): (&str, &str), lines: usize) {
    let theme = scene.theme;
    let words = check.summary.as_deref().unwrap_or_default();
    pen.put(if words.is_empty() { "" } else { theme.dot() }, Style::new());
    let (indent, cells, most) = (pen.column(), pen.room(), lines.clamp(1, 3));
    let whole = wrap(words, cells, most + 1);
    let last = whole.last().map_or(0, |line| width(line));
    let fits = |tail: &str| whole.len() <= most && last + width(tail) <= cells;
    let all = format!("{more}{hint}");
    // Words come before the hint, but where they are cut, it says where the rest is.
    let tail = if fits(more) && !fits(&all) { more } else { &all };
    let mut told = wrap(words, cells, most);
    let last = told.pop().unwrap_or_default();
    for line in told {
        pen.to(indent);
        pen.line(&line, Style::new());
    }
    pen.to(indent);
    pen.put(&truncate(&last, cells.saturating_sub(width(tail))), Style::new());
    pen.line(tail, theme.dim());
}

/// For a failed build without a failed check.
fn unknown_cause(scene: Scene<'_>, pr: &PullRequest) -> String {
    let why = match scene.model.details.get(pr.key) {
        None => "reading its checks …".to_owned(),
        Some(Err(error)) => error.clone(),
        Some(Ok(_)) => {
            let source = scene.model.link.source.as_ref();
            source
                .and_then(|source| source.no_checks.clone())
                .unwrap_or_else(|| "no failed check of this commit is stored".to_owned())
        }
    };
    format!("the build failed; {why}")
}
