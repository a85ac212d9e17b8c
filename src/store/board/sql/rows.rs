//! The statements that read all rows of some keys ($1 repositories, $2 numbers), or their versions alone.

use std::fmt::Write as _;

use super::{
    super::decode::{InsightColumns, RunColumns},
    Composer,
};
use crate::{
    domain::pull_request::PullRow,
    store::engine::{
        cells::{EARLIEST, LATEST},
        columns::{Column, Columns as _},
    },
};

impl Composer<'_> {
    /// LIMIT 1 keeps each look-up an index probe.
    pub(super) fn rows(&self) -> String {
        let newest = match self.schema.column("pipeline_runs", "history") {
            Some(column) if column.readable && column.kind == "jsonb" => {
                "CASE WHEN jsonb_typeof(r.history) = 'array' THEN r.history -> -1 END"
            }
            Some(_) | None => "NULL::jsonb",
        };
        let pull = self.schema.read_all("p", "pull_requests", PullRow::COLUMNS);
        let run = self.schema.read_all("r", "pipeline_runs", RunColumns::COLUMNS);
        let names = |prefix, columns: &[Column]| names(prefix, columns.len());
        let (p, r) = (names("p", PullRow::COLUMNS), names("r", RunColumns::COLUMNS));
        let i = names("i", InsightColumns::COLUMNS);
        format!(
            "SELECT k.repo_id, k.pr_number, p.id, {p}, r.id, r.newest, {r}, i.id, {i} \
             FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number) \
             LEFT JOIN LATERAL (SELECT p.id, {pull} FROM pull_requests p WHERE p.repo_id = k.repo_id AND p.pr_number = k.pr_number LIMIT 1) p(id, {p}) ON true \
             LEFT JOIN LATERAL (SELECT r.id, {newest}, {run} FROM pipeline_runs r WHERE r.repo_id = k.repo_id AND r.pr_number = k.pr_number LIMIT 1) r(id, newest, {r}) ON true \
             {}",
            self.newest_insight(InsightColumns::COLUMNS)
        )
    }

    pub(super) fn versions(&self) -> String {
        let pull = self.schema.read("p", "pull_requests", "updated_at", "timestamptz");
        let run = self.schema.read("r", "pipeline_runs", "updated_at", "timestamptz");
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
    fn newest_insight(&self, columns: &[Column]) -> String {
        let (read, out) = match columns {
            [] => (String::new(), String::new()),
            columns => (
                format!(", {}", self.schema.read_all("i", "insights", columns)),
                format!(", {}", names("i", columns.len())),
            ),
        };
        let key = "i.repo_id = k.repo_id AND i.pr_number = k.pr_number";
        let created =
            if self.schema.has("insights", "created_at") { "i.created_at" } else { "NULL::timestamptz" };
        let dated = format!("{created} BETWEEN '{EARLIEST}' AND '{LATEST}'");
        if self.schema.has_index("flowlens_insights_newest") {
            // The second half runs only where the first finds nothing: an Append goes in order, and LIMIT stops it.
            return format!(
                "LEFT JOIN LATERAL (\
                 (SELECT i.id{read} FROM insights i WHERE {key} AND {dated} ORDER BY {created} DESC, i.id DESC LIMIT 1) UNION ALL \
                 (SELECT i.id{read} FROM insights i WHERE {key} AND ({dated}) IS NOT TRUE ORDER BY i.id DESC LIMIT 1) LIMIT 1) i(id{out}) ON true"
            );
        }
        // No index by pull request: one scan for all keys of the page, not one a key.
        format!(
            "LEFT JOIN (SELECT DISTINCT ON (i.repo_id, i.pr_number) i.repo_id, i.pr_number, i.id{read} FROM insights i \
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
