//! Whether a pull request can be merged: words said with a picture or on their own, and which of them holds.
//!
//! GitHub works the word out when asked, and counts it as no update: what a picture carries is as old as the picture, and
//! an answer's word is dated by the answer. An answer is told again and again, so that of the same words, one after the
//! other, the first is kept alone: the rows stay as they are. What was said between two of them and comes after both is
//! taken for newer; deliveries are not, as they are older than any answer about the same `updated_at`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::field::{MERGEABLE, OF};
use crate::{
    domain::pull_request::is_conflict,
    facts::{fact::MergeabilitySeen, rows::HistoryItem},
};

/// The note of the head.
pub(super) const SHA: &str = "sha";

impl MergeabilitySeen {
    /// GitHub's word as it is stored, if it knows: a conflict is `dirty`, whatever else holds the merge back; where the
    /// rest is not known, `mergeable` says at least that there is none.
    pub fn word(&self) -> Option<String> {
        let mergeable = self.mergeable.as_deref().and_then(known);
        let state = self.merge_state.as_deref().and_then(known);
        match mergeable {
            Some(word) if is_conflict(&word) => Some("dirty".to_owned()),
            word => state.or(word),
        }
    }
}

/// A word in small letters, unless it says that GitHub does not know.
pub(super) fn known(word: &str) -> Option<String> {
    let word = word.trim().to_lowercase();
    (!word.is_empty() && word != "unknown").then_some(word)
}

/// The entry of a word that is known.
pub(super) fn entry(at: DateTime<Utc>, seen: &MergeabilitySeen) -> Option<HistoryItem> {
    let of = HistoryItem::of_note(seen.updated_at);
    Some(HistoryItem {
        at,
        field: MERGEABLE.to_owned(),
        value: seen.word()?,
        meta: Some(json!({ SHA: seen.head_sha, OF: of })),
    })
}

/// The word that an entry carries.
fn word(item: &HistoryItem) -> Option<&str> {
    if item.field == MERGEABLE { Some(&item.value) } else { item.note(MERGEABLE) }
}

/// By the pull request's `updated_at`, then by when it was said; of a tie, an answer's word over a picture's, a conflict
/// over none.
fn order(item: &HistoryItem) -> impl Ord + use<> {
    let of = item.of();
    let word = word(item).map(|word| (is_conflict(word), word.to_owned()));
    (of, item.at.max(of), item.field == MERGEABLE, word, item.note(SHA).map(str::to_owned))
}

/// The newest of the entries that carry a word.
pub(super) fn newest<'a>(items: impl Iterator<Item = &'a HistoryItem>) -> Option<&'a HistoryItem> {
    items.filter(|item| word(item).is_some()).max_by_key(|item| order(item))
}

/// The word about this head at a time (`None`: now).
pub(super) fn of_head(kept: &[HistoryItem], head: &str, until: Option<DateTime<Utc>>) -> Option<String> {
    let items = kept.iter().filter(|item| until.is_none_or(|until| item.at <= until));
    newest(items).filter(|item| item.note(SHA) == Some(head)).and_then(word).map(str::to_owned)
}

/// Whether it says once more what the answer before it said, while the pull request was there (`gone`: when it was not).
fn repeats(item: &HistoryItem, before: &HistoryItem, gone: &[DateTime<Utc>]) -> bool {
    let between = |gone: &DateTime<Utc>| before.at <= *gone && *gone < item.at;
    item.value == before.value && item.meta == before.meta && !gone.iter().any(between)
}

/// Leaves of the same answers, one after the other, the first.
pub(super) fn compact(items: &mut Vec<HistoryItem>, gone: &[DateTime<Utc>]) {
    let mut said: Vec<HistoryItem> = items.extract_if(.., |item| item.field == MERGEABLE).collect();
    said.sort_by_cached_key(order);
    for item in said {
        let before = items.last().filter(|before| before.field == MERGEABLE);
        if !before.is_some_and(|before| repeats(&item, before, gone)) {
            items.push(item);
        }
    }
}
