//! A table for people: aligned by display width, and cut with `…` to the width of the terminal.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{Report, Style};
use crate::domain::{
    insight::Risk,
    pipeline::{Stage, StageStatus},
    pull_request::PullRequest,
    text, time,
};

/// Cells that a column may take in a pipe: one absurd title must not pad every line to its length. GitHub's own
/// titles end at 256 characters.
const WIDEST: usize = 256;

/// Writes a header and one line a pull request. In a terminal stages are glyphs under `P B A M`; in a pipe they
/// are words, so that `grep failed` finds them.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut impl Write) -> io::Result<()> {
    let mut columns = columns(report, style);
    if let Some(width) = style.width {
        fit(&mut columns, width.max(1));
    }
    for row in 0..=report.pulls.len() {
        writeln!(out, "{}", line(&columns, row, style))?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Color {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

impl Color {
    /// Its SGR parameter; the terminal's own palette decides what it looks like.
    const fn sgr(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
        }
    }
}

#[derive(Default)]
struct Cell {
    text: String,
    color: Option<Color>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, color: None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    /// Left, but it is the beginning that is cut: of `acme/api`, `api` tells most.
    LeftKeepEnd,
    Right,
}

struct TableColumn {
    align: Align,
    /// Spaces before it.
    gap: usize,
    /// Cells that it is not cut below.
    floor: usize,
    /// Where there is no room for all, columns of the lowest rank go.
    rank: u8,
    width: usize,
    /// The title, then one a pull request.
    cells: Vec<Cell>,
}

impl TableColumn {
    /// `floor` 0 means that it is never cut.
    fn new(title: &str, align: Align, rank: u8, floor: usize, cells: impl Iterator<Item = Cell>) -> Self {
        let title = Cell { text: title.to_owned(), color: Some(Color::Bold) };
        let cells: Vec<Cell> = std::iter::once(title).chain(cells).collect();
        let width = cells.iter().map(|cell| text::width(&cell.text)).max().unwrap_or_default().min(WIDEST);
        let floor = if floor == 0 { width } else { floor.min(width) };
        Self { align, gap: 2, floor, rank, width, cells }
    }
}

fn columns(report: &Report<'_>, style: Style) -> Vec<TableColumn> {
    let now = report.poll.server_now;
    let pulls = || report.pulls.iter();
    let known = |text: Option<&str>| -> Cell {
        text.unwrap_or(if style.ascii { "-" } else { "–" }).to_owned().into()
    };
    let repository =
        |pr: &&PullRequest| known(report.board.repository(pr.key.repo).map(|repo| repo.full_name.as_str()));
    let number = |pr: &&PullRequest| pr.key.number.get().to_string().into();
    let title = |pr: &&PullRequest| pr.title.to_string().into();
    let author = |pr: &&PullRequest| known(pr.author.as_deref());
    let risk = |pr: &&PullRequest| risk_cell(pr, style.ascii);
    let age = |pr: &&PullRequest| match pr.created_at {
        None if pr.is_unreadable("pull_requests.created_at") => "?".to_owned().into(),
        at => known(at.map(|at| time::age(now, at)).as_deref()),
    };
    let next = |pr: &&PullRequest| report.next_sentence(pr).into();
    let [opened, build, approval, merge] = Stage::ALL.map(|stage| stage_column(report, stage, style));
    vec![
        TableColumn::new("Repository", Align::LeftKeepEnd, 5, 8, pulls().map(repository)),
        TableColumn::new("#", Align::Right, 8, 0, pulls().map(number)),
        TableColumn::new("Title", Align::Left, 7, 16, pulls().map(title)),
        TableColumn::new("Author", Align::Left, 1, 6, pulls().map(author)),
        opened,
        build,
        approval,
        merge,
        TableColumn::new("Risk", Align::Left, 4, 6, pulls().map(risk)),
        TableColumn::new("Age", Align::Right, 2, 0, pulls().map(age)),
        TableColumn::new("Next", Align::Left, 3, 14, pulls().map(next)),
    ]
}

fn stage_column(report: &Report<'_>, stage: Stage, style: Style) -> TableColumn {
    let words = style.width.is_none();
    let (word, letter) = match stage {
        Stage::Pr => ("PR", "P"),
        Stage::Build => ("Build", "B"),
        Stage::Approval => ("Approval", "A"),
        Stage::Merge => ("Merge", "M"),
    };
    let cells = report.pulls.iter().map(|pr| {
        let status = pr.status(stage);
        let text =
            if words { status.word().to_owned() } else { stage_glyph(status, style.ascii).to_string() };
        Cell { text, color: stage_color(status) }
    });
    let gap = if words || stage == Stage::Pr { 2 } else { 1 };
    TableColumn { gap, ..TableColumn::new(if words { word } else { letter }, Align::Left, 6, 0, cells) }
}

const fn stage_glyph(status: &StageStatus, ascii: bool) -> char {
    let (glyph, plain) = match status {
        StageStatus::Pending => ('○', '.'),
        StageStatus::Running => ('◐', '~'),
        StageStatus::Passed | StageStatus::Merged => ('●', '+'),
        StageStatus::Failed => ('✗', 'x'),
        StageStatus::Closed => ('⊘', '/'),
        StageStatus::Skipped => ('–', '-'),
        StageStatus::Other(_) => ('?', '?'),
    };
    if ascii { plain } else { glyph }
}

const fn stage_color(status: &StageStatus) -> Option<Color> {
    match status {
        StageStatus::Pending | StageStatus::Closed | StageStatus::Skipped => Some(Color::Dim),
        StageStatus::Running => Some(Color::Yellow),
        StageStatus::Passed | StageStatus::Merged => Some(Color::Green),
        StageStatus::Failed => Some(Color::Red),
        StageStatus::Other(_) => None,
    }
}

fn risk_cell(pr: &PullRequest, ascii: bool) -> Cell {
    let Some(risk) = pr.risk() else { return Cell::default() };
    let (glyph, plain, color) = match risk {
        Risk::Low => ('·', '.', Some(Color::Green)),
        Risk::Medium => ('◆', '*', Some(Color::Yellow)),
        Risk::High => ('▲', '^', Some(Color::Red)),
        Risk::Other(_) => ('?', '?', None),
    };
    Cell { text: format!("{} {risk}", if ascii { plain } else { glyph }), color }
}

/// Makes the columns fit: first those of the lowest rank go, until the rest could be cut to their floors, then
/// always the widest is cut.
fn fit(columns: &mut Vec<TableColumn>, max: usize) {
    while columns.len() > 1 && total(columns, |c| c.floor) > max {
        let lowest = columns.iter().map(|c| c.rank).min();
        columns.retain(|c| Some(c.rank) != lowest);
    }
    while total(columns, |c| c.width) > max {
        let only = columns.len() == 1;
        let Some(widest) = columns.iter_mut().filter(|c| only || c.width > c.floor).max_by_key(|c| c.width)
        else {
            return;
        };
        widest.width -= 1;
    }
}

/// Cells that a line takes; the first column has no gap before it.
fn total(columns: &[TableColumn], width: impl Fn(&TableColumn) -> usize) -> usize {
    let all: usize = columns.iter().map(|c| c.gap + width(c)).sum();
    all - columns.first().map_or(0, |c| c.gap)
}

fn line(columns: &[TableColumn], row: usize, style: Style) -> String {
    let mut out = String::new();
    // Spaces are written once something follows them: no line ends in blanks.
    let mut blanks = 0;
    for (n, column) in columns.iter().enumerate() {
        let Some(cell) = column.cells.get(row) else { continue };
        let text = cut(&cell.text, column, style.ascii);
        let padding = column.width.saturating_sub(text::width(&text));
        let (before, after) = if column.align == Align::Right { (padding, 0) } else { (0, padding) };
        blanks += before + if n == 0 { 0 } else { column.gap };
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
            match cell.color.filter(|_| style.color) {
                Some(color) => out.extend(["\u{1b}[", color.sgr(), "m", &text, "\u{1b}[0m"]),
                None => out.push_str(&text),
            }
        }
        blanks += after;
    }
    out
}

/// The text, cut to its column. The mark of the cut is ours, so that `--ascii` changes it.
fn cut<'a>(cell: &'a str, column: &TableColumn, ascii: bool) -> Cow<'a, str> {
    let cut = match column.align {
        Align::Left | Align::Right => text::truncate(cell, column.width),
        Align::LeftKeepEnd => text::truncate_start(cell, column.width),
    };
    if !ascii || text::width(cell) <= column.width {
        return cut;
    }
    Cow::Owned(match column.align {
        Align::Left | Align::Right => format!("{}~", cut.trim_end_matches('…')),
        Align::LeftKeepEnd => format!("~{}", cut.trim_start_matches('…')),
    })
}
