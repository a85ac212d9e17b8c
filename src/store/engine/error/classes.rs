//! Codes and words of the database and of the system → cause, remedy and advice.

use std::io;

use crate::domain::source::Cause;

/// What a caller may do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The connection still works; the same request would fail again.
    None,
    /// The connection still works; the whole transaction may be run again.
    Retry,
    /// The connection is of no more use.
    Reconnect,
}

/// A pooler lends its sessions to single statements.
const NO_TRANSACTIONS: &str = "statement pooling mode";

/// What to name where a server takes no writes.
pub const PRIMARY: &str = "name the primary, or several nodes and target_session_attrs=read-write";

/// What to do about failures whose own words do not tell.
pub(super) fn advice(code: &str, message: &str) -> Option<&'static str> {
    match code {
        // Another session answers than the one that was prepared.
        "26000" | "42P05" => Some(
            "a pooler that lends another session to each statement stands before the server: have it lend one to each \
             connection (PgBouncer: pool_mode = session), or name the server itself",
        ),
        "25006" => Some(PRIMARY),
        _ if message.contains(NO_TRANSACTIONS) => Some(
            "here one can only read: to write, have the pooler lend a session to each transaction or connection \
             (PgBouncer: pool_mode = transaction or session), or name the server itself",
        ),
        _ => None,
    }
}

/// What to do about a certificate that psql may well take.
pub(super) fn tls_advice(message: &str) -> Option<&'static str> {
    let table = [
        (
            "CaUsedAsEndEntity",
            "the server's certificate is that of an authority, as openssl req -x509 makes it: have it made anew with \
             -addext basicConstraints=critical,CA:FALSE and a subjectAltName",
        ),
        (
            "UnsupportedCertVersion",
            "the server's certificate is of an old version: have it made anew as version 3",
        ),
        ("UnknownIssuer", "sslrootcert names the file of the authority that signed it"),
        ("not valid for name", "verify-full wants this name in the certificate's subjectAltName"),
        ("NotValidForName", "verify-full wants the host's name in the certificate's subjectAltName"),
    ];
    table.into_iter().find_map(|(words, advice)| message.contains(words).then_some(advice))
}

/// `SQLSTATE` → cause and remedy. The codes are `PostgreSQL`'s; the messages under XX000 are `YugabyteDB`'s.
pub(super) fn classify(code: &str, message: &str) -> (Cause, Remedy) {
    match code {
        // 55P03: a lock was not to be had within lock_timeout.
        "40001" | "40P01" | "55P03" => (Cause::Retryable, Remedy::Retry),
        "XX000" => internal(&message.to_lowercase()),
        // The plans that this connection remembers are of a table that has since changed.
        "0A000" if message.contains("cached plan") => (Cause::Retryable, Remedy::Reconnect),
        "53300" => (Cause::Retryable, Remedy::Reconnect),
        "57P01" | "57P02" | "57P03" => (Cause::Starting, Remedy::Reconnect),
        // The database was dropped; the session idled too long, outside or inside a transaction; its prepared
        // statements are another session's.
        "57P04" | "57P05" | "25P03" | "26000" | "42P05" => (Cause::Lost, Remedy::Reconnect),
        "57014" => (Cause::Timeout, Remedy::None),
        "3D000" => (Cause::Absent, Remedy::Reconnect),
        "42501" | "25006" => (Cause::Privilege, Remedy::None),
        "3F000" => (Cause::Schema, Remedy::None),
        // What poolers have no codes for.
        "08P01" if message.contains("no such database") => (Cause::Absent, Remedy::Reconnect),
        "08P01" if message.contains("startup parameter") || message.contains(NO_TRANSACTIONS) => {
            (Cause::Other, Remedy::Reconnect)
        }
        _ if code.starts_with("08") => (Cause::Lost, Remedy::Reconnect),
        _ if code.starts_with("28") => (Cause::Login, Remedy::Reconnect),
        _ if code.starts_with("42") => (Cause::Schema, Remedy::None),
        _ => (Cause::Other, Remedy::None),
    }
}

/// SQLite's (extended) result code → its name, cause and remedy.
pub(super) fn classify_sqlite(code: i32) -> (&'static str, Cause, Remedy) {
    match code & 0xff {
        3 => ("SQLITE_PERM", Cause::Privilege, Remedy::Reconnect),
        5 | 6 => ("SQLITE_BUSY", Cause::Retryable, Remedy::Retry),
        8 => ("SQLITE_READONLY", Cause::Privilege, Remedy::Reconnect),
        10 => ("SQLITE_IOERR", Cause::Other, Remedy::Reconnect),
        11 => ("SQLITE_CORRUPT", Cause::Other, Remedy::Reconnect),
        13 => ("SQLITE_FULL", Cause::Other, Remedy::None),
        14 => ("SQLITE_CANTOPEN", Cause::Privilege, Remedy::Reconnect),
        17 => ("SQLITE_SCHEMA", Cause::Retryable, Remedy::Retry),
        18 => ("SQLITE_TOOBIG", Cause::Other, Remedy::None),
        20 => ("SQLITE_MISMATCH", Cause::Other, Remedy::None),
        19 => ("SQLITE_CONSTRAINT", Cause::Other, Remedy::None),
        26 => ("SQLITE_NOTADB", Cause::Schema, Remedy::Reconnect),
        // A statement that does not fit the tables.
        1 => ("SQLITE_ERROR", Cause::Schema, Remedy::None),
        _ => ("SQLITE", Cause::Other, Remedy::Reconnect),
    }
}

