//! The statements that read all rows of some keys ($1 repositories, $2 numbers), or their versions alone.
//!
//! Plain joins and one sort, which also settles which insight is the newest, and takes one row where another service
//! let a key stand twice: YugabyteDB looks up the rows of hundreds of keys in one request this way.

use super::{
    super::decode::{InsightColumns, RunColumns},
    Composer,
};
use crate::{
    domain::pull_request::PullRow,
    store::engine::{
        cells::{EARLIEST, LATEST},
        columns::Columns as _,
    },
};

const KEYS: &str = "FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number) \
                    LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
                    LEFT JOIN pipeline_runs r ON r.repo_id = k.repo_id AND r.pr_number = k.pr_number \
                    LEFT JOIN insights i ON i.repo_id = k.repo_id AND i.pr_number = k.pr_number";

const HINTS: &str = "Leading((((k p) r) i)) YbBatchedNL(k p) YbBatchedNL(k p r) YbBatchedNL(k p r i)";

impl Composer<'_> {
    pub(super) fn rows(&self) -> String {
        let newest = match self.schema.column("pipeline_runs", "history") {
            Some(column) if column.readable && column.kind == "jsonb" => {
                "CASE WHEN jsonb_typeof(r.history) = 'array' THEN r.history -> -1 END"
            }
            Some(_) | None => "NULL::jsonb",
        };
        let pull = self.schema.read_all("p", "pull_requests", PullRow::COLUMNS);
        let run = self.schema.read_all("r", "pipeline_runs", RunColumns::COLUMNS);
        let insight = self.schema.read_all("i", "insights", InsightColumns::COLUMNS);
        format!(
            "{}SELECT DISTINCT ON (k.repo_id, k.pr_number) k.repo_id, k.pr_number, p.id, {pull}, r.id, {newest}, \
             {run}, i.id, {insight}, {} {KEYS} {}",
            self.hints(HINTS),
            self.files_came(),
            self.newest_first()
        )
    }

    /// Whether an insight `i` names no level though files are stored by now. They are not read: only of those few it is
    /// asked whether there are any.
    fn files_came(&self) -> String {
        if !(self.schema.has("pull_requests", "files_changed") && self.schema.has("insights", "risk_level")) {
            return "NULL::bool".to_owned();
        }
        let level = self.schema.read("i", "insights", "risk_level", "text");
        format!(
            "CASE WHEN i.id IS NOT NULL AND COALESCE({level}, '') = '' THEN (SELECT true FROM pull_requests f \
             WHERE f.repo_id = k.repo_id AND f.pr_number = k.pr_number AND f.files_changed IS NOT NULL LIMIT 1) END"
        )
    }

    pub(super) fn versions(&self) -> String {
        let pull = self.schema.read("p", "pull_requests", "updated_at", "timestamptz");
        let run = self.schema.read("r", "pipeline_runs", "updated_at", "timestamptz");
        format!(
            "{}SELECT DISTINCT ON (k.repo_id, k.pr_number) k.repo_id, k.pr_number, {pull}, {run}, i.id {KEYS} {}",
            self.hints(HINTS),
            self.newest_first()
        )
    }

    /// An insight without a usable time comes only where no other is.
    fn newest_first(&self) -> String {
        let created = if self.schema.has("insights", "created_at") {
            format!("CASE WHEN i.created_at BETWEEN '{EARLIEST}' AND '{LATEST}' THEN i.created_at END")
        } else {
            "NULL::timestamptz".to_owned()
        };
        format!("ORDER BY k.repo_id, k.pr_number, {created} DESC NULLS LAST, i.id DESC, p.id, r.id")
    }
}
