//! The whole history of a pull request, as a person would tell it.

use chrono::{DateTime, Utc};

use super::{deed, stage_of};
use crate::domain::{
    ids::Sha,
    pipeline::{HistoryEntry, Stage, StageStatus},
    pull_request::PullRequest,
};

/// Something that happened, with or without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Option<DateTime<Utc>>,
    /// How it went, where it went well or badly.
    pub sign: Option<StageStatus>,
    /// `build failed`, `approved by bo`.
    pub what: String,
}

/// Entries that the reducer keeps for itself: what they tell shows in the stages.
const OWN: [&str; 3] = ["files", "mergeable", "gone"];
/// The pictures of a pull request, for those whose stages are not told.
const PICTURE: &str = "state";

impl PullRequest {
    /// What happened, newest first. A stage that turned by what somebody did is not told beside it, nor one that only
    /// began.
    pub fn timeline(&self, history: &[HistoryEntry]) -> Vec<Event> {
        let tells_stages = history.iter().any(|entry| stage_of(&entry.field).is_some());
        let is_own = |field: &str| OWN.contains(&field) || (field == PICTURE && tells_stages);
        let entries = history.iter().enumerate().filter(|(_, entry)| !is_own(&entry.field));
        let events = entries.filter_map(|(n, entry)| {
            let (sign, what) = match (deed(entry), stage_of(&entry.field)) {
                (Some((_, what)), _) => (verdict(entry), self.with_head(entry, what)),
                (None, Some(stage)) => {
                    let is_told = |other: &HistoryEntry| {
                        entry.at.is_some()
                            && other.at == entry.at
                            && deed(other).is_some_and(|(of, _)| of == stage)
                    };
                    if history.iter().any(is_told) {
                        return None;
                    }
                    let before = history[n + 1..].iter().find(|older| older.field == entry.field);
                    let before = before.map(|entry| StageStatus::parse(&entry.value));
                    let status = StageStatus::parse(&entry.value);
                    (Some(status.clone()), self.step(stage, &status, before.as_ref())?)
                }
                (None, None) => (None, format!("{}: {}", entry.field.replace('_', " "), entry.value)),
            };
            Some(Event { at: entry.at, sign, what })
        });
        events.collect()
    }

    /// A stage's new state in words; nothing where it only began.
    fn step(&self, stage: Stage, status: &StageStatus, before: Option<&StageStatus>) -> Option<String> {
        use StageStatus::{Passed, Pending, Running};
        let text = match (stage, status, before) {
            (Stage::Pr, Passed, None) => "opened",
            (Stage::Pr, Running, None) => "opened as a draft",
            (Stage::Pr, Running, Some(_)) => "a draft again",
            // What was between two entries of the same word is not known.
            (Stage::Build, Pending, None) | (Stage::Build, Running, Some(Running)) => return None,
            (Stage::Build, Running, _) => "build started",
            (stage, status, before) => return self.told(stage, status, before),
        };
        Some(text.to_owned())
    }

    /// `new commits, up to abc1234`.
    fn with_head(&self, entry: &HistoryEntry, what: String) -> String {
        match (entry.field.as_str(), Sha::parse(&entry.value)) {
            ("head", Some(sha)) if entry.at == self.created_at => format!("commits up to {}", sha.short()),
            ("head", Some(sha)) => format!("{what}, up to {}", sha.short()),
            _ => what,
        }
    }
}

/// How a review went.
fn verdict(entry: &HistoryEntry) -> Option<StageStatus> {
    match (entry.field.as_str(), entry.value.as_str()) {
        ("review", "approved") => Some(StageStatus::Passed),
        ("review", "changes_requested") => Some(StageStatus::Failed),
        _ => None,
    }
}
