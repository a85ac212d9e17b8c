//! The columns of the list of pull requests: which of them fit, their widths, headings and cells.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Local, Utc};
use ratatui::style::Style;

use super::title::{short_title, waiting};
use crate::{
    domain::{
        attention::NextAction,
        pipeline::Stage,
        pr_state::PrState,
        pull_request::PullRequest,
        request::RequestState,
        text::{fit as fitting, truncate, truncate_middle, width},
        time::{self, age},
        view::Column as ListColumn,
    },
    tui::{
        geometry::Pane,
        model::{Model, Standing},
        pen::Pen,
        theme::UNSAVED,
        view::Scene,
    },
};

/// How much of a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Short,
    Usual,
    Long,
}

/// A column that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) column: ListColumn,
    pub(super) form: Form,
    pub(super) cells: usize,
}

/// Beside the room, the widths depend on these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    /// Cells of the largest number.
    pub(super) number: usize,
    /// No repository is chosen: the list may hold several.
    pub(super) repositories: bool,
    /// Times are shown instead of ages.
    pub(super) times: bool,
    /// The time that the list is ordered by: where only one fits, it is that one.
    pub(super) time: ListColumn,
}

/// The heading of who must act, behind a blank for the arrow: the sign tells a login.
const WHO: &str = " Next @who";

/// Cells of the gutter and the mark.
const MARGIN: usize = 2;
/// Fewest cells of a title beside columns that are no need.
const LEAST_TITLE: usize = 20;
/// Cells below which ages go, and stages stand without lines.
const NARROW: usize = 52;

/// Cells from one stage to the next in the long form: a glyph and three of connector.
const STAGE_STEP: usize = 4;

/// Which column grows first, from one form to the next; the number is the cells that the title must keep. As it gets
/// narrower, the last one gives way first. Number, title, stages, who must act and the risk's glyph never go.
const GROWTHS: [(ListColumn, Option<Form>, Form, usize); 10] = [
    (ListColumn::Repository, None, Form::Short, LEAST_TITLE),
    (ListColumn::Risk, Some(Form::Short), Form::Long, 26),
    (ListColumn::For, None, Form::Usual, 26),
    // Only where they are not there from the start.
    (ListColumn::Age, None, Form::Usual, 26),
    (ListColumn::Changed, None, Form::Usual, 26),
    (ListColumn::Repository, Some(Form::Short), Form::Usual, 30),
    (ListColumn::Repository, Some(Form::Usual), Form::Long, 34),
    (ListColumn::Author, None, Form::Usual, 34),
    (ListColumn::Next, Some(Form::Short), Form::Long, 36),
    (ListColumn::Stages, Some(Form::Usual), Form::Long, 40),
];

/// Cells of a column in each [`Form`], without the gap behind; the title takes what is left.
const fn widths(column: ListColumn, room: usize, needs: Needs) -> [usize; 3] {
    match column {
        ListColumn::Number => [needs.number; 3],
        ListColumn::Title => [0; 3],
        ListColumn::Repository => [10, 14, 20],
        ListColumn::Author => [13; 3],
        ListColumn::Stages => [4, 7, 15],
        ListColumn::Next => [acting(room), acting(room), 20],
        ListColumn::For => [4; 3],
        ListColumn::Risk => [1, 1, 8],
        ListColumn::Age => [4, 4, 12],
        ListColumn::Changed => [7, 7, 12],
    }
}

const fn cells_of(column: ListColumn, form: Form, room: usize, needs: Needs) -> usize {
    widths(column, room, needs)[form as usize]
}

/// The form before any column grows; `None` for a column that is not shown yet.
fn first_form(column: ListColumn, room: usize, needs: Needs) -> Option<Form> {
    let is_narrow = room < NARROW;
    match column {
        ListColumn::Number | ListColumn::Title => Some(Form::Usual),
        ListColumn::Repository | ListColumn::Author => None,
        ListColumn::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
        ListColumn::Next if acting(room) == 0 => None,
        ListColumn::Next | ListColumn::Risk => Some(Form::Short),
        ListColumn::For | ListColumn::Age | ListColumn::Changed if is_narrow || column != needs.time => None,
        ListColumn::For | ListColumn::Age | ListColumn::Changed => Some(time_form(column, needs)),
    }
}

