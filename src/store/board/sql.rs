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

mod requests;
mod rows;

use super::decode::{CheckColumns, PastInsightColumns, RepositoryColumns, ReviewColumns};
use crate::{
    domain::source::Engine,
    store::engine::{
        cells::{EARLIEST, LATEST},
        columns::Columns as _,
        discovery::Schema,
    },
};
use std::{fmt::Write as _, sync::Arc};

/// Buckets of the indexes: `pr_number % 8`.
const BUCKETS: i32 = 8;

/// Rows that a probe returns of one table and bucket; that many of a table mean "more than that".
pub(in crate::store) const PROBE_PAGE: usize = 200;

/// In one of the repositories to which the scope is narrowed, if it is.
const MINE: &str = "($2::uuid[] IS NULL OR repo_id = ANY($2))";

/// The three tables that a tick asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) enum Polled {
    Pulls,
    Runs,
    Insights,
}

impl Polled {
    pub(in crate::store) const ALL: [Self; 3] = [Self::Pulls, Self::Runs, Self::Insights];

    const fn name(self) -> &'static str {
        match self {
            Self::Pulls => "pull_requests",
            Self::Runs => "pipeline_runs",
            Self::Insights => "insights",
        }
    }

    /// The column that says when a row was written, and our index on it.
    const fn clock(self) -> (&'static str, &'static str) {
        match self {
            Self::Pulls => ("updated_at", "flowlens_pull_requests_updated"),
            Self::Runs => ("updated_at", "flowlens_pipeline_runs_updated"),
            Self::Insights => ("created_at", "flowlens_insights_created"),
        }
    }
}

/// The parts of the scope, in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Scope {
    /// Open pull requests, newest first.
    Open,
    /// Open ones without a usable time.
    Timeless,
    /// Those that were closed within the window, by `closed_at`; only where it has an index.
    Closed,
    /// The others that ended, by the time of their last change.
    Ended,
    /// Runs, newest first; wanted are those without their pull request.
    Runs,
    /// Runs without a usable time.
    TimelessRuns,
}

impl Scope {
    pub(in crate::store) const ALL: [Self; 6] =
        [Self::Open, Self::Timeless, Self::Closed, Self::Ended, Self::Runs, Self::TimelessRuns];

