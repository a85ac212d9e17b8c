//! A job whose log is asked for, and what comes of it.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Kind, Log, StepEnd};
use crate::domain::{check::CheckOutcome, files::Spot, ids::PrKey, time::elapsed};

/// An attempt of a run of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub run: i64,
    /// From 1.
    pub number: i32,
}

/// The log of a job, which is asked for on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogAsk {
    pub key: PrKey,
    /// `owner/name`.
    pub repository: String,
    /// The job's id, which is its check run's.
    pub job: i64,
    /// The check's name.
    pub name: String,
    /// Of which attempt: the job of that name there. `None`: the job itself.
    pub attempt: Option<Attempt>,
}

/// A step of a job, as GitHub tells it: in whole seconds. Text is cleaned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub number: i64,
    pub name: String,
    /// GitHub's word.
    pub conclusion: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
}

/// A job, as GitHub tells it. Text is cleaned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub id: i64,
    pub name: String,
    pub attempt: Option<Attempt>,
    /// GitHub's words.
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Its page.
    pub url: Option<String>,
    pub steps: Vec<Step>,
}

/// What a check says of a place. Text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// An error, a warning or a notice.
    pub kind: Kind,
    /// `None` where its line is one of the log.
    pub spot: Option<Spot>,
    pub title: Option<String>,
    pub message: String,
}

/// Why there is no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The job waits for a runner.
    Queued,
    Running,
    /// It was cancelled or skipped.
    NeverWritten,
    /// It has just ended.
    NotYet,
    Expired,
    /// There is not a byte in it.
    Empty,
    /// Neither the log nor the job is found.
    NotFound,
    /// In GitHub's words.
    Forbidden(String),
    /// That attempt had no job of this name.
    NotInAttempt(i32),
}

/// What comes of asking for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogNews {
    /// Whose log it is.
    Job(Box<Job>),
    /// So many bytes have been read.
    Reading(u64),
    /// The log, or the part around the error while the rest is read.
    Log(Arc<Log>),
    Annotations(Vec<Annotation>),
    Withheld(Withheld),
    /// It could not be read, for this reason.
    Failed(String),
}

impl Step {
    pub(super) fn ended(&self) -> StepEnd {
        match CheckOutcome::parse("", self.conclusion.as_deref()) {
            CheckOutcome::Passed | CheckOutcome::Skipped => StepEnd::Well,
            CheckOutcome::Failed => StepEnd::Badly,
            CheckOutcome::Queued | CheckOutcome::Running | CheckOutcome::Other(_) => StepEnd::Open,
        }
    }

    /// `Run make test  41s`
    pub(super) fn told(&self) -> String {
        let took = self.started_at.zip(self.completed_at).map(|(start, end)| elapsed(end, start));
        took.map_or_else(|| self.name.clone(), |took| format!("{}  {took}", self.name))
    }
}

impl Job {
    pub fn outcome(&self) -> CheckOutcome {
        CheckOutcome::parse(&self.status, self.conclusion.as_deref())
    }

    /// Why its log is not there.
    pub fn withheld(&self) -> Withheld {
        match (self.outcome(), self.conclusion.as_deref()) {
            (CheckOutcome::Queued, _) => Withheld::Queued,
            (CheckOutcome::Running, _) => Withheld::Running,
            (CheckOutcome::Skipped, _) | (_, Some("cancelled" | "action_required")) => Withheld::NeverWritten,
            (CheckOutcome::Passed | CheckOutcome::Failed | CheckOutcome::Other(_), _) => Withheld::Expired,
        }
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Queued => "The job waits for a runner. GitHub writes its log when it ends.",
            Self::Running => "The job is still running. GitHub writes its log when it ends.",
            Self::NeverWritten => "The job was cancelled or skipped: its log was never written.",
            Self::NotYet => {
                "The job has just ended: GitHub does not have its log yet. Look again in a moment."
            }
            Self::Expired => "The log has expired: GitHub keeps logs for some weeks only.",
            Self::Empty => "The log is empty. Its page may say more.",
            Self::NotFound => "The job is not found: it is gone, or the token may not see it.",
            Self::Forbidden(said) => {
                return write!(
                    f,
                    "The token may not read this log (it needs Actions: read). GitHub says: {said}"
                );
            }
            Self::NotInAttempt(number) => return write!(f, "Attempt {number} had no job of this name."),
        };
        f.write_str(text)
    }
}

/// The id of the job whose page this is: `https://github.com/acme/api/actions/runs/1/job/2`.
pub fn job_of(url: &str) -> Option<i64> {
    let (_, rest) = url.split_once("/job/").or_else(|| url.split_once("/runs/"))?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
