//! The statement that tells how old GitHub's word is, where a sync reads it.

use std::sync::Arc;

use super::Composer;
use crate::store::engine::rows::LEASE;

const STATE: &str = "sync_state";

impl Composer<'_> {
    /// The leases of repositories, by their keys.
    pub(super) fn synced(&self) -> Option<Arc<str>> {
        let has = |column: &&str| self.schema.has(STATE, column);
        let is_there = ["repo_id", "resource", "cursor", "etag"].iter().all(has)
            && self.schema.is_time(STATE, "lease_until");
        is_there.then(|| {
            format!(
                "SELECT repo_id, cursor, etag, COALESCE(lease_until >= now(), false) FROM {STATE} \
                 WHERE repo_id = ANY($1) AND resource = '{LEASE}' ORDER BY repo_id"
            )
            .into()
        })
    }
}
