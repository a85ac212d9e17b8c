//! The four stages of a pull request and the words in which databases tell their state.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Utc};

use super::{pr_state::PrState, text::clean};

/// The four stages, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The pull request itself: draft, open.
    Pr,
    /// All checks of the head commit.
    Build,
    Approval,
    Merge,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Pr, Self::Build, Self::Approval, Self::Merge];

    /// Its name in filters, JSON and column titles.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pr => "pr",
            Self::Build => "build",
            Self::Approval => "approval",
            Self::Merge => "merge",
        }
    }

    /// Its place in an array of four.
    pub const fn index(self) -> usize {
        match self {
            Self::Pr => 0,
            Self::Build => 1,
            Self::Approval => 2,
            Self::Merge => 3,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pr => "PR",
            Self::Build => "Build",
            Self::Approval => "Approval",
            Self::Merge => "Merge",
        })
    }
}

/// The state of one stage. Words that we do not know are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageStatus {
    /// Nothing has happened yet.
    Pending,
    /// Under way, or waited for.
    Running,
    Passed,
    Failed,
    Merged,
    /// Closed without a merge.
    Closed,
    /// Not needed.
    Skipped,
    /// A word of somebody else's, cleaned.
    Other(Box<str>),
}

impl StageStatus {
    /// Reads a stored word in any case: the seed's (`pending`, `running`, `passed`, `failed`, `merged`) and
    /// those that deployed services write (`building`, `buildPassed`, `approved`, `changes_requested` …).
    pub fn parse(word: &str) -> Self {
        let letters = word.chars().filter(char::is_ascii_alphanumeric);
        let folded: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        match folded.as_str() {
            "" | "pending" | "waiting" | "none" => Self::Pending,
            "running" | "building" | "buildrunning" | "queued" | "inprogress" | "draft"
            | "reviewrequested" => Self::Running,
            "passed" | "success" | "succeeded" | "buildpassed" | "buildsuccess" | "approved" | "opened"
            | "open" | "updated" | "synchronize" | "reopened" => Self::Passed,
            "failed" | "failure" | "error" | "buildfailed" | "buildfailure" | "changesrequested"
            | "rejected" | "timedout" | "cancelled" | "canceled" | "actionrequired" | "conflict" => {
                Self::Failed
            }
            "merged" => Self::Merged,
            "closed" => Self::Closed,
            "skipped" | "neutral" => Self::Skipped,
            _ => Self::Other(clean(word.trim()).into()),
        }
    }

    /// The seed's word for it, or the foreign word itself.
    pub fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            Self::Pending
            | Self::Running
            | Self::Passed
            | Self::Failed
            | Self::Merged
            | Self::Closed
            | Self::Skipped => self.kind(),
        }
    }

    /// The word of the JSON contract: one of eight, `other` for a foreign one.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Merged => "merged",
            Self::Closed => "closed",
            Self::Skipped => "skipped",
            Self::Other(_) => "other",
        }
    }
}

/// One stage: its state, the word as stored, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    /// What we take it for.
    pub status: StageStatus,
    /// The stored word, cleaned, where a column said something.
    pub raw: Option<Cow<'static, str>>,
    pub since: Option<DateTime<Utc>>,
    /// `since` is only when this session first saw it so: the database does not tell.
    pub observed: bool,
}

/// A stored column as read: the word and its `*_since`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredStage {
    /// The column's text.
    pub word: Option<String>,
    /// The `*_since` column, where the schema has one.
    pub since: Option<DateTime<Utc>>,
}

/// The newest entry of a run's history: the tie-breaker for contradictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The column that changed (`status_merge`, `state` …).
    pub field: String,
    /// Its new value.
    pub value: String,
    pub at: Option<DateTime<Utc>>,
    /// Whose doing it was, where that is told.
    pub by: Option<String>,
}

/// The four stages of one pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    stages: [StageState; 4],
}

