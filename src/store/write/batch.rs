//! The facts of one repository, folded into its rows in one transaction.
//!
//! Each table is read for a page of keys at a time. Checks come first: they belong to commits, and several pull requests
//! may share a head. A list of files may be megabytes, so that it is read only for facts that name files, one pull
//! request at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Applied,
    rows::{FilesColumn, GoneColumn, PullKey, ReviewKey},
    table::FactTable,
};
use crate::{
    domain::ids::{PrKey, PrNumber, RepoId},
    facts::{
        fact::{Fact, What},
        reduce::{checks, diff, reduce},
        rows::{CheckKey, CheckRow, RowChange, Stored},
    },
    store::engine::{
        columns::Columns,
        error::StoreError,
        transaction::{Cell, Transaction},
    },
};

/// Keys that one statement reads.
const PAGE: usize = 200;
const OPEN: &str = "lower(COALESCE(state, 'open')) NOT IN ('closed', 'merged')";
const CLOSED: &str = "lower(state) = 'closed'";

type Checks = BTreeMap<CheckKey, CheckRow>;

/// Folds the facts into each pull request that they name or whose head they are about; into all that are shown as they
/// are for its sake, where the repository went or came back.
pub(super) async fn write(
    transaction: &mut Transaction<'_>,
    repo: RepoId,
    facts: &[&Fact],
    is_back: bool,
) -> Result<Applied, StoreError> {
    let mut of_commits: BTreeMap<String, Vec<&Fact>> = BTreeMap::new();
    let mut of_pulls: BTreeMap<PrNumber, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        if let Some(sha) = fact.what.commit() {
            of_commits.entry(checks::commit(sha)).or_default().push(fact);
        }
        if let Some(number) = fact.what.number() {
            of_pulls.entry(PrNumber::new(number)).or_default().push(fact);
        }
    }
    let gone_at = lock(transaction, repo).await?;
    let others = match gone_at {
        Some(_) if facts.iter().any(|fact| fact.what == What::RepositoryGone) => {
            pulls(transaction, repo, OPEN).await?
        }
        None if is_back => pulls(transaction, repo, CLOSED).await?,
        Some(_) | None => Vec::new(),
    };
    for key in others {
        of_pulls.entry(key.number).or_default();
    }
    let (checks, changed) = (Checks::new(), BTreeSet::new());
    let mut batch = Batch { transaction, repo, gone_at, checks, changed, written: 0 };
    let commits: Vec<String> = of_commits.keys().cloned().collect();
    for page in commits.chunks(PAGE) {
        batch.fold_checks(page, &of_commits).await?;
        for key in batch.pulls_of(page).await? {
            of_pulls.entry(key.number).or_default();
        }
    }
    let pulls: Vec<(PrNumber, Vec<&Fact>)> = of_pulls.into_iter().collect();
    for page in pulls.chunks(PAGE) {
        batch.fold_pulls(page, &of_commits).await?;
    }
    let keys = pulls.iter().map(|(number, _)| PrKey::new(repo, *number));
    Ok(Applied { rows: batch.written, pulls: keys.collect() })
}

/// Holds back other writers of this repository's rows (the embedded database has only one writer); when it went.
async fn lock(transaction: &mut Transaction<'_>, repo: RepoId) -> Result<Option<DateTime<Utc>>, StoreError> {
    let lock = if transaction.is_postgres() { " FOR NO KEY UPDATE" } else { "" };
    let sql = format!("SELECT gone_at FROM repositories WHERE id = $1{lock}");
    let row: Option<GoneColumn> = transaction.read(sql, vec![repo.into()]).await?.pop();
    Ok(row.and_then(|row| row.gone_at))
}

/// The repository's pull requests in this state.
async fn pulls(
    transaction: &mut Transaction<'_>,
    repo: RepoId,
    state: &str,
) -> Result<Vec<PrKey>, StoreError> {
    let sql = format!("SELECT repo_id, pr_number FROM pull_requests WHERE repo_id = $1 AND {state}");
    transaction.read(sql, vec![repo.into()]).await
}

struct Batch<'t, 'c> {
    transaction: &'t mut Transaction<'c>,
    repo: RepoId,
    /// When the repository went.
    gone_at: Option<DateTime<Utc>>,
    /// The checks of all commits that the facts name, as they are stored now.
    checks: Checks,
    /// The commits of which a check was written.
    changed: BTreeSet<String>,
    /// Rows written.
    written: usize,
}

