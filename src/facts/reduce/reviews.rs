//! `reviews`: every review by its id; and the approval that follows from them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    domain::pipeline::StageStatus,
    facts::{
        fact::{ReviewDismissed, ReviewSeen, ReviewState},
        rows::ReviewRow,
    },
};

pub(super) fn fold(reviews: &mut BTreeMap<i64, ReviewRow>, at: DateTime<Utc>, seen: &ReviewSeen) {
    let row = ReviewRow {
        reviewer: seen.reviewer.clone(),
        state: seen.state.clone(),
        commit_sha: seen.commit_sha.clone(),
        submitted_at: Some(seen.submitted_at),
        dismissed_at: (seen.state == ReviewState::Dismissed).then_some(at),
    };
    join(reviews, seen.review_id, row);
}

pub(super) fn fold_dismissal(
    reviews: &mut BTreeMap<i64, ReviewRow>,
    at: DateTime<Utc>,
    seen: &ReviewDismissed,
) {
    let row = ReviewRow {
        reviewer: seen.reviewer.clone(),
        state: ReviewState::Dismissed,
        commit_sha: None,
        submitted_at: Some(seen.submitted_at),
        dismissed_at: Some(at),
    };
    join(reviews, seen.review_id, row);
}

/// Of each column the greatest; of dismissals the earliest. What a review had said stays known.
fn join(reviews: &mut BTreeMap<i64, ReviewRow>, id: i64, row: ReviewRow) {
    let Some(old) = reviews.get_mut(&id) else {
        reviews.insert(id, row);
        return;
    };
    if row.reviewer > old.reviewer {
        old.reviewer = row.reviewer;
    }
    if row.state > old.state {
        old.state = row.state;
    }
    if row.commit_sha > old.commit_sha {
        old.commit_sha = row.commit_sha;
    }
    old.submitted_at = old.submitted_at.max(row.submitted_at);
    old.dismissed_at = [old.dismissed_at, row.dismissed_at].into_iter().flatten().min();
}

/// The approval at a time (`None`: by all that is known): the latest verdict of each reviewer, where a comment is
/// none, a dismissed one stands for nothing, and a dismissal wins a tie.
pub(super) fn approval(
    reviews: &BTreeMap<i64, ReviewRow>,
    until: Option<DateTime<Utc>>,
    asked: bool,
) -> StageStatus {
    let past = |at: Option<DateTime<Utc>>| until.is_none_or(|until| at.is_none_or(|at| at <= until));
    let mut latest = BTreeMap::new();
    for (id, row) in reviews.iter().filter(|(_, row)| past(row.submitted_at)) {
        let verdict = match row.state {
            ReviewState::Approved => Some(true),
            ReviewState::ChangesRequested => Some(false),
            ReviewState::Dismissed => None,
            ReviewState::Commented | ReviewState::Pending | ReviewState::Other(_) => continue,
        };
        let dismissed = row.dismissed_at.is_some() && past(row.dismissed_at);
        let entry = (row.submitted_at, dismissed, *id, verdict.filter(|_| !dismissed));
        let best = latest.entry(row.reviewer.as_str()).or_insert(entry);
        *best = entry.max(*best);
    }
    let verdicts: Vec<bool> = latest.values().filter_map(|(_, _, _, verdict)| *verdict).collect();
    if verdicts.contains(&false) {
        StageStatus::Failed
    } else if verdicts.contains(&true) {
        StageStatus::Passed
    } else if asked {
        StageStatus::Running
    } else {
        StageStatus::Pending
    }
}
