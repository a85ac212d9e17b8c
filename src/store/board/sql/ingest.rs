//! The statement that tells how the deliveries of webhooks stand.

use std::sync::Arc;

use super::Composer;
use crate::domain::{delivery::BUCKETS, ingest::Ingest};

const DELIVERIES: &str = "webhook_deliveries";
const PENDING: &str = "flowlens_webhook_deliveries_pending";
/// To the letter as the index has it.
const BUCKET: &str = "(COALESCE(repository_id,0) % 8)";
const SETTLED: &str = "flowlens_webhook_deliveries_settled";

impl Composer<'_> {
    /// Each part reads the end of an index, or so many entries at most: the rows hold payloads. Without the indexes
    /// nothing is told.
    pub(super) fn ingest(&self) -> Option<Arc<str>> {
        let has = |column: &&str| self.schema.has(DELIVERIES, column);
        let is_there = ["delivery_id", "state", "repository_id"].iter().all(has)
            && self.schema.is_time(DELIVERIES, "received_at")
            && self.schema.is_time(DELIVERIES, "processed_at")
            && [PENDING, SETTLED].iter().all(|index| self.schema.has_index(index));
        is_there.then(|| {
            let newest = |condition: String, column: &str| {
                format!(
                    "(SELECT received_at FROM {DELIVERIES} WHERE {condition} \
                     ORDER BY {column} DESC, delivery_id DESC LIMIT 1)"
                )
            };
            let settled = ["done", "ignored", "dead"]
                .map(|state| newest(format!("state <> 'pending' AND state = '{state}'"), "processed_at"));
            let pending = (0..BUCKETS).map(|bucket| {
                newest(format!("state = 'pending' AND {BUCKET} = {bucket}"), "received_at")
            });
            let buckets = (0..BUCKETS).map(|bucket| bucket.to_string()).collect::<Vec<_>>().join(",");
            let ends: Vec<String> = settled.into_iter().chain(pending).collect();
            let seconds = Ingest::PATIENCE.num_seconds();
            let most = Ingest::MOST;
            format!(
                "SELECT (SELECT max(received_at) FROM ({}) n), \
                 (SELECT count(*) FROM (SELECT 1 FROM {DELIVERIES} WHERE state = 'pending' \
                 AND {BUCKET} = ANY('{{{buckets}}}') \
                 AND received_at < now() - interval '{seconds} s' LIMIT {most}) l)::int4, \
                 (SELECT count(*) FROM (SELECT 1 FROM {DELIVERIES} WHERE state <> 'pending' AND state = 'dead' \
                 LIMIT {most}) d)::int4",
                ends.join(" UNION ALL ")
            )
            .into()
        })
    }
}
