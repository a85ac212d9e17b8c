//! The help: the keys as they are bound now, the filter's grammar, and the signs.

use ratatui::{Frame, style::Style};

use super::{Backdrop, Keys, Layer, Reaction, palette::own_key};
use crate::{
    domain::{
        filter::GRAMMAR,
        insight::Risk,
        pipeline::StageStatus,
        request::RequestState,
        source::Source,
        text::{fit, wrap},
    },
    tui::{
        action::{Action, BINDINGS, KeyGroup},
        geometry::{Area, middle},
        keymap::Keymap,
        msg::Turn,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Cells of the first column, with the blanks around it.
const FIRST: usize = 22;
/// Columns of one column of the help, and of the screen where two fit.
const ONE: u16 = 78;
const TWO: u16 = 134;

#[derive(Clone, Debug, PartialEq, Eq)]
enum HelpLine {
    /// Begins a group.
    Heading(&'static str),
    /// A sign and its meaning.
    Row(Sign, String),
    /// Ends a group.
    Blank,
}

/// A sign in the first column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    /// The keys of an action.
    Keys(Action),
    /// The key of a command of the user's own, by its index.
    Own(usize),
    /// Any other text.
    Text(&'static str),
    /// A stage's glyph.
    Stage(StageStatus),
    /// A risk's glyph.
    Risk(Risk),
    /// A request's glyph.
    Request(RequestState),
    /// The arrow of the reader's own.
    Yours,
    /// The mark of a row that changed.
    News,
}

/// The help, with its scroll position.
#[derive(Clone, Copy, Debug, Default)]
pub struct Help {
    /// First line shown.
    pub top: usize,
}

impl Layer for Help {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Down, Action::Up], "line"),
            (&[Action::PageDown, Action::PageUp], "page"),
            (&[Action::Top, Action::Bottom], "ends"),
            (&[Action::Enter, Action::Help], ""),
        ]
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        if let Action::Back | Action::Enter | Action::Help = action {
            return Reaction::Close;
        }
        let last = last_top(back);
        self.top = action.step(self.top.min(last), usize::from(back.size.1) / 2, last + 1);
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            let last = last_top(back);
            self.top = turn.from(self.top.min(last), last + 1);
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let columns = columns(back);
        let inside = boxed(frame, area(back), " Help ", theme);
        let top = self.top.min(last_top(back));
        let width = inside.width / u16::try_from(columns.len()).unwrap_or(1).max(1);
        for (x, lines) in (inside.x..).step_by(usize::from(width.max(1))).zip(&columns) {
            let mut pen = Pen::new(frame, Area { x, width, ..inside }, theme);
            column(&mut pen, back, keymap, theme, lines, top);
        }
    }
}

/// The help's box.
fn area(back: Backdrop<'_>) -> Area {
    let height = u16::try_from(longest(back)).unwrap_or(u16::MAX).saturating_add(2);
    middle(back.size, if is_double(back) { TWO } else { ONE }, height)
}

/// The last line at which the help may start, so that no empty rows follow.
fn last_top(back: Backdrop<'_>) -> usize {
    longest(back).saturating_sub(usize::from(area(back).framed().height))
}

fn longest(back: Backdrop<'_>) -> usize {
    columns(back).iter().map(Vec::len).max().unwrap_or_default()
}

fn is_double(back: Backdrop<'_>) -> bool {
    back.size.0 >= TWO
}

/// The lines, in one or two columns; long lines are wrapped.
fn columns(back: Backdrop<'_>) -> Vec<Vec<HelpLine>> {
    let is_double = is_double(back);
    let cells = usize::from(if is_double { (TWO - 2) / 2 } else { ONE.min(back.size.0).saturating_sub(2) });
    let (keys, rest) = (broken(keys(back), cells), broken(rest(back.source), cells));
    if is_double { vec![keys, rest] } else { vec![keys.into_iter().chain(rest).collect()] }
}

fn broken(lines: Vec<HelpLine>, cells: usize) -> Vec<HelpLine> {
    let mut out = Vec::new();
    for line in lines {
        let HelpLine::Row(sign, text) = line else {
            out.push(line);
            continue;
        };
        let mut parts = wrap(&text, cells.saturating_sub(FIRST).max(10), 9).into_iter();
        out.push(HelpLine::Row(sign, parts.next().unwrap_or_default()));
        out.extend(parts.map(|part| HelpLine::Row(Sign::Text(""), part)));
    }
    out
}

