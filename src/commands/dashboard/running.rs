//! What runs beside the board of a database: the feed, the worker, the sync with GitHub, and what is done there.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    Beside, Opening,
    boards::Current,
    hub::{self, OwnHub},
    own_clock,
    sync::{self, OwnSync},
    tell::{find_me, show_outages, tell_background},
    worker::{Listeners, OwnWorker},
};
use crate::{
    commands::{Failure, llm, me},
    config::Worker as WhichWorker,
    domain::{board::FeedEvent, ids::PrKey, notify::Rule, sync::SyncAsk},
    github::{client::Budget, sync::SyncTarget},
    insight::llm::Llm,
    store::{
        board::{
            detail::DetailReader,
            feed::{self, FeedCommand, FeedOptions},
        },
        insights::InsightStore,
    },
    tui::{
        model::Model,
        msg::Msg,
        perform::{InsightSupply, Services},
    },
};

/// How long nothing must happen, and nobody press a key, before the database is asked less often.
const IDLE: Duration = Duration::from_mins(10);
/// Messages that may wait for the loop; a full channel makes the feed wait, nothing is lost.
const QUEUE: usize = 64;

/// What runs beside one database's board.
pub(super) struct Running {
    pub(super) feed: mpsc::Receiver<FeedEvent>,
    pub(super) replies: mpsc::Receiver<Msg>,
    pub(super) services: Services,
    pub(super) tasks: JoinSet<()>,
    pub(super) own: Arc<OwnWorker>,
    pub(super) syncing: sync::Running,
    /// `None` where GitHub is simulated.
    pub(super) acting: Option<hub::Running>,
}

/// What its parts begin with.
struct Start<'a> {
    opening: &'a Opening<'a>,
    current: &'a Current,
    feed: mpsc::Sender<FeedCommand>,
    replies: mpsc::Sender<Msg>,
}

/// Starts all that runs beside the board of a database.
pub(super) async fn begin(
    opening: &Opening<'_>,
    current: &Current,
    model: &Model,
    beside: Option<impl AsyncFnOnce(&mut JoinSet<()>, Beside) -> Result<(), Failure>>,
    background: watch::Receiver<Option<bool>>,
) -> Result<Running, Failure> {
    let Opening { config, env, demo, .. } = *opening;
    let database = &current.chosen.database;
    let (events, feed) = mpsc::channel(QUEUE);
    let (commands, feed_commands) = mpsc::channel(QUEUE);
    let (replies_in, replies) = mpsc::channel(QUEUE);
    let start = Start { opening, current, feed: commands.clone(), replies: replies_in.clone() };
    let mut tasks = JoinSet::new();
    let by = me::asker_name(config, env);
    // What the demo makes up is nothing to trouble a service with.
    let llm = if demo { None } else { llm::configured(config)?.map(Arc::new) };
    let own = start.worker(&by, llm.clone(), &mut tasks);
    let wake = start.wake(&own);
    let (hub, hub_asks) = mpsc::unbounded_channel();
    let mut hub_asks = Some(hub_asks);
    if let Some(beside) = beside {
        let (awake, looking) = (wake.clone(), commands.clone());
        let beside_it = Beside {
            told: replies_in.clone(),
            wake: Box::new(move || awake(&[])),
            // A full queue already holds a poll that shows it, too.
            look: Box::new(move || {
                looking.try_send(FeedCommand::Look).ok();
            }),
            asks: hub_asks.take_if(|_| demo),
        };
        beside(&mut tasks, beside_it).await?;
    }
    tasks.spawn(feed::run(database.clone(), start.feed_options(), events, feed_commands));
    if model.me.is_none() {
        // Asking gh takes longer than the first frame may.
        let is_needed = model.list.filter.needs_me();
        tasks.spawn(find_me(me::asker(config, None), is_needed, replies_in.clone()));
    }
    tasks.spawn(tell_background(background, replies_in.clone()));
    let budget = Budget::default();
    let (sync, sync_asks) = mpsc::unbounded_channel();
    let syncing = start.sync(model, budget.clone(), sync_asks, &mut tasks);
    let own_hub = OwnHub { config: config.clone(), budget, replies: replies_in.clone() };
    let acting = hub_asks.map(|asks| own_hub.start(asks, &mut tasks));
    let asking = InsightSupply {
        queue: InsightStore::new(database.clone()),
        by,
        llm,
        wake: Box::new(wake),
        clock: own_clock,
    };
    let reader = DetailReader::new(database.clone());
    let services = Services::start(reader, asking, commands, sync, hub, replies_in, &mut tasks);
    let keeper = config.clone();
    let services = services.with_keeper(Arc::new(move |rule: &Rule| keeper.remember_rule(rule)));
    Ok(Running { feed, replies, services, tasks, own, syncing, acting })
}

impl Start<'_> {
    fn feed_options(&self) -> FeedOptions {
        let Opening { view, config, .. } = *self.opening;
        FeedOptions {
            only: if self.current.at == 0 { view.repos.clone() } else { Vec::new() },
            idle: config.dashboard.idle_backoff.then_some(IDLE),
            ..self.current.chosen.feed_options(config)
        }
    }

    /// The worker, which begins when it is woken; its outages are shown.
    fn worker(&self, by: &str, llm: Option<Arc<Llm>>, tasks: &mut JoinSet<()>) -> Arc<OwnWorker> {
        let (outage, outages) = watch::channel(None);
        tasks.spawn(show_outages(outages, self.replies.clone()));
        let listeners = Listeners { feed: self.feed.clone(), outage };
        let (database, lease) = (self.current.chosen.database.clone(), self.opening.config.insights.lease);
        Arc::new(OwnWorker::new(database, lease, by, self.opening.demo, llm, listeners))
    }

    /// Wakes the worker, where it is this dashboard's to work.
    fn wake(&self, own: &Arc<OwnWorker>) -> impl Fn(&[PrKey]) + Clone + Send + Sync + use<> {
        let works = self.opening.demo || self.opening.config.insights.worker == WhichWorker::Auto;
        let own = Arc::clone(own);
        move |awaited: &[PrKey]| {
            if works {
                own.wake(awaited);
            }
        }
    }

    /// The sync, of what was asked for on the screen, too, where the reader comes back.
    fn sync(
        &self,
        model: &Model,
        budget: Budget,
        asks: mpsc::UnboundedReceiver<SyncAsk>,
        tasks: &mut JoinSet<()>,
    ) -> sync::Running {
        let is_synced = !self.opening.demo && self.current.at == 0;
        let targets = if is_synced { model.sync.targets() } else { Vec::new() };
        let own_sync = OwnSync {
            config: self.opening.config.clone(),
            budget,
            database: self.current.chosen.database.clone(),
            targets: targets.into_iter().map(SyncTarget::named).collect(),
            feed: self.feed.clone(),
            replies: self.replies.clone(),
        };
        own_sync.start(asks, tasks)
    }
}
