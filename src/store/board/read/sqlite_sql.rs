//! The feed's and the detail reader's statements for the embedded database: its schema is our own, so they are fixed.
//!
//! Lists of keys and repositories are one JSON parameter, UUIDs as hexadecimal digits in it.

use super::super::{
    decode::{
        CheckColumns, InsightColumns, PastInsightColumns, RepositoryColumns, ReviewColumns, RunColumns,
    },
    failed::{FAILED, FAILED_LIMIT, TIMED_LIMIT},
};
use crate::{
    domain::pull_request::PullRow,
    store::engine::{
        columns::{Column, Columns as _},
        rows::{LEASE, RequestColumns},
        tables::version_of,
    },
};

/// Open, letter by letter as in the partial indexes.
macro_rules! open {
    () => {
        "COALESCE(lower(state),'open') NOT IN ('closed','merged')"
    };
}

/// In one of the repositories to which the scope is narrowed (?2), if it is.
macro_rules! mine {
    () => {
        "(?2 IS NULL OR repo_id IN (SELECT unhex(value) FROM json_each(?2)))"
    };
}

/// Whether anyone has written since this connection last looked.
pub(super) const VERSION: &str = "SELECT data_version FROM pragma_data_version";

/// Which tables have any row, repositories last.
pub(in crate::store) const FILLED: &str = "SELECT EXISTS (SELECT 1 FROM pull_requests), \
     EXISTS (SELECT 1 FROM pipeline_runs), EXISTS (SELECT 1 FROM insights), EXISTS (SELECT 1 FROM repositories)";

/// ?1 time before which a delivery is late, ?2 most that are counted. When the newest delivery of a webhook came, how many
/// are late, how many dead.
pub(super) const INGEST: &str = "SELECT (SELECT max(received_at) FROM ( \
     SELECT received_at FROM (SELECT received_at FROM webhook_deliveries WHERE state <> 'pending' AND state = 'done' \
     ORDER BY processed_at DESC, delivery_id DESC LIMIT 1) UNION ALL \
     SELECT received_at FROM (SELECT received_at FROM webhook_deliveries WHERE state <> 'pending' AND state = 'ignored' \
     ORDER BY processed_at DESC, delivery_id DESC LIMIT 1) UNION ALL \
     SELECT received_at FROM (SELECT received_at FROM webhook_deliveries WHERE state <> 'pending' AND state = 'dead' \
     ORDER BY processed_at DESC, delivery_id DESC LIMIT 1) UNION ALL \
     SELECT received_at FROM (SELECT received_at FROM webhook_deliveries WHERE state = 'pending' \
     ORDER BY received_at DESC, delivery_id DESC LIMIT 1))), \
     (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE state = 'pending' AND received_at < ?1 LIMIT ?2)), \
     (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE state <> 'pending' AND state = 'dead' LIMIT ?2))";

/// ?1 last version, ?2 last id, ?3 rows. Id, key, version, wanted; ascending; by table.
pub(super) const CHANGED: [&str; 3] = [
    "SELECT id, repo_id, pr_number, updated_at, 1 FROM pull_requests \
     WHERE updated_at >= ?1 AND (updated_at, id) > (?1, ?2) ORDER BY updated_at, id LIMIT ?3",
    "SELECT id, repo_id, pr_number, updated_at, 1 FROM pipeline_runs \
     WHERE updated_at >= ?1 AND (updated_at, id) > (?1, ?2) ORDER BY updated_at, id LIMIT ?3",
    "SELECT id, repo_id, pr_number, created_at, 1 FROM insights \
     WHERE created_at >= ?1 AND (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT ?3",
];

/// ?1 lower bound, ?2 rows.
pub(super) const CHANGED_REPOSITORIES: &str =
    "SELECT id, updated_at FROM repositories WHERE updated_at >= ?1 ORDER BY updated_at DESC, id LIMIT ?2";

