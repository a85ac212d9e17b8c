//! Webhook deliveries, as the inbox keeps them.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::text::clean;

/// Where the receiver takes them.
pub const PATH: &str = "/webhook";

/// GitHub's name for a delivery; a redelivery has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(Uuid);

impl DeliveryId {
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl FromStr for DeliveryId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Repositories are spread over so many buckets, which the index of pending deliveries leads with.
pub const BUCKETS: u8 = 8;

/// The bucket of a repository.
#[must_use]
pub fn bucket(repository_id: Option<i64>) -> u8 {
    let bucket = repository_id.unwrap_or_default() % i64::from(BUCKETS);
    u8::try_from(bucket).unwrap_or_default()
}

/// Where a delivery stands. Words that we do not know are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is processed now, or next, or again.
    Pending,
    /// Its facts are stored.
    Done,
    /// It tells nothing that is kept.
    Ignored,
    /// It cannot be processed, or was tried too often.
    Dead,
    /// Somebody else's word, cleaned.
    Other(Box<str>),
}

impl DeliveryState {
    /// Those with a word of ours.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Done, Self::Ignored, Self::Dead];

    /// Reads `webhook_deliveries.state` in any case.
    pub fn parse(word: &str) -> Self {
        let word = clean(word.trim());
        match word.to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "done" => Self::Done,
            "ignored" => Self::Ignored,
            "dead" => Self::Dead,
            _ => Self::Other(word.into()),
        }
    }

    /// `pending`, `done`, `ignored`, `dead`, or the foreign word.
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Dead => "dead",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_words_round_trip_and_foreign_ones_are_kept() {
        let foreign = DeliveryState::Other("paused".into());
        for state in DeliveryState::ALL.into_iter().chain([foreign]) {
            assert_eq!(DeliveryState::parse(state.word()), state);
        }
        assert_eq!(DeliveryState::parse(" DONE\n"), DeliveryState::Done);
        assert_eq!(DeliveryState::parse("\u{1b}x"), DeliveryState::Other("x".into()));
    }

    #[test]
    fn an_id_is_read_as_github_writes_it() {
        let text = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
        assert_eq!(text.parse::<DeliveryId>().expect("an id").to_string(), text);
        assert!("".parse::<DeliveryId>().is_err() && "7'; --".parse::<DeliveryId>().is_err());
    }
}
