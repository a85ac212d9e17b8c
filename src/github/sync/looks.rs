//! Looks at single pull requests: they come at once, beside whatever a watch is at, which goes on meanwhile.

use std::{future::Future, pin::Pin, sync::Arc};

use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::{
    SyncOptions,
    asking::Asking,
    event::{Because, Problem, SyncEvent},
    files,
    lease::{Leases, OTHERS},
    work::{Stop, Work},
};
use crate::store::engine::database::Database;

/// A pull request that is looked at: its repository's name, and its number.
type Wanted = (String, i32);

/// The looks that are under way.
pub(super) struct Looks {
    ask: Arc<Asking>,
    leases: Leases,
    database: Database,
    options: SyncOptions,
    wanted: Vec<Wanted>,
    flying: FuturesUnordered<Pin<Box<dyn Future<Output = Wanted> + Send>>>,
}

impl Looks {
    pub(super) fn new(work: &Work) -> Self {
        Self {
            ask: Arc::clone(&work.ask),
            leases: work.leases.clone(),
            database: work.leases.database().clone(),
            options: work.options,
            wanted: Vec::new(),
            flying: FuturesUnordered::new(),
        }
    }

    /// Begins one, unless it is under way.
    pub(super) fn begin(&mut self, repository: String, number: i32) {
        let wanted = (repository, number);
        if self.wanted.contains(&wanted) {
            return;
        }
        self.wanted.push(wanted.clone());
        let (ask, leases) = (Arc::clone(&self.ask), self.leases.clone());
        let mut work = Work::new(ask, leases, self.database.clone(), self.options);
        self.flying.push(Box::pin(async move {
            let (repository, number) = wanted;
            work.look_up(&repository, number).await;
            (repository, number)
        }));
    }

    /// Waits until one has ended; for ever while there is none.
    pub(super) async fn next(&mut self) {
        match self.flying.next().await {
            Some(ended) => self.wanted.retain(|wanted| *wanted != ended),
            None => std::future::pending().await,
        }
    }
}

impl Work {
    /// Reads this pull request, whatever was seen of it, and tells how that went.
    async fn look_up(&mut self, repository: &str, number: i32) {
        let name = repository.to_owned();
        let event = match self.look_at(repository, number).await {
            Ok(Some(found)) => SyncEvent::Looked { repository: name, number, found },
            Ok(None) => return,
            Err(Stop::Github(error)) if error.is_everywhere() => {
                SyncEvent::Problem(Problem::new(None, None, &error))
            }
            Err(Stop::Github(error)) => {
                SyncEvent::Problem(Problem::new(Some(repository), Some(number), &error))
            }
            Err(Stop::Store(error)) => {
                let said = format!("the database does not take it: {error}");
                SyncEvent::Problem(Problem::plain(Some(repository), Some(number), said))
            }
            Err(Stop::Other | Stop::ReadByOther { .. } | Stop::Held { .. }) => SyncEvent::Waiting {
                repository: Some(name),
                until: self.now() + OTHERS,
                because: Because::OtherSync(None),
            },
        };
        self.tell(event);
    }

    /// Whether GitHub has it; `None`: nobody knows, and why is told.
    async fn look_at(&mut self, repository: &str, number: i32) -> Result<Option<bool>, Stop> {
        let (mut book, _) = self.first(repository).await?;
        if !self.leases.take(&mut self.store, book.repo).await? {
            return Err(Stop::Other);
        }
        let Some(listed) = self.find(&mut book, number).await? else {
            return Ok((self.summary.problems == 0).then_some(false));
        };
        let wanted = files::wanted(&book, number, &listed.with_heads(&book, number));
        self.files(&mut book, wanted.into_iter().collect()).await?;
        Ok(Some(true))
    }
}
