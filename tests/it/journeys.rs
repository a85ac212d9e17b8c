//! The whole loop, with a terminal in memory, typed keys, a feed that follows a script, and a host that records.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::support::{
    PATIENCE,
    board::{self, key, noon, poll_at, pull},
    screen,
};
use crossterm::event::Event;
use flowlens::{
    domain::{board::FeedEvent, request::Request},
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
        perform::{InsightSupply, Services},
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
struct Seen {
    frames: usize,
    cells: usize,
    screen: String,
    /// Where the cursor shows.
    cursor: Option<Position>,
    host: Vec<String>,
}

type Shared = Arc<Mutex<Seen>>;

fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
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

    fn resume(&mut self) -> io::Result<()> {
        self.note("resume");
        Ok(())
    }

    fn is_behind(&self) -> bool {
        false
    }

    async fn caught_up(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a script holds in its hands while the dashboard runs.
struct Hands {
    keyboard: Option<mpsc::UnboundedSender<Event>>,
    feed: mpsc::Sender<FeedEvent>,
    replies: mpsc::Sender<Msg>,
    signals: mpsc::Sender<Signal>,
    commands: mpsc::Receiver<FeedCommand>,
    seen: Shared,
    folder: TempDir,
    _silent: std::net::TcpListener,
}

impl Hands {
    fn keys(&self, keys: &str) {
        let keyboard = self.keyboard.as_ref().expect("a keyboard");
        for event in board::events(keys) {
            keyboard.send(event).expect("the loop listens");
        }
    }

    async fn tell(&self, event: FeedEvent) {
        self.feed.send(event).await.expect("the loop listens");
    }

    /// A board with data; the details of the selected pull request have failed: there is no database.
    async fn start(&self) {
        for event in board::start() {
            self.tell(event).await;
        }
        self.until("connection refused").await;
    }

    async fn until(&self, text: &str) {
        self.wait(text, |seen| seen.screen.contains(text)).await;
    }

    async fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let waiting = async {
            while !wanted(&lock(&self.seen)) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await;
        assert!(in_time.is_ok(), "no {what}; the screen:\n{}", lock(&self.seen).screen);
    }

    fn saved(&self) -> state_file::SavedState {
        state_file::load(&state_path(&self.folder))
    }
}

/// Runs the dashboard while the script acts; how it ended, and what the script leaves.
async fn run<T>(tasks: JoinSet<()>, script: impl AsyncFnOnce(&mut Hands) -> T) -> (Ended, T, Hands, Model) {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = Shared::default();
    let (keyboard, mut keys) = mpsc::unbounded_channel();
    let (feed, feed_events) = mpsc::channel(512);
    let (replies_in, replies) = mpsc::channel(64);
    let (signals_in, signals) = mpsc::channel(1);
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
    let inputs = Inputs { events, feed: feed_events, replies, signals };
    let (ended, left) = tokio::join!(app.run(inputs), script(&mut hands));
    let ended = ended.expect("the terminal in memory works");
    (ended, left, hands, app.model)
}

/// In a folder that does not exist yet.
fn state_path(folder: &TempDir) -> PathBuf {
    folder.path().join("deep/state.json")
}

#[tokio::test]
async fn the_first_frame_comes_before_any_data_and_quitting_saves() {
    let (ended, (), hands, model) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.until("Connecting to db-1:5433/prod").await;
        assert_eq!(lock(&hands.seen).frames, 1);
        hands.start().await;
        hands.keys("j");
        hands.until("acme/api#419").await;
        hands.keys("y/!zzz");
        hands.until("29 shown").await;
        hands.keys("<enter>q");
    })
    .await;
    assert!(matches!(ended, Ended::Quit));
    assert_eq!(hands.saved(), model.state());
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 419)));
    assert_eq!(hands.saved().filter, "!zzz");
    let host = lock(&hands.seen).host.clone();
    assert_eq!(host, ["title flowlens", "title flowlens ✗2 ▲2", "copy acme/api#419"].map(str::to_owned));
}

#[tokio::test]
async fn a_line_is_edited_at_its_cursor_and_remembered() {
    let (_, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let stands_at = async |hands: &Hands, x: u16| {
            hands.wait("cursor there", |seen| seen.cursor == Some(Position { x, y: 39 })).await;
        };
        hands.keys("/認s:failing<home><delete>i");
        hands.until(" /is:failing   2 shown").await;
        stands_at(hands, 3).await;
        hands.keys("<end>");
        stands_at(hands, 12).await;
        hands.keys("<enter>/<ctrl-u>risk:high<enter>/<up>");
        hands.until(" /is:failing   2 shown").await;
        hands.keys("<down><left><ctrl-w>");
        hands.until(" /h   24 shown").await;
        hands.keys("<esc>");
        hands.wait("cursor hidden", |seen| seen.cursor.is_none()).await;
        hands.keys("q");
    })
    .await;
    assert_eq!((hands.saved().filter.as_str(), hands.saved().filters.len()), ("risk:high", 2));
}

