//! Details: everything of the pull requests that moved but their files.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    book::{Book, Listed, Wanted},
    event::{Step, SyncEvent},
    plan,
    seen::Seen,
    work::{Stop, Work, queue, why},
};
use crate::{
    domain::ids::PrNumber,
    facts::fact::{AllChecksSeen, CheckName, Fact, What},
    github::{
        client::{Error, Graph, GraphError, Kind},
        payload::{
            Context, Failures, List, More, Node, Nodes, Pull, QueuePlace, RequestedReviewers, Rollup, Suites,
        },
        query,
    },
    store::sync::KnownPull,
};

/// Further pages of a pull request's lists, before it is given up.
const MOST_PAGES: usize = 100;
/// Pull requests in a question for suites.
const SUITES: usize = 20;

/// A pull request that was read.
struct Read {
    pull: Pull,
    /// Fields of it that were refused, or anything in them.
    failed: Vec<String>,
    /// The token's kind may not read its checks.
    is_unreadable: bool,
    /// Lists of it moved while they were read.
    is_torn: bool,
}

impl Work {
    /// The details of open pull requests, in pages that halve where they are too much.
    pub(super) async fn details(
        &mut self,
        book: &mut Book,
        numbers: &[i32],
        prints: &BTreeMap<i32, String>,
    ) -> Result<(), Stop> {
        let node = |number: &i32| Some(Wanted { number: *number, node: book.open.get(number)?.node.clone() });
        let wanted: Vec<Wanted> = numbers.iter().filter_map(node).collect();
        let mut done = 0;
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let read = self.details_page(book, &mut rest, true).await?;
            done = wanted.len() - rest.len();
            self.keep(book, read, prints).await?;
            self.progress(book, Step::Details, done, wanted.len());
        }
        self.progress(book, Step::Details, done, wanted.len());
        Ok(())
    }

    /// The details of closed ones.
    pub(super) async fn closed_details(
        &mut self,
        book: &mut Book,
        pulls: &[(i32, Listed)],
        checks: bool,
    ) -> Result<(), Stop> {
        let wanted = pulls.iter().map(|(number, pull)| Wanted { number: *number, node: pull.node.clone() });
        let wanted: Vec<Wanted> = wanted.collect();
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let read = self.details_page(book, &mut rest, checks).await?;
            self.keep(book, read, &BTreeMap::new()).await?;
        }
        Ok(())
    }

    /// One page of them, taken from the front of `rest`.
    async fn details_page(
        &mut self,
        book: &mut Book,
        rest: &mut &[Wanted],
        checks: bool,
    ) -> Result<(Vec<Read>, DateTime<Utc>), Stop> {
        loop {
            let (page, later) = rest.split_at(book.page.get().min(rest.len()));
            let ids: Vec<&str> = page.iter().map(|pull| pull.node.as_str()).collect();
            let variables = json!({"ids": ids, "checks": checks, "sizes": !book.page.without_sizes});
            let what = match page {
                [only] => book.named(only.number),
                _ => book.name().to_owned(),
            };
            match self.ask.graphql::<Nodes<Pull>>(query::DETAILS, &variables, &what).await {
                Ok(graph) => {
                    *rest = later;
                    book.page.succeed();
                    return self.read(book, page, graph).await;
                }
                Err(error @ Error::TooMuch(_)) => {
                    if !book.page.shrink() {
                        *rest = later;
                        self.problem(book, page.first().map(|pull| pull.number), &error);
                        return Ok((Vec::new(), self.now()));
                    }
                    self.mark_page(book).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes an answer apart, and asks for what did not fit into it.
    async fn read(
        &mut self,
        book: &mut Book,
        page: &[Wanted],
        graph: Graph<Nodes<Pull>>,
    ) -> Result<(Vec<Read>, DateTime<Utc>), Stop> {
        let at = graph.at.unwrap_or_else(|| self.now());
        let mut read = Vec::new();
        let mut nodes = graph.data.nodes.unwrap_or_default().into_iter();
        for (index, wanted) in page.iter().enumerate() {
            let failures = Failures::new(&graph.errors);
            let errors: Vec<GraphError> = failures.of_node(index).map(|(error, _)| error.clone()).collect();
            let Some(pull) = nodes.next().flatten() else {
                // It may be gone: see `settle_missing`.
                book.open.remove(&wanted.number);
                book.doubtful.insert(wanted.number);
                tracing::warn!("{} is not told: {errors:?}", book.named(wanted.number));
                continue;
            };
            let failed =
                FIELDS.iter().filter(|field| failures.touch(index, field)).map(|field| (*field).to_owned());
            let is_unreadable = errors.iter().any(is_unreadable);
            let mut one = Read { failed: failed.collect(), pull, is_unreadable, is_torn: false };
            if let Some(error) = errors.first() {
                self.part_failed(book, wanted.number, std::slice::from_ref(error));
            }
            self.further(book, &mut one).await?;
            read.push(one);
        }
        Ok((read, at))
    }

    /// Further pages of its lists.
    async fn further(&mut self, book: &Book, one: &mut Read) -> Result<(), Stop> {
        for _ in 0..MOST_PAGES {
            let Some(variables) = one.pull.further() else { return Ok(()) };
            let what = book.named(one.pull.number);
            let graph = match self.ask.graphql::<Node<More>>(query::MORE, &variables, &what).await {
                Ok(graph) => graph,
                // Its lists stay in part, which nobody takes for the whole.
                Err(error @ (Error::TooMuch(_) | Error::NotFound { .. } | Error::Forbidden { .. })) => {
                    self.problem(book, Some(one.pull.number), &error);
                    one.is_torn = true;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            let failures = Failures::new(&graph.errors);
            one.failed.extend(
                FIELDS.iter().filter(|field| failures.touch(0, field)).map(|field| (*field).to_owned()),
            );
            let fits = graph.data.node.is_some_and(|more| one.pull.append(more));
            if !fits || !graph.errors.is_empty() {
                one.is_torn = true;
                return Ok(());
            }
        }
        one.is_torn = true;
        Ok(())
    }

    /// Writes what was read, and then remembers that it was.
    async fn keep(
        &mut self,
        book: &mut Book,
        (read, at): (Vec<Read>, DateTime<Utc>),
        prints: &BTreeMap<i32, String>,
    ) -> Result<(), Stop> {
        let mut facts = Vec::new();
        let mut seen = Vec::new();
        let mut waiting = Vec::new();
        for one in &read {
            let failed = |field: &str| one.failed.iter().any(|name| name == field);
            let number = one.pull.number;
            let reviewers = self.reviewers(book, &one.pull).await?;
            facts.extend(one.pull.facts(&book.reference, reviewers, &failed, at));
            facts.extend(one.pull.queue().and_then(|place| queue(book, number, place.position(), at)));
            let all = one.pull.all_checks(&failed).filter(|_| !one.is_torn);
            let shrunk = match all {
                Some(all) => self.all_checks(book, number, all, at, &mut facts).await?,
                None => None,
            };
            if one.is_unreadable {
                facts.extend(self.jobs(book, &one.pull).await?);
            } else if one.pull.state == "OPEN" && awaits_suites(&one.pull) {
                waiting.push(Wanted { number, node: one.pull.id.clone() });
            }
            if one.is_torn {
                book.moved.insert(number);
            } else if let Some(print) = prints.get(&number) {
                seen.push((number, Seen { print: print.clone(), shrunk }));
            }
        }
        facts.extend(self.suites(book, &waiting).await?);
        self.summary.pulls += read.len();
        self.apply(book, facts).await?;
        for one in &read {
            note(book, &one.pull);
        }
        let mut numbers: Vec<i32> = seen.iter().map(|(number, _)| *number).collect();
        // Nobody looks at the build of a closed one.
        for one in read.iter().filter(|one| one.pull.state != "OPEN") {
            numbers.extend(book.seen.forget(one.pull.number).then_some(one.pull.number));
        }
        for (number, seen) in seen {
            if let Some(pulse) = book.pulses.remove(&number) {
                book.pulses.insert(number, pulse.shrunk(seen.shrunk));
            }
            book.seen.set(number, seen);
        }
        self.mark_seen(book, numbers).await
    }

    /// The list of all its checks becomes a fact, unless it got shorter just now: then since when is answered.
    async fn all_checks(
        &mut self,
        book: &Book,
        number: i32,
        all: AllChecksSeen,
        at: DateTime<Utc>,
        facts: &mut Vec<Fact>,
    ) -> Result<Option<DateTime<Utc>>, Stop> {
        let known = self.store.checks(book.repo, &all.head_sha).await?;
        let is_listed = |app: &str, suite_id, name: &str| {
            all.checks.contains(&CheckName { app: app.to_owned(), suite_id, name: name.to_owned() })
        };
        let is_shorter =
            known.iter().any(|check| check.counts && !is_listed(&check.app, check.suite_id, &check.name));
        let since = book.seen.get(number).and_then(|seen| seen.shrunk).unwrap_or(at);
        if is_shorter && !plan::is_confirmed(since, at) {
            return Ok(Some(since));
        }
        facts.push(Fact { repository: book.reference.clone(), at, what: What::AllChecks(all) });
        Ok(None)
    }

    /// Who is asked for a review, where only REST tells it: names of teams need a scope of their own elsewhere.
    async fn reviewers(&mut self, book: &Book, pull: &Pull) -> Result<Option<Vec<String>>, Stop> {
        let is_whole = pull.review_requests.as_ref().is_some_and(|list| list.whole().is_some());
        if !is_whole || pull.reviewers().is_some() {
            return Ok(None);
        }
        let path = format!("repos/{}/pulls/{}/requested_reviewers", book.name(), pull.number);
        let url = self.ask.client.address(&path)?;
        match self.ask.page::<RequestedReviewers>(&url, &book.named(pull.number)).await {
            Ok(page) => Ok(Some(page.content.names())),
            Err(error @ (Error::NotFound { .. } | Error::Forbidden { .. })) => {
                self.problem(book, Some(pull.number), &error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Workflows that wait for somebody's word have a suite and no check.
    pub(super) async fn suites(&mut self, book: &Book, pulls: &[Wanted]) -> Result<Vec<Fact>, Stop> {
        let mut facts = Vec::new();
        let (mut rest, mut size) = (pulls, SUITES);
        while !rest.is_empty() {
            let (page, later) = rest.split_at(size.min(rest.len()));
            let ids: Vec<&str> = page.iter().map(|pull| pull.node.as_str()).collect();
            match self.ask.graphql::<Nodes<Suites>>(query::SUITES, &json!({"ids": ids}), book.name()).await {
                Ok(graph) => {
                    let nodes = graph.data.nodes.unwrap_or_default().into_iter().flatten();
                    facts.extend(nodes.flat_map(|suites| suites.facts(&book.reference)));
                    rest = later;
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

    /// A part of an answer is missing; the rest is used.
    fn part_failed(&mut self, book: &Book, number: i32, errors: &[GraphError]) {
        let error = why(errors, &book.named(number));
        if errors.iter().all(is_unreadable) {
            // It is the token's kind, not this pull request.
            if !std::mem::replace(&mut self.told_unreadable, true) {
                let error = Error::ChecksUnreadable;
                let mend = error.mend().unwrap_or_default();
                self.tell(SyncEvent::Notice(format!("{error}; {mend}")));
            }
            return;
        }
        self.problem(book, Some(number), &error);
    }
}

/// The fields that a picture is made of.
const FIELDS: [&str; 7] =
    ["author", "autoMergeRequest", "labels", "assignees", "reviewRequests", "reviews", "statusCheckRollup"];

/// Whether it has no check that tells how its build stands.
fn awaits_suites(pull: &Pull) -> bool {
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

/// A check that a fine-grained token may not read.
fn is_unreadable(error: &GraphError) -> bool {
    error.kind == Kind::Forbidden && error.said.contains("not accessible")
}

/// What is stored of it now.
fn note(book: &mut Book, pull: &Pull) {
    let is_open = pull.state == "OPEN";
    let queue_position = pull.queue().and_then(QueuePlace::position);
    let known = book.known.entry(pull.number).or_insert_with(|| KnownPull {
        number: PrNumber::new(pull.number),
        is_open,
        head_sha: None,
        base_branch: None,
        updated_at: None,
        mergeable_state: None,
        queue_position: None,
        files: None,
    });
    known.is_open = is_open;
    known.head_sha = Some(pull.head_ref_oid.clone());
    known.base_branch = Some(pull.base_ref_name.clone());
    known.updated_at = known.updated_at.max(Some(pull.updated_at));
    known.queue_position = queue_position;
    if is_open {
        book.open.insert(pull.number, Listed::from(pull));
    } else {
        book.open.remove(&pull.number);
        book.pulses.remove(&pull.number);
    }
}

impl From<&Pull> for Listed {
    fn from(pull: &Pull) -> Self {
        Self {
            node: pull.id.clone(),
            updated_at: pull.updated_at,
            head: Some(pull.head_ref_oid.clone()),
            base: Some(pull.base_ref_name.clone()),
            changed_files: pull.changed_files,
            is_merge_unknown: pull.mergeable.as_deref() == Some("UNKNOWN"),
            is_auto_merge: pull.auto_merge_request.is_some(),
        }
    }
}
