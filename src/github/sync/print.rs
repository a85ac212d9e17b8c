//! The fingerprint of a pull request and its build: it moves when anything is news that needs a closer look.

use chrono::{DateTime, Utc};

use crate::github::payload::{CountedContexts, Fingerprint};

/// What was seen at the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    pub updated_at: DateTime<Utc>,
    pub head: String,
    pub rollup: Option<String>,
    checks: Vec<String>,
    /// Whether the rollup is of this head: right after a push it may be the old one's.
    pub is_settled: bool,
}

/// What has to be read anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub details: bool,
    pub files: bool,
}

impl Print {
    pub fn new(seen: &Fingerprint) -> Self {
        let rollup = seen.status_check_rollup.as_ref();
        let commit = rollup.and_then(|rollup| rollup.commit.as_ref());
        Self {
            updated_at: seen.updated_at,
            head: seen.head_ref_oid.clone(),
            rollup: rollup.and_then(|rollup| rollup.state.clone()),
            checks: rollup.and_then(|rollup| rollup.contexts.as_ref()).map(counts).unwrap_or_default(),
            is_settled: commit.is_none_or(|commit| commit.oid == seen.head_ref_oid),
        }
    }

    /// What is news beside an older one.
    pub fn moved(&self, older: Option<&Self>) -> Moved {
        match older {
            None => Moved { details: true, files: true },
            Some(older) => Moved { details: self != older, files: self.head != older.head },
        }
    }
}

/// In an order of their own: GitHub promises none.
fn counts(contexts: &CountedContexts) -> Vec<String> {
    let by = |kind: &str, counts: &Option<Vec<crate::github::payload::StateCount>>| {
        let counts = counts.iter().flatten().filter(|count| count.count > 0);
        counts.map(|count| format!("{kind} {} {}", count.state, count.count)).collect::<Vec<_>>()
    };
    let mut all = by("run", &contexts.check_run_counts_by_state);
    all.extend(by("status", &contexts.status_context_counts_by_state));
    all.sort();
    let last = contexts.nodes.iter().flatten().flatten().next_back();
    all.extend(
        last.map(|last| {
            format!("last {:?} {:?} {:?} {:?}", last.database_id, last.status, last.id, last.state)
        }),
    );
    all.extend(contexts.total_count.map(|count| format!("all {count}")));
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn print(head: &str, of: &str, counts: &Value, last: i64) -> Print {
        let seen = json!({
            "id": "PR_1", "updatedAt": "2026-01-01T00:00:00Z", "headRefOid": head, "mergeable": "UNKNOWN",
            "statusCheckRollup": {"state": "PENDING", "commit": {"oid": of}, "contexts": {
                "totalCount": 2, "checkRunCountsByState": counts, "statusContextCountsByState": [],
                "nodes": [{"databaseId": last, "status": "COMPLETED"}]}},
        });
        Print::new(&serde_json::from_value(seen).expect("a fingerprint"))
    }

    #[test]
    fn a_print_moves_with_its_build_and_not_with_the_order_of_counts() {
        let counts = json!([{"state": "SUCCESS", "count": 1}, {"state": "FAILURE", "count": 1}]);
        let same = json!([{"state": "FAILURE", "count": 1}, {"state": "SUCCESS", "count": 1}, {"state": "STALE", "count": 0}]);
        let rerun = json!([{"state": "SUCCESS", "count": 1}, {"state": "IN_PROGRESS", "count": 1}]);
        let old = print("a", "a", &counts, 7);
        let moved = |new: &Print| new.moved(Some(&old));
        assert_eq!(moved(&print("a", "a", &same, 7)), Moved::default());
        // A re-run moves no `updatedAt`; one that ended as before has a new id.
        let details = Moved { details: true, files: false };
        assert_eq!(moved(&print("a", "a", &rerun, 7)), details);
        assert_eq!(moved(&print("a", "a", &counts, 8)), details);
        assert_eq!(moved(&print("b", "b", &counts, 7)), Moved { details: true, files: true });
        assert_eq!(old.moved(None), Moved { details: true, files: true });
        assert!(old.is_settled && !print("b", "a", &counts, 7).is_settled);
    }
}
