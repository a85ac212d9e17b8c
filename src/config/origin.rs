//! Where a value came from, and what is wrong with it.

use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    File {
        /// The file's path as shown (`~` for the home folder).
        path: String,
        /// The line, from 1.
        line: usize,
    },
    Env(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Env(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One key, its value and where that came from: a row of `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The section, such as `dashboard`.
    pub section: &'static str,
    /// The key in that section.
    pub name: &'static str,
    /// The value as TOML, secrets redacted.
    pub value: String,
    pub origin: Origin,
}

/// Everything that is wrong with the configuration: one line each, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct ConfigError {
    /// What must be mended, in the order of the file, then environment and flags.
    pub problems: Vec<String>,
    /// What works, but should be known.
    pub warnings: Vec<String>,
}
