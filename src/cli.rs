//! The command line.
//!
//! Values that the config file knows too pass as they were typed: [`crate::config`] checks them all.
#![expect(clippy::doc_markdown, reason = "clap prints these comments as help texts, backticks and all")]

mod demo;
mod global;
mod hook;
mod inbox;
mod inner;
mod insight;
mod serve;
mod shell;
mod status;
mod sync;

use std::ffi::OsString;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};

pub use self::demo::DemoArgs;
pub use self::global::GlobalArgs;
pub use self::hook::HookArgs;
pub use self::inbox::{DeliveryArgs, InboxCommand, ListArgs, PurgeArgs, RetryArgs, ShowArgs};
pub use self::inner::{ConfigCommand, DbCommand};
pub use self::insight::{EvaluateArgs, InsightArgs, InsightTarget, RiskCommand, WorkerArgs};
pub use self::serve::{LogFormat, ServeArgs};
pub use self::shell::{CompletionsArgs, ManArgs};
pub use self::status::{Format, StatusArgs};
pub use self::sync::SyncArgs;
use crate::config::Flags;
use crate::domain::{filter::GRAMMAR, remote, text::wrap};

/// The package's version, with the commit and its date: `0.1.0 (f2e99c5 2026-11-25)`. `build.rs` composes it.
const VERSION: &str = env!("FLOWLENS_VERSION");

const EXIT_CODES: &str = "\
Exit codes:
  0    all went well
  1    something failed while running
  2    wrong usage or configuration
  4    the database refused the login, or the login lacks a privilege
  5    what --fail-on describes is the case
  6    the database could not be reached, or did not answer
  7    --timeout ran out
  8    something is still pending
  130  Ctrl-C (the dashboard, the demo and serve end with 0)
  143  SIGTERM (the dashboard, the demo and serve end with 0)";

const EXAMPLES: &str = "\
Examples:
  flowlens                                   the dashboard
  flowlens demo                              the same over a simulated team
  flowlens -R acme/api --filter is:failing   one repository, only what fails
  flowlens --sync acme/api                   the board, kept fresh from GitHub
  flowlens status --json                     the same data for scripts
  flowlens status --fail-on 'risk:high'      exit code 5 if a risk is high
  flowlens db check                          can this database be used?";

