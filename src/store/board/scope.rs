//! What a poll asks about: the tables that are looked at for changes, and the parts of the scope.

/// Rows that a probe returns of one table and bucket; that many of a table mean "more than that".
pub(in crate::store) const PROBE_PAGE: usize = 200;

/// Requests for insights that are read at once, of those that are open and of those that were written: in reason more
/// than there are.
pub(in crate::store) const REQUESTS: usize = 10_000;

/// The three tables that a tick asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) enum Polled {
    Pulls,
    Runs,
    Insights,
}

impl Polled {
    pub(in crate::store) const ALL: [Self; 3] = [Self::Pulls, Self::Runs, Self::Insights];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pulls => "pull_requests",
            Self::Runs => "pipeline_runs",
            Self::Insights => "insights",
        }
    }

    /// The column that says when a row was written, and our index on it.
    pub(super) const fn clock(self) -> (&'static str, &'static str) {
        match self {
            Self::Pulls => ("updated_at", "flowlens_pull_requests_updated"),
            Self::Runs => ("updated_at", "flowlens_pipeline_runs_updated"),
            Self::Insights => ("created_at", "flowlens_insights_created"),
        }
    }
}

/// The parts of the scope, in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Scope {
    /// Open pull requests, newest first.
    Open,
    /// Open ones without a usable time.
    Timeless,
    /// Those that were closed within the window, by `closed_at`; only where it has an index.
    Closed,
    /// The others that ended, by the time of their last change.
    Ended,
    /// Runs, newest first; wanted are those without their pull request.
    Runs,
    /// Runs without a usable time.
    TimelessRuns,
}

impl Scope {
    pub(in crate::store) const ALL: [Self; 6] =
        [Self::Open, Self::Timeless, Self::Closed, Self::Ended, Self::Runs, Self::TimelessRuns];

    /// Its rows are pull requests, not runs.
    pub(in crate::store) const fn is_of_pulls(self) -> bool {
        matches!(self, Self::Open | Self::Timeless | Self::Closed | Self::Ended)
    }

    /// Most rows may be not wanted: how far to look has a limit.
    pub(in crate::store) const fn is_walk(self) -> bool {
        matches!(self, Self::Closed | Self::Ended | Self::Runs | Self::TimelessRuns)
    }
}
