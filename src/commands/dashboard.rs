//! `flowlens dashboard`, the command when none is named: joins feed, terminal and event loop.

mod beside;
mod boards;
mod hub;
mod look;
mod opened;
mod running;
mod sync;
mod tell;
mod worker;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use chrono::{DateTime, Utc};
use color_eyre::eyre::{Report, WrapErr as _};
use tokio::{sync::watch, task::JoinSet};

pub(super) use self::{beside::Beside, look::look};
use self::{
    boards::Boards,
    opened::{keymap, setup},
    running::{Running, begin},
};
use super::{Failure, database::Chosen};
use crate::{
    cli::{DashboardArgs, ViewArgs},
    config::{Config, Env, Terminal},
    tui::{
        app::{App, Ended, Inputs},
        keymap::Keymap,
        model::{Model, Setup},
        perform::{Lending, Tools},
        state_file,
        terminal::{self, TerminalHost},
        theme::{Depth, Theme},
        update::come_back,
    },
};

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
#[derive(Clone)]
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
    let mut warnings = Vec::new();
    let look = look(opening.config, opening.env, &mut warnings)?;
    let setup = setup(&opening, look, &warnings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.wrap_err("cannot start the runtime")?;
    let ended = runtime.block_on(show(setup, keymap, opening, beside));
    // A look-up of a host's name cannot be stopped; nobody waits for it.
    runtime.shutdown_background();
    match ended? {
        Ended::Quit | Ended::Hangup | Ended::Database(_) => Ok(Next::Shell),
        Ended::Demo => Ok(Next::Demo),
        Ended::Panicked(error) => Err(Failure::Unexpected(Report::new(error))),
    }
}

async fn show(
    setup: Setup,
    keymap: Keymap,
    opening: Opening<'_>,
    beside: impl AsyncFnOnce(&mut JoinSet<()>, Beside) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let (config, env, mouse) = (opening.config, opening.env, setup.mouse);
    let look = Terminal::new(config.dashboard.color, config.dashboard.ascii, env, true);
    let wide_glyphs = config.dashboard.wide_glyphs;
    let theme = Theme { color: look.color, ascii: look.ascii, wide_glyphs };
    let in_tmux = env("TMUX").is_some_and(|tmux| !tmux.is_empty());
    let mut boards = Boards::new(&opening, setup.databases.clone());
    let mut model = Model::new(setup);
    let mut signals = terminal::signals().wrap_err("cannot listen for signals")?;
    let (mut beside, mut screen, mut events) = (Some(beside), None, None);
    let (background, told) = watch::channel(None);
    // What ends behind the board that is shown.
    let mut ending = JoinSet::new();
    loop {
        let Running { feed, replies, services, tasks, own, syncing, acting } =
            begin(&opening, boards.current(), &model, beside.take(), told.clone()).await?;
        let (host, terminal) = if let Some(screen) = screen.take() {
            screen
        } else {
            let (host, terminal) = TerminalHost::take(mouse, wide_glyphs, in_tmux).wrap_err(FAILED)?;
            // Where nobody answers, the screen stays as it is without.
            if look.color && model.look.background.is_none() && model.look.depth != Depth::Sixteen {
                host.ask_background().wrap_err(FAILED)?;
            }
            (host, terminal)
        };
        let events = if let Some(events) = &mut events {
            events
        } else {
            let background = background.clone();
            let tell = move |is_light| {
                background.send_replace(Some(is_light));
            };
            events.insert(terminal::events(tell).wrap_err(FAILED)?)
        };
        let (keymap, state_path) = (keymap.clone(), boards.current().state.clone());
        let lending = Lending::new(Tools {
            editor: config.dashboard.editor.clone(),
            pager: config.dashboard.pager.clone(),
        });
        let clock = own_clock;
        let mut app =
            App { terminal, host, model, keymap, theme, services, tasks, lending, state_path, clock };
        let ended = app.run(Inputs { events, feed, replies, signals: &mut signals }).await.wrap_err(FAILED);
        let App { terminal, host, services, tasks, model: left, .. } = app;
        // Without services nobody asks the sync and GitHub any more.
        drop(services);
        // Whoever goes to another database does not wait for that.
        ending.spawn(async move {
            tokio::join!(own.stop(), syncing.end(), hub::end(acting));
            drop(tasks);
        });
        let Ok(Ended::Database(to)) = ended else {
            // The terminal is given back before anything is waited for.
            drop((terminal, host));
            while ending.join_next().await.is_some() {}
            return Ok(ended?);
        };
        screen = Some((host, terminal));
        let rules = left.notify.lines();
        model = boards.go(to, left)?;
        come_back(&mut model, rules, own_clock());
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the dashboard: it enters the loop here")]
fn own_clock() -> DateTime<Utc> {
    Utc::now()
}
