//! The statements about requests for insights.

use std::sync::Arc;

use super::Composer;
use crate::store::engine::{columns::Columns as _, rows::RequestColumns};

const REQUESTS: &str = "insight_requests";

impl Composer<'_> {
    pub(super) fn has_requests(&self) -> bool {
        ["id", "repo_id", "pr_number", "state", "requested_at", "updated_at"]
            .iter()
            .all(|column| self.schema.has(REQUESTS, column))
    }

    pub(super) fn changed_requests(&self, select: &str, limit: usize) -> String {
        self.scans(
            select,
            REQUESTS,
            "flowlens_insight_requests_updated",
            "updated_at >= $1 AND updated_at <= now()",
            &format!("ORDER BY updated_at DESC, id LIMIT {limit}"),
        )
    }

    pub(super) fn requests(&self) -> Option<Arc<str>> {
        self.has_requests().then(|| {
            let columns = self.schema.read_all(REQUESTS, REQUESTS, RequestColumns::COLUMNS);
            let written = self.changed_requests(&columns, self.page);
            format!(
                "(SELECT id, repo_id, pr_number::int4, {columns} FROM {REQUESTS} WHERE state IN ('queued','running') \
                 ORDER BY requested_at, id LIMIT {}) UNION ALL {written}",
                self.page
            )
            .into()
        })
    }
}
