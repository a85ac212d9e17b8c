//! Cells to bytes, as few as can be: nothing for an unchanged frame, else one write between the marks of
//! synchronized output; longer runs of blanks are erased. ratatui's own backend writes 25 bytes for an unchanged frame,
//! moves the cursor by absolute addresses, and names each colour in its long form.

mod size;

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{self, BeginSynchronizedUpdate, Clear, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};

pub use self::size::size;
use crate::domain::text::{is_ambiguous, is_undisputed, width};

/// Draws to `W`; the frame is collected and written by `flush`.
#[derive(Debug)]
pub struct QuietBackend<W: Write> {
    out: W,
    frame: Vec<u8>,
    cursor: Position,
    cursor_shown: bool,
    wide_glyphs: bool,
}

/// How a cell looks.
type Look = (Modifier, Color, Color);

const PLAIN: Look = (Modifier::empty(), Color::Reset, Color::Reset);

/// What is seen of a blank beside its background.
const SEEN_ON_BLANKS: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// Where the terminal's cursor stands, and how it draws.
type State = (Place, Look);

/// As far as it is known.
#[derive(Clone, Copy)]
enum Place {
    Unknown,
    Line(u16),
    At(u16, u16),
}

/// Plain blanks in a row: column, line, how many.
type Blanks = (u16, u16, u16);

/// From so many blanks on, erasing them and stepping over them is shorter.
const ERASED: u16 = 11;

impl<W: Write> QuietBackend<W> {
    /// Draws to `out`, its cursor hidden; `wide_glyphs` where East Asian ambiguous ones are two cells wide.
    pub const fn new(out: W, wide_glyphs: bool) -> Self {
        Self { out, frame: Vec::new(), cursor: Position::ORIGIN, cursor_shown: false, wide_glyphs }
    }

    /// Whether every terminal's cursor stands one cell further behind this glyph.
    fn is_one_everywhere(&self, glyph: &str) -> bool {
        width(glyph) == 1 && is_undisputed(glyph) && !(self.wide_glyphs && is_ambiguous(glyph))
    }

    /// Where the cursor stands behind this glyph: no single character is so wide that the line ends before the next.
    fn behind(&self, glyph: &str, x: u16, y: u16) -> Place {
        if self.is_one_everywhere(glyph) {
            Place::At(x + 1, y)
        } else if is_two_everywhere(glyph) {
            Place::At(x + 2, y)
        } else if glyph.chars().nth(1).is_none() {
            Place::Line(y)
        } else {
            Place::Unknown
        }
    }

    /// Goes to a cell: within a line a step to the right or to a column, else to an address.
    fn go(&mut self, from: Place, x: u16, y: u16) -> io::Result<()> {
        match from {
            Place::At(at, line) if (at, line) == (x, y) => Ok(()),
            Place::At(at, line) if line == y && at < x => match x - at {
                1 => self.frame.write_all(b"\x1b[C"),
                steps => write!(self.frame, "\x1b[{steps}C"),
            },
            Place::Line(line) if line == y => write!(self.frame, "\x1b[{}G", x + 1),
            Place::At(..) | Place::Line(_) | Place::Unknown => queue!(self.frame, MoveTo(x, y)),
        }
    }

    /// Writes blanks, or erases what is there (ECH, which leaves the cursor in its place).
    fn blank(&mut self, blanks: Option<Blanks>, (at, look): &mut State) -> io::Result<()> {
        let Some((x, y, count)) = blanks else { return Ok(()) };
        self.go(*at, x, y)?;
        if !are_alike_on_blanks(*look, PLAIN) {
            self.change(std::mem::replace(look, PLAIN), PLAIN)?;
        }
        if count >= ERASED {
            *at = Place::At(x, y);
            return write!(self.frame, "\x1b[{count}X");
        }
        *at = Place::At(x + count, y);
        self.frame.write_all(" ".repeat(usize::from(count)).as_bytes())
    }

    /// Changes how the next cells look, by the shorter of a change and a new start.
    fn change(&mut self, from: Look, to: Look) -> io::Result<()> {
        if from == to {
            return Ok(());
        }
        // Nothing before a semicolon is a zero.
        let (changed, anew) = (codes(from, to), format!(";{}", codes(PLAIN, to)));
        let anew = anew.trim_end_matches(';');
        let shorter = if anew.len() < changed.len() { anew } else { &changed };
        write!(self.frame, "\x1b[{shorter}m")
    }
}

