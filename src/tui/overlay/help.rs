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
        view::View,
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

/// Cells of a column of the help at least and at most, and columns at most.
const COLUMN: (u16, u16) = (38, 66);
const MOST_COLUMNS: u16 = 4;
/// Cells of a sign with the blanks around it: of keys, of filters, of glyphs, of what a database has.
const KEYS: usize = 16;
const FILTERS: usize = 21;
const GLYPHS: usize = 7;
const FACTS: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
enum HelpLine {
    /// Begins a group.
    Heading(&'static str),
    /// A sign, the cells that it takes, and its meaning.
    Row(Sign, usize, String),
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
    /// The tab of a view, by its index.
    View(usize),
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
    /// The mark of a chosen row.
    Mark,
    /// Rows would change places.
    Moved,
    /// Behind an order.
    Reversed,
}

/// The help, with the page shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Help {
    pub page: usize,
}

impl Layer for Help {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Mark], "next page"),
            (&[Action::PageUp], "page before"),
            (&[Action::PageDown, Action::Down, Action::Up, Action::Top, Action::Bottom], ""),
            (&[Action::Enter, Action::Help], ""),
        ]
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        let pages = Sheet::new(back).pages();
        let at = self.page.min(pages - 1);
        self.page = match action {
            Action::Back | Action::Enter | Action::Help => return Reaction::Close,
            // Round: one key shows all.
            Action::Mark => (at + 1) % pages,
            other => other.step(at, 1, pages),
        };
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let sheet = Sheet::new(back);
        if sheet.area.contains(x, y) {
            self.page = turn.step().step(self.page.min(sheet.pages() - 1), 1, sheet.pages());
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let sheet = Sheet::new(back);
        let (pages, page) = (sheet.pages(), self.page.min(sheet.pages() - 1));
        let title = if pages == 1 { " Help ".to_owned() } else { format!(" Help {}/{pages} ", page + 1) };
        let inside = boxed(frame, sheet.area, &title, theme);
        let shown = sheet.columns.iter().skip(page * sheet.abreast).take(sheet.abreast);
        for (x, lines) in (inside.x..).step_by(usize::from(sheet.cells.max(1))).zip(shown) {
            let mut pen = Pen::new(frame, Area { x, width: sheet.cells, ..inside }, theme);
            for line in lines {
                put(&mut pen, back, keymap, theme, line);
            }
        }
    }
}

/// The help's box, and its lines in columns, as many abreast as fit.
struct Sheet {
    area: Area,
    /// Cells of a column.
    cells: u16,
    columns: Vec<Vec<HelpLine>>,
    abreast: usize,
}

impl Sheet {
    fn new(back: Backdrop<'_>) -> Self {
        let (least, most) = COLUMN;
        let room = middle(back.size, u16::MAX, u16::MAX).framed();
        let abreast = (room.width / least).clamp(1, MOST_COLUMNS);
        let cells = (room.width / abreast).min(most);
        let lines = keys(back, false)
            .into_iter()
            .chain(views(back.views))
            .chain(filters())
            .chain(keys(back, true))
            .chain(signs(back.source))
            .collect();
        let columns = columns(blocks(lines, usize::from(cells)), usize::from(room.height).max(1));
        let longest = columns.iter().map(Vec::len).max().unwrap_or_default();
        let height = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(2);
        let area = middle(back.size, (abreast * cells).saturating_add(2), height);
        Self { area, cells, columns, abreast: usize::from(abreast) }
    }

    fn pages(&self) -> usize {
        self.columns.len().div_ceil(self.abreast).max(1)
    }
}