const fn time_form(column: ListColumn, needs: Needs) -> Form {
    if needs.times && !matches!(column, ListColumn::For) { Form::Long } else { Form::Usual }
}

/// Cells of who must act, with an arrow before the reader's own: verb and owner, then the owner alone. The smallest
/// screens have room for the title only.
const fn acting(room: usize) -> usize {
    match room {
        ..28 => 0,
        28..35 => 7,
        35..60 => 13,
        // `rebase @mei-lin`
        _ => 16,
    }
}

/// The columns that fit into so many cells, from left to right: of those that the view has chosen, else of all.
pub(super) fn fit(room: usize, needs: Needs, chosen: &[ListColumn]) -> Vec<Fitted> {
    let is_wanted = |column: ListColumn| match column {
        ListColumn::Title => true,
        ListColumn::Repository if chosen.is_empty() => needs.repositories,
        ListColumn::Changed if chosen.is_empty() => needs.time == column,
        _ => chosen.is_empty() || chosen.contains(&column),
    };
    let time = if is_wanted(needs.time) { needs.time } else { ListColumn::Age };
    let needs = Needs { time, ..needs };
    // One cell of air at the end.
    let room = room.saturating_sub(1);
    let mut forms =
        ListColumn::ALL.map(|column| first_form(column, room, needs).filter(|_| is_wanted(column)));
    let width = |column: ListColumn, form: Option<Form>| {
        form.map_or(0, |form| cells_of(column, form, room, needs) + 1)
    };
    let used: usize = ListColumn::ALL.into_iter().zip(forms).map(|(column, form)| width(column, form)).sum();
    // No gap behind the last column.
    let mut title = (room + 1).saturating_sub(MARGIN + used);
    // Whoever chooses columns wants each of them before more of any.
    let (first, rest): (Vec<_>, Vec<_>) =
        GROWTHS.into_iter().partition(|(_, from, ..)| from.is_none() && !chosen.is_empty());
    let first = first.into_iter().map(|(column, from, to, _)| (column, from, to, LEAST_TITLE));
    for (column, from, to, keeps) in first.chain(rest) {
        let form = &mut forms[column as usize];
        let is_age = matches!(column, ListColumn::Age | ListColumn::Changed);
        // Ages do not come to narrow lists.
        if !is_wanted(column) || *form != from || (is_age && room < NARROW) {
            continue;
        }
        let to = if is_age { time_form(column, needs) } else { to };
        let wanted = width(column, Some(to)) - width(column, from);
        match (title < wanted + keeps, chosen.is_empty()) {
            (true, true) => break,
            (true, false) => continue,
            (false, _) => {}
        }
        title -= wanted;
        *form = Some(to);
    }
    let fitted = |column: ListColumn| {
        let form = forms[column as usize]?;
        let cells = if column == ListColumn::Title { title } else { cells_of(column, form, room, needs) };
        Some(Fitted { column, form, cells })
    };
    let usual: &[ListColumn] = if chosen.is_empty() { &ListColumn::ALL } else { chosen };
    let title = (!usual.contains(&ListColumn::Title)).then_some(ListColumn::Title);
    title.into_iter().chain(usual.iter().copied()).filter_map(fitted).collect()
}

pub(super) fn heading(scene: Scene<'_>, pen: &mut Pen<'_>, Fitted { column, form, cells }: Fitted) {
    let (model, dim) = (scene.model, scene.theme.dim());
    match (column, form) {
        (ListColumn::Number, _) => pen.put(&format!("{:>cells$} ", "#"), dim),
        (ListColumn::Title, _) if model.areas().bordered => padded(pen, cells, "Title", dim),
        (ListColumn::Title, _) => own_title(scene, pen, cells),
        (ListColumn::Repository, _) => padded(pen, cells, "Repository", dim),
        (ListColumn::Author, _) => padded(pen, cells, "Author", dim),
        (ListColumn::Stages, Form::Short) => padded(pen, cells, "PBAM", dim),
        (ListColumn::Stages, Form::Usual) => padded(pen, cells, "P B A M", dim),
        (ListColumn::Stages, Form::Long) => padded(pen, cells, "PR  Bld App Mrg", dim),
        (ListColumn::Next, _) => {
            let text = if cells < width(WHO) { " Next" } else { WHO };
            padded(pen, cells, text, dim);
        }
        (ListColumn::For, _) => pen.put(&format!("{:>cells$} ", "for"), dim),
        (ListColumn::Risk, Form::Short | Form::Usual) => padded(pen, cells, "R", dim),
        (ListColumn::Risk, Form::Long) => padded(pen, cells, "Risk", dim),
        (ListColumn::Age, Form::Short | Form::Usual) => pen.put(&format!("{:>cells$} ", "Age"), dim),
        (ListColumn::Age, Form::Long) => pen.put(&format!("{:>cells$} ", "Opened"), dim),
        (ListColumn::Changed, _) => pen.put(&format!("{:>cells$} ", "Changed"), dim),
    }
}