fn keys(back: Backdrop<'_>) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for group in KeyGroup::ALL {
        lines.push(HelpLine::Heading(group.title()));
        let rows = BINDINGS.iter().filter(|b| b.group == group && !b.help.is_empty());
        lines.extend(rows.map(|b| HelpLine::Row(Sign::Keys(b.action), b.help.to_owned())));
        lines.push(HelpLine::Blank);
    }
    if !back.commands.is_empty() {
        lines.push(HelpLine::Heading("Your commands"));
        lines.extend(
            (0..back.commands.len()).map(|at| HelpLine::Row(Sign::Own(at), back.commands[at].name.clone())),
        );
        lines.push(HelpLine::Blank);
    }
    lines
}

fn rest(source: Option<&Source>) -> Vec<HelpLine> {
    let mut lines = vec![HelpLine::Heading("Filter: all terms must match")];
    let row = |sign: Sign, text: &str| HelpLine::Row(sign, text.to_owned());
    lines.extend(GRAMMAR.iter().map(|(example, meaning)| row(Sign::Text(example), meaning)));
    lines.push(HelpLine::Blank);
    lines.push(HelpLine::Heading("Signs"));
    let stages = [
        (StageStatus::Passed, "done and well"),
        (StageStatus::Running, "under way, or waited for"),
        (StageStatus::Pending, "nothing yet"),
        (StageStatus::Failed, "failed, in conflict, or changes asked for"),
        (StageStatus::Merged, "merged"),
        (StageStatus::Closed, "closed unmerged"),
        (StageStatus::Skipped, "not needed"),
    ];
    lines.extend(stages.map(|(status, meaning)| row(Sign::Stage(status), meaning)));
    lines.push(row(Sign::News, "before a row: it changed since you last had it selected"));
    lines.push(row(Sign::Yours, "before the next action: it is yours"));
    let risks = [
        (Risk::Low, "low risk"),
        (Risk::Medium, "medium risk"),
        (Risk::High, "high risk; dimmed when stale"),
    ];
    lines.extend(risks.map(|(risk, meaning)| row(Sign::Risk(risk), meaning)));
    lines.push(row(
        Sign::Request(RequestState::Queued),
        "a new insight is asked for; then running, or failed",
    ));
    lines.push(row(Sign::Text("~"), "behind a risk's sign: made here, stored nowhere"));
    if let Some(source) = source {
        lines.push(HelpLine::Blank);
        lines.push(HelpLine::Heading("This database"));
        lines.push(row(Sign::Text("engine"), &format!("{} {}", source.engine, source.version)));
        lines.push(row(Sign::Text("at"), &format!("{} on {}", source.database, source.node)));
        lines.extend(source.missing.iter().map(|text| row(Sign::Text("lacks"), text)));
    }
    lines
}

fn column(
    pen: &mut Pen<'_>,
    back: Backdrop<'_>,
    keymap: &Keymap,
    theme: Theme,
    lines: &[HelpLine],
    top: usize,
) {
    let visible = pen.lines_left();
    for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
        match line {
            HelpLine::Heading(text) => pen.put(&format!(" {text}"), theme.strong()),
            HelpLine::Row(sign, text) => {
                pen.put(&format!("  {} ", fit(&shown(back, keymap, theme, sign), FIRST - 3)), theme.accent());
                pen.put(text, Style::new());
            }
            HelpLine::Blank => {}
        }
        if n + 1 == top + visible && n + 1 < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        pen.newline();
    }
}

fn shown(back: Backdrop<'_>, keymap: &Keymap, theme: Theme, sign: &Sign) -> String {
    match sign {
        Sign::Keys(action) => {
            let at = BINDINGS.iter().position(|b| b.action == *action).unwrap_or_default();
            let shared = BINDINGS.iter().skip(at + 1).take_while(|b| b.help.is_empty()).map(|b| b.action);
            let labels = std::iter::once(*action).chain(shared).map(|action| keymap.label(action));
            let keys = labels.filter(|label| !label.is_empty()).collect::<Vec<_>>().join(" ");
            // What has no key is in the palette.
            let by_name = || format!("{} {}", keymap.first(Action::Palette), action.binding().name);
            if keys.is_empty() { by_name() } else { keys }
        }
        Sign::Own(at) => {
            let Some(command) = back.commands.get(*at) else { return String::new() };
            let key = own_key(command);
            // What has no key is in the palette.
            if key.is_empty() { keymap.first(Action::Palette) } else { key }
        }
        Sign::Text(text) => (*text).to_owned(),
        Sign::Stage(status) => theme.stage(status).to_owned(),
        Sign::Request(state) => theme.request(state).to_owned(),
        Sign::Risk(risk) => theme.risk(risk).to_owned(),
        Sign::Yours => theme.yours().to_owned(),
        Sign::News => theme.news().to_owned(),
    }
}