/// Columns of so many lines. None begins with a blank line; a heading and its first row, and the lines of a row, stand
/// in one column if that holds them.
fn columns(blocks: Vec<Vec<HelpLine>>, height: usize) -> Vec<Vec<HelpLine>> {
    let mut columns: Vec<Vec<HelpLine>> = vec![Vec::new()];
    for block in blocks {
        let mut room = height.saturating_sub(columns.last().map_or(0, Vec::len));
        if room < block.len() {
            room = 0;
        }
        for line in block {
            if room == 0 {
                columns.push(Vec::new());
                room = height;
            }
            if let Some(column) =
                columns.last_mut().filter(|column| line != HelpLine::Blank || !column.is_empty())
            {
                column.push(line);
                room -= 1;
            }
        }
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// The lines that stand together, long ones wrapped.
fn blocks(lines: Vec<HelpLine>, cells: usize) -> Vec<Vec<HelpLine>> {
    let mut blocks: Vec<Vec<HelpLine>> = Vec::new();
    for line in lines {
        let HelpLine::Row(sign, first, text) = line else {
            blocks.push(vec![line]);
            continue;
        };
        let mut parts = wrap(&text, cells.saturating_sub(first + 1).max(10), 9).into_iter();
        let row = HelpLine::Row(sign, first, parts.next().unwrap_or_default());
        let rest = parts.map(|part| HelpLine::Row(Sign::Text(""), first, part));
        let row = std::iter::once(row).chain(rest);
        match blocks.last_mut() {
            Some(last) if matches!(last.as_slice(), [HelpLine::Heading(_)]) => last.extend(row),
            Some(_) | None => blocks.push(row.collect()),
        }
    }
    blocks
}

/// The keys of the board, or those that mean it elsewhere alone.
fn keys(back: Backdrop<'_>, inner: bool) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for group in KeyGroup::ALL.into_iter().filter(|group| group.is_inner() == inner) {
        lines.push(HelpLine::Heading(group.title()));
        let rows = BINDINGS.iter().filter(|b| b.group == group && !b.help.is_empty());
        lines.extend(rows.map(|b| HelpLine::Row(Sign::Keys(b.action), KEYS, b.help.to_owned())));
        lines.push(HelpLine::Blank);
    }
    if !inner && !back.commands.is_empty() {
        lines.push(HelpLine::Heading("Your commands"));
        lines.extend(
            (0..back.commands.len())
                .map(|at| HelpLine::Row(Sign::Own(at), KEYS, back.commands[at].name.clone())),
        );
        lines.push(HelpLine::Blank);
    }
    lines
}

/// What each tab means.
fn views(views: &[View]) -> Vec<HelpLine> {
    let row = |(at, view): (usize, &View)| HelpLine::Row(Sign::View(at), KEYS, view.meaning().to_owned());
    let rows = views.iter().enumerate().filter(|(_, view)| !view.text.is_empty()).map(row);
    std::iter::once(HelpLine::Heading("Views: pull requests …"))
        .chain(rows)
        .chain([HelpLine::Blank])
        .collect()
}

fn filters() -> Vec<HelpLine> {
    let term = |(example, meaning): &(&'static str, &str)| {
        HelpLine::Row(Sign::Text(example), FILTERS, (*meaning).to_owned())
    };
    let heading = HelpLine::Heading("Filter: all terms must match");
    std::iter::once(heading).chain(GRAMMAR.iter().map(term)).chain([HelpLine::Blank]).collect()
}

fn signs(source: Option<&Source>) -> Vec<HelpLine> {
    let mut lines = vec![HelpLine::Heading("Signs")];
    let row = |sign: Sign, text: &str| HelpLine::Row(sign, GLYPHS, text.to_owned());
    let stages = [
        (StageStatus::Passed, "done and well"),
        (StageStatus::Running, "under way, or waited for"),
        (StageStatus::Pending, "nothing yet"),
        (StageStatus::Failed, "failed, conflict, changes asked"),
        (StageStatus::Merged, "merged"),
        (StageStatus::Closed, "closed unmerged"),
        (StageStatus::Skipped, "not needed"),
    ];
    lines.extend(stages.map(|(status, meaning)| row(Sign::Stage(status), meaning)));
    lines.push(row(Sign::Text("PBAM"), "heading of the stages: pull request, build, approval, merge"));
    lines.push(row(Sign::News, "before a row: it changed since you looked"));
    lines.push(row(Sign::Mark, "before a row: it is marked"));
    lines.push(row(Sign::Text("+1"), "so many new rows wait to be shown; −1: to go"));
    lines.push(row(Sign::Moved, "a new order waits"));
    lines.push(row(Sign::Reversed, "behind an order: reversed"));
    lines.push(row(Sign::Yours, "the next action is yours"));
    lines.push(row(Sign::Text("rule"), "so many tell; fired: in : log"));
    lines.push(row(Sign::Text("R"), "risk: L low, M medium, H high"));
    let risks = [(Risk::Low, "low risk"), (Risk::Medium, "medium risk"), (Risk::High, "high risk")];
    lines.extend(risks.map(|(risk, meaning)| row(Sign::Risk(risk), meaning)));
    lines.push(row(Sign::Text("dim"), "of a risk: its insight is stale"));
    lines.push(row(Sign::Request(RequestState::Queued), "asked for; then running, or failed"));
    lines.push(row(Sign::Text("~"), "made here, stored nowhere"));
    if let Some(source) = source {
        lines.push(HelpLine::Blank);
        lines.push(HelpLine::Heading("This database"));
        let row = |name, text: &str| HelpLine::Row(Sign::Text(name), FACTS, text.to_owned());
        lines.push(row("engine", &format!("{} {}", source.engine, source.version)));
        lines.push(row("at", &format!("{} on {}", source.database, source.node)));
        lines.extend(source.missing.iter().map(|text| row("lacks", text)));
    }
    lines
}

fn put(pen: &mut Pen<'_>, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, line: &HelpLine) {
    match line {
        HelpLine::Heading(text) => pen.put(&format!(" {text}"), theme.strong()),
        HelpLine::Row(sign, first, text) => {
            let cells = first.saturating_sub(3);
            pen.put(&format!("  {} ", fit(&shown(back, keymap, theme, sign), cells)), theme.accent());
            pen.put(text, Style::new());
        }
        HelpLine::Blank => {}
    }
    pen.newline();
}

fn shown(back: Backdrop<'_>, keymap: &Keymap, theme: Theme, sign: &Sign) -> String {
    match sign {
        Sign::Keys(action) => {
            let at = BINDINGS.iter().position(|b| b.action == *action).unwrap_or_default();
            let shared = BINDINGS.iter().skip(at + 1).take_while(|b| b.help.is_empty()).map(|b| b.action);
            let labels = std::iter::once(*action).chain(shared).map(|action| keymap.label(action));
            let labels: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
            let keys = match labels.as_slice() {
                [first, _, .., last] => format!("{first} … {last}"),
                few => few.join(" "),
            };
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
        Sign::View(at) => {
            let Some(view) = back.views.get(*at) else { return String::new() };
            let key = view.key.map(|key| keymap.first(Action::View(key))).unwrap_or_default();
            format!("{key} {}", view.name).trim_start().to_owned()
        }
        Sign::Text(text) => (*text).to_owned(),
        Sign::Stage(status) => theme.stage(status).to_owned(),
        Sign::Request(state) => theme.request(state).to_owned(),
        Sign::Risk(risk) => theme.risk(risk).to_owned(),
        Sign::Yours => theme.yours().to_owned(),
        Sign::News => theme.news().to_owned(),
        Sign::Mark => theme.mark().to_owned(),
        Sign::Moved => theme.moved().to_owned(),
        Sign::Reversed => theme.reversed().trim_start().to_owned(),
    }
}
