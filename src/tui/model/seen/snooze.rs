//! Pull requests that are hidden for a while.

use chrono::{DateTime, Utc};

use super::Seen;
use crate::domain::{board::Board, ids::PrKey, print::Print};

impl Seen {
    /// Hides these until then, or until something changes from now on.
    pub(in crate::tui) fn snooze(&mut self, board: &Board, keys: &[PrKey], until: Option<DateTime<Utc>>) {
        for pr in keys.iter().filter_map(|key| board.pull(*key)) {
            self.look(pr);
            self.hide(pr.key, until);
        }
    }

    /// These are hidden no longer.
    pub(in crate::tui) fn wake(&mut self, keys: &[PrKey]) {
        for key in keys {
            self.show(*key);
        }
    }

    pub(super) fn hide(&mut self, key: PrKey, until: Option<DateTime<Utc>>) {
        self.snoozed.insert(key, until);
        self.noted.snoozed.insert(key);
        self.stirred.push(key);
        self.unsaved.snoozes.insert(key);
    }

    pub(super) fn show(&mut self, key: PrKey) {
        self.snoozed.remove(&key);
        self.noted.snoozed.remove(&key);
        self.stirred.push(key);
        self.unsaved.snoozes.insert(key);
    }

    /// Those whose time has come are hidden no longer; they are news, so that the reader finds them.
    pub(in crate::tui) fn wake_due(&mut self, board: &Board, now: DateTime<Utc>) -> Vec<PrKey> {
        let is_due = |until: &Option<DateTime<Utc>>| until.is_some_and(|until| until <= now);
        let due = self.snoozed.iter().filter(|(_, until)| is_due(until)).map(|(key, _)| *key);
        let due: Vec<PrKey> = due.filter(|key| board.pull(*key).is_some()).collect();
        self.wake(&due);
        for key in &due {
            self.prints.insert(*key, Print::UNSEEN);
            self.unsaved.prints.insert(*key);
            self.noted.new.insert(*key);
        }
        due
    }

    /// When the next one comes back. What is due already waits for its repository to be shown.
    pub(in crate::tui) fn next_wake(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.snoozed.values().copied().flatten().filter(|until| *until > now).min()
    }

    pub fn is_snoozed(&self, key: PrKey) -> bool {
        self.noted.snoozed.contains(&key)
    }

    /// All that are hidden.
    pub fn snoozed(&self) -> impl Iterator<Item = PrKey> {
        self.snoozed.keys().copied()
    }
}
