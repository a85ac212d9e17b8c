//! A value that must not reach a log, a screen or a serialised form.

use std::fmt;

use url::Url;

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

    /// The URL for a reader: passwords as `***`, and nothing at all of what is not a URL.
    #[must_use]
    pub fn redacted(&self) -> String {
        let Ok(mut url) = Url::parse(&self.0) else { return "***".to_owned() };
        // Refused only where the URL can hold no password.
        if url.password().is_some() && url.set_password(Some("***")).is_err() {
            return "***".to_owned();
        }
        if url.query_pairs().any(|(name, _)| names_a_password(&name)) {
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let shown = pairs.iter().map(|(name, value)| {
                (name.as_str(), if names_a_password(name) { "***" } else { value.as_str() })
            });
            url.query_pairs_mut().clear().extend_pairs(shown);
        }
        url.into()
    }

    /// Whether the URL holds a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| names_a_password(&name))
        })
    }
}

/// `password`, and libpq's `sslpassword`.
fn names_a_password(parameter: &str) -> bool {
    parameter.to_ascii_lowercase().contains("password")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_stars() {
        let secret = Secret::new("postgres://ana:hunter2@db/flow");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn redacts_passwords_wherever_they_stand() {
        for (url, shown) in [
            ("postgres://ana:hunter2@db:5433/flow", "postgres://ana:***@db:5433/flow"),
            ("postgres://ana@db/flow", "postgres://ana@db/flow"),
            ("postgres:///flow?host=/tmp&password=hunter2", "postgres:///flow?host=%2Ftmp&password=***"),
            ("postgres://ana:hunter2@db:port/flow", "***"),
            ("host=db password=hunter2", "***"),
        ] {
            assert_eq!(Secret::new(url).redacted(), shown);
        }
    }

    #[test]
    fn knows_whether_there_is_a_password() {
        assert!(Secret::new("postgres://ana:hunter2@db/flow").has_password());
        assert!(Secret::new("postgres:///flow?password=hunter2").has_password());
        assert!(!Secret::new("postgres://ana@db/flow").has_password());
    }
}
