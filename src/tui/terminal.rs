//! The terminal: taking it over, giving it back whatever happens, and writing to it as little as can be.

use std::{
    io::{self, Stdout, stdout},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{
        DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, EventStream,
    },
    execute, queue,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode},
};
use ratatui::Terminal;

use super::backend::QuietBackend;
use crate::panics::are_caught;

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
    pub fn take(mouse: bool, wide_glyphs: bool) -> io::Result<(Self, Terminal<QuietBackend<Stdout>>)> {
        install_panic_hook();
        enter(mouse)?;
        let terminal = Terminal::new(QuietBackend::new(stdout(), wide_glyphs))?;
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

/// The terminal's events: keys, the mouse, its size.
pub fn events() -> EventStream {
    EventStream::new()
}

/// Columns and rows; 80×24 where the terminal does not tell.
pub fn size() -> (u16, u16) {
    crossterm::terminal::size().unwrap_or((80, 24))
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = stdout();
    queue!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    if mouse {
        queue!(out, EnableMouseCapture)?;
    }
    io::Write::flush(&mut out)
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

/// The process may take the terminal again: once is enough.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if are_caught() {
                return report(info);
            }
            leave();
            tracing::error!(panic = %info, "panicked");
            report(info);
        }));
    });
}
