//! Every key: its names, its default, what it accepts and how it is read.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::file::{Raw, list, quoted};
use super::{LogLevel, Node, Secret, Unaccepted, When, Worker};
use crate::domain::{address, attention::Order, duration, remote::shown, site::Site};

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is none that the key accepts.
    Unaccepted,
    /// This is wrong with it.
    Because(String),
}

impl From<Unaccepted> for Refused {
    fn from(_: Unaccepted) -> Self {
        Self::Unaccepted
    }
}

/// A key of the config file, with its other two names.
pub(super) struct Key<T> {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) env: Option<&'static str>,
    pub(super) flag: Option<&'static str>,
    /// As a flag would give it, and read the same way.
    pub(super) default: &'static str,
    /// For the message about a wrong value.
    pub(super) accepts: &'static str,
    pub(super) parse: fn(&Raw) -> Result<T, Refused>,
    /// A secret is not repeated in messages.
    pub(super) secret: bool,
}

impl<T> Key<T> {
    pub(super) const fn new(
        section: &'static str,
        name: &'static str,
        default: &'static str,
        accepts: &'static str,
        parse: fn(&Raw) -> Result<T, Refused>,
    ) -> Self {
        Self { section, name, env: None, flag: None, default, accepts, parse, secret: false }
    }

    const fn env(mut self, name: &'static str) -> Self {
        self.env = Some(name);
        self
    }

