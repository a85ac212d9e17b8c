//! `flowlens dashboard`, the command when none is named: joins feed, terminal and event loop.

mod sync;
mod worker;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use color_eyre::eyre::{Report, WrapErr as _};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use self::{
    sync::OwnSync,
    worker::{Listeners, OwnWorker},
};
use super::{Failure, database::Chosen, llm, me};
use crate::{
    cli::{DashboardArgs, ViewArgs},
    config::{Config, Env, Terminal, Worker as WhichWorker},
    demo::ME,
    domain::{
        attention::Order,
        filter::{Filter, NEEDS_ME, Quick},
        ids::PrKey,
        text::clean,
    },
    github::sync::SyncTarget,
    panics::caught_elsewhere,
    store::{
        board::{
            detail::DetailReader,
            feed::{self, FeedOptions},
        },
        insights::InsightStore,
    },
    tui::{
        app::{App, Ended, Inputs},
        keymap::Keymap,
        model::{Configured, Model, Setup},
        msg::Msg,
        perform::{InsightSupply, Services},
        state_file,
        terminal::{self, TerminalHost},
        theme::Theme,
    },
};

/// How long nothing must happen, and nobody press a key, before the database is asked less often.
const IDLE: Duration = Duration::from_mins(10);
/// Messages that may wait for the loop; a full channel makes the feed wait, nothing is lost.
const QUEUE: usize = 64;
const FAILED: &str = "the terminal failed";

/// What the user wants after the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing more.
    Shell,
    Demo,
}

/// Opens the dashboard and stays until it is left.
///
/// # Errors
/// There is no terminal to draw on, the filter or a key binding is wrong, or the terminal fails.
pub fn run(args: &DashboardArgs, config: &Config, chosen: &Chosen, env: Env<'_>) -> Result<Next, Failure> {
    let view = &args.view;
    let state = state_file::path(&config.paths.state, &chosen.database.identity());
    open(Opening { view, config, chosen, env, state: Some(state), demo: false }, async |_, _| Ok(()))
}

/// What a dashboard is opened with.
pub(super) struct Opening<'a> {
    pub view: &'a ViewArgs,
    pub config: &'a Config,
    pub chosen: &'a Chosen,
    pub env: Env<'a>,
    /// Where to remember the state; `None` remembers nothing.
    pub state: Option<PathBuf>,
    /// What is shown is made up.
    pub demo: bool,
}

/// What runs beside the dashboard may use of it.
pub(super) struct Beside {
    /// Tells the dashboard something.
    pub told: mpsc::Sender<Msg>,
    /// Wakes the dashboard's own worker.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

/// Opens the dashboard; `beside` may prepare the database, and start tasks that live as long as the dashboard and tell
/// it something. When it is called, signals no longer kill the process.
pub(super) fn open(
    opening: Opening<'_>,
    beside: impl AsyncFnOnce(&mut JoinSet<()>, Beside) -> Result<(), Failure>,
) -> Result<Next, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let message = "the dashboard needs a terminal; for scripts and pipes there is: flowlens status";
        return Err(Failure::Usage(message.to_owned()));
    }
    let keymap = keymap(opening.config)?;
    let setup = setup(&opening)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.wrap_err("cannot start the runtime")?;
    let ended = runtime.block_on(show(setup, keymap, opening, beside));
    // A look-up of a host's name cannot be stopped; nobody waits for it.
    runtime.shutdown_background();
    match ended? {
        Ended::Quit | Ended::Hangup => Ok(Next::Shell),
        Ended::Demo => Ok(Next::Demo),
        Ended::Panicked(error) => Err(Failure::Unexpected(Report::new(error))),
    }
}

/// The keys as the config binds them; it was checked when it was loaded.
fn keymap(config: &Config) -> Result<Keymap, Failure> {
    let overrides: Vec<(&str, &[String])> =
        config.keys.iter().map(|b| (b.action.as_str(), b.keys.as_slice())).collect();
    Keymap::new(&overrides).map_err(|problems| {
        Failure::Usage(problems.into_iter().map(|(_, problem)| problem).collect::<Vec<_>>().join("\n"))
    })
}

fn setup(opening: &Opening<'_>) -> Result<Setup, Failure> {
    let Opening { view, config, chosen, env, state, demo } = opening;
    let filter = match view.filter.as_deref() {
        Some(text) => {
            let filter = Filter::parse(text).map_err(|why| Failure::Usage(format!("--filter: {why}")))?;
            Some((clean(text), filter))
        }
        None => None,
    };
    let dashboard = &config.dashboard;
    Ok(Setup {
        // The demo's team is not the reader's.
        me: if *demo { Some(ME.to_owned()) } else { dashboard.me.clone() },
        now: own_clock(),
        size: terminal::size(),
        configured: Configured {
            sort: Order::parse(&dashboard.sort).unwrap_or_default(),
            quick: Quick::parse(&dashboard.quick).unwrap_or_default(),
            absolute_times: dashboard.absolute_times,
        },
        filter,
        state: state.as_deref().map(state_file::load).unwrap_or_default(),
        seen: state.as_deref().map(state_file::load_seen).unwrap_or_default(),
        is_partial: !view.repos.is_empty(),
        mouse: dashboard.mouse,
        remote: ["SSH_TTY", "SSH_CONNECTION"].iter().any(|name| env(name).is_some()),
        hosts: me::hosts(env),
        demo: *demo,
        synced: if *demo { Vec::new() } else { config.github.repos.clone() },
        has_token: config.github.token.is_some(),
        target: chosen.database.label(),
        warnings: [config.warnings.as_slice(), &chosen.warnings].concat(),
    })
}

