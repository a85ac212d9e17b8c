//! A pull request's own screen: what it is and how far, its tabs, and the contents of one of them.

mod check;
mod checks;
mod story;

use ratatui::{
    Frame,
    style::{Modifier, Style},
};

use super::{Scene, board};
use crate::{
    domain::{
        pipeline::Stage,
        pull_request::PullRequest,
        text::{truncate, width},
    },
    tui::{
        action::Action,
        geometry::{Area, PullAreas, STAGES},
        keymap::Hint,
        model::PullTab,
        overlay::Layer as _,
        pen::{Pen, padded},
    },
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>) {
    let model = scene.model;
    let areas = PullAreas::new(model.size);
    let Some(pr) = model.selected() else {
        let mut pen = Pen::new(frame, areas.head, scene.theme);
        pen.to(1);
        pen.line("This pull request is not in the database any more.", scene.theme.strong());
        return;
    };
    head(scene, &mut Pen::new(frame, padded(areas.head), scene.theme), pr);
    tabs(scene, &mut Pen::new(frame, areas.tabs, scene.theme));
    match model.pull.tab {
        PullTab::Checks => checks::draw(scene, frame),
        PullTab::Files => files(scene, frame, areas.content),
        PullTab::Reviews => story::draw(scene, &mut Pen::new(frame, padded(areas.content), scene.theme)),
        PullTab::Insight => board::insight::draw(scene, frame, areas.content),
    }
}

/// Its name and title, whose it is, the four stages, who must act, and who reviews it, as far as there are lines.
fn head(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let (model, theme) = (scene.model, scene.theme);
    let lines = pen.lines_left();
    let is_wide = lines >= 4 && pen.width() >= STAGES - 2;
    let spare = lines.saturating_sub(if is_wide { 3 } else { 2 });
    let place = model.place_in_list().map(|(at, of)| format!("  {at}/{of}")).unwrap_or_default();
    pen.put(&format!("{}{}", model.board.full_name(pr.key.repo), pr.key.number), theme.accent());
    pen.put("  ", Style::new());
    let title = if pr.title.is_empty() { "(run without a pull request)" } else { &pr.title };
    let room = pen.room().saturating_sub(width(&place));
    // A long name leaves no room for both.
    let shows_place = room >= 12;
    let room = if shows_place { room } else { pen.room() };
    pen.put(&truncate(title, room), theme.strong());
    if shows_place {
        pen.put_right(&place, theme.dim());
    }
    pen.newline();
    if spare >= 2 {
        use board::pipeline::{head, labels, origin, size};
        let parts = origin(scene, pr).into_iter().chain(head(pr)).chain(size(pr)).chain(labels(pr));
        pen.line(&parts.collect::<Vec<_>>().join(theme.dot()), theme.dim());
    }
    match lines {
        0 | 1 => {}
        _ if is_wide => board::pipeline::side_by_side(scene, pen, pr, model.detail()),
        _ => stages(scene, pen, pr),
    }
    if spare >= 1 {
        board::pipeline::next_action(scene, pen, pr);
        risk(scene, pen, pr);
        pen.newline();
    }
    let detail = model.detail();
    // Before they are read, nobody knows.
    if spare >= 3 && !board::pipeline::reviews(scene, pen, pr, detail) && detail.is_some() {
        pen.put("Review ", theme.dim());
        pen.line("nobody has said anything, and nobody is asked", theme.dim());
    }
}

/// `▲ high risk`, at the right end.
fn risk(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let theme = scene.theme;
    let Some(insight) = scene.model.insight_of(pr) else { return };
    let Some(risk) = &insight.risk else { return };
    let is_old = insight.is_stale(pr.head.as_ref()) == Some(true);
    let (old, style) = if is_old { (" of an older head", theme.dim()) } else { ("", theme.risk_style(risk)) };
    pen.put_right(&format!("{} {} risk{old}", theme.risk(risk), risk.word()), style);
}

/// `PR ●  Build ✗  Approval ◐  Merge ○`.
fn stages(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let theme = scene.theme;
    for stage in Stage::ALL {
        let status = pr.status(stage);
        pen.put(&format!("{stage} "), Style::new());
        pen.put(theme.stage(status), theme.stage_mark(status));
        pen.put("  ", Style::new());
    }
    pen.newline();
}

/// The tabs on a rule.
fn tabs(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    for tab in model.pull_tabs() {
        let gap = tab.x.saturating_sub(pen.column());
        let rule = if gap > 2 { format!(" {} ", theme.thin().repeat(gap - 2)) } else { " ".repeat(gap) };
        pen.put(if pen.column() == 0 { " " } else { &rule }, theme.dim());
        let style = if tab.tab == model.pull.tab { theme.focused(theme.strong()) } else { theme.dim() };
        let (key, name) = tab.name.split_at(1);
        pen.put(key, style.patch(theme.accent()).remove_modifier(Modifier::DIM));
        pen.put(name, style);
        pen.put(&tab.count, if tab.tab == model.pull.tab { Style::new() } else { theme.dim() });
    }
    if pen.room() > 1 {
        pen.put(" ", Style::new());
        pen.rule("", theme.dim());
    }
}

fn files(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(files) = &model.pull.files else { return };
    files.draw(model.backdrop(), scene.keymap, theme, frame);
    let head = model.selected().and_then(|pr| pr.head.as_ref());
    if let Some((of, _)) = model.pull.files_of.as_ref().zip(head).filter(|(of, head)| of != head) {
        let mut pen = Pen::new(frame, Area { height: area.height.min(1), ..area }, theme);
        let text =
            format!(" of {}, not the head; {} reads anew ", of.short(), scene.keymap.first(Action::Refresh));
        pen.put_right(&text, theme.warn());
    }
}

/// Keys for the footer, most useful first.
pub(super) fn hints(scene: Scene<'_>) -> Vec<Hint> {
    let (model, keymap) = (scene.model, scene.keymap);
    if let Some(files) = model.shown_files().filter(|files| files.is_typing()) {
        return files.hints(keymap);
    }
    let back = keymap.hint(&[Action::Back], "back");
    if model.selected().is_none() {
        return vec![back, keymap.hint(&[Action::Help], "help")];
    }
    let own = match model.pull.tab {
        PullTab::Checks => vec![
            keymap.hint(&[Action::Down, Action::Up], "check"),
            keymap.hint(&[Action::Enter], "log"),
            keymap.hint(&[Action::OpenPullRequest], "its page"),
        ],
        PullTab::Files => vec![
            keymap.hint(&[Action::Down, Action::Up], "file"),
            keymap.hint(&[Action::PageDown, Action::PageUp], "patch"),
            keymap.hint(&[Action::Filter], "search"),
        ],
        PullTab::Reviews => vec![keymap.hint(&[Action::Down, Action::Up], "line")],
        PullTab::Insight => vec![
            keymap.hint(&[Action::Enter], "go to file"),
            keymap.hint(&[Action::Regenerate], "new insight"),
        ],
    };
    let rest = [
        keymap.hint(&[Action::Act], "act"),
        keymap.hint(&[Action::NextPane], "next tab"),
        keymap.hint(&[Action::Following, Action::Preceding], "pull request"),
        keymap.hint(&[Action::Help], "help"),
        keymap.hint(&[Action::Palette], "commands"),
    ];
    std::iter::once(back).chain(own).chain(rest).collect()
}
