//! The pipeline of the selected pull request: its four stages, the causes of a failure, and the next action.

use std::borrow::Cow;

use ratatui::{Frame, style::Style, text::Span};

use crate::{
    domain::{
        attention::NextAction,
        change::Change,
        check::{Check, CheckOutcome, Detail},
        pipeline::{Stage, StageState, StageStatus},
        print::Print,
        pull_request::PullRequest,
        text::{truncate, width, wrap},
        time::{age, ago},
    },
    tui::{
        action::Action,
        geometry::{Area, Pane},
        pen::{Pen, frame_of, padded},
        view::Scene,
    },
};

/// Cells of the last stage: `Merge ✗`, and below it `conflict 17d ago`.
const LAST_STAGE: usize = 17;
/// Fewest columns in which the stages stand side by side.
const SIDE_BY_SIDE: usize = 56;
/// Lines of reviews, branches and labels.
const BELOW_CAUSES: usize = 4;

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
    let roomy = pen.lines_left() >= 10;
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
    if roomy {
        pen.newline();
    }
    news(scene, pen, pr);
    if scene.model.has_left(pr) {
        pen.put("Left   ", theme.warn());
        pen.line("this view; it stays here until you go elsewhere", Style::new());
    }
    next_action(scene, pen, pr);
    pen.newline();
    latest(scene, pen, pr, detail);
    if let Some(queue) = scene.model.queue_told(pr) {
        pen.put("Queue  ", theme.dim());
        pen.paragraph(&queue, Style::new(), 2);
    }
    causes(scene, pen, pr, detail);
    let _has_reviews = reviews(scene, pen, pr, detail);
    about(scene, pen, pr);
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
        pen.put(theme.stage(status), theme.stage_style(status));
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
        pen.put(theme.stage(status), theme.stage_style(status));
        pen.put(&format!(" {:<9}", stage.to_string()), Style::new());
        let room = pen.room();
        pen.line(&phrase(scene, pr, stage, detail, room), theme.dim());
    }
}

/// A stage's state in words: `failed 40m ago`. Where that does not fit, the time keeps its number.
fn phrase(scene: Scene<'_>, pr: &PullRequest, stage: Stage, detail: Option<&Detail>, room: usize) -> String {
    let told = pr.pipeline.stage(stage);
    let word: Cow<'_, str> = match (stage, &told.status) {
        (Stage::Pr, StageStatus::Passed) => "opened".into(),
        (Stage::Pr, StageStatus::Running) => "draft".into(),
        // These have not begun: they have no age.
        (Stage::Build, StageStatus::Pending) => return truncate("not started", room).into(),
        (Stage::Approval, StageStatus::Pending) => return truncate("no review yet", room).into(),
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
    let Some((long, short)) = since(scene, told, detail, stage) else { return truncate(&word, room).into() };
    shortened(&word, &long, &short, room)
}

/// The first that fits: `failed 40m ago`, `failed 40m`, `fa… 40m`, `40m`.
fn shortened(word: &str, long: &str, short: &str, room: usize) -> String {
    let whole = format!("{word}{long}");
    if width(&whole) <= room {
        return whole;
    }
    match room.saturating_sub(width(short) + 1) {
        left if left >= width(word).min(4) => format!("{} {short}", truncate(word, left)),
        _ => truncate(short, room).into(),
    }
}

/// ` 40m ago`, or `, seen 3m ago` where only this session saw the change; and the age alone.
fn since(
    scene: Scene<'_>,
    at: &StageState,
    detail: Option<&Detail>,
    stage: Stage,
) -> Option<(String, String)> {
    let minute = scene.model.minute;
    let told = if at.observed { None } else { at.since };
    let by_history = || detail.and_then(|d| d.since(&format!("status_{}", stage.name())));
    match (told.or_else(by_history), at.since) {
        (Some(at), _) => Some((format!(" {}", ago(minute, at)), age(minute, at))),
        (None, Some(seen)) => Some((format!(", seen {}", ago(minute, seen)), age(minute, seen))),
        (None, None) => None,
    }
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

/// What happened to it, newest first: as much as a line holds, or two where there is room.
fn latest(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, detail: Option<&Detail>) {
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
    let lines = if pen.lines_left() > BELOW_CAUSES + 2 { 2 } else { 1 };
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

/// `Next   @bo to review, for 26h`, on a line that goes on.
pub(in crate::tui::view) fn next_action(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let (model, theme) = (scene.model, scene.theme);
    pen.put("Next   ", theme.dim());
    let Some(next) = NextAction::of(pr, &model.board, model.minute) else {
        let when = pr.ended_at.map(|at| format!(" {}", ago(model.minute, at))).unwrap_or_default();
        return pen.put(&format!("nothing: it was {}{when}", pr.state.word()), theme.dim());
    };
    let waited = next.since.map(|at| format!(", for {}", age(model.minute, at))).unwrap_or_default();
    pen.put(&next.sentence(), theme.strong());
    pen.put(&waited, theme.dim());
}

/// The causes of a failure: a merge that does not go, failed checks.
fn causes(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest, detail: Option<&Detail>) {
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
        let behind = failed.len().min(most) - n - 1 + BELOW_CAUSES;
        summary(scene, pen, check, &format!("{more}{hint}"), pen.lines_left().saturating_sub(behind));
    }
    if failed.is_empty() {
        pen.put("Cause  ", theme.dim());
        pen.paragraph(&unknown_cause(scene, pr), theme.bad(), 2);
    }
}

/// What a check says, over as many lines as there is room for; the tail ends the first one.
fn summary(scene: Scene<'_>, pen: &mut Pen<'_>, check: &Check, tail: &str, lines: usize) {
    let theme = scene.theme;
    let text = check.summary.as_ref().map(|summary| format!("{}{summary}", theme.dot())).unwrap_or_default();
    let column = pen.column();
    let indent = if text.is_empty() { column } else { column + width(theme.dot()) };
    let room = pen.room().saturating_sub(width(tail));
    if lines < 2 || width(&text) <= room {
        pen.put(&truncate(&text, room), Style::new());
        return pen.line(tail, theme.dim());
    }
    pen.put(theme.dot(), Style::new());
    let words = check.summary.as_deref().unwrap_or_default();
    for (n, line) in wrap(words, room - width(theme.dot()).min(room), lines.min(3)).iter().enumerate() {
        pen.to(indent);
        pen.put(line, Style::new());
        pen.line(if n == 0 { tail } else { "" }, theme.dim());
    }
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

/// Author, branches, size, commit, labels.
fn about(scene: Scene<'_>, pen: &mut Pen<'_>, pr: &PullRequest) {
    let theme = scene.theme;
    pen.put("About  ", theme.dim());
    let indent = pen.column();
    let parts = origin(scene, pr).into_iter().chain(size(pr)).chain(head(pr));
    pen.paragraph(&parts.collect::<Vec<_>>().join(theme.dot()), Style::new(), 2);
    if let Some(labels) = labels(pr) {
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

/// `+12 -3 in 2 files`; `?` for a stored number that cannot be read.
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
    Some(format!("+{added} -{removed}{files}"))
}
