//! The event loop: the one place where messages, effects, time and the terminal meet.

use std::{io, iter, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use crossterm::event::Event;
use futures_util::{Stream, StreamExt};
use ratatui::{Terminal, backend::Backend};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::sleep,
};

use super::{
    effect::{Effect, Errand, HostCall},
    keymap::Keymap,
    model::Model,
    msg::Msg,
    perform::{Lending, Services},
    state_file,
    terminal::{Host, Signal},
    theme::Theme,
    translate::translate,
    update::update,
    view,
};
use crate::domain::board::FeedEvent;

/// Messages that may share a frame.
const BURST: usize = 512;
/// The shortest time between two frames when nothing but time has passed.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// Why the dashboard ended.
#[derive(Debug)]
pub enum Ended {
    /// By a key or a signal.
    Quit,
    /// The user chose the demo.
    Demo,
    /// The user chose the database of this index.
    Database(usize),
    /// The terminal is gone.
    Hangup,
    Panicked(JoinError),
}

/// The dashboard with all its parts.
pub struct App<B: Backend, H: Host> {
    pub terminal: Terminal<B>,
    /// The terminal's other abilities.
    pub host: H,
    /// The state; tests look at it afterwards.
    pub model: Model,
    pub keymap: Keymap,
    pub theme: Theme,
    pub services: Services,
    /// Tasks that must not panic unseen.
    pub tasks: JoinSet<()>,
    /// The program that has the terminal instead of us, if one has.
    pub lending: Lending,
    /// The state file; `None` saves nothing.
    pub state_path: Option<PathBuf>,
    /// This machine's clock.
    pub clock: fn() -> DateTime<Utc>,
}

pub struct Inputs<'s, S> {
    /// Keys, resizes, the mouse.
    pub events: S,
    pub feed: mpsc::Receiver<FeedEvent>,
    /// Replies to effects.
    pub replies: mpsc::Receiver<Msg>,
    pub signals: &'s mut mpsc::Receiver<Signal>,
}

/// What woke the loop.
enum Woken {
    /// Events that came together; an empty list means that the terminal is gone.
    Events(Vec<io::Result<Event>>),
    Msg(Msg),
    /// The program that had the terminal has ended, with this.
    Back(Msg),
    Signal(Signal),
    /// Time has passed, or the terminal has caught up.
    Time,
    End(Ended),
}

