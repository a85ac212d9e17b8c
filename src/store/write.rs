//! Writing: facts are folded into the stored rows, and only what really changes is written, in short transactions.
//!
//! The repository comes first, in a transaction of its own; then all rows of the facts of one repository in one, one
//! row a statement. Whoever writes the rows of a repository has locked its row (the embedded database: the whole
//! file), so that two writers never fold into the same stored rows. All of it may be run again.

mod repository;
mod rows;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    rows::{Number, Written},
    table::{CHECKS, PULLS, REVIEWS, RUNS, Table},
};
use super::engine::{
    database::Database,
    error::StoreError,
    session::{Session, Task},
    transaction::{Cell, Connection, Transaction},
};
use crate::{
    domain::ids::{PrKey, PrNumber, RepoId},
    facts::{
        fact::{Fact, What},
        reduce::{checks, diff, reduce},
        rows::{RowChange, Stored},
    },
};

/// What [`Writer::apply`] wrote.
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

    /// Folds facts into the database: all those of one repository take effect together.
    ///
    /// # Errors
    /// The database's failure. What was written until then is whole, and the same facts may be applied again.
    pub async fn apply(&mut self, facts: &[Fact]) -> Result<Applied, StoreError> {
        let mut groups: BTreeMap<i64, Vec<Fact>> = BTreeMap::new();
        for fact in facts {
            groups.entry(fact.repository.github_id).or_default().push(fact.clone());
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
    facts: &'a [Fact],
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
    facts: &'a [Fact],
}

impl Task for FoldFacts<'_> {
    type Answer = Applied;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        if self.facts.iter().all(|fact| matches!(fact.what, What::Repository(_))) {
            return Ok(Applied::default());
        }
        let mut transaction = conn.begin().await?;
        let applied = write(&mut transaction, self.repo, self.facts).await?;
        transaction.end(applied.rows > 0).await?;
        Ok(applied)
    }
}

/// Folds the facts into each pull request that they name or whose head they are about.
async fn write(
    transaction: &mut Transaction<'_>,
    repo: RepoId,
    facts: &[Fact],
) -> Result<Applied, StoreError> {
    transaction.lock(repo).await?;
    let commits: BTreeSet<String> = facts.iter().filter_map(commit).collect();
    let mut numbers: BTreeSet<i32> = facts.iter().filter_map(|fact| fact.what.number()).collect();
    for commit in &commits {
        let query = "SELECT pr_number FROM pull_requests WHERE repo_id = $1 AND commit_sha = $2";
        let found: Vec<Number> = transaction.read(query, vec![repo.into(), Cell::text(commit)]).await?;
        numbers.extend(found.into_iter().map(|Number(number)| number));
    }
    let mut applied = Applied::default();
    for number in numbers {
        let number = PrNumber::new(number);
        let before = load(transaction, repo, number, facts, &commits).await?;
        let after = reduce(before.clone(), facts);
        applied.rows += save(transaction, &before, &after).await?;
        applied.pulls.push(PrKey::new(repo, number));
    }
    if applied.pulls.is_empty() {
        // Checks of a commit whose pull request is not known yet.
        let mut before = Stored::new(repo, PrNumber::new(0));
        load_checks(transaction, &mut before, &commits).await?;
        let mut after = before.clone();
        checks::fold_all(&mut after.checks, facts);
        applied.rows += save(transaction, &before, &after).await?;
    }
    Ok(applied)
}

fn commit(fact: &Fact) -> Option<String> {
    match &fact.what {
        What::Check(seen) => Some(seen.head_sha.clone()),
        What::Repository(_)
        | What::PullRequest(_)
        | What::Files(_)
        | What::Review(_)
        | What::ReviewDismissed(_)
        | What::MergeQueue(_) => None,
    }
}

/// What the reducer needs to know of a pull request.
async fn load(
    transaction: &mut Transaction<'_>,
    repo: RepoId,
    number: PrNumber,
    facts: &[Fact],
    commits: &BTreeSet<String>,
) -> Result<Stored, StoreError> {
    let key = || vec![repo.into(), Cell::Int(Some(number.get()))];
    let mut stored = Stored::new(repo, number);
    stored.pull = transaction.read(PULLS.select(), key()).await?.pop();
    stored.run = transaction.read(RUNS.select(), key()).await?.pop();
    stored.reviews = transaction.read(REVIEWS.select(), key()).await?.into_iter().collect();
    let heads = [stored.head_after(facts), stored.pull.as_ref().and_then(|pull| pull.commit_sha.clone())];
    let commits = commits.iter().cloned().chain(heads.into_iter().flatten()).collect();
    load_checks(transaction, &mut stored, &commits).await?;
    Ok(stored)
}

async fn load_checks(
    transaction: &mut Transaction<'_>,
    stored: &mut Stored,
    commits: &BTreeSet<String>,
) -> Result<(), StoreError> {
    for commit in commits {
        let found =
            transaction.read(CHECKS.select(), vec![stored.repo_id.into(), Cell::text(commit)]).await?;
        stored.checks.extend::<Vec<_>>(found);
    }
    Ok(())
}

/// Writes what differs; returns how many rows that were.
async fn save(
    transaction: &mut Transaction<'_>,
    before: &Stored,
    after: &Stored,
) -> Result<usize, StoreError> {
    let (repo, number) = (after.repo_id, after.number);
    let mut written = 0;
    let (mut evidence, mut run) = (false, false);
    for change in diff(before, after) {
        let (table, new, old): (Table, Vec<Cell>, Option<Vec<Cell>>) = match &change {
            RowChange::Pull(row) => {
                (PULLS, row.cells((repo, number)), before.pull.as_ref().map(|row| row.cells((repo, number))))
            }
            RowChange::Run(row) => {
                (RUNS, row.cells((repo, number)), before.run.as_ref().map(|row| row.cells((repo, number))))
            }
            RowChange::Check(key, row) => (
                CHECKS,
                row.cells((repo, key.clone())),
                before.checks.get(key).map(|row| row.cells((repo, key.clone()))),
            ),
            RowChange::Review(id, row) => {
                let key = (repo, number, *id);
                (REVIEWS, row.cells(key), before.reviews.get(id).map(|row| row.cells(key)))
            }
        };
        // What cannot be stored as it is (a NUL) differs, and yet is no change.
        if old.as_ref() == Some(&new) {
            continue;
        }
        let changed = |n: usize| old.as_ref().is_none_or(|old| old.get(n) != new.get(n));
        let sql = table.upsert(transaction.later(), changed);
        transaction.execute(&sql, new).await?;
        written += 1;
        match &change {
            RowChange::Run(_) => run = true,
            RowChange::Check(key, _) => {
                let head = after.run.as_ref().and_then(|run| run.commit_sha.as_ref());
                evidence |= head == Some(&key.head_sha);
            }
            RowChange::Review(..) => evidence = true,
            RowChange::Pull(_) => {}
        }
    }
    // A check or a review that changes no stage is news of the run all the same.
    if evidence && !run && after.run.is_some() {
        let key = vec![repo.into(), Cell::Int(Some(number.get()))];
        transaction.execute(&RUNS.touch(transaction.later()), key).await?;
        written += 1;
    }
    Ok(written)
}
