//! The engine: repositories one after the other; one that fails stops no other.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::{
    SyncOptions,
    asking::Asking,
    book::Book,
    cost::{Spent, Total},
    event::{Problem, Summary, SyncEvent, Teller},
    holder::Holder,
    lease::Leases,
    targets::{self, SyncTarget},
    work::{LONGEST, Stop, Work},
};
use crate::{
    domain::sync::Trouble,
    github::client::Client,
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
    /// This one no more.
    Without(SyncTarget),
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
        let ask = Asking::new(Arc::new(client), Teller::new(events), options.time, options.patience);
        let ask = Arc::new(ask);
        let leases = Leases::new(database.clone(), Arc::clone(&ask), options.program);
        Self { work: Work::new(ask, leases, database, options) }
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
            summary = Box::pin(self.all(targets)) => summary,
            () = leases.keep() => Ok(Summary::default()),
        }
    }

    async fn all(&mut self, targets: &[SyncTarget]) -> Result<Summary, StoreError> {
        self.work.asked_at = None;
        let (names, problems) = self.names(targets, true).await?;
        let mut total = Summary { problems, ..Summary::default() };
        let of = names.len();
        for (at, name) in names.into_iter().enumerate() {
            let result = self.work.pass(&name, (at + 1, of), &mut None).await;
            total += self.work.summary;
            match result {
                Ok(book) => self.leave(&book).await,
                Err(Stop::Store(error)) => return Err(error),
                Err(Stop::ReadByOther { holder, open }) => {
                    total.open += open;
                    self.work.tell(SyncEvent::ReadByOther { repository: name, holder, open });
                }
                Err(stop) => {
                    total.problems += 1;
                    let is_everywhere = self.stopped(&name, &stop);
                    self.keeps(name);
                    if is_everywhere {
                        break;
                    }
                }
            }
        }
        Ok(total)
    }

    /// Tells what is there of a repository whose pass ended before its end.
    fn keeps(&self, repository: String) {
        let summary = self.work.summary;
        if summary.rows > 0 {
            self.work.tell(SyncEvent::Stopped { repository, summary });
        }
    }

    async fn leave(&mut self, book: &Book) {
        self.work.leases.give_back(&mut self.work.store, book.repo).await;
    }

    /// Tells why a pass ended before its end; whether all others would, too.
    pub(super) fn stopped(&mut self, name: &str, stop: &Stop) -> bool {
        let error = match stop {
            Stop::Github(error) => error,
            Stop::Held { holder, trouble } => {
                self.work.tell(SyncEvent::Problem(held(name, holder, trouble.as_ref())));
                return false;
            }
            Stop::Store(_) | Stop::Other | Stop::ReadByOther { .. } => {
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

/// Another one has it, and does not read it.
fn held(name: &str, holder: &Holder, trouble: Option<&Trouble>) -> Problem {
    let why = match trouble {
        Some(Trouble::Limit) => ": GitHub's limit is used up",
        Some(Trouble::Outage(why) | Trouble::Failed { brief: why, .. }) => &format!(": {why}"),
        None => "",
    };
    let minutes = LONGEST.num_minutes();
    let said = format!("{holder} has it, and has not read all of it from GitHub for {minutes} min{why}");
    let mend = Some("see what that one says, or end it".to_owned());
    Problem { mend, ..Problem::plain(Some(name), None, said) }
}

impl SyncEngine {
    /// What a sync would do and cost now, repository by repository, which is told; writes nothing. `is_stored`: the
    /// database is there, and has what a sync needs.
    ///
    /// # Errors
    /// The database's.
    pub async fn estimate(&mut self, targets: &[SyncTarget], is_stored: bool) -> Result<Total, StoreError> {
        let (names, problems) = self.names(targets, is_stored).await?;
        // To find the names costs the same each time.
        let spent = self.spent();
        let mut total = Total { problems, ..Total::from(spent) };
        for name in names {
            match self.work.estimate(&name, is_stored).await {
                Ok(estimate) => {
                    total += &estimate;
                    self.work.tell(SyncEvent::Estimated(estimate));
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

    /// The repositories that are meant, and how many names led nowhere.
    async fn names(
        &mut self,
        targets: &[SyncTarget],
        is_stored: bool,
    ) -> Result<(Vec<String>, usize), StoreError> {
        if is_stored {
            self.work.recall_lists(targets).await?;
        }
        let since = self.work.now() - self.work.options.window;
        let (names, problems) = targets::names(&self.work.ask, targets, since).await;
        Ok((names, problems.len()))
    }
}
