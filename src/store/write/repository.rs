//! The row of a repository: found by GitHub's id, made or renamed if need be.

use std::collections::{BTreeMap, BTreeSet};

use super::{batch, table::FactTable};
use crate::{
    domain::ids::RepoId,
    facts::{
        fact::Fact,
        reduce::repository::{fold, settle_names},
        rows::RepositoryRow,
    },
    store::engine::{
        columns::Columns,
        error::StoreError,
        transaction::{Cell, Connection, Transaction},
    },
};

/// Repositories by GitHub's id.
type ById = BTreeMap<i64, RepositoryRow>;

/// Folds the facts into the row of their repository; returns its id, and how many rows were written: a name that is
/// taken over changes its old bearer's row, too, and where the repository is back, so are its pull requests.
pub(super) async fn store(
    conn: &mut Connection,
    github_id: i64,
    facts: &[&Fact],
) -> Result<(RepoId, usize), StoreError> {
    let mut transaction = conn.begin().await?;
    let known = by_id(&mut transaction, github_id).await?;
    let mut rows = known.clone();
    fold(&mut rows, facts.iter().copied());
    if known.get(&github_id).is_some_and(|row| same(Some(row), rows.get(&github_id))) {
        transaction.end(false).await?;
        return Ok((known[&github_id].id, 0));
    }
    let before = claimants(&mut transaction, github_id, facts).await?;
    let mut after = before.clone();
    fold(&mut after, facts.iter().copied());
    settle_names(&mut after);
    let mut written = write(&mut transaction, &before, &after).await?;
    let row = &after[&github_id];
    // In this transaction: once it is stored that the repository is back, nobody would notice any more.
    if row.gone_at.is_none() && before.get(&github_id).is_some_and(|row| row.gone_at.is_some()) {
        written += batch::write(&mut transaction, row.id, &[], true).await?.rows;
    }
    transaction.end(written > 0).await?;
    Ok((row.id, written))
}

fn same(one: Option<&RepositoryRow>, other: Option<&RepositoryRow>) -> bool {
    one.map(Columns::cells) == other.map(Columns::cells)
}

async fn by_id(transaction: &mut Transaction<'_>, github_id: i64) -> Result<ById, StoreError> {
    select(transaction, "github_id = $1", vec![Cell::Big(Some(github_id))]).await
}

async fn select(
    transaction: &mut Transaction<'_>,
    condition: &str,
    cells: Vec<Cell>,
) -> Result<ById, StoreError> {
    let lock = if transaction.is_postgres() { " ORDER BY github_id FOR NO KEY UPDATE" } else { "" };
    let sql = FactTable::repositories().select(condition, None) + lock;
    let rows: Vec<RepositoryRow> = transaction.read(sql, cells).await?;
    Ok(rows.into_iter().map(|row| (row.github_id, row)).collect())
}

/// The repository, and all that claim a name that it has, had or will have.
async fn claimants(
    transaction: &mut Transaction<'_>,
    github_id: i64,
    facts: &[&Fact],
) -> Result<ById, StoreError> {
    let mut rows = by_id(transaction, github_id).await?;
    let mut names: BTreeSet<String> = facts.iter().map(|fact| fact.repository.full_name.clone()).collect();
    names.extend(rows.values().map(|row| row.claimed_name().to_owned()));
    for name in names {
        let length = i32::try_from(name.chars().count() + 1).unwrap_or(i32::MAX);
        let aside = Cell::text(&format!("{name}#"));
        let cells = vec![Cell::text(&name), Cell::Int(Some(length)), aside];
        let condition = "full_name = $1 OR substr(full_name, 1, $2) = $3";
        rows.extend(select(transaction, condition, cells).await?);
    }
    Ok(rows)
}

async fn write(transaction: &mut Transaction<'_>, before: &ById, after: &ById) -> Result<usize, StoreError> {
    let changed = || after.iter().filter(|(id, row)| !same(before.get(id), Some(row)));
    // A name is free before another row takes it.
    for (id, row) in changed() {
        if let Some(old) = before.get(id).filter(|old| old.full_name != row.full_name) {
            let aside = vec![Cell::Big(Some(*id)), Cell::text(&old.name_aside())];
            transaction.execute("UPDATE repositories SET full_name = $2 WHERE github_id = $1", aside).await?;
        }
    }
    let (table, later) = (FactTable::repositories(), transaction.later());
    for (id, row) in changed() {
        // Made by somebody else meanwhile: that is a duplicate, and then all of this is done again.
        let sql = if before.contains_key(id) { table.upsert(later, |_| true) } else { table.insert(later) };
        transaction.execute(&sql, row.cells()).await?;
    }
    Ok(changed().count())
}
