//! The `flowlens` program: parse, run, exit code.

use std::io::{BufWriter, Write};
use std::os::unix::process::CommandExt as _;

use color_eyre::eyre::WrapErr as _;
use flowlens::cli::{Cli, Command, ConfigCommand, DemoArgs, LogFormat, RiskCommand};
use flowlens::commands::{
    self, Failure, Output,
    dashboard::Next,
    database::{self, Chosen},
    notice,
    signals::Signals,
};
use flowlens::config::{Checks, Config, ConfigFile, DatabaseChoice, Env, Flags};
use flowlens::exit::ExitCode;
use flowlens::logging::{self, Destination, Format, Speaks};
use flowlens::panics;
use flowlens::tui::keymap::Keymap;

fn main() -> color_eyre::Result<std::process::ExitCode> {
    color_eyre::install()?;
    without_empty_variables();
    panics::log_those_caught();
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let code = match run(&cli, &variable) {
        Ok(code) => code,
        Err(failure) if failure.is_closed_pipe() => ExitCode::Success,
        // A mistake of ours is told in full.
        Err(Failure::Unexpected(report)) => return Err(report),
        Err(failure) => {
            failure.to_string().lines().for_each(notice);
            failure.code()
        }
    };
    Ok(code.into())
}

/// The database's driver takes an empty one of these for a value, and a process cannot take a variable from itself: it
/// begins anew without them.
fn without_empty_variables() {
    let is_empty = |name: &&str| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let empty: Vec<&str> = ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY"].into_iter().filter(is_empty).collect();
    if let Ok(program) = std::env::current_exe()
        && !empty.is_empty()
    {
        let mut args = std::env::args_os();
        let mut anew = std::process::Command::new(program);
        anew.arg0(args.next().unwrap_or_default()).args(args);
        for name in empty {
            anew.env_remove(name);
        }
        // It only returns where that is not possible.
        drop(anew.exec());
    }
}

/// A variable of the environment. One that is not UTF-8 is not passed over: it may be the one that demands encryption.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// What needs no log and may have no good configuration; then the rest.
fn run(cli: &Cli, env: Env<'_>) -> Result<ExitCode, Failure> {
    let flags = cli.flags();
    let mut out = BufWriter::new(Output::lock());
    let code = match &cli.command {
        Command::Config(ConfigCommand::Path) => {
            commands::config::path(&ConfigFile::locate(&flags, env).path, &mut out)?;
            ExitCode::Success
        }
        Command::Config(ConfigCommand::Check) => {
            commands::config::check(Config::read(&flags, env, &checks()), env, &mut out)?
        }
        Command::Config(ConfigCommand::Show) => {
            commands::config::show(&configured(&flags, env)?, &mut out)?;
            ExitCode::Success
        }
        Command::Risk(RiskCommand::Evaluate(args)) => commands::risk::evaluate(args, &mut out)?,
        Command::Man(args) => {
            args.write()?;
            ExitCode::Success
        }
        Command::Completions(args) => {
            args.print(&mut out)?;
            ExitCode::Success
        }
        Command::Insight(args)
            if let Some(path) = args.from_file()
                && !(args.llm || args.dry_run) =>
        {
            commands::insight::run_file(path, args, &mut out)?
        }
        Command::Dashboard(_)
        | Command::Demo(_)
        | Command::Status(_)
        | Command::Insight(_)
        | Command::Sync(_)
        | Command::Hook(_)
        | Command::Inbox(_)
        | Command::Serve(_)
        | Command::Worker(_)
        | Command::Db(_) => logged(cli, &configured(&flags, env)?, env, &mut out)?,
    };
    out.flush()?;
    Ok(code)
}

/// What the keymap knows of the configuration's keys, and the screen of its themes.
fn checks() -> Checks<'static> {
    Checks {
        keys: &|bindings| {
            let overrides: Vec<_> = bindings.iter().map(|b| (b.action.as_str(), b.keys.as_slice())).collect();
            Keymap::new(&overrides).err().unwrap_or_default()
        },
        commands: &|bindings, keys| {
            let overrides: Vec<_> = bindings.iter().map(|b| (b.action.as_str(), b.keys.as_slice())).collect();
            // What is wrong with the bindings is told already.
            let keymap = Keymap::new(&overrides).unwrap_or_default();
            keymap.with_commands(keys).err().unwrap_or_default()
        },
        theme: commands::config::theme,
    }
}

/// The configuration, its warnings told.
fn configured(flags: &Flags, env: Env<'_>) -> Result<Config, Failure> {
    let config = Config::load(flags, env, &checks());
    let warnings = match &config {
        Ok(config) => &config.warnings,
        Err(error) => &error.warnings,
    };
    for warning in warnings {
        notice(format_args!("warning: {warning}"));
    }
    config.map_err(|error| Failure::Usage(error.to_string()))
}

