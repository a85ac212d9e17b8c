//! An answer about pull requests, taken apart: what failed of each, and the pages that did not fit into it.

use chrono::{DateTime, Utc};

use super::{
    book::{Book, Wanted},
    event::SyncEvent,
    work::{Stop, Work, why},
};
use crate::github::{
    client::{Error, Graph, GraphError, Kind},
    payload::{Failures, More, Node, Nodes, Pull},
    query,
};

/// Further pages of a pull request's lists, before it is given up.
const MOST_PAGES: usize = 100;

/// A pull request that was read.
pub(super) struct Read {
    pub(super) pull: Pull,
    /// Fields of it that were refused, or anything in them.
    pub(super) failed: Vec<String>,
    /// The token's kind may not read its checks.
    pub(super) is_unreadable: bool,
    /// It moved while its lists were read.
    pub(super) has_moved: bool,
    /// Something of it was not told, which the next look asks for again.
    is_part: bool,
}

impl Read {
    /// All of it was told, as far as the token's kind goes.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_part && !self.has_moved
    }
}

impl Work {
    /// Takes an answer apart, and asks for what did not fit into it.
    pub(super) async fn read(
        &mut self,
        book: &mut Book,
        page: &[Wanted],
        graph: Graph<Nodes<Pull>>,
    ) -> Result<(Vec<Read>, DateTime<Utc>), Stop> {
        let at = graph.at.unwrap_or_else(|| self.now());
        let mut read = Vec::new();
        let mut nodes = graph.data.nodes.unwrap_or_default().into_iter();
        let failures = Failures::new(&graph.errors);
        // Nobody knows which of them it is about.
        let loose: Vec<GraphError> = failures.of_no_place().cloned().collect();
        if let Some(error) = loose.first() {
            self.problem(book, None, &why(std::slice::from_ref(error), book.name()));
        }
        for (index, wanted) in page.iter().enumerate() {
            let errors: Vec<GraphError> = failures.of_node(index).map(|(error, _)| error.clone()).collect();
            let Some(pull) = nodes.next().flatten().filter(|pull| book.is_home_of(pull)) else {
                // It may be gone: see `settle_missing`.
                book.open.remove(&wanted.number);
                book.doubtful.insert(wanted.number);
                tracing::warn!("{} is not told: {errors:?}", book.named(wanted.number));
                continue;
            };
            let mut one = Read {
                pull,
                failed: Vec::new(),
                is_unreadable: false,
                has_moved: false,
                is_part: !loose.is_empty(),
            };
            self.take_failures(book, &mut one, failures, index);
            self.further(book, &mut one).await?;
            read.push(one);
        }
        Ok((read, at))
    }

    /// Further pages of its lists.
    async fn further(&mut self, book: &Book, one: &mut Read) -> Result<(), Stop> {
        let mut before = None;
        for _ in 0..MOST_PAGES {
            let Some(variables) = one.pull.further() else { return Ok(()) };
            if before.as_ref() == Some(&variables) {
                break;
            }
            let what = book.named(one.pull.number);
            let graph = match self.ask.least::<Node<More>>(query::MORE, &variables, &what).await {
                Ok(graph) => graph,
                // Its lists stay in part, which nobody takes for the whole.
                Err(error @ (Error::TooMuch(_) | Error::NotFound { .. } | Error::Forbidden { .. })) => {
                    self.problem(book, Some(one.pull.number), &error);
                    one.is_part = true;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            self.take_failures(book, one, Failures::new(&graph.errors), 0);
            let fits = graph.data.node.is_some_and(|more| one.pull.append(more));
            one.has_moved |= !fits && graph.errors.is_empty();
            one.is_part |= !fits;
            if one.is_part {
                return Ok(());
            }
            before = Some(variables);
        }
        // There is no end of it, or it leads in a circle.
        self.problem(book, Some(one.pull.number), &Error::InPart);
        one.is_part = true;
        Ok(())
    }

    /// Notes which parts of it are missing; the rest is used.
    fn take_failures(&mut self, book: &Book, one: &mut Read, failures: Failures<'_>, index: usize) {
        let touched = FIELDS.iter().filter(|field| failures.touch(index, field));
        one.failed.extend(touched.map(|field| (*field).to_owned()));
        for (error, _) in failures.of_node(index) {
            if is_unreadable(error) {
                one.is_unreadable = true;
                self.tell_unreadable();
            } else {
                one.is_part = true;
                let number = one.pull.number;
                self.problem(book, Some(number), &why(std::slice::from_ref(error), &book.named(number)));
            }
        }
    }

    /// It is the token's kind, not a pull request.
    fn tell_unreadable(&mut self) {
        if !std::mem::replace(&mut self.told_unreadable, true) {
            self.tell(SyncEvent::Notice(Error::ChecksUnreadable.with_mend()));
        }
    }
}

impl Book {
    /// A pull request may have gone to another repository, and be found by its id there.
    fn is_home_of(&self, pull: &Pull) -> bool {
        let home = pull.repository.as_ref().and_then(|repository| repository.database_id);
        home.is_none_or(|home| home == self.reference.github_id)
    }
}

/// The fields that a picture is made of.
const FIELDS: [&str; 7] =
    ["author", "autoMergeRequest", "labels", "assignees", "reviewRequests", "reviews", "statusCheckRollup"];

/// A check that a fine-grained token may not read.
fn is_unreadable(error: &GraphError) -> bool {
    error.kind == Kind::Forbidden && error.said.contains("not accessible")
}
