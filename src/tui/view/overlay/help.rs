//! The help: drawn from the table of actions, as the keys are bound now.

use ratatui::{Frame, style::Style};

use super::{Scene, boxed, middle};
use crate::{
    domain::{filter::GRAMMAR, text::fit},
    tui::{
        action::{BINDINGS, Group},
        view::pen::Pen,
    },
};

enum Line {
    Heading(String),
    Row(String, String),
    Blank,
}

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, top: usize) {
    let theme = scene.theme;
    let lines = lines(scene);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = middle(scene, 78, height);
    let inside = boxed(scene, frame, area, " Help: Esc closes, j and k scroll ".to_owned());
    let visible = usize::from(inside.height);
    let top = top.min(lines.len().saturating_sub(visible));
    let mut pen = Pen::new(frame, inside, theme);
    for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
        match line {
            Line::Heading(text) => pen.put(&format!(" {text}"), theme.strong()),
            Line::Row(key, text) => {
                pen.put("   ", Style::new());
                pen.put(&fit(key, 19), theme.accent());
                pen.put(" ", Style::new());
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

fn lines(scene: Scene<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line::Heading(group.title().to_owned()));
        for binding in BINDINGS.iter().filter(|b| b.group == group) {
            lines.push(Line::Row(scene.keymap.label(binding.action), binding.help.to_owned()));
        }
        lines.push(Line::Blank);
    }
    lines.push(Line::Heading("Filter: all terms must match".to_owned()));
    lines.extend(
        GRAMMAR.iter().map(|(example, meaning)| Line::Row((*example).to_owned(), (*meaning).to_owned())),
    );
    lines.push(Line::Blank);
    lines.push(Line::Heading("Signs".to_owned()));
    lines.push(Line::Row(signs(scene), String::new()));
    if let Some(source) = scene.model.link.source.as_ref().filter(|s| !s.missing.is_empty()) {
        lines.push(Line::Blank);
        lines.push(Line::Heading("What this database lacks".to_owned()));
        lines.extend(source.missing.iter().map(|text| Line::Row(String::new(), text.clone())));
    }
    lines
}

fn signs(scene: Scene<'_>) -> String {
    use crate::domain::{insight::Risk, pipeline::StageStatus};
    let theme = scene.theme;
    let stages = [
        StageStatus::Passed,
        StageStatus::Running,
        StageStatus::Pending,
        StageStatus::Failed,
        StageStatus::Merged,
        StageStatus::Closed,
    ];
    let mut parts: Vec<String> = stages.iter().map(|s| format!("{} {}", theme.stage(s), s.kind())).collect();
    parts.extend(
        [Risk::Low, Risk::Medium, Risk::High].iter().map(|r| format!("{} {}", theme.risk(r), r.word())),
    );
    parts.join("  ")
}
