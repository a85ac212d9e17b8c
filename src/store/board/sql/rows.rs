//! The statements that read all rows of some keys ($1 repositories, each once; $2 the place of each key's repository
//! among them; $3 numbers), or their versions alone.
//!
//! Plain joins and one sort, which also settles which insight is the newest, and takes one row where another service
//! let a key stand twice: YugabyteDB looks up the rows of hundreds of keys in one request this way.

use super::{
    super::decode::{InsightColumns, RunColumns},
    Composer,
};
use crate::{
    domain::pull_request::PullRow,
    store::engine::columns::{Columns as _, column},
};

/// The longest text that is read for its last entry.
const HISTORY: usize = 64 << 10;

/// OFFSET keeps PostgreSQL's planner from looking behind the keys: they are columns, as a batched join wants them.
const KEYS: &str = "FROM (SELECT ($1::uuid[])[u.place] AS repo_id, u.number AS pr_number \
                    FROM unnest($2::int4[], $3::int4[]) AS u(place, number) OFFSET 0) k \
                    LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
                    LEFT JOIN pipeline_runs r ON r.repo_id = k.repo_id AND r.pr_number = k.pr_number \
                    LEFT JOIN insights i ON i.repo_id = k.repo_id AND i.pr_number = k.pr_number";

const HINTS: &str = "Leading((((k p) r) i)) YbBatchedNL(k p) YbBatchedNL(k p r) YbBatchedNL(k p r i)";

impl Composer<'_> {
    pub(super) fn rows(&self) -> String {
        let newest = self.newest_entry();
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

    /// The last entry of the run's history, as JSON; of one that is kept as a text, the whole text.
    fn newest_entry(&self) -> String {
        let column = self.schema.column("pipeline_runs", "history").filter(|column| column.readable);
        let entry = match column.map(|column| column.kind.as_str()) {
            Some("jsonb") => {
                "CASE WHEN jsonb_typeof(r.history) = 'array' THEN r.history -> -1 END".to_owned()
            }
            // Of `json`, too: an entry that is no text, such as half a surrogate, would be an error.
            Some("json") => {
                format!("CASE WHEN octet_length(r.history::text) <= {HISTORY} THEN r.history::text END")
            }
            Some("text" | "character varying") => {
                format!("CASE WHEN octet_length(r.history) <= {HISTORY} THEN r.history::text END")
            }
            Some(list) if list.ends_with("[]") => {
                "to_json(r.history[array_upper(r.history, 1)])::text".to_owned()
            }
            Some(_) | None => "NULL::jsonb".to_owned(),
        };
        format!("{entry} AS \"pipeline_runs.history\"")
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
        let pull = self.schema.read_all("p", "pull_requests", &[column!(updated_at: Time)]);
        let run = self.schema.read_all("r", "pipeline_runs", &[column!(updated_at: Time)]);
        format!(
            "{}SELECT DISTINCT ON (k.repo_id, k.pr_number) k.repo_id, k.pr_number, {pull}, {run}, i.id {KEYS} {}",
            self.hints(HINTS),
            self.newest_first()
        )
    }

    /// When an insight was made, to order by.
    pub(super) fn created(&self, alias: &str) -> String {
        if self.schema.is_time("insights", "created_at") {
            self.schema.read(alias, "insights", "created_at", "timestamptz")
        } else if self.schema.has("insights", "created_at") {
            format!("{alias}.created_at::text")
        } else {
            "NULL::timestamptz".to_owned()
        }
    }

    /// An insight without a usable time comes only where no other is.
    fn newest_first(&self) -> String {
        let created = self.created("i");
        format!("ORDER BY k.repo_id, k.pr_number, {created} DESC NULLS LAST, i.id DESC, p.id, r.id")
    }
}
