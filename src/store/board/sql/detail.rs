//! What is read on demand of one pull request.

use std::sync::Arc;

use super::{
    super::{
        decode::{CheckColumns, PastInsightColumns, ReviewColumns},
        failed::{FAILED, FAILED_LIMIT, TIMED_LIMIT},
    },
    Composer,
};
use crate::store::engine::columns::Columns as _;

impl Composer<'_> {
    pub(super) fn by_key(&self, table: &str, column: &str) -> Option<Arc<str>> {
        self.schema.has(table, column).then(|| {
            let text = self.schema.json(column, table, column);
            format!("SELECT ({text})::text FROM {table} WHERE repo_id = $1 AND pr_number = $2 LIMIT 1").into()
        })
    }

    /// Of many commits at once: a request each would be too much on YugabyteDB.
    pub(super) fn failed_checks(&self) -> Option<Arc<str>> {
        let complete = ["repo_id", "head_sha", "conclusion", "status", "name"]
            .iter()
            .all(|c| self.schema.has("checks", c));
        complete.then(|| {
            let word = |column: &str| self.schema.word(&format!("c.{column}"), "checks", column);
            let (head, conclusion, status) = (word("head_sha"), word("conclusion"), word("status"));
            let name = self.schema.read("c", "checks", "name", "text");
            let counts =
                if self.schema.has("checks", "superseded") { "AND c.superseded IS NOT TRUE" } else { "" };
            format!(
                "{}SELECT k.n::int4, {name} FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS k(repo_id, head_sha, n) \
                 JOIN checks c ON {head} = k.head_sha AND c.repo_id = k.repo_id \
                 WHERE COALESCE(NULLIF(lower({conclusion}), ''), lower({status})) IN ({FAILED}) {counts} \
                 ORDER BY k.n, 2 LIMIT {FAILED_LIMIT}",
                self.hints("Leading((k c)) YbBatchedNL(k c)")
            )
            .into()
        })
    }

    pub(super) fn checks(&self) -> Option<Arc<str>> {
        let complete =
            ["repo_id", "head_sha", "conclusion", "name"].iter().all(|c| self.schema.has("checks", c));
        complete.then(|| {
            let columns = self.schema.read_all("c", "checks", CheckColumns::COLUMNS);
            let head = self.schema.word("c.head_sha", "checks", "head_sha");
            let conclusion = self.schema.word("c.conclusion", "checks", "conclusion");
            let counts =
                if self.schema.has("checks", "superseded") { "AND c.superseded IS NOT TRUE" } else { "" };
            // Whatever the limit cuts off has passed.
            format!(
                "SELECT {columns} FROM checks c WHERE {head} = $2 AND c.repo_id = $1 {counts} \
                 ORDER BY COALESCE(lower({conclusion}), '') IN ('success', 'neutral', 'skipped'), c.name LIMIT 300"
            )
            .into()
        })
    }

    /// Commits are looked up by the key, so that no index is needed.
    pub(super) fn usual(&self) -> Option<Arc<str>> {
        const COLUMNS: [&str; 8] =
            ["repo_id", "head_sha", "app", "workflow_id", "name", "conclusion", "started_at", "completed_at"];
        let schema = self.schema;
        let is_time = |column| schema.is_time("checks", column);
        let complete = COLUMNS.iter().all(|column| schema.has("checks", column));
        (complete && is_time("started_at") && is_time("completed_at")).then(|| {
            let word = |column: &str| schema.word(&format!("c.{column}"), "checks", column);
            let read = |column, kind| schema.read("c", "checks", column, kind);
            let (head, conclusion) = (word("head_sha"), word("conclusion"));
            let (app, workflow, name) = (read("app", "text"), read("workflow_id", "int8"), read("name", "text"));
            let (begin, end) = (read("started_at", "timestamptz"), read("completed_at", "timestamptz"));
            format!(
                "{}SELECT app, workflow_id, name, string_agg(seconds::text, ',') FROM ( \
                 SELECT {app} AS app, {workflow} AS workflow_id, {name} AS name, \
                 trunc(extract(epoch FROM {end} - {begin}))::int8 AS seconds \
                 FROM unnest($2::text[]) AS k(head_sha) JOIN checks c ON {head} = k.head_sha AND c.repo_id = $1 \
                 WHERE lower({conclusion}) = 'success' AND {end} >= $3 AND {begin} <= {end}) t \
                 GROUP BY app, workflow_id, name ORDER BY app, workflow_id, name LIMIT {TIMED_LIMIT}",
                self.hints("Leading((k c)) YbBatchedNL(k c)")
            )
            .into()
        })
    }

    pub(super) fn reviews(&self) -> Option<Arc<str>> {
        let complete = ["repo_id", "pr_number", "review_id", "submitted_at"]
            .iter()
            .all(|c| self.schema.has("reviews", c));
        complete.then(|| {
            let columns = self.schema.read_all("v", "reviews", ReviewColumns::COLUMNS);
            format!(
                "SELECT {columns} FROM reviews v WHERE v.repo_id = $1 AND v.pr_number = $2 \
                 ORDER BY v.submitted_at DESC NULLS LAST, v.review_id DESC LIMIT 300"
            )
            .into()
        })
    }

    pub(super) fn insights(&self) -> Option<Arc<str>> {
        let complete = ["id", "repo_id", "pr_number"].iter().all(|c| self.schema.has("insights", c));
        complete.then(|| {
            let columns = self.schema.read_all("i", "insights", PastInsightColumns::COLUMNS);
            let details = self.schema.read("i", "insights", "details", "text");
            let newest = format!("ORDER BY {} DESC NULLS LAST, i.id DESC", self.created("i"));
            // The older ones' details stay where they are stored.
            format!(
                "SELECT i.id, {columns}, CASE WHEN row_number() OVER ({newest}) <= 2 THEN {details} END \
                 FROM insights i WHERE i.repo_id = $1 AND i.pr_number = $2 {newest} LIMIT 12"
            )
            .into()
        })
    }
}