/// Whether it is a kana, an ideograph or a syllable of Hangul: about other wide glyphs terminals differ.
fn is_two_everywhere(glyph: &str) -> bool {
    let alone = glyph.chars().next().filter(|c| c.len_utf8() == glyph.len());
    alone.is_some_and(|c| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='\u{9fff}' | '가'..='힣'))
}

fn are_alike_on_blanks(one: Look, other: Look) -> bool {
    !(one.0 | other.0).intersects(SEEN_ON_BLANKS) && one.2 == other.2
}

/// The codes of a change: what goes, what comes, the colours.
fn codes(from: Look, to: Look) -> String {
    let weight = Modifier::BOLD | Modifier::DIM;
    let mut gone = from.0 - to.0;
    let mut come = to.0 - from.0;
    let mut codes: Vec<String> = Vec::new();
    if gone.intersects(weight) {
        // One code takes both away.
        codes.push("22".to_owned());
        gone -= weight;
        come |= to.0 & weight;
    }
    codes.extend(modifier_codes(gone).map(|code| (code + 20).to_string()));
    codes.extend(modifier_codes(come).map(|code| code.to_string()));
    if to.1 != from.1 {
        codes.push(color_code(to.1, 30));
    }
    if to.2 != from.2 {
        codes.push(color_code(to.2, 40));
    }
    codes.join(";")
}

fn modifier_codes(modifiers: Modifier) -> impl Iterator<Item = u8> {
    let table = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
        (Modifier::CROSSED_OUT, 9),
    ];
    table.into_iter().filter(move |(modifier, _)| modifiers.contains(*modifier)).map(|(_, code)| code)
}

