//! The terminal: taking it over, giving it back whatever happens, and writing to it as little as can be.

mod notice;
mod reader;
mod signals;
mod tty;

use std::{
    io::{self, Write},
    panic,
    sync::{Arc, Mutex, Once},
};

use crossterm::{
    Command,
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    queue,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle},
};
use ratatui::Terminal;
use tokio::io::Interest;

use self::notice::Notice;
use self::tty::{Tty, lock, watched};
pub use self::{
    reader::events,
    signals::{Signal, signals},
};
use super::backend::QuietBackend;
pub use super::backend::size;
use crate::{domain::notify::Sign, panics::are_caught};

/// So much may wait for a terminal that does not read, before what is not drawn is no longer sent.
const MOST: usize = 64 * 1024;

/// The terminal while it is ours: restoring happens once, whoever comes first.
static TAKEN: Mutex<Option<Arc<Tty>>> = Mutex::new(None);

/// What the dashboard asks of the terminal besides drawing. Nothing waits for the terminal, and it never answers.
pub trait Host {
    /// Sends text to the terminal's clipboard (OSC 52).
    ///
    /// # Errors
    /// The terminal is gone.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Tells the reader a line, by a bell or a desktop notification.
    ///
    /// # Errors
    /// The terminal is gone.
    fn notify(&mut self, sign: Sign, text: &str) -> io::Result<()>;
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
    /// Gives the terminal back, and stops this process until the shell continues it.
    ///
    /// # Errors
    /// The process cannot be stopped.
    fn suspend(&mut self) -> io::Result<()>;
    /// Gives the terminal to a program of the user's, whose keys and signals are its own until [`Host::reclaim`].
    ///
    /// # Errors
    /// The terminal is gone.
    fn lend(&mut self) -> io::Result<()>;
    /// Takes the terminal over again after such a program; the screen must be painted anew.
    ///
    /// # Errors
    /// The terminal is gone.
    fn reclaim(&mut self) -> io::Result<()>;
    /// Takes the terminal over again, whatever it has been through; the screen must be painted anew.
    ///
    /// # Errors
    /// The terminal is gone.
    fn resume(&mut self) -> io::Result<()>;
    /// Whether the terminal has not yet taken what was written: another frame had better wait.
    fn is_behind(&self) -> bool;
    /// Waits until it has.
    ///
    /// # Errors
    /// The terminal is gone.
    fn caught_up(&mut self) -> impl Future<Output = io::Result<()>>;
}

/// The real terminal.
#[derive(Debug)]
pub struct TerminalHost {
    tty: Arc<Tty>,
    mouse: bool,
    title: String,
    /// Sequences for the terminal around it are wrapped.
    in_tmux: bool,
    _given_back: GivenBack,
}

/// Gives the terminal back when it is dropped.
#[derive(Debug)]
struct GivenBack;

impl Drop for GivenBack {
    fn drop(&mut self) {
        leave();
    }
}

impl TerminalHost {
    /// Takes the terminal over; it is given back when this is dropped, when taking it over fails half-way, and before a
    /// panic is reported.
    ///
    /// # Errors
    /// It is no terminal, or it is gone.
    pub fn take(
        mouse: bool,
        wide_glyphs: bool,
        in_tmux: bool,
    ) -> io::Result<(Self, Terminal<QuietBackend<Output>>)> {
        install_panic_hook();
        let tty = Arc::new(Tty::open()?);
        let given_back = GivenBack;
        enter(&tty, mouse, "")?;
        let terminal = Terminal::new(QuietBackend::new(Output(Arc::clone(&tty)), wide_glyphs))?;
        Ok((Self { tty, mouse, title: String::new(), in_tmux, _given_back: given_back }, terminal))
    }

    /// Asks the terminal for its background (OSC 11); nothing waits for the answer.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask_background(&self) -> io::Result<()> {
        self.tty.write(b"\x1b]11;?\x1b\\")
    }

    fn say(&self, command: impl Command) -> io::Result<()> {
        if self.tty.unsent() > MOST {
            tracing::warn!("the terminal does not read; not everything is sent to it");
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, command)?;
        self.tty.write(&bytes)
    }
}

impl Host for TerminalHost {
    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.say(CopyToClipboard::to_clipboard_from(text))
    }

    fn notify(&mut self, sign: Sign, text: &str) -> io::Result<()> {
        self.say(Notice(notice::sequence(sign, text, self.in_tmux)))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { self.say(EnableMouseCapture) } else { self.say(DisableMouseCapture) }
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        title.clone_into(&mut self.title);
        self.say(SetTitle(title))
    }

    fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
    }

    fn lend(&mut self) -> io::Result<()> {
        signals::mute();
        // The modes of before are kept: those that the program leaves behind are nobody's wish.
        drop(lock(&TAKEN).take());
        self.tty.finish(&farewell()?)?;
        self.tty.lend()
    }

    fn reclaim(&mut self) -> io::Result<()> {
        enter(&self.tty, self.mouse, &self.title)?;
        signals::unmute()
    }

    fn resume(&mut self) -> io::Result<()> {
        enter(&self.tty, self.mouse, &self.title)
    }

    fn is_behind(&self) -> bool {
        self.tty.unsent() > 0
    }

    async fn caught_up(&mut self) -> io::Result<()> {
        let writable = watched(self.tty.output().try_clone()?, Interest::WRITABLE)?;
        while self.is_behind() {
            let mut ready = writable.writable().await?;
            self.tty.send()?;
            if self.is_behind() {
                ready.clear_ready();
            }
        }
        Ok(())
    }
}

/// Writes to the terminal without waiting for it.
#[derive(Debug)]
pub struct Output(Arc<Tty>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.send()
    }
}

fn enter(tty: &Arc<Tty>, mouse: bool, title: &str) -> io::Result<()> {
    *lock(&TAKEN) = Some(Arc::clone(tty));
    tty.make_raw()?;
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    if mouse {
        queue!(bytes, EnableMouseCapture)?;
    }
    if !title.is_empty() {
        queue!(bytes, SetTitle(title))?;
    }
    tty.write(&bytes)
}

/// Gives the terminal back. Failures are only logged: there is nobody left to tell.
fn leave() {
    for failed in give_back().into_iter().filter_map(Result::err) {
        tracing::warn!(error = %failed, "the terminal could not be restored");
    }
}

/// Gives the terminal back, if it is taken: its screen, then its modes.
fn give_back() -> [io::Result<()>; 2] {
    let Some(tty) = lock(&TAKEN).take() else { return [Ok(()), Ok(())] };
    [farewell().and_then(|bytes| tty.finish(&bytes)), tty.restore()]
}

/// The last words to a terminal that is given back.
fn farewell() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(bytes, DisableMouseCapture, DisableBracketedPaste, SetTitle(""), LeaveAlternateScreen, Show)?;
    Ok(bytes)
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
