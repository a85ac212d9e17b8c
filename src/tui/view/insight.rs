//! The newest insight of the selected pull request: level, age, commit, whether it is stale, and its words.

use ratatui::{Frame, style::Style, text::Span};

use super::{
    Scene,
    pen::{Pen, frame_of},
    pipeline::padded,
};
use crate::{
    domain::{insight::Insight, pull_request::PullRequest, time::ago},
    tui::geometry::{Area, Pane},
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let selected = model.selected();
    let insight = selected.and_then(|pr| pr.insight.as_ref());
    let mut title = vec![Span::styled(" Insight ", theme.strong())];
    if let Some(insight) = insight {
        title.extend(level(scene, insight));
        title.push(Span::raw(" "));
    }
    let focused = model.focus == Pane::Insight;
    let bordered = model.areas().bordered;
    let inside = frame_of(frame, area, bordered, focused, theme, (title, vec![]));
    let mut pen = Pen::new(frame, padded(inside), theme);
    if !bordered && model.areas().tabs.is_none() {
        pen.put("Insight ", theme.dim());
        let rule = theme.thin().repeat(pen.room());
        pen.line(&rule, theme.dim());
    }
    match (selected, insight) {
        (Some(pr), Some(insight)) => content(scene, &mut pen, pr, insight, bordered),
        (Some(_), None) => none_yet(scene, &mut pen),
        (None, _) => pen.line("No pull request is selected.", theme.dim()),
    }
}

/// `▲ HIGH 0.82 · 4m ago · abc1234`.
fn level(scene: Scene<'_>, insight: &Insight) -> Vec<Span<'static>> {
    let (model, theme) = (scene.model, scene.theme);
    let mut spans = Vec::new();
    match &insight.risk {
        Some(risk) => {
            let text = format!("{} {}", theme.risk(risk), risk.word().to_uppercase());
            spans.push(Span::styled(text, theme.risk_style(risk)));
        }
        None => spans.push(Span::styled("no level", theme.dim())),
    }
    if let Some(score) = insight.score {
        spans.push(Span::raw(format!(" {score:.2}")));
    }
    if let Some(at) = insight.created_at {
        spans.push(Span::styled(format!("{}{}", theme.dot(), ago(model.minute, at)), theme.dim()));
    }
    if let Some(sha) = &insight.sha {
        spans.push(Span::styled(format!("{}{}", theme.dot(), sha.short()), theme.dim()));
    }
    spans
}

fn content(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, insight: &Insight, in_title: bool) {
    let theme = scene.theme;
    if !in_title {
        for span in level(scene, insight) {
            pen.put(&span.content, span.style);
        }
        pen.newline();
    }
    match pr.is_stale() {
        Some(true) => {
            let head = pr.head.as_ref().map(|sha| sha.short().to_owned()).unwrap_or_default();
            pen.line(&format!("Stale: the head has moved on to {head}."), theme.warn());
        }
        Some(false) => {}
        None => pen.line("It names no commit: whether it is stale is not known.", theme.dim()),
    }
    let rest = pen.lines_left();
    let summary = insight.summary.as_deref().unwrap_or("It has no summary.");
    pen.paragraph(summary, Style::new(), rest.saturating_sub(2).max(1));
    if let Some(recommendation) = &insight.recommendation {
        if pen.lines_left() > 4 {
            pen.newline();
        }
        pen.put("Advice ", theme.dim());
        let rest = pen.lines_left();
        pen.paragraph(recommendation, Style::new(), rest);
    }
}

fn none_yet(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let theme = scene.theme;
    pen.line("No insight yet.", Style::new());
    let text = "Insights are rows of the table insights: level, summary, recommendation. Whatever service writes them, they appear here on the next tick.";
    let rest = pen.lines_left();
    pen.paragraph(text, theme.dim(), rest);
}
