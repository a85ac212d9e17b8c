//! The demo's team: eight repositories, fourteen people and their bots, weeks of history, and then one event after
//! another for as long as somebody watches.
//!
//! It makes facts, as sync does, and nothing else: the reducer makes rows of them. The same seed and the
//! same time give the same facts.

mod history;
mod hub;
mod live;
mod logs;
mod patches;
mod pull;
mod random;
mod repos;
mod team;
mod words;

#[cfg(test)]
mod tests;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use self::{
    pull::{Ids, Pull},
    random::Dice,
    repos::REPOS,
    team::PEOPLE,
    words::Deck,
};
use crate::facts::fact::Fact;

/// Who the reader is in the team.
pub const ME: &str = PEOPLE[0].login;

/// The team and its pull requests.
#[derive(Clone, Debug)]
pub struct Simulation {
    dice: Dice,
    ids: Ids,
    deck: Deck,
    /// The newest number of each repository.
    numbers: Vec<i32>,
    open: Vec<Pull>,
    /// Closed without a merge, not long ago.
    closed: Vec<Pull>,
    /// The others that have ended, not long ago: their logs can still be read.
    past: Vec<Pull>,
    /// The repository whose main branch moved last.
    last_merge: Option<usize>,
    history: Vec<Fact>,
    /// What is going to happen because of the reader, and when.
    due: Vec<hub::Due>,
}

impl Simulation {
    /// The team as this seed has it, with its history up to now.
    pub fn new(seed: u64, now: DateTime<Utc>) -> Self {
        let mut dice = Dice::new(seed);
        let mut simulation = Self {
            deck: Deck::new(&mut dice),
            dice,
            ids: Ids(31_000_000_000),
            numbers: REPOS.iter().map(|repo| repo.numbers_from).collect(),
            open: Vec::new(),
            closed: Vec::new(),
            past: Vec::new(),
            last_merge: None,
            history: Vec::new(),
            due: Vec::new(),
        };
        simulation.history = simulation.live_through(whole_seconds(now));
        simulation
    }

    /// All that happened up to now, oldest first. It is given once: a second call gives nothing.
    pub fn history(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.history)
    }

    /// All pull requests that are remembered.
    fn all(&self) -> impl Iterator<Item = &Pull> {
        self.open.iter().chain(&self.closed).chain(&self.past)
    }

    /// Issues take numbers too, so some are left out.
    fn next_number(&mut self, repo: usize) -> i32 {
        self.numbers[repo] += 1 + i32::from(self.dice.percent(30));
        self.numbers[repo]
    }
}

/// GitHub's clock has whole seconds.
fn whole_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::seconds(1)).unwrap_or(at)
}
