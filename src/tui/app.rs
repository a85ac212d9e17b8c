//! The event loop: the one place where messages, effects, time and the terminal meet.

use std::{io, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use crossterm::event::Event;
use futures_util::{FutureExt, Stream, StreamExt};
use ratatui::{Terminal, backend::Backend};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::sleep,
};

use super::{
    effect::Effect,
    keymap::{Keymap, translate},
    model::Model,
    msg::Msg,
    perform::Services,
    state_file,
    terminal::Host,
    update::update,
    view::{self, theme::Theme},
};
use crate::domain::board::FeedEvent;

/// Messages that may share a frame.
const BURST: usize = 512;
/// Between two frames that only time asks for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// Why the dashboard ended.
#[derive(Debug)]
pub enum Ended {
    /// The user, or a signal, asked for it.
    Quit,
    /// The terminal is gone.
    Hangup,
    /// A task panicked.
    Panicked(JoinError),
}

/// The dashboard with everything that it needs from outside.
pub struct App<B: Backend, H: Host> {
    /// What is drawn on.
    pub terminal: Terminal<B>,
    /// The terminal's other abilities.
    pub host: H,
    /// The state; tests look at it afterwards.
    pub model: Model,
    /// Which key does what.
    pub keymap: Keymap,
    /// Glyphs and colours.
    pub theme: Theme,
    /// The ways to the outside.
    pub services: Services,
    /// Tasks that must not panic unseen.
    pub tasks: JoinSet<()>,
    /// Where to remember the state; `None` remembers nothing.
    pub state_path: Option<PathBuf>,
    /// This machine's clock.
    pub clock: fn() -> DateTime<Utc>,
}

/// What comes in.
pub struct Inputs<S> {
    /// Keys, resizes, the mouse.
    pub events: S,
    /// The feed.
    pub feed: mpsc::Receiver<FeedEvent>,
    /// Answers to effects.
    pub replies: mpsc::Receiver<Msg>,
    /// A word here asks the program to end (SIGTERM, SIGHUP).
    pub stop: mpsc::Receiver<()>,
}

/// What woke the loop.
enum Wake {
    Msg(Msg),
    /// Time has passed, or something came that means nothing.
    Nothing,
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
    pub async fn run<S>(&mut self, mut inputs: Inputs<S>) -> io::Result<Ended>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let mut title = String::new();
        loop {
            self.measure()?;
            self.terminal.draw(|frame| view::draw(&self.model, &self.keymap, &self.theme, frame))?;
            let new_title = view::title(&self.model);
            if new_title != title {
                self.host.title(&new_title)?;
                title = new_title;
            }
            let mut wake = self.next(&mut inputs).await;
            self.take(Msg::Tick((self.clock)()))?;
            for _ in 0..BURST {
                match wake {
                    Wake::Msg(msg) => {
                        if let Some(ended) = self.take(msg)? {
                            return Ok(ended);
                        }
                    }
                    Wake::Nothing => {}
                    Wake::End(ended) => {
                        self.save(&self.model.state());
                        return Ok(ended);
                    }
                }
                match self.ready(&mut inputs) {
                    Some(next) => wake = next,
                    None => break,
                }
            }
        }
    }

    /// The terminal's size may change before anybody listens for that, and between its change and the word of it.
    fn measure(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        if (size.width, size.height) != self.model.size {
            self.take(Msg::Resize(size.width, size.height))?;
        }
        Ok(())
    }

    /// Waits for whatever comes first.
    async fn next<S>(&mut self, inputs: &mut Inputs<S>) -> Wake
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        let pause = (self.model.deadline() - (self.clock)()).to_std().unwrap_or_default();
        tokio::select! {
            event = inputs.events.next() => self.event(event),
            Some(event) = inputs.feed.recv() => Wake::Msg(Msg::Feed(event)),
            Some(msg) = inputs.replies.recv() => Wake::Msg(msg),
            Some(done) = self.tasks.join_next() => match done {
                Ok(()) => Wake::Nothing,
                Err(error) => Wake::End(Ended::Panicked(error)),
            },
            Some(()) = inputs.stop.recv() => Wake::End(Ended::Quit),
            () = sleep(pause.max(SHORTEST_PAUSE)) => Wake::Nothing,
        }
    }

    /// What has come meanwhile, without waiting.
    fn ready<S>(&self, inputs: &mut Inputs<S>) -> Option<Wake>
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        if let Some(event) = inputs.events.next().now_or_never() {
            return Some(self.event(event));
        }
        if let Ok(event) = inputs.feed.try_recv() {
            return Some(Wake::Msg(Msg::Feed(event)));
        }
        inputs.replies.try_recv().ok().map(Wake::Msg)
    }

    fn event(&self, event: Option<io::Result<Event>>) -> Wake {
        match event {
            Some(Ok(event)) => translate(&self.model, &self.keymap, &event).map_or(Wake::Nothing, Wake::Msg),
            Some(Err(error)) => {
                tracing::warn!(%error, "the terminal cannot be read");
                Wake::End(Ended::Hangup)
            }
            None => Wake::End(Ended::Hangup),
        }
    }

    /// Takes in one message and does what it asks for.
    fn take(&mut self, msg: Msg) -> io::Result<Option<Ended>> {
        let mut ended = None;
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Copy(text) => self.host.copy(&text)?,
                Effect::Mouse(on) => self.host.mouse(on)?,
                Effect::Save(state) => self.save(&state),
                Effect::Suspend => {
                    self.host.suspend()?;
                    self.terminal.clear()?;
                }
                Effect::Quit => ended = Some(Ended::Quit),
                Effect::Refresh
                | Effect::Reread
                | Effect::Detail(..)
                | Effect::Files(_)
                | Effect::Open(_) => {
                    self.services.perform(effect, &mut self.tasks);
                }
            }
        }
        Ok(ended)
    }

    fn save(&self, state: &state_file::State) {
        let Some(path) = &self.state_path else { return };
        if let Err(error) = state_file::save(path, state) {
            tracing::warn!(path = %path.display(), %error, "the state was not saved");
        }
    }
}