/// Pull requests, their pipelines and their risk, in the terminal.
///
/// Reads the FlowLens tables of a PostgreSQL or YugabyteDB database, or, where none is named, of an
/// embedded one. Without a command it opens the dashboard; press ? there for the keys.
#[derive(Debug, Parser)]
#[command(
    name = "flowlens",
    version = VERSION,
    subcommand_help_heading = "Commands",
    after_help = "Exit codes and examples: flowlens --help",
    after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
)]
struct Parsed {
    #[command(flatten)]
    dashboard: DashboardArgs,
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug)]
pub struct Cli {
    pub global: GlobalArgs,
    pub command: Command,
}

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct DashboardArgs {
    /// Keep this fresh from GitHub meanwhile (repeatable) [env: FLOWLENS_GITHUB_REPOS]
    ///
    /// A repository, or all of an organisation or user, by name or address; in place of `repos` of the config file.
    #[arg(long, value_name = "OWNER/REPO|ORG", value_parser = NonEmptyStringValueParser::new())]
    pub sync: Vec<String>,
    /// Do nothing on GitHub: only read [env: FLOWLENS_GITHUB_ACTIONS=false]
    #[arg(long)]
    pub readonly: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Which pull requests")]
pub struct ViewArgs {
    /// Only this repository, by name or address (repeatable)
    #[arg(short = 'R', long = "repo", value_name = "OWNER/REPO", value_parser = repository)]
    pub repos: Vec<String>,
    /// Only what this filter matches
    #[arg(long, value_name = "TEXT", long_help = filter_help())]
    pub filter: Option<String>,
    /// Read at most this many [env: FLOWLENS_LIMIT] [default: 20000]
    ///
    /// Open ones first, then the newest; from 1 to 1000000. Each takes about 2 kB of memory: a million, 2 GB.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<String>,
    /// Show closed ones for this long [env: FLOWLENS_WINDOW] [default: 14d]
    ///
    /// A whole number with a unit: ms, s, m, h or d.
    #[arg(long, value_name = "DURATION")]
    pub window: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard (the default)
    Dashboard(DashboardArgs),
    /// Show the dashboard over a simulated team
    ///
    /// Eight repositories with weeks of history, then a new event every few seconds. You are ana of its team. It needs
    /// no server, reads no database of yours, and removes its own when you leave.
    Demo(DemoArgs),
    /// Print the pull requests, for people and scripts
    ///
    /// Reads once: the open ones, unless --filter or --fail-on says otherwise. Data goes to standard output, what
    /// else is to be said to standard error.
    #[command(after_help = status::EXAMPLES, after_long_help = format!("{}\n\n{EXIT_CODES}", status::EXAMPLES))]
    Status(StatusArgs),
    /// Assess the risk of one pull request, and say why
    ///
    /// By the built-in model, and offline unless --llm is given. Nothing is stored.
    #[command(after_help = insight::EXAMPLES)]
    Insight(InsightArgs),
    /// Read pull requests from GitHub into the database
    ///
    /// The open ones with checks, reviews and files, and those closed within the window. What is stored is not asked for
    /// again: a second run costs a few points. It may be stopped anywhere and goes on there. At most half of what is left
    /// of your hourly limit is used. Exit code 1 if anything could not be read; the rest is complete.
    #[command(after_help = sync::EXAMPLES)]
    Sync(SyncArgs),
    /// Make, check and mend the webhook that delivers to flowlens serve
    ///
    /// Tells what the webhook lacks (events, JSON, a secret) and what it could not deliver in the last three days; asks
    /// before it changes anything or has something sent again. The secret is that of flowlens serve, and is never
    /// printed. Without a token it tells what to click. Exit code 8 if something is left to do.
    #[command(after_help = hook::EXAMPLES)]
    Hook(HookArgs),
    /// Receive GitHub's webhooks
    ///
    /// Each delivery is verified, stored, and only then acknowledged; then it is processed. Any number of these may run on
    /// one database. Paths: /webhook, /healthz, /readyz, /metrics. With a GitHub token the files of new heads are fetched,
    /// too, and the repositories that the config names are synced every half hour. A signal ends it once what has come
    /// is processed, with exit code 0.
    #[command(after_help = serve::EXAMPLES)]
    Serve(ServeArgs),
    /// Look after the deliveries of webhooks
    #[command(subcommand, after_help = inbox::EXAMPLES)]
    Inbox(InboxCommand),
    /// Make the insights that are asked for
    ///
    /// Takes requests from the queue, one after the other, and looks for heads without an insight. Any number of
    /// workers may run; what one that dies has begun another one finishes.
    Worker(WorkerArgs),
    /// Check the risk model against labelled changes of your own
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Look after the database
    #[command(subcommand)]
    Db(DbCommand),
    /// Show and check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write the manual pages into a folder, one page a command
    ///
    /// The folder is made if it is missing; pages in it are replaced.
    Man(ManArgs),
    /// Print a shell's completions
    Completions(CompletionsArgs),
}

impl Cli {
    /// Parses a command line, the program's name first.
    ///
    /// # Errors
    /// As clap's: also for `--help` and `--version`. `clap::Error::exit` ends with the right code.
    pub fn read<T: Into<OsString> + Clone>(args: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let matches = definition().try_get_matches_from(args)?;
        let parsed = Parsed::from_arg_matches(&matches).map_err(|error| error.format(&mut definition()))?;
        let Parsed { global, dashboard: outer, command } = parsed;
        let mut command = command.unwrap_or_else(|| Command::Dashboard(DashboardArgs::default()));
        match &mut command {
            Command::Dashboard(args) => {
                args.sync.splice(0..0, outer.sync);
                args.readonly |= outer.readonly;
                args.view.inherit(outer.view);
            }
            Command::Demo(args) if outer.sync.is_empty() => {
                args.readonly |= outer.readonly;
                args.view.inherit(outer.view);
            }
            Command::Status(args) if outer.sync.is_empty() && !outer.readonly => {
                args.view.inherit(outer.view);
            }
            Command::Demo(_) | Command::Status(_) => {
                let message = "only the dashboard takes --sync, and only it and the demo --readonly";
                return Err(definition().error(ErrorKind::ArgumentConflict, message));
            }
            Command::Insight(_)
            | Command::Sync(_)
            | Command::Hook(_)
            | Command::Inbox(_)
            | Command::Serve(_)
            | Command::Worker(_)
            | Command::Risk(_)
            | Command::Db(_)
            | Command::Config(_)
            | Command::Man(_)
            | Command::Completions(_)
                if outer == DashboardArgs::default() => {}
            Command::Insight(_)
            | Command::Sync(_)
            | Command::Hook(_)
            | Command::Inbox(_)
            | Command::Serve(_)
            | Command::Worker(_)
            | Command::Risk(_)
            | Command::Db(_)
            | Command::Config(_)
            | Command::Man(_)
            | Command::Completions(_) => {
                let message =
                    "this command takes no --repo, --filter, --limit, --window, --sync or --readonly";
                return Err(definition().error(ErrorKind::ArgumentConflict, message));
            }
        }
        if let Some(message) = global::refused(&matches) {
            return Err(definition().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(Self { global, command })
    }

    /// What the configuration needs to know of the command line.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let view = match &self.command {
            Command::Dashboard(DashboardArgs { view, .. })
            | Command::Demo(DemoArgs { view, .. })
            | Command::Status(StatusArgs { view, .. }) => view.clone(),
            Command::Sync(args) => ViewArgs { window: args.window.clone(), ..ViewArgs::default() },
            Command::Insight(_)
            | Command::Hook(_)
            | Command::Inbox(_)
            | Command::Serve(_)
            | Command::Worker(_)
            | Command::Risk(_)
            | Command::Db(_)
            | Command::Config(_)
            | Command::Man(_)
            | Command::Completions(_) => ViewArgs::default(),
        };
        let global = self.global.clone();
        Flags {
            config: global.config,
            database_url: global.database_url,
            database: global.database,
            interval: global.interval,
            window: view.window,
            limit: view.limit,
            color: global.color,
            theme: global.theme,
            ascii: global.ascii,
            log_level: global.log_level,
            log_file: global.log_file,
            github_repos: match &self.command {
                Command::Dashboard(args) => args.sync.clone(),
                _ => Vec::new(),
            },
            github_url: match &self.command {
                Command::Sync(args) => args.github_url.clone(),
                Command::Hook(args) => args.github_url.clone(),
                _ => None,
            },
            readonly: match &self.command {
                Command::Dashboard(args) => args.readonly,
                Command::Demo(args) => args.readonly,
                _ => false,
            },
        }
    }
}

/// The whole definition, for completions and manual pages.
#[must_use]
pub fn definition() -> clap::Command {
    without_files(global::where_they_mean_something(Parsed::command()))
}

/// Where a value is no path, shells offer none.
fn without_files(command: clap::Command) -> clap::Command {
    let is_word = |arg: &Arg| arg.get_action().takes_values() && arg.get_value_hint() == ValueHint::Unknown;
    command
        .mut_args(|arg| if is_word(&arg) { arg.value_hint(ValueHint::Other) } else { arg })
        .mut_subcommands(without_files)
}

impl ViewArgs {
    /// Adds what stood before the command's name: `flowlens -R acme/api status`.
    fn inherit(&mut self, outer: Self) {
        self.repos.splice(0..0, outer.repos);
        self.filter = self.filter.take().or(outer.filter);
        self.limit = self.limit.take().or(outer.limit);
        self.window = self.window.take().or(outer.window);
    }
}

/// Cells for the meaning of a term: what is left of the narrowest usual terminal.
const MEANING: usize = 46;

/// The whole of the filter language.
fn filter_help() -> String {
    let lines = GRAMMAR.iter().map(|(example, meaning)| {
        format!("  {example:<20}  {}", wrap(meaning, MEANING, usize::MAX).join(&format!("\n{:24}", "")))
    });
    format!("Only what this filter matches\n\nAll terms must hold:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

fn repository(text: &str) -> Result<String, String> {
    remote::repository(text).map_err(|error| error.to_string())
}
