//! What a report means for the exit code.

use super::Report;
use crate::domain::{
    filter::Filter,
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

impl Report<'_> {
    /// Judges the selected pull requests. `--wait` waits until no selected open one has a running build; a build
    /// that nobody has started is not waited for, since it may never be.
    pub fn verdict(&self, fail_on: Option<&Filter>, wait: bool) -> Verdict {
        let context = self.selection.context(self.board, self.poll.server_now);
        if fail_on.is_some_and(|filter| self.pulls.iter().any(|pr| filter.matches(pr, context))) {
            return Verdict::ConditionFailed;
        }
        if wait && self.running().next().is_some() { Verdict::Pending } else { Verdict::Ok }
    }

    /// The selected open pull requests whose build runs.
    pub fn running(&self) -> impl Iterator<Item = &PullRequest> {
        let runs =
            |pr: &&&PullRequest| pr.state.is_open() && *pr.status(Stage::Build) == StageStatus::Running;
        self.pulls.iter().filter(runs).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{board, selection, with_report},
        *,
    };

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
            let got = with_report(&board, &selection(filter), |r| r.verdict(fail_on.as_ref(), wait));
            assert_eq!(got, want, "{filter:?} {fail_on:?} {wait}");
        }
    }
}
