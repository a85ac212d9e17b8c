//! Logs: to a file beside the dashboard, to standard error otherwise.
//!
//! `tracing-subscriber` keeps the spans; writing is our own, for what a dashboard asks of a log: one write a
//! record, no thread (the last line before a crash is there), a bound on size and on repetition, and nothing in
//! it that a terminal would obey.

mod file;
mod json;
mod limiter;
mod record;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, callsite, dispatcher};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::config::{Config, LogLevel, Origin};
use file::LogFile;
use limiter::Limiter;
use record::{Fields, line};

/// The log file's size; with the one before it at most twice this is kept.
const FILE_LIMIT: u64 = 2 * 1024 * 1024;

/// How a command speaks to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// By a screen, which keeps standard error to itself.
    Screen,
    /// By what it prints, its failures among it: unless someone asks for a level, errors are enough beside that.
    Output,
    /// By its log alone.
    Log,
}

/// The form of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    /// A JSON object.
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Appended to this file.
    File(PathBuf),
    Stderr,
}

impl Destination {
    /// Where a command logs, and how much.
    #[must_use]
    pub fn new(config: &Config, speaks: Speaks) -> (Self, LogLevel) {
        let level = config.log.level;
        match &config.log.file {
            Some(path) => (Self::File(path.clone()), level),
            None if speaks == Speaks::Screen => (Self::File(config.paths.log_file()), level),
            None if speaks == Speaks::Output && config.origin("log", "level") == Some(&Origin::Default) => {
                (Self::Stderr, LogLevel::Error)
            }
            None => (Self::Stderr, level),
        }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("cannot write the log {}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    /// Logging was started before.
    #[error("the log is open already")]
    Twice,
}

/// Keeps the log; when it is dropped, what was suppressed is told.
#[derive(Debug)]
#[must_use = "dropping it ends the log's account of what was suppressed"]
pub struct LogGuard(Arc<Log>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Starts logging, for the whole process.
///
/// # Errors
/// When the file cannot be opened (the program can go on without it), or on a second call.
pub fn start(destination: Destination, level: LogLevel, format: Format) -> Result<LogGuard, LogError> {
    let log = Arc::new(Log::open(destination, format)?);
    match dispatcher::set_global_default(dispatch(&log, level)) {
        Ok(()) => Ok(LogGuard(log)),
        Err(_) => Err(LogError::Twice),
    }
}

fn dispatch(log: &Arc<Log>, level: LogLevel) -> Dispatch {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Dispatch::new(Registry::default().with(LogLayer { level, log: Arc::clone(log) }))
}

/// The log behind its lock: the layer writes to it, and so does the guard at the end.
#[derive(Debug)]
struct Log(Mutex<(Output, Limiter<callsite::Identifier>)>, Format);

#[derive(Debug)]
enum Output {
    File(LogFile),
    Stderr,
}

impl Log {
    fn open(destination: Destination, format: Format) -> Result<Self, LogError> {
        let output = match destination {
            Destination::Stderr => Output::Stderr,
            Destination::File(path) => match LogFile::open(&path, FILE_LIMIT) {
                Ok(file) => Output::File(file),
                Err(source) => return Err(LogError::Open { path, source }),
            },
        };
        Ok(Self(Mutex::new((output, Limiter::new())), format))
    }

    fn lock(&self) -> MutexGuard<'_, (Output, Limiter<callsite::Identifier>)> {
        // A panic elsewhere is the last reason to stop logging.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self) {
        let (output, limiter) = &mut *self.lock();
        output.tell(limiter.all(), now(), self.1);
    }
}

impl Output {
    /// Writes a line of words.
    fn write(&mut self, text: &str, now: DateTime<Utc>) {
        let line = match self {
            Self::File(_) => {
                let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
                format!("{time} {} {text}", std::process::id())
            }
            Self::Stderr => format!("flowlens: {text}"),
        };
        self.put(line);
    }

    fn put(&mut self, mut line: String) {
        line.push('\n');
        let written = match self {
            Self::File(file) => file.append(line.as_bytes()),
            Self::Stderr => io::stderr().lock().write_all(line.as_bytes()),
        };
        // A log that cannot be written has nowhere to say so.
        drop(written);
    }

    fn tell(&mut self, suppressed: Vec<(u32, String)>, now: DateTime<Utc>, format: Format) {
        for (count, label) in suppressed {
            let text = format!("… {count} similar suppressed: {label}");
            match format {
                Format::Text => self.write(&text, now),
                Format::Json => self.put(json::suppressed(&text, count, now)),
            }
        }
    }
}

#[derive(Debug)]
struct LogLayer {
    level: LevelFilter,
    log: Arc<Log>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // It quotes malformed lines of .pgpass whole, passwords and all.
        if metadata.target().starts_with("sqlx_postgres::options::pgpass") {
            return false;
        }
        // The driver reports each statement; its warnings come to us as errors, too.
        let from_driver = metadata.target().starts_with("sqlx");
        let level = if from_driver { Level::DEBUG } else { *metadata.level() };
        level.max(*metadata.level()) <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        // Formatted before the span is locked: a value's own Debug may log.
        let mut later = Fields::default();
        values.record(&mut later);
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            fields.append(&later);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // Formatted before the log is locked: a value's own Debug may log.
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans = record::spans(context.event_scope(event));
        let metadata = event.metadata();
        let text = line(&format!("{} {}: {fields}{spans}", metadata.level(), metadata.target()));
        let now = now();
        let (output, limiter) = &mut *self.log.lock();
        output.tell(limiter.expired(now), now, self.log.1);
        // Who asks for details wants them all; the file stays bounded anyway.
        let detail = *metadata.level() > Level::INFO;
        if detail || limiter.admits(metadata.callsite(), fields.message(), &text, now) {
            match self.log.1 {
                Format::Text => output.write(&text, now),
                Format::Json => {
                    let spans = context.event_scope(event);
                    output.put(json::record(metadata, &fields, spans, now));
                }
            }
        }
    }
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
        let lines = written(Format::Text, level, records);
        lines.iter().map(|line| line.splitn(3, ' ').nth(2).unwrap().to_owned()).collect()
    }