    const fn flag(mut self, name: &'static str) -> Self {
        self.flag = Some(name);
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

const WHEN: &str = r#""auto", "always" or "never""#;
const FLAG: &str = "true or false";
const DAY: Duration = Duration::from_hours(24);
pub(super) const DECADE: Duration = Duration::from_hours(3650 * 24);

pub(super) const URL: Key<Option<Secret>> = Key::new(
    "database",
    "url",
    "",
    "postgres://USER@HOST:PORT/DATABASE (special characters as %XX) or sqlite:PATH",
    url,
)
.env("FLOWLENS_DATABASE_URL")
.flag("--database-url")
.secret();
pub(super) const NODES: Key<Vec<Node>> =
    Key::new("database", "nodes", "", r#"a list such as ["db1:5433", "db2:5433"]"#, nodes);
pub(super) const DISCOVER_NODES: Key<bool> = Key::new("database", "discover_nodes", "true", FLAG, boolean);
pub(super) const CONNECT_TIMEOUT: Key<Duration> =
    Key::new("database", "connect_timeout", "15s", "a duration from 100ms to 5m, such as \"15s\"", |raw| {
        span(raw, Duration::from_millis(100), Duration::from_mins(5))
    });

pub(super) const INTERVAL: Key<Duration> =
    Key::new("dashboard", "interval", "2s", "a duration from 200ms to 1d, such as \"2s\"", |raw| {
        span(raw, Duration::from_millis(200), DAY)
    })
    .env("FLOWLENS_INTERVAL")
    .flag("--interval");
pub(super) const WINDOW: Key<Duration> =
    Key::new("dashboard", "window", "14d", "a duration from 0 to 3650d, such as \"14d\"", |raw| {
        span(raw, Duration::ZERO, DECADE)
    })
    .env("FLOWLENS_WINDOW")
    .flag("--window");
pub(super) const LIMIT: Key<u32> =
    Key::new("dashboard", "limit", "20000", "a whole number from 1 to 1000000", |raw| {
        count(raw, 1, 1_000_000)
    })
    .env("FLOWLENS_LIMIT")
    .flag("--limit");
pub(super) const ME: Key<String> =
    Key::new("dashboard", "me", "", "a login such as \"ana\"", text).env("FLOWLENS_ME");
pub(super) const SORT: Key<Order> = Key::new(
    "dashboard",
    "sort",
    "attention",
    r#""attention", "waiting", "changed", "age", "risk" or "number"; "-age" has the other end first"#,
    |raw| raw.text().and_then(Order::parse).ok_or(Refused::Unaccepted),
);
pub(super) const VIEW: Key<String> = Key::new("dashboard", "view", "Open", "the name of a view", text);
pub(super) const MOUSE: Key<bool> = Key::new("dashboard", "mouse", "false", FLAG, boolean);
pub(super) const ASCII: Key<When> =
    Key::new("dashboard", "ascii", "auto", WHEN, word).env("FLOWLENS_ASCII").flag("--ascii");
pub(super) const COLOR: Key<When> =
    Key::new("dashboard", "color", "auto", WHEN, word).env("FLOWLENS_COLOR").flag("--color");
pub(super) const THEME: Key<String> =
    Key::new("dashboard", "theme", "default", "the name of a theme, or the path of its file", text)
        .env("FLOWLENS_THEME")
        .flag("--theme");
pub(super) const BACKGROUND: Key<String> =
    Key::new("dashboard", "background", "auto", r#""auto", "dark" or "light""#, text);
pub(super) const WIDE_GLYPHS: Key<bool> = Key::new("dashboard", "wide_glyphs", "false", FLAG, boolean);
pub(super) const ABSOLUTE_TIMES: Key<bool> = Key::new("dashboard", "absolute_times", "false", FLAG, boolean);

pub(super) const IDLE_BACKOFF: Key<bool> = Key::new("dashboard", "idle_backoff", "true", FLAG, boolean);

pub(super) const WORKER: Key<Worker> = Key::new("insights", "worker", "auto", r#""auto" or "off""#, word);
pub(super) const LEASE: Key<Duration> =
    Key::new("insights", "lease", "2m", "a duration from 1s to 1h, such as \"2m\"", |raw| {
        span(raw, Duration::from_secs(1), Duration::from_hours(1))
    });

/// Not repeated in messages: a wrong one may hold a password.
pub(super) const LLM_URL: Key<String> = Key::new(
    "insights.llm",
    "url",
    "",
    "http(s)://HOST:PORT/v1, the part before /chat/completions, without a login or a query",
    endpoint,
)
.secret();
pub(super) const LLM_MODEL: Key<String> = Key::new("insights.llm", "model", "", "the name of a model", text);
pub(super) const LLM_KEY_FILE: Key<Option<PathBuf>> =
    Key::new("insights.llm", "key_file", "", "a path that begins with / or ~/", path);
pub(super) const LLM_ALLOW_HTTP: Key<bool> = Key::new("insights.llm", "allow_http", "false", FLAG, boolean);
pub(super) const LLM_TIMEOUT: Key<Duration> =
    Key::new("insights.llm", "timeout", "1m", "a duration from 100ms to 10m, such as \"1m\"", |raw| {
        span(raw, Duration::from_millis(100), Duration::from_mins(10))
    });
pub(super) const LLM_CONTEXT_TOKENS: Key<u32> =
    Key::new("insights.llm", "context_tokens", "8192", "a whole number from 2048 to 1000000", |raw| {
        count(raw, 2_048, 1_000_000)
    });
pub(super) const LLM_CONCURRENCY: Key<u32> =
    Key::new("insights.llm", "concurrency", "2", "a whole number from 1 to 64", |raw| count(raw, 1, 64));
const PRICE: &str = "US dollars for a million tokens, such as 0.15";
pub(super) const LLM_PRICE_IN: Key<f64> = Key::new("insights.llm", "price_in", "0", PRICE, price);
pub(super) const LLM_PRICE_OUT: Key<f64> = Key::new("insights.llm", "price_out", "0", PRICE, price);

/// Repeated only in part: a wrong one may hold a password.
pub(super) const GITHUB_URL: Key<String> = Key::new(
    "github",
    "url",
    "https://github.com",
    "a host such as github.com, or the https:// address of its pages",
    site,
)
.env("FLOWLENS_GITHUB_URL")
.flag("--github-url")
.secret();
pub(super) const GITHUB_TOKEN_FILE: Key<Option<PathBuf>> =
    Key::new("github", "token_file", "", "a path that begins with / or ~/", path);
pub(super) const GITHUB_REPOS: Key<Vec<String>> =
    Key::new("github", "repos", "", r#"a list such as ["acme/api", "acme"]"#, words)
        .env("FLOWLENS_GITHUB_REPOS")
        .flag("--sync")
        // An address may hold a password.
        .secret();

pub(super) const GITHUB_ACTIONS: Key<bool> =
    Key::new("github", "actions", "true", FLAG, boolean).env("FLOWLENS_GITHUB_ACTIONS");

pub(super) const LOG_LEVEL: Key<LogLevel> =
    Key::new("log", "level", "info", r#""error", "warn", "info", "debug" or "trace""#, word)
        .env("FLOWLENS_LOG")
        .flag("--log-level");
pub(super) const LOG_FILE: Key<Option<PathBuf>> =
    Key::new("log", "file", "", "a path that begins with / or ~/", path)
        .env("FLOWLENS_LOG_FILE")
        .flag("--log-file");

/// The keys of a `[keys]` entry: `"q"` or `["q", "Ctrl-q"]`.
pub(super) fn bound(raw: &Raw) -> Option<Vec<String>> {
    match raw {
        Raw::Text(key) => Some(vec![key.clone()]),
        Raw::List(keys) => Some(keys.clone()),
        _ => None,
    }
}

pub(super) fn text(raw: &Raw) -> Result<String, Refused> {
    raw.text().map(|text| text.trim().to_owned()).ok_or(Refused::Unaccepted)
}

fn word<T: FromStr<Err = Unaccepted>>(raw: &Raw) -> Result<T, Refused> {
    Ok(raw.text().ok_or(Unaccepted)?.parse()?)
}

fn boolean(raw: &Raw) -> Result<bool, Refused> {
    match raw {
        Raw::Boolean(value) => Ok(*value),
        Raw::Word(text) => text.parse().ok().ok_or(Refused::Unaccepted),
        _ => Err(Refused::Unaccepted),
    }
}

fn count(raw: &Raw, least: u32, most: u32) -> Result<u32, Refused> {
    let number = match raw {
        Raw::Integer(number) => u32::try_from(*number).ok(),
        Raw::Word(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| (least..=most).contains(number)).ok_or(Refused::Unaccepted)
}

fn price(raw: &Raw) -> Result<f64, Refused> {
    let number = match raw {
        Raw::Fraction(number) => Some(*number),
        Raw::Integer(number) => u32::try_from(*number).ok().map(f64::from),
        Raw::Word(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| (0.0..=1e6).contains(number)).ok_or(Refused::Unaccepted)
}

/// The base of an HTTP service. A login in it would end in messages, and a query or fragment is lost.
fn endpoint(raw: &Raw) -> Result<String, Refused> {
    let text = text(raw)?;
    if text.is_empty() {
        return Ok(text);
    }
    let url = url::Url::parse(&text).ok().ok_or(Refused::Unaccepted)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(text).ok_or(Refused::Unaccepted)
}

fn site(raw: &Raw) -> Result<String, Refused> {
    let text = text(raw)?;
    match Site::new(&text) {
        Ok(_) => Ok(text),
        Err(expected) => Err(Refused::Because(format!("{}: {expected}", shown(&text)))),
    }
}

pub(super) fn span(raw: &Raw, least: Duration, most: Duration) -> Result<Duration, Refused> {
    let given = raw.text().and_then(duration::parse);
    given.filter(|given| (least..=most).contains(given)).ok_or(Refused::Unaccepted)
}

fn url(raw: &Raw) -> Result<Option<Secret>, Refused> {
    match raw.text().ok_or(Refused::Unaccepted)?.trim() {
        "" => Ok(None),
        text => match address::check(text) {
            Ok(()) => Ok(Some(Secret::new(text))),
            Err(error) => Err(Refused::Because(error.to_string())),
        },
    }
}

/// A list; in a variable or a flag, with commas or blanks between its words.
fn words(raw: &Raw) -> Result<Vec<String>, Refused> {
    match raw {
        Raw::List(words) => Ok(words.clone()),
        Raw::Word(text) => {
            Ok(text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
        }
        _ => Err(Refused::Unaccepted),
    }
}

fn nodes(raw: &Raw) -> Result<Vec<Node>, Refused> {
    match raw {
        Raw::List(nodes) => nodes.iter().map(|node| Ok(node.parse()?)).collect(),
        Raw::Word(text) if text.is_empty() => Ok(Vec::new()),
        _ => Err(Refused::Unaccepted),
    }
}

/// A path in the file is absolute or in the home folder; a flag's may be relative, as in any shell.
pub(super) fn path(raw: &Raw) -> Result<Option<PathBuf>, Refused> {
    let text = raw.text().ok_or(Refused::Unaccepted)?;
    let path = Path::new(text);
    if text.is_empty() {
        Ok(None)
    } else if path.is_absolute() || path.starts_with("~") || matches!(raw, Raw::Word(_)) {
        Ok(Some(path.to_owned()))
    } else {
        Err(Refused::Unaccepted)
    }
}

/// A value as TOML, for `config show`.
pub(super) trait Show {
    /// Writes it as TOML, a secret redacted.
    fn show(&self) -> String;
}

impl Show for bool {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for u32 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for f64 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for Worker {
    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl Show for String {
    fn show(&self) -> String {
        quoted(self)
    }
}

impl Show for Order {
    fn show(&self) -> String {
        quoted(self.name())
    }
}

impl Show for Duration {
    fn show(&self) -> String {
        quoted(&duration::format(*self))
    }
}

impl Show for When {
    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl Show for LogLevel {
    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl Show for Vec<String> {
    fn show(&self) -> String {
        list(self.iter().map(|name| quoted(name)))
    }
}

impl Show for Vec<Node> {
    fn show(&self) -> String {
        list(self.iter().map(|node| quoted(&node.to_string())))
    }
}

impl Show for Option<Secret> {
    fn show(&self) -> String {
        quoted(&self.as_ref().map(|url| address::redacted(url.expose())).unwrap_or_default())
    }
}

impl Show for Option<PathBuf> {
    fn show(&self) -> String {
        quoted(&self.as_ref().map(|path| path.display().to_string()).unwrap_or_default())
    }
}
