//! The dashboard's own sync with GitHub: an engine on a thread of its own, so that the screen never waits for it. Its
//! events become news for the screen.

use std::{future::pending, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    commands::{Failure, github, me, sync::ready},
    config::Config,
    domain::{
        source::Cause,
        sync::{Candidate, NotListed, Pause, SyncAsk, SyncNews, SyncProblem},
    },
    github::{
        client::Budget,
        sync::{Ask, Background, Because, Program, SyncEvent, SyncOptions, SyncTarget, candidates},
    },
    panics::caught_elsewhere,
    store::{board::feed::FeedCommand, engine::database::Database},
    tui::msg::Msg,
};

/// How long leaving waits for leases to be given back.
const PATIENCE: Duration = Duration::from_secs(2);
/// News come at most so often: a burst of them is told at once.
const PAUSE: Duration = Duration::from_millis(250);
/// The time between two looks for a database that does not answer.
const RETRY: Duration = Duration::from_secs(10);
/// Events that are told at once.
const BURST: usize = 512;

/// What it works with, and whom it tells.
pub(super) struct OwnSync {
    pub(super) config: Config,
    pub(super) budget: Budget,
    pub(super) database: Database,
    pub(super) targets: Vec<SyncTarget>,
    pub(super) feed: mpsc::Sender<FeedCommand>,
    pub(super) replies: mpsc::Sender<Msg>,
}

impl OwnSync {
    /// Starts a task that runs until `asks` is closed.
    pub(super) fn start(self, asks: mpsc::UnboundedReceiver<SyncAsk>, tasks: &mut JoinSet<()>) -> Running {
        let (ends, ended) = oneshot::channel::<()>();
        tasks.spawn(async move {
            Task { own: self, engine: None, tried: Vec::new(), beside: JoinSet::new() }.run(asks).await;
            drop(ends);
        });
        Running(ended)
    }
}

/// The task, by its end.
pub(super) struct Running(oneshot::Receiver<()>);

impl Running {
    /// Waits a little while for the end, once nobody asks any more.
    pub(super) async fn end(self) {
        drop(timeout(PATIENCE, self.0).await);
    }
}

struct Task {
    own: OwnSync,
    engine: Option<Background>,
    /// What was asked for here, and is not found yet.
    tried: Vec<SyncTarget>,
    /// What takes its time without being waited for.
    beside: JoinSet<()>,
}

impl Task {
    async fn run(mut self, mut asks: mpsc::UnboundedReceiver<SyncAsk>) {
        if !self.own.targets.is_empty() {
            self.start().await;
        }
        let mut events = Vec::new();
        let mut rested = Instant::now();
        loop {
            let news = async {
                sleep_until(rested).await;
                next(self.engine.as_mut(), &mut events).await
            };
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.ask(ask).await,
                    None => break,
                },
                Some(done) = self.beside.join_next() => {
                    if let Err(error) = done {
                        tracing::error!(%error, "a wish to the sync has failed");
                    }
                }
                count = news => {
                    if count == 0 {
                        // It has said why; the next wish starts another.
                        self.engine = None;
                        continue;
                    }
                    self.pass_on(events.drain(..)).await;
                    rested = Instant::now() + PAUSE;
                }
            }
        }
        if let Some(engine) = self.engine {
            drop(caught_elsewhere(move || engine.stop()).await);
        }
    }

    /// Starts an engine once the database has what it needs.
    async fn start(&mut self) {
        loop {
            match ready(&self.own.database).await {
                Ok(()) => break,
                Err(Failure::Database { cause: Cause::Schema, message }) => {
                    let brief = "GitHub: the database is not ready".to_owned();
                    let problem =
                        SyncProblem { repository: None, said: message, brief, mend: None, url: None };
                    return self.tell(Msg::Sync(SyncNews::Failed(problem))).await;
                }
                // The header tells how the database is.
                Err(_) => sleep(RETRY).await,
            }
        }
        let (config, budget) = (self.own.config.clone(), self.own.budget.clone());
        let window = config.dashboard.window;
        let program = Program::Dashboard;
        let options = SyncOptions { window, patience: Duration::MAX, program, ..SyncOptions::default() };
        let (database, targets) = (self.own.database.clone(), self.own.targets.clone());
        let engine = Background::start(move || github::client(&config, budget), database, options, targets);
        for target in &self.tried {
            // One that ends at once says why.
            engine.asks.send(Ask::Also(target.clone())).ok();
        }
        self.engine = Some(engine);
    }

    async fn ask(&mut self, ask: SyncAsk) {
        match ask {
            SyncAsk::Candidates => self.list(),
            SyncAsk::Remember(name) => self.remember(name),
            SyncAsk::Again => self.send(Ask::Everything).await,
            SyncAsk::Look { repository, number } => self.send(Ask::Look { repository, number }).await,
            SyncAsk::Without(name) => {
                let target = SyncTarget::named(&name);
                self.tried.retain(|tried| *tried != target);
                self.own.targets.retain(|known| *known != target);
                if let Some(engine) = &self.engine {
                    engine.asks.send(Ask::Without(target)).ok();
                }
            }
            SyncAsk::Also(name) => {
                let target = SyncTarget::named(&name);
                if !self.tried.contains(&target) {
                    self.tried.push(target.clone());
                }
                match &self.engine {
                    Some(engine) if engine.asks.send(Ask::Also(target)).is_ok() => {}
                    _ => self.start().await,
                }
            }
        }
    }

    /// What was asked for here is asked for again by another engine, once GitHub has shown it.
    fn settle(&mut self, event: &SyncEvent) {
        let (SyncEvent::Found { name, .. } | SyncEvent::Dropped { name }) = event else { return };
        let target = SyncTarget::named(name);
        if let Some(at) = self.tried.iter().position(|tried| *tried == target) {
            let target = self.tried.remove(at);
            if matches!(event, SyncEvent::Found { .. }) && !self.own.targets.contains(&target) {
                self.own.targets.push(target);
            }
        }
    }

    async fn send(&mut self, ask: Ask) {
        if self.engine.is_none() {
            self.start().await;
        }
        if let Some(engine) = &self.engine {
            // One that has just ended is followed by another on the next wish.
            engine.asks.send(ask).ok();
        }
    }

    /// Lists the token's repositories, without anybody waiting for it.
    fn list(&mut self) {
        let (config, replies) = (self.own.config.clone(), self.own.replies.clone());
        let budget = self.own.budget.clone();
        self.beside.spawn(async move {
            let found = caught_elsewhere(move || list(&config, budget)).await;
            let found = found.map_err(not_started).and_then(|found| found);
            drop(replies.send(Msg::Candidates(found)).await);
        });
    }

    /// Writes a name into the config file.
    fn remember(&mut self, name: String) {
        let (config, replies) = (self.own.config.clone(), self.own.replies.clone());
        self.beside.spawn(async move {
            let done =
                caught_elsewhere(move || config.remember_repository(&name)).await.and_then(|done| done);
            drop(replies.send(Msg::Done(done)).await);
        });
    }

    async fn pass_on(&mut self, events: impl Iterator<Item = SyncEvent>) {
        let mut all: Vec<SyncNews> = Vec::new();
        let mut has_rows = false;
        for event in events {
            self.settle(&event);
            if let SyncEvent::Login(login) = &event {
                me::remember(&self.own.config, login);
            }
            has_rows |= matches!(event, SyncEvent::Written { .. } | SyncEvent::Looked { .. });
            let Some(news) = news(event) else { continue };
            // Of a burst the newest counts.
            if let (Some(SyncNews::Reading { .. }), SyncNews::Reading { .. }) = (all.last(), &news) {
                all.pop();
            }
            all.push(news);
        }
        if has_rows {
            // A full queue already holds a poll that shows them, too.
            self.own.feed.try_send(FeedCommand::Look).ok();
        }
        for news in all {
            self.tell(Msg::Sync(news)).await;
        }
    }

    /// Nobody listens only when the program ends.
    async fn tell(&self, msg: Msg) {
        drop(self.own.replies.send(msg).await);
    }
}

