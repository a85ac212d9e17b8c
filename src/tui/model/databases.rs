//! One of several databases, which is shown at times.

use chrono::{DateTime, Utc};

use super::Model;

impl Model {
    /// This database is shown again: what is known stands, and is read once more.
    pub fn come_back(&mut self, now: DateTime<Utc>) {
        (self.now, self.last_key, self.overlay, self.input) = (now, now, None, None);
        self.link.connecting = true;
        (self.link.outage, self.link.worker_outage, self.link.resting) = (None, None, None);
        self.sync.begins_anew();
        self.asking.interrupted();
        self.found = self.link.loaded.then(foldhash::HashSet::default);
    }
}
