//! The columns of the list of pull requests: their headings, and the cells of a row.

use chrono::{DateTime, Local, Utc};
use ratatui::style::Style;

use super::title::{short_title, waiting_sign};
use crate::{
    domain::{
        attention::NextAction,
        change::Latest,
        pipeline::Stage,
        pr_state::PrState,
        pull_request::PullRequest,
        repository::own_name,
        request::RequestState,
        text::{truncate, truncate_middle, width},
        time::{self, age},
        view::Column,
    },
    tui::{
        columns::{Fitted, Form},
        geometry::{Layout, Pane},
        model::{Model, Standing},
        pen::Pen,
        theme::UNSAVED,
        view::Scene,
    },
};

/// The heading of who must act, behind a blank for the arrow: the sign tells a login.
const WHO: &str = " Next @who";

/// The stages in short.
const SHORT: [&str; 4] = ["PR", "Bld", "App", "Mrg"];
/// Cells from one stage to the next in the long form: a glyph and three of connector.
const STAGE_STEP: usize = 4;

/// The heading of a column; `spare` are cells behind it whose headings may give way.
pub(super) fn heading(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    Fitted { column, form, cells }: Fitted,
    spare: usize,
) {
    let (model, dim) = (scene.model, scene.theme.dim());
    match (column, form) {
        (Column::Number, _) => pen.put(&format!("{:>cells$} ", "#"), dim),
        (Column::Title, _) if model.areas().bordered => padded(pen, cells, "Title", dim),
        (Column::Title, _) => own_title(scene, pen, cells, spare),
        (Column::Repository, _) => padded(pen, cells, "Repository", dim),
        (Column::Author, _) => padded(pen, cells, "Author", dim),
        (Column::Stages, Form::Short) => padded(pen, cells, "PBAM", dim),
        // Where no details beside the list name them, letters would puzzle.
        (Column::Stages, Form::Usual) if model.layout() == Layout::Narrow => {
            padded(pen, cells, "Stages", dim);
        }
        (Column::Stages, Form::Usual) => padded(pen, cells, "P B A M", dim),
        (Column::Stages, Form::Long) => padded(pen, cells, "PR  Bld App Mrg", dim),
        (Column::Next, _) => {
            let text = if cells < width(WHO) { " Next" } else { WHO };
            padded(pen, cells, text, dim);
        }
        (Column::For, _) => pen.put(&format!("{:>cells$} ", "Wait"), dim),
        (Column::Risk, Form::Short | Form::Usual) => padded(pen, cells, "R", dim),
        (Column::Risk, Form::Long) => padded(pen, cells, "Risk", dim),
        (Column::Age, Form::Short | Form::Usual) => pen.put(&format!("{:>cells$} ", "Age"), dim),
        (Column::Age, Form::Long) => pen.put(&format!("{:>cells$} ", "Opened"), dim),
        (Column::Changed, _) => pen.put(&format!("{:>cells$} ", "Changed"), dim),
    }
}

/// The pane's title in a column's heading, and in short what waits to be applied.
fn own_title(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, spare: usize) {
    let (model, theme) = (scene.model, scene.theme);
    let start = pen.column();
    let sign = if model.areas().tabs.is_some() { String::new() } else { waiting_sign(scene) };
    let sign = truncate(&sign, cells).into_owned();
    let room = cells - width(&sign);
    let spare = if model.list.filter_text.is_empty() { 0 } else { spare };
    // Where it is not the only pane, it shows the focus.
    let focused = model.areas().tabs.is_some() && model.focus == Pane::Pulls;
    let style = if focused { theme.focused(Style::new()) } else { Style::new() };
    pen.put(&short_title(scene, room, room + spare), style);
    pen.put(&sign, theme.warn());
    pen.to(pen.column().max(start + cells) + 1);
}

pub(super) fn cell(scene: Scene<'_>, pen: &mut Pen<'_>, fitted: Fitted, pr: &PullRequest, is_selected: bool) {
    let (model, theme) = (scene.model, scene.theme);
    let Fitted { column, form, cells } = fitted;
    // The selected line is brighter from end to end.
    let quiet = if is_selected { Style::new() } else { theme.dim() };
    match column {
        Column::Number => {
            let number = pr.key.number.get().to_string();
            pen.put(&format!("{:>cells$} ", truncate(&number, cells)), quiet);
        }
        Column::Title => {
            let style = match (is_selected, pr.state.is_open()) {
                (true, _) => theme.strong(),
                (false, true) => Style::new(),
                (false, false) => theme.dim(),
            };
            title_cell(scene, pen, cells, pr, style);
        }
        Column::Repository => {
            let name = model.board.full_name(pr.key.repo);
            let name = if form == Form::Long { name } else { own_name(name) };
            padded(pen, cells, &truncate_middle(name, cells), quiet);
        }
        Column::Author => padded(pen, cells, pr.author.as_deref().unwrap_or("–"), quiet),
        Column::Stages => stages(scene, pen, fitted, pr, quiet),
        Column::Next => next(scene, pen, cells, pr, quiet),
        Column::For => {
            let since = NextAction::of(pr, &model.board, model.minute).and_then(|action| action.since);
            let text = since.map(|at| age(model.minute, at)).unwrap_or_default();
            pen.put(&format!("{text:>cells$} "), quiet);
        }
        Column::Risk => risk(scene, pen, fitted, pr),
        Column::Age => {
            let unknown = if pr.is_unreadable("pull_requests.created_at") { "?" } else { "–" };
            let text = pr.created_at.map_or_else(|| unknown.to_owned(), |at| moment(model, at));
            pen.put(&format!("{text:>cells$} "), quiet);
        }
        Column::Changed => changed(scene, pen, fitted, pr, quiet),
    }
}

