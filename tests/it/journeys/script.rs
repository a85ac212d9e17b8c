//! The stage of a journey: a terminal in memory, a host that records, and the hands that a script acts with.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::support::{
    PATIENCE,
    board::{self, noon},
    screen,
};
use crossterm::event::Event;
use flowlens::{
    domain::{board::FeedEvent, notify::Sign},
    store::{
        board::{detail::DetailReader, feed::FeedCommand},
        engine::{connect::Connector, options::Target},
        insights::InsightStore,
    },
    tui::{
        app::{App, Ended, Inputs},
        keymap::Keymap,
        model::Model,
        msg::Msg,
        perform::{InsightSupply, Lending, Services},
        state_file,
        terminal::{Host, Signal},
        theme::Theme,
    },
};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What the terminal has seen so far.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) frames: usize,
    pub(super) cells: usize,
    pub(super) screen: String,
    /// Where the cursor shows.
    pub(super) cursor: Option<Position>,
    pub(super) host: Vec<String>,
    /// A frame is more than the terminal takes at once.
    pub(super) is_slow: bool,
    is_behind: bool,
}

pub(super) type Shared = Arc<Mutex<Seen>>;

pub(super) fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A terminal in memory that counts.
struct Counting {
    inner: TestBackend,
    seen: Shared,
}

fn ok<T>(result: Result<T, Infallible>) -> io::Result<T> {
    result.map_err(|never| match never {})
}

impl Backend for Counting {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let content: Vec<_> = content.collect();
        let cells = content.len();
        ok(self.inner.draw(content.into_iter()))?;
        let mut seen = lock(&self.seen);
        seen.frames += 1;
        seen.cells += cells;
        seen.is_behind = seen.is_slow && cells > 0;
        seen.screen = screen::lines(self.inner.buffer()).join("\n");
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        lock(&self.seen).cursor = None;
        ok(self.inner.hide_cursor())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        ok(self.inner.show_cursor())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        ok(self.inner.get_cursor_position())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        lock(&self.seen).cursor = Some(position);
        ok(self.inner.set_cursor_position(position))
    }

    fn clear(&mut self) -> io::Result<()> {
        ok(self.inner.clear())
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        ok(self.inner.clear_region(region))
    }

    fn size(&self) -> io::Result<Size> {
        ok(self.inner.size())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        ok(self.inner.window_size())
    }

    fn flush(&mut self) -> io::Result<()> {
        ok(self.inner.flush())
    }
}

struct Recording(Shared);

impl Recording {
    fn note(&mut self, text: impl Into<String>) {
        lock(&self.0).host.push(text.into());
    }
}

impl Host for Recording {
    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.note(format!("copy {text}"));
        Ok(())
    }

    fn notify(&mut self, sign: Sign, text: &str) -> io::Result<()> {
        self.note(format!("{} {text}", sign.name()));
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.note(format!("mouse {on}"));
        Ok(())
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        self.note(format!("title {title}"));
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.note("suspend");
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        self.note("lend");
        Ok(())
    }

    fn reclaim(&mut self) -> io::Result<()> {
        self.note("reclaim");
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        self.note("resume");
        Ok(())
    }

    fn is_behind(&self) -> bool {
        lock(&self.0).is_behind
    }

    async fn caught_up(&mut self) -> io::Result<()> {
        self.note("caught up");
        lock(&self.0).is_behind = false;
        Ok(())
    }
}

/// What a script holds in its hands while the dashboard runs.
pub(super) struct Hands {
    pub(super) keyboard: Option<mpsc::UnboundedSender<Event>>,
    pub(super) feed: mpsc::Sender<FeedEvent>,
    pub(super) replies: mpsc::Sender<Msg>,
    pub(super) signals: mpsc::Sender<Signal>,
    pub(super) commands: mpsc::Receiver<FeedCommand>,
    pub(super) seen: Shared,
    folder: TempDir,
    _silent: std::net::TcpListener,
}

impl Hands {
    pub(super) fn keys(&self, keys: &str) {
        let keyboard = self.keyboard.as_ref().expect("a keyboard");
        for event in board::events(keys) {
            keyboard.send(event).expect("the loop listens");
        }
    }

    pub(super) async fn tell(&self, event: FeedEvent) {
        self.feed.send(event).await.expect("the loop listens");
    }

    /// A board with data; the details of the selected pull request have failed: there is no database.
    pub(super) async fn start(&self) {
        for event in board::start() {
            self.tell(event).await;
        }
        self.until("connection refused").await;
    }

    pub(super) async fn until(&self, text: &str) {
        self.wait(text, |seen| seen.screen.contains(text)).await;
    }

    pub(super) async fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let waiting = async {
            while !wanted(&lock(&self.seen)) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await;
        assert!(in_time.is_ok(), "no {what}; the screen:\n{}", lock(&self.seen).screen);
    }

    pub(super) fn saved(&self) -> state_file::SavedState {
        state_file::load(&state_path(&self.folder))
    }
}

/// Runs the dashboard while the script acts; how it ended, and what the script leaves.
pub(super) async fn run<T>(
    tasks: JoinSet<()>,
    script: impl AsyncFnOnce(&mut Hands) -> T,
) -> (Ended, T, Hands, Model) {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = Shared::default();
    let (keyboard, mut keys) = mpsc::unbounded_channel();
    let (feed, feed_events) = mpsc::channel(512);
    let (replies_in, replies) = mpsc::channel(64);
    let (signals_in, mut signals) = mpsc::channel(1);
    let (commands_in, commands) = mpsc::channel(64);
    let nowhere = Target::parse("postgres://nobody@127.0.0.1:1/nothing", &[]).expect("an address");
    let mut tasks = tasks;
    let reader = DetailReader::new(Connector::new(nowhere));
    // It takes connections and never answers: what is asked for stays so.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let hole = format!("postgres://nobody@127.0.0.1:{port}/nothing");
    let asking = InsightSupply {
        queue: InsightStore::new(Connector::new(Target::parse(&hole, &[]).expect("an address"))),
        by: "tests".to_owned(),
        llm: None,
        wake: Box::new(|_| {}),
        clock: noon,
    };
    let services = Services::start(
        reader,
        asking,
        commands_in,
        mpsc::unbounded_channel().0,
        mpsc::unbounded_channel().0,
        replies_in.clone(),
        &mut tasks,
    );
    let backend = Counting { inner: TestBackend::new(140, 40), seen: Arc::clone(&seen) };
    let mut app = App {
        terminal: Terminal::new(backend).expect("a terminal in memory"),
        host: Recording(Arc::clone(&seen)),
        model: Model::new(board::setup(140, 40)),
        keymap: Keymap::default(),
        theme: Theme { color: true, ascii: false, wide_glyphs: false },
        services,
        lending: Lending::default(),
        tasks,
        state_path: Some(state_path(&folder)),
        clock: noon,
    };
    let mut hands = Hands {
        keyboard: Some(keyboard),
        feed,
        replies: replies_in,
        signals: signals_in,
        commands,
        seen,
        folder,
        _silent: silent,
    };
    let events = futures_util::stream::poll_fn(move |cx| keys.poll_recv(cx).map(|event| event.map(Ok)));
    let inputs = Inputs { events, feed: feed_events, replies, signals: &mut signals };
    let (ended, left) = tokio::join!(app.run(inputs), script(&mut hands));
    let ended = ended.expect("the terminal in memory works");
    (ended, left, hands, app.model)
}

/// In a folder that does not exist yet.
fn state_path(folder: &TempDir) -> PathBuf {
    folder.path().join("deep/state.json")
}
