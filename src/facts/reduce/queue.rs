//! The place in the merge queue: `queue` entries, and which of them holds.
//!
//! A delivery tells it as of the pull request's `updated_at`. An answer tells it as of its own time, for places move
//! without an update: it is newer than whatever was delivered as of the `updated_at` that it names, and older than what is
//! delivered as of a later one. An answer is told again and again, so that of the same places, one after the other, the
//! first is kept alone: the rows stay as they are.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::field::{OF, QUEUE};
use crate::facts::{fact::MergeQueueSeen, rows::HistoryItem};

/// The value of one that is in it no more.
const LEFT: &str = "left";

pub(super) fn entry(at: DateTime<Utc>, seen: &MergeQueueSeen) -> HistoryItem {
    let value = seen.position.map_or_else(|| LEFT.to_owned(), |position| position.to_string());
    let meta = seen.updated_at.map(|of| json!({ OF: HistoryItem::of_note(of) }));
    HistoryItem { at, field: QUEUE.to_owned(), value, meta }
}

/// By the pull request's `updated_at`, then by when it was said; of a tie, an answer over a delivery, out of the queue over
/// in it.
fn order(item: &HistoryItem) -> impl Ord + use<> {
    (item.of(), item.at.max(item.of()), item.meta.is_some(), item.value.clone())
}

/// The newest of the entries that tell it.
pub(super) fn newest<'a>(items: impl Iterator<Item = &'a HistoryItem>) -> Option<&'a HistoryItem> {
    items.filter(|item| item.field == QUEUE).max_by_key(|item| order(item))
}

/// The place at a time (`None`: now). An end of the pull request is an end of that too.
pub(super) fn position(kept: &[HistoryItem], until: Option<DateTime<Utc>>) -> Option<i32> {
    let items = || kept.iter().filter(|item| until.is_none_or(|until| item.at <= until));
    let place = newest(items())?;
    let is_over = items().any(|item| item.is_end() && item.at >= place.of());
    place.value.parse().ok().filter(|_| !is_over)
}

/// Leaves of the same answers, one after the other, the first.
pub(super) fn compact(items: &mut Vec<HistoryItem>) {
    let mut said: Vec<HistoryItem> = items.extract_if(.., |item| item.field == QUEUE).collect();
    said.sort_by_cached_key(order);
    said.dedup_by(|item, before| {
        item.meta.is_some() && item.meta == before.meta && item.value == before.value
    });
    items.append(&mut said);
}
