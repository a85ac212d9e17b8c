//! Options that stand before a command or after it. Some mean something to some commands only; the others refuse them.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, ValueHint, builder::NonEmptyStringValueParser, parser::ValueSource};

use crate::config::Secret;

/// The database.
const DATABASE: [&str; 2] = ["database_url", "database"];
/// The colours of a whole screen.
const THEME: [&str; 1] = ["theme"];
/// How pull requests are shown, and how often they are looked at.
const LOOK: [&str; 4] = ["interval", "color", "theme", "ascii"];
/// Both: nothing is read, and nothing shown.
const BOTH: [&str; 6] = ["database_url", "database", "interval", "color", "theme", "ascii"];

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Read this config file [env: FLOWLENS_CONFIG]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use this database [env: FLOWLENS_DATABASE_URL]
    ///
    /// postgres://USER@HOST:PORT/DATABASE, or sqlite:PATH for an embedded one. The first of these counts: this,
    /// FLOWLENS_DATABASE_URL, the config file, the PG* variables if PGHOST, PGHOSTADDR or PGSERVICE is set, DATABASE_URL
    /// if the FlowLens tables are found there, else the embedded database in ~/.local/share/flowlens. A password in
    /// this flag is visible to everyone on this machine; ~/.pgpass is read too.
    #[arg(long, global = true, value_name = "URL", value_parser = secret)]
    pub database_url: Option<Secret>,
    /// Use the database of this name that `databases` in the config file has
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "database_url")]
    pub database: Option<String>,
    /// The time between two looks at the database [env: FLOWLENS_INTERVAL] [default: 2s]
    ///
    /// A whole number with a unit (ms, s, m, h or d), at least 200ms.
    #[arg(short, long, global = true, value_name = "DURATION")]
    pub interval: Option<String>,
    /// Use colours: auto, always or never [env: FLOWLENS_COLOR, NO_COLOR]
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true, value_parser = ["auto", "always", "never"])]
    pub color: Option<String>,
    /// Draw the dashboard in this theme [env: FLOWLENS_THEME] [default: default]
    ///
    /// default, high-contrast, colour-blind, one of your own in $XDG_CONFIG_HOME/flowlens/themes, or the path of its file.
    #[arg(long, global = true, value_name = "THEME", value_hint = ValueHint::FilePath,
          value_parser = NonEmptyStringValueParser::new())]
    pub theme: Option<String>,
    /// Keep to ASCII glyphs [env: FLOWLENS_ASCII]
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Log error, warn, info, debug or trace [env: FLOWLENS_LOG]
    ///
    /// By default the dashboard and serve log info, and every other command error.
    #[arg(long, global = true, value_name = "LEVEL",
          hide_possible_values = true, value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub log_level: Option<String>,
    /// Log to this file [env: FLOWLENS_LOG_FILE]
    ///
    /// By default the dashboard logs to $XDG_STATE_HOME/flowlens/log/flowlens.log, the demo nowhere, and every
    /// other command to standard error.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath,
          value_parser = NonEmptyStringValueParser::new())]
    pub log_file: Option<String>,
}

/// Why the command takes no such option, if one is given.
pub(super) fn refused(matches: &ArgMatches) -> Option<String> {
    let command = matches.subcommand_name()?;
    let (options, why) = meaningless(command);
    let is_given = |id: &&&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let given = options.iter().filter(is_given).map(|id| format!("--{}", id.replace('_', "-")));
    let given: Vec<String> = given.collect();
    (!given.is_empty()).then(|| format!("{command} takes no {}: {why}", given.join(" and no ")))
}

/// The options that mean nothing to a command, and why.
fn meaningless(command: &str) -> (&'static [&'static str], &'static str) {
    match command {
        "dashboard" | "config" | "help" => (&[], ""),
        "demo" => (&DATABASE, "it has a database of its own"),
        "status" => (&THEME, "it is for the dashboard"),
        "hook" | "risk" | "man" | "completions" => {
            (&BOTH, "it is for what uses a database or shows pull requests")
        }
        _ => (&LOOK, "it is for what shows pull requests"),
    }
}

/// No help lists what a command refuses.
pub(super) fn where_they_mean_something(command: clap::Command) -> clap::Command {
    let all: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    command.mut_subcommands(|inner| {
        let (refused, _) = meaningless(inner.get_name());
        let refused = all.iter().filter(|arg| refused.contains(&arg.get_id().as_str()));
        inner.args(refused.map(|arg| arg.clone().hide(true)))
    })
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(Secret::new(text)) }
}
