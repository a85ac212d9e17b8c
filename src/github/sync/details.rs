//! Details: everything of the pull requests that moved but their files.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    book::{Book, Listed, Wanted, unseen},
    event::Step,
    plan,
    reading::Read,
    seen::Seen,
    suites::awaits_suites,
    work::{Stop, Work, queue},
};
use crate::{
    facts::fact::{AllChecksSeen, CheckName, Fact, What},
    github::{
        client::Error,
        payload::{Nodes, Pull, QueuePlace, RequestedReviewers},
        query,
    },
};

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
            let is_least = book.page.is_least();
            match self.ask.sized::<Nodes<Pull>>(is_least, query::DETAILS, &variables, &what).await {
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

    /// Writes what was read, and then remembers that it was.
    async fn keep(
        &mut self,
        book: &mut Book,
        (read, at): (Vec<Read>, DateTime<Utc>),
        prints: &BTreeMap<i32, String>,
    ) -> Result<(), Stop> {
        let (mut facts, mut seen, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        let mut told = BTreeSet::new();
        for one in &read {
            let number = one.pull.number;
            let failed = |field: &str| one.failed.iter().any(|name| name == field);
            let problems = self.summary.problems;
            let reviewers = self.reviewers(book, &one.pull).await?;
            let own = one.pull.facts(&book.reference, reviewers, &failed, at);
            let has_picture = own.iter().any(|fact| matches!(fact.what, What::PullRequest(_)));
            if has_picture {
                told.insert(number);
            } else if self.summary.problems == problems && one.failed.is_empty() {
                self.problem(book, Some(number), &Error::InPart);
            }
            if !has_picture && !book.known.contains_key(&number) {
                // There is no line that the rest could be beside.
                continue;
            }
            facts.extend(own);
            let times = (one.pull.updated_at, at);
            facts.extend(one.pull.queue().and_then(|place| queue(book, number, place.position(), times)));
            let all = one.pull.all_checks(&failed).filter(|_| one.is_whole());
            let shrunk = match all {
                Some(all) => self.all_checks(book, number, all, at, &mut facts).await?,
                None => None,
            };
            if one.is_unreadable {
                facts.extend(self.jobs(book, &one.pull).await?);
            } else if one.pull.state == "OPEN" && awaits_suites(&one.pull) {
                waiting.push(Wanted { number, node: one.pull.id.clone() });
            }
            if one.has_moved {
                book.moved.insert(number);
            } else if let Some(print) = prints.get(&number).filter(|_| has_picture && one.is_whole()) {
                seen.push((number, Seen { print: print.clone(), shrunk }));
            }
        }
        facts.extend(self.suites(book, &waiting).await?);
        self.summary.pulls += read.len();
        self.apply(book, facts).await?;
        for one in &read {
            note(book, &one.pull, told.contains(&one.pull.number));
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
        if !pull.has_requests() || pull.reviewers().is_some() {
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
}

/// What is stored of it now; its picture only if that was told.
fn note(book: &mut Book, pull: &Pull, has_picture: bool) {
    let is_open = pull.state == "OPEN";
    let queue_position = pull.queue().and_then(QueuePlace::position);
    if !has_picture && !book.known.contains_key(&pull.number) {
        return;
    }
    let known = book.known.entry(pull.number).or_insert_with(|| unseen(pull.number));
    known.is_open = is_open;
    known.head_sha = Some(pull.head_ref_oid.clone());
    known.base_branch = Some(pull.base_ref_name.clone());
    known.updated_at = known.updated_at.max(Some(pull.updated_at).filter(|_| has_picture));
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
