//! What can go wrong with the database, in the words of [`Cause`], and what to do about it.
//!
//! The driver's errors are classified once, here. The rest of the crate asks two questions only: must
//! the connection be dropped ([`StoreError::is_connection_broken`]), and may the whole transaction be
//! run again ([`StoreError::is_retryable`])?

mod classes;
mod words;

use std::io;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::sqlite::SqliteError;

pub use self::classes::PRIMARY;
use self::{
    classes::{Remedy, advice, classify, classify_sqlite, io_cause, tls_advice},
    words::one_line,
};
use crate::{
    backoff::{Backoff, POLL},
    domain::source::Cause,
};

/// A failure of the database or of the way to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}: {message}")]
pub struct StoreError {
    /// The class of the failure.
    pub cause: Cause,
    /// The server's or the driver's own words on one line, without control characters or passwords.
    pub message: String,
    code: Option<String>,
    remedy: Remedy,
}

impl StoreError {
    /// A failure that leaves the connection usable and that trying again would not mend.
    #[must_use]
    pub fn new(cause: Cause, message: impl AsRef<str>) -> Self {
        Self { cause, message: one_line(message.as_ref()), code: None, remedy: Remedy::None }
    }

    /// A failure after which the connection must not be used again.
    #[must_use]
    pub(crate) fn broken(cause: Cause, message: impl AsRef<str>) -> Self {
        Self { remedy: Remedy::Reconnect, ..Self::new(cause, message) }
    }

    /// Somebody else changed the row meanwhile: the transaction may be run again.
    pub(in crate::store) fn conflict(message: &str) -> Self {
        Self { remedy: Remedy::Retry, ..Self::new(Cause::Retryable, message) }
    }

    /// The driver, or we, stumbled over what the server sent.
    pub(in crate::store) fn panicked(panic: &str) -> Self {
        Self::broken(Cause::Lost, format!("an answer that makes no sense ({panic})"))
    }

    /// Whether the server, or a pooler before it, takes no startup options, or not those that we bring along.
    pub(in crate::store) fn refuses_startup_options(&self) -> bool {
        let words = ["startup parameter", "command-line options", "unrecognized configuration parameter"];
        self.code.is_some() && words.iter().any(|words| self.message.contains(words))
    }

    /// True when the connection must be dropped and the next node tried.
    #[must_use]
    pub fn is_connection_broken(&self) -> bool {
        self.remedy == Remedy::Reconnect
    }

