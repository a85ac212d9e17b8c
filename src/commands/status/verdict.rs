//! What a report means for the exit code.

use chrono::{DateTime, Utc};

use super::Report;
use crate::domain::{
    attention::{GRACE, expects_build},
    filter::{Context, Filter},
    pipeline::{Stage, StageStatus},
    pull_request::PullRequest,
};

/// The answer to `--fail-on` and `--wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Neither holds, or neither was asked for: exit code 0.
    Ok,
    /// A selected pull request matches `--fail-on`: exit code 5, at once, whatever still runs.
    ConditionFailed,
    /// `--wait` has to wait on: exit code 8 when the time is up.
    Pending,
}

/// What `--wait` waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwaitedBuilds {
    /// Builds that run.
    pub running: usize,
    /// Builds that are expected to begin.
    pub to_start: usize,
}

impl Report<'_> {
    /// Judges the selected pull requests. `--wait`, since that time, waits until no selected open one has a build that
    /// runs or is expected to begin.
    pub fn verdict(&self, fail_on: Option<&Filter>, waiting_since: Option<DateTime<Utc>>) -> Verdict {
        if fail_on.is_some_and(|filter| self.matching(filter).next().is_some()) {
            return Verdict::ConditionFailed;
        }
        let awaited = waiting_since.map(|since| self.awaited(since)).unwrap_or_default();
        if awaited == AwaitedBuilds::default() { Verdict::Ok } else { Verdict::Pending }
    }

    /// The selected pull requests that a filter matches, too.
    pub fn matching<'r>(&'r self, filter: &'r Filter) -> impl Iterator<Item = &'r PullRequest> {
        let (board, me, now) = (self.board, self.me, self.poll.server_now);
        let context = Context { board, me, now, noted: None };
        self.pulls.iter().copied().filter(move |pr| filter.matches(pr, context))
    }

    /// The builds to wait for. One that is expected to begin may never do so: it has [`GRACE`], from its head's arrival
    /// or from the beginning of the wait.
    pub fn awaited(&self, since: DateTime<Utc>) -> AwaitedBuilds {
        let now = self.poll.server_now;
        let mut awaited = AwaitedBuilds::default();
        for pr in self.pulls.iter().filter(|pr| pr.state.is_open()) {
            if *pr.status(Stage::Build) == StageStatus::Running {
                awaited.running += 1;
            } else if expects_build(pr, self.board, now)
                && now - pr.head_at.max(Some(since)).unwrap_or(since) < GRACE
            {
                awaited.to_start += 1;
            }
        }
        awaited
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{
        super::fixture::{WEB, board, now, pull, row, run, selection, with_report},
        *,
    };

    #[test]
    fn a_build_that_is_expected_is_waited_for_with_a_grace() {
        let mut board = board();
        let mut held = row("Held back", "ana", "open", 90);
        (held.mergeable_state, held.updated_at) =
            (Some("blocked".to_owned()), Some(now() - TimeDelta::hours(30)));
        let run = run(["passed", "pending", "approved", "pending"]);
        board.apply_pulls(vec![pull(WEB, 20, Some(held), Some(&run), None)], &[], None);
        let awaited = |filter: &str, since| with_report(&board, &selection(filter), |r| r.awaited(since));
        let one = AwaitedBuilds { running: 0, to_start: 1 };
        for (filter, minutes, want) in [
            ("Held", 0, one),
            ("Held", 14, one),
            ("Held", 15, AwaitedBuilds::default()),
            ("is:open", 0, AwaitedBuilds { running: 1, to_start: 1 }),
            ("is:open", 60, AwaitedBuilds { running: 1, to_start: 0 }),
        ] {
            assert_eq!(awaited(filter, now() - TimeDelta::minutes(minutes)), want, "{filter} {minutes}");
        }
    }

    #[test]
    fn verdicts() {
        let board = board();
        for (filter, fail_on, wait, want) in [
            ("", None, false, Verdict::Ok),
            ("", None, true, Verdict::Pending),
            ("repo:api", None, true, Verdict::Ok),
            ("", Some("is:failing"), false, Verdict::ConditionFailed),
            ("", Some("is:failing"), true, Verdict::ConditionFailed),
            ("repo:web", Some("is:failing"), true, Verdict::Pending),
            ("repo:web", Some("is:failing"), false, Verdict::Ok),
            ("is:merged", Some("is:failing"), true, Verdict::Ok),
            ("", Some("is:mine age:>47h risk:high"), false, Verdict::ConditionFailed),
            ("nosuchword", Some(""), true, Verdict::Ok),
        ] {
            let fail_on = fail_on.map(|text| Filter::parse(text).unwrap());
            let since = wait.then(now);
            let got = with_report(&board, &selection(filter), |r| r.verdict(fail_on.as_ref(), since));
            assert_eq!(got, want, "{filter:?} {fail_on:?} {wait}");
        }
    }
}
