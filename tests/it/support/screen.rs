//! Screens as text, for snapshots: the lines, then what a plain text does not show.

use std::fmt::Write;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::style::Color;

/// Columns and lines at which every screen is shown.
pub(crate) const SIZES: [(u16, u16); 3] = [(40, 12), (80, 24), (140, 40)];

/// Draws one frame on a new screen; [`snapshot`] of it.
pub(crate) fn draw(columns: u16, lines: u16, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("a screen in memory");
    terminal.draw(view).expect("a screen in memory");
    snapshot(terminal.backend())
}

/// The same, as cells.
pub(crate) fn buffer(columns: u16, lines: u16, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("a screen in memory");
    terminal.draw(view).expect("a screen in memory");
    terminal.backend().buffer().clone()
}

/// The lines of a [`snapshot`].
pub(crate) fn lines_of(snapshot: &str) -> Vec<String> {
    snapshot.lines().map(str::to_owned).collect()
}

/// The lines of a screen (without blanks at their ends), then the cursor if it shows (`cursor x8 y23`), then
/// the runs of cells with a style, one row of the screen a line: `y3: 0-8 red bold, 12 on-blue reversed`.
pub(crate) fn snapshot(screen: &TestBackend) -> String {
    let mut text = lines(screen.buffer()).join("\n");
    text.push('\n');
    if screen.cursor_visible() {
        let at = screen.cursor_position();
        writeln!(text, "cursor x{} y{}", at.x, at.y).expect("a string");
    }
    text + &styles(screen.buffer())
}

/// The text of a screen, line by line, without blanks at the ends.
pub(crate) fn lines(buffer: &Buffer) -> Vec<String> {
    let line = |cells: &[Cell]| {
        let mut text = String::new();
        let mut hidden = 0; // cells behind a wide glyph
        for cell in cells {
            if hidden == 0 {
                text.push_str(cell.symbol());
                hidden = cell.cell_width().max(1);
            }
            hidden -= 1;
        }
        text.trim_end().to_owned()
    };
    buffer.content.chunks(usize::from(buffer.area.width.max(1))).map(line).collect()
}

fn styles(buffer: &Buffer) -> String {
    let mut text = String::new();
    for (y, cells) in buffer.content.chunks(usize::from(buffer.area.width.max(1))).enumerate() {
        let (mut x, mut runs) = (0, Vec::new());
        for run in cells.chunk_by(|a, b| style(a) == style(b)) {
            let (style, last) = (style(&run[0]), x + run.len() - 1);
            if !style.is_empty() {
                runs.push(if last == x { format!("{x} {style}") } else { format!("{x}-{last} {style}") });
            }
            x = last + 1;
        }
        if !runs.is_empty() {
            writeln!(text, "y{y}: {}", runs.join(", ")).expect("a string");
        }
    }
    text
}

/// A cell's style in words; empty when it has none.
fn style(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(cell.fg.to_string().to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{}", cell.bg).to_lowercase());
    }
    words.extend(cell.modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    words.join(" ")
}
