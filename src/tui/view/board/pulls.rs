//! The list of pull requests.

mod title;

use chrono::{DateTime, Local, Utc};
use ratatui::{Frame, style::Style};

use self::title::{ordering, short_title, title, waiting};
use super::columns::{Fitted, Form, Needs, fit as fit_columns};
use crate::{
    domain::{
        attention::{NextAction, Sort},
        filter::NEEDS_ME,
        group::Group,
        insight::Risk,
        pipeline::{Stage, StageStatus},
        pr_state::PrState,
        pull_request::PullRequest,
        request::RequestState,
        text::{fit, quoted, truncate, truncate_middle, width},
        time::{self, age},
        view::Column as ListColumn,
    },
    tui::{
        action::Action,
        geometry::{Area, Pane},
        model::{Line, Model, Standing},
        pen::{Pen, frame_of, rect},
        theme::UNSAVED,
        view::Scene,
    },
};

/// Branches upon branches that are told apart.
const DEEPEST: u8 = 4;
/// Cells from one stage to the next in the long form: a glyph and three of connector.
const STAGE_STEP: usize = 4;

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let areas = model.areas();
    let focused = model.focus == Pane::Pulls;
    let inside = frame_of(frame, area, areas.bordered, focused, theme, (title(scene), ordering(scene)));
    let mut pen = Pen::new(frame, inside, theme);
    let needs = Needs {
        number: number_width(model),
        repositories: model.repos.selected.is_none(),
        times: model.absolute_times,
        by_waiting: model.list.sort.sort == Sort::Waiting,
    };
    let columns = fit_columns(usize::from(inside.width), needs, &model.list.columns);
    pen.put("  ", theme.dim());
    for column in &columns {
        heading(scene, &mut pen, *column);
    }
    pen.newline();
    let (titles, lines) = (inside.y + 1, pen.lines_left());
    for line in (model.list.top..).take(lines) {
        match model.list.line(line) {
            Some(Line::Row(at)) => row(scene, &mut pen, &columns, at),
            Some(Line::Group(at)) => group(scene, &mut pen, &model.list.groups[at]),
            None => break,
        }
    }
    if model.list.rows.is_empty() {
        nothing(scene, &mut pen);
    }
    let line = model.position().map(|at| model.list.line_of(at));
    let line = line.and_then(|line| line.checked_sub(model.list.top)).filter(|line| *line < lines);
    if let Some(line) = line.and_then(|line| u16::try_from(line).ok()) {
        bar(scene, frame, Area { y: titles + line, height: 1, ..inside });
    }
}

/// The background of the selected row, from end to end, where the terminal has such colours.
fn bar(scene: Scene<'_>, frame: &mut Frame<'_>, row: Area) {
    let Some(color) = scene.model.look.palette().selected.filter(|_| scene.theme.color) else { return };
    for place in rect(row).positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(place) {
            cell.bg = color;
        }
    }
}

/// Cells of the largest number. Seven digits are more than any repository has.
fn number_width(model: &Model) -> usize {
    let largest = model.list.rows.iter().map(|key| key.number.get()).max().unwrap_or_default();
    largest.to_string().len().clamp(3, 7)
}

