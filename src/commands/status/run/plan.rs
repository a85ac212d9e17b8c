//! The command line, understood.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use crate::{
    cli::{Format, StatusArgs},
    commands::{
        Failure, me,
        status::{Selection, Style},
    },
    config::{Config, Env, Terminal},
    domain::filter::{Filter, NEEDS_ME},
};

/// What is shown where no filter is given.
const OPEN: &str = "is:open";

/// When to print, and when to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Once,
    Wait,
    Watch,
}

/// The command line, understood.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) mode: Mode,
    pub(super) selection: Selection,
    pub(super) fail_on: Option<Filter>,
    pub(super) format: Format,
    pub(super) style: Style,
    pub(super) timeout: Option<Duration>,
}

impl Plan {
    pub(super) async fn new(args: &StatusArgs, config: &Config, env: Env<'_>) -> Result<Self, Failure> {
        let parse = |flag: &str, text: &str| {
            Filter::parse(text).map_err(|error| Failure::Usage(format!("{flag}: {error}")))
        };
        let fail_on = args.fail_on.as_deref().map(|text| parse("--fail-on", text)).transpose()?;
        let filter = match &args.view.filter {
            Some(text) => parse("--filter", text)?,
            None if fail_on.is_some() => Filter::default(),
            None => parse("--filter", OPEN)?,
        };
        let needs_me = filter.needs_me() || fail_on.as_ref().is_some_and(Filter::needs_me);
        // Asking takes a moment, and without need it only shifts rows of the reader's own up.
        let me = if needs_me { me::login(config, args.timeout).await } else { config.dashboard.me.clone() };
        if needs_me && me.is_none() {
            return Err(Failure::Usage(format!("{NEEDS_ME} ({})", config.paths.shown(&config.file.0))));
        }
        let selection = Selection { filter, repos: args.view.repos.clone(), me, ..Selection::default() };
        Ok(Self {
            mode: match (args.wait, args.watch) {
                (true, _) => Mode::Wait,
                (false, true) => Mode::Watch,
                (false, false) => Mode::Once,
            },
            selection,
            fail_on,
            format: args.format(),
            style: style(config, env),
            timeout: args.timeout,
        })
    }

    /// Whether an outage is waited out.
    pub(super) fn is_patient(&self) -> bool {
        self.mode != Mode::Once || self.timeout.is_some()
    }
}

fn style(config: &Config, env: Env<'_>) -> Style {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    let Terminal { color, ascii } =
        Terminal::new(config.dashboard.color, config.dashboard.ascii, env, is_terminal);
    let width = || terminal_size::terminal_size_of(stdout).map_or(80, |(width, _)| usize::from(width.0));
    Style { width: is_terminal.then(width), color, ascii }
}
