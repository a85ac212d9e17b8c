//! The configuration: file, then environment, then flags, each value with its origin.
//!
//! [`Config::load`] reads everything at once and reports everything that is wrong at once. The
//! environment enters as a function, so that nothing here touches the process.

mod commands;
mod dashboard;
mod database;
mod databases;
mod file;
mod github;
mod insights;
mod key;
mod notify;
mod origin;
mod paths;
mod remember;
mod resolve;
mod serve;
mod terminal;
mod tools;
mod value;
mod views;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use crate::domain::secret::Secret;
use crate::{
    domain::{address, command::OwnCommand, notify::Rule},
    private,
};
pub use commands::toml as command_toml;
pub use dashboard::Dashboard;
pub use database::{DatabaseChoice, DatabaseSettings};
pub use databases::{NamedDatabase, toml as database_toml};
pub use github::Github;
pub use insights::{Insights, LlmSettings};
pub use notify::toml as notify_toml;
pub use origin::{ConfigError, Origin, Setting};
pub use paths::Paths;
pub use serve::Serve;
pub use terminal::Terminal;
pub use value::{LogLevel, Node, Unaccepted, When, Worker};

pub(crate) use file::quoted;
use resolve::Resolver;

/// How the environment is read: a variable's value, even where it is not all UTF-8; a table in tests.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Bytes of the file at the usual place.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Sections that are lists of tables.
const VIEWS: &str = "views";
const NOTIFY: &str = "notify";
const DATABASES: &str = "databases";
const COMMANDS: &str = "commands";
const LISTS: [&str; 4] = [VIEWS, NOTIFY, DATABASES, COMMANDS];

const SECTIONS: [&str; 8] =
    ["database", "dashboard", "github", "serve", "insights", "insights.llm", "keys", "log"];

/// What the command line says, as it was typed; it is checked like the file's values.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub database_url: Option<Secret>,
    /// The name of one of several.
    pub database: Option<String>,
    pub interval: Option<String>,
    pub window: Option<String>,
    pub limit: Option<String>,
    pub color: Option<String>,
    pub theme: Option<String>,
    pub ascii: bool,
    pub log_level: Option<String>,
    pub log_file: Option<String>,
    pub github_url: Option<String>,
    pub github_repos: Vec<String>,
    /// Nothing is done on GitHub.
    pub readonly: bool,
}

/// Checks bindings together: the index of each wrong one, and what is wrong with it.
pub type KeyCheck = dyn Fn(&[KeyOverride]) -> Vec<(usize, String)>;

/// Checks the keys of `[[commands]]` beside those bindings: the index of each wrong one, and what is wrong with it.
pub type CommandCheck = dyn Fn(&[KeyOverride], &[Option<&str>]) -> Vec<(usize, String)>;

/// Everything that is wrong with the theme that is configured.
pub type ThemeCheck = fn(&Config, Env<'_>) -> Vec<String>;

/// What other modules know about values: the configuration itself imports none of them.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// Checks the `[keys]` section.
    pub keys: &'a KeyCheck,
    /// Checks the keys of `[[commands]]`.
    pub commands: &'a CommandCheck,
    /// Checks the theme, by its name or its file.
    pub theme: ThemeCheck,
}

impl Default for Checks<'_> {
    fn default() -> Self {
        Self { keys: &|_| Vec::new(), commands: &|_, _| Vec::new(), theme: |_, _| Vec::new() }
    }
}

/// One line of `[keys]`: an action and the keys that start it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOverride {
    pub action: String,
    /// Its keys; empty: none.
    pub keys: Vec<String>,
    /// The line in the config file.
    pub line: usize,
}

/// The `[log]` section.
#[derive(Clone, Debug)]
pub struct LogSettings {
    pub level: LogLevel,
    pub file: Option<PathBuf>,
}

/// The config file's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    pub path: PathBuf,
    /// Whether `--config` or `FLOWLENS_CONFIG` names it: then it must exist.
    pub named: bool,
}

