//! `pipeline_runs.history`: entries that are kept as facts made them, and entries that are told anew each time.
//!
//! Kept are `state` (one for each picture of the pull request: `draft`, `open`, `closed`, `merged`, with its head),
//! `queue` (a position, or `left`; see `queue`), `files` (the head that `files_changed` is of), `mergeable` (see `mergeability`) and
//! `gone` (see `presence`). An entry depends on its fact alone, so that the entries are a set; and the newest `KEPT` of a
//! set, the newest of each kind among them, are the same whichever came first. Told anew are `head`, `review` and
//! `status_*` (see `timeline`), and the `gone` of a repository.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::{
    HISTORY,
    field::{FILES, GONE, MERGEABLE, OF, STATE},
    mergeability::{self, SHA},
    presence, queue,
};
use crate::facts::{
    fact::{FilesSeen, PullRequestSeen, PullState},
    rows::{HistoryItem, PipelineRunRow, PullRequestRow},
};

/// Kept entries.
const KEPT: usize = 140;

/// The fields that are told anew.
pub(super) const TOLD: [&str; 6] =
    ["head", "review", "status_pr", "status_build", "status_approval", "status_merge"];

impl HistoryItem {
    /// A text of its `meta`.
    pub(super) fn note(&self, name: &str) -> Option<&str> {
        self.meta.as_ref()?.get(name)?.as_str()
    }

    /// The pull request's `updated_at` as of which it was said.
    pub(super) fn of(&self) -> DateTime<Utc> {
        self.note(OF).and_then(|of| of.parse().ok()).unwrap_or(self.at)
    }

    /// The note of it.
    pub(super) fn of_note(of: DateTime<Utc>) -> String {
        of.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// A flag of its `meta`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.meta.as_ref().and_then(|meta| meta.get(name)) == Some(&Value::Bool(true))
    }

    /// Whether it is a picture of a pull request that has ended.
    pub(super) fn is_end(&self) -> bool {
        self.field == STATE && matches!(self.value.as_str(), "closed" | "merged")
    }
}

impl PipelineRunRow {
    /// The head that `files_changed` is of.
    pub fn files_head(&self) -> Option<&str> {
        self.files().map(|item| item.value.as_str())
    }

    fn files(&self) -> Option<&HistoryItem> {
        self.history.iter().rev().find(|item| item.field == FILES)
    }
}

/// The total order: by time; of one second as in [`TOLD`], kept ones first; states as they follow each other.
pub(super) fn order(item: &HistoryItem) -> impl Ord + use<> {
    let field = TOLD.iter().position(|field| *field == item.field).map_or(0, |at| at + 1);
    let value = ["draft", "open", "closed", "merged"].iter().position(|word| *word == item.value);
    let meta = item.meta.as_ref().map(ToString::to_string);
    (item.at, field, item.field.clone(), value, item.value.clone(), meta)
}

/// The entry of a picture of the pull request.
pub(super) fn picture(at: DateTime<Utc>, seen: &PullRequestSeen) -> HistoryItem {
    let value = match seen.state {
        PullState::Draft => "draft",
        PullState::Open => "open",
        PullState::Closed { .. } => "closed",
        PullState::Merged { .. } => "merged",
    };
    let mut meta = Map::from_iter([(SHA.to_owned(), Value::from(seen.head_sha.as_str()))]);
    let word = seen.mergeable_state.as_deref().and_then(mergeability::known);
    meta.extend(word.map(|word| (MERGEABLE.to_owned(), word.into())));
    let flags = [("auto_merge", seen.auto_merge), ("asked", !seen.reviewers.is_empty())];
    meta.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name.to_owned(), true.into())));
    HistoryItem { at, field: STATE.into(), value: value.into(), meta: Some(meta.into()) }
}

/// The newest list of files takes the place of an older one: by time, then head, then content.
pub(super) fn fold_files(
    kept: &mut Vec<HistoryItem>,
    row: &mut PullRequestRow,
    at: DateTime<Utc>,
    seen: &FilesSeen,
) {
    let meta = seen.base_branch.as_ref().map(|base| serde_json::json!({ "base": base }));
    let item = HistoryItem { at, field: FILES.into(), value: seen.head_sha.clone(), meta };
    let newest = kept.iter().filter(|item| item.field == FILES).max_by_key(|item| order(item));
    let text = |files: &Value| files.to_string();
    let newer = newest.is_none_or(|newest| {
        let content = || row.files_changed.as_ref().is_none_or(|old| text(&seen.files) > text(old));
        order(&item) > order(newest) || (item == *newest && content())
    });
    if newer {
        row.files_changed = Some(Arc::clone(&seen.files));
        kept.retain(|item| item.field != FILES);
        kept.push(item);
    }
}

/// The kept entries of a stored history.
pub(super) fn kept(history: &[HistoryItem]) -> Vec<HistoryItem> {
    let is_told =
        |item: &HistoryItem| TOLD.contains(&item.field.as_str()) || presence::is_of_repository(item);
    history.iter().filter(|item| !is_told(item)).cloned().collect()
}

/// Sorted, each once, the newest [`KEPT`]; the newest of each kind stays whatever its age.
pub(super) fn cut(mut items: Vec<HistoryItem>) -> Vec<HistoryItem> {
    items.sort_by_cached_key(order);
    items.dedup();
    presence::compact(&mut items);
    let gone = presence::absences(&items);
    mergeability::compact(&mut items, &gone);
    queue::compact(&mut items);
    items.sort_by_cached_key(order);
    let newest_of = |field| items.iter().rposition(|item| item.field == field);
    let at = |item| items.iter().position(|other| other == item);
    let (word, place) = (mergeability::newest(items.iter()), queue::newest(items.iter()));
    let [word, place] = [word, place].map(|item| item.and_then(at));
    let newest = [newest_of(STATE), place, newest_of(FILES), newest_of(GONE), word];
    // The same room whether or not two of these are one entry: else what is cut would depend on which came first.
    let room = KEPT - newest.len();
    let mut stays: Vec<bool> = (0..items.len()).map(|at| newest.contains(&Some(at))).collect();
    for stay in stays.iter_mut().rev().filter(|stay| !**stay).take(room) {
        *stay = true;
    }
    let mut stays = stays.into_iter();
    items.retain(|_| stays.next() == Some(true));
    items
}

/// Both kinds in order, the told ones as far as there is room.
pub(super) fn join(kept: Vec<HistoryItem>, mut told: Vec<HistoryItem>) -> Vec<HistoryItem> {
    told.sort_by_cached_key(order);
    let surplus = told.len().saturating_sub(HISTORY.saturating_sub(kept.len()));
    let mut all = kept;
    all.extend(told.into_iter().skip(surplus));
    all.sort_by_cached_key(order);
    all
}
