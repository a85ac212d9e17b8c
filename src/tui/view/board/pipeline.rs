//! The pipeline of the selected pull request: its four stages, the causes of a failure, and the next action.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use ratatui::{Frame, style::Style, text::Span};

use super::causes::causes;
use crate::{
    domain::{
        attention::NextAction,
        change::Change,
        check::Detail,
        pipeline::{Stage, StageState, StageStatus},
        print::Print,
        pull_request::PullRequest,
        text::{truncate, width, wrap},
        time::{age, ago},
    },
    tui::{
        geometry::{Area, Pane},
        pen::{Pen, frame_of, padded},
        view::{Scene, header::joined},
    },
};

/// Cells of the last stage: `Merge ✗`, and below it `conflict 17d ago`.
const LAST_STAGE: usize = 17;
/// Fewest columns in which the stages stand side by side.
const SIDE_BY_SIDE: usize = 56;
/// Lines of a pane with room for one line less of everything, for a blank line beside causes, and for a line for each
/// check and each change.
const ROOMY: [usize; 3] = [10, 12, 18];
/// Most lines of checks where each is named, and the cells of a sign, a gap and `and 99 more`.
const CHECK_LINES: usize = 3;
const MORE: usize = 15;
/// Cells of the words before a line.
const LABEL: usize = 7;

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let selected = model.selected();
    let mut title = vec![Span::styled(" Pipeline ", theme.strong())];
    if let Some(pr) = selected {
        let name = format!("{}{} ", model.board.full_name(pr.key.repo), pr.key.number);
        title.push(Span::styled(name, theme.accent()));
    }
    let focused = model.focus == Pane::Pipeline;
    let inside = frame_of(frame, area, model.areas().bordered, focused, theme, (title, vec![]));
    let mut pen = Pen::new(frame, padded(inside), theme);
    match selected {
        Some(pr) => content(scene, &mut pen, pr),
        None => pen.line("No pull request is selected.", theme.dim()),
    }
}

fn content(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let theme = scene.theme;
    let detail = scene.model.details.get(pr.key).and_then(|detail| detail.as_ref().ok());
    let lines = pen.lines_left();
    let [roomy, airy, tall] = ROOMY.map(|least| lines >= least);
    let areas = scene.model.areas();
    if !areas.bordered && areas.tabs.is_none() {
        // No border and no tab names the pull request here.
        pen.put(&format!("{}{} ", scene.model.board.full_name(pr.key.repo), pr.key.number), theme.accent());
        if pen.room() < 20 {
            pen.newline();
        }
    }
    let title = if pr.title.is_empty() { "(run without a pull request)" } else { &pr.title };
    pen.paragraph(title, theme.strong(), if roomy { 2 } else { 1 });
    if usize::from(pen.width()) >= SIDE_BY_SIDE {
        side_by_side(scene, pen, pr, detail);
    } else {
        one_a_line(scene, pen, pr, detail);
    }
    // Causes need the line more.
    if airy || roomy && *pr.status(Stage::Build) != StageStatus::Failed {
        pen.newline();
    }
    news(scene, pen, pr);
    if scene.model.has_left(pr) {
        pen.put("Left   ", theme.warn());
        pen.line("this view; it stays here until you go elsewhere", Style::new());
    }
    next_action(scene, pen, pr);
    pen.newline();
    if let Some(queue) = scene.model.queue_told(pr) {
        pen.put("Queue  ", theme.dim());
        pen.paragraph(&queue, Style::new(), 2);
    }
    let is_reviewed = !pr.reviewers.is_empty() || detail.is_some_and(|detail| !detail.reviews.is_empty());
    let least = 1 + usize::from(is_reviewed);
    causes(scene, pen, pr, detail, least);
    let facts: Vec<String> = origin(scene, pr).into_iter().chain(size(pr)).chain(head(pr)).collect();
    let lines = wrap(&facts.join(theme.dot()), pen.room().saturating_sub(LABEL), 2).len();
    let more = lines.saturating_sub(1) + usize::from(labels(pr).is_some());
    match pen.lines_left().saturating_sub(least + more) {
        0 => {}
        _ if tall => {}
        spare => latest(scene, pen, pr, detail, spare.min(2)),
    }
    let _has_reviews = reviews(scene, pen, pr, detail);
    about(scene, pen, pr, &facts);
    if tall {
        checks(scene, pen, detail);
        all_latest(scene, pen, pr, detail);
    }
}