impl Batch<'_, '_> {
    async fn fold_checks(
        &mut self,
        commits: &[String],
        facts: &BTreeMap<String, Vec<&Fact>>,
    ) -> Result<(), StoreError> {
        let mut before = Stored::new(self.repo, PrNumber::new(0));
        before.checks = self.read_checks(commits).await?;
        let mut after = before.clone();
        let facts = commits.iter().filter_map(|commit| facts.get(commit)).flatten();
        checks::fold_all(&mut after.checks, facts.copied());
        self.save(&before, &after).await?;
        self.checks.append(&mut after.checks);
        Ok(())
    }

    /// The pull requests whose heads these commits are.
    async fn pulls_of(&mut self, commits: &[String]) -> Result<Vec<PrKey>, StoreError> {
        // The repository is no part of the condition: a planner could take its index, and read all its pull requests.
        let sql = format!(
            "SELECT repo_id, pr_number FROM pull_requests WHERE {}",
            self.transaction.any("commit_sha", 1)
        );
        let mut keys: Vec<PrKey> = self.transaction.read(sql, vec![Cell::texts(commits)]).await?;
        keys.retain(|key| key.repo == self.repo);
        Ok(keys)
    }

    async fn fold_pulls(
        &mut self,
        pulls: &[(PrNumber, Vec<&Fact>)],
        of_commits: &BTreeMap<String, Vec<&Fact>>,
    ) -> Result<(), StoreError> {
        let mut page = self.read_pulls(pulls).await?;
        let heads = |(stored, (_, facts)): (&Stored, &(PrNumber, Vec<&Fact>))| {
            stored.head_after(facts.iter().copied())
        };
        let heads: Vec<Option<String>> = page.iter().zip(pulls).map(heads).collect();
        let unread: BTreeSet<&String> =
            heads.iter().flatten().filter(|head| !of_commits.contains_key(*head)).collect();
        let others = self.read_checks(&unread.into_iter().cloned().collect::<Vec<_>>()).await?;
        for (stored, head) in page.iter_mut().zip(heads) {
            let Some(head) = head else { continue };
            let of_head = of_commit(&self.checks, &head).chain(of_commit(&others, &head));
            stored.checks = of_head.map(|(key, row)| (key.clone(), row.clone())).collect();
        }
        for (stored, (_, facts)) in page.into_iter().zip(pulls) {
            self.fold_pull(stored, facts).await?;
        }
        Ok(())
    }

    async fn fold_pull(&mut self, mut before: Stored, facts: &[&Fact]) -> Result<(), StoreError> {
        let names_files = facts.iter().any(|fact| matches!(fact.what, What::Files(_)));
        if let Some(pull) = before.pull.as_mut().filter(|_| names_files) {
            pull.files_changed = self.read_files(before.number).await?;
        }
        let mut after = reduce(before.clone(), facts.iter().copied());
        if files(&before) == files(&after) {
            // Megabytes need no copying, only to be left as they are.
            before.pull.iter_mut().chain(&mut after.pull).for_each(|pull| pull.files_changed = None);
        }
        self.save(&before, &after).await
    }

    /// The rows of these pull requests, in the given order, but for their checks and lists of files.
    async fn read_pulls(&mut self, pulls: &[(PrNumber, Vec<&Fact>)]) -> Result<Vec<Stored>, StoreError> {
        let nothing = |(number, _): &(PrNumber, _)| {
            let stored = Stored::new(self.repo, *number);
            (*number, Stored { repository_gone_at: self.gone_at, ..stored })
        };
        let mut stored: BTreeMap<PrNumber, Stored> = pulls.iter().map(nothing).collect();
        let cells = vec![self.repo.into(), Cell::Ints(stored.keys().map(|number| number.get()).collect())];
        let condition = format!("repo_id = $1 AND {}", self.transaction.any("pr_number", 2));
        let sql = FactTable::pulls().select(&condition, Some("files_changed"));
        let pulls: Vec<(PullKey, _)> = self.transaction.read(sql, cells.clone()).await?;
        for (key, row) in pulls {
            stored.entry(key.pr_number).and_modify(|stored| stored.pull = Some(row));
        }
        let runs: Vec<(PullKey, _)> =
            self.transaction.read(FactTable::runs().select(&condition, None), cells.clone()).await?;
        for (key, row) in runs {
            stored.entry(key.pr_number).and_modify(|stored| stored.run = Some(row));
        }
        let reviews: Vec<(ReviewKey, _)> =
            self.transaction.read(FactTable::reviews().select(&condition, None), cells).await?;
        for (key, row) in reviews {
            stored.entry(key.pr_number).and_modify(|stored| {
                stored.reviews.insert(key.review_id, row);
            });
        }
        Ok(stored.into_values().collect())
    }

