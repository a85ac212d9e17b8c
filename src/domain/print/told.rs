//! What of a pull request has changed since a print was made, in words.

use super::{Fnv, Print};
use crate::domain::{
    change::turned,
    insight::Risk,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
};

/// What a print tells of its pull request beside whether it is another one. Prints of former versions tell nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    is_known: bool,
    state: u8,
    build: u8,
    approval: u8,
    merge: u8,
    conflict: bool,
    queued: bool,
    asked: u8,
    head: u8,
}

/// Bits of each number, and the number of all of them.
const WORD: u32 = 3;
const HEAD: u32 = 6;
const MOST: u8 = (1 << WORD) - 1;

impl Summary {
    pub(super) fn of(pr: &PullRequest) -> Self {
        let mut head = Fnv::default();
        head.put(pr.head.as_ref().map_or("", |head| head.as_str()));
        Self {
            is_known: true,
            state: state(&pr.state),
            build: word(pr.status(Stage::Build)),
            approval: word(pr.status(Stage::Approval)),
            merge: word(pr.status(Stage::Merge)),
            conflict: pr.conflict,
            queued: pr.queue_position.is_some(),
            asked: u8::try_from(pr.reviewers.len()).unwrap_or(MOST).min(MOST),
            head: head.folded().to_le_bytes()[0] >> (u8::BITS - HEAD),
        }
    }

    /// In 24 bits.
    pub(super) fn bytes(self) -> [u8; 3] {
        let flag = |is: bool| (u8::from(is), 1);
        let parts = [
            flag(self.is_known),
            (self.state, WORD),
            (self.build, WORD),
            (self.approval, WORD),
            (self.merge, WORD),
            flag(self.conflict),
            flag(self.queued),
            (self.asked, WORD),
            (self.head, HEAD),
        ];
        let [a, b, c, _] =
            parts.into_iter().fold(0_u32, |all, (n, bits)| all << bits | u32::from(n)).to_le_bytes();
        [a, b, c]
    }

    pub(super) fn from_bytes([a, b, c]: [u8; 3]) -> Self {
        let mut left = u32::from_le_bytes([a, b, c, 0]);
        // From the last to the first.
        let mut take = |bits: u32| {
            let number = left & ((1 << bits) - 1);
            left >>= bits;
            number.to_le_bytes()[0]
        };
        let (head, asked, queued, conflict) = (take(HEAD), take(WORD), take(1), take(1));
        let (merge, approval, build, state) = (take(WORD), take(WORD), take(WORD), take(WORD));
        let is_known = take(1) == 1;
        let (queued, conflict) = (queued == 1, conflict == 1);
        Self { is_known, state, build, approval, merge, conflict, queued, asked, head }
    }
}

const fn state(state: &PrState) -> u8 {
    match state {
        PrState::Open => 0,
        PrState::Draft => 1,
        PrState::Closed => 2,
        PrState::Merged => 3,
        PrState::Other(_) => 4,
    }
}

const fn word(status: &StageStatus) -> u8 {
    match status {
        StageStatus::Pending => 0,
        StageStatus::Running => 1,
        StageStatus::Passed => 2,
        StageStatus::Failed => 3,
        StageStatus::Merged => 4,
        StageStatus::Closed => 5,
        StageStatus::Skipped => 6,
        StageStatus::Other(_) => 7,
    }
}

impl Print {
    /// What has changed since: `build failed`, `new commits`. Empty where this print does not tell.
    pub fn changes(self, pr: &PullRequest) -> Vec<String> {
        let (before, now) = (Summary::from_bytes(self.told), Summary::of(pr));
        if !before.is_known {
            return Vec::new();
        }
        let mut changes = Vec::new();
        let mut say = |is: bool, text: String| changes.extend(is.then_some(text));
        say(before.state != now.state, state_told(before.state, &pr.state));
        say(before.head != now.head, "new commits".to_owned());
        say(before.build != now.build, turned(Stage::Build, pr.status(Stage::Build)));
        say(before.approval != now.approval, turned(Stage::Approval, pr.status(Stage::Approval)));
        let asked_more = before.asked < now.asked && before.approval == now.approval;
        say(asked_more, format!("{} more asked", now.asked.saturating_sub(before.asked)));
        let conflict = if now.conflict { "in conflict" } else { "no conflict any more" };
        say(before.conflict != now.conflict, conflict.to_owned());
        let queue = if now.queued { "in the merge queue" } else { "out of the merge queue" };
        say(before.queued != now.queued, queue.to_owned());
        let is_told =
            before.state != now.state || before.conflict != now.conflict || before.queued != now.queued;
        say(before.merge != now.merge && !is_told, format!("merge {}", pr.status(Stage::Merge).word()));
        let risk = pr.risk().map_or("unknown", Risk::word);
        say(self.risk != Self::of(pr).risk, format!("risk {risk}"));
        if changes.is_empty() {
            changes.push("title or reviewers".to_owned());
        }
        changes
    }
}

fn state_told(before: u8, now: &PrState) -> String {
    match now {
        PrState::Open if before == state(&PrState::Draft) => "ready for review".to_owned(),
        PrState::Open => "opened again".to_owned(),
        PrState::Draft => "back to draft".to_owned(),
        PrState::Closed | PrState::Merged | PrState::Other(_) => now.word().to_owned(),
    }
}
