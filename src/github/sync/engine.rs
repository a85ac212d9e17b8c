//! The engine: repositories one after the other; one that fails stops no other.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    SyncOptions,
    asking::Asking,
    book::Book,
    event::{Problem, Spent, Summary, SyncEvent, Teller},
    lease::Leases,
    list::{self, Estimate},
    targets::{self, SyncTarget},
    work::{Stop, Work},
};
use crate::{
    github::client::{Client, Error},
    store::engine::{database::Database, error::StoreError},
};

/// What whoever watches wants beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// This pull request at once, with its checks and files.
    Look { repository: String, number: i32 },
    /// A look at all of them now.
    Everything,
    /// This one, too, if GitHub has it.
    Also(SyncTarget),
}

/// Syncs repositories into a database. Whoever drops one of its futures gives the leases back with [`SyncEngine::stop`].
pub struct SyncEngine {
    pub(super) work: Work,
}

impl SyncEngine {
    /// Nothing is asked and nothing is connected yet.
    pub fn new(
        client: Client,
        database: Database,
        options: SyncOptions,
        events: UnboundedSender<SyncEvent>,
    ) -> Self {
        let ask = Asking::new(Arc::new(client), Teller::new(events), options.time, options.tries);
        let leases = Leases::new(database.clone(), options.time);
        Self { work: Work::new(Arc::new(ask), leases, database, options) }
    }

    /// What this run has cost so far.
    pub fn spent(&self) -> Spent {
        self.work.ask.spent()
    }

    /// Reads each of them once, and gives its lease back. What GitHub refuses is told, and counted in the summary.
    ///
    /// # Errors
    /// The database's.
    pub async fn once(&mut self, targets: &[SyncTarget]) -> Result<Summary, StoreError> {
        let leases = self.work.leases.clone();
        tokio::select! {
            summary = self.all(targets) => summary,
            () = leases.keep() => Ok(Summary::default()),
        }
    }

    async fn all(&mut self, targets: &[SyncTarget]) -> Result<Summary, StoreError> {
        let since = self.work.now() - self.work.options.window;
        let (names, problems) = targets::names(&self.work.ask, targets, since).await;
        let mut total = Summary { problems: problems.len(), ..Summary::default() };
        let mut done = BTreeSet::new();
        let of = names.len();
        for (at, name) in names.into_iter().enumerate() {
            let result = self.work.pass(&name, (at + 1, of)).await;
            total += self.work.summary;
            match result {
                Ok(book) => {
                    // Two names may lead to one.
                    done.insert(book.reference.github_id);
                    self.leave(&book).await;
                }
                Err(Stop::Store(error)) => return Err(error),
                Err(stop) => {
                    total.problems += 1;
                    if self.stopped(&name, &stop) {
                        break;
                    }
                }
            }
        }
        Ok(total)
    }

    async fn leave(&mut self, book: &Book) {
        self.work.leases.give_back(&mut self.work.store, book.repo).await;
    }

    /// Tells why a pass ended before its end; whether all others would, too.
    pub(super) fn stopped(&mut self, name: &str, stop: &Stop) -> bool {
        let error = match stop {
            Stop::Github(error) => error,
            Stop::Store(_) | Stop::Other => {
                let said = "another sync has taken it over".to_owned();
                self.work.tell(SyncEvent::Problem(Problem::plain(Some(name), None, said)));
                return false;
            }
        };
        let is_everywhere = error.is_everywhere();
        let of = (!is_everywhere).then_some(name);
        self.work.tell(SyncEvent::Problem(Problem::new(of, None, error)));
        is_everywhere
    }

    /// Gives all leases back: for whoever drops a run half-way.
    pub async fn stop(&self) {
        self.work.leases.give_all_back().await;
    }
}

impl SyncEngine {
    /// What a first sync would cost, by GitHub's counts: two points a repository.
    ///
    /// # Errors
    /// The first repository's that cannot be read.
    pub async fn estimate(&mut self, name: &str) -> Result<Estimate, Error> {
        let start = self.work.now() - TimeDelta::from_std(self.work.options.window).unwrap_or_default();
        list::estimate(&self.work, name, start).await
    }

    /// The repositories that are meant; how many names could not be resolved.
    pub async fn names(&self, targets: &[SyncTarget]) -> (Vec<String>, usize) {
        let since = self.work.now() - self.work.options.window;
        let (names, problems) = targets::names(&self.work.ask, targets, since).await;
        (names, problems.len())
    }
}
