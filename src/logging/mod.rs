//! Logs: to a file beside the dashboard, to standard error otherwise.
//!
//! A `tracing` subscriber of our own, for what a dashboard asks of a log: one write a record, no thread
//! (the last line before a crash is there), a bound on size and on repetition, and nothing in it that a
//! terminal would obey. Spans are ignored.

mod file;
mod limiter;

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, callsite, dispatcher};

use crate::config::{Config, LogLevel, Origin};
use file::LogFile;
use limiter::Limiter;

/// The log file's size; with the one before it at most twice this is kept.
const FILE_LIMIT: u64 = 2 * 1024 * 1024;
/// Longer records are cut: SQL and servers' messages can be of any length.
const LINE_LIMIT: usize = 4_000;

/// Where records go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Appended to this file.
    File(PathBuf),
    /// To standard error.
    Stderr,
}

impl Destination {
    /// Where a command logs, and how much. A screen keeps standard error to itself. On standard
    /// error a command tells its failures itself: unless someone asked for a level, errors are enough there.
    #[must_use]
    pub fn new(config: &Config, screen: bool) -> (Self, LogLevel) {
        let level = config.log.level;
        match &config.log.file {
            Some(path) => (Self::File(path.clone()), level),
            None if screen => (Self::File(config.paths.log_file()), level),
            None if config.origin("log", "level") == Some(&Origin::Default) => {
                (Self::Stderr, LogLevel::Error)
            }
            None => (Self::Stderr, level),
        }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened.
    #[error("cannot write the log {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Logging was started before.
    #[error("the log is open already")]
    Twice,
}

/// Keeps the log; when it is dropped, what was suppressed is told.
#[derive(Debug)]
#[must_use = "dropping it ends the log's account of what was suppressed"]
pub struct LogGuard(Arc<Logger>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Starts logging, for the whole process.
///
/// # Errors
/// When the file cannot be opened (the program can go on without it), or on a second call.
pub fn start(destination: Destination, level: LogLevel) -> Result<LogGuard, LogError> {
    let logger = Arc::new(Logger::new(destination, level)?);
    match dispatcher::set_global_default(Dispatch::new(Arc::clone(&logger))) {
        Ok(()) => Ok(LogGuard(logger)),
        Err(_) => Err(LogError::Twice),
    }
}

#[derive(Debug)]
enum Output {
    File(LogFile),
    Stderr,
}

#[derive(Debug)]
struct Logger {
    level: LevelFilter,
    sink: Mutex<(Output, Limiter<callsite::Identifier>)>,
}

impl Logger {
    fn new(destination: Destination, level: LogLevel) -> Result<Self, LogError> {
        let output = match destination {
            Destination::Stderr => Output::Stderr,
            Destination::File(path) => match LogFile::open(&path, FILE_LIMIT) {
                Ok(file) => Output::File(file),
                Err(source) => return Err(LogError::Open { path, source }),
            },
        };
        let level = match level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        };
        Ok(Self { level, sink: Mutex::new((output, Limiter::new())) })
    }

    fn sink(&self) -> MutexGuard<'_, (Output, Limiter<callsite::Identifier>)> {
        // A panic elsewhere is the last reason to stop logging.
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self) {
        let (output, limiter) = &mut *self.sink();
        output.tell(limiter.all(), now());
    }
}

impl Output {
    fn write(&mut self, text: &str, now: DateTime<Utc>) {
        let written = match self {
            Self::File(file) => {
                let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
                file.append(format!("{time} {} {text}\n", std::process::id()).as_bytes())
            }
            Self::Stderr => io::stderr().lock().write_all(format!("flowlens: {text}\n").as_bytes()),
        };
        // A log that cannot be written has nowhere to say so.
        drop(written);
    }

    fn tell(&mut self, suppressed: Vec<(u32, String)>, now: DateTime<Utc>) {
        for (count, label) in suppressed {
            self.write(&format!("… {count} similar suppressed: {label}"), now);
        }
    }
}

