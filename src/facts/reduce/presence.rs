//! Whether a pull request is there at all.
//!
//! One that GitHub does not have any more is shown as closed, since then. No state says "gone", its end was not seen, and
//! to leave it open would have it waited for and counted for ever; nobody can act on it. Whatever was known of it stays,
//! and the history tells it by its name.

use chrono::{DateTime, Utc};

use super::field::{GONE, MERGEABLE, STATE};
use crate::facts::rows::{HistoryItem, PullRequestRow};

/// The entry of its absence.
pub(super) fn absence(at: DateTime<Utc>) -> HistoryItem {
    HistoryItem { at, field: GONE.to_owned(), value: "gone".to_owned(), meta: None }
}

/// Since when it is not there, at a time (`None`: now): a picture or a word of it after that takes the absence back.
pub(super) fn gone_at(kept: &[HistoryItem], until: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let items = kept.iter().rev().filter(|item| until.is_none_or(|until| item.at <= until));
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

/// The row as its picture made it.
pub(super) fn reopen(row: &mut PullRequestRow, kept: &[HistoryItem]) {
    let pictured = kept
        .iter()
        .any(|item| item.field == STATE && item.is_end() && Some(item.at) == row.github_updated_at);
    if !pictured && row.merged_at.is_none() && row.closed_at.is_some() && row.closed_at == gone_at(kept, None)
    {
        row.state = Some("open".to_owned());
        row.closed_at = None;
    }
}