/// The SGR code of a colour: `base` is 30 for the foreground, 40 for the background (ECMA-48, and aixterm's bright
/// eight).
fn color_code(color: Color, base: u8) -> String {
    let plain = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match color {
        Color::Reset => plain(9),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

impl<W: Write> Backend for QuietBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut state: State = (Place::Unknown, PLAIN);
        let mut blanks: Option<Blanks> = None;
        for (x, y, cell) in content {
            let is_blank = cell.symbol() == " ";
            // The hidden halves of wide glyphs are marked so; to the terminal they are blanks.
            let mut next = (cell.modifier - Modifier::HIDDEN, cell.fg, cell.bg);
            if is_blank && are_alike_on_blanks(next, PLAIN) {
                match &mut blanks {
                    Some((start, line, count)) if (*start + *count, *line) == (x, y) => *count += 1,
                    _ => self.blank(blanks.replace((x, y, 1)), &mut state)?,
                }
                continue;
            }
            self.blank(blanks.take(), &mut state)?;
            let (at, look) = &mut state;
            if is_blank && are_alike_on_blanks(*look, next) {
                next = *look;
            }
            self.go(*at, x, y)?;
            self.change(*look, next)?;
            self.frame.write_all(cell.symbol().as_bytes())?;
            *look = next;
            *at = self.behind(cell.symbol(), x, y);
        }
        self.blank(blanks, &mut state)?;
        if state.1 == PLAIN { Ok(()) } else { self.frame.write_all(b"\x1b[m") }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) { queue!(self.frame, Hide) } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, true) { Ok(()) } else { queue!(self.frame, Show) }
    }

    /// What was set last: asking the terminal would race with the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        // Where nothing was drawn, a cursor that stays is where it was.
        if self.frame.is_empty() && position == self.cursor {
            return Ok(());
        }
        self.cursor = position;
        queue!(self.frame, MoveTo(position.x, position.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        let clear = match clear_type {
            ClearType::All => terminal::ClearType::All,
            ClearType::AfterCursor => terminal::ClearType::FromCursorDown,
            ClearType::BeforeCursor => terminal::ClearType::FromCursorUp,
            ClearType::CurrentLine => terminal::ClearType::CurrentLine,
            ClearType::UntilNewLine => terminal::ClearType::UntilNewLine,
        };
        queue!(self.frame, Clear(clear))
    }

    fn size(&self) -> io::Result<Size> {
        Ok(size().into())
    }

    /// Nothing is drawn by pixels.
    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: size().into(), pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.frame.len() + 16);
        queue!(bytes, BeginSynchronizedUpdate)?;
        bytes.append(&mut self.frame);
        queue!(bytes, EndSynchronizedUpdate)?;
        self.out.write_all(&bytes)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use ratatui::style::Style;

    use super::*;

    /// A writer whose writes can be looked at.
    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<String>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(cells: &[(u16, u16, Cell)], wide_glyphs: bool) -> Vec<String> {
        let out = Shared::default();
        let mut backend = QuietBackend::new(out.clone(), wide_glyphs);
        backend.hide_cursor().unwrap();
        backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
        backend.flush().unwrap();
        out.0.take()
    }

    fn cell(text: &'static str, style: Style) -> Cell {
        let mut cell = Cell::new(text);
        cell.set_style(style);
        cell
    }

    #[test]
    fn an_unchanged_frame_writes_nothing() {
        assert_eq!(drawn(&[], false), Vec::<String>::new());
    }

    #[test]
    fn a_frame_is_one_marked_write_with_short_steps() {
        let (red, bold) = (Style::new().fg(Color::Red), Style::new().add_modifier(Modifier::BOLD));
        let cells = [
            (0, 0, cell("a", red)),
            (1, 0, cell("b", red)),
            (3, 0, cell("c", red.add_modifier(Modifier::DIM))),
            (9, 0, cell("d", bold)),
            (0, 2, cell("日", Style::new())),
            (2, 2, cell("🚀", Style::new())),
            (4, 2, cell("e", Style::new())),
        ];
        let frame = "\x1b[1;1H\x1b[31mab\x1b[C\x1b[2mc\x1b[5C\x1b[;1md\x1b[3;1H\x1b[m日🚀\x1b[5Ge";
        assert_eq!(drawn(&cells, false), [format!("\x1b[?2026h{frame}\x1b[?2026l")]);
    }

    #[test]
    fn on_a_coloured_row_only_what_changes_is_told() {
        let row = Style::new().bg(Color::Indexed(236));
        let bold = row.add_modifier(Modifier::BOLD);
        let cells = [
            (0, 0, cell("a", bold)),
            (1, 0, cell("b", row)),
            (2, 0, cell("c", row.add_modifier(Modifier::UNDERLINED).fg(Color::Red))),
            (3, 0, cell("d", row.fg(Color::Red))),
            (4, 0, cell("e", Style::new())),
        ];
        let frame = "\x1b[1;1H\x1b[1;48;5;236ma\x1b[22mb\x1b[4;31mc\x1b[24md\x1b[me";
        assert_eq!(drawn(&cells, false), [format!("\x1b[?2026h{frame}\x1b[?2026l")]);
    }

    #[test]
    fn many_blanks_are_erased() {
        let red = Style::new().fg(Color::Red);
        let line = |y, blanks: u16| {
            let blanks = (1..=blanks).map(move |x| (x, y, cell(" ", Style::new())));
            [(0, y, cell("a", red))].into_iter().chain(blanks)
        };
        let mut cells: Vec<_> = line(0, 12).collect();
        cells.push((13, 0, cell("b", Style::new())));
        cells.extend(line(1, 3));
        cells.extend((0..20).map(|x| (x, 2, cell(" ", Style::new().bg(Color::Red)))));
        cells.extend((0..20).map(|x| (x, 3, cell(" ", Style::new()))));
        let frame = "\x1b[1;1H\x1b[31ma\x1b[12X\x1b[12C\x1b[mb\x1b[2;1H\x1b[31ma   \x1b[3;1H\x1b[;41m";
        let frame = format!("{frame}{}\x1b[4;1H\x1b[m\x1b[20X", " ".repeat(20));
        assert_eq!(drawn(&cells, false), [format!("\x1b[?2026h{frame}\x1b[?2026l")]);
    }

    #[test]
    fn behind_marks_the_place_is_told_anew() {
        let cells = [(0, 0, cell("\u{1781}\u{17d2}", Style::new())), (1, 0, cell("\u{1798}", Style::new()))];
        let frame = "\x1b[1;1H\u{1781}\u{17d2}\x1b[1;2H\u{1798}";
        assert_eq!(drawn(&cells, false), [format!("\x1b[?2026h{frame}\x1b[?2026l")]);
    }

    #[test]
    fn behind_an_ambiguous_glyph_the_place_is_told_anew_where_it_may_be_wide() {
        let cells = [(0, 0, cell("●", Style::new())), (1, 0, cell("x", Style::new()))];
        assert_eq!(drawn(&cells, false), ["\x1b[?2026h\x1b[1;1H●x\x1b[?2026l"]);
        assert_eq!(drawn(&cells, true), ["\x1b[?2026h\x1b[1;1H●\x1b[2Gx\x1b[?2026l"]);
    }
}