/// What YugabyteDB puts under XX000 with no code of its own, by its words.
fn internal(message: &str) -> (Cause, Remedy) {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    // The catalogue changed under the statement; the last two are PostgreSQL's own, where two sessions change one row of
    // it.
    if says(&[
        "schema version mismatch",
        "catalog version mismatch",
        "catalog snapshot",
        "tuple concurrently updated",
        "tuple concurrently deleted",
    ]) {
        return (Cause::Retryable, Remedy::Retry);
    }
    // It may run on for all that is known.
    if says(&["timed out", "timeout"]) {
        return (Cause::Timeout, Remedy::None);
    }
    // Another node is on its way out, or in.
    if says(&["shutting down", "shutdown", "service unavailable"]) {
        return (Cause::Starting, Remedy::Reconnect);
    }
    if says(&["network error", "leader not ready", "not the leader", "try again"]) {
        return (Cause::Retryable, Remedy::Retry);
    }
    (Cause::Other, Remedy::None)
}

pub(super) fn io_cause(kind: io::ErrorKind) -> Cause {
    match kind {
        // NotFound is a socket file that no server has made (yet).
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::NotFound
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Cause::Refused,
        io::ErrorKind::TimedOut => Cause::Timeout,
        // rustls reports a failed handshake as invalid data.
        io::ErrorKind::InvalidData => Cause::Tls,
        io::ErrorKind::PermissionDenied => Cause::Login,
        _ => Cause::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_cause_and_its_remedy() {
        use Remedy::{None, Reconnect, Retry};
        let table = [
            ("40001", "could not serialize access", Cause::Retryable, Retry),
            ("40001", "Restart read required at: …", Cause::Retryable, Retry),
            ("40P01", "deadlock detected", Cause::Retryable, Retry),
            ("55P03", "canceling statement due to lock timeout", Cause::Retryable, Retry),
            ("XX000", "Catalog Version Mismatch: a DDL occurred", Cause::Retryable, Retry),
            ("XX000", "schema version mismatch for table", Cause::Retryable, Retry),
            (
                "XX000",
                "The catalog snapshot used for this transaction has been invalidated",
                Cause::Retryable,
                Retry,
            ),
            ("XX000", "Timed out: Perform RPC timed out", Cause::Timeout, None),
            ("XX000", "timed out waiting for postgres backends to catch up", Cause::Timeout, None),
            ("XX000", "Service unavailable: Server is shutting down", Cause::Starting, Reconnect),
            ("XX000", "Illegal state: Not the leader", Cause::Retryable, Retry),
            ("XX000", "Network error: recv got EOF", Cause::Retryable, Retry),
            ("XX000", "tuple concurrently updated", Cause::Retryable, Retry),
            ("XX000", "cache lookup failed for relation 16402", Cause::Other, None),
            ("0A000", "cached plan must not change result type", Cause::Retryable, Reconnect),
            ("0A000", "DROP INDEX CONCURRENTLY not supported yet", Cause::Other, None),
            ("53300", "sorry, too many clients already", Cause::Retryable, Reconnect),
            ("57P01", "terminating connection due to administrator command", Cause::Starting, Reconnect),
            ("57P02", "crash of another process", Cause::Starting, Reconnect),
            ("57P03", "the database system is starting up", Cause::Starting, Reconnect),
            ("57014", "canceling statement due to statement timeout", Cause::Timeout, None),
            ("25P03", "idle-in-transaction timeout", Cause::Lost, Reconnect),
            ("08006", "connection failure", Cause::Lost, Reconnect),
            ("08P01", "unsupported startup parameter: options", Cause::Other, Reconnect),
            ("08P01", "no such database: flow", Cause::Absent, Reconnect),
            ("08P01", "query_wait_timeout", Cause::Lost, Reconnect),
            ("28P01", "password authentication failed", Cause::Login, Reconnect),
            ("28000", "no pg_hba.conf entry", Cause::Login, Reconnect),
            ("3D000", "database \"x\" does not exist", Cause::Absent, Reconnect),
            ("26000", "prepared statement \"s\" does not exist", Cause::Lost, Reconnect),
            ("42P05", "prepared statement \"s\" already exists", Cause::Lost, Reconnect),
            ("42501", "permission denied for table insights", Cause::Privilege, None),
            ("25006", "cannot execute INSERT in a read-only transaction", Cause::Privilege, None),
            ("42P01", "relation \"insights\" does not exist", Cause::Schema, None),
            ("42703", "column \"x\" does not exist", Cause::Schema, None),
            ("3F000", "no schema has been selected to create in", Cause::Schema, None),
            ("22P02", "invalid input syntax", Cause::Other, None),
        ];
        for (code, message, cause, remedy) in table {
            assert_eq!(classify(code, message), (cause, remedy), "{code} {message}");
        }
    }

    #[test]
    fn the_embedded_databases_codes_have_theirs() {
        use Remedy::{None, Reconnect, Retry};
        let table = [
            (5, "SQLITE_BUSY", Cause::Retryable, Retry),
            (261, "SQLITE_BUSY", Cause::Retryable, Retry), // SQLITE_BUSY_RECOVERY
            (517, "SQLITE_BUSY", Cause::Retryable, Retry), // SQLITE_BUSY_SNAPSHOT
            (1032, "SQLITE_READONLY", Cause::Privilege, Reconnect), // SQLITE_READONLY_DBMOVED
            (14, "SQLITE_CANTOPEN", Cause::Privilege, Reconnect),
            (26, "SQLITE_NOTADB", Cause::Schema, Reconnect),
            (13, "SQLITE_FULL", Cause::Other, None),
            (2067, "SQLITE_CONSTRAINT", Cause::Other, None), // SQLITE_CONSTRAINT_UNIQUE
        ];
        for (code, name, cause, remedy) in table {
            assert_eq!(classify_sqlite(code), (name, cause, remedy), "{code}");
        }
    }
}
