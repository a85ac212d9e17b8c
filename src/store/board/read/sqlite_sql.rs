//! The feed's and the detail reader's statements for the embedded database: its schema is our own, so they are fixed.
//!
//! Lists of keys and repositories are one JSON parameter, UUIDs as hexadecimal digits in it.

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
pub(in crate::store) const VERSION: &str = "SELECT data_version FROM pragma_data_version";

/// Which tables have any row, repositories last.
pub(in crate::store) const FILLED: &str = "SELECT EXISTS (SELECT 1 FROM pull_requests), \
     EXISTS (SELECT 1 FROM pipeline_runs), EXISTS (SELECT 1 FROM insights), EXISTS (SELECT 1 FROM repositories)";

/// ?1 last version, ?2 last id, ?3 rows. Id, key, version, wanted; ascending; by table.
pub(in crate::store) const CHANGED: [&str; 3] = [
    "SELECT id, repo_id, pr_number, updated_at, 1 FROM pull_requests \
     WHERE updated_at >= ?1 AND (updated_at, id) > (?1, ?2) ORDER BY updated_at, id LIMIT ?3",
    "SELECT id, repo_id, pr_number, updated_at, 1 FROM pipeline_runs \
     WHERE updated_at >= ?1 AND (updated_at, id) > (?1, ?2) ORDER BY updated_at, id LIMIT ?3",
    "SELECT id, repo_id, pr_number, created_at, 1 FROM insights \
     WHERE created_at >= ?1 AND (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT ?3",
];

/// ?1 lower bound, ?2 rows.
pub(in crate::store) const CHANGED_REPOSITORIES: &str =
    "SELECT id, updated_at FROM repositories WHERE updated_at >= ?1 ORDER BY updated_at DESC, id LIMIT ?2";

/// ?1 last id, ?2 repositories or NULL, ?3 last version, ?4 start of the window (of those that ended), ?5 rows. Id,
/// key, version, wanted; newest first.
pub(in crate::store) const OPEN_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, ",
    mine!(),
    " FROM pull_requests WHERE ",
    open!(),
    " AND updated_at <= ?3 AND (updated_at, id) < (?3, ?1) ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(in crate::store) const CLOSED_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, closed_at, NOT (",
    open!(),
    ") AND ",
    mine!(),
    " FROM pull_requests WHERE closed_at IS NOT NULL AND closed_at >= ?4",
    " AND closed_at <= ?3 AND (closed_at, id) < (?3, ?1) ORDER BY closed_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(in crate::store) const ENDED_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, closed_at IS NULL AND NOT (",
    open!(),
    ") AND ",
    mine!(),
    " FROM pull_requests WHERE updated_at >= ?4",
    " AND updated_at <= ?3 AND (updated_at, id) < (?3, ?1) ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The same.
pub(in crate::store) const RUNS_PAGE: &str = concat!(
    "SELECT id, repo_id, pr_number, updated_at, ",
    mine!(),
    " AND NOT EXISTS (SELECT 1 FROM pull_requests q WHERE q.repo_id = r.repo_id AND q.pr_number = r.pr_number)",
    " FROM pipeline_runs r WHERE updated_at <= ?3 AND (updated_at, id) < (?3, ?1)",
    " ORDER BY updated_at DESC, id DESC LIMIT ?5"
);

/// The keys (?1), and the newest insight of each.
macro_rules! joined {
    ($columns:literal) => {
        concat!(
            "WITH k(repo_id, pr_number) AS MATERIALIZED (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1)) \
             SELECT k.repo_id, k.pr_number, ",
            $columns,
            " FROM k LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
             LEFT JOIN pipeline_runs r ON r.repo_id = k.repo_id AND r.pr_number = k.pr_number \
             LEFT JOIN insights i ON i.id = (SELECT n.id FROM insights n WHERE n.repo_id = k.repo_id \
             AND n.pr_number = k.pr_number ORDER BY n.created_at DESC, n.id DESC LIMIT 1)"
        )
    };
}

/// ?1 keys: the versions of their rows.
pub(in crate::store) const VERSIONS: &str = joined!("p.updated_at, r.updated_at, i.id");

/// ?1 keys: all their rows, the columns in the order of `columns`.
pub(in crate::store) const ROWS: &str = joined!(
    "p.id, p.title, p.author, p.commit_sha, p.branch_name, p.base_branch, p.state, p.additions, p.deletions, \
     p.changed_files, p.is_draft, NULL, p.merged_at, p.closed_at, p.created_at, p.updated_at, p.labels, p.reviewers, \
     p.mergeable_state, p.auto_merge, p.queue_position, p.pr_url, \
     r.id, r.history -> '$[#-1]', r.commit_sha, r.status_pr, r.status_build, r.status_approval, r.status_merge, \
     r.pr_since, r.build_since, r.approval_since, r.merge_since, r.updated_at, \
     i.id, i.commit_sha, i.risk_level, i.score, i.summary, i.recommendation, i.created_at"
);

/// No parameters.
pub(in crate::store) const REPOSITORIES: &str =
    "SELECT id, full_name, description, is_private, language, html_url FROM repositories ORDER BY id";

/// ?2 repositories or NULL.
pub(in crate::store) const OPEN_COUNTS: &str = concat!(
    "SELECT repo_id, count(*) FROM pull_requests WHERE ",
    open!(),
    " AND ",
    mine!(),
    " GROUP BY repo_id"
);

/// ?1 lower bound: newest version and number of the requests written since.
pub(in crate::store) const CHANGED_REQUESTS: &str =
    "SELECT max(updated_at), count(*) FROM insight_requests WHERE updated_at >= ?1";

/// ?1 lower bound, ?2 rows: the requests that are open, and those written since.
pub(in crate::store) const REQUESTS: &str = "SELECT id, repo_id, pr_number, state, commit_sha, requested_by, attempts, error, insight_id, \
     requested_at, started_at, finished_at, updated_at FROM insight_requests \
     WHERE state IN ('queued','running') OR updated_at >= ?1 ORDER BY updated_at DESC LIMIT ?2";

/// ?1 repository, ?2 number.
pub(in crate::store) const FILES: &str =
    "SELECT files_changed FROM pull_requests WHERE repo_id = ?1 AND pr_number = ?2";

/// ?1 repository, ?2 number.
pub(in crate::store) const HISTORY: &str =
    "SELECT history FROM pipeline_runs WHERE repo_id = ?1 AND pr_number = ?2";

/// ?1 repository, ?2 commit. Whatever the limit cuts off has passed.
pub(in crate::store) const CHECKS: &str = "SELECT name, status, conclusion, url, summary, completed_at FROM checks WHERE head_sha = ?2 AND repo_id = ?1 \
     ORDER BY COALESCE(lower(conclusion), '') IN ('success', 'neutral', 'skipped'), name LIMIT 300";

/// ?1 repository, ?2 number. Newest first.
pub(in crate::store) const REVIEWS: &str = "SELECT reviewer, state, submitted_at, dismissed_at FROM reviews WHERE repo_id = ?1 AND pr_number = ?2 \
     ORDER BY submitted_at DESC NULLS LAST, review_id DESC LIMIT 300";

/// The same. The older ones' details stay where they are stored.
pub(in crate::store) const INSIGHTS: &str = "SELECT id, commit_sha, risk_level, score, created_at, \
     CASE WHEN row_number() OVER (ORDER BY created_at DESC, id DESC) <= 2 THEN details END \
     FROM insights WHERE repo_id = ?1 AND pr_number = ?2 ORDER BY created_at DESC, id DESC LIMIT 12";
