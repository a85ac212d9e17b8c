//! `flowlens config show|check|path`.

use std::io::{self, Write};
use std::path::Path;

use super::{dashboard::look, fitted};
use crate::config::{Config, DatabaseChoice, Env, KeyOverride, Origin, Setting};
use crate::domain::address;
use crate::exit::ExitCode;

/// Prints every setting as TOML that could be read again, each with its origin. Secrets are redacted.
///
/// # Errors
/// Those of `out`.
pub fn show(config: &Config, out: &mut impl Write) -> io::Result<()> {
    let (path, found) = &config.file;
    let note = if *found { "" } else { " (not found)" };
    writeln!(out, "# {}{note}", config.paths.shown(path))?;

    let mut rows: Vec<_> = config.settings.iter().map(|s| row(s, config)).collect();
    let file = config.paths.shown(path);
    rows.extend(config.keys.iter().map(|KeyOverride { action, keys, line }| {
        let keys: Vec<_> = keys.iter().map(|key| crate::config::quoted(key)).collect();
        ("keys", action.clone(), format!("[{}]", keys.join(", ")), format!("{file}:{line}"))
    }));
    // The width of the widest usual value: a long URL or list pushes only its own comment.
    let width = |text: &str| text.chars().count();
    let left = rows.iter().map(|(_, name, ..)| width(name)).max().unwrap_or(0);
    let right = rows.iter().map(|(_, _, value, _)| width(value)).filter(|w| *w <= 48).max().unwrap_or(0);
    let mut open = "";
    for (section, name, value, origin) in &rows {
        if *section != open {
            writeln!(out, "\n[{section}]")?;
            open = section;
        }
        writeln!(out, "{name:left$} = {value:right$}  # {origin}")?;
    }
    for (view, origin) in &config.dashboard.views {
        let table = view.toml();
        let (head, rest) = table.split_once('\n').unwrap_or_default();
        write!(out, "\n{head}  # {origin}\n{rest}")?;
    }
    for database in &config.databases {
        let table = crate::config::database_toml(database);
        let (head, rest) = table.split_once('\n').unwrap_or_default();
        write!(out, "\n{head}  # {}\n{rest}", database.origin)?;
    }
    for (command, origin) in &config.commands {
        let table = crate::config::command_toml(command);
        let (head, rest) = table.split_once('\n').unwrap_or_default();
        write!(out, "\n{head}  # {origin}\n{rest}")?;
    }
    for (rule, origin) in &config.notify {
        let table = crate::config::notify_toml(rule);
        let (head, rest) = table.split_once('\n').unwrap_or_default();
        write!(out, "\n{head}  # {origin}\n{rest}")?;
    }
    Ok(())
}

/// Section, name, value and origin of a setting; the database's URL, the LLM's key, GitHub's host and token and the
/// webhooks' secret may come from outside the settings.
fn row(setting: &Setting, config: &Config) -> (&'static str, String, String, String) {
    let (mut value, mut origin) = (setting.value.clone(), setting.origin.to_string());
    if (setting.section, setting.name) == ("database", "url") {
        match &config.database.choice {
            DatabaseChoice::Named { .. } | DatabaseChoice::None => {}
            DatabaseChoice::PgEnv => "the PG* variables".clone_into(&mut origin),
            DatabaseChoice::Borrowed { url, origin: lender } => {
                value = crate::config::quoted(&address::redacted(url.expose()));
                origin = format!("{lender}, if it has FlowLens's tables");
            }
        }
    }
    if (setting.section, setting.name) == ("insights.llm", "key_file")
        && let Some(Origin::Env(variable)) = &config.insights.key_origin
    {
        origin = format!("{origin}; {variable} has the key");
    }
    if (setting.section, setting.name) == ("github", "url")
        && let Some(lender) = &config.github.host_origin
    {
        value = crate::config::quoted(&config.github.url);
        origin = lender.to_string();
    }
    if (setting.section, setting.name) == ("github", "token_file")
        && let Some(Origin::Env(variable)) = &config.github.token_origin
    {
        origin = format!("{origin}; {variable} has the token");
    }
    if (setting.section, setting.name) == ("serve", "secret_file")
        && let Some(Origin::Env(variable)) = &config.serve.secret_origin
    {
        origin = format!("{origin}; {variable} has the secret");
    }
    (setting.section, setting.name.to_owned(), value, origin)
}

/// Everything that is wrong with the theme that is configured.
pub fn theme(config: &Config, env: Env<'_>) -> Vec<String> {
    let wrong = look(config, env, &mut Vec::new()).err().map(|failure| failure.to_string());
    wrong.iter().flat_map(|wrong| wrong.lines()).map(str::to_owned).collect()
}

/// Prints everything that is wrong, in themes that nobody wears too, or that nothing is.
///
/// # Errors
/// Those of `out`.
pub fn check(
    (mut config, problems): (Config, Vec<String>),
    env: Env<'_>,
    out: &mut impl Write,
) -> io::Result<ExitCode> {
    let mut warnings = std::mem::take(&mut config.warnings);
    // What is wrong with the one that is configured is among the problems.
    drop(look(&config, env, &mut warnings));
    let warned = warnings.iter().map(|warning| format!("warning: {warning}"));
    for line in problems.iter().cloned().chain(warned) {
        writeln!(out, "{}", fitted(&line, io::stdout()))?;
    }
    if !problems.is_empty() {
        return Ok(ExitCode::Usage);
    }
    let (path, found) = &config.file;
    let says = if *found { "ok" } else { "not found, so the defaults apply" };
    writeln!(out, "{}: {says}", config.paths.shown(path))?;
    Ok(ExitCode::Success)
}

/// Prints the config file's path, in full for `$EDITOR "$(flowlens config path)"`.
///
/// # Errors
/// Those of `out`.
pub fn path(file: &Path, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", file.display())
}
