//! The text of the feed's statements, composed once a connection for the columns and indexes that are there.
//!
//! Where our bucketed indexes exist, a page is one ordered, limited index scan a bucket, joined by UNION ALL: with
//! `% 8 = ANY(…)` PostgreSQL falls back to a sequential scan over wide ranges. Without them one plain scan is
//! cheaper than eight, and one large page than many small ones.
//!
//! On YugabyteDB each scan that a statement starts is a request to another node, one after the other. Therefore
//! keys are looked up by plain equality joins, which it batches (a LATERAL with a LIMIT is never batched: #31155);
//! a keyset is `at = … AND id < …` and `at < …`, for a comparison of rows is no condition of an index that begins
//! with a hash (#11794); and `IS NULL OR < OR >` are three scans, for it is no condition of any index (#22661).
//! PostgreSQL is as quick with these forms.

mod detail;
mod ingest;
mod pages;
mod probe;
mod requests;
mod rows;
mod synced;

use std::sync::Arc;

use super::scope::{Polled, Scope};
use crate::{domain::source::Engine, store::engine::discovery::Schema};

/// Buckets of the indexes: `pr_number % 8`.
const BUCKETS: i32 = 8;

/// The feed's statements. Parameters are named in each one's comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Statements {
    /// $1 lower bound. One row: clock; ids, repositories, numbers and versions of each table; ids and versions of
    /// repositories; newest version and number of requests; seconds that it took the server.
    pub probe: Arc<str>,
    /// The same, and whether each table has any row: for while some have none.
    pub probe_filled: Arc<str>,
    /// $1 $2 last version and id. Ascending, for when a probe overflowed; by table.
    pub changed: [Arc<str>; 3],
    /// $1 last id, $2 repositories or NULL, $3 last version (not for those without one), $4 start of the window (of
    /// those that ended). Id, key, version, wanted; by scope.
    pub pages: [Option<Arc<str>>; 6],
    /// $1 repositories, each once, $2 places among them, $3 numbers: the versions of the rows of these keys.
    pub versions: Arc<str>,
    /// The same: all their rows.
    pub rows: Arc<str>,
    /// No parameters.
    pub repositories: Arc<str>,
    /// $1 repositories or NULL.
    pub open_counts: Arc<str>,
    /// $1 lower bound, $2 flag: the requests for insights that were written since, and those that are open if it is set.
    pub requests: Option<Arc<str>>,
    /// No parameters: when the newest delivery of a webhook came, how many are late, how many dead.
    pub ingest: Option<Arc<str>>,
    /// $1 repositories: of each that a sync reads, when it was as on GitHub, and whether one is at work on it.
    pub synced: Option<Arc<str>>,
    /// $1 repository, $2 number: `files_changed` as text.
    pub files: Option<Arc<str>>,
    /// $1 repository, $2 number: `history` as text.
    pub history: Option<Arc<str>>,
    /// $1 repositories, $2 commits: names of failed checks, and the place of their commit among these, from 1.
    pub failed_checks: Option<Arc<str>>,
    /// $1 repository, $2 commit.
    pub checks: Option<Arc<str>>,
    /// $1 repository, $2 commits, $3 time: the seconds that each success took that has ended since, by check.
    pub usual: Option<Arc<str>>,
    /// $1 repository, $2 number. Newest first.
    pub reviews: Option<Arc<str>>,
    /// The same.
    pub insights: Option<Arc<str>>,
    /// Keys a page holds.
    pub key_page: usize,
    /// Pull requests read at once.
    pub row_page: usize,
}

impl Statements {
    /// Composes them for the columns and indexes that were discovered.
    pub(in crate::store) fn compose(schema: &Schema) -> Self {
        Self::compose_divided(schema, 1)
    }