/// `PR ●━━━━ Build ✗━━━━ …`, and the age below each stage.
pub(in crate::tui::view) fn side_by_side(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    pr: &PullRequest,
    detail: Option<&Detail>,
) {
    let theme = scene.theme;
    let step = (usize::from(pen.width()) - LAST_STAGE) / 3;
    for (n, stage) in Stage::ALL.into_iter().enumerate() {
        let status = pr.status(stage);
        pen.to(n * step);
        pen.put(&format!("{stage} "), Style::new());
        pen.put(theme.stage(status), theme.stage_mark(status));
        if stage != Stage::Merge {
            let passed = matches!(status, StageStatus::Passed | StageStatus::Merged | StageStatus::Skipped);
            let room = ((n + 1) * step).saturating_sub(pen.column() + 1);
            pen.put(&theme.link(passed).repeat(room), theme.dim());
        }
    }
    pen.newline();
    for (n, stage) in Stage::ALL.into_iter().enumerate() {
        pen.to(n * step);
        let room = if stage == Stage::Merge { pen.room() } else { step - 1 };
        pen.put(&phrase(scene, pr, stage, detail, room), theme.dim());
    }
    pen.newline();
}

fn one_a_line(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, detail: Option<&Detail>) {
    let theme = scene.theme;
    for stage in Stage::ALL {
        let status = pr.status(stage);
        pen.put(theme.stage(status), theme.stage_mark(status));
        pen.put(&format!(" {:<9}", stage.to_string()), Style::new());
        let room = pen.room();
        pen.line(&phrase(scene, pr, stage, detail, room), theme.dim());
    }
}

/// A stage's state in words, and since when: `failed 40m`. Where that does not fit, the time keeps its number.
fn phrase(scene: Scene<'_>, pr: &PullRequest, stage: Stage, detail: Option<&Detail>, room: usize) -> String {
    let told = pr.pipeline.stage(stage);
    let word: Cow<'_, str> = match (stage, &told.status) {
        (Stage::Pr, StageStatus::Passed) => "opened".into(),
        (Stage::Pr, StageStatus::Running) => "draft".into(),
        // These have not begun: they have no age.
        (Stage::Build, StageStatus::Pending) => return truncate("not started", room).into(),
        (Stage::Approval, StageStatus::Pending) => {
            let words = if room < 13 { "no review" } else { "no review yet" };
            return truncate(words, room).into();
        }
        (Stage::Pr | Stage::Merge, StageStatus::Pending) => return truncate("not yet", room).into(),
        (Stage::Approval, StageStatus::Running) => "asked".into(),
        (Stage::Approval, StageStatus::Passed) => "approved".into(),
        (Stage::Approval, StageStatus::Failed) => "changes asked".into(),
        (Stage::Merge, StageStatus::Failed) if pr.conflict => "conflict".into(),
        (Stage::Merge, StageStatus::Running) => match pr.queue_position {
            // Where, GitHub did not tell.
            Some(0) => "queued".into(),
            Some(place) => format!("place {place}").into(),
            None => "auto-merge".into(),
        },
        (Stage::Pr | Stage::Build | Stage::Approval | Stage::Merge, status) => status.word().into(),
    };
    let opened = pr.created_at.filter(|_| word == "opened");
    let (sign, at) = match opened {
        // It may have been a draft since, or closed: what was then is told as the latest.
        Some(at) => ("", at),
        None => match since(told, detail, stage) {
            Some(since) => since,
            None => return truncate(&word, room).into(),
        },
    };
    shortened(&word, sign, &age(scene.model.minute, at), room)
}

/// The first that fits: `failed, seen 40m`, `failed 40m`, `fa… 40m`, `40m`.
fn shortened(word: &str, sign: &str, age: &str, room: usize) -> String {
    let whole = format!("{word}{sign} {age}");
    if width(&whole) <= room {
        return whole;
    }
    match room.saturating_sub(width(age) + 1) {
        left if left >= width(word).min(4) => format!("{} {age}", truncate(word, left)),
        _ => truncate(age, room).into(),
    }
}

