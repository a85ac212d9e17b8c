//! What the reader does on GitHub from here: its echo on the board is no news.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Seen;
use crate::domain::{
    hub::ActKind,
    ids::PrKey,
    pipeline::{Stage, StageStatus},
    print::{Part, Print},
    pull_request::PullRequest,
};

/// So long what is done from here may take to show.
const ECHO: TimeDelta = TimeDelta::minutes(2);

/// What was done to a pull request from here.
#[derive(Clone, Debug)]
pub(super) struct Acted {
    /// As it was noted last.
    was: PullRequest,
    doings: Vec<Doing>,
}

#[derive(Clone, Debug)]
struct Doing {
    order: Uuid,
    kind: ActKind,
    at: DateTime<Utc>,
    /// The board shows it.
    has_come: bool,
}

impl Doing {
    /// Whether a change of this part, to this pull request, comes of it.
    fn brings(&self, part: Part, pr: &PullRequest) -> bool {
        if !self.has_come {
            return self.kind.changes(part);
        }
        let has_begun = matches!(pr.status(Stage::Build), StageStatus::Pending | StageStatus::Running);
        self.kind.begins_builds() && has_begun && matches!(part, Part::Build | Part::Merge)
    }
}

impl Seen {
    /// This is done to it from here now.
    pub(in crate::tui) fn act(
        &mut self,
        pr: &PullRequest,
        (order, kind): (Uuid, ActKind),
        now: DateTime<Utc>,
    ) {
        let acted = self.acted.entry(pr.key).or_insert_with(|| Acted { was: pr.clone(), doings: Vec::new() });
        acted.doings.push(Doing { order, kind, at: now, has_come: false });
    }

    /// This order was not carried out after all, if it was begun.
    pub(in crate::tui) fn forget_act(&mut self, key: PrKey, order: Uuid) {
        if let Some(acted) = self.acted.get_mut(&key) {
            acted.doings.retain(|doing| doing.order != order);
        }
    }

    /// Whether all that makes it another than the reader saw last comes of what was done from here: of that itself, or
    /// of anything while the reader stays there to see it.
    pub(super) fn is_echo(&mut self, pr: &PullRequest, is_watched: bool, now: DateTime<Utc>) -> bool {
        let Some(acted) = self.acted.get_mut(&pr.key) else { return false };
        acted.doings.retain(|doing| now - doing.at < ECHO);
        if acted.doings.is_empty() {
            self.acted.remove(&pr.key);
            return false;
        }
        let is_seen = self.prints.get(&pr.key) == Some(&Print::of(&acted.was));
        let parts = Part::differing(&acted.was, pr);
        let is_own = parts.iter().all(|part| acted.doings.iter().any(|doing| doing.brings(*part, pr)));
        for doing in &mut acted.doings {
            doing.has_come |= parts.iter().any(|part| doing.kind.shows_in(*part));
        }
        acted.was = pr.clone();
        is_watched || is_seen && is_own
    }
}