    /// Most rows may be not wanted: how far to look has a limit.
    pub(in crate::store) const fn is_walk(self) -> bool {
        matches!(self, Self::Closed | Self::Ended | Self::Runs | Self::TimelessRuns)
    }
}

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
    /// $1 repositories, $2 numbers: the versions of the rows of these keys.
    pub versions: Arc<str>,
    /// The same: all their rows.
    pub rows: Arc<str>,
    /// No parameters.
    pub repositories: Arc<str>,
    /// $1 repositories or NULL.
    pub open_counts: Arc<str>,
    /// $1 lower bound: the requests for insights that are open, or were written since.
    pub requests: Option<Arc<str>>,
    /// $1 repository, $2 number: `files_changed` as text.
    pub files: Option<Arc<str>>,
    /// $1 repository, $2 number: `history` as text.
    pub history: Option<Arc<str>>,
    /// $1 repository, $2 commit.
    pub checks: Option<Arc<str>>,
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
        let indexed = Polled::ALL.iter().all(|table| schema.has_index(table.clock().1));
        // 400 rows keep an answer under the 256 KB that YugabyteDB retries by itself.
        let (key_page, row_page) = if indexed { (1_000, 400) } else { (20_000, 2_000) };
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
            files: c.by_key("pull_requests", "files_changed"),
            history: c.by_key("pipeline_runs", "history"),
            checks: c.checks(),
            reviews: c.reviews(),
            insights: c.insights(),
            key_page,
            row_page,
        }
    }

    /// The statements that a poll may run, by name.
    pub(in crate::store) fn polls(&self) -> Vec<(&'static str, String)> {
        const CHANGED: [&str; 3] = ["changed pull requests", "changed runs", "changed insights"];
        const PAGES: [&str; 6] = ["open", "timeless", "closed", "ended", "runs", "timeless runs"];
        let named = [
            ("probe", &self.probe),
            ("versions", &self.versions),
            ("rows", &self.rows),
            ("counts", &self.open_counts),
        ];
        let requests = self.requests.iter().map(|requests| ("requests", requests));
        let changed = CHANGED.into_iter().zip(&self.changed);
        let pages =
            PAGES.into_iter().zip(&self.pages).filter_map(|(name, page)| Some((name, page.as_ref()?)));
        named
            .into_iter()
            .chain(requests)
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
            .find(|column| self.schema.has(table.name(), column))
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
        let select = format!("SELECT id, repo_id, pr_number::int4, {columns} FROM {table}");
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

    /// Whether the tables have any row, repositories last.
    fn filled() -> String {
        let names = Polled::ALL.map(Polled::name).into_iter().chain(["repositories"]);
        let any: Vec<String> = names.map(|name| format!("EXISTS (SELECT 1 FROM {name})")).collect();
        format!(", ARRAY[{}]", any.join(", "))
    }

    fn probe(&self, more: &str) -> String {
        let mut out = "SELECT now()".to_owned();
        for n in 0..Polled::ALL.len() {
            write!(out, ", t{n}.ids, t{n}.repos, t{n}.numbers, t{n}.at").unwrap_or_default();
        }
        write!(
            out,
            ", r.ids, r.at, q.at, q.many, extract(epoch FROM clock_timestamp() - statement_timestamp())::float8{more} FROM "
        )
        .unwrap_or_default();
        for (n, table) in Polled::ALL.into_iter().enumerate() {
            let clock = self.clock(table);
            // Some rows in any order: an overflow is read again in pages. So all buckets are one scan, also on
            // PostgreSQL, where no order makes it look elsewhere.
            let buckets = self.any_bucket(table.clock().1);
            let scans = format!(
                "SELECT id, repo_id, pr_number::int4, {clock}::timestamptz AS at FROM {} \
                 WHERE {buckets} {clock} >= $1 AND {clock} <= now() LIMIT {PROBE_PAGE}",
                table.name()
            );
            write!(
                out,
                "(SELECT array_agg(id) AS ids, array_agg(repo_id) AS repos, array_agg(pr_number) AS numbers, \
                 array_agg(at) AS at FROM ({scans}) s) t{n}, "
            )
            .unwrap_or_default();
        }
        if self.schema.has("repositories", "updated_at") {
            write!(
                out,
                "(SELECT array_agg(id) AS ids, array_agg(updated_at::timestamptz) AS at FROM (SELECT id, updated_at \
                 FROM repositories WHERE updated_at >= $1 AND updated_at <= now() \
                 ORDER BY updated_at DESC, id LIMIT {PROBE_PAGE}) s) r"
            )
            .unwrap_or_default();
        } else {
            out.push_str("(SELECT NULL::uuid[] AS ids, NULL::timestamptz[] AS at) r");
        }
        if self.has_requests() {
            write!(out, ", ({}) q", self.count_requests()).unwrap_or_default();
        } else {
            out.push_str(", (SELECT NULL::timestamptz AS at, 0::int8 AS many) q");
        }
        out
    }

    fn changed(&self, table: Polled) -> String {
        let clock = self.clock(table);
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at"),
            table.name(),
            table.clock().1,
            &[&format!("{clock} = $1 AND id > $2"), &format!("{clock} > $1 AND {clock} <= now()")],
            "true",
            &format!("ORDER BY {clock}, id LIMIT {}", self.page),
        );
        format!(
            "SELECT id, repo_id, pr_number, at, true FROM ({scans}) s ORDER BY at, id LIMIT {}",
            self.page
        )
    }

    fn page(&self, scope: Scope) -> Option<String> {
        let (pulls, runs) = (self.clock(Polled::Pulls), self.clock(Polled::Runs));
        let open = &self.schema.is_open();
        let by_closing = self.schema.has_index("flowlens_pull_requests_closed")
            && self.schema.has("pull_requests", "closed_at");
        let open_index = "flowlens_pull_requests_open_updated";
        Some(match scope {
            Scope::Open => self.ordered(Polled::Pulls, pulls, open_index, open, "true"),
            Scope::Timeless => self.unordered(Polled::Pulls, pulls, open_index, open),
            Scope::Closed if by_closing => self.ordered(
                Polled::Pulls,
                "closed_at",
                "flowlens_pull_requests_closed",
                "closed_at >= $4",
                &format!("NOT ({open})"),
            ),
            Scope::Closed => return None,
            Scope::Ended => {
                let closed = match self.schema.has("pull_requests", "closed_at") {
                    true if by_closing => "closed_at IS NULL",
                    true => "(closed_at IS NULL OR closed_at >= $4)",
                    false => "true",
                };
                self.ordered(
                    Polled::Pulls,
                    pulls,
                    Polled::Pulls.clock().1,
                    &format!("{pulls} >= $4"),
                    &format!("NOT ({open}) AND {closed}"),
                )
            }
            Scope::Runs => self.ordered(Polled::Runs, runs, Polled::Runs.clock().1, "true", "true"),
            Scope::TimelessRuns => self.unordered(Polled::Runs, runs, Polled::Runs.clock().1, "true"),
        })
    }

    /// A page of rows with a usable time, newest first.
    ///
    /// What only some rows meet is not a condition but `wanted`: the planner may think that too few rows are left to
    /// fill the page, and then reads and sorts them all, for each page.
    fn ordered(&self, table: Polled, clock: &str, index: &str, condition: &str, wanted: &str) -> String {
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at, {wanted} AND {MINE} AS wanted"),
            table.name(),
            index,
            &[&format!("{clock} = $3 AND id < $1"), &format!("{clock} >= '{EARLIEST}' AND {clock} < $3")],
            condition,
            &format!("ORDER BY {clock} DESC, id DESC LIMIT {}", self.page),
        );
        self.paged(table, &scans, "at DESC, id DESC")
    }

    /// A page of rows without one, by id.
    fn unordered(&self, table: Polled, clock: &str, index: &str, condition: &str) -> String {
        let scans = self.scans(
            &format!("NULL::timestamptz AS at, {MINE} AS wanted"),
            table.name(),
            index,
            &[
                &format!("{clock} IS NULL"),
                &format!("{clock} < '{EARLIEST}'"),
                &format!("{clock} > '{LATEST}'"),
            ],
            &format!("id > $1 AND {condition}"),
            &format!("ORDER BY id LIMIT {}", self.page),
        );
        self.paged(table, &scans, "id")
    }

    fn paged(&self, table: Polled, scans: &str, order: &str) -> String {
        let page = format!(
            "SELECT id, repo_id, pr_number, at, wanted FROM ({scans}) u ORDER BY {order} LIMIT {}",
            self.page
        );
        match table {
            Polled::Pulls | Polled::Insights => page,
            // Where a pull request stands twice, so does its run: the reader takes a key once.
            Polled::Runs => format!(
                "{}SELECT s.id, s.repo_id, s.pr_number, s.at, s.wanted AND q.pr_number IS NULL FROM ({page}) s \
                 LEFT JOIN pull_requests q ON q.repo_id = s.repo_id AND q.pr_number = s.pr_number ORDER BY {order}",
                self.hints("YbBatchedNL(s q)")
            ),
        }
    }

    fn repositories(&self) -> String {
        let columns = self.schema.read_all("r", "repositories", RepositoryColumns::COLUMNS);
        format!("SELECT r.id, {columns} FROM repositories r ORDER BY r.id")
    }

    fn open_counts(&self) -> String {
        format!(
            "SELECT repo_id, count(*) FROM pull_requests WHERE {} AND ($1::uuid[] IS NULL OR repo_id = ANY($1)) GROUP BY repo_id",
            self.schema.is_open()
        )
    }

    fn by_key(&self, table: &str, column: &str) -> Option<Arc<str>> {
        self.schema.has(table, column).then(|| {
            format!("SELECT {column}::text FROM {table} WHERE repo_id = $1 AND pr_number = $2 LIMIT 1").into()
        })
    }

    fn checks(&self) -> Option<Arc<str>> {
        let complete =
            ["repo_id", "head_sha", "conclusion", "name"].iter().all(|c| self.schema.has("checks", c));
        complete.then(|| {
            let columns = self.schema.read_all("c", "checks", CheckColumns::COLUMNS);
            // Whatever the limit cuts off has passed.
            format!(
                "SELECT {columns} FROM checks c WHERE c.head_sha = $2 AND c.repo_id = $1 \
                 ORDER BY COALESCE(lower(c.conclusion), '') IN ('success', 'neutral', 'skipped'), c.name LIMIT 300"
            )
            .into()
        })
    }

    fn reviews(&self) -> Option<Arc<str>> {
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

    fn insights(&self) -> Option<Arc<str>> {
        let complete = ["id", "repo_id", "pr_number"].iter().all(|c| self.schema.has("insights", c));
        complete.then(|| {
            let columns = self.schema.read_all("i", "insights", PastInsightColumns::COLUMNS);
            let details = self.schema.read("i", "insights", "details", "text");
            let created = self.schema.read("i", "insights", "created_at", "timestamptz");
            let newest = format!("ORDER BY {created} DESC NULLS LAST, i.id DESC");
            // The older ones' details stay where they are stored.
            format!(
                "SELECT i.id, {columns}, CASE WHEN row_number() OVER ({newest}) <= 2 THEN {details} END \
                 FROM insights i WHERE i.repo_id = $1 AND i.pr_number = $2 {newest} LIMIT 12"
            )
            .into()
        })
    }
}
