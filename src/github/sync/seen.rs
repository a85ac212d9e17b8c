//! What was seen of each open pull request when its details were last read, so that a later look reads them only where
//! something moved. Kept as marks, a hundred numbers a mark.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    github::payload::{Fingerprint, StateCount},
    store::sync::Mark,
};

const PREFIX: &str = "seen:";
/// Numbers in a mark.
const BLOCK: i32 = 100;

/// As it was when its details were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// See [`print`].
    pub(super) print: String,
    /// Its list of checks is shorter since then, which is not believed yet.
    pub(super) shrunk: Option<DateTime<Utc>>,
}

/// All of a repository, by number.
#[derive(Debug, Default)]
pub(super) struct SeenPulls(BTreeMap<i32, Seen>);

impl SeenPulls {
    pub(super) fn read(marks: &BTreeMap<String, Mark>) -> Self {
        let blocks = marks
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .filter_map(|(_, mark)| mark.cursor.as_deref());
        Self(blocks.flat_map(str::split_whitespace).filter_map(parse).collect())
    }

    pub(super) fn get(&self, number: i32) -> Option<&Seen> {
        self.0.get(&number)
    }

    pub(super) fn set(&mut self, number: i32, seen: Seen) {
        self.0.insert(number, seen);
    }

    pub(super) fn forget(&mut self, number: i32) {
        self.0.remove(&number);
    }

    /// The marks that these numbers are in; `None`: nothing is left in it.
    pub(super) fn marks(&self, numbers: impl IntoIterator<Item = i32>) -> BTreeMap<String, Option<Mark>> {
        numbers
            .into_iter()
            .map(|number| number.div_euclid(BLOCK))
            .map(|block| (format!("{PREFIX}{block}"), self.mark(block)))
            .collect()
    }

    fn mark(&self, block: i32) -> Option<Mark> {
        let mut text = String::new();
        let first = block.saturating_mul(BLOCK);
        for (number, seen) in self.0.range(first..first.saturating_add(BLOCK)) {
            write!(text, "{number}={}", seen.print).unwrap_or_default();
            if let Some(since) = seen.shrunk {
                write!(text, "<{}", since.timestamp()).unwrap_or_default();
            }
            text.push(' ');
        }
        (!text.is_empty()).then(|| Mark { etag: None, cursor: Some(text.trim_end().to_owned()) })
    }
}

/// `17=0123456789abcdef`, and `<1700000000` behind it where the list of checks is shorter since then.
fn parse(word: &str) -> Option<(i32, Seen)> {
    let (number, rest) = word.split_once('=')?;
    let (print, shrunk) = match rest.split_once('<') {
        Some((print, since)) => (print, DateTime::from_timestamp(since.parse().ok()?, 0)),
        None => (rest, None),
    };
    Some((number.parse().ok()?, Seen { print: print.to_owned(), shrunk }))
}

/// A short text that differs whenever details do: but for mergeability and the queue, which the fingerprint tells itself.
pub(super) fn print(of: &Fingerprint) -> String {
    let rollup = of.status_check_rollup.as_ref();
    let contexts = rollup.and_then(|rollup| rollup.contexts.as_ref());
    // GitHub promises no order.
    let sorted = |counts: Option<&Vec<StateCount>>| {
        let counts = counts.into_iter().flatten().filter(|count| count.count > 0);
        let mut counts: Vec<String> =
            counts.map(|count| format!("{} {}", count.state, count.count)).collect();
        counts.sort();
        counts
    };
    let whole = format!(
        "{} {} {:?} {:?} {:?} {:?} {:?} {:?}",
        of.updated_at,
        of.head_ref_oid,
        rollup.and_then(|rollup| rollup.state.as_deref()),
        rollup.and_then(|rollup| Some(rollup.commit.as_ref()?.oid.as_str())),
        contexts.and_then(|contexts| contexts.total_count),
        sorted(contexts.and_then(|contexts| contexts.check_run_counts_by_state.as_ref())),
        sorted(contexts.and_then(|contexts| contexts.status_context_counts_by_state.as_ref())),
        contexts.and_then(|contexts| contexts.nodes.as_ref()),
    );
    let mut text = Uuid::new_v5(&Uuid::NAMESPACE_OID, whole.as_bytes()).simple().to_string();
    text.truncate(16);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_found_again() {
        let seen = |print: &str, shrunk| Seen { print: print.to_owned(), shrunk };
        let mut all = SeenPulls::default();
        let since = DateTime::from_timestamp(1_700_000_000, 0);
        for (number, one) in [(7, seen("a", None)), (99, seen("b", since)), (100, seen("c", None))] {
            all.set(number, one);
        }
        let marks = all.marks([7, 99, 100, 250]);
        assert_eq!(
            marks["seen:0"].as_ref().and_then(|mark| mark.cursor.as_deref()),
            Some("7=a 99=b<1700000000")
        );
        assert_eq!(marks["seen:2"], None);
        let kept = marks.into_iter().filter_map(|(name, mark)| Some((name, mark?))).collect();
        let again = SeenPulls::read(&kept);
        assert_eq!(again.0, all.0);
        all.forget(7);
        assert!(all.get(7).is_none() && again.get(7).is_some());
    }

    #[test]
    fn a_print_moves_with_its_build_and_not_with_the_order_of_counts() {
        let of = |head: &str, counts: serde_json::Value, last: i64| {
            let seen = serde_json::json!({
                "id": "PR_1", "updatedAt": "2026-01-01T00:00:00Z", "headRefOid": head, "mergeable": "UNKNOWN",
                "statusCheckRollup": {"state": "PENDING", "commit": {"oid": "a"}, "contexts": {
                    "totalCount": 2, "checkRunCountsByState": counts, "statusContextCountsByState": [],
                    "nodes": [{"databaseId": last, "status": "COMPLETED"}]}},
            });
            print(&serde_json::from_value(seen).expect("a fingerprint"))
        };
        let state = |state: &str, count: i64| serde_json::json!({"state": state, "count": count});
        let old = of("a", serde_json::json!([state("SUCCESS", 1), state("FAILURE", 1)]), 7);
        let same = serde_json::json!([state("FAILURE", 1), state("SUCCESS", 1), state("STALE", 0)]);
        assert_eq!(of("a", same.clone(), 7), old);
        // A re-run moves no `updatedAt`; one that ended as before has a new id.
        assert_ne!(of("a", serde_json::json!([state("SUCCESS", 1), state("IN_PROGRESS", 1)]), 7), old);
        assert_ne!(of("a", same.clone(), 8), old);
        assert_ne!(of("b", same, 7), old);
    }
}
