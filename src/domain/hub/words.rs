//! Actions and their outcomes in words: for questions, notices and the list of what was done.

use chrono::{DateTime, Utc};

use super::{Act, Order, Outcome, Pick, RunRef, UpdateMethod};
use crate::domain::text::{clean, truncate};

/// Cells of a comment that are shown.
const BODY: usize = 60;

impl Act {
    /// `Merge (squash)`, `Labels +bug -wip`, `Comment "Thanks!"`
    pub fn told(&self) -> String {
        let name = self.kind().name();
        match self {
            Self::RerunFailed(run)
            | Self::RerunAll(run)
            | Self::CancelRun(run)
            | Self::ForceCancel(run)
            | Self::ApproveRun(run) => format!("{name} of {}", of_run(run)),
            Self::Approve { body } | Self::RequestChanges { body } | Self::Comment { body } => {
                if body.is_empty() { name.to_owned() } else { format!("{name} {}", excerpt(body)) }
            }
            Self::AskReview { people } => {
                let names: Vec<&str> = people.iter().map(|pick| pick.name.as_str()).collect();
                format!("{name}: {}", names.join(", "))
            }
            Self::Merge { method } | Self::AutoMergeOn { method } => format!("{name} ({})", method.word()),
            Self::UpdateBranch { method: UpdateMethod::Merge } => format!("{name} (merge)"),
            Self::UpdateBranch { method: UpdateMethod::Rebase } => format!("{name} (rebase)"),
            Self::Labels { add, remove } | Self::Assign { add, remove } => {
                format!("{name} {}", changes(add, remove))
            }
            Self::AutoMergeOff
            | Self::Enqueue
            | Self::Dequeue
            | Self::Ready
            | Self::Draft
            | Self::Close
            | Self::Reopen => name.to_owned(),
        }
    }
}

/// `CI, attempt 2`
fn of_run(run: &RunRef) -> String {
    format!("{}, attempt {}", run.name, run.attempt)
}

fn changes(add: &[Pick], remove: &[Pick]) -> String {
    let signed = |sign: char, picks: &[Pick]| -> Vec<String> {
        picks.iter().map(|pick| format!("{sign}{}", pick.name)).collect()
    };
    [signed('+', add), signed('-', remove)].concat().join(" ")
}

fn excerpt(body: &str) -> String {
    let line = clean(body.trim());
    format!("\"{}\"", truncate(&line, BODY))
}

impl Order {
    /// `acme/api#421`
    pub fn name(&self) -> String {
        format!("{}#{}", self.target.repository, self.target.number)
    }
}

impl Outcome {
    /// In words; `clock` tells a time of day.
    pub fn told(&self, clock: impl Fn(DateTime<Utc>) -> String) -> String {
        match self {
            Self::Done(said) => said.clone(),
            Self::Refused(why) => format!("refused: {why}"),
            Self::Moved { now } => {
                format!("not sent: its head is {} by now; look at that first", now.short())
            }
            Self::NotSent(why) => format!("not sent: {why}"),
            Self::Unknown { until } => {
                format!("no answer tells what became of it; GitHub is asked until {}", clock(*until))
            }
            Self::Settled(said) => format!("{said} (GitHub was asked what became of it)"),
            Self::Unseen { by } => {
                format!("not seen on GitHub by {}; look there before you repeat it", clock(*by))
            }
        }
    }
}
