//! What may be chosen: one table, from which the menu and the palette are drawn.

use crate::domain::hub::ActKind;

/// Something that may be done with pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Act(ActKind),
    /// Here, with git.
    Checkout,
}

/// A line of the menu: one choice, or the first of two that may be made.
pub(super) struct Entry {
    pub(super) key: char,
    pub(super) choices: &'static [Choice],
    /// It is only shown where it may be chosen.
    pub(super) is_rare: bool,
}

const fn entry(key: char, choices: &'static [Choice]) -> Entry {
    Entry { key, choices, is_rare: false }
}

const fn rare(key: char, choices: &'static [Choice]) -> Entry {
    Entry { key, choices, is_rare: true }
}

/// No key of it is one of moving: `j`, `k`, `g`, `G`, `q`.
pub(super) const ENTRIES: [Entry; 19] = [
    entry('f', &[Choice::Act(ActKind::RerunFailed)]),
    entry('F', &[Choice::Act(ActKind::RerunAll)]),
    rare('D', &[Choice::Act(ActKind::RerunDebug)]),
    entry('x', &[Choice::Act(ActKind::CancelRun)]),
    rare('X', &[Choice::Act(ActKind::ForceCancel)]),
    rare('w', &[Choice::Act(ActKind::ApproveRun)]),
    entry('a', &[Choice::Act(ActKind::Approve)]),
    entry('r', &[Choice::Act(ActKind::RequestChanges)]),
    entry('c', &[Choice::Act(ActKind::Comment)]),
    entry('v', &[Choice::Act(ActKind::AskReview)]),
    entry('m', &[Choice::Act(ActKind::Merge)]),
    entry('M', &[Choice::Act(ActKind::AutoMergeOn), Choice::Act(ActKind::AutoMergeOff)]),
    entry('e', &[Choice::Act(ActKind::Enqueue), Choice::Act(ActKind::Dequeue)]),
    entry('u', &[Choice::Act(ActKind::UpdateBranch)]),
    entry('d', &[Choice::Act(ActKind::Ready), Choice::Act(ActKind::Draft)]),
    entry('C', &[Choice::Act(ActKind::Close), Choice::Act(ActKind::Reopen)]),
    entry('l', &[Choice::Act(ActKind::Labels)]),
    entry('s', &[Choice::Act(ActKind::Assign)]),
    entry('o', &[Choice::Checkout]),
];

impl Choice {
    /// All, in the order of the menu.
    pub fn all() -> impl Iterator<Item = Self> {
        ENTRIES.iter().flat_map(|entry| entry.choices).copied()
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Act(kind) => kind.name(),
            Self::Checkout => "Check out here",
        }
    }

    /// Its key in the menu.
    pub fn key(self) -> char {
        let entry = ENTRIES.iter().find(|entry| entry.choices.contains(&self));
        // Every action has a line: a test holds it.
        entry.map_or(' ', |entry| entry.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_line_and_every_key_is_taken_once() {
        let acts = ActKind::ALL.map(Choice::Act);
        for choice in acts.into_iter().chain([Choice::Checkout]) {
            assert_eq!(Choice::all().filter(|one| *one == choice).count(), 1, "{choice:?}");
        }
        for (at, entry) in ENTRIES.iter().enumerate() {
            assert!(!"jkgGqy".contains(entry.key), "{}", entry.key);
            assert!(ENTRIES[at + 1..].iter().all(|other| other.key != entry.key), "{}", entry.key);
        }
    }
}
