//! Writing: facts are folded into the stored rows, and only rows that really change are written, in short transactions.
//!
//! The row of a repository comes first, in a transaction of its own; then all rows of its pull requests in a second one,
//! one row a statement: YugabyteDB takes the wrong rows for conflicting in a statement of several (#29109). A writer locks
//! the repository's row (in the embedded database the whole file), so that two writers never fold into the same stored
//! rows. Both transactions may be run again.

mod batch;
mod repository;
mod rows;
mod table;

use std::collections::BTreeMap;

use super::engine::{
    database::Database,
    error::StoreError,
    session::{Session, Task},
    transaction::Connection,
};
use crate::{
    domain::ids::{PrKey, RepoId},
    facts::fact::{Fact, What},
};

/// The result of [`Writer::apply`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows that were written; none if the facts were known.
    pub rows: usize,
    /// The pull requests that the facts are about.
    pub pulls: Vec<PrKey>,
}

/// One connection that writes; reconnects by itself. Several may be at work on one database.
pub struct Writer {
    session: Session,
}

impl Writer {
    /// Nothing is connected yet.
    pub fn new(database: impl Into<Database>) -> Self {
        Self { session: Session::new(database.into()) }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Folds facts into the database: the facts of one repository take effect together.
    ///
    /// # Errors
    /// The database's failure. Repositories that were written until then are whole, and the same facts may be applied
    /// again.
    pub async fn apply<'f>(
        &mut self,
        facts: impl IntoIterator<Item = &'f Fact>,
    ) -> Result<Applied, StoreError> {
        let mut groups: BTreeMap<i64, Vec<&Fact>> = BTreeMap::new();
        for fact in facts {
            groups.entry(fact.repository.github_id).or_default().push(fact);
        }
        let mut applied = Applied::default();
        for (github_id, facts) in &groups {
            let (repo, rows) = self.session.run(&StoreRepository { github_id: *github_id, facts }).await?;
            let written = self.session.run(&FoldFacts { repo, facts }).await?;
            applied.rows += rows + written.rows;
            applied.pulls.extend(written.pulls);
        }
        Ok(applied)
    }
}

/// The row of the repository with this id of GitHub's.
struct StoreRepository<'a> {
    github_id: i64,
    facts: &'a [&'a Fact],
}

impl Task for StoreRepository<'_> {
    type Answer = (RepoId, usize);

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        repository::store(conn, self.github_id, self.facts).await
    }
}

/// The rows of this repository's pull requests.
struct FoldFacts<'a> {
    repo: RepoId,
    facts: &'a [&'a Fact],
}

impl Task for FoldFacts<'_> {
    type Answer = Applied;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        if self.facts.iter().all(|fact| matches!(fact.what, What::Repository(_))) {
            return Ok(Applied::default());
        }
        let mut transaction = conn.begin().await?;
        let applied = batch::write(&mut transaction, self.repo, self.facts, false).await?;
        transaction.end(applied.rows > 0).await?;
        Ok(applied)
    }
}
