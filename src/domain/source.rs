//! Where the data comes from, how fresh it is, and why it may be missing.

use std::fmt;

use chrono::{DateTime, Utc};

/// The database engine behind the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// YugabyteDB's YSQL.
    YugabyteDb,
    PostgreSql,
    /// The embedded database.
    Sqlite,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::YugabyteDb, Self::PostgreSql, Self::Sqlite];
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::YugabyteDb => "YugabyteDB",
            Self::PostgreSql => "PostgreSQL",
            Self::Sqlite => "SQLite",
        })
    }
}

/// The server and database that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub engine: Engine,
    /// Its version, e.g. `15.18` or `2025.2.1`.
    pub version: String,
    /// The database's name.
    pub database: String,
    /// The node that answered, `host:port` (or a socket's folder); the embedded database's file.
    pub node: String,
    /// Where the address came from, when that needs saying (`from DATABASE_URL`).
    pub origin: Option<String>,
    /// True when the connection is unencrypted and leaves this machine.
    pub exposed: bool,
    /// What this database lacks, one line each: which feature is absent and why.
    pub missing: Vec<String>,
    /// Why the checks of a commit are not known; `None` where they are read.
    pub no_checks: Option<String>,
}

/// Why the database could not be read: the word that the header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The host's name did not resolve.
    Dns,
    /// Nothing listens there.
    Refused,
    /// The server is starting or stopping (57P03, 57P01, 57P02).
    Starting,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// The server refused the login (class 28).
    Login,
    /// The server has no database of that name (3D000).
    Absent,
    /// The login lacks a privilege (42501, 25006).
    Privilege,
    /// No answer in time, or the server cancelled the statement (57014).
    Timeout,
    /// An established connection broke.
    Lost,
    /// The server asks to try again (40001, 40P01, XX000 of YugabyteDB, 0A000, 53300).
    Retryable,
    /// The tables are not as expected (class 42, no tables).
    Schema,
    /// Anything else; the message says what.
    Other,
}

impl Cause {
    /// Every cause, for tests and tables.
    pub const ALL: [Self; 12] = [
        Self::Dns,
        Self::Refused,
        Self::Starting,
        Self::Tls,
        Self::Login,
        Self::Absent,
        Self::Privilege,
        Self::Timeout,
        Self::Lost,
        Self::Retryable,
        Self::Schema,
        Self::Other,
    ];
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "host name not found",
            Self::Refused => "connection refused",
            Self::Starting => "server starting or stopping",
            Self::Tls => "TLS failed",
            Self::Login => "login refused",
            Self::Absent => "no such database",
            Self::Privilege => "privilege missing",
            Self::Timeout => "no answer in time",
            Self::Lost => "connection lost",
            Self::Retryable => "server asks to retry",
            Self::Schema => "schema not as expected",
            Self::Other => "database error",
        })
    }
}

/// A failure of the feed, with the moment of the next try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    pub cause: Cause,
    /// The server's or library's own words, cleaned; never a password.
    pub message: String,
    /// When the feed tries again (this machine's clock).
    pub retry_at: DateTime<Utc>,
}
