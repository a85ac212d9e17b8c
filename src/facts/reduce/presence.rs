//! Whether a pull request is there at all.
//!
//! One that GitHub does not have any more is shown as closed, since then. No state says "gone", its end was not seen, and
//! to leave it open would have it waited for and counted for ever; nobody can act on it. Whatever was known of it stays,
//! and the history tells it by its name.

use chrono::{DateTime, TimeDelta, Utc};

use super::field::{GONE, MERGEABLE, STATE};
use crate::facts::rows::{HistoryItem, PullRequestRow};

/// What the entry says that follows from the end of its repository.
const WITH_REPOSITORY: &str = "repository";

/// The entry of its absence.
pub(super) fn absence(at: DateTime<Utc>) -> HistoryItem {
    HistoryItem { at, field: GONE.to_owned(), value: "gone".to_owned(), meta: None }
}

/// The entry of its repository's absence, after its newest picture: when the repository went, nobody tells.
pub(super) fn absence_of_repository(gone_at: DateTime<Utc>, kept: &[HistoryItem]) -> HistoryItem {
    let pictured_at = kept.iter().rev().find(|item| item.field == STATE).map(|item| item.at);
    let at = pictured_at.map_or(gone_at, |at| gone_at.max(at + TimeDelta::milliseconds(1)));
    HistoryItem { value: WITH_REPOSITORY.to_owned(), ..absence(at) }
}

pub(super) fn is_of_repository(item: &HistoryItem) -> bool {
    item.field == GONE && item.value == WITH_REPOSITORY
}

/// Since when it is not there, at a time (`None`: now): a picture or a word of it after that takes the absence back, but
/// not that of its repository.
pub(super) fn gone_at(kept: &[HistoryItem], until: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let items = kept.iter().rev().filter(|item| until.is_none_or(|until| item.at <= until));
    if let Some(item) = items.clone().find(|item| is_of_repository(item)) {
        return Some(item.at);
    }
    let mut signs = items.filter(|item| [GONE, STATE, MERGEABLE].contains(&item.field.as_str()));
    signs.next().filter(|item| item.field == GONE).map(|item| item.at)
}

/// All times at which it was not there.
pub(super) fn absences(kept: &[HistoryItem]) -> Vec<DateTime<Utc>> {
    kept.iter().filter(|item| item.field == GONE).map(|item| item.at).collect()
}

/// Leaves of absences, one after the other, the first. `items` are in order.
pub(super) fn compact(items: &mut Vec<HistoryItem>) {
    let mut gone = false;
    items.retain(|item| match item.field.as_str() {
        GONE => !std::mem::replace(&mut gone, true),
        STATE | MERGEABLE => {
            gone = false;
            true
        }
        _ => true,
    });
}

/// Shows it as closed if it is not there.
pub(super) fn close(row: &mut PullRequestRow, kept: &[HistoryItem]) {
    if let Some(at) = gone_at(kept, None).filter(|_| row.is_open()) {
        row.state = Some("closed".to_owned());
        row.closed_at = Some(at);
    }
}

/// The row as its picture made it. `history` is as it is stored.
pub(super) fn reopen(row: &mut PullRequestRow, history: &[HistoryItem]) {
    let pictured = history
        .iter()
        .any(|item| item.field == STATE && item.is_end() && Some(item.at) == row.github_updated_at);
    let is_shown = row.closed_at.is_some() && row.closed_at == gone_at(history, None);
    if !pictured && row.merged_at.is_none() && is_shown {
        // Of one that was never seen no state is known.
        row.state = row.commit_sha.is_some().then(|| "open".to_owned());
        row.closed_at = None;
    }
}
