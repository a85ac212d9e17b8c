//! The builds of the head as they were, by its checks' own times.
//!
//! Of a check that runs again the newest attempt is kept alone, so that the time before it may be unknown: nothing is told
//! as passed then.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    checks::{self, Outcome},
    stages::{Changes, push},
};
use crate::{
    domain::pipeline::StageStatus,
    facts::{
        fact::CheckSeen,
        rows::{CheckKey, CheckRow, Stored},
    },
};

/// Pending from the head's arrival, then as its checks begin and end. Not known at the end where `now` came about at a
/// time that nobody told.
pub(super) fn play(
    stored: &Stored,
    head: &str,
    arrival: Option<DateTime<Utc>>,
    now: &StageStatus,
) -> Changes {
    let checks = checks_of(stored, head);
    let spans = checks.iter().flat_map(|check| check.before.iter().chain([&check.span]));
    let mut times: Vec<_> = spans.flat_map(|span| [span.begin, span.end]).flatten().chain(arrival).collect();
    times.sort_unstable();
    times.dedup();
    let mut changes = Vec::new();
    for at in &times {
        push(&mut changes, *at, build(&checks, *at));
    }
    let is_dated = checks.iter().all(|check| check.span.begin.is_some());
    if let (Some((at, last)), false) = (changes.last().cloned(), is_dated)
        && last.as_ref() != Some(now)
    {
        push(&mut changes, at, None);
    }
    changes
}

/// A check that counts.
struct Check {
    span: Span,
    /// Its attempt says that nothing was before it.
    is_first: bool,
    /// What is kept of its name from before it: of an older run of its workflow.
    before: Vec<Span>,
}

/// An attempt's time.
#[derive(Clone, Copy)]
struct Span {
    begin: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    outcome: Outcome,
}

impl Span {
    fn of(key: &CheckKey, row: &CheckRow) -> Self {
        Self { begin: begin(key, row), end: end(row), outcome: checks::outcome(row) }
    }

    /// How it counted at a time; `None` before it began.
    fn at(&self, at: DateTime<Utc>) -> Option<Outcome> {
        let is_past = |time: Option<DateTime<Utc>>| time.is_some_and(|time| time <= at);
        is_past(self.begin).then(|| if is_past(self.end) { self.outcome } else { Outcome::Running })
    }
}

fn checks_of(stored: &Stored, head: &str) -> Vec<Check> {
    let of_head = || stored.checks.iter().filter(|(key, _)| key.head_sha == head);
    let mut before: BTreeMap<(&str, &str), Vec<Span>> = BTreeMap::new();
    for (key, row) in of_head().filter(|(_, row)| row.superseded == Some(true) && !row.is_gone()) {
        before.entry((&key.app, &key.name)).or_default().push(Span::of(key, row));
    }
    let check = |(key, row): (&CheckKey, &CheckRow)| Check {
        span: Span::of(key, row),
        is_first: row.attempt == Some(1),
        before: before.get(&(&*key.app, &*key.name)).cloned().unwrap_or_default(),
    };
    of_head().filter(|(_, row)| row.superseded != Some(true)).map(check).collect()
}

/// The build at a time; `None` where it hangs on an attempt that is not kept.
fn build(checks: &[Check], at: DateTime<Utc>) -> Option<StageStatus> {
    let mut is_known = true;
    let mut outcomes = Vec::new();
    for check in checks {
        if let Some(outcome) = check.span.at(at) {
            outcomes.push(outcome);
        } else {
            let known = outcomes.len();
            outcomes.extend(check.before.iter().filter_map(|span| span.at(at)));
            is_known &= check.is_first || outcomes.len() > known;
        }
    }
    Some(checks::build(&outcomes)).filter(|build| is_known || *build != StageStatus::Passed)
}

/// When a check began to count; `None` where that is not known. A check run that waits may be dated by its suite, which is
/// as old as the first attempt.
fn begin(key: &CheckKey, row: &CheckRow) -> Option<DateTime<Utc>> {
    let is_dated_by_suite = end(row).is_none()
        && key.app != CheckSeen::STATUS
        && row.github_id.is_some_and(|id| id != 0)
        && row.attempt != Some(1);
    let begin = row.started_at.or(row.completed_at).or(row.created_at);
    let begin = begin.or(row.github_updated_at.filter(|_| !is_dated_by_suite))?;
    Some(end(row).map_or(begin, |end| begin.min(end)))
}

/// When it ended; `None` while it runs.
fn end(row: &CheckRow) -> Option<DateTime<Utc>> {
    match checks::outcome(row) {
        Outcome::Running => None,
        Outcome::Good | Outcome::Neutral | Outcome::Bad | Outcome::Unclear => {
            row.completed_at.or(row.github_updated_at)
        }
    }
}
