//! What is asked of a feed: what to read, how often, and what to do at once.

use std::time::Duration;

/// What the feed reads, and how often.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// Between two ticks; ±20 % of jitter is added.
    pub interval: Duration,
    /// Between two comparisons of all keys and versions.
    pub sweep: Duration,
    /// Between two complete reads.
    pub reread: Duration,
    /// Between two looks at the inbox of webhooks.
    pub ingest: Duration,
    /// How long ended pull requests stay in scope.
    pub window: Duration,
    /// Most pull requests held.
    pub limit: usize,
    /// `owner/name` of the repositories to read, in any case; empty for all.
    pub only: Vec<String>,
    /// Where the address came from, for the header.
    pub origin: Option<String>,
    /// How long nothing must happen before the tick is stretched; `None`: it never is.
    pub idle: Option<Duration>,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(2),
            sweep: Duration::from_mins(2),
            reread: Duration::from_mins(10),
            ingest: Duration::from_secs(30),
            window: Duration::from_hours(14 * 24),
            limit: 20_000,
            only: Vec::new(),
            origin: None,
            idle: None,
        }
    }
}

/// A request to the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedCommand {
    /// Somebody is there: a key was pressed.
    Stir,
    /// Poll as soon as the database has had its rest, without a notice: this program wrote something.
    Look,
    /// Poll now: the user asks.
    Refresh,
    /// Read everything again now, the schema too.
    Reread,
}
