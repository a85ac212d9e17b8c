//! What may not be done for a reason that GitHub does not tell before: it has forbidden it once, or nobody knows what
//! became of the last one.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::hub::{Act, ActKind, Gate, Order, RunRef};

const WAITING: &str = "what became of the last one is not known yet";
const UNSEEN: &str = "what became of the last one is not known: look at it first";

/// A pull request, by GitHub's own id, and the first of the actions that do the same.
type Deed = (String, ActKind);

#[derive(Debug, Default)]
pub(super) struct Locks {
    /// GitHub's sentence, by a repository's name in small letters.
    forbidden: HashMap<(String, ActKind), String>,
    waiting: HashSet<Deed>,
    /// Those of which nothing was seen: until when, and whether the user has looked since.
    unseen: HashMap<Deed, (DateTime<Utc>, bool)>,
    /// Runs and attempts for which a cancel was sent.
    cancelled: HashSet<(i64, i64)>,
}

impl Locks {
    /// The token may not do this in this repository.
    pub(super) fn forbid(&mut self, repository: &str, kind: ActKind, said: &str) {
        // Of runs GitHub says so for other reasons, too: one is at work already, or too old.
        if kind.is_of_run() && !is_about_rights(said) {
            return;
        }
        self.forbidden.insert((repository.to_ascii_lowercase(), kind), said.to_owned());
    }

    /// It is sent, and nobody knows more.
    pub(super) fn wait(&mut self, order: &Order) {
        self.waiting.insert(deed(order));
    }

    pub(super) fn happened(&mut self, order: &Order) {
        let deed = deed(order);
        self.waiting.remove(&deed);
        self.unseen.remove(&deed);
        if let Act::CancelRun(RunRef { id, attempt, .. }) = order.act {
            self.cancelled.insert((id, attempt));
        }
    }

    pub(super) fn unseen(&mut self, order: &Order, by: DateTime<Utc>) {
        let deed = deed(order);
        self.waiting.remove(&deed);
        self.unseen.insert(deed, (by, false));
    }

    /// Why this order waits.
    pub(super) fn bars(&self, order: &Order, repository: &str) -> Option<String> {
        let deed = deed(order);
        if self.waiting.contains(&deed) {
            return Some(WAITING.to_owned());
        }
        if self.unseen.get(&deed).is_some_and(|(_, is_looked_at)| !is_looked_at) {
            return Some(UNSEEN.to_owned());
        }
        if let Act::ForceCancel(RunRef { id, attempt, .. }) = order.act
            && !self.cancelled.contains(&(id, attempt))
        {
            return Some("only after a cancel that had no effect".to_owned());
        }
        self.forbidden.get(&(repository.to_ascii_lowercase(), order.act.kind())).cloned()
    }

    /// The user looks: what a gate needs to know.
    pub(super) fn look(&mut self, gate: &mut Gate, repository: &str) {
        for ((node, _), (_, is_looked_at)) in &mut self.unseen {
            *is_looked_at |= *node == gate.node;
        }
        self.fill(gate, repository);
    }

    pub(super) fn fill(&self, gate: &mut Gate, repository: &str) {
        let repository = repository.to_ascii_lowercase();
        let forbidden = self.forbidden.iter().filter(|((name, _), _)| *name == repository);
        gate.locks.extend(forbidden.map(|((_, kind), said)| (*kind, said.clone())));
        let waiting = self.waiting.iter().filter(|(node, _)| *node == gate.node);
        let waiting = waiting.flat_map(|(_, first)| alike(*first));
        gate.locks.extend(waiting.map(|kind| (kind, WAITING.to_owned())));
        let unseen = self.unseen.iter().filter(|((node, _), _)| *node == gate.node);
        let unseen = unseen.flat_map(|((_, first), (by, _))| alike(*first).map(|kind| (kind, *by)));
        gate.unseen.extend(unseen);
        for run in &mut gate.runs {
            run.is_cancelled_here = self.cancelled.contains(&(run.run.id, run.run.attempt));
        }
    }
}

fn deed(order: &Order) -> Deed {
    (order.node.clone(), first_of(order.act.kind()))
}

/// Actions with one aim have one lock: who does not know what became of one does not send another.
const fn first_of(kind: ActKind) -> ActKind {
    match kind {
        ActKind::RerunAll | ActKind::RerunDebug => ActKind::RerunFailed,
        ActKind::ForceCancel => ActKind::CancelRun,
        ActKind::AutoMergeOn | ActKind::Enqueue => ActKind::Merge,
        kind => kind,
    }
}

/// All that have the lock of this one.
fn alike(first: ActKind) -> impl Iterator<Item = ActKind> {
    ActKind::ALL.into_iter().filter(move |kind| first_of(*kind) == first)
}

fn is_about_rights(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["not accessible", "permission", "must have", "scope", "rights", "it needs"]
        .iter()
        .any(|word| said.contains(word))
}
