//! The text of the feed's statements, composed once a connection for the columns and indexes that are there.
//!
//! Where our bucketed indexes exist, a page is one ordered, limited index scan a bucket, joined by UNION ALL: with
//! `% 8 = ANY(…)` PostgreSQL falls back to a sequential scan over wide ranges. Without them one plain scan is
//! cheaper than eight.

use std::{fmt::Write as _, sync::Arc};

use super::discovery::Schema;

/// Buckets of the indexes: `pr_number % 8`.
const BUCKETS: i32 = 8;

/// Keys a page holds.
pub(super) const KEY_PAGE: usize = 1_000;

/// Pull requests read at once: keeps an answer under the 256 KB that YugabyteDB retries by itself.
pub(super) const ROW_PAGE: usize = 400;

/// Keys that a probe returns of one table; that many mean "more than that".
pub(super) const PROBE_PAGE: usize = 200;

/// Later than any honest time; rows beyond it count as rows without a time.
const FAR: &str = "9999-12-31";

/// Open, letter by letter as in the partial indexes.
const OPEN: &str = "COALESCE(lower(state),'open') NOT IN ('closed','merged')";

/// The columns of `pull_requests` that the board reads, in the order in which they are decoded.
const PULL: [(&str, &str); 21] = [
    ("title", "text"),
    ("author", "text"),
    ("commit_sha", "text"),
    ("branch_name", "text"),
    ("base_branch", "text"),
    ("state", "text"),
    ("additions", "int4"),
    ("deletions", "int4"),
    ("changed_files", "int4"),
    ("is_draft", "bool"),
    ("merged", "bool"),
    ("merged_at", "timestamptz"),
    ("closed_at", "timestamptz"),
    ("created_at", "timestamptz"),
    ("updated_at", "timestamptz"),
    ("labels", "jsonb"),
    ("reviewers", "jsonb"),
    ("mergeable_state", "text"),
    ("auto_merge", "bool"),
    ("queue_position", "int4"),
    ("pr_url", "text"),
];

/// The columns of `pipeline_runs`, in order.
const RUN: [(&str, &str); 10] = [
    ("commit_sha", "text"),
    ("status_pr", "text"),
    ("status_build", "text"),
    ("status_approval", "text"),
    ("status_merge", "text"),
    ("pr_since", "timestamptz"),
    ("build_since", "timestamptz"),
    ("approval_since", "timestamptz"),
    ("merge_since", "timestamptz"),
    ("updated_at", "timestamptz"),
];

/// The columns of `insights`, in order.
const INSIGHT: [(&str, &str); 6] = [
    ("commit_sha", "text"),
    ("risk_level", "text"),
    ("score", "float8"),
    ("summary", "text"),
    ("recommendation", "text"),
    ("created_at", "timestamptz"),
];

/// The three tables that a tick asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Pulls,
    Runs,
    Insights,
}

impl Table {
    pub(super) const ALL: [Self; 3] = [Self::Pulls, Self::Runs, Self::Insights];

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

/// The feed's statements. Parameters are named in each one's comment.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    /// $1 lower bound. One row: clock, seconds that the statement took the server, then ids, repositories, numbers, versions of each table, then whether a
    /// repository changed.
    pub probe: Arc<str>,
    /// $1 lower bound, $2 $3 last version and id. Ascending, for when a probe overflowed; by table.
    pub changed: [Arc<str>; 3],
    /// $1 $2 last version and id, $3 repositories or NULL. Newest first.
    pub open_keys: Arc<str>,
    /// The same of those that ended after $4.
    pub ended_keys: Arc<str>,
    /// $1 last id, $2 repositories or NULL. Rows without a time.
    pub timeless_keys: Arc<str>,
    /// $1 $2 last version and id, $3 repositories or NULL. Runs, newest first, with whether their pull request
    /// is missing.
    pub run_keys: Arc<str>,
    /// $1 repositories, $2 numbers: all rows of these keys.
    pub rows: Arc<str>,
    /// No parameters.
    pub repositories: Arc<str>,
    /// $1 repositories or NULL.
    pub open_counts: Arc<str>,
    /// $1 repository, $2 number: `files_changed` as text.
    pub files: Option<Arc<str>>,
    /// $1 repository, $2 number: `history` as text.
    pub history: Option<Arc<str>>,
    /// $1 repository, $2 commit.
    pub checks: Option<Arc<str>>,
    /// $1 repository, $2 number.
    pub reviews: Option<Arc<str>>,
    /// Some poll has to scan a whole table: which, for the header.
    pub unindexed: bool,
}

