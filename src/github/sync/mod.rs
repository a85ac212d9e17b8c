//! Sync: GitHub's pull requests become facts, and facts rows.
//!
//! [`SyncEngine`] reads a set of repositories once, or watches them. What to ask next is decided in pure functions by what is
//! stored (`plan`, `heat`); the rest asks and writes. A pass may be killed anywhere: facts are written before the marks
//! that speak of them, and what is stored is not asked for again. It tells all that people may want to see ([`SyncEvent`]).

mod actions;
mod asking;
mod background;
mod book;
mod cost;
mod details;
mod engine;
mod estimate;
mod event;
mod files;
mod heat;
mod holder;
mod lease;
mod list;
mod lists;
mod looks;
mod missing;
mod plan;
mod prints;
mod reading;
mod seen;
mod suites;
mod targets;
mod tick;
mod watch;
mod work;

use std::time::Duration;

pub use self::{
    asking::Time,
    background::Background,
    cost::{Estimate, Spent, Total},
    engine::{Ask, SyncEngine},
    event::{Because, Problem, Step, Summary, SyncEvent},
    holder::{Holder, Program},
    targets::{SyncTarget, candidates},
    watch::WatchEnd,
};

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// Closed ones are read as far back.
    pub window: Duration,
    /// Waits for a repository that another sync is at work on; else leaves it out.
    pub waits: bool,
    /// How long an outage is sat out.
    pub patience: Duration,
    pub time: Time,
    /// Which program it is, for all who find its lease.
    pub program: Program,
}

impl Default for SyncOptions {
    fn default() -> Self {
        let (window, patience) = (Duration::from_hours(14 * 24), Duration::from_mins(1));
        Self { window, waits: true, patience, time: Time::default(), program: Program::Once }
    }
}