/// Runs a command that logs.
fn logged(cli: &Cli, config: &Config, env: Env<'_>, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let speaks = match cli.command {
        Command::Dashboard(_) => Speaks::Screen,
        Command::Serve(_) => Speaks::Log,
        _ => Speaks::Output,
    };
    let (destination, level) = Destination::new(config, speaks);
    let format = match &cli.command {
        Command::Serve(args) if args.log_format == LogFormat::Json => Format::Json,
        _ => Format::Text,
    };
    // The demo leaves no file behind that nobody asked for, and its screen keeps standard error to itself.
    let silent = matches!(cli.command, Command::Demo(_)) && config.log.file.is_none();
    let to_file = !silent && matches!(destination, Destination::File(_));
    let log = (!silent).then(|| logging::start(destination, level, format));
    if let Some(Err(error)) = &log {
        notice(format_args!("warning: {error}"));
    }
    let result = match &cli.command {
        // It has a database of its own.
        Command::Demo(args) => commands::demo::run(args, config, env),
        Command::Insight(args) if let Some(path) = args.from_file() => {
            commands::insight::run_file_llm(path, args, config, out).and_then(block_on)
        }
        // GitHub has what it is about.
        Command::Hook(args) => block_on(commands::hook::run(args, config, out)),
        Command::Dashboard(_)
        | Command::Status(_)
        | Command::Insight(_)
        | Command::Sync(_)
        | Command::Inbox(_)
        | Command::Serve(_)
        | Command::Worker(_)
        | Command::Risk(_)
        | Command::Db(_)
        | Command::Config(_)
        | Command::Man(_)
        | Command::Completions(_) => connected(cli, config, env, out),
    };
    if let Err(failure) = &result
        && to_file
        && !failure.is_closed_pipe()
    {
        tracing::error!("{failure}");
    }
    result
}

/// Runs a command that needs the database.
fn connected(cli: &Cli, config: &Config, env: Env<'_>, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let chosen = database::choose(config, env)?;
    for warning in &chosen.warnings {
        notice(format_args!("warning: {warning}"));
    }
    // A name may be mistyped; the one that needs no name is an empty board until somebody fills it, as a sync does.
    let is_named = !matches!(config.database.choice, DatabaseChoice::None);
    let chosen = match &cli.command {
        Command::Status(_) | Command::Insight(_) | Command::Inbox(_) if !is_named => chosen.not_made(),
        Command::Status(_) | Command::Insight(_) | Command::Inbox(_) => {
            chosen.is_there()?;
            chosen
        }
        Command::Dashboard(_) if is_named && config.github.repos.is_empty() => {
            chosen.is_there()?;
            chosen
        }
        _ => chosen,
    };
    if let Command::Dashboard(args) = &cli.command {
        return match commands::dashboard::run(args, config, &chosen, env)? {
            Next::Shell => Ok(ExitCode::Success),
            Next::Demo => commands::demo::run(&DemoArgs::default(), config, env),
        };
    }
    awaited(cli, config, &chosen, env, out).map_err(|failure| chosen.explained(failure))
}

/// Runs a command that takes its time. The stack of this function has room for all of them; the dashboard, which is
/// left open all day, must not stand upon it.
#[inline(never)]
fn awaited(
    cli: &Cli,
    config: &Config,
    chosen: &Chosen,
    env: Env<'_>,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Status(args) => block_on(commands::status::run(args, config, chosen, env, out)),
        Command::Insight(args) => block_on(commands::insight::run_stored(args, config, chosen, out)),
        // These see to signals themselves.
        Command::Sync(args) => to_the_end(commands::sync::run(args, &cli.global, config, chosen, out)),
        Command::Serve(args) => to_the_end(commands::serve::run(args, config, chosen, env)),
        Command::Worker(args) => to_the_end(commands::worker::run(args, config, chosen, env, out)),
        Command::Inbox(command) => block_on(commands::inbox::run(command, config, chosen, out)),
        Command::Db(command) => block_on(commands::db::run(*command, chosen, out)),
        // `run`, `logged` and `connected` have seen to them.
        Command::Config(_)
        | Command::Dashboard(_)
        | Command::Demo(_)
        | Command::Hook(_)
        | Command::Risk(_)
        | Command::Man(_)
        | Command::Completions(_) => Ok(ExitCode::Success),
    }
}

/// Runs to the end, or to a signal: connections are closed then, too.
fn block_on(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    to_the_end(async {
        let mut signals = Signals::listen()?;
        tokio::select! {
            biased; // whoever asks for an end gets it
            code = signals.next() => Ok(code),
            result = command => result,
        }
    })
}

fn to_the_end(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.wrap_err("cannot start the runtime")?;
    let result = runtime.block_on(command);
    // A look-up of a host's name cannot be stopped; nobody waits for it.
    runtime.shutdown_background();
    result
}
