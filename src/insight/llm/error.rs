//! Why an LLM wrote nothing.

use super::super::reply::Invalid;

/// Why an LLM wrote nothing, in words for the note of an insight: after "the LLM".
///
/// None of them holds the key, a header or a part of the URL beside its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// It does not take the key, or wants one: 401 or 403.
    #[error("refused the key ({0})")]
    Unauthorised(u16),
    /// Too many requests, and again after the retries: 429.
    #[error("has too much to do (429)")]
    RateLimited,
    /// Its own failure, and again after the retries: 5xx.
    #[error("answered {0}")]
    Server(u16),
    /// No answer in the time that is configured.
    #[error("took longer than {0}")]
    TimedOut(String),
    /// No connection, or a broken one.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// More than it may say.
    #[error("answered with more than 1 MiB")]
    TooLarge,
    /// An answer that cannot be used, also after it was told so.
    #[error("gave no usable answer: {0}")]
    Malformed(String),
    /// It does not accept the request: another 4xx, or a redirect, which is not followed.
    #[error("refused the request ({status}){}", said(.why.as_deref()))]
    Refused {
        status: u16,
        /// What it said, cleaned; absent where that could hold the key.
        why: Option<String>,
    },
    /// It cannot even be asked.
    #[error("cannot be asked: {0}")]
    Options(String),
}

fn said(why: Option<&str>) -> String {
    why.map(|why| format!(": {why}")).unwrap_or_default()
}

impl From<Invalid> for LlmError {
    fn from(invalid: Invalid) -> Self {
        Self::Malformed(invalid.to_string())
    }
}

impl LlmError {
    /// Whether another try may succeed.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::RateLimited | Self::Server(_) | Self::Unreachable(_))
    }
}
