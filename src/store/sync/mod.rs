//! What a sync keeps and reads back: its marks, its lease, and what is known of a repository's pull requests.
//!
//! All of it is found by the repository's row, which a first [`Fact`](crate::facts::fact::Fact) makes.

mod known;
mod lease;
mod marks;

use std::{collections::BTreeMap, time::Duration};

use self::known::{Find, ReadChecks, ReadPulls};
pub use self::{
    known::{KnownCheck, KnownFiles, KnownPull},
    lease::{Holding, Kept, Lease},
    marks::Mark,
};
use super::engine::{database::Database, error::StoreError, session::Session};
use crate::domain::ids::{PrNumber, RepoId};

/// One connection, opened when first needed; reconnects by itself.
pub struct SyncStore {
    session: Session,
}

impl SyncStore {
    /// Nothing is connected yet.
    pub fn new(database: impl Into<Database>) -> Self {
        Self { session: Session::new(database.into()) }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// The row of a repository, by GitHub's id; `None` if it is not stored.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn repository(&mut self, github_id: i64) -> Result<Option<RepoId>, StoreError> {
        self.session.run(&Find::Id(github_id)).await
    }

    /// The same by its name, in any case, before anybody was asked for its id.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn repository_named(&mut self, full_name: &str) -> Result<Option<RepoId>, StoreError> {
        self.session.run(&Find::Name(full_name)).await
    }

    /// All marks of a repository, by what they are of.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn marks(&mut self, repo: RepoId) -> Result<BTreeMap<String, Mark>, StoreError> {
        self.session.run(&marks::Read { repo }).await
    }

    /// The marks of all repositories whose names begin so.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn marks_called(&mut self, prefix: &str) -> Result<BTreeMap<String, Mark>, StoreError> {
        self.session.run(&marks::ReadCalled { prefix }).await
    }

    /// Keeps a mark in the place of an older one; an equal one is not written. Returns whether it was. It is for the
    /// caller to apply first what the mark says was done.
    ///
    /// # Errors
    /// The connection's or the server's failure; then nothing was written, or all of it.
    pub async fn mark(&mut self, repo: RepoId, of: &str, mark: &Mark) -> Result<bool, StoreError> {
        self.session.run(&marks::Keep { repo, of, mark }).await
    }

    /// Forgets a mark. Returns whether there was one.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn unmark(&mut self, repo: RepoId, of: &str) -> Result<bool, StoreError> {
        self.session.run(&marks::Forget { repo, of, is_elsewhere: false }).await
    }

    /// Forgets what is kept under this name beside other repositories. Returns whether there was any.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn unmark_elsewhere(&mut self, repo: RepoId, of: &str) -> Result<bool, StoreError> {
        self.session.run(&marks::Forget { repo, of, is_elsewhere: true }).await
    }

    /// Takes the lease of a repository for a time, by the database's clock; `None` while somebody else has it. `owner` is
    /// a name that nobody else has: whoever has the lease already has it for longer.
    ///
    /// # Errors
    /// The connection's or the server's failure. The lease may be taken all the same: take it again, or let it expire.
    pub async fn lease(
        &mut self,
        repo: RepoId,
        owner: &str,
        time: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        self.session.run(&lease::Take { repo, owner, time, kept: None }).await
    }

    /// The lease of a repository, if anybody has it.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn holding(&mut self, repo: RepoId) -> Result<Option<Holding>, StoreError> {
        self.session.run(&lease::Look { repo }).await
    }

    /// Makes a lease last for a time from now, and keeps this beside it. False if it had expired and somebody else has it:
    /// then stop.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn renew(&mut self, lease: &Lease, time: Duration, kept: &Kept) -> Result<bool, StoreError> {
        let Lease { repo, owner } = lease;
        Ok(self.session.run(&lease::Take { repo: *repo, owner, time, kept: Some(kept) }).await?.is_some())
    }

    /// Gives a lease back, and keeps this beside it. False if it was not this owner's any more.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn release(&mut self, lease: &Lease, kept: &Kept) -> Result<bool, StoreError> {
        self.session.run(&lease::Release { lease, kept }).await
    }

    /// What is known of a repository's pull requests, a page of them in the order of their numbers, after a number. The
    /// last page is the first that is shorter than `limit`.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn pulls(
        &mut self,
        repo: RepoId,
        after: Option<PrNumber>,
        limit: u32,
    ) -> Result<Vec<KnownPull>, StoreError> {
        self.session.run(&ReadPulls { repo, after, limit }).await
    }

    /// The checks of a commit as they are stored, those that do not count among them.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn checks(&mut self, repo: RepoId, head_sha: &str) -> Result<Vec<KnownCheck>, StoreError> {
        self.session.run(&ReadChecks { repo, head_sha }).await
    }
}