/// ?1 last id, ?2 repositories or NULL, ?3 last version, ?4 start of the window (of those that ended), ?5 rows. Id,
/// key, version, wanted; newest first.
pub(super) const OPEN_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, ",
    mine!(),
    " FROM pull_requests WHERE ",
    open!(),
    " AND updated_at <= ?3 AND (updated_at, id) < (?3, ?1) ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(super) const CLOSED_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, closed_at, NOT (",
    open!(),
    ") AND ",
    mine!(),
    " FROM pull_requests WHERE closed_at IS NOT NULL AND closed_at >= ?4",
    " AND closed_at <= ?3 AND (closed_at, id) < (?3, ?1) ORDER BY closed_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(super) const ENDED_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, closed_at IS NULL AND NOT (",
    open!(),
    ") AND ",
    mine!(),
    " FROM pull_requests WHERE updated_at >= ?4",
    " AND updated_at <= ?3 AND (updated_at, id) < (?3, ?1) ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(super) const RUNS_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, ",
    mine!(),
    " AND NOT EXISTS (SELECT 1 FROM pull_requests q WHERE q.repo_id = r.repo_id AND q.pr_number = r.pr_number)",
    " FROM pipeline_runs r WHERE updated_at <= ?3 AND (updated_at, id) < (?3, ?1)",
    " ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The keys (?1), and the newest insight of each.
fn joined(columns: &str) -> String {
    format!(
        "WITH k(repo_id, pr_number) AS MATERIALIZED (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1)) \
         SELECT k.repo_id, k.pr_number, {columns} \
         FROM k LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
         LEFT JOIN pipeline_runs r ON r.repo_id = k.repo_id AND r.pr_number = k.pr_number \
         LEFT JOIN insights i ON i.id = (SELECT n.id FROM insights n WHERE n.repo_id = k.repo_id \
         AND n.pr_number = k.pr_number ORDER BY n.created_at DESC, n.id DESC LIMIT 1)"
    )
}

/// Columns of a table; NULL for those that only other services' tables have.
fn list(alias: &str, table: &str, columns: &[Column]) -> String {
    let read = |Column { name, .. }: &Column| match version_of(table, name) {
        Some(_) => format!("{alias}.{name} AS \"{table}.{name}\""),
        None => "NULL".to_owned(),
    };
    columns.iter().map(read).collect::<Vec<_>>().join(", ")
}

/// ?1 keys: the versions of their rows.
pub(super) fn versions() -> String {
    joined("p.updated_at, r.updated_at, i.id")
}

/// ?1 keys: all their rows.
pub(super) fn rows() -> String {
    let pull = list("p", "pull_requests", PullRow::COLUMNS);
    let run = list("r", "pipeline_runs", RunColumns::COLUMNS);
    let insight = list("i", "insights", InsightColumns::COLUMNS);
    // Whether the insight names no level though files are stored by now.
    let files_came =
        "CASE WHEN i.id IS NOT NULL AND COALESCE(i.risk_level, '') = '' THEN p.files_changed IS NOT NULL END";
    joined(&format!("p.id, {pull}, r.id, r.history -> '$[#-1]', {run}, i.id, {insight}, {files_came}"))
}

/// No parameters.
pub(super) fn repositories() -> String {
    let columns = list("r", "repositories", RepositoryColumns::COLUMNS);
    format!("SELECT r.id, {columns} FROM repositories r ORDER BY r.id")
}

/// ?2 repositories or NULL.
pub(super) const OPEN_COUNTS: &str = concat!(
    "SELECT repo_id, count(*) FROM pull_requests WHERE ",
    open!(),
    " AND ",
    mine!(),
    " GROUP BY repo_id"
);

/// ?1 lower bound: newest version and number of the requests written since.
pub(super) const CHANGED_REQUESTS: &str =
    "SELECT max(updated_at), count(*) FROM insight_requests WHERE updated_at >= ?1";

/// ?1 lower bound, ?2 rows, ?3 flag: the requests that were written since, and those that are open if it is set.
pub(super) fn requests() -> String {
    let columns = list("q", "insight_requests", RequestColumns::COLUMNS);
    let select =
        format!("SELECT q.id, q.repo_id, q.pr_number, {columns} FROM insight_requests q WHERE q.id IN");
    // Each part is limited, so it stands for itself.
    format!(
        "{select} (SELECT o.id FROM insight_requests o WHERE ?3 AND o.state IN ('queued','running') \
         ORDER BY o.requested_at, o.id LIMIT ?2) \
         UNION ALL {select} (SELECT n.id FROM insight_requests n WHERE n.updated_at >= ?1 \
         ORDER BY n.updated_at DESC, n.id LIMIT ?2)"
    )
}

