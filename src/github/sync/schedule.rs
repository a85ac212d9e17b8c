//! Who is looked at when: the open pull requests of the repositories that are watched.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    heat::{Heat, Known},
    print::{Moved, Print},
};
use crate::github::payload::Fingerprint;

/// Fingerprints in a call.
pub const PRINTS: usize = 50;
/// Looks at one whose mergeability GitHub has yet to work out, and the time between them.
const ASKS: u8 = 3;
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// The pull requests that are watched, by their node id.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pulls: HashMap<String, Watched>,
}

#[derive(Clone, Debug)]
struct Watched {
    print: Option<Print>,
    head_since: DateTime<Utc>,
    due: DateTime<Utc>,
    /// How often in a row GitHub did not know whether it can be merged.
    unknown: u8,
    heat: Heat,
}

impl Watch {
    /// Watches one, if it is not watched yet; it is due at once.
    pub fn add(&mut self, id: &str, updated_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.pulls.entry(id.to_owned()).or_insert(Watched {
            print: None,
            // Its last change may have been a push.
            head_since: updated_at,
            due: now,
            unknown: 0,
            heat: Heat::Warm,
        });
    }

    /// One that is closed, gone or elsewhere.
    pub fn remove(&mut self, id: &str) {
        self.pulls.remove(id);
    }

    /// A push, a review or a label was noticed: it is due at once.
    pub fn hurry(&mut self, id: &str, now: DateTime<Utc>) {
        if let Some(one) = self.pulls.get_mut(id) {
            one.due = one.due.min(now);
        }
    }

    /// Those that are due, the longest waiting first, as many as a call has.
    pub fn due(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut due: Vec<_> = self.pulls.iter().filter(|(_, one)| one.due <= now).collect();
        due.sort_by_key(|(id, one)| (one.due, *id));
        due.into_iter().take(PRINTS).map(|(id, _)| id.clone()).collect()
    }