/// Everything about a pull request from which its stages follow.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, not a state machine")]
pub struct Evidence<'a> {
    /// The state of the pull request, contradictions already resolved.
    pub state: &'a PrState,
    /// The four columns of `pipeline_runs`, in order; `None` without a run.
    pub run: Option<&'a [StoredStage; 4]>,
    /// False when the run's SHA is known and is not the head's.
    pub run_is_of_head: bool,
    pub reviewers_requested: bool,
    /// GitHub's `mergeable_state` says there is a conflict.
    pub conflict: bool,
    /// In the merge queue, or set to merge by itself.
    pub merging: bool,
    /// When it was opened, closed or merged: stands in for a missing `*_since`.
    pub opened_at: Option<DateTime<Utc>>,
    /// See `opened_at`.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Pipeline {
    pub const fn stage(&self, stage: Stage) -> &StageState {
        &self.stages[stage.index()]
    }

    pub const fn status(&self, stage: Stage) -> &StageStatus {
        &self.stage(stage).status
    }

    /// Fills `since` from what this session saw: `old` is the same pull request before, `now` the moment at
    /// which a stage that is different now was seen to have changed.
    pub fn observe(&mut self, old: &Self, now: DateTime<Utc>) {
        for (stage, before) in self.stages.iter_mut().zip(&old.stages) {
            if stage.since.is_some() {
                continue;
            }
            if stage.status != before.status {
                (stage.since, stage.observed) = (Some(now), true);
            } else if before.observed {
                (stage.since, stage.observed) = (before.since, true);
            }
        }
    }

    /// Derives the four stages from stored words. The columns come first; where one says nothing more than
    /// "pending", what the pull request itself tells decides.
    pub fn derive(e: Evidence<'_>) -> Self {
        Self { stages: Stage::ALL.map(|stage| derive_stage(stage, e)) }
    }
}

/// The stored word, cleaned. Those that most rows hold cost no memory of their own.
fn stored_word(word: &str) -> Cow<'static, str> {
    const KNOWN: [&str; 11] = [
        "pending",
        "running",
        "passed",
        "failed",
        "merged",
        "closed",
        "building",
        "buildPassed",
        "buildFailed",
        "approved",
        "changes_requested",
    ];
    KNOWN.iter().find(|known| **known == word).map_or_else(|| clean(word).into(), |known| (*known).into())
}

fn derive_stage(stage: Stage, e: Evidence<'_>) -> StageState {
    let stored = e.run.map(|run| &run[stage.index()]);
    let word = stored.and_then(|s| s.word.as_deref());
    let column = word.map_or(StageStatus::Pending, StageStatus::parse);
    let status = match stage {
        Stage::Pr => pr_status(column, e.state),
        Stage::Build if !e.run_is_of_head => StageStatus::Pending,
        Stage::Approval if column == StageStatus::Pending && e.reviewers_requested => StageStatus::Running,
        Stage::Build | Stage::Approval => column,
        Stage::Merge => merge_status(column, e),
    };
    let since = stored.and_then(|s| s.since).or(match (stage, &status) {
        (Stage::Pr, StageStatus::Passed | StageStatus::Running) => e.opened_at,
        (Stage::Merge, StageStatus::Merged | StageStatus::Closed) => e.ended_at,
        (Stage::Pr | Stage::Build | Stage::Approval | Stage::Merge, _) => None,
    });
    let since = if stage == Stage::Build && !e.run_is_of_head { None } else { since };
    StageState { status, raw: word.map(stored_word), since, observed: false }
}

/// The column if it says more than pending; else from the pull request. An open pull request whose column
/// still tells of its earlier end was reopened.
fn pr_status(column: StageStatus, state: &PrState) -> StageStatus {
    match (column, state) {
        (
            StageStatus::Pending | StageStatus::Closed | StageStatus::Merged,
            PrState::Open | PrState::Other(_),
        ) => StageStatus::Passed,
        (StageStatus::Pending | StageStatus::Closed | StageStatus::Merged, PrState::Draft) => {
            StageStatus::Running
        }
        (StageStatus::Pending, PrState::Merged) => StageStatus::Merged,
        (StageStatus::Pending, PrState::Closed) => StageStatus::Closed,
        (column, PrState::Open | PrState::Draft | PrState::Closed | PrState::Merged | PrState::Other(_)) => {
            column
        }
    }
}