    fn written(format: Format, level: LogLevel, records: impl FnOnce()) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let log = Arc::new(Log::open(Destination::File(path.clone()), format).unwrap());
        dispatcher::with_default(&dispatch(&log, level), records);
        drop(LogGuard(log));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(str::to_owned).collect()
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
    fn a_record_may_be_a_json_object_with_its_spans() {
        let lines = written(Format::Json, LogLevel::Info, || {
            tracing::info_span!(target: "t", "delivery", id = %"7-8").in_scope(|| {
                tracing::warn!(target: "t", attempt = 3, event = "push", late = true, "refused: {}", "\u{1b}");
            });
        });
        let [line] = &lines[..] else { panic!("{lines:?}") };
        let mut read: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let record = read.as_object_mut().expect("an object");
        assert!(record.remove("time").is_some() && record.remove("pid").is_some());
        let expected = serde_json::json!({
            "level": "WARN", "target": "t", "message": "refused: \u{1b}", "attempt": 3, "event": "push", "late": true,
            "spans": [{"name": "delivery", "id": "7-8"}],
        });
        assert_eq!(read, expected);
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
    fn a_record_names_the_spans_around_it() {
        let lines = logged(LogLevel::Info, || {
            let request =
                tracing::info_span!(target: "t", "request", id = 7, outcome = tracing::field::Empty);
            request.in_scope(|| {
                tracing::info!(target: "t", attempt = 1, "begun");
                tracing::debug_span!(target: "t", "unseen", secret = 1)
                    .in_scope(|| tracing::info!(target: "t", "sent"));
                let page = tracing::info_span!(target: "t", "page", url = "a\nb\u{1b}[2J");
                page.in_scope(|| tracing::warn!(target: "t", "slow"));
                tracing::info_span!(target: "t", "bare").in_scope(|| tracing::info!(target: "t", "read"));
            });
            request.record("outcome", "saved");
            tracing::info!(target: "t", parent: &request, "ended");
            tracing::info!(target: "t", "outside");
        });
        assert_eq!(
            lines,
            [
                "INFO t: begun attempt=1 in request{id=7}",
                "INFO t: sent in request{id=7}",
                r#"WARN t: slow in request{id=7}:page{url="a\nb\u{1b}[2J"}"#,
                "INFO t: read in request{id=7}:bare",
                r#"INFO t: ended in request{id=7 outcome="saved"}"#,
                "INFO t: outside",
            ]
        );
    }

    #[test]
    fn spans_do_not_lift_the_limit() {
        let lines = logged(LogLevel::Info, || {
            for id in 0..30 {
                tracing::info_span!("request", id)
                    .in_scope(|| tracing::warn!(target: "t", "connection refused"));
            }
        });
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[10], "… 20 similar suppressed: WARN t: connection refused in request{id=10}");
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = Log::open(Destination::File("/dev/null/x.log".into()), Format::Text);
        assert!(error.unwrap_err().to_string().starts_with("cannot write the log /dev/null/x.log: "));
    }
}