async fn show(
    setup: Setup,
    keymap: Keymap,
    opening: Opening<'_>,
    beside: impl AsyncFnOnce(&mut JoinSet<()>, Beside) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let Opening { view, config, chosen, env, state, demo } = opening;
    let (events_in, feed_events) = mpsc::channel(QUEUE);
    let (commands, feed_commands) = mpsc::channel(QUEUE);
    let (replies_in, replies) = mpsc::channel(QUEUE);
    let signals = terminal::signals().wrap_err("cannot listen for signals")?;
    let mut tasks = JoinSet::new();
    let options = FeedOptions {
        interval: config.dashboard.interval,
        window: config.dashboard.window,
        limit: usize::try_from(config.dashboard.limit).unwrap_or(usize::MAX),
        only: view.repos.clone(),
        origin: chosen.origin(),
        idle: config.dashboard.idle_backoff.then_some(IDLE),
        ..FeedOptions::default()
    };
    let by = me::asker_name(config, env);
    // What the demo makes up is nothing to trouble a service with.
    let llm = if demo { None } else { llm::configured(config)?.map(Arc::new) };
    let database = chosen.database.clone();
    let (outage, outages) = watch::channel(None);
    tasks.spawn(show_outages(outages, replies_in.clone()));
    let listeners = Listeners { feed: commands.clone(), outage };
    let own = Arc::new(OwnWorker::new(database, config.insights.lease, &by, demo, llm.clone(), listeners));
    let works = demo || config.insights.worker == WhichWorker::Auto;
    let wake = {
        let own = Arc::clone(&own);
        move |awaited: &[PrKey]| {
            if works {
                own.wake(awaited);
            }
        }
    };
    let awake = wake.clone();
    beside(&mut tasks, Beside { told: replies_in.clone(), wake: Box::new(move || awake(&[])) }).await?;
    let asking = InsightSupply {
        queue: InsightStore::new(chosen.database.clone()),
        by,
        llm,
        wake: Box::new(wake),
        clock: own_clock,
    };
    tasks.spawn(feed::run(chosen.database.clone(), options, events_in, feed_commands));
    if setup.me.is_none() {
        // Asking gh takes longer than the first frame may.
        let is_needed = setup.filter.as_ref().is_some_and(|(_, filter)| filter.needs_me());
        tasks.spawn(find_me(me::asker(config, env, None), is_needed, replies_in.clone()));
    }
    let (sync, sync_asks) = mpsc::unbounded_channel();
    let own_sync = OwnSync {
        config: config.clone(),
        database: chosen.database.clone(),
        targets: setup.synced.iter().map(|name| SyncTarget::named(name)).collect(),
        feed: commands.clone(),
        replies: replies_in.clone(),
    };
    let syncing = own_sync.start(sync_asks, &mut tasks);
    let reader = DetailReader::new(chosen.database.clone());
    let services = Services::start(reader, asking, commands, sync, replies_in, &mut tasks);
    let look = Terminal::new(config.dashboard.color, config.dashboard.ascii, env, true);
    let (host, terminal) = TerminalHost::take(setup.mouse, config.dashboard.wide_glyphs).wrap_err(FAILED)?;
    let mut app = App {
        terminal,
        host,
        model: Model::new(setup),
        keymap,
        theme: Theme { color: look.color, ascii: look.ascii, wide_glyphs: config.dashboard.wide_glyphs },
        services,
        tasks,
        state_path: state,
        clock: own_clock,
    };
    let events = terminal::events().wrap_err(FAILED)?;
    let ended = app.run(Inputs { events, feed: feed_events, replies, signals }).await.wrap_err(FAILED);
    // The terminal is given back before anything is waited for; without services nobody asks the sync any more.
    let App { terminal, host, services, tasks, .. } = app;
    drop((terminal, host, services));
    own.stop();
    syncing.end().await;
    drop(tasks);
    Ok(ended?)
}

async fn find_me(
    ask: impl FnOnce() -> Option<String> + Send + 'static,
    is_needed: bool,
    replies: mpsc::Sender<Msg>,
) {
    let found = match caught_elsewhere(ask).await {
        Ok(Some(login)) => Msg::Me(login),
        Ok(None) | Err(_) if is_needed => Msg::Done(Err(NEEDS_ME.to_owned())),
        Ok(None) | Err(_) => return,
    };
    // Nobody listens only when the program ends.
    drop(replies.send(found).await);
}

/// Shows how the dashboard's own worker is.
async fn show_outages(mut outages: watch::Receiver<Option<String>>, replies: mpsc::Sender<Msg>) {
    while outages.changed().await.is_ok() {
        let outage = outages.borrow_and_update().clone();
        if replies.send(Msg::Worker(outage)).await.is_err() {
            return;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the dashboard: it enters the loop here")]
fn own_clock() -> DateTime<Utc> {
    Utc::now()
}
