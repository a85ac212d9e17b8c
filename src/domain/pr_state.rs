//! The state of a pull request: open, draft, closed, merged.

use super::text::clean_opt;

/// The state of a pull request. Words that we do not know are kept and count as open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrState {
    /// Open and ready.
    Open,
    /// Open, not ready.
    Draft,
    /// Closed without a merge.
    Closed,
    Merged,
    /// Somebody else's word, cleaned.
    Other(Box<str>),
}

impl PrState {
    /// Reads `pull_requests.state` in any case; an empty one counts as open.
    pub fn parse(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "" | "open" | "opened" | "reopened" => Self::Open,
            "draft" => Self::Draft,
            "closed" => Self::Closed,
            "merged" => Self::Merged,
            other => clean_opt(Some(other)).map_or(Self::Open, Self::Other),
        }
    }

    /// The word of the JSON contract, or the foreign word.
    pub fn word(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Draft => "draft",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::Other(word) => word,
        }
    }

    /// True for all that is neither closed nor merged.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Open | Self::Draft | Self::Other(_) => true,
            Self::Closed | Self::Merged => false,
        }
    }
}
