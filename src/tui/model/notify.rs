//! The rules that tell the reader, and which pull requests each of them has told of.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{ids::PrKey, notify::Rule};

/// The rules, each with its state.
#[derive(Clone, Debug, Default)]
pub struct Notify {
    pub(in crate::tui) all: Vec<Watch>,
}

/// A rule, and what it has seen.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Watch {
    pub(in crate::tui) rule: Rule,
    /// The pull requests that are in its filter: only one that comes in is told of.
    inside: foldhash::HashSet<PrKey>,
    /// When it told, in the last minute.
    told: Vec<DateTime<Utc>>,
}

impl Notify {
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { all: rules.into_iter().map(Watch::new).collect() }
    }

    /// One more, which has seen nothing yet.
    pub(in crate::tui) fn add(&mut self, rule: Rule) {
        self.all.push(Watch::new(rule));
    }

    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// These are deleted, or out of view.
    pub(in crate::tui) fn forget(&mut self, keys: &[PrKey]) {
        for watch in &mut self.all {
            watch.inside.retain(|key| !keys.contains(key));
        }
    }
}

impl Watch {
    fn new(rule: Rule) -> Self {
        Self { rule, inside: foldhash::HashSet::default(), told: Vec::new() }
    }

    /// Notes whether a pull request is in the filter; returns whether it has come in.
    pub(in crate::tui) fn enters(&mut self, key: PrKey, is_in: bool) -> bool {
        if is_in {
            return self.inside.insert(key);
        }
        self.inside.remove(&key);
        false
    }

    /// Whether it may tell once more now; then it is taken to have told.
    pub(in crate::tui) fn may_tell(&mut self, now: DateTime<Utc>) -> bool {
        // A clock that was set back does not silence it.
        self.told.retain(|at| (now - *at).abs() < TimeDelta::minutes(1));
        let may = self.told.len() < self.rule.per_minute;
        if may {
            self.told.push(now);
        }
        may
    }
}