/// ?1 repositories, ?2 the time: of each that a sync reads, when it was as on GitHub, what is wrong, and whether one is at work.
pub(super) fn synced() -> String {
    format!(
        "SELECT repo_id, cursor, etag, COALESCE(lease_until >= ?2, 0) FROM sync_state \
         WHERE repo_id IN (SELECT unhex(value) FROM json_each(?1)) AND resource = '{LEASE}' ORDER BY repo_id"
    )
}

/// ?1 repository, ?2 number.
pub(super) const FILES: &str =
    "SELECT files_changed FROM pull_requests WHERE repo_id = ?1 AND pr_number = ?2";

/// ?1 repository, ?2 number.
pub(super) const HISTORY: &str = "SELECT history FROM pipeline_runs WHERE repo_id = ?1 AND pr_number = ?2";

/// ?1 pairs of a repository and a commit: names of failed checks, and the place of their commit among these, from 1.
pub(super) fn failed_checks() -> String {
    format!(
        "WITH k(n, repo_id, head_sha) AS MATERIALIZED \
         (SELECT key + 1, unhex(value ->> 0), value ->> 1 FROM json_each(?1)) \
         SELECT k.n, c.name FROM k JOIN checks c ON c.head_sha = k.head_sha AND c.repo_id = k.repo_id \
         WHERE COALESCE(NULLIF(lower(c.conclusion), ''), lower(c.status)) IN ({FAILED}) \
         AND c.superseded IS NOT TRUE ORDER BY k.n, c.name LIMIT {FAILED_LIMIT}"
    )
}

/// ?1 repository, ?2 commit. Whatever the limit cuts off has passed.
pub(super) fn checks() -> String {
    let columns = list("c", "checks", CheckColumns::COLUMNS);
    format!(
        "SELECT {columns} FROM checks c WHERE c.head_sha = ?2 AND c.repo_id = ?1 AND c.superseded IS NOT TRUE \
         ORDER BY COALESCE(lower(c.conclusion), '') IN ('success', 'neutral', 'skipped'), c.name LIMIT 300"
    )
}

/// ?1 repository, ?2 commits, ?3 time: the seconds that each success took that has ended since, by check.
pub(super) fn usual() -> String {
    format!(
        "WITH k(head_sha) AS MATERIALIZED (SELECT value FROM json_each(?2)) \
         SELECT c.app, c.workflow_id, c.name, group_concat((c.completed_at - c.started_at) / 1000000, ',') \
         FROM k JOIN checks c ON c.head_sha = k.head_sha AND c.repo_id = ?1 \
         WHERE lower(c.conclusion) = 'success' AND c.completed_at >= ?3 AND c.started_at <= c.completed_at \
         GROUP BY c.app, c.workflow_id, c.name ORDER BY c.app, c.workflow_id, c.name LIMIT {TIMED_LIMIT}"
    )
}

/// ?1 repository, ?2 number. Newest first.
pub(super) fn reviews() -> String {
    let columns = list("v", "reviews", ReviewColumns::COLUMNS);
    format!(
        "SELECT {columns} FROM reviews v WHERE v.repo_id = ?1 AND v.pr_number = ?2 \
         ORDER BY v.submitted_at DESC NULLS LAST, v.review_id DESC LIMIT 300"
    )
}

/// The same. The older ones' details stay where they are stored.
pub(super) fn insights() -> String {
    let columns = list("i", "insights", PastInsightColumns::COLUMNS);
    format!(
        "SELECT i.id, {columns}, \
         CASE WHEN row_number() OVER (ORDER BY i.created_at DESC, i.id DESC) <= 2 THEN i.details END \
         FROM insights i WHERE i.repo_id = ?1 AND i.pr_number = ?2 ORDER BY i.created_at DESC, i.id DESC LIMIT 12"
    )
}
