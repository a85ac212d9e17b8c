//! What happened when: the kept rows played through in time. From it come the `*_since` and the told entries of the
//! history. It is computed anew each time; what is not kept (superseded attempts, checks of earlier heads) is
//! not in it, and nothing is told in its place.

use chrono::{DateTime, Utc};

use super::{
    builds,
    field::STATE,
    history::TOLD,
    mergeability::{self, SHA},
    presence, queue, reviews,
    stages::{self, Changes, Waits, push},
};
use crate::{
    domain::{
        pipeline::{Stage, StageStatus},
        pull_request::is_conflict,
    },
    facts::rows::{HistoryItem, PullRequestRow, Stored},
};

/// The story of a pull request.
pub(super) struct Story {
    stages: [Changes; 4],
    others: Vec<HistoryItem>,
}

impl Story {
    /// Since when a stage is as it is, where that is known.
    pub(super) fn since(&self, stage: Stage) -> Option<DateTime<Utc>> {
        self.stages[stage.index()].last().filter(|(_, status)| status.is_some()).map(|(at, _)| *at)
    }

    /// As entries of the history.
    pub(super) fn into_items(self) -> Vec<HistoryItem> {
        let mut items = self.others;
        for (field, changes) in TOLD[2..].iter().zip(self.stages) {
            let known = changes.into_iter().filter_map(|(at, status)| Some((at, status?)));
            items.extend(known.map(|(at, status)| HistoryItem {
                at,
                field: (*field).to_owned(),
                value: status.word().to_owned(),
                meta: None,
            }));
        }
        items
    }
}

/// Plays the kept rows through; `now` is where each stage must end.
pub(super) fn tell(stored: &Stored, kept: &[HistoryItem], now: &[StageStatus; 4]) -> Story {
    let pull = stored.pull.as_ref();
    let mut stages: [Changes; 4] = Default::default();
    let mut times: Vec<DateTime<Utc>> = kept.iter().map(|item| item.at).collect();
    times.extend(stored.reviews.values().flat_map(|row| [row.submitted_at, row.dismissed_at]).flatten());
    times.extend(pull.and_then(|pull| pull.created_at));
    times.sort_unstable();
    times.dedup();
    for at in times {
        let picture = kept.iter().rev().find(|item| item.field == STATE && item.at <= at);
        let word = picture.map(|item| item.value.as_str());
        let word = match word {
            Some("draft" | "open") if presence::gone_at(kept, Some(at)).is_some() => Some("closed"),
            word => word,
        };
        let flag = |name| picture.is_some_and(|item| item.flag(name));
        let open = !matches!(word, Some("closed" | "merged"));
        let waits = Waits {
            conflict: conflicts(kept, picture.and_then(|item| item.note(SHA)), at),
            queued: queue::position(kept, Some(at)).is_some(),
            auto_merge: flag("auto_merge"),
        };
        if word.is_some() {
            push(&mut stages[0], at, stages::pr(word));
        }
        push(&mut stages[2], at, reviews::approval(&stored.reviews, Some(at), open && flag("asked")));
        push(&mut stages[3], at, stages::merge(word, waits));
    }
    if let Some((pull, head)) = pull.and_then(|pull| Some((pull, pull.commit_sha.as_deref()?))) {
        stages[1] = builds::play(stored, head, arrival(pull, kept, head), &now[1]);
    }
    // Nothing is known from before the first picture: it was so from the beginning.
    if let (Some((at, _)), Some(created_at)) = (stages[0].first_mut(), pull.and_then(|pull| pull.created_at))
    {
        *at = created_at.min(*at);
    }
    for (changes, status) in stages.iter_mut().zip(now) {
        settle(changes, status, pull);
    }
    Story { stages, others: others(stored, kept) }
}

/// Whether this head could not be merged as it stood.
fn conflicts(kept: &[HistoryItem], head: Option<&str>, at: DateTime<Utc>) -> bool {
    let word = head.and_then(|head| mergeability::of_head(kept, head, Some(at)));
    word.as_deref().is_some_and(is_conflict)
}

/// Makes the end what the rows say, and dates the pull request's own end as they do.
fn settle(changes: &mut Changes, status: &StageStatus, pull: Option<&PullRequestRow>) {
    let Some(pull) = pull else { return };
    if changes.last().is_some_and(|(_, last)| last.is_none()) {
        return;
    }
    let known = pull.github_updated_at.or(pull.created_at);
    if let Some(at) = changes.last().map(|(at, _)| *at).max(known) {
        push(changes, at, status.clone());
    }
    if let (Some((at, Some(StageStatus::Merged | StageStatus::Closed))), Some(closed_at)) =
        (changes.last_mut(), pull.closed_at)
    {
        *at = closed_at;
    }
}

/// When the head came.
fn arrival(pull: &PullRequestRow, kept: &[HistoryItem], head: &str) -> Option<DateTime<Utc>> {
    let pictures = || kept.iter().rev().filter(|item| item.field == STATE);
    let moved = pictures().any(|item| item.note(SHA) != Some(head));
    let arrival = pictures().take_while(|item| item.note(SHA) == Some(head)).last().map(|item| item.at);
    if moved { arrival } else { pull.created_at.or(arrival) }
}

/// Heads and reviews.
fn others(stored: &Stored, kept: &[HistoryItem]) -> Vec<HistoryItem> {
    let item = |at, field: usize, value: &str, meta| HistoryItem {
        at,
        field: TOLD[field].to_owned(),
        value: value.to_owned(),
        meta,
    };
    let mut items = Vec::new();
    let mut head = None;
    for picture in kept.iter().filter(|item| item.field == STATE) {
        let sha = picture.note(SHA);
        if sha != head {
            items.extend(sha.map(|sha| item(picture.at, 0, sha, None)));
            head = sha;
        }
    }
    for row in stored.reviews.values() {
        let by = |at, word: &str| item(at, 1, word, Some(serde_json::json!({ "by": row.reviewer })));
        items.extend(row.submitted_at.map(|at| by(at, row.state.word())));
        items.extend(row.dismissed_at.map(|at| by(at, "dismissed")));
    }
    items
}
