//! The columns that the board reads, and how each is read where its type or its value is not as expected.

use std::fmt::Write as _;

use crate::store::engine::{
    cells::{EARLIEST, LATEST},
    discovery::Schema,
};

/// The columns of `pull_requests`, in the order in which they are decoded.
pub(in crate::store) const PULL: [(&str, &str); 21] = [
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
pub(in crate::store) const RUN: [(&str, &str); 10] = [
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
pub(in crate::store) const INSIGHT: [(&str, &str); 6] = [
    ("commit_sha", "text"),
    ("risk_level", "text"),
    ("score", "float8"),
    ("summary", "text"),
    ("recommendation", "text"),
    ("created_at", "timestamptz"),
];

/// The columns of `insights` that tell how they came one after the other, in order.
pub(in crate::store) const PAST_INSIGHT: [(&str, &str); 4] =
    [("commit_sha", "text"), ("risk_level", "text"), ("score", "float8"), ("created_at", "timestamptz")];

/// The columns of `repositories`, in order.
pub(in crate::store) const REPOSITORY: [(&str, &str); 5] = [
    ("full_name", "text"),
    ("description", "text"),
    ("is_private", "bool"),
    ("language", "text"),
    ("html_url", "text"),
];

/// The columns of `checks`, in order.
pub(in crate::store) const CHECK: [(&str, &str); 6] = [
    ("name", "text"),
    ("status", "text"),
    ("conclusion", "text"),
    ("url", "text"),
    ("summary", "text"),
    ("completed_at", "timestamptz"),
];

/// The columns of `insight_requests` behind id and key, in order.
pub(in crate::store) const REQUEST: [(&str, &str); 10] = [
    ("state", "text"),
    ("commit_sha", "text"),
    ("requested_by", "text"),
    ("attempts", "int4"),
    ("error", "text"),
    ("insight_id", "uuid"),
    ("requested_at", "timestamptz"),
    ("started_at", "timestamptz"),
    ("finished_at", "timestamptz"),
    ("updated_at", "timestamptz"),
];

/// The columns of `reviews`, in order.
pub(in crate::store) const REVIEW: [(&str, &str); 4] = [
    ("reviewer", "text"),
    ("state", "text"),
    ("submitted_at", "timestamptz"),
    ("dismissed_at", "timestamptz"),
];

impl Schema {
    /// The column as `kind`, or a typed NULL where it is absent or its value cannot be that.
    pub(in crate::store) fn read(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        if !self.has(table, column) {
            return format!("NULL::{kind}");
        }
        let stored = self.column(table, column).map_or("", |column| column.kind.as_str());
        let name = format!("{alias}.{column}");
        match kind {
            "timestamptz" => {
                format!("CASE WHEN {name} BETWEEN '{EARLIEST}' AND '{LATEST}' THEN {name}::timestamptz END")
            }
            "int4" if stored == "bigint" || stored == "numeric" => {
                format!("CASE WHEN {name} BETWEEN {} AND {} THEN {name}::int4 END", i32::MIN, i32::MAX)
            }
            // JSON in a text column is opened when it is decoded.
            "jsonb" => format!("to_jsonb({name})"),
            _ => format!("{name}::{kind}"),
        }
    }

    /// [`Schema::read`] for each of a list.
    pub(in crate::store) fn read_all(&self, alias: &str, table: &str, list: &[(&str, &str)]) -> String {
        let columns: Vec<String> =
            list.iter().map(|(column, kind)| self.read(alias, table, column, kind)).collect();
        columns.join(", ")
    }

    /// Everything about some keys ($1 repositories, $2 numbers) in one statement. LIMIT 1 keeps each look-up an
    /// index probe.
    pub(in crate::store) fn rows(&self) -> String {
        let newest = match self.column("pipeline_runs", "history") {
            Some(column) if column.readable && column.kind == "jsonb" => {
                "CASE WHEN jsonb_typeof(r.history) = 'array' THEN r.history -> -1 END"
            }
            Some(_) | None => "NULL::jsonb",
        };
        let pull = self.read_all("p", "pull_requests", &PULL);
        let run = self.read_all("r", "pipeline_runs", &RUN);
        let (p, r, i) = (names("p", PULL.len()), names("r", RUN.len()), names("i", INSIGHT.len()));
        format!(
            "SELECT k.repo_id, k.pr_number, p.id, {p}, r.id, r.newest, {r}, i.id, {i} \
             FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number) \
             LEFT JOIN LATERAL (SELECT p.id, {pull} FROM pull_requests p WHERE p.repo_id = k.repo_id AND p.pr_number = k.pr_number LIMIT 1) p(id, {p}) ON true \
             LEFT JOIN LATERAL (SELECT r.id, {newest}, {run} FROM pipeline_runs r WHERE r.repo_id = k.repo_id AND r.pr_number = k.pr_number LIMIT 1) r(id, newest, {r}) ON true \
             {}",
            self.newest_insight(&INSIGHT)
        )
    }

    /// The versions alone of what [`Schema::rows`] reads.
    pub(in crate::store) fn versions(&self) -> String {
        let pull = self.read("p", "pull_requests", "updated_at", "timestamptz");
        let run = self.read("r", "pipeline_runs", "updated_at", "timestamptz");
        format!(
            "SELECT k.repo_id, k.pr_number, p.at, r.at, i.id \
             FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number) \
             LEFT JOIN LATERAL (SELECT {pull} FROM pull_requests p WHERE p.repo_id = k.repo_id AND p.pr_number = k.pr_number LIMIT 1) p(at) ON true \
             LEFT JOIN LATERAL (SELECT {run} FROM pipeline_runs r WHERE r.repo_id = k.repo_id AND r.pr_number = k.pr_number LIMIT 1) r(at) ON true \
             {}",
            self.newest_insight(&[])
        )
    }

    /// Joins the newest insight of each key `k` as `i(id, i0, i1, …)`; one without a time only where no other is.
    fn newest_insight(&self, list: &[(&str, &str)]) -> String {
        let read = |alias: &str| match list {
            [] => String::new(),
            list => format!(", {}", self.read_all(alias, "insights", list)),
        };
        let out = match list.len() {
            0 => String::new(),
            count => format!(", {}", names("i", count)),
        };
        let columns = read("i");
        let key = "i.repo_id = k.repo_id AND i.pr_number = k.pr_number";
        let created = if self.has("insights", "created_at") { "i.created_at" } else { "NULL::timestamptz" };
        let dated = format!("{created} BETWEEN '{EARLIEST}' AND '{LATEST}'");
        if self.has_index("flowlens_insights_newest") {
            // The second half runs only where the first finds nothing: an Append goes in order, and LIMIT stops it.
            return format!(
                "LEFT JOIN LATERAL (\
                 (SELECT i.id{columns} FROM insights i WHERE {key} AND {dated} ORDER BY {created} DESC, i.id DESC LIMIT 1) UNION ALL \
                 (SELECT i.id{columns} FROM insights i WHERE {key} AND ({dated}) IS NOT TRUE ORDER BY i.id DESC LIMIT 1) LIMIT 1) i(id{out}) ON true"
            );
        }
        // No index by pull request: one scan for all keys of the page, not one a key.
        format!(
            "LEFT JOIN (SELECT DISTINCT ON (i.repo_id, i.pr_number) i.repo_id, i.pr_number, i.id{columns} FROM insights i \
             WHERE (i.repo_id, i.pr_number) IN (SELECT w.repo_id, w.pr_number FROM unnest($1::uuid[], $2::int4[]) w(repo_id, pr_number)) \
             ORDER BY i.repo_id, i.pr_number, CASE WHEN {dated} THEN {created} END DESC NULLS LAST, i.id DESC) i(repo_id, pr_number, id{out}) \
             ON i.repo_id = k.repo_id AND i.pr_number = k.pr_number"
        )
    }
}

/// `p0, p1, p2`
fn names(prefix: &str, count: usize) -> String {
    let mut out = String::new();
    for n in 0..count {
        let comma = if n == 0 { "" } else { ", " };
        write!(out, "{comma}{prefix}{n}").unwrap_or_default();
    }
    out
}
