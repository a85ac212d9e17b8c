//! Marks: how far a sync came, and the `ETag`s and fingerprints of what it saw.

use std::collections::BTreeMap;

use crate::{
    domain::ids::RepoId,
    store::engine::{
        columns::columns,
        error::StoreError,
        rows::LEASE,
        session::Task,
        transaction::{Any, Cell, Connection},
    },
};

/// A mark: whatever the sync that wrote it takes for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub etag: Option<String>,
    /// A cursor, a watermark, a fingerprint.
    pub cursor: Option<String>,
}

struct MarkRow {
    resource: String,
    etag: Option<String>,
    cursor: Option<String>,
}

columns!(MarkRow { resource: Text, etag: Text, cursor: Text });

pub(super) struct Read {
    pub(super) repo: RepoId,
}

impl Task for Read {
    type Answer = BTreeMap<String, Mark>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = "SELECT resource, etag, cursor FROM sync_state WHERE repo_id = $1 AND resource <> $2";
        let rows: Vec<MarkRow> = conn.read(sql.to_owned(), vec![self.repo.into(), Cell::text(LEASE)]).await?;
        Ok(by_name(rows))
    }
}

fn by_name(rows: Vec<MarkRow>) -> BTreeMap<String, Mark> {
    let mark = |row: MarkRow| (row.resource, Mark { etag: row.etag, cursor: row.cursor });
    rows.into_iter().map(mark).collect()
}

/// Those whose names begin so, whatever repository they are kept beside.
pub(super) struct ReadCalled<'a> {
    pub(super) prefix: &'a str,
}

impl Task for ReadCalled<'_> {
    type Answer = BTreeMap<String, Mark>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        // Of two with one name the newer one counts.
        let sql = "SELECT resource, etag, cursor FROM sync_state WHERE substr(resource, 1, length($1)) = $1 \
                   ORDER BY updated_at";
        let rows: Vec<MarkRow> = conn.read(sql.to_owned(), vec![Cell::text(self.prefix)]).await?;
        Ok(by_name(rows))
    }
}

pub(super) struct Keep<'a> {
    pub(super) repo: RepoId,
    pub(super) of: &'a str,
    pub(super) mark: &'a Mark,
}

impl Task for Keep<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<bool, StoreError> {
        let mut transaction = conn.begin().await?;
        let cells = vec![
            self.repo.into(),
            Cell::text(self.of),
            Cell::maybe(self.mark.etag.as_deref()),
            Cell::maybe(self.mark.cursor.as_deref()),
        ];
        let same = "SELECT resource FROM sync_state WHERE repo_id = $1 AND resource = $2 \
                    AND etag IS NOT DISTINCT FROM $3 AND cursor IS NOT DISTINCT FROM $4";
        let is_kept = !transaction.read::<Any>(same, cells.clone()).await?.is_empty();
        if !is_kept {
            let later = transaction.later();
            let sql = format!(
                "INSERT INTO sync_state AS t (repo_id, resource, etag, cursor, updated_at) \
                 VALUES ($1, $2, $3, $4, {}) ON CONFLICT (repo_id, resource) \
                 DO UPDATE SET etag = excluded.etag, cursor = excluded.cursor, updated_at = {}",
                later.now, later.then
            );
            transaction.execute(&sql, cells).await?;
        }
        transaction.end(!is_kept).await?;
        Ok(!is_kept)
    }
}

pub(super) struct Forget<'a> {
    pub(super) repo: RepoId,
    pub(super) of: &'a str,
    /// Those beside all other repositories instead.
    pub(super) is_elsewhere: bool,
}

impl Task for Forget<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<bool, StoreError> {
        let mut transaction = conn.begin().await?;
        let which = if self.is_elsewhere { "<>" } else { "=" };
        let sql = format!("DELETE FROM sync_state WHERE repo_id {which} $1 AND resource = $2");
        let gone = transaction.execute(&sql, vec![self.repo.into(), Cell::text(self.of)]).await? > 0;
        transaction.end(gone).await?;
        Ok(gone)
    }
}