/// `26h approval ●`, or in short `26h App●`: when it last changed, and to what.
fn changed(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    Fitted { form, cells, .. }: Fitted,
    pr: &PullRequest,
    quiet: Style,
) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(Latest { at, stage }) = pr.latest() else {
        return pen.put(&format!("{:>cells$} ", "–"), quiet);
    };
    let when = moment(model, at);
    let Some(stage) = stage else { return pen.put(&format!("{when:>cells$} "), quiet) };
    let is_short = form < Form::Long || model.absolute_times;
    let name = if is_short { SHORT[stage.index()] } else { stage.name() };
    let text = format!("{when} {name}{}", if is_short { "" } else { " " });
    let status = pr.status(stage);
    pen.put(&format!("{text:>room$}", room = cells - 1), quiet);
    pen.put(theme.stage(status), theme.stage_mark(status));
    pen.put(" ", quiet);
}

fn title_cell(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest, style: Style) {
    let theme = scene.theme;
    let start = pen.column();
    if scene.model.has_left(pr) {
        pen.put(&truncate(&format!("left{}", theme.dot()), cells), theme.warn());
    }
    let cells_left = (start + cells).saturating_sub(pen.column());
    let prefix = match (&pr.state, pr.title.is_empty()) {
        (PrState::Draft, _) => "draft ",
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), true) => {
            "(run without a pull request)"
        }
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), false) => "",
    };
    let prefix = truncate(prefix, cells_left);
    pen.put(&prefix, theme.dim());
    pen.put(&truncate(&pr.title, cells_left.saturating_sub(width(&prefix))), style);
    pen.to(start + cells + 1);
}

fn stages(
    scene: Scene<'_>,
    pen: &mut Pen<'_>,
    Fitted { form, cells, .. }: Fitted,
    pr: &PullRequest,
    quiet: Style,
) {
    let theme = scene.theme;
    let start = pen.column();
    for stage in Stage::ALL {
        let status = pr.status(stage);
        pen.put(theme.stage(status), theme.stage_mark(status));
        if stage == Stage::Merge {
            break;
        }
        match form {
            Form::Short => {}
            Form::Usual => pen.put(theme.thin(), quiet),
            Form::Long => pen.put(&theme.thin().repeat(STAGE_STEP - 1), quiet),
        }
    }
    pen.to(start + cells + 1);
}

/// The next action and who must do it, with an arrow where it is the reader's turn.
fn next(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest, quiet: Style) {
    let (model, theme) = (scene.model, scene.theme);
    if let Some(at) = model.hub.sent_at(pr) {
        let sent = format!(" sent {}", since(model.now, at));
        let whole = format!("{sent} ago");
        return padded(pen, cells, if width(&whole) <= cells { &whole } else { &sent }, theme.accent());
    }
    let Some(action) = NextAction::of(pr, &model.board, model.minute) else {
        return padded(pen, cells, &format!(" {}", pr.state.word()), quiet);
    };
    let mine = model.me.as_deref().is_some_and(|me| action.owner.is(me));
    let style = if mine { theme.accent() } else { quiet };
    pen.put(if mine { theme.yours() } else { " " }, style);
    padded(pen, cells - 1, &action.short(model.me.as_deref(), cells - 1), style);
}

/// `12 s`, `3 min`
fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    match (now - at).num_seconds().max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

/// The risk; or the request for the next insight, while it is on its way or has failed.
fn risk(scene: Scene<'_>, pen: &mut Pen<'_>, Fitted { form, cells, .. }: Fitted, pr: &PullRequest) {
    let (model, theme) = (scene.model, scene.theme);
    let start = pen.column();
    let mut put = |(shape, mark): (&str, Style), gap: &str, (word, style): (&str, Style)| {
        pen.put(shape, mark);
        if form == Form::Long {
            pen.put(gap, theme.dim());
            pen.put(&truncate(word, cells - 2), style);
        }
    };
    if let Some(standing) = model.standing(pr.key) {
        let (state, word) = match standing {
            Standing::Asked => (&RequestState::Queued, "asked"),
            // `running` is a cell too long.
            Standing::Of(request) if request.state == RequestState::Running => (&request.state, "runs"),
            Standing::Of(request) if request.state == RequestState::Queued => (&request.state, "queued"),
            Standing::Of(request) => (&request.state, "failed"),
        };
        let style = theme.request_style(state);
        put((theme.request(state), style), " ", (word, style));
    } else if let Some(insight) = model.insight_of(pr)
        && let Some(risk) = &insight.risk
    {
        // Where the word has no room, its first letter reads better than a glyph alone.
        let shape = match form {
            Form::Long => theme.risk(risk),
            Form::Short | Form::Usual => risk.letter(),
        };
        let outdated = insight.is_stale(pr.head.as_ref()) == Some(true);
        let told = |style: Style| if outdated { theme.dim() } else { style };
        let gap = if model.asking.local(pr.key).is_some() { UNSAVED } else { " " };
        put((shape, told(theme.risk_mark(risk))), gap, (risk.word(), told(theme.risk_style(risk))));
    }
    pen.to(start + cells + 1);
}

/// An age, or a time.
fn moment(model: &Model, at: DateTime<Utc>) -> String {
    if model.absolute_times {
        time::moment(&model.minute.with_timezone(&Local), &at.with_timezone(&Local))
    } else {
        age(model.minute, at)
    }
}

/// A text of so many cells, and the gap after it.
fn padded(pen: &mut Pen<'_>, cells: usize, text: &str, style: Style) {
    let end = pen.column() + cells + 1;
    pen.put(&truncate(text, cells), style);
    pen.to(end);
}
