//! Fingerprints: what changes when a build does, at the cost of no check; and what follows where one has changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    book::Book,
    heat::Pulse,
    plan,
    seen::print,
    work::{Stop, Work, queue},
};
use crate::github::{
    client::Error,
    payload::{Fingerprint, Nodes},
    query,
};

/// Pull requests in a question, ever fewer where that is too much.
pub(super) const PAGES: [usize; 4] = [100, 50, 25, 5];
/// How often those that move while they are read are read again.
const ROUNDS: usize = 3;

impl Work {
    /// Reads details and files of those among these that moved.
    pub(super) async fn refresh(&mut self, book: &mut Book, numbers: Vec<i32>) -> Result<(), Stop> {
        let mut asked = numbers;
        for _ in 0..ROUNDS {
            let prints = self.prints(book, &asked).await?;
            self.follow(book, &asked, &prints).await?;
            asked = std::mem::take(&mut book.moved).into_iter().collect();
            if asked.is_empty() {
                return Ok(());
            }
        }
        // The next look finds them at rest, or the next pass: files of another head are no news at each look.
        for number in asked {
            self.problem(book, Some(number), &Error::Moving);
            book.put_off(number);
        }
        Ok(())
    }

    /// What these fingerprints ask for: details of those that moved, and then files.
    pub(super) async fn follow(
        &mut self,
        book: &mut Book,
        numbers: &[i32],
        prints: &BTreeMap<i32, String>,
    ) -> Result<(), Stop> {
        let now = self.ask.date();
        let wanted = numbers.iter().copied().filter(|number| {
            plan::needs_details(book.seen.get(*number), prints.get(number).map(String::as_str), now)
        });
        let wanted: Vec<i32> = wanted.collect();
        self.details(book, &wanted, prints).await?;
        self.missing_files(book).await
    }

    /// The fingerprints of these open ones, by number.
    pub(super) async fn prints(
        &mut self,
        book: &mut Book,
        numbers: &[i32],
    ) -> Result<BTreeMap<i32, String>, Stop> {
        let nodes: Vec<(i32, String)> = numbers
            .iter()
            .filter_map(|number| Some((*number, book.open.get(number)?.node.clone())))
            .collect();
        let ids: Vec<&str> = nodes.iter().map(|(_, node)| node.as_str()).collect();
        let (found, at) = self.ask_prints(&ids, book.name()).await?;
        let found = nodes.iter().zip(found).filter_map(|((number, _), print)| Some((*number, print?)));
        self.take_prints(book, found.collect(), at).await
    }

    /// Fingerprints in the order of their nodes, of whatever repositories.
    pub(super) async fn ask_prints(
        &self,
        nodes: &[&str],
        what: &str,
    ) -> Result<(Vec<Option<Fingerprint>>, DateTime<Utc>), Error> {
        let mut found = Vec::new();
        let mut at = self.ask.date();
        let (mut rest, mut step) = (nodes, 0);
        while !rest.is_empty() {
            let size = PAGES.get(step).copied().unwrap_or(1).min(rest.len());
            let (page, later) = rest.split_at(size);
            let ids = json!({"ids": page});
            let is_least = step + 1 == PAGES.len();
            let asked = self.ask.sized::<Nodes<Fingerprint>>(is_least, query::FINGERPRINT, &ids, what).await;
            let graph = match asked {
                Err(Error::TooMuch(_)) if !is_least => {
                    step += 1;
                    continue;
                }
                answer => answer?,
            };
            at = graph.at.unwrap_or(at);
            let mut prints = graph.data.nodes.unwrap_or_default();
            prints.resize_with(size, || None);
            found.extend(prints);
            rest = later;
        }
        Ok((found, at))
    }

    /// Takes fingerprints in: whether a pull request can be merged, and its place in the queue, are told right away.
    pub(super) async fn take_prints(
        &mut self,
        book: &mut Book,
        found: Vec<(i32, Fingerprint)>,
        at: DateTime<Utc>,
    ) -> Result<BTreeMap<i32, String>, Stop> {
        let mut facts = Vec::new();
        let mut told = Vec::new();
        for (number, print) in &found {
            // Of one whose picture is not stored yet, details tell it all.
            if book.known.get(number).is_none_or(|known| known.updated_at.is_none()) {
                continue;
            }
            told.extend(print.queue().map(|place| (*number, place.position())));
            facts.push(print.mergeability(&book.reference, *number, at));
            facts.extend(
                print
                    .queue()
                    .and_then(|place| queue(book, *number, place.position(), (print.updated_at, at))),
            );
        }
        self.apply(book, facts).await?;
        let now = self.now();
        for (number, position) in told {
            if let Some(known) = book.known.get_mut(&number) {
                known.queue_position = position;
            }
        }
        for (number, found) in &found {
            let is_auto_merge = book.open.get(number).is_some_and(|pull| pull.is_auto_merge);
            let shrunk = book.seen.get(*number).and_then(|seen| seen.shrunk);
            let pulse = Pulse::new(found, book.pulses.get(number), is_auto_merge, now).shrunk(shrunk);
            book.pulses.insert(*number, pulse);
        }
        Ok(found.iter().map(|(number, found)| (*number, print(found))).collect())
    }
}