/// The next events; none where the engine has ended.
async fn next(engine: Option<&mut Background>, events: &mut Vec<SyncEvent>) -> usize {
    match engine {
        Some(engine) => engine.events.recv_many(events, BURST).await,
        None => pending().await,
    }
}

fn list(config: &Config, budget: Budget) -> Result<Vec<Candidate>, NotListed> {
    let asked = async {
        let client = github::client(config, budget)?;
        candidates(&client).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let found = runtime.map_err(|error| not_started(format!("cannot start: {error}")))?.block_on(asked);
    let found = found.map_err(|error| {
        tracing::warn!(%error, "the token's repositories are not listed");
        NotListed { why: error.with_mend(), is_refused: error.is_everywhere() && !error.is_passing() }
    })?;
    Ok(found.into_iter().filter(|one| one.open > 0).collect())
}

fn not_started(why: String) -> NotListed {
    NotListed { why, is_refused: false }
}

/// What of an event the screen shows.
fn news(event: SyncEvent) -> Option<SyncNews> {
    Some(match event {
        SyncEvent::Begun { .. }
        | SyncEvent::Written { .. }
        | SyncEvent::Spent(_)
        | SyncEvent::Stopped { .. }
        | SyncEvent::ReadByOther { .. }
        | SyncEvent::Estimated(_)
        | SyncEvent::Pace(_) => return None,
        SyncEvent::Login(login) => SyncNews::Login(login),
        SyncEvent::Found { name, full_name } => SyncNews::Found { name, full_name },
        SyncEvent::Dropped { name } => SyncNews::Dropped { name },
        SyncEvent::Renamed { from, to } => SyncNews::Said(format!("{from} is called {to} now")),
        SyncEvent::Progress { repository, step, done, expected } => {
            SyncNews::Reading { repository, phase: step.done(), done, expected }
        }
        SyncEvent::Waiting { repository: Some(repository), because: Because::OtherSync(_), .. } => {
            SyncNews::Elsewhere { repository }
        }
        SyncEvent::Waiting { until, because, .. } => SyncNews::Paused {
            until,
            why: match because {
                Because::Limit(_) => Pause::Limit,
                Because::Outage { error, .. } => {
                    Pause::Outage { brief: error.brief(), told: error.with_mend() }
                }
                Because::Database(_) | Because::OtherSync(_) => Pause::Database,
            },
        },
        SyncEvent::Resumed => SyncNews::Resumed,
        SyncEvent::Problem(problem) => SyncNews::Failed(SyncProblem {
            said: problem.told(),
            repository: problem.repository,
            brief: problem.brief,
            mend: problem.mend,
            url: problem.url,
        }),
        SyncEvent::Notice(text) => {
            tracing::info!(message = %text, "told by the sync");
            SyncNews::Said(text)
        }
        SyncEvent::Fresh { repository, at } => SyncNews::Fresh { repository, at },
        SyncEvent::Looked { repository, number, found } => SyncNews::Looked { repository, number, found },
        SyncEvent::Done { repository, .. } => SyncNews::Read { repository },
    })
}