    async fn read_files(&mut self, number: PrNumber) -> Result<Option<Arc<Value>>, StoreError> {
        let sql = "SELECT files_changed FROM pull_requests WHERE repo_id = $1 AND pr_number = $2";
        let cells = vec![self.repo.into(), Cell::Int(Some(number.get()))];
        let row: Option<FilesColumn> = self.transaction.read(sql, cells).await?.pop();
        Ok(row.and_then(|row| row.files_changed).map(Arc::new))
    }

    async fn read_checks(&mut self, commits: &[String]) -> Result<Checks, StoreError> {
        if commits.is_empty() {
            return Ok(Checks::new());
        }
        let condition = format!("repo_id = $1 AND {}", self.transaction.any("head_sha", 2));
        let cells = vec![self.repo.into(), Cell::texts(commits)];
        let rows = self.transaction.read(FactTable::checks().select(&condition, None), cells).await?;
        Ok(rows.into_iter().collect())
    }

    /// Writes the rows that differ.
    async fn save(&mut self, before: &Stored, after: &Stored) -> Result<(), StoreError> {
        let key = PullKey { pr_number: after.number };
        let (mut news, mut run) = (false, false);
        for change in diff(before, after) {
            let written = match &change {
                RowChange::Pull(row) => {
                    put(self.transaction, &FactTable::pulls(), self.repo, &key, &**row, before.pull.as_ref())
                        .await?
                }
                RowChange::Run(row) => {
                    let old = before.run.as_ref();
                    run = put(self.transaction, &FactTable::runs(), self.repo, &key, &**row, old).await?;
                    run
                }
                RowChange::Check(key, row) => {
                    let old = before.checks.get(key);
                    put(self.transaction, &FactTable::checks(), self.repo, key, &**row, old).await?
                }
                RowChange::Review(id, row) => {
                    let key = ReviewKey { pr_number: after.number, review_id: *id };
                    let old = before.reviews.get(id);
                    put(self.transaction, &FactTable::reviews(), self.repo, &key, &**row, old).await?
                }
            };
            self.written += usize::from(written);
            match change {
                RowChange::Check(key, _) if written => drop(self.changed.insert(key.head_sha)),
                RowChange::Review(..) => news |= written,
                RowChange::Pull(_) | RowChange::Run(_) | RowChange::Check(..) => {}
            }
        }
        // A check or a review that changes no stage is news of the run all the same.
        let head = after.run.as_ref().map(|run| run.commit_sha.as_deref());
        let Some(head) = head.filter(|_| !run) else { return Ok(()) };
        if news || head.is_some_and(|head| self.changed.contains(head)) {
            let cells = vec![self.repo.into(), Cell::Int(Some(after.number.get()))];
            let sql = FactTable::runs().touch(self.transaction.later());
            self.transaction.execute(&sql, cells).await?;
            self.written += 1;
        }
        Ok(())
    }
}

fn files(stored: &Stored) -> Option<&Arc<Value>> {
    stored.pull.as_ref()?.files_changed.as_ref()
}

/// Writes a row unless its stored form is the same: a text that no engine can hold (with a NUL) differs from the stored
/// text, and yet is no change.
async fn put<K: Columns, R: Columns>(
    transaction: &mut Transaction<'_>,
    table: &FactTable,
    repo: RepoId,
    key: &K,
    new: &R,
    old: Option<&R>,
) -> Result<bool, StoreError> {
    let cells = |row: &R| -> Vec<Cell> {
        [vec![repo.into()], key.cells(), row.cells()].into_iter().flatten().collect()
    };
    let (new, old) = (cells(new), old.map(cells));
    if old.as_ref() == Some(&new) {
        return Ok(false);
    }
    let changed = |n: usize| old.as_ref().is_none_or(|old| old.get(n) != new.get(n));
    let sql = table.upsert(transaction.later(), changed);
    transaction.execute(&sql, new).await?;
    Ok(true)
}

fn of_commit<'a>(checks: &'a Checks, commit: &str) -> impl Iterator<Item = (&'a CheckKey, &'a CheckRow)> {
    let first =
        CheckKey { head_sha: commit.to_owned(), app: String::new(), suite_id: i64::MIN, name: String::new() };
    checks.range(first.clone()..).take_while(move |(key, _)| key.head_sha == first.head_sha)
}
