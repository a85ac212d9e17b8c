//! A clock that jumps from one look of a watch to the next, with a script for what happens meanwhile.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, ClientOptions},
        sync::{Ask, SyncEngine, SyncEvent, SyncOptions, SyncTarget, Time, WatchEnd},
    },
    store::engine::database::Database,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::github::fake::{
    Fake,
    world::{Asked, World},
};

/// Happens at each second; how many looks are awaited now.
type Script = dyn FnMut(i64, &Fake, &UnboundedSender<Ask>) -> usize;

/// What passes with each second of the jumping clock.
struct Stage {
    fake: Arc<Fake>,
    script: Box<Script>,
    /// Dropped at the end.
    asks: Option<UnboundedSender<Ask>>,
    events: UnboundedReceiver<SyncEvent>,
    heard: Vec<(i64, SyncEvent)>,
    second: i64,
    last: i64,
    /// Looks that are under way: the clock waits for them.
    looks: usize,
}

impl Stage {
    fn hear(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.looks = self.looks.saturating_sub(usize::from(matches!(event, SyncEvent::Looked { .. })));
            self.heard.push((self.second, event));
        }
    }
}

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

fn sleep(pause: Duration) -> Sleep {
    let seconds = pause.as_secs_f64().ceil();
    STAGE.with_borrow_mut(|stage| -> Sleep {
        let stage = stage.as_mut().expect("a stage");
        stage.hear();
        if stage.looks > 0 {
            return Box::pin(tokio::time::sleep(Duration::from_millis(1)));
        }
        let mut passed = 0.0;
        while passed < seconds && stage.asks.is_some() {
            passed += 1.0;
            stage.second += 1;
            NOW.set(NOW.get() + TimeDelta::seconds(1));
            stage.fake.world().pass(TimeDelta::seconds(1));
            stage.hear();
            if let Some(asks) = &stage.asks {
                stage.looks += (stage.script)(stage.second, &stage.fake, asks);
            }
            if stage.second >= stage.last {
                stage.asks = None;
            }
        }
        // At the end nothing goes on any more: the watch hears that nobody asks.
        let over = stage.asks.is_none();
        Box::pin(async move {
            if over {
                pending::<()>().await;
            }
        })
    })
}

/// Watches a world's repositories for so many seconds; what was told, and when.
pub(super) async fn watch(
    world: World,
    database: Database,
    last: i64,
    mut script: impl FnMut(i64, &Fake, &UnboundedSender<Ask>) + 'static,
) -> (Vec<(i64, SyncEvent)>, Vec<Asked>, WatchEnd) {
    let targets = world.repositories.iter().map(|one| SyncTarget::Repository(one.full_name())).collect();
    let script = move |second, fake: &Fake, asks: &UnboundedSender<Ask>| {
        script(second, fake, asks);
        0
    };
    watch_these(targets, world, database, last, script).await
}

pub(super) async fn watch_these(
    targets: Vec<SyncTarget>,
    world: World,
    database: Database,
    last: i64,
    script: impl FnMut(i64, &Fake, &UnboundedSender<Ask>) -> usize + 'static,
) -> (Vec<(i64, SyncEvent)>, Vec<Asked>, WatchEnd) {
    NOW.set(world.now());
    let fake = Arc::new(Fake::start(world, Duration::ZERO));
    let options = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
    let options = ClientOptions { clock: || NOW.get(), pace: Duration::ZERO, ..options };
    let client = Client::new(options).expect("a client");
    let (tell, events) = mpsc::unbounded_channel();
    let (asks, asked) = mpsc::unbounded_channel();
    let time = Time { now: || NOW.get(), sleep };
    let options = SyncOptions { time, patience: Duration::MAX, ..SyncOptions::default() };
    let mut engine = SyncEngine::new(client, database, options, tell);
    let stage = Stage {
        fake: Arc::clone(&fake),
        script: Box::new(script),
        asks: Some(asks),
        events,
        heard: Vec::new(),
        second: 0,
        last,
        looks: 0,
    };
    STAGE.set(Some(stage));
    let ended = Box::pin(engine.watch(targets, asked)).await;
    let mut stage = STAGE.take().expect("a stage");
    stage.hear();
    let asked = std::mem::take(&mut fake.world().log);
    (stage.heard, asked, ended)
}

/// When rows were written from a second on.
pub(super) fn written(heard: &[(i64, SyncEvent)], from: i64) -> Option<i64> {
    heard
        .iter()
        .find(|(at, event)| *at > from && matches!(event, SyncEvent::Written { .. }))
        .map(|(at, _)| *at)
}