/// When a stage turned; with `, seen` where only this session saw that.
fn since(at: &StageState, detail: Option<&Detail>, stage: Stage) -> Option<(&'static str, DateTime<Utc>)> {
    let told = if at.observed { None } else { at.since };
    let by_history = || detail.and_then(|d| d.since(&format!("status_{}", stage.name())));
    told.or_else(by_history).map(|at| ("", at)).or(at.since.map(|seen| (", seen", seen)))
}

/// What changed since the reader last looked.
fn news(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(before) = model.seen.before(pr.key) else { return };
    let changes = before.changes(pr);
    let text = match changes.as_slice() {
        _ if before == Print::UNSEEN => "not looked at yet".to_owned(),
        [] => "changed since you last looked".to_owned(),
        _ => format!("since you last looked: {}", changes.join(", ")),
    };
    pen.put(&format!("{:<7}", theme.news()), theme.accent());
    pen.paragraph(&text, Style::new(), 2);
}

/// What happened to it, newest first: as much as so many lines hold.
fn latest(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, detail: Option<&Detail>, lines: usize) {
    let (theme, minute) = (scene.theme, scene.model.minute);
    let told = |change: Change| {
        let seen = if change.is_observed { ", seen" } else { "" };
        format!("{}{seen} {}", change.what, ago(minute, change.at))
    };
    let mut changes = pr.changes(detail).into_iter().map(told).peekable();
    if changes.peek().is_none() {
        return;
    }
    pen.put("Latest ", theme.dim());
    let (indent, room) = (pen.column(), pen.room());
    for _ in 0..lines {
        let Some(first) = changes.next() else { break };
        let mut line = truncate(&first, room).into_owned();
        let fits = |line: &str, next: &String| width(line) + width(theme.dot()) + width(next) <= room;
        while let Some(next) = changes.next_if(|next| fits(&line, next)) {
            line = [&line, theme.dot(), &next].concat();
        }
        pen.to(indent);
        pen.line(&line, Style::new());
    }
}

/// The same, a line for each.
fn all_latest(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, detail: Option<&Detail>) {
    let (theme, minute) = (scene.theme, scene.model.minute);
    pen.newline();
    for (n, change) in pr.changes(detail).into_iter().take(pen.lines_left()).enumerate() {
        pen.put(if n == 0 { "Latest" } else { "" }, theme.dim());
        pen.to(LABEL);
        pen.put(&format!("{:<9}", ago(minute, change.at)), theme.dim());
        pen.put(&change.what, Style::new());
        pen.line(if change.is_observed { ", seen then" } else { "" }, Style::new());
    }
}

/// The checks of the head, failed ones first: as many as the lines hold.
fn checks(scene: Scene<'_>, pen: &mut Pen<'_>, detail: Option<&Detail>) {
    let theme = scene.theme;
    let mut rest = detail.map(|detail| detail.checks.as_slice()).unwrap_or_default();
    if rest.is_empty() {
        return;
    }
    pen.newline();
    pen.put("Checks", theme.dim());
    for line in 1..=CHECK_LINES {
        pen.to(LABEL);
        while let [check, others @ ..] = rest
            && (pen.column() == LABEL || width(check.name()) + MORE <= pen.room())
        {
            let sign = check.outcome.sign();
            pen.put(theme.stage(&sign), theme.stage_mark(&sign));
            pen.put(&format!(" {}  ", check.name()), Style::new());
            rest = others;
        }
        if line == CHECK_LINES && !rest.is_empty() {
            pen.put(&format!("and {} more", rest.len()), theme.dim());
        }
        pen.newline();
        if rest.is_empty() {
            break;
        }
    }
}

/// `Next   @bo to review, for 26h`, on a line that goes on.
pub(in crate::tui::view) fn next_action(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let (model, theme) = (scene.model, scene.theme);
    pen.put("Next   ", theme.dim());
    let Some(next) = NextAction::of(pr, &model.board, model.minute) else {
        let when = pr.ended_at.map(|at| format!(" {}", ago(model.minute, at))).unwrap_or_default();
        return pen.put(&format!("nothing: it was {}{when}", pr.state.word()), theme.dim());
    };
    let waited = next.since.map(|at| format!(", for {}", age(model.minute, at))).unwrap_or_default();
    // The wait stays whole; of what is to be done, the end gives way.
    let room = pen.room().saturating_sub(width(&waited));
    pen.put(&truncate(&next.sentence(), room), theme.strong());
    pen.put(&waited, theme.dim());
}

