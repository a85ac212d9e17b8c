//! A value that must not reach a log, a screen or a serialised form.

use std::fmt;

/// A secret, such as a database URL. `Debug` and `Display` print `***`, and it is not serialisable.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Variables of the environment that hold secrets of ours or of GitHub's tools: no program that is started from here
/// inherits them.
pub const VARIABLES: [&str; 10] = [
    "DATABASE_URL",
    "FLOWLENS_DATABASE_URL",
    "FLOWLENS_GITHUB_TOKEN",
    "FLOWLENS_LLM_KEY",
    "FLOWLENS_WEBHOOK_SECRET",
    "GH_ENTERPRISE_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITHUB_TOKEN",
    "PGPASSWORD",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_stars() {
        let secret = Secret::new("postgres://ana:hunter2@db/flow");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }
}