fn heading(scene: Scene<'_>, pen: &mut Pen<'_>, Fitted { column, form, cells }: Fitted) {
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
        (ListColumn::Next, _) => padded(pen, cells, " Next", dim),
        (ListColumn::For, _) => pen.put(&format!("{:>cells$} ", "for"), dim),
        (ListColumn::Risk, Form::Short | Form::Usual) => padded(pen, cells, "R", dim),
        (ListColumn::Risk, Form::Long) => padded(pen, cells, "Risk", dim),
        (ListColumn::Age, Form::Short | Form::Usual) => pen.put(&format!("{:>cells$} ", "Age"), dim),
        (ListColumn::Age, Form::Long) => pen.put(&format!("{:>cells$} ", "Opened"), dim),
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

/// A text of so many cells, and the gap after it.
fn padded(pen: &mut Pen<'_>, cells: usize, text: &str, style: Style) {
    pen.put(&fit(text, cells), style);
    pen.put(" ", style);
}

/// `acme/api · 24 ✗3 ▲2`
fn group(scene: Scene<'_>, pen: &mut Pen<'_>, group: &Group) {
    let theme = scene.theme;
    let signed = |sign: &str, n: usize| if n == 0 { String::new() } else { format!(" {sign}{n}") };
    let failing = signed(theme.stage(&StageStatus::Failed), group.failing);
    let high_risk = signed(theme.risk(&Risk::High), group.high_risk);
    let count = format!("{}{}", theme.dot(), group.len);
    let taken: usize = [&count, &failing, &high_risk].map(|text| width(text)).iter().sum();
    pen.put(" ", theme.dim());
    pen.put(&truncate(&group.name, pen.room().saturating_sub(taken + 1)), theme.accent());
    pen.put(&count, theme.dim());
    pen.put(&format!("{failing}{high_risk}"), theme.bad());
    pen.newline();
}

fn row(scene: Scene<'_>, pen: &mut Pen<'_>, columns: &[Fitted], at: usize) {
    let (model, theme) = (scene.model, scene.theme);
    let key = model.list.rows[at];
    let Some(pr) = model.board.pull(key) else {
        pen.newline();
        return;
    };
    let is_selected = model.list.selected == Some(key);
    pen.put(if is_selected { theme.cursor() } else { " " }, theme.accent());
    match (model.list.marked.contains(&key), model.seen.is_news(key)) {
        (true, _) => pen.put(theme.mark(), theme.warn()),
        (false, true) => pen.put(theme.news(), theme.accent()),
        (false, false) => pen.put(" ", theme.warn()),
    }
    for column in columns {
        let mut column = *column;
        if column.column == ListColumn::Title {
            column.cells -= branch(scene, pen, column.cells, model.list.depth(at));
        }
        cell(scene, pen, column, pr, is_selected);
    }
    pen.newline();
}

/// Where a branch stands upon another one; the cells that this takes of the title.
fn branch(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, depth: u8) -> usize {
    if depth == 0 {
        return 0;
    }
    let indent = " ".repeat(2 * usize::from(depth.min(DEEPEST) - 1));
    let text = truncate(&format!("{indent}{}", scene.theme.branch()), cells / 2).into_owned();
    pen.put(&text, scene.theme.dim());
    width(&text)
}

fn cell(scene: Scene<'_>, pen: &mut Pen<'_>, fitted: Fitted, pr: &PullRequest, is_selected: bool) {
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
    }
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
    padded(pen, cells - 1, &action.short(cells - 1), style);
}

/// `12 s`, `3 min`
fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    match (now - at).num_seconds().max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

fn title_cell(scene: Scene<'_>, pen: &mut Pen<'_>, cells: usize, pr: &PullRequest, style: Style) {
    let theme = scene.theme;
    let start = pen.column();
    let prefix = match (&pr.state, pr.title.is_empty()) {
        (PrState::Draft, _) => "draft ",
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), true) => {
            "(run without a pull request)"
        }
        (PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_), false) => "",
    };
    let prefix = truncate(prefix, cells);
    pen.put(&prefix, theme.dim());
    pen.put(&truncate(&pr.title, cells.saturating_sub(width(&prefix))), style);
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

/// Why the list is empty, and a way out.
fn nothing(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme, keymap) = (scene.model, scene.theme, scene.keymap);
    if !model.link.loaded {
        return;
    }
    pen.newline();
    let (name, set) = (model.set_name(), model.set());
    let (all, typed) = (set.is_empty(), &model.list.filter_text);
    let what = match (typed.is_empty(), all) {
        (true, true) => "There is no pull request.".to_owned(),
        (true, false) => format!("No pull request is in the view {name}."),
        (false, true) => format!("Nothing matches {}.", quoted(typed)),
        (false, false) => format!("Nothing in the view {name} matches {}.", quoted(typed)),
    };
    let unknown = model.me.is_none() && (set.needs_me() || model.list.filter.needs_me());
    let who = if unknown { format!(" {NEEDS_ME}.") } else { String::new() };
    let clear = if typed.is_empty() {
        String::new()
    } else {
        format!("{} clears the filter, ", keymap.first(Action::Back))
    };
    let hidden = match model.list.snoozed {
        0 => String::new(),
        n => format!(" {n} snoozed: /is:snoozed shows them."),
    };
    let text = format!("{what}{who}{hidden} {clear}{} shows the next view.", keymap.first(Action::NextView));
    pen.to(2);
    pen.paragraph(&text, theme.dim(), 5);
}