/// Who has said what, and who is asked; returns whether there is anybody.
pub(in crate::tui::view) fn reviews(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    pr: &PullRequest,
    detail: Option<&Detail>,
) -> bool {
    let (model, theme) = (scene.model, scene.theme);
    let given = detail.map(|d| d.reviews.as_slice()).unwrap_or_default();
    let unreadable = pr.is_unreadable("pull_requests.reviewers").then(|| "?".to_owned());
    if given.is_empty() && pr.reviewers.is_empty() && unreadable.is_none() {
        return false;
    }
    pen.put("Review ", theme.dim());
    for (n, review) in given.iter().enumerate() {
        if n > 0 {
            pen.put(", ", theme.dim());
        }
        let status = StageStatus::parse(&review.state);
        pen.put(&format!("{} ", theme.stage(&status)), theme.stage_style(&status));
        let when = review.submitted_at.map(|at| format!(" {}", age(model.minute, at))).unwrap_or_default();
        pen.put(&format!("{} {}{when}", review.reviewer, review.state.replace('_', " ")), Style::new());
    }
    let asked: Vec<String> = pr
        .reviewers
        .iter()
        .filter(|login| given.iter().all(|review| review.reviewer != ***login))
        .map(|login| format!("@{login}"))
        .chain(unreadable)
        .collect();
    if !asked.is_empty() {
        let gap = if given.is_empty() { "" } else { ", " };
        pen.put(&format!("{gap}asked: {}", asked.join(", ")), Style::new());
    }
    pen.newline();
    true
}

/// Author, branches, size, commit, labels. Where only a line is left for all but the labels, the last parts give way.
fn about(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, facts: &[String]) {
    let (theme, labels) = (scene.theme, labels(pr));
    pen.put("About  ", theme.dim());
    let indent = pen.column();
    let has_two = pen.lines_left() > 1 + usize::from(labels.is_some());
    let short = if has_two { None } else { joined(facts, theme.dot(), pen.room()) };
    pen.paragraph(&short.unwrap_or_else(|| facts.join(theme.dot())), Style::new(), 2);
    if let Some(labels) = labels {
        pen.put("Labels ", theme.dim());
        pen.to(indent);
        pen.line(&labels, Style::new());
    }
}

/// `@ana`, `feature/421 → main`.
pub(in crate::tui::view) fn origin(scene: Scene<'_>, pr: &PullRequest) -> Vec<String> {
    let mut parts = vec![format!("@{}", pr.author.as_deref().unwrap_or("?"))];
    match (&pr.branch, &pr.base) {
        (Some(branch), Some(base)) => parts.push(format!("{branch} {} {base}", scene.theme.arrow())),
        (Some(branch), None) => parts.push(branch.to_string()),
        (None, _) => {}
    }
    parts
}

/// `bug, docs`; `?` for stored ones that cannot be read.
pub(in crate::tui::view) fn labels(pr: &PullRequest) -> Option<String> {
    let is_unreadable = pr.is_unreadable("pull_requests.labels");
    let labels = if is_unreadable { "?".to_owned() } else { pr.labels.join(", ") };
    Some(labels).filter(|labels| !labels.is_empty())
}

pub(in crate::tui::view) fn head(pr: &PullRequest) -> Option<String> {
    pr.head.as_ref().map(|head| head.short().to_owned())
}

/// `+12 −3 in 2 files`; `?` for a stored number that cannot be read.
pub(in crate::tui::view) fn size(pr: &PullRequest) -> Option<String> {
    let number = |value: Option<i32>, column: &str| match value {
        Some(value) => Some(value.to_string()),
        None => pr.is_unreadable(column).then(|| "?".to_owned()),
    };
    let (added, removed) =
        (number(pr.additions, "pull_requests.additions")?, number(pr.deletions, "pull_requests.deletions")?);
    let files = number(pr.changed_files, "pull_requests.changed_files")
        .map(|n| format!(" in {n} {}", if n == "1" { "file" } else { "files" }))
        .unwrap_or_default();
    Some(format!("+{added} −{removed}{files}"))
}