    /// The same with pages that are smaller by this divisor.
    pub(in crate::store) fn compose_divided(schema: &Schema, divisor: usize) -> Self {
        let indexed = Polled::ALL.iter().all(|table| schema.has_index(table.clock().1));
        // 400 rows keep an answer under the 256 KB that YugabyteDB retries by itself.
        let (key_page, row_page) = if indexed { (1_000, 400) } else { (20_000, 2_000) };
        let (key_page, row_page) = ((key_page / divisor).max(1), (row_page / divisor).max(1));
        let c = Composer { schema, page: key_page };
        Self {
            probe: c.probe("").into(),
            probe_filled: c.probe(&Composer::filled()).into(),
            changed: Polled::ALL.map(|table| c.changed(table).into()),
            pages: Scope::ALL.map(|scope| c.page(scope).map(Into::into)),
            versions: c.versions().into(),
            rows: c.rows().into(),
            repositories: c.repositories().into(),
            open_counts: c.open_counts().into(),
            requests: c.requests(),
            ingest: c.ingest(),
            synced: c.synced(),
            files: c.by_key("pull_requests", "files_changed"),
            history: c.by_key("pipeline_runs", "history"),
            failed_checks: c.failed_checks(),
            checks: c.checks(),
            usual: c.usual(),
            reviews: c.reviews(),
            insights: c.insights(),
            key_page,
            row_page,
        }
    }

    /// The statements that a poll may run, and that of usual times, by name.
    pub(in crate::store) fn named(&self) -> Vec<(&'static str, String)> {
        const CHANGED: [&str; 3] = ["changed pull requests", "changed runs", "changed insights"];
        const PAGES: [&str; 6] = ["open", "timeless", "closed", "ended", "runs", "timeless runs"];
        let always = [
            ("probe", &self.probe),
            ("versions", &self.versions),
            ("rows", &self.rows),
            ("counts", &self.open_counts),
        ];
        let requests = self.requests.iter().map(|requests| ("requests", requests));
        let ingest = self.ingest.iter().map(|ingest| ("deliveries", ingest));
        let synced = self.synced.iter().map(|synced| ("leases", synced));
        let failed_checks = self.failed_checks.iter().map(|checks| ("failed checks", checks));
        let usual = self.usual.iter().map(|usual| ("usual times", usual));
        let changed = CHANGED.into_iter().zip(&self.changed);
        let pages =
            PAGES.into_iter().zip(&self.pages).filter_map(|(name, page)| Some((name, page.as_ref()?)));
        always
            .into_iter()
            .chain(requests)
            .chain(ingest)
            .chain(synced)
            .chain(failed_checks)
            .chain(usual)
            .chain(changed)
            .chain(pages)
            .map(|(name, text)| (name, text.to_string()))
            .collect()
    }
}

struct Composer<'a> {
    schema: &'a Schema,
    page: usize,
}

impl Composer<'_> {
    /// The column that tells a row's version; `created_at` stands in, then the start of time.
    fn clock(&self, table: Polled) -> &'static str {
        [table.clock().0, "created_at"]
            .into_iter()
            .find(|column| self.schema.is_time(table.name(), column))
            .unwrap_or("'-infinity'::timestamptz")
    }

    /// A scan a range and bucket where the index is there, else one scan in which any of the ranges holds; `tail`
    /// carries ORDER BY and LIMIT.
    fn scans(
        &self,
        columns: &str,
        table: &str,
        index: &str,
        ranges: &[&str],
        condition: &str,
        tail: &str,
    ) -> String {
        let number = self.schema.number("", table);
        let select = format!("SELECT id, repo_id, {number} AS pr_number, {columns} FROM {table}");
        if !self.schema.has_index(index) {
            let any = ranges.join(" OR ");
            return format!("({select} WHERE ({any}) AND {condition} {tail})");
        }
        let scan = |(range, bucket)| {
            format!("({select} WHERE (pr_number % 8) = {bucket} AND {range} AND {condition} {tail})")
        };
        let scans: Vec<String> = ranges
            .iter()
            .flat_map(|range| (0..BUCKETS).map(move |bucket| (range, bucket)))
            .map(scan)
            .collect();
        scans.join(" UNION ALL ")
    }

    /// Hints for YugabyteDB's planner, which up to 2025.1 has no statistics and prefers to scan whole tables (#19494,
    /// TA-28222).
    fn hints(&self, hints: &str) -> String {
        if self.schema.engine == Engine::YugabyteDb { format!("/*+ {hints} */ ") } else { String::new() }
    }

    /// Every bucket in one scan, where the index is there; for few rows in any order.
    fn any_bucket(&self, index: &str) -> &'static str {
        if self.schema.has_index(index) { "(pr_number % 8) = ANY('{0,1,2,3,4,5,6,7}') AND" } else { "" }
    }
}
