//! Insights of other times, for a history.

use uuid::Uuid;

use super::{
    super::{
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection},
    },
    PastInsight,
    work::values,
};

/// The columns are those of our own schema: only a database of ours is given a history.
const INSERT: &str = "INSERT INTO insights (id, repo_id, pr_number, commit_sha, risk_level, score, summary, \
                      recommendation, details, requested_by, processed, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, $11)";

/// Stores them in one transaction.
pub(super) struct Remember<'a> {
    pub(super) past: &'a [PastInsight],
}

impl Task for Remember<'_> {
    type Answer = ();

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let mut transaction = conn.begin().await?;
        for PastInsight { key, at, insight } in self.past {
            let mut cells = vec![Uuid::new_v4().into(), key.repo.into(), Cell::Int(Some(key.number.get()))];
            cells.extend(values(insight));
            cells.push(Cell::time(Some(*at)));
            transaction.execute(INSERT, cells).await?;
        }
        transaction.end(!self.past.is_empty()).await
    }
}