/// The pane's title in a column's heading, or the waiting changes.
fn own_title(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize) {
    let (model, theme) = (scene.model, scene.theme);
    if let Some(text) = waiting(scene) {
        return padded(pen, cells, &text, theme.warn());
    }
    let start = pen.column();
    // Where it is not the only pane, it shows the focus.
    let focused = model.areas().tabs.is_some() && model.focus == Pane::Pulls;
    let style = if focused { theme.focused(Style::new()) } else { Style::new() };
    pen.put(&truncate(&short_title(scene), cells), style);
    pen.to(start + cells + 1);
}

pub(super) fn cell(scene: Scene<'_>, pen: &mut Pen<'_>, fitted: Fitted, pr: &PullRequest, is_selected: bool) {
    let (model, theme) = (scene.model, scene.theme);
    let Fitted { column, form, cells } = fitted;
    // The selected line is brighter from end to end.
    let quiet = if is_selected { Style::new() } else { theme.dim() };
    match column {
        ListColumn::Number => {
            let number = pr.key.number.get().to_string();
            pen.put(&format!("{:>cells$} ", truncate(&number, cells)), quiet);
        }
        ListColumn::Title => {
            let style = match (is_selected, pr.state.is_open()) {
                (true, _) => theme.strong(),
                (false, true) => Style::new(),
                (false, false) => theme.dim(),
            };
            title_cell(scene, pen, cells, pr, style);
        }
        ListColumn::Repository => {
            let name = model.board.full_name(pr.key.repo);
            let own = name.rsplit('/').next().unwrap_or(name);
            let name = if form == Form::Long { name } else { own };
            padded(pen, cells, &truncate_middle(name, cells), quiet);
        }
        ListColumn::Author => padded(pen, cells, pr.author.as_deref().unwrap_or("–"), quiet),
        ListColumn::Stages => stages(scene, pen, fitted, pr, quiet),
        ListColumn::Next => next(scene, pen, cells, pr, quiet),
        ListColumn::For => {
            let since = NextAction::of(pr, &model.board, model.minute).and_then(|action| action.since);
            let text = since.map(|at| age(model.minute, at)).unwrap_or_default();
            pen.put(&format!("{text:>cells$} "), quiet);
        }
        ListColumn::Risk => risk(scene, pen, fitted, pr),
        ListColumn::Age => {
            let unknown = if pr.is_unreadable("pull_requests.created_at") { "?" } else { "–" };
            let text = pr.created_at.map_or_else(|| unknown.to_owned(), |at| moment(model, at));
            pen.put(&format!("{text:>cells$} "), quiet);
        }
        ListColumn::Changed => {
            let text = pr.changed_at().map_or_else(|| "–".to_owned(), |at| moment(model, at));
            pen.put(&format!("{text:>cells$} "), quiet);
        }
    }
}

fn title_cell(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest, style: Style) {
    let theme = scene.theme;
    let start = pen.column();
    if scene.model.has_left(pr) {
        pen.put(&truncate("left ", cells), theme.warn());
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
        pen.put(theme.stage(status), theme.stage_style(status));
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
    let mut put = |shape: &str, gap: &str, word: &str, style: Style| {
        pen.put(shape, style);
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
        put(theme.request(state), " ", word, theme.request_style(state));
    } else if let Some(insight) = model.insight_of(pr)
        && let Some(risk) = &insight.risk
    {
        let outdated = insight.is_stale(pr.head.as_ref()) == Some(true);
        let style = if outdated { theme.dim() } else { theme.risk_style(risk) };
        let gap = if model.asking.local(pr.key).is_some() { UNSAVED } else { " " };
        put(theme.risk(risk), gap, risk.word(), style);
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
    pen.put(&fitting(text, cells), style);
    pen.put(" ", style);
}
