//! Reviews and timeline.

use chrono::{DateTime, Local, Utc};
use ratatui::style::Style;

use crate::{
    domain::{
        change::Event,
        check::Review,
        ids::Sha,
        pipeline::StageStatus,
        time::{ago, moment},
    },
    tui::{
        model::{PullTab, StoryLine},
        pen::Pen,
        view::Scene,
    },
};

/// Cells of an age, and of a time.
const WHEN: [usize; 2] = [9, 13];

pub(super) fn draw(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let lines = model.story();
    let rows = pen.lines_left();
    // Below the checks it is no list that scrolls.
    let scrolls = model.pull.tab == PullTab::Reviews;
    let top = if scrolls { model.pull.story_top.min(lines.len().saturating_sub(rows)) } else { 0 };
    for line in lines.iter().skip(top).take(rows) {
        match line {
            StoryLine::Heading(text) => pen.put(text, theme.strong()),
            StoryLine::Review(said) => review(scene, pen, said),
            StoryLine::Queue(text) => pen.put(&format!("  {text}"), Style::new()),
            StoryLine::Asked(logins) => {
                pen.put("  asked: ", theme.dim());
                let logins: Vec<String> = logins.iter().map(|login| format!("@{login}")).collect();
                pen.put(&logins.join(", "), Style::new());
            }
            StoryLine::Event(told) => event(scene, pen, told),
            StoryLine::Note(text) => pen.put(&format!("  {text}"), theme.dim()),
            StoryLine::Blank => {}
        }
        if pen.lines_left() == 1 && top + rows < lines.len() {
            let place = if scrolls { "" } else { " in 3 Reviews" };
            let told = format!(" {}{place} ", theme.below(lines.len() - top - rows));
            pen.put_right(&told, theme.accent());
        }
        pen.newline();
    }
}

/// When it was, in cells of one width.
fn time(scene: Scene<'_>, at: Option<DateTime<Utc>>) -> String {
    let model = scene.model;
    let text = match at {
        None => String::new(),
        Some(at) if model.absolute_times => {
            moment(&model.minute.with_timezone(&Local), &at.with_timezone(&Local))
        }
        Some(at) => ago(model.minute, at),
    };
    format!("  {text:<cells$}", cells = WHEN[usize::from(model.absolute_times)])
}

/// `● dan approved   3h ago   on abc1234, not the head`.
fn review(scene: Scene<'_>, pen: &mut Pen<'_>, said: &Review) {
    let theme = scene.theme;
    let counts = !said.dismissed && said.state != "commented";
    let status = if counts { StageStatus::parse(&said.state) } else { StageStatus::Skipped };
    pen.put(&time(scene, said.submitted_at), theme.dim());
    pen.put(&format!("{} ", theme.stage(&status)), theme.stage_style(&status));
    pen.put(&said.reviewer, Style::new());
    let dismissed = if said.dismissed && said.state != "dismissed" { ", dismissed" } else { "" };
    let word = format!(" {}{dismissed}", said.state.replace('_', " "));
    pen.put(&word, if said.dismissed { theme.dim() } else { theme.stage_style(&status) });
    let head = scene.model.selected().and_then(|pr| pr.head.as_ref());
    match (&said.sha, head) {
        (Some(sha), Some(head)) if !is_same(sha, head) => {
            pen.put(&format!("{}on {}, an older head", theme.dot(), sha.short()), theme.warn());
        }
        (Some(sha), _) => pen.put(&format!("{}on {}", theme.dot(), sha.short()), theme.dim()),
        (None, _) => {}
    }
}

/// Services may store less of a commit than GitHub does.
fn is_same(one: &Sha, other: &Sha) -> bool {
    let (one, other) = (one.as_str(), other.as_str());
    one.starts_with(other) || other.starts_with(one)
}

/// `3h ago   ✗ build failed`.
fn event(scene: Scene<'_>, pen: &mut Pen<'_>, event: &Event) {
    let theme = scene.theme;
    pen.put(&time(scene, event.at), theme.dim());
    match &event.sign {
        Some(status) => pen.put(&format!("{} ", theme.stage(status)), theme.stage_style(status)),
        None => pen.put("  ", Style::new()),
    }
    pen.put(&event.what, Style::new());
}
