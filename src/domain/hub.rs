//! Acting on GitHub: what may be asked of it, what it said, and what became of an action. Plain data and rules.

mod act;
mod echo;
mod gate;
mod rules;
mod session;
mod told;
mod words;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::{
    act::{Act, ActKind, MergeMethod, Pick, RunRef, UpdateMethod},
    gate::{Gate, MergeState, Permission, Picks, QueuePlace, Run, RunState, Viewer, Waits},
    rules::Verdict,
    session::{Activity, Hub, LocalAct},
    told::{CheckTold, ChecksTold, QueueTold, Queued},
};
use super::{
    ids::{PrKey, RepoId, Sha},
    log::{LogAsk, LogNews},
};

/// A pull request as it stood on the screen. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub key: PrKey,
    /// `owner/name`.
    pub repository: String,
    pub number: i32,
    pub title: String,
    /// The commit that was shown: an action that concerns commits is for this one or for none.
    pub head: Sha,
    pub url: String,
}

impl Target {
    /// `acme/api#421`
    pub fn name(&self) -> String {
        format!("{}#{}", self.repository, self.number)
    }
}

/// An action as it was confirmed. Nothing of it is looked up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: Uuid,
    pub target: Target,
    /// GitHub's own id of the pull request, by the gate that was read before the question.
    pub node: String,
    pub act: Act,
    /// What the question warned of: where GitHub says something else by now, nothing is sent.
    pub warning: Option<String>,
    pub asked_at: DateTime<Utc>,
}

impl Order {
    /// An action as it stands in its question, by what GitHub said before; `None` where it may not be done, or the head
    /// is not the shown one any more.
    pub fn new(id: Uuid, target: Target, gate: &Gate, act: Act, asked_at: DateTime<Utc>) -> Option<Self> {
        let kind = act.kind();
        let warning = match gate.verdict(kind) {
            Verdict::Allowed => None,
            Verdict::Warned(warning) => Some(warning),
            Verdict::Not(_) => return None,
        };
        let is_shown = !kind.is_pinned() || gate.head == target.head;
        is_shown.then(|| Self { id, target, node: gate.node.clone(), act, warning, asked_at })
    }
}

/// What became of an order. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(String),
    /// GitHub said no, or the rules did; in GitHub's words where there are some.
    Refused(String),
    /// Nothing was sent: the head is another commit by now.
    Moved {
        now: Sha,
    },
    /// Nothing has left this machine, or nothing was meant to.
    NotSent(String),
    /// It was sent, and no answer tells what became of it: GitHub is asked until then. Never sent again.
    Unknown {
        until: DateTime<Utc>,
    },
    /// It was unknown, and has been found out: it has happened.
    Settled(String),
    /// It was unknown, and GitHub showed nothing of it by then.
    Unseen {
        by: DateTime<Utc>,
    },
}

impl Outcome {
    /// It has happened, as far as anybody knows.
    pub const fn has_happened(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Settled(_))
    }

    /// Nothing more comes after it.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

/// A wish to GitHub that is not the sync's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubAsk {
    /// What may be done with it, read afresh.
    Gate(Target),
    /// What else may be picked in the repositories of these, by a text that is typed; for another text no longer.
    Picks(Vec<Target>, String),
    /// These, one after the other.
    Act(Vec<Order>),
    /// What the database does not hold of the head's checks.
    Checks(Target),
    /// The log of a job; an earlier one is no longer read.
    Log(LogAsk),
    /// Nobody reads the log any more.
    NoLog,
    /// The merge queue in which it stands, or why it stands there no more.
    Queue(Target),
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubNews {
    Gate(PrKey, Result<Box<Gate>, String>),
    /// What else may be picked in a repository.
    Picks(RepoId, Result<Picks, String>),
    /// This one is on its way.
    Sending(Uuid),
    Outcome(Uuid, Outcome),
    Checks(PrKey, Result<ChecksTold, String>),
    Queue(PrKey, Result<QueueTold, String>),
    /// What comes of the log that was asked for.
    Log(LogAsk, LogNews),
    /// Nothing can be asked, for this reason, with its mend.
    Off(String),
}
