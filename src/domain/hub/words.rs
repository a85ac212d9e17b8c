//! Actions and their outcomes in words: for questions, notices and the list of what was done.

use chrono::{DateTime, Utc};

use super::{Act, Outcome, Pick, RunRef, UpdateMethod};
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
            | Self::RerunDebug(run)
            | Self::CancelRun(run)
            | Self::ForceCancel(run)
            | Self::ApproveRun(run) => format!("{name} of {}", of_run(run)),
            Self::Approve { body } | Self::RequestChanges { body } | Self::Comment { body } => {
                if body.is_empty() { name.to_owned() } else { format!("{name} {}", excerpt(body)) }
            }
            Self::AskReview { people, teams } => format!("{name}: {}", names(people.iter().chain(teams))),
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

    /// What has been done, in a few words.
    pub fn done(&self) -> String {
        match self {
            Self::RerunFailed(run) => format!("the failed jobs of {} run again", run.name),
            Self::RerunDebug(run) => format!("the failed jobs of {} run again, with debug logging", run.name),
            Self::RerunAll(run) => format!("{} runs again", run.name),
            Self::CancelRun(run) | Self::ForceCancel(run) => format!("{} is being cancelled", run.name),
            Self::ApproveRun(run) => format!("{} may start", run.name),
            Self::Approve { .. } => "approved".to_owned(),
            Self::RequestChanges { .. } => "changes are requested".to_owned(),
            Self::Comment { .. } => "commented".to_owned(),
            Self::AskReview { people, teams } => {
                format!("a review is asked of {}", names(people.iter().chain(teams)))
            }
            Self::Merge { method } => format!("merged ({})", method.word()),
            Self::AutoMergeOn { method } => format!("auto-merge is on ({})", method.word()),
            Self::AutoMergeOff => "auto-merge is off".to_owned(),
            Self::Enqueue => "in the merge queue".to_owned(),
            Self::Dequeue => "out of the merge queue".to_owned(),
            Self::UpdateBranch { .. } => "its branch is being updated".to_owned(),
            Self::Ready => "ready for review".to_owned(),
            Self::Draft => "a draft now".to_owned(),
            Self::Close => "closed".to_owned(),
            Self::Reopen => "open again".to_owned(),
            Self::Labels { add, remove } | Self::Assign { add, remove } => match remove.as_slice() {
                [] => format!("{} added", names(add)),
                removed => format!("{} removed", names(removed)),
            },
        }
    }
}

/// `CI, attempt 2`
fn of_run(run: &RunRef) -> String {
    format!("{}, attempt {}", run.name, run.attempt)
}

/// `ana, acme/backend`
fn names<'a>(picks: impl IntoIterator<Item = &'a Pick>) -> String {
    picks.into_iter().map(|pick| pick.name.as_str()).collect::<Vec<_>>().join(", ")
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

impl Outcome {
    /// In words; `clock` tells a time of day as its reader has it.
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