    /// True when the whole (idempotent) transaction may be run again, on the same connection.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.remedy == Remedy::Retry
    }

    /// True when a statement that only reads may be run again at once: others got in its way, or what the session or the
    /// server remembers of the tables is no longer so.
    pub(in crate::store) fn may_be_read_again(&self) -> bool {
        self.is_retryable() || self.has_stale_plan()
    }

    /// True when the plan that the session remembers is of a table that has since changed.
    pub(in crate::store) fn has_stale_plan(&self) -> bool {
        self.code() == Some("0A000") && self.cause == Cause::Retryable
    }

    /// True when another row has what must be unique: somebody else may have made it a moment ago. Not so in the
    /// embedded database, which has only one writer at a time.
    pub(in crate::store) fn is_duplicate(&self) -> bool {
        self.code() == Some("23505")
    }

    /// True when the database refuses this row, and would refuse it for ever: it breaks a constraint or a rule, or a
    /// value does not fit.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        const CLASSES: [&str; 5] = ["22", "23", "44", "54", "P0"];
        let code = self.code().unwrap_or_default();
        CLASSES.iter().any(|class| code.len() == 5 && code.starts_with(class))
            || matches!(code, "SQLITE_CONSTRAINT" | "SQLITE_TOOBIG" | "SQLITE_MISMATCH")
            // A right that the login has, but not to this row.
            || (code == "42501" && self.message.contains("row-level security"))
    }

    /// True when the row is not to blame: the way to the database, its state, or what the login may do.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        const CLASSES: [&str; 5] = ["53", "55", "57", "58", "25"];
        let code = self.code().unwrap_or_default();
        !self.is_refusal()
            && (self.is_connection_broken()
                || self.cause != Cause::Other
                || code.starts_with("SQLITE")
                || CLASSES.iter().any(|class| code.starts_with(class)))
    }

    /// The pauses before the next tries to connect or to poll: short ones while a server restarts.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        match self.cause {
            Cause::Refused | Cause::Starting => POLL.at_most(Duration::from_secs(2)),
            Cause::Dns
            | Cause::Tls
            | Cause::Login
            | Cause::Absent
            | Cause::Privilege
            | Cause::Timeout
            | Cause::Lost
            | Cause::Retryable
            | Cause::Schema
            | Cause::Other => POLL,
        }
    }

    /// The server's SQLSTATE or the name of SQLite's result code, if it was the database that complained.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The same failure, its message led by the node that it happened on.
    #[must_use]
    pub(crate) fn at(mut self, node: &str) -> Self {
        self.message = format!("{node}: {}", self.message);
        self
    }

    pub(in crate::store) fn from_server(code: &str, message: &str, fatal: bool) -> Self {
        let (cause, remedy) = classify(code, message);
        // A FATAL or PANIC ends the session, whatever its code.
        let remedy = if fatal { Remedy::Reconnect } else { remedy };
        let error = Self { cause, message: one_line(message), code: Some(code.to_owned()), remedy };
        error.with_any_advice(advice(code, message))
    }

    /// A failure of the embedded database, by its (extended) result code.
    pub(in crate::store) fn from_sqlite(code: i32, message: &str) -> Self {
        let (name, cause, remedy) = classify_sqlite(code);
        Self { cause, message: one_line(message), code: Some(name.to_owned()), remedy }
    }

    /// The same failure, and what to do about it.
    #[must_use]
    pub(in crate::store) fn with_advice(mut self, advice: &str) -> Self {
        self.message = format!("{}; {advice}", self.message);
        self
    }

    fn with_any_advice(self, advice: Option<&str>) -> Self {
        match advice {
            Some(advice) => self.with_advice(advice),
            None => self,
        }
    }

    fn from_tls(message: &str) -> Self {
        Self::broken(Cause::Tls, message).with_any_advice(tls_advice(message))
    }

    fn from_io(error: &io::Error) -> Self {
        // The standard library gives a failed look-up no kind of its own, only these words.
        let cause = if error.to_string().contains("failed to lookup address information") {
            Cause::Dns
        } else {
            io_cause(error.kind())
        };
        if cause == Cause::Tls {
            return Self::from_tls(&error.to_string());
        }
        Self::broken(cause, error.to_string())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) if error.try_downcast_ref::<SqliteError>().is_some() => {
                let code = error.code().and_then(|code| code.parse().ok()).unwrap_or_default();
                Self::from_sqlite(code, error.message())
            }
            sqlx::Error::Database(error) => {
                let fatal = error
                    .try_downcast_ref::<PgDatabaseError>()
                    .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic));
                Self::from_server(&error.code().unwrap_or_default(), error.message(), fatal)
            }
            sqlx::Error::Io(error) => Self::from_io(&error),
            sqlx::Error::Tls(error) => Self::from_tls(&error.to_string()),
            sqlx::Error::Protocol(message) => Self::broken(Cause::Lost, message),
            sqlx::Error::Migrate(error) => (*error).into(),
            sqlx::Error::PoolTimedOut => {
                Self::new(Cause::Timeout, "every connection of the pool is in use or being opened")
            }
            error @ (sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed) => {
                Self::broken(Cause::Lost, error.to_string())
            }
            error @ (sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)) => Self::new(Cause::Schema, error.to_string()),
            error => Self::new(Cause::Other, error.to_string()),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            error => Self::new(Cause::Schema, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_refused_for_good_or_the_database_is_not_well() {
        let server = |code: &str, message: &str| StoreError::from_server(code, message, false);
        for error in [
            server("22001", "value too long for type character varying(9)"),
            server("23505", "duplicate key value violates unique constraint"),
            server("23514", "violates check constraint"),
            server("44000", "new row violates check option for view"),
            server("54000", "row is too big"),
            server("P0001", "no insights on Fridays"),
            server("42501", "new row violates row-level security policy for table \"insights\""),
            StoreError::from_sqlite(1_811, "no insights on Fridays"),
            StoreError::from_sqlite(18, "string or blob too big"),
        ] {
            assert!(error.is_refusal() && !error.is_outage(), "{error:?}");
        }
        for error in [
            server("42501", "permission denied for table insights"),
            server("42P01", "relation does not exist"),
            server("40001", "could not serialize access"),
            server("53100", "could not extend file"),
            server("57014", "canceling statement due to statement timeout"),
            server("57P01", "terminating connection"),
            StoreError::from(sqlx::Error::Io(io::ErrorKind::ConnectionReset.into())),
            StoreError::from_sqlite(5, "database is locked"),
            StoreError::from_sqlite(13, "database or disk is full"),
        ] {
            assert!(error.is_outage() && !error.is_refusal(), "{error:?}");
        }
        let unclear = server("XX000", "something went wrong");
        assert!(!unclear.is_outage() && !unclear.is_refusal());
    }

    #[test]
    fn a_fatal_error_ends_the_connection_whatever_its_code() {
        assert!(StoreError::from_server("40001", "x", true).is_connection_broken());
        assert!(!StoreError::from_server("40001", "x", true).is_retryable());
        assert_eq!(StoreError::from_server("40001", "x", true).code(), Some("40001"));
    }

    #[test]
    fn io_errors_name_the_step_that_failed() {
        let table = [
            (io::Error::from(io::ErrorKind::ConnectionRefused), Cause::Refused),
            (io::Error::from(io::ErrorKind::NotFound), Cause::Refused),
            (io::Error::from(io::ErrorKind::TimedOut), Cause::Timeout),
            (io::Error::from(io::ErrorKind::ConnectionReset), Cause::Lost),
            (io::Error::from(io::ErrorKind::UnexpectedEof), Cause::Lost),
            (io::Error::new(io::ErrorKind::InvalidData, "invalid peer certificate"), Cause::Tls),
            (io::Error::other("failed to lookup address information: Name or service not known"), Cause::Dns),
        ];
        for (error, cause) in table {
            let words = error.to_string();
            let error = StoreError::from(sqlx::Error::Io(error));
            assert_eq!(error.cause, cause, "{words}");
            assert!(error.is_connection_broken() && !error.is_retryable(), "{words}");
        }
    }

    #[test]
    fn a_certificate_that_psql_may_take_comes_with_a_mend() {
        for (words, mend) in [
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "CA:FALSE"),
            ("invalid peer certificate: UnknownIssuer", "sslrootcert"),
            ("invalid peer certificate: certificate not valid for name \"db\"", "subjectAltName"),
        ] {
            let error = StoreError::from(sqlx::Error::Io(io::Error::new(io::ErrorKind::InvalidData, words)));
            assert!(error.message.starts_with(words) && error.message.contains(mend), "{error}");
        }
        let other = StoreError::from(sqlx::Error::Tls("server does not support TLS".into()));
        assert_eq!(other.message, "server does not support TLS");
    }

    #[test]
    fn back_off_is_short_only_while_a_server_comes_up() {
        for cause in Cause::ALL {
            let seconds = if matches!(cause, Cause::Refused | Cause::Starting) { 2 } else { 15 };
            assert_eq!(
                StoreError::new(cause, "").backoff().longest(),
                Duration::from_secs(seconds),
                "{cause}"
            );
        }
    }
}
