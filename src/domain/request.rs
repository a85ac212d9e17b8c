//! Requests for insights, and what this login may do to get one.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{
    ids::{InsightId, PrKey, RequestId, Sha},
    text::clean,
};

/// Where a request stands. Words that we do not know are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestState {
    Queued,
    /// A worker has claimed it.
    Running,
    /// There is an insight.
    Done,
    /// It failed, and is not tried again.
    Failed,
    Cancelled,
    /// It failed too often.
    Dead,
    /// Somebody else's word, cleaned.
    Other(Box<str>),
}

impl RequestState {
    /// Reads `insight_requests.state` in any case.
    pub fn parse(word: &str) -> Self {
        let word = clean(word.trim());
        match word.to_ascii_lowercase().as_str() {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            "dead" => Self::Dead,
            _ => Self::Other(word.into()),
        }
    }

    /// `queued`, `running`, `done`, `failed`, `cancelled`, `dead`, or the foreign word.
    pub fn word(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A row of `insight_requests`. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub key: PrKey,
    pub state: RequestState,
    /// The head when it was made; once it is done, the commit that the insight speaks of.
    pub sha: Option<Sha>,
    pub requested_by: Option<Box<str>>,
    /// How often a worker claimed it.
    pub attempts: i32,
    /// What went wrong last.
    pub error: Option<Box<str>>,
    pub insight: Option<InsightId>,
    pub requested_at: Option<DateTime<Utc>>,
    /// When a worker last claimed it.
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Its version.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Request {
    /// Whether an insight is still to come of it.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, RequestState::Queued | RequestState::Running)
    }
}

/// What became of asking for new insights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Requests were queued, for whichever worker; and so many were queued already, there is no such pull request, or
    /// nothing can be said of these.
    Queued {
        /// New requests.
        queued: usize,
        /// Already queued.
        joined: usize,
        /// No longer there.
        absent: usize,
        /// Their files are not known.
        unknown: Vec<PrKey>,
    },
    /// There is no queue: so many are made here, and stored.
    Here(usize),
    /// This login may only read: so many are made here, and not stored.
    Local(usize),
}

/// How this login gets a new insight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It queues a request, and some worker does the rest.
    Queue,
    /// There is no queue for it, but it may insert an insight that it made itself.
    Insert,
    ReadOnly,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_words_round_trip_and_foreign_ones_are_kept() {
        use RequestState::{Cancelled, Dead, Done, Failed, Other, Queued, Running};
        for state in [Queued, Running, Done, Failed, Cancelled, Dead, Other("paused".into())] {
            assert_eq!(RequestState::parse(state.word()), state);
        }
        assert_eq!(RequestState::parse(" QUEUED\n"), Queued);
        assert_eq!(RequestState::parse("\u{1b}x"), Other("x".into()));
    }
}
