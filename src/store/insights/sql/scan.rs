//! The statement that looks for heads without an insight: a page of the open pull requests, and what stands for each.
//!
//! As the feed's, it is made for YugabyteDB, where each scan is a request to another node: a page is one ordered,
//! limited scan a range and bucket, and what stands for its rows is looked up by plain joins, hundreds in one request.

use super::Sql;
use crate::{domain::request::Ability, store::engine::discovery::open};

/// Pull requests that one look takes.
pub(in crate::store) const PAGE: usize = 500;

/// Buckets of the index on the open ones.
const BUCKETS: i32 = 8;
const INDEX: &str = "flowlens_pull_requests_open_updated";

const HINTS: &str = "Leading(((((s i) q) x) h)) YbBatchedNL(s i) YbBatchedNL(s i q) YbBatchedNL(s i q x) YbBatchedNL(s i q x h)";

impl Sql {
    /// $1 the last one's time as text, $2 its id, $3 its id if it has no time: the next page, by the time of the last
    /// change, those without one last. Id, key, the time as text, whether the head lacks an insight and nothing stands
    /// in its way, whether files are stored. `None` where commits are not known.
    pub(in crate::store) fn scan(&self) -> Option<String> {
        if !self.has("pull_requests", "commit_sha") || !self.has("insights", "commit_sha") {
            return None;
        }
        let (stands, requests) = match self.ability() {
            Ability::Queue => (
                format!("i.id IS NOT NULL OR {}", self.is_settled()),
                "LEFT JOIN insight_requests q ON q.repo_id = s.repo_id AND q.pr_number = s.pr_number \
                 AND (q.state IN ('queued','running') OR lower(q.commit_sha) = lower(s.head)) \
                 LEFT JOIN insights x ON x.id = q.insight_id \
                 LEFT JOIN pipeline_runs h ON h.repo_id = s.repo_id AND h.pr_number = s.pr_number ",
            ),
            Ability::Insert | Ability::ReadOnly => ("i.id IS NOT NULL".to_owned(), ""),
        };
        let number = if self.schema.is_some() { "s.pr_number::int4" } else { "s.pr_number" };
        Some(format!(
            "{}WITH s AS ({}) SELECT s.id, s.repo_id, {number}, CAST(s.at AS TEXT), \
             COALESCE(s.head, '') <> '' AND max(CASE WHEN {stands} THEN 1 ELSE 0 END) = 0, s.files FROM s \
             LEFT JOIN insights i ON i.repo_id = s.repo_id AND i.pr_number = s.pr_number \
             AND lower(i.commit_sha) = lower(s.head) AND {} {requests}\
             GROUP BY s.id, s.repo_id, s.pr_number, s.at, s.changed, s.head, s.files ORDER BY s.at NULLS LAST, s.id",
            self.hints(HINTS),
            self.page(),
            self.has_level("i"),
        ))
    }

    /// The page: where our index is, a scan a range and bucket.
    fn page(&self) -> String {
        let head = self.read("p", "pull_requests", "commit_sha", "text");
        let changed = self.read("p", "pull_requests", "updated_at", "timestamptz");
        let files = self.has_files();
        let tail = format!("ORDER BY at NULLS LAST, id LIMIT {PAGE}");
        let Some(schema) = &self.schema else {
            return format!(
                "SELECT p.id, p.repo_id, p.pr_number, p.updated_at AS at, {changed} AS changed, {head} AS head, \
                 {files} AS files FROM pull_requests p WHERE {} \
                 AND (p.updated_at > CAST($1 AS INTEGER) OR (p.updated_at = CAST($1 AS INTEGER) AND p.id > $2) \
                 OR (p.updated_at IS NULL AND p.id > $3)) {tail}",
                open("state")
            );
        };
        let clock = ["updated_at", "created_at"]
            .into_iter()
            .find(|column| schema.has("pull_requests", column))
            .unwrap_or("'-infinity'::timestamptz");
        let open = schema.is_open();
        let select = format!(
            "SELECT p.id, p.repo_id, p.pr_number, {clock} AS at, {changed} AS changed, {head} AS head, {files} AS files \
             FROM pull_requests p WHERE {open}"
        );
        let ranges = [
            format!("{clock} = $1::timestamptz AND id > $2"),
            format!("{clock} > $1::timestamptz"),
            format!("{clock} IS NULL AND id > $3"),
        ];
        if !schema.has_index(INDEX) {
            return format!("{select} AND ({}) {tail}", ranges.join(" OR "));
        }
        let scans: Vec<String> = ranges
            .iter()
            .flat_map(|range| (0..BUCKETS).map(move |bucket| (range, bucket)))
            .map(|(range, bucket)| {
                format!(
                    "({select} AND (pr_number % 8) = {bucket} AND {range} ORDER BY {clock}, id LIMIT {PAGE})"
                )
            })
            .collect();
        format!(
            "SELECT id, repo_id, pr_number, at, changed, head, files FROM ({}) u {tail}",
            scans.join(" UNION ALL ")
        )
    }

    /// Before all times as text, and after them.
    pub(in crate::store) const fn ends(&self) -> [&'static str; 2] {
        if self.schema.is_some() {
            ["-infinity", "infinity"]
        } else {
            ["-9223372036854775808", "9223372036854775807"]
        }
    }

    /// Whether an insight of this alias names a level, where there are any.
    fn has_level(&self, alias: &str) -> String {
        if !(self.takes_level() && self.has("insights", "risk_level")) {
            return "TRUE".to_owned();
        }
        format!("COALESCE({}, '') <> ''", self.read(alias, "insights", "risk_level", "text"))
    }

    /// Whether the request `q`, which is open or was about the head, is the last word on it: what fails would fail for
    /// ever, unless the pull request `s` or its run `h` changes (the files of a new head may be the old one's); and an
    /// insight `x` without a level is no answer.
    fn is_settled(&self) -> String {
        let ran = self.read("h", "pipeline_runs", "updated_at", "timestamptz");
        format!(
            "q.state NOT IN ('done','failed') \
             OR (q.state = 'failed' AND COALESCE(q.finished_at >= s.changed, TRUE) AND COALESCE(q.finished_at >= {ran}, TRUE)) \
             OR (q.state = 'done' AND (x.id IS NULL OR {}))",
            self.has_level("x")
        )
    }
}
