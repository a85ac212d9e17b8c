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
        sync::{Ask, Ended, SyncEngine, SyncEvent, SyncOptions, SyncTarget, Time},
    },
    store::engine::database::Database,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::github::fake::{
    Fake,
    world::{Asked, World},
};

type Script = dyn FnMut(i64, &Fake, &UnboundedSender<Ask>);

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
}

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

fn sleep(pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let seconds = pause.as_secs_f64().ceil();
    STAGE.with_borrow_mut(|stage| {
        let stage = stage.as_mut().expect("a stage");
        let mut passed = 0.0;
        while passed < seconds && stage.asks.is_some() {
            passed += 1.0;
            stage.second += 1;
            NOW.set(NOW.get() + TimeDelta::seconds(1));
            stage.fake.world().pass(TimeDelta::seconds(1));
            while let Ok(event) = stage.events.try_recv() {
                stage.heard.push((stage.second, event));
            }
            if let Some(asks) = &stage.asks {
                (stage.script)(stage.second, &stage.fake, asks);
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

/// Watches a world for so many seconds; what was told, and when.
pub(super) async fn watch(
    world: World,
    database: Database,
    last: i64,
    script: impl FnMut(i64, &Fake, &UnboundedSender<Ask>) + 'static,
) -> (Vec<(i64, SyncEvent)>, Vec<Asked>, Ended) {
    NOW.set(world.now());
    let fake = Arc::new(Fake::start(world, Duration::ZERO));
    let options = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
    let client = Client::new(ClientOptions { clock: || NOW.get(), ..options }).expect("a client");
    let (tell, events) = mpsc::unbounded_channel();
    let (asks, asked) = mpsc::unbounded_channel();
    let time = Time { now: || NOW.get(), sleep };
    let options = SyncOptions { time, tries: u32::MAX, ..SyncOptions::default() };
    let mut engine = SyncEngine::new(client, database, options, tell);
    let stage = Stage {
        fake: Arc::clone(&fake),
        script: Box::new(script),
        asks: Some(asks),
        events,
        heard: Vec::new(),
        second: 0,
        last,
    };
    STAGE.set(Some(stage));
    let ended = engine.watch(vec![SyncTarget::Repository("acme/api".to_owned())], asked).await;
    let mut stage = STAGE.take().expect("a stage");
    while let Ok(event) = stage.events.try_recv() {
        stage.heard.push((stage.second, event));
    }
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