#[tokio::test]
async fn a_burst_costs_one_frame_and_an_unchanged_poll_no_cell() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let frames = lock(&hands.seen).frames;
        for n in 0..300 {
            let changed = vec![pull(5, 107, &format!("Title {n}"), "dan", 110).done()];
            hands.feed.try_send(FeedEvent::Pulls { changed, gone: vec![] }).expect("room for a burst");
        }
        hands.until("Title 299").await;
        assert_eq!(lock(&hands.seen).frames, frames + 1);
        let cells = lock(&hands.seen).cells;
        for n in 1..=3 {
            hands.tell(FeedEvent::Polled(poll_at(noon(), noon()))).await;
            hands.wait("frame", |seen| seen.frames == frames + 1 + n).await;
            assert_eq!(lock(&hands.seen).cells, cells);
        }
        hands.keys("q");
    })
    .await;
}

#[tokio::test]
async fn commands_reach_the_feed() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.keys("rR");
        let mut heard = Vec::new();
        while heard.last() != Some(&FeedCommand::Reread) {
            heard.push(hands.commands.recv().await.expect("the loop goes on"));
        }
        // Each burst of keys also says that somebody is there.
        assert_eq!(heard[0], FeedCommand::Stir);
        heard.retain(|command| *command != FeedCommand::Stir);
        assert_eq!(heard, [FeedCommand::Refresh, FeedCommand::Reread]);
        hands.keys("d");
        hands.until("connection refused: ").await; // the files cannot be read either
        hands.keys("<esc>");
        hands.replies.send(Msg::Done(Ok("a worker's word".to_owned()))).await.expect("the loop listens");
        hands.until("a worker's word").await;
        hands.keys("<ctrl-c>");
    })
    .await;
}

#[tokio::test]
async fn a_new_insight_is_asked_for_in_one_frame_and_told_by_the_feed() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let frames = lock(&hands.seen).frames;
        hands.keys("i");
        hands.until("◌ asked").await;
        assert_eq!(lock(&hands.seen).frames, frames + 1);
        hands.tell(FeedEvent::Requests(vec![board::request(1, 421, "queued")])).await;
        hands.until("queued 2m ago by ann").await;
        hands.keys("i");
        hands.until("Already queued").await;
        let running = Request { updated_at: Some(noon()), ..board::request(1, 421, "running") };
        hands.tell(FeedEvent::Requests(vec![running])).await;
        hands.until("running for 4s").await;
        hands.replies.send(Msg::Local(key(1, 421), board::local())).await.expect("the loop listens");
        hands.until("local, not saved").await;
        hands.keys("q");
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_input_ends_the_dashboard_and_saves() {
    let (ended, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.keys("j");
        hands.until("acme/api#419").await;
        hands.keyboard = None;
    })
    .await;
    assert!(matches!(ended, Ended::Hangup));
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 419)));
}

#[tokio::test]
async fn a_signal_ends_the_dashboard_and_saves() {
    let (ended, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.signals.send(Signal::End).await.expect("the loop listens");
    })
    .await;
    assert!(matches!(ended, Ended::Quit));
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 421)));
}

#[tokio::test]
async fn a_panic_in_a_task_is_not_lost() {
    let (panic_now, wait) = tokio::sync::oneshot::channel::<()>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        wait.await.expect("a word");
        panic!("a bug of ours");
    });
    let (ended, (), _, _) = run(tasks, async |hands: &mut Hands| {
        hands.start().await;
        panic_now.send(()).expect("the task waits");
    })
    .await;
    let Ended::Panicked(error) = ended else { panic!("{ended:?}") };
    assert!(error.is_panic());
}

#[tokio::test]
async fn after_a_stop_and_on_request_everything_is_painted_anew() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        for (key, signal, told) in [
            ("<ctrl-z>", None, &["suspend", "resume"][..]),
            ("<ctrl-l>", None, &["resume"]),
            ("/<ctrl-l>", None, &["resume"]),
            ("<esc>", Some(Signal::Stop), &["suspend", "resume"]),
            ("", Some(Signal::Continued), &["resume"]),
        ] {
            let (cells, screen, before) = {
                let seen = lock(&hands.seen);
                (seen.cells, seen.screen.clone(), seen.host.len())
            };
            hands.keys(key);
            if let Some(signal) = signal {
                hands.signals.send(signal).await.expect("the loop listens");
            }
            let painted = screen.chars().filter(|c| !c.is_whitespace()).count();
            let done =
                |seen: &Seen| seen.host.len() == before + told.len() && seen.cells - cells >= painted / 2;
            hands.wait("screen, painted anew", done).await;
            assert_eq!(lock(&hands.seen).host[before..], *told, "{key:?} {signal:?}");
        }
        hands.keys("q");
    })
    .await;
}

/// The model's size and the terminal's may differ for a moment, or until somebody looks.
#[tokio::test]
async fn the_terminals_size_counts_though_no_event_told_it() {
    let (_, (), _, model) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.keyboard.as_ref().expect("a keyboard").send(Event::Resize(30, 10)).expect("the loop listens");
        hands.start().await;
        assert!(!lock(&hands.seen).screen.contains("Too small"));
        hands.keys("q");
    })
    .await;
    assert_eq!(model.size, (140, 40));
    assert!(model.board.pull(key(1, 421)).is_some());
}
