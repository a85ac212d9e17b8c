//! The terminal: taking it over, giving it back whatever happens, and writing to it as little as can be.

use std::{
    io::{self, Stdout, Write, stdout},
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{
        DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, EventStream,
    },
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

/// True while the terminal is ours: restoring happens once, whoever comes first.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What the dashboard asks of the terminal besides drawing.
pub trait Host {
    /// Sends text to the terminal's clipboard (OSC 52). The terminal never answers.
    ///
    /// # Errors
    /// The terminal is gone.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Captures the mouse, or lets it go.
    ///
    /// # Errors
    /// The terminal is gone.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// Names the window.
    ///
    /// # Errors
    /// The terminal is gone.
    fn title(&mut self, title: &str) -> io::Result<()>;
    /// Stops this process until the shell continues it; the screen must be painted anew afterwards.
    ///
    /// # Errors
    /// The terminal is gone.
    fn suspend(&mut self) -> io::Result<()>;
}

/// Columns and rows now.
pub fn size() -> (u16, u16) {
    crossterm::terminal::size().unwrap_or((80, 24))
}

/// What comes from the real terminal: keys, resizes, the mouse.
pub fn events() -> EventStream {
    EventStream::new()
}

/// The real terminal.
#[derive(Debug)]
pub struct Screen {
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over; it is given back when this is dropped, and before a panic is reported.
    ///
    /// # Errors
    /// It is no terminal, or it is gone.
    pub fn take(mouse: bool) -> io::Result<(Self, Terminal<QuietBackend<Stdout>>)> {
        install_panic_hook();
        enter(mouse)?;
        let terminal = Terminal::new(QuietBackend::new(stdout()))?;
        Ok((Self { mouse }, terminal))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

impl Host for Screen {
    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        execute!(stdout(), SetTitle(title))
    }

    fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        enter(self.mouse)
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = stdout();
    queue!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    if mouse {
        queue!(out, EnableMouseCapture)?;
    }
    out.flush()
}

/// Gives the terminal back. Failures are only logged: there is nobody left to tell.
fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let drawn =
        execute!(out, DisableMouseCapture, DisableBracketedPaste, SetTitle(""), LeaveAlternateScreen, Show);
    for failed in [drawn, disable_raw_mode()].into_iter().filter_map(Result::err) {
        tracing::warn!(error = %failed, "the terminal could not be restored");
    }
}

fn install_panic_hook() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        leave();
        tracing::error!(panic = %info, "panicked");
        report(info);
    }));
}

/// Collects a frame and writes it at once, between the marks of synchronized output.
#[derive(Debug)]
struct FrameWriter<W: Write> {
    out: W,
    frame: Vec<u8>,
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
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

/// A backend that writes nothing when nothing changed: ratatui's own writes 25 bytes for an unchanged frame.
#[derive(Debug)]
pub struct QuietBackend<W: Write> {
    inner: CrosstermBackend<FrameWriter<W>>,
    cursor: Position,
    cursor_shown: bool,
}

impl<W: Write> QuietBackend<W> {
    /// Draws to `out`, which has a hidden cursor.
    pub fn new(out: W) -> Self {
        let writer = FrameWriter { out, frame: Vec::new() };
        Self { inner: CrosstermBackend::new(writer), cursor: Position::ORIGIN, cursor_shown: false }
    }
}

impl<W: Write> Backend for QuietBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() { Ok(()) } else { self.inner.draw(content) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) { queue!(self.inner, Hide) } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, true) { Ok(()) } else { queue!(self.inner, Show) }
    }

    /// What was set last: asking the terminal would race with the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        queue!(self.inner, crossterm::cursor::MoveTo(self.cursor.x, self.cursor.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer whose bytes can be looked at.
    #[derive(Clone, Default)]
    struct Shared(std::rc::Rc<std::cell::RefCell<Vec<Vec<u8>>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unchanged_frame_writes_nothing_and_a_changed_one_is_one_marked_write() {
        let out = Shared::default();
        let mut backend = QuietBackend::new(out.clone());
        backend.hide_cursor().unwrap();
        backend.draw(std::iter::empty()).unwrap();
        backend.flush().unwrap();
        assert!(out.0.borrow().is_empty());
        let cell = Cell::new("x");
        backend.draw(std::iter::once((0, 0, &cell))).unwrap();
        backend.flush().unwrap();
        let writes = out.0.borrow();
        let text = String::from_utf8(writes[0].clone()).unwrap();
        assert_eq!(writes.len(), 1);
        assert!(
            text.starts_with("\u{1b}[?2026h") && text.ends_with("\u{1b}[?2026l") && text.contains('x'),
            "{text:?}"
        );
    }
}
