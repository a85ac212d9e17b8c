//! The small types of values: words and nodes.

use std::fmt;
use std::str::FromStr;

/// A text that is none of the words that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the accepted values")]
pub struct Unaccepted;

/// Always, never, or as the terminal suggests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// As the terminal and the environment suggest.
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    /// The word that the file, the environment and the flags use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// The answer, asking for it only when this is `auto`.
    pub fn or_else(self, auto: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Auto => auto(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl FromStr for When {
    type Err = Unaccepted;

    fn from_str(text: &str) -> Result<Self, Unaccepted> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(Unaccepted),
        }
    }
}

/// Whether this process makes the insights that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Worker {
    /// On the embedded database all of them; on a shared one those that this dashboard asked for.
    #[default]
    Auto,
    Off,
}

impl Worker {
    /// The word that the file uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Off => "off",
        }
    }
}

impl FromStr for Worker {
    type Err = Unaccepted;

    fn from_str(text: &str) -> Result<Self, Unaccepted> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            _ => Err(Unaccepted),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what may fail.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And everything else.
    Trace,
}

impl LogLevel {
    /// The word that the file, the environment and the flags use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl FromStr for LogLevel {
    type Err = Unaccepted;

    fn from_str(text: &str) -> Result<Self, Unaccepted> {
        match text {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err(Unaccepted),
        }
    }
}

/// Another node of the same cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
}

impl FromStr for Node {
    type Err = Unaccepted;

    fn from_str(text: &str) -> Result<Self, Unaccepted> {
        let (host, port) = text.trim().rsplit_once(':').ok_or(Unaccepted)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(Unaccepted)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let name_like = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let host = match bracketed {
            Some(address) if address.parse::<std::net::Ipv6Addr>().is_ok() => address,
            None if !host.is_empty() && host.chars().all(name_like) => host,
            _ => return Err(Unaccepted),
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_round_trip() {
        for when in [When::Auto, When::Always, When::Never] {
            assert_eq!(when.as_str().parse(), Ok(when));
        }
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
    }

    #[test]
    fn nodes_are_a_host_and_a_port() {
        for text in ["db1:5433", "10.0.0.1:5433", "[::1]:5433", "db_1.example.org:1"] {
            assert_eq!(text.parse::<Node>().unwrap().to_string(), text);
        }
        for text in
            ["", "db1", ":5433", "db1:0", "db1:65536", "::1:5433", "a b:5433", "user@db:5433", "[x]:1"]
        {
            assert_eq!(text.parse::<Node>(), Err(Unaccepted), "{text}");
        }
    }
}
