//! A job's steps as windows of time, for no line of a log says to which step it belongs.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    job::{Job, Step},
    mark::begins_step,
};

/// Steps are told in whole seconds.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Where among its steps a log is.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Those that have run, in order.
    steps: Vec<Step>,
    /// How many of them have begun.
    begun: usize,
    /// The index of the one because of which the job failed.
    failing: Option<usize>,
}

impl Walk {
    /// No steps where none are told, or some run beside each other: their lines are mixed.
    pub(super) fn new(job: &Job) -> Self {
        let ran = job.steps.iter().filter(|step| step.conclusion.as_deref() != Some("skipped"));
        let mut steps: Vec<Step> = ran.filter(|step| step.started_at.is_some()).cloned().collect();
        steps.sort_by_key(|step| (step.started_at, step.number));
        let is_in_turn = steps.is_sorted_by(|one, next| {
            one.completed_at.is_some_and(|end| next.started_at.is_some_and(|start| start >= end))
        });
        if !is_in_turn {
            return Self::default();
        }
        let ended = |words: &[&str]| {
            steps.iter().position(|step| step.conclusion.as_deref().is_some_and(|word| words.contains(&word)))
        };
        let failing = ended(&["failure", "timed_out"]).or_else(|| ended(&["cancelled"]));
        Self { steps, begun: 0, failing }
    }

    pub(super) fn are_known(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Whether the step is the one that failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some_and(|failing| failing + 1 == self.begun)
    }

    /// The next step that has begun with this line, if one has; it is to be asked until none has.
    ///
    /// A step's second is shared by the one before: there, it begins with the words that begin a step.
    pub(super) fn next(&mut self, at: Option<DateTime<Utc>>, text: &str, is_first: bool) -> Option<&Step> {
        let next = self.steps.get(self.begun)?;
        let start = next.started_at?;
        let has_begun = self.begun == 0
            || at.is_some_and(|at| at >= start + SECOND || is_first && at >= start && begins_step(text));
        if !has_begun {
            return None;
        }
        self.begun += 1;
        self.steps.get(self.begun - 1)
    }
}
