//! A bound on repetition: an outage says the same thing every few seconds, for hours.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

/// So many records of one kind pass in one window.
const PASS: u32 = 10;
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// More kinds than this at once are told apart by their call site alone, so that memory is bounded, too.
const KINDS: usize = 256;

/// Counts records by call site and message.
#[derive(Debug)]
pub(super) struct Limiter<S> {
    kinds: HashMap<(S, u64), Window>,
}

#[derive(Debug)]
struct Window {
    since: DateTime<Utc>,
    seen: u32,
    /// What the first suppressed record said.
    label: String,
}

impl<S: Eq + Hash> Limiter<S> {
    pub(super) fn new() -> Self {
        Self { kinds: HashMap::new() }
    }

    /// Whether a record passes. Call [`Self::expired`] first, or old windows never end.
    pub(super) fn admits(&mut self, site: S, message: &str, label: &str, now: DateTime<Utc>) -> bool {
        let mut hasher = DefaultHasher::new();
        message.hash(&mut hasher);
        let full = self.kinds.len() >= KINDS;
        let mut kind = (site, hasher.finish());
        if full && !self.kinds.contains_key(&kind) {
            kind.1 = 0;
        }
        let window = self.kinds.entry(kind).or_insert(Window { since: now, seen: 0, label: String::new() });
        window.seen += 1;
        if window.seen == PASS + 1 {
            label.clone_into(&mut window.label);
        }
        window.seen <= PASS
    }

    /// Ends the windows that are over; yields how many records each suppressed, and the first of them.
    pub(super) fn expired(&mut self, now: DateTime<Utc>) -> Vec<(u32, String)> {
        // The absolute value: a clock set back must not keep a window open for hours.
        self.end(|window| now.signed_duration_since(window.since).abs() >= WINDOW)
    }

    /// Ends all windows, at exit.
    pub(super) fn all(&mut self) -> Vec<(u32, String)> {
        self.end(|_| true)
    }

    fn end(&mut self, over: impl Fn(&Window) -> bool) -> Vec<(u32, String)> {
        let ended = self.kinds.extract_if(|_, window| over(window));
        let mut told: Vec<_> = ended
            .filter(|(_, window)| window.seen > PASS)
            .map(|(_, window)| (window.since, window.seen - PASS, window.label))
            .collect();
        told.sort();
        told.into_iter().map(|(_, suppressed, label)| (suppressed, label)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    #[test]
    fn ten_pass_and_the_rest_is_counted_once_the_minute_is_over() {
        let mut limiter = Limiter::new();
        let passed =
            (0..50).filter(|n| limiter.admits("poll", "refused", &format!("no {n}"), at(*n))).count();
        assert_eq!(passed, 10);
        assert!(limiter.admits("poll", "reset", "", at(50)), "another message");
        assert!(limiter.admits("tick", "refused", "", at(50)), "another call site");
        assert_eq!(limiter.expired(at(59)), []);
        assert_eq!(limiter.expired(at(60)), [(40, "no 10".to_owned())]);
        assert!(limiter.admits("poll", "refused", "", at(60)), "a new window");
        assert_eq!(limiter.all(), []);
    }

    #[test]
    fn a_clock_set_back_ends_the_window() {
        let mut limiter = Limiter::new();
        for _ in 0..11 {
            limiter.admits("poll", "refused", "label", at(3600));
        }
        assert_eq!(limiter.expired(at(0)), [(1, "label".to_owned())]);
    }

    #[test]
    fn ever_new_messages_are_limited_too() {
        let mut limiter = Limiter::new();
        let passed = (0..10_000).filter(|n| limiter.admits("poll", &n.to_string(), "", at(0))).count();
        assert_eq!(passed, KINDS + usize::try_from(PASS).unwrap());
        assert_eq!(limiter.kinds.len(), KINDS + 1);
    }
}
