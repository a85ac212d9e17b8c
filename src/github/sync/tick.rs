//! A tick: what moved in the repositories, and builds by their fingerprints.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    book::{Book, Listed},
    heat::{PRINTS, PROBES},
    watch::{Watch, is_live},
    work::{Stop, Work},
};
use crate::{
    github::{
        client::Error,
        payload::{Fingerprint, Nodes, Repository},
        query,
    },
    store::engine::error::StoreError,
};

/// Pull requests of a repository that are asked for as the newest ones.
const NEWEST: usize = 10;

impl Work {
    /// What moved in each repository.
    pub(super) async fn probe(&mut self, watch: &mut Watch) -> Result<(), StoreError> {
        let live: Vec<usize> = (0..watch.all.len()).filter(|at| is_live(watch, *at)).collect();
        for page in live.chunks(PROBES) {
            let book = |at: &usize| watch.all.get(*at).and_then(|one| one.book.as_ref());
            let ids: Vec<&str> = page.iter().filter_map(book).map(|book| book.node.as_str()).collect();
            let variables = json!({"ids": ids, "n": NEWEST});
            let asked = self.ask.least::<Nodes<Repository>>(query::PROBE, &variables, "what moved").await;
            let graph = match asked {
                Ok(graph) => graph,
                // The next one may do; a sweep comes in any case.
                Err(Error::TooMuch(why)) => {
                    tracing::warn!("no look at what moved: {why}");
                    continue;
                }
                Err(error) => {
                    self.everywhere(watch, &error);
                    return Ok(());
                }
            };
            let mut nodes = graph.data.nodes.unwrap_or_default();
            nodes.resize_with(page.len(), || None);
            for (at, found) in page.iter().zip(nodes) {
                let Some(one) = watch.all.get_mut(*at) else { continue };
                let (Some(book), Some(found)) = (&mut one.book, found) else {
                    // It is asked for by its name, and what is wrong is told.
                    one.sweep_at = DateTime::UNIX_EPOCH;
                    continue;
                };
                match self.moved(book, &found).await {
                    Ok(true) => self.is_fresh(book),
                    Ok(false) => one.sweep_at = DateTime::UNIX_EPOCH,
                    Err(stop) => self.settle(watch, *at, stop).await?,
                }
            }
        }
        Ok(())
    }

    /// Reads what moved; false: it is more than that, and all of it is to be read.
    async fn moved(&mut self, book: &mut Book, found: &Repository) -> Result<bool, Stop> {
        book.is_archived = found.is_archived == Some(true);
        if found.name_with_owner != book.name() {
            return Ok(false);
        }
        let Some(pulls) = &found.pull_requests else { return Ok(true) };
        let count = pulls.iter().count();
        let moved: Vec<_> = pulls
            .iter()
            .filter(|pull| match pull.state.as_deref() {
                Some("OPEN") => {
                    book.open.get(&pull.number).is_none_or(|known| known.updated_at != pull.updated_at)
                }
                _ => !book.has_picture(pull.number, pull.updated_at),
            })
            .collect();
        if moved.len() == NEWEST && count == NEWEST {
            return Ok(false);
        }
        let (open, closed): (Vec<_>, Vec<_>) =
            moved.into_iter().partition(|pull| pull.state.as_deref() == Some("OPEN"));
        let numbers: Vec<i32> = open.iter().map(|pull| pull.number).collect();
        book.open.extend(open.iter().map(|pull| (pull.number, Listed::from(*pull))));
        if !numbers.is_empty() {
            self.refresh(book, numbers).await?;
        }
        let closed: Vec<(i32, Listed)> =
            closed.iter().map(|pull| (pull.number, Listed::from(*pull))).collect();
        self.closed_details(book, &closed, true).await?;
        if !book.doubtful.is_empty() {
            self.settle_missing(book).await?;
        }
        Ok(true)
    }

    /// The builds of those whose time has come.
    pub(super) async fn look(&mut self, watch: &mut Watch) -> Result<(), StoreError> {
        let now = self.now();
        let mut due: Vec<(usize, i32, String)> = Vec::new();
        for (at, one) in watch.all.iter().enumerate().filter(|(at, _)| is_live(watch, *at)) {
            let Some(book) = &one.book else { continue };
            let pulses = book.pulses.iter().filter(|(_, pulse)| pulse.due(watch.pace) <= now);
            due.extend(
                pulses.filter_map(|(number, _)| Some((at, *number, book.open.get(number)?.node.clone()))),
            );
        }
        for page in due.chunks(PRINTS) {
            let nodes: Vec<&str> = page.iter().map(|(_, _, node)| node.as_str()).collect();
            let (found, date) = match self.ask_prints(&nodes, "builds").await {
                Ok(found) => found,
                Err(error) => {
                    self.everywhere(watch, &error);
                    return Ok(());
                }
            };
            let mut groups: BTreeMap<usize, Vec<(i32, _)>> = BTreeMap::new();
            for ((at, number, _), print) in page.iter().zip(found) {
                let group = groups.entry(*at).or_default();
                match print {
                    Some(print) => group.push((*number, print)),
                    None => {
                        if let Some(book) = watch.all.get_mut(*at).and_then(|one| one.book.as_mut()) {
                            book.open.remove(number);
                            book.pulses.remove(number);
                            book.doubtful.insert(*number);
                        }
                    }
                }
            }
            for (at, prints) in groups {
                let Some(book) = watch.all.get_mut(at).and_then(|one| one.book.as_mut()) else { continue };
                if let Err(stop) = self.looked(book, prints, date).await {
                    self.settle(watch, at, stop).await?;
                }
            }
        }
        Ok(())
    }

    async fn looked(
        &mut self,
        book: &mut Book,
        found: Vec<(i32, Fingerprint)>,
        date: DateTime<Utc>,
    ) -> Result<(), Stop> {
        let numbers: Vec<i32> = found.iter().map(|(number, _)| *number).collect();
        let prints = self.take_prints(book, found, date).await?;
        let before: Vec<i32> =
            numbers.iter().copied().filter(|number| is_same(book, *number, &prints)).collect();
        self.follow(book, &numbers, &prints).await?;
        // Workflows that wait for somebody's word change no fingerprint.
        let now = self.now();
        let waiting = before
            .into_iter()
            .filter(|number| book.pulses.get(number).is_some_and(|pulse| pulse.may_wait(now)));
        let waiting: Vec<_> = waiting.filter_map(|number| book.wanted(number)).collect();
        let facts = self.suites(book, &waiting).await?;
        self.apply(book, facts).await?;
        let moved: Vec<i32> = std::mem::take(&mut book.moved).into_iter().collect();
        if !moved.is_empty() {
            self.refresh(book, moved).await?;
        }
        if !book.doubtful.is_empty() {
            self.settle_missing(book).await?;
        }
        Ok(())
    }
}

/// Whether its last fingerprint is the one that its details were read at.
fn is_same(book: &Book, number: i32, prints: &BTreeMap<i32, String>) -> bool {
    book.seen.get(number).is_some_and(|seen| prints.get(&number) == Some(&seen.print))
}