impl ConfigFile {
    /// Finds the config file: `--config`, `FLOWLENS_CONFIG`, or the default place.
    #[must_use]
    pub fn locate(flags: &Flags, env: Env<'_>) -> Self {
        let from_env = || env("FLOWLENS_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let named = flags.config.clone().or_else(from_env);
        Self { named: named.is_some(), path: named.unwrap_or_else(|| Paths::new(env).config_file) }
    }

    /// Its text; `None` when it need not exist and does not.
    fn read(&self) -> std::io::Result<Option<String>> {
        // One that was named may be a pipe, `<(…)` of a shell.
        let read = if self.named {
            std::fs::read_to_string(&self.path)
        } else {
            private::read(&self.path, LARGEST_FILE)
        };
        match read {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound && !self.named => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which database, and how to reach it.
    pub database: DatabaseSettings,
    /// Others, by name.
    pub databases: Vec<NamedDatabase>,
    pub dashboard: Dashboard,
    /// What the reader is told of, each rule with its origin.
    pub notify: Vec<(Rule, Origin)>,
    /// Which GitHub is asked, and by whose leave.
    pub github: Github,
    /// What the receiver of webhooks keeps, and its secret.
    pub serve: Serve,
    /// Commands of the user's own, each with its origin.
    pub commands: Vec<(OwnCommand, Origin)>,
    /// Who makes insights, and who writes their words.
    pub insights: Insights,
    /// Keys that the user has bound, in the order of the file.
    pub keys: Vec<KeyOverride>,
    pub log: LogSettings,
    pub paths: Paths,
    /// The config file's path, and whether it was found.
    pub file: (PathBuf, bool),
    /// Every key with its value and origin, in the order of the example.
    pub settings: Vec<Setting>,
    /// What works, but should be known.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// Everything that is wrong in file, environment and flags, at once.
    pub fn load(flags: &Flags, env: Env<'_>, checks: &Checks<'_>) -> Result<Self, ConfigError> {
        let (config, problems) = Self::read(flags, env, checks);
        if problems.is_empty() {
            return Ok(config);
        }
        Err(ConfigError { problems, warnings: config.warnings })
    }

    /// The same with everything that is wrong beside it: in the place of a wrong value stands the usual one.
    pub fn read(flags: &Flags, env: Env<'_>, checks: &Checks<'_>) -> (Self, Vec<String>) {
        let paths = Paths::new(env);
        let file = ConfigFile::locate(flags, env);
        let shown = paths.shown(&file.path);
        let text = file.read();
        let mut r = Resolver::new(shown.clone(), text.as_ref().ok().and_then(Option::as_deref), env);
        let found = match text {
            Ok(text) => text.is_some(),
            Err(error) => {
                r.problem(format!("{shown}: cannot read the config file: {error}"));
                false
            }
        };

        let databases = r.databases();
        let is_exposed = is_open_secret(&r, &databases, &file.path);
        let mut warnings = Vec::new();
        let database = DatabaseSettings::read(&mut r, &databases, flags, env, &mut warnings);
        if is_exposed {
            warnings.push(format!("{shown} holds a password and others can read it: chmod 600 {shown}"));
        }
        let dashboard = Dashboard::read(&mut r, flags, env, &mut warnings);
        let notify = r.notify_rules();
        let github = Github::read(&mut r, &paths, flags, env);
        let serve = Serve::read(&mut r, &paths, &mut warnings, env);
        let insights = Insights::read(&mut r, &paths, &mut warnings, env);
        let keys = r.bindings(checks.keys);
        let commands = r.commands(checks.commands, &keys);
        for KeyOverride { line, .. } in keys.iter().filter(|key| key.action == "quick-filter") {
            warnings.push(format!("{shown}:{line}: [keys] quick-filter is now next-view"));
        }
        let log = LogSettings::read(&mut r, &paths, flags);
        let (mut problems, settings) = r.finish();
        let config = Self {
            database,
            databases,
            dashboard,
            notify,
            github,
            serve,
            commands,
            insights,
            keys,
            log,
            paths,
            file: (file.path, found),
            settings,
            warnings,
        };
        problems.extend((checks.theme)(&config, env));
        (config, problems)
    }

    /// Where a value came from; `None` for a key that does not exist.
    #[must_use]
    pub fn origin(&self, section: &str, name: &str) -> Option<&Origin> {
        self.settings.iter().find(|s| s.section == section && s.name == name).map(|s| &s.origin)
    }
}

impl LogSettings {
    fn read(r: &mut Resolver<'_>, paths: &Paths, flags: &Flags) -> Self {
        Self {
            level: r.get(&key::LOG_LEVEL, flags.log_level.as_deref()).0,
            file: r.get(&key::LOG_FILE, flags.log_file.as_deref()).0.map(|path| paths.expanded(&path)),
        }
    }
}

/// Whether the file has a password in an address, and others than its owner may read it.
fn is_open_secret(r: &Resolver<'_>, databases: &[NamedDatabase], file: &Path) -> bool {
    let url = r.peek(&key::URL).flatten();
    let mut urls = databases.iter().map(|database| &database.url).chain(&url);
    urls.any(|url| address::has_password(url.expose()))
        && std::fs::metadata(file).is_ok_and(|file| private::is_open_to_others(&file))
}
