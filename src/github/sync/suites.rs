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
        payload::{Context, List, Nodes, Pull, Rollup, Suites},
        query,
    },
};

/// Pull requests in a question.
const PAGE: usize = 20;
/// Suites of one pull request in a question for earlier ones.
const EARLIER: usize = 100;
/// Such questions for one pull request.
const MOST_EARLIER: usize = 20;

impl Work {
    /// The suites of these pull requests' heads.
    pub(super) async fn suites(&mut self, book: &Book, pulls: &[Wanted]) -> Result<Vec<Fact>, Stop> {
        let mut facts = Vec::new();
        let (mut rest, mut size) = (pulls, PAGE);
        while !rest.is_empty() {
            let (page, later) = rest.split_at(size.min(rest.len()));
            let ids: Vec<&str> = page.iter().map(|pull| pull.node.as_str()).collect();
            match self.ask.graphql::<Nodes<Suites>>(query::SUITES, &json!({"ids": ids}), book.name()).await {
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
            match self.ask.graphql::<Nodes<Suites>>(query::SUITES, &variables, book.name()).await {
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

/// Whether it has no check that tells how its build stands.
pub(super) fn awaits_suites(pull: &Pull) -> bool {
    let Some(rollup) = &pull.status_check_rollup else { return true };
    let count = rollup.contexts.as_ref().map_or(0, |contexts| contexts.iter().count());
    let is_pending = matches!(rollup.state.as_deref(), Some("PENDING" | "EXPECTED"));
    count == 0 || is_pending && !is_running(rollup)
}

fn is_running(rollup: &Rollup) -> bool {
    let mut contexts = rollup.contexts.iter().flat_map(List::iter);
    contexts.any(|context| match context {
        Context::CheckRun(run) => run.status != "COMPLETED",
        Context::StatusContext(_) | Context::Unknown => false,
    })
}