    /// When the next is due; `None`: nobody is watched.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.pulls.values().map(|one| one.due).min()
    }

    /// How many are watched in each way.
    pub fn count(&self, heat: Heat) -> usize {
        self.pulls.values().filter(|one| one.heat == heat).count()
    }

    /// Takes in a look: what has to be read anew. `stretch` makes all intervals longer where the quota is short.
    pub fn looked(
        &mut self,
        seen: &Fingerprint,
        auto_merge: bool,
        stretch: f64,
        now: DateTime<Utc>,
    ) -> Moved {
        let Some(one) = self.pulls.get_mut(&seen.id) else { return Moved::default() };
        let print = Print::new(seen);
        let moved = print.moved(one.print.as_ref());
        if moved.files && one.print.is_some() {
            one.head_since = now;
        }
        let is_unknown = seen.mergeable.as_deref() == Some("UNKNOWN");
        one.unknown = if is_unknown { one.unknown.saturating_add(1) } else { 0 };
        let known = Known {
            rollup: print.rollup.as_deref(),
            head_since: one.head_since,
            updated_at: seen.updated_at,
            is_about_to_merge: auto_merge || seen.is_in_merge_queue == Some(true),
        };
        one.heat = Heat::new(known, now);
        let every = one.heat.every().mul_f64(stretch.max(1.0));
        let is_asked_again = (is_unknown && one.unknown <= ASKS) || !print.is_settled;
        one.due = now + if is_asked_again { every.min(ASK_AGAIN) } else { every };
        one.print = Some(print);
        moved
    }

    /// The details could not be read: the next look finds them as new as this one did.
    pub fn forget(&mut self, id: &str) {
        if let Some(one) = self.pulls.get_mut(id) {
            one.print = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn seen(id: &str, head: &str, state: &str, mergeable: &str) -> Fingerprint {
        let print = json!({
            "id": id, "updatedAt": at(0) - TimeDelta::days(9), "headRefOid": head, "mergeable": mergeable,
            "statusCheckRollup": {"state": state, "commit": {"oid": head}},
        });
        serde_json::from_value(print).expect("a fingerprint")
    }

    fn watch(ids: &[&str]) -> Watch {
        let mut watch = Watch::default();
        for id in ids {
            watch.add(id, at(0) - TimeDelta::days(9), at(0));
        }
        watch
    }

    #[test]
    fn each_is_looked_at_again_as_its_heat_says() {
        let mut watch = watch(&["a", "b", "c"]);
        assert_eq!(watch.due(at(0)), ["a", "b", "c"]);
        for (id, state) in [("a", "PENDING"), ("b", "FAILURE"), ("c", "SUCCESS")] {
            let moved = watch.looked(&seen(id, "h", state, "MERGEABLE"), false, 1.0, at(0));
            assert_eq!(moved, Moved { details: true, files: true });
        }
        assert_eq!((watch.due(at(24)), watch.next()), (Vec::new(), Some(at(25))));
        assert_eq!(watch.due(at(25)), ["a"]);
        assert_eq!(watch.due(at(120)), ["a", "b"]);
        assert_eq!(watch.due(at(600)), ["a", "b", "c"]);
        assert_eq!([Heat::Hot, Heat::Warm, Heat::Cold].map(|heat| watch.count(heat)), [1, 1, 1]);
        watch.hurry("c", at(1));
        assert_eq!(watch.due(at(1)), ["c"]);
        watch.remove("c");
        assert_eq!(watch.due(at(1)), Vec::<String>::new());
    }

    #[test]
    fn a_push_is_hot_and_needs_files() {
        let mut watch = watch(&["a"]);
        watch.looked(&seen("a", "h", "SUCCESS", "MERGEABLE"), false, 1.0, at(0));
        assert_eq!(
            watch.looked(&seen("a", "h", "SUCCESS", "MERGEABLE"), false, 1.0, at(600)),
            Moved::default()
        );
        let moved = watch.looked(&seen("a", "i", "SUCCESS", "MERGEABLE"), false, 1.0, at(1_200));
        assert_eq!((moved, watch.count(Heat::Hot)), (Moved { details: true, files: true }, 1));
        // What could not be read is news again.
        watch.forget("a");
        assert!(watch.looked(&seen("a", "i", "SUCCESS", "MERGEABLE"), false, 1.0, at(1_230)).details);
    }

    #[test]
    fn an_unknown_mergeability_is_asked_again_soon_but_not_for_ever() {
        let mut watch = watch(&["a"]);
        let mut now = 0;
        for wait in [10, 10, 10, 600, 600] {
            watch.looked(&seen("a", "h", "SUCCESS", "UNKNOWN"), false, 1.0, at(now));
            assert_eq!(watch.next(), Some(at(now + wait)));
            now += wait;
        }
        watch.looked(&seen("a", "h", "SUCCESS", "MERGEABLE"), false, 1.0, at(now));
        watch.looked(&seen("a", "h", "SUCCESS", "UNKNOWN"), false, 1.0, at(now));
        assert_eq!(watch.next(), Some(at(now + 10)));
    }

    #[test]
    fn intervals_stretch_and_calls_are_bounded() {
        let ids: Vec<String> = (0..120).map(|n| format!("{n:03}")).collect();
        let mut watch = watch(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(watch.due(at(0)).len(), PRINTS);
        watch.looked(&seen("000", "h", "PENDING", "MERGEABLE"), false, 4.0, at(0));
        assert!(!watch.due(at(0)).contains(&"000".to_owned()));
        let only = |watch: &Watch| watch.pulls["000"].due;
        assert_eq!(only(&watch), at(100));
        // Never shorter than it should be.
        watch.looked(&seen("000", "h", "PENDING", "MERGEABLE"), false, 0.1, at(0));
        assert_eq!(only(&watch), at(25));
    }
}