impl Subscriber for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // It quotes malformed lines of .pgpass whole, passwords and all.
        if metadata.target().starts_with("sqlx_postgres::options::pgpass") {
            return false;
        }
        // The driver reports each statement; its warnings come to us as errors, too.
        let from_driver = metadata.target().starts_with("sqlx");
        let level = if from_driver { Level::DEBUG } else { *metadata.level() };
        metadata.is_event() && level.max(*metadata.level()) <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        // Formatted before the lock is taken: a value's own Debug may log.
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let text =
            line(&format!("{} {}: {}{}", metadata.level(), metadata.target(), fields.message, fields.rest));
        let now = now();
        let (output, limiter) = &mut *self.sink();
        output.tell(limiter.expired(now), now);
        // Who asks for details wants them all; the file stays bounded anyway.
        let detail = *metadata.level() > Level::INFO;
        if detail || limiter.admits(metadata.callsite(), &fields.message, &text, now) {
            output.write(&text, now);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A record's message, and its other fields as ` name=value`.
#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
}

impl Fields {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Only a value's own Display can fail; what it wrote so far stays.
        match field.name() {
            "message" => self.message.write_fmt(value).ok(),
            name => write!(self.rest, " {name}={value}").ok(),
        };
    }
}

impl Visit for Fields {
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

/// One line of bounded length without anything that a terminal would obey.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LINE_LIMIT));
    for c in text.chars() {
        if line.len() >= LINE_LIMIT {
            line.push('…');
            break;
        }
        let bidi = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() {
            line.extend(c.escape_default());
        } else if bidi {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

#[expect(clippy::disallowed_methods, reason = "a record is dated when it is written")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logs what `records` does, and returns the lines without time and process.
    fn logged(level: LogLevel, records: impl FnOnce()) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let logger = Arc::new(Logger::new(Destination::File(path.clone()), level).unwrap());
        dispatcher::with_default(&Dispatch::new(Arc::clone(&logger)), records);
        drop(LogGuard(logger));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| line.splitn(3, ' ').nth(2).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_record_is_one_line_with_its_fields() {
        let error = io::Error::other("broken\npipe");
        let lines = logged(LogLevel::Info, || {
            tracing::warn!(target: "t", attempt = 3, error = &error as &dyn std::error::Error, "lost {}", "\u{1b}[2J");
        });
        assert_eq!(lines, [r"WARN t: lost \u{1b}[2J attempt=3 error=broken\npipe"]);
    }

    #[test]
    fn levels_and_the_driver() {
        let records = || {
            tracing::error!(target: "t", "e");
            tracing::info!(target: "t", "i");
            tracing::debug!(target: "t", "d");
            tracing::warn!(target: "sqlx::query", "slow");
            tracing::trace!(target: "sqlx::query", "row");
            tracing::error!(target: "sqlx_postgres::options::pgpass", "malformed line host:5433:db:ana:secret");
        };
        assert_eq!(logged(LogLevel::Info, records), ["ERROR t: e", "INFO t: i"]);
        assert_eq!(logged(LogLevel::Error, records), ["ERROR t: e"]);
        assert_eq!(
            logged(LogLevel::Debug, records),
            ["ERROR t: e", "INFO t: i", "DEBUG t: d", "WARN sqlx::query: slow"]
        );
    }

    #[test]
    fn an_outage_does_not_flood() {
        let lines = logged(LogLevel::Info, || {
            for attempt in 0..133 {
                tracing::warn!(target: "t", attempt, "connection refused");
            }
        });
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[9], "WARN t: connection refused attempt=9");
        assert_eq!(lines[10], "… 123 similar suppressed: WARN t: connection refused attempt=10");
        let details = logged(LogLevel::Debug, || (0..50).for_each(|_| tracing::debug!("poll")));
        assert_eq!(details.len(), 50);
    }

    #[test]
    fn long_records_are_cut() {
        assert_eq!(line(&"é".repeat(10_000)).chars().count(), LINE_LIMIT / 2 + 1);
        assert_eq!(line("a\u{202e}b\tc"), r"a\u{202e}b\tc");
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = Logger::new(Destination::File("/dev/null/x.log".into()), LogLevel::Info);
        assert!(error.unwrap_err().to_string().starts_with("cannot write the log /dev/null/x.log: "));
    }
}
