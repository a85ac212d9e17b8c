//! The four stages, from the kept rows.

use chrono::{DateTime, Utc};

use super::{checks, reviews};
use crate::{
    domain::{pipeline::StageStatus, pr_state::PrState},
    facts::rows::{PullRequestRow, Stored},
};

/// The four stages as they stand, in order.
pub(super) fn now(stored: &Stored) -> [StageStatus; 4] {
    let pull = stored.pull.as_ref();
    let state = pull.and_then(PullRequestRow::state);
    let word = match &state {
        Some(PrState::Open) if pull.is_some_and(|pull| pull.is_draft == Some(true)) => Some("draft"),
        state => state.as_ref().map(PrState::word),
    };
    let asked = pull.is_some_and(|pull| pull.is_open() && !pull.reviewers.is_empty());
    let head = pull.and_then(|pull| pull.commit_sha.as_deref());
    let outcomes: Vec<_> = head
        .map(|head| checks::of_head(&stored.checks, head).into_iter().map(checks::outcome).collect())
        .unwrap_or_default();
    let waits = pull.map_or(Waits::default(), |pull| Waits {
        conflict: pull.has_conflict(),
        queued: pull.queue_position.is_some(),
        auto_merge: pull.auto_merge == Some(true),
    });
    [pr(word), checks::build(&outcomes), reviews::approval(&stored.reviews, None, asked), merge(word, waits)]
}

/// Changes of one stage, oldest first; `None` where it is not known how it was.
pub(super) type Changes = Vec<(DateTime<Utc>, Option<StageStatus>)>;

/// `None`: from then on it is not known.
pub(super) fn push(changes: &mut Changes, at: DateTime<Utc>, status: impl Into<Option<StageStatus>>) {
    let status = status.into();
    if changes.last().is_none_or(|(_, last)| *last != status) {
        changes.push((at, status));
    }
}

/// The first stage, by the state's word.
pub(super) fn pr(word: Option<&str>) -> StageStatus {
    match word {
        None => StageStatus::Pending,
        Some("draft") => StageStatus::Running,
        Some("closed") => StageStatus::Closed,
        Some("merged") => StageStatus::Merged,
        Some(_) => StageStatus::Passed,
    }
}

/// What an open pull request waits for on its way into the base branch.
#[derive(Clone, Copy, Default)]
pub(super) struct Waits {
    pub conflict: bool,
    pub queued: bool,
    pub auto_merge: bool,
}

/// The last stage: a reopened pull request begins anew.
pub(super) fn merge(word: Option<&str>, waits: Waits) -> StageStatus {
    match word {
        Some("merged") => StageStatus::Merged,
        Some("closed") => StageStatus::Closed,
        _ if waits.conflict => StageStatus::Failed,
        _ if waits.queued || waits.auto_merge => StageStatus::Running,
        _ => StageStatus::Pending,
    }
}
