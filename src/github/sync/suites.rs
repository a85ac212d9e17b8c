//! Suites of checks: workflows that wait for somebody's word have a suite and no check.

use serde_json::json;

use super::{
    book::{Book, Wanted},
    work::{Stop, Work},
};
use crate::{
    facts::fact::Fact,
    github::{
        client::Error,
        payload::{Context, Fingerprint, List, Nodes, Pull, Rollup, Suites},
        query,
    },
};

/// Pull requests in a question.
pub(super) const PAGE: usize = 20;
/// Suites of one pull request in a question for earlier ones.
const EARLIER: usize = 100;
/// Such questions for one pull request.
const MOST_EARLIER: usize = 20;
/// States of a check run that is not completed.
const RUNNING: [&str; 5] = ["IN_PROGRESS", "PENDING", "QUEUED", "REQUESTED", "WAITING"];

impl Work {
    /// The suites of these pull requests' heads.
    pub(super) async fn suites(&mut self, book: &Book, pulls: &[Wanted]) -> Result<Vec<Fact>, Stop> {
        let mut facts = Vec::new();
        let (mut rest, mut size) = (pulls, PAGE);
        while !rest.is_empty() {
            let (page, later) = rest.split_at(size.min(rest.len()));
            let ids: Vec<&str> = page.iter().map(|pull| pull.node.as_str()).collect();
            let ids = json!({"ids": ids});
            match self.ask.sized::<Nodes<Suites>>(size == 1, query::SUITES, &ids, book.name()).await {
                Ok(graph) => {
                    rest = later;
                    for suites in graph.data.nodes.into_iter().flatten().flatten() {
                        facts.extend(suites.facts(&book.reference));
                        self.earlier(book, &suites, &mut facts).await?;
                    }
                }
                Err(Error::TooMuch(_)) if size > 1 => size /= 2,
                Err(error @ (Error::TooMuch(_) | Error::Forbidden { .. })) => {
                    self.problem(book, page.first().map(|pull| pull.number), &error);
                    rest = later;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(facts)
    }

    /// Those before the ones that were told first: the newest.
    async fn earlier(&mut self, book: &Book, newest: &Suites, facts: &mut Vec<Fact>) -> Result<(), Stop> {
        let mut before = newest.more().map(str::to_owned);
        for _ in 0..MOST_EARLIER {
            let Some(cursor) = before else { break };
            let variables = json!({"ids": [newest.id], "n": EARLIER, "before": cursor});
            match self.ask.least::<Nodes<Suites>>(query::SUITES, &variables, book.name()).await {
                Ok(graph) => {
                    let found = graph.data.nodes.into_iter().flatten().flatten().next();
                    facts.extend(found.iter().flat_map(|suites| suites.facts(&book.reference)));
                    before = found.and_then(|suites| suites.more().map(str::to_owned));
                }
                Err(error @ (Error::TooMuch(_) | Error::Forbidden { .. })) => {
                    self.problem(book, None, &error);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Whether workflows may be waiting for somebody's word, of which no check tells. Those of a fork may do so beside others
/// that are done.
pub(super) fn awaits_suites(pull: &Pull) -> bool {
    let rollup = pull.status_check_rollup.as_ref();
    let build = Build {
        has_checks: rollup.is_some_and(|rollup| rollup.contexts.iter().flat_map(List::iter).next().is_some()),
        is_running: rollup.is_some_and(is_running),
        is_pending: rollup.and_then(|rollup| rollup.state.as_deref()).is_some_and(is_pending),
    };
    build.may_wait(pull.is_cross_repository == Some(true))
}

/// The same by its fingerprint.
pub(super) fn awaits_suites_by(print: &Fingerprint, is_of_fork: bool) -> bool {
    let rollup = print.status_check_rollup.as_ref();
    let contexts = rollup.and_then(|rollup| rollup.contexts.as_ref());
    let runs = contexts.into_iter().flat_map(|contexts| contexts.check_run_counts_by_state.iter().flatten());
    let build = Build {
        has_checks: contexts.and_then(|contexts| contexts.total_count).unwrap_or_default() > 0,
        is_running: runs.filter(|run| run.count > 0).any(|run| RUNNING.contains(&run.state.as_str())),
        is_pending: rollup.and_then(|rollup| rollup.state.as_deref()).is_some_and(is_pending),
    };
    build.may_wait(is_of_fork)
}

/// A build, as far as it tells whether it is all there is.
struct Build {
    has_checks: bool,
    is_running: bool,
    is_pending: bool,
}

impl Build {
    fn may_wait(&self, is_of_fork: bool) -> bool {
        !self.has_checks || !self.is_running && (self.is_pending || is_of_fork)
    }
}

fn is_pending(state: &str) -> bool {
    matches!(state, "PENDING" | "EXPECTED")
}

fn is_running(rollup: &Rollup) -> bool {
    let mut contexts = rollup.contexts.iter().flat_map(List::iter);
    contexts.any(|context| match context {
        Context::CheckRun(run) => run.status != "COMPLETED",
        Context::StatusContext(_) | Context::Unknown => false,
    })
}