impl Statements {
    /// Composes them for what was discovered.
    pub(super) fn compose(schema: &Schema) -> Self {
        let c = Composer { schema };
        Self {
            probe: c.probe().into(),
            changed: Table::ALL.map(|table| c.changed(table).into()),
            open_keys: c.scope_keys(true).into(),
            ended_keys: c.scope_keys(false).into(),
            timeless_keys: c.timeless_keys().into(),
            run_keys: c.run_keys().into(),
            rows: c.rows().into(),
            repositories: c.repositories().into(),
            open_counts: c.open_counts().into(),
            files: c.by_key("pull_requests", "files_changed"),
            history: c.by_key("pipeline_runs", "history"),
            checks: c.checks(),
            reviews: c.reviews(),
            unindexed: Table::ALL.iter().any(|t| !schema.has_index(t.clock().1)),
        }
    }
}

struct Composer<'a> {
    schema: &'a Schema,
}

impl Composer<'_> {
    /// `column`, or a typed NULL where the schema lacks it.
    fn column(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        match (self.schema.has(table, column), kind) {
            (false, _) => format!("NULL::{kind}"),
            // A time that chrono cannot hold (infinity, the year 200000) counts as unknown.
            (true, "timestamptz") => {
                format!(
                    "CASE WHEN {alias}.{column} BETWEEN '0001-01-01' AND '{FAR}' THEN {alias}.{column}::timestamptz END"
                )
            }
            (true, _) => format!("{alias}.{column}::{kind}"),
        }
    }

    fn columns(&self, alias: &str, table: &str, list: &[(&str, &str)]) -> String {
        list.iter()
            .map(|(column, kind)| self.column(alias, table, column, kind))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The column that tells a row's version; `created_at` stands in, then the start of time.
    fn clock(&self, table: Table) -> String {
        let wanted = table.clock().0;
        [wanted, "created_at"]
            .into_iter()
            .find(|column| self.schema.has(table.name(), column))
            .map_or_else(|| "'-infinity'::timestamptz".to_owned(), str::to_owned)
    }

    /// One scan a bucket where the index is there, else one scan; `tail` carries ORDER BY and LIMIT.
    fn scans(&self, select: &str, table: Table, index: &str, condition: &str, tail: &str) -> String {
        let name = table.name();
        if !self.schema.has_index(index) {
            return format!("(SELECT {select} FROM {name} WHERE {condition} {tail})");
        }
        (0..BUCKETS)
            .map(|b| {
                format!("(SELECT {select} FROM {name} WHERE (pr_number % 8) = {b} AND {condition} {tail})")
            })
            .collect::<Vec<_>>()
            .join(" UNION ALL ")
    }

    fn probe(&self) -> String {
        let mut out =
            "SELECT now(), extract(epoch FROM clock_timestamp() - statement_timestamp())::float8".to_owned();
        for n in 0..Table::ALL.len() {
            write!(out, ", t{n}.ids, t{n}.repos, t{n}.numbers, t{n}.at").unwrap_or_default();
        }
        let repositories = if self.schema.has("repositories", "updated_at") {
            "EXISTS(SELECT 1 FROM repositories WHERE updated_at >= $1 AND updated_at <= now())"
        } else {
            "false"
        };
        write!(out, ", {repositories} FROM ").unwrap_or_default();
        let tables: Vec<String> = Table::ALL
            .iter()
            .enumerate()
            .map(|(n, table)| {
                let clock = self.clock(*table);
                let scans = self.scans(
                    &format!("id, repo_id, pr_number, {clock} AS at"),
                    *table,
                    table.clock().1,
                    &format!("{clock} >= $1 AND {clock} <= now()"),
                    &format!("ORDER BY {clock}, id LIMIT {PROBE_PAGE}"),
                );
                format!(
                    "(SELECT array_agg(id) AS ids, array_agg(repo_id) AS repos, array_agg(pr_number) AS numbers, \
                     array_agg(at) AS at FROM ({scans}) s) t{n}"
                )
            })
            .collect();
        out.push_str(&tables.join(", "));
        out
    }

    fn changed(&self, table: Table) -> String {
        let clock = self.clock(table);
        let order = format!("ORDER BY {clock}, id LIMIT {KEY_PAGE}");
        let scans = self.scans(
            &format!("id, repo_id, pr_number, {clock} AS at"),
            table,
            table.clock().1,
            &format!("{clock} >= $1 AND {clock} >= $2 AND {clock} <= now() AND ({clock}, id) > ($2, $3)"),
            &order,
        );
        format!("SELECT id, repo_id, pr_number, at FROM ({scans}) s ORDER BY at, id LIMIT {KEY_PAGE}")
    }

    fn open_condition(&self) -> &'static str {
        if self.schema.has("pull_requests", "state") { OPEN } else { "true" }
    }

    fn scope_keys(&self, open: bool) -> String {
        let clock = self.clock(Table::Pulls);
        let mut condition = format!(
            "{clock} <= $1 AND ({clock}, id) < ($1, $2) AND ($3::uuid[] IS NULL OR repo_id = ANY($3))"
        );
        let index = if open {
            write!(condition, " AND {}", self.open_condition()).unwrap_or_default();
            "flowlens_pull_requests_open_updated"
        } else {
            write!(condition, " AND NOT ({}) AND {clock} >= $4", self.open_condition()).unwrap_or_default();
            if self.schema.has("pull_requests", "closed_at") {
                condition.push_str(" AND (closed_at IS NULL OR closed_at >= $4)");
            }
            "flowlens_pull_requests_updated"
        };
        let scans = self.scans(
            &format!("id, repo_id, pr_number, {clock} AS at"),
            Table::Pulls,
            index,
            &condition,
            &format!("ORDER BY {clock} DESC, id DESC LIMIT {KEY_PAGE}"),
        );
        format!(
            "SELECT id, repo_id, pr_number, at FROM ({scans}) s ORDER BY at DESC, id DESC LIMIT {KEY_PAGE}"
        )
    }

    fn timeless_keys(&self) -> String {
        let clock = self.clock(Table::Pulls);
        let scans = self.scans(
            "id, repo_id, pr_number",
            Table::Pulls,
            "flowlens_pull_requests_open_updated",
            &format!(
                "({clock} IS NULL OR {clock} > '{FAR}') AND id > $1 AND ($2::uuid[] IS NULL OR repo_id = ANY($2)) AND {}",
                self.open_condition()
            ),
            &format!("ORDER BY id LIMIT {KEY_PAGE}"),
        );
        format!(
            "SELECT id, repo_id, pr_number, NULL::timestamptz FROM ({scans}) s ORDER BY id LIMIT {KEY_PAGE}"
        )
    }

    fn run_keys(&self) -> String {
        let clock = self.clock(Table::Runs);
        let scans = self.scans(
            &format!("id, repo_id, pr_number, {clock} AS at"),
            Table::Runs,
            Table::Runs.clock().1,
            &format!(
                "{clock} <= $1 AND ({clock}, id) < ($1, $2) AND ($3::uuid[] IS NULL OR repo_id = ANY($3))"
            ),
            &format!("ORDER BY {clock} DESC, id DESC LIMIT {KEY_PAGE}"),
        );
        // LIMIT inside LATERAL keeps an index probe a row: an EXISTS may be hashed over the whole table.
        format!(
            "SELECT s.id, s.repo_id, s.pr_number, s.at, p.one IS NULL \
             FROM (SELECT id, repo_id, pr_number, at FROM ({scans}) u ORDER BY at DESC, id DESC LIMIT {KEY_PAGE}) s \
             LEFT JOIN LATERAL (SELECT 1 AS one FROM pull_requests q WHERE q.repo_id = s.repo_id AND q.pr_number = s.pr_number LIMIT 1) p ON true \
             ORDER BY s.at DESC, s.id DESC"
        )
    }

    /// Everything about some keys in one statement. LIMIT 1 keeps each lookup an index probe.
    fn rows(&self) -> String {
        let newest = if self.schema.has("pipeline_runs", "history") {
            "CASE WHEN jsonb_typeof(r.history::jsonb) = 'array' THEN r.history::jsonb -> -1 END"
        } else {
            "NULL::jsonb"
        };
        let pull = self.columns("p", "pull_requests", &PULL);
        let run = self.columns("r", "pipeline_runs", &RUN);
        let insight = self.columns("i", "insights", &INSIGHT);
        let names = |prefix: &str, count: usize| {
            (0..count).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>().join(", ")
        };
        let (p, r, i) = (names("p", PULL.len()), names("r", RUN.len()), names("i", INSIGHT.len()));
        let insights_by_key = self.clock(Table::Insights);
        let insights = if self.schema.has_index("flowlens_insights_newest") {
            format!(
                "LEFT JOIN LATERAL (SELECT i.id, {insight} FROM insights i WHERE i.repo_id = k.repo_id AND i.pr_number = k.pr_number \
                 ORDER BY i.{insights_by_key} DESC, i.id DESC LIMIT 1) i(id, {i}) ON true"
            )
        } else {
            // No index by pull request: one scan for all keys of the page, not one a key.
            format!(
                "LEFT JOIN (SELECT DISTINCT ON (i.repo_id, i.pr_number) i.repo_id, i.pr_number, i.id, {insight} FROM insights i \
                 WHERE (i.repo_id, i.pr_number) IN (SELECT * FROM unnest($1::uuid[], $2::int4[])) \
                 ORDER BY i.repo_id, i.pr_number, i.{insights_by_key} DESC NULLS LAST, i.id DESC) i(repo_id, pr_number, id, {i}) \
                 ON i.repo_id = k.repo_id AND i.pr_number = k.pr_number"
            )
        };
        format!(
            "SELECT k.repo_id, k.pr_number, p.id, {p}, r.id, r.newest, {r}, i.id, {i} \
             FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number) \
             LEFT JOIN LATERAL (SELECT p.id, {pull} FROM pull_requests p WHERE p.repo_id = k.repo_id AND p.pr_number = k.pr_number LIMIT 1) p(id, {p}) ON true \
             LEFT JOIN LATERAL (SELECT r.id, {newest}, {run} FROM pipeline_runs r WHERE r.repo_id = k.repo_id AND r.pr_number = k.pr_number LIMIT 1) r(id, newest, {r}) ON true \
             {insights}"
        )
    }

    fn repositories(&self) -> String {
        let columns = self.columns(
            "r",
            "repositories",
            &[
                ("full_name", "text"),
                ("description", "text"),
                ("is_private", "bool"),
                ("language", "text"),
                ("html_url", "text"),
            ],
        );
        format!("SELECT r.id, {columns} FROM repositories r")
    }

    fn open_counts(&self) -> String {
        format!(
            "SELECT repo_id, count(*) FROM pull_requests WHERE {} AND ($1::uuid[] IS NULL OR repo_id = ANY($1)) GROUP BY repo_id",
            self.open_condition()
        )
    }

    fn by_key(&self, table: &str, column: &str) -> Option<Arc<str>> {
        self.schema.has(table, column).then(|| {
            format!("SELECT {column}::text FROM {table} WHERE repo_id = $1 AND pr_number = $2 LIMIT 1").into()
        })
    }

    fn checks(&self) -> Option<Arc<str>> {
        let list = [
            ("name", "text"),
            ("status", "text"),
            ("conclusion", "text"),
            ("url", "text"),
            ("summary", "text"),
            ("completed_at", "timestamptz"),
        ];
        let complete = ["repo_id", "head_sha"].iter().all(|c| self.schema.has("checks", c));
        complete.then(|| {
            let columns = self.columns("c", "checks", &list);
            format!("SELECT {columns} FROM checks c WHERE c.head_sha = $2 AND c.repo_id = $1 ORDER BY c.name LIMIT 300").into()
        })
    }

    fn reviews(&self) -> Option<Arc<str>> {
        let list = [
            ("reviewer", "text"),
            ("state", "text"),
            ("submitted_at", "timestamptz"),
            ("dismissed_at", "timestamptz"),
        ];
        let complete = ["repo_id", "pr_number", "review_id"].iter().all(|c| self.schema.has("reviews", c));
        complete.then(|| {
            let columns = self.columns("v", "reviews", &list);
            format!(
                "SELECT {columns} FROM reviews v WHERE v.repo_id = $1 AND v.pr_number = $2 \
                 ORDER BY v.submitted_at NULLS FIRST, v.review_id LIMIT 300"
            )
            .into()
        })
    }
}
