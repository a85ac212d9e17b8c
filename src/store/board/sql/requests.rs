//! The statements about requests for insights.

use std::sync::Arc;

use super::{super::scope::REQUESTS as MOST, Composer};
use crate::store::engine::{columns::Columns as _, rows::RequestColumns};

const REQUESTS: &str = "insight_requests";

impl Composer<'_> {
    pub(super) fn has_requests(&self) -> bool {
        let has = |column: &&str| self.schema.has(REQUESTS, column);
        ["id", "repo_id", "pr_number", "state", "requested_at"].iter().all(has)
            && self.schema.is_time(REQUESTS, "updated_at")
    }

    /// Newest version and number of the requests written since $1.
    pub(super) fn count_requests(&self) -> String {
        let buckets = self.any_bucket("flowlens_insight_requests_updated");
        format!(
            "SELECT max(updated_at) AS at, count(*) AS many FROM {REQUESTS} \
             WHERE {buckets} updated_at >= $1 AND updated_at <= now()"
        )
    }

    pub(super) fn requests(&self) -> Option<Arc<str>> {
        self.has_requests().then(|| {
            let columns = self.schema.read_all(REQUESTS, REQUESTS, RequestColumns::COLUMNS);
            let number = self.schema.number("", REQUESTS);
            let state = self.schema.word("state", REQUESTS, "state");
            let written = self.scans(
                &columns,
                REQUESTS,
                "flowlens_insight_requests_updated",
                &["updated_at >= $1 AND updated_at <= now()"],
                "true",
                &format!("ORDER BY updated_at DESC, id LIMIT {MOST}"),
            );
            format!(
                "(SELECT id, repo_id, {number} AS pr_number, {columns} FROM {REQUESTS} \
                 WHERE $2 AND {state} IN ('queued','running') ORDER BY requested_at, id LIMIT {MOST}) UNION ALL {written}"
            )
            .into()
        })
    }
}