impl<B: Backend, H: Host> App<B, H>
where
    io::Error: From<B::Error>,
{
    /// Runs until the user quits, the terminal goes, a signal asks, or a task panics.
    ///
    /// # Errors
    /// The terminal's.
    pub async fn run<S>(&mut self, inputs: Inputs<'_, S>) -> io::Result<Ended>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let ended = self.turn(inputs).await;
        // Also after an error: a lost terminal often shows first as a frame that fails.
        self.save();
        ended
    }

    async fn turn<S>(&mut self, inputs: Inputs<'_, S>) -> io::Result<Ended>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let Inputs { events, mut feed, mut replies, signals } = inputs;
        let mut events = events.ready_chunks(BURST);
        let mut title = String::new();
        loop {
            let is_lent = self.lending.is_lent();
            // While the terminal is behind, changes collect for a later frame.
            if !is_lent && !self.host.is_behind() {
                self.draw(&mut title)?;
            }
            // A frame may be more than it takes at once.
            let behind = !is_lent && self.host.is_behind();
            let pause = (self.model.deadline() - (self.clock)()).to_std().unwrap_or_default();
            let woken = tokio::select! {
                // Keys are the program's that has the terminal.
                burst = events.next(), if !is_lent => Woken::Events(burst.unwrap_or_default()),
                back = self.lending.ended(), if is_lent => Woken::Back(back),
                Some(event) = feed.recv() => Woken::Msg(Msg::Feed(event)),
                Some(msg) = replies.recv() => Woken::Msg(msg),
                Some(Err(error)) = self.tasks.join_next() => Woken::End(Ended::Panicked(error)),
                Some(signal) = signals.recv() => Woken::Signal(signal),
                sent = self.host.caught_up(), if behind => {
                    sent?;
                    Woken::Time
                }
                () = sleep(pause.max(SHORTEST_PAUSE)) => Woken::Time,
            };
            let ended = self.take(Msg::Tick((self.clock)()))?.or(self.react(woken)?);
            let waiting =
                iter::from_fn(|| feed.try_recv().ok().map(Msg::Feed).or_else(|| replies.try_recv().ok()));
            let ended = ended.or(self.take_all(waiting.take(BURST))?);
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// Draws a frame, and sets the window's title where it has changed.
    fn draw(&mut self, title: &mut String) -> io::Result<()> {
        self.measure()?;
        self.terminal.draw(|frame| view::draw(&self.model, &self.keymap, &self.theme, frame))?;
        let new_title = view::title(&self.model);
        if new_title != *title {
            self.host.title(&new_title)?;
            *title = new_title;
        }
        Ok(())
    }

    /// Stops until the shell continues this process.
    fn suspend(&mut self) -> io::Result<()> {
        self.host.suspend()?;
        self.repaint()
    }

    /// Gives the terminal to a program; nothing is drawn, and no key read, until it has ended.
    fn lend(&mut self, errand: Errand) -> io::Result<()> {
        if !self.lending.is_lent() {
            self.host.lend()?;
            self.lending.begin(errand);
        }
        Ok(())
    }

    /// Sets the terminal's modes again and repaints: after a suspension both may be lost.
    fn repaint(&mut self) -> io::Result<()> {
        self.host.resume()?;
        Ok(self.terminal.clear()?)
    }

    /// Asks the terminal for its size: resize events may be missed at the start, and come late.
    fn measure(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        if (size.width, size.height) != self.model.size {
            self.take(Msg::Resize(size.width, size.height))?;
        }
        Ok(())
    }

    fn react(&mut self, woken: Woken) -> io::Result<Option<Ended>> {
        match woken {
            Woken::Events(burst) if burst.is_empty() => Ok(Some(Ended::Hangup)),
            Woken::Events(burst) => {
                self.services.stir();
                for event in burst {
                    let ended = match event {
                        // The meaning of a key depends on the effect of the key before it.
                        Ok(event) => self.take_all(translate(&self.model, &self.keymap, &event))?,
                        Err(error) => {
                            tracing::warn!(%error, "the terminal cannot be read");
                            Some(Ended::Hangup)
                        }
                    };
                    if ended.is_some() {
                        return Ok(ended);
                    }
                }
                Ok(None)
            }
            Woken::Msg(msg) => self.take(msg),
            Woken::Back(msg) => {
                self.host.reclaim()?;
                self.terminal.clear()?;
                self.take(msg)
            }
            Woken::Signal(Signal::End) => {
                self.lending.stop();
                Ok(Some(Ended::Quit))
            }
            // The terminal is another program's.
            Woken::Signal(_) if self.lending.is_lent() => Ok(None),
            Woken::Signal(Signal::Stop) => self.suspend().map(|()| None),
            Woken::Signal(Signal::Continued) => self.repaint().map(|()| None),
            Woken::Time => Ok(None),
            Woken::End(ended) => Ok(Some(ended)),
        }
    }

    fn take_all(&mut self, messages: impl IntoIterator<Item = Msg>) -> io::Result<Option<Ended>> {
        for msg in messages {
            if let Some(ended) = self.take(msg)? {
                return Ok(Some(ended));
            }
        }
        Ok(None)
    }

    /// Takes in a message and performs its effects.
    fn take(&mut self, msg: Msg) -> io::Result<Option<Ended>> {
        let mut ended = None;
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Host(call) => self.call(call)?,
                Effect::Service(call) => self.services.perform(call, &mut self.tasks),
                Effect::Demo => ended = Some(Ended::Demo),
                Effect::Database(at) => ended = Some(Ended::Database(at)),
                Effect::Quit => ended = Some(Ended::Quit),
            }
        }
        Ok(ended)
    }

    fn call(&mut self, call: HostCall) -> io::Result<()> {
        match call {
            HostCall::Copy(text) => self.host.copy(&text)?,
            HostCall::Notify(sign, text) => self.host.notify(sign, &text)?,
            HostCall::Mouse(on) => self.host.mouse(on)?,
            HostCall::Suspend => self.suspend()?,
            HostCall::Lend(errand) => self.lend(*errand)?,
            HostCall::Repaint => self.repaint()?,
            HostCall::Save => {
                if let Err(error) = self.save_state().and(self.save_seen()) {
                    self.model.say_error(format!("It is shown, but not saved for the next run: {error}"));
                }
            }
        }
        Ok(())
    }

    fn save_state(&mut self) -> io::Result<()> {
        let Some(path) = &self.state_path else { return Ok(()) };
        let state = self.model.state();
        state_file::save(path, &self.model.saved, state.clone(), &self.model.configured.view)?;
        self.model.saved = state;
        Ok(())
    }

    /// Saves what was looked at and what is hidden.
    fn save_seen(&mut self) -> io::Result<()> {
        let Some(path) = &self.state_path else { return Ok(()) };
        if !self.model.link.loaded {
            return Ok(());
        }
        state_file::save_seen(path, |theirs| self.model.saved_seen(theirs.as_ref()))?;
        self.model.seen.are_saved();
        Ok(())
    }

    /// Saves all that is to be remembered.
    fn save(&mut self) {
        if let Err(error) = self.save_state() {
            tracing::warn!(path = ?self.state_path, %error, "the state was not saved");
        }
        if let Err(error) = self.save_seen() {
            tracing::warn!(path = ?self.state_path, %error, "what was looked at was not saved");
        }
    }
}
