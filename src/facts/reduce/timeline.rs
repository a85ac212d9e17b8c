//! What happened when: the kept rows played through in time. From it come the `*_since` and the told entries of the
//! history. It is computed anew each time; what is not kept (superseded attempts, checks of earlier heads) is
//! not in it.

use chrono::{DateTime, Utc};

use super::{
    checks::{self, Outcome},
    field::STATE,
    history::TOLD,
    mergeability::{self, SHA},
    presence, queue, reviews,
    stages::{self, Waits},
};
use crate::{
    domain::{
        pipeline::{Stage, StageStatus},
        pull_request::is_conflict,
    },
    facts::rows::{CheckRow, HistoryItem, PullRequestRow, Stored},
};

/// Changes of one stage, oldest first.
type Changes = Vec<(DateTime<Utc>, StageStatus)>;

/// The story of a pull request.
pub(super) struct Story {
    stages: [Changes; 4],
    others: Vec<HistoryItem>,
}

impl Story {
    /// Since when a stage is as it is.
    pub(super) fn since(&self, stage: Stage) -> Option<DateTime<Utc>> {
        self.stages[stage.index()].last().map(|(at, _)| *at)
    }

    /// As entries of the history.
    pub(super) fn into_items(self) -> Vec<HistoryItem> {
        let mut items = self.others;
        for (field, changes) in TOLD[2..].iter().zip(self.stages) {
            items.extend(changes.into_iter().map(|(at, status)| HistoryItem {
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
    stages[1] = builds(stored, kept);
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

fn push(changes: &mut Changes, at: DateTime<Utc>, status: StageStatus) {
    if changes.last().is_none_or(|(_, last)| *last != status) {
        changes.push((at, status));
    }
}

/// Makes the end what the rows say, and dates the pull request's own end as they do.
fn settle(changes: &mut Changes, status: &StageStatus, pull: Option<&PullRequestRow>) {
    let Some(pull) = pull else { return };
    let known = pull.github_updated_at.or(pull.created_at);
    if let Some(at) = changes.last().map(|(at, _)| *at).max(known) {
        push(changes, at, status.clone());
    }
    if let (Some((at, StageStatus::Merged | StageStatus::Closed)), Some(closed_at)) =
        (changes.last_mut(), pull.closed_at)
    {
        *at = closed_at;
    }
}

/// The builds of the head: pending from its arrival, then as its checks begin and end.
fn builds(stored: &Stored, kept: &[HistoryItem]) -> Changes {
    let Some(pull) = &stored.pull else { return Vec::new() };
    let Some(head) = pull.commit_sha.as_deref() else { return Vec::new() };
    let checks = checks::of_head(&stored.checks, head);
    let mut times: Vec<_> = checks.iter().flat_map(|row| [begin(row), end(row)]).flatten().collect();
    let pictures = || kept.iter().rev().filter(|item| item.field == STATE);
    let moved = pictures().any(|item| item.note(SHA) != Some(head));
    let arrival = pictures().take_while(|item| item.note(SHA) == Some(head)).last().map(|item| item.at);
    times.extend(if moved { arrival } else { pull.created_at.or(arrival) });
    times.sort_unstable();
    times.dedup();
    let mut changes = Vec::new();
    for at in times {
        let outcomes: Vec<Outcome> =
            checks
                .iter()
                .filter(|row| begin(row).is_some_and(|begin| begin <= at))
                .map(|row| {
                    if end(row).is_some_and(|end| end <= at) {
                        checks::outcome(row)
                    } else {
                        Outcome::Running
                    }
                })
                .collect();
        push(&mut changes, at, checks::build(&outcomes));
    }
    changes
}

/// When a check began, as well as we know.
fn begin(row: &CheckRow) -> Option<DateTime<Utc>> {
    row.started_at
        .or(row.completed_at)
        .or(row.github_updated_at)
        .map(|at| end(row).map_or(at, |end| at.min(end)))
}

/// When it ended; `None` while it runs.
fn end(row: &CheckRow) -> Option<DateTime<Utc>> {
    match checks::outcome(row) {
        Outcome::Running => None,
        Outcome::Good | Outcome::Neutral | Outcome::Bad | Outcome::Unclear => {
            row.completed_at.or(row.github_updated_at)
        }
    }
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