/// Merged and closed follow the pull request's (reconciled) state: a reopen clears them. A conflict shows as
/// failed, the merge queue and auto-merge as running.
fn merge_status(column: StageStatus, e: Evidence<'_>) -> StageStatus {
    match e.state {
        PrState::Merged => StageStatus::Merged,
        PrState::Closed => StageStatus::Closed,
        PrState::Open | PrState::Draft | PrState::Other(_) => match column {
            StageStatus::Pending | StageStatus::Merged | StageStatus::Closed => {
                if e.conflict {
                    StageStatus::Failed
                } else if e.merging {
                    StageStatus::Running
                } else {
                    StageStatus::Pending
                }
            }
            StageStatus::Running
            | StageStatus::Passed
            | StageStatus::Failed
            | StageStatus::Skipped
            | StageStatus::Other(_) => column,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_round_trip() {
        for status in [
            StageStatus::Pending,
            StageStatus::Running,
            StageStatus::Passed,
            StageStatus::Failed,
            StageStatus::Merged,
            StageStatus::Closed,
            StageStatus::Skipped,
            StageStatus::Other("on hold".into()),
        ] {
            assert_eq!(StageStatus::parse(status.word()), status);
        }
    }

    #[test]
    fn deployed_words_in_any_case() {
        for (word, status) in [
            ("buildPassed", StageStatus::Passed),
            ("BUILDFAILED", StageStatus::Failed),
            ("building", StageStatus::Running),
            ("Approved", StageStatus::Passed),
            ("changes_requested", StageStatus::Failed),
            ("rejected", StageStatus::Failed),
            ("opened", StageStatus::Passed),
            ("updated", StageStatus::Passed),
            ("draft", StageStatus::Running),
            ("", StageStatus::Pending),
            (" Pending ", StageStatus::Pending),
            ("\u{1b}[31mweird", StageStatus::Other("[31mweird".into())),
        ] {
            assert_eq!(StageStatus::parse(word), status, "{word:?}");
        }
    }

    fn stored(words: [&str; 4]) -> [StoredStage; 4] {
        words.map(|w| StoredStage { word: Some(w.to_owned()), since: None })
    }

    fn evidence<'a>(state: &'a PrState, run: Option<&'a [StoredStage; 4]>) -> Evidence<'a> {
        Evidence {
            state,
            run,
            run_is_of_head: true,
            reviewers_requested: false,
            conflict: false,
            merging: false,
            opened_at: None,
            ended_at: None,
        }
    }

    fn words(e: Evidence<'_>) -> [&'static str; 4] {
        let pipeline = Pipeline::derive(e);
        Stage::ALL.map(|s| pipeline.status(s).kind())
    }

    #[test]
    fn the_pull_request_fills_what_the_columns_leave_pending() {
        let run = stored(["pending", "buildPassed", "approved", "pending"]);
        assert_eq!(words(evidence(&PrState::Open, Some(&run))), ["passed", "passed", "passed", "pending"]);
        assert_eq!(words(evidence(&PrState::Draft, None)), ["running", "pending", "pending", "pending"]);
        assert_eq!(words(evidence(&PrState::Merged, None)), ["merged", "pending", "pending", "merged"]);
        assert_eq!(words(evidence(&PrState::Closed, Some(&run))), ["closed", "passed", "passed", "closed"]);
    }

    #[test]
    fn a_reopened_pull_request_is_not_closed() {
        let run = stored(["closed", "passed", "pending", "closed"]);
        assert_eq!(words(evidence(&PrState::Open, Some(&run))), ["passed", "passed", "pending", "pending"]);
    }

    #[test]
    fn a_run_of_another_commit_says_nothing_of_the_build() {
        let mut run = stored(["passed", "failed", "pending", "pending"]);
        run[1].since = Some(DateTime::UNIX_EPOCH);
        let e = Evidence { run_is_of_head: false, ..evidence(&PrState::Open, Some(&run)) };
        assert_eq!((words(e)[1], Pipeline::derive(e).stage(Stage::Build).since), ("pending", None));
    }

    #[test]
    fn conflict_queue_and_requested_reviewers() {
        let e = evidence(&PrState::Open, None);
        assert_eq!(words(Evidence { conflict: true, ..e })[3], "failed");
        assert_eq!(words(Evidence { merging: true, ..e })[3], "running");
        assert_eq!(words(Evidence { conflict: true, merging: true, ..e })[3], "failed");
        assert_eq!(words(Evidence { reviewers_requested: true, ..e })[2], "running");
    }
}
