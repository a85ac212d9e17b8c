//! The queue's statements, composed for the engine and for the columns that are there.
//!
//! Keys are one JSON parameter, UUIDs as hexadecimal digits in it: both engines can read that.

use std::sync::Arc;

use super::rows::{TextColumns, WrittenColumns};
use crate::{
    domain::{ids::PrKey, request::Ability},
    store::engine::{
        cells::LATEST,
        columns::{Column, Columns as _, column},
        discovery::Schema,
        rows::RequestColumns,
        transaction::Later,
    },
};

/// Open, letter by letter as in the partial indexes.
const OPEN: &str = "COALESCE(lower(state),'open') NOT IN ('closed','merged')";

/// How to say it here.
#[derive(Clone)]
pub(super) struct Sql {
    /// `None`: the embedded database, whose schema is our own.
    schema: Option<Arc<Schema>>,
}

impl Sql {
    pub(super) fn new(schema: Option<Arc<Schema>>) -> Self {
        Self { schema }
    }

    pub(super) fn ability(&self) -> Ability {
        self.schema.as_ref().map_or(Ability::Queue, |schema| schema.ability())
    }

    pub(super) fn can_work(&self) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.can_work())
    }

    fn later(&self) -> Later {
        if self.schema.is_some() { Later::POSTGRES } else { Later::SQLITE }
    }

    /// When the statement began, so many microseconds on: the same clock for all rows.
    fn after(&self, micros: &str) -> String {
        match self.schema {
            Some(_) => format!("(statement_timestamp() + {micros} * interval '1 microsecond')"),
            None => format!("({} + {micros})", Later::SQLITE.now),
        }
    }

    /// Held until the transaction ends; the embedded database has only one writer.
    fn locked(&self) -> &'static str {
        if self.schema.is_some() { " FOR UPDATE" } else { "" }
    }

    /// The column as `kind`; NULL where it is absent.
    fn read(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        match &self.schema {
            Some(schema) => schema.read(alias, table, column, kind),
            None => format!("{alias}.{column}"),
        }
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.has(table, column))
    }

    /// The keys ($1): repository, number, an id of ours or NULL, and their order.
    fn keys(&self) -> &'static str {
        match self.schema {
            Some(_) => {
                "WITH k(repo_id, pr_number, id, n) AS MATERIALIZED (SELECT (value ->> 0)::uuid, \
                 (value ->> 1)::int4, (value ->> 2)::uuid, (value ->> 3)::int4 FROM jsonb_array_elements($1))"
            }
            None => {
                "WITH k(repo_id, pr_number, id, n) AS MATERIALIZED (SELECT unhex(value ->> 0), \
                 value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each($1))"
            }
        }
    }

    /// $1 keys with ids, $2 who asks. Not ON CONFLICT: YugabyteDB up to 2025.1.1 takes the wrong rows for conflicting
    /// (#29109). Who is beaten to it fails on the unique index, and looks again. An id that is there was written by a
    /// run whose COMMIT was not confirmed.
    pub(super) fn enqueue(&self) -> String {
        let now = self.later().now;
        format!(
            "{} INSERT INTO insight_requests \
             (id, repo_id, pr_number, commit_sha, requested_by, state, attempts, requested_at, updated_at) \
             SELECT k.id, k.repo_id, k.pr_number, {}, $2, 'queued', 0, {}, {now} \
             FROM k JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
             WHERE NOT EXISTS (SELECT 1 FROM insight_requests q WHERE q.repo_id = k.repo_id \
             AND q.pr_number = k.pr_number AND q.state = 'queued') \
             AND NOT EXISTS (SELECT 1 FROM insight_requests q WHERE q.id = k.id) \
             ORDER BY k.repo_id, k.pr_number",
            self.keys(),
            self.read("p", "pull_requests", "commit_sha", "text"),
            self.after("k.n"),
        )
    }

    /// $1 keys with ids. Order, whether there is such a pull request, whether the request is ours.
    pub(super) fn enqueued(&self) -> String {
        format!(
            "{} SELECT k.n, p.repo_id, q.id FROM k \
             LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
             LEFT JOIN insight_requests q ON q.id = k.id ORDER BY k.n",
            self.keys()
        )
    }

    /// $1 keys.
    pub(super) fn cancel(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "{} UPDATE insight_requests AS t SET state = 'cancelled', finished_at = {now}, updated_at = {then} \
             WHERE t.state = 'queued' AND (t.repo_id, t.pr_number) IN (SELECT k.repo_id, k.pr_number FROM k)",
            self.keys()
        )
    }

    /// $1 who asked, or NULL: the oldest request that a worker may take. Id, key, whether it is running (its worker
    /// is gone), attempts, error, worker, who asked, whether another one of the same pull request is (its worker is
    /// gone, too).
    pub(super) fn claimable(&self) -> String {
        let now = self.later().now;
        let sibling = "SELECT 1 FROM insight_requests r WHERE r.repo_id = q.repo_id AND r.pr_number = q.pr_number \
                       AND r.state = 'running'";
        format!(
            "SELECT q.id, q.repo_id, q.pr_number, q.state = 'running', q.attempts, q.error, q.claimed_by, \
             q.requested_by, EXISTS ({sibling} AND r.id <> q.id) \
             FROM insight_requests q WHERE q.state IN ('queued','running') AND ($1 IS NULL OR q.requested_by = $1) \
             AND ((q.state = 'queued' AND (q.next_attempt_at IS NULL OR q.next_attempt_at <= {now}) \
             AND NOT EXISTS ({sibling} AND r.lease_until >= {now})) \
             OR (q.state = 'running' AND COALESCE(q.lease_until < {now}, TRUE))) \
             ORDER BY q.requested_at, q.id LIMIT 1"
        )
    }

    /// The same, not waiting for what another worker is claiming.
    pub(super) fn claim(&self) -> String {
        let lock = if self.schema.is_some() { " FOR UPDATE SKIP LOCKED" } else { "" };
        self.claimable() + lock
    }

    /// $1 id, $2 worker, $3 lease.
    pub(super) fn take(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'running', claimed_by = $2, lease_until = {}, started_at = {now}, \
             finished_at = NULL, next_attempt_at = NULL, attempts = t.attempts + 1, updated_at = {then} WHERE t.id = $1",
            self.after("$3")
        )
    }

    /// $1 repository, $2 number, $3 error: ends the running request whose worker is gone.
    pub(super) fn supersede(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'failed', error = $3, lease_until = NULL, finished_at = {now}, \
             updated_at = {then} WHERE t.repo_id = $1 AND t.pr_number = $2 AND t.state = 'running' \
             AND COALESCE(t.lease_until < {now}, TRUE)"
        )
    }

    /// $1 id, $2 worker, $3 attempt, $4 lease.
    pub(super) fn renew(&self) -> String {
        format!(
            "UPDATE insight_requests AS t SET lease_until = {}, updated_at = {} \
             WHERE t.id = $1 AND t.claimed_by = $2 AND t.attempts = $3 AND t.state = 'running'",
            self.after("$4"),
            self.later().then
        )
    }

    /// $1 id: state, worker, attempts, insight, who asked; locked.
    pub(super) fn hold(&self) -> String {
        let lock = self.locked();
        format!(
            "SELECT state, claimed_by, attempts, insight_id, requested_by FROM insight_requests WHERE id = $1{lock}"
        )
    }

    /// $1 id, $2 insight, $3 its commit.
    pub(super) fn done(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'done', insight_id = $2, commit_sha = COALESCE($3, t.commit_sha), \
             error = NULL, lease_until = NULL, finished_at = {now}, updated_at = {then} WHERE t.id = $1"
        )
    }

    /// $1 id, $2 state, $3 error: it ended without an insight.
    pub(super) fn end(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = $2, error = $3, lease_until = NULL, next_attempt_at = NULL, \
             finished_at = {now}, updated_at = {then} WHERE t.id = $1"
        )
    }

    /// $1 id, $2 error, $3 pause.
    pub(super) fn requeue(&self) -> String {
        format!(
            "UPDATE insight_requests AS t SET state = 'queued', error = $2, claimed_by = NULL, lease_until = NULL, \
             started_at = NULL, next_attempt_at = {}, updated_at = {} WHERE t.id = $1",
            self.after("$3"),
            self.later().then
        )
    }

    /// $1 repository, $2 number: the queued request's id.
    pub(super) const QUEUED: &str =
        "SELECT id FROM insight_requests WHERE repo_id = $1 AND pr_number = $2 AND state = 'queued'";

    /// $1 id, $2 repository, $3 number, then the columns that this database [takes](Self::takes). Later than the newest
    /// insight of the pull request, whatever clock that had.
    pub(super) fn insert(&self) -> String {
        let mut columns = vec!["id", "repo_id", "pr_number"];
        columns.extend(WrittenColumns::COLUMNS.iter().filter(|column| self.takes(column)).map(|c| c.name));
        let mut values: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        if self.takes(&column!(processed: Flag)) {
            columns.push("processed");
            values.push("FALSE".to_owned());
        }
        if self.has("insights", "created_at") {
            columns.push("created_at");
            values.push(self.newest_plus());
        }
        // The id is there if it was written by a run whose COMMIT was not confirmed.
        format!(
            "INSERT INTO insights ({}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM insights i WHERE i.id = $1)",
            columns.join(", "),
            values.join(", ")
        )
    }

    /// Whether `insights` has this column, of a type that it can be written as.
    pub(super) fn takes(&self, column: &Column) -> bool {
        let Some(schema) = &self.schema else { return true };
        let stored = schema.column("insights", column.name);
        stored.is_some_and(|stored| column.fits.contains(&stored.kind.as_str()))
    }

    /// $1 id, $2 repository, $3 number, $4 time, then all columns: only a database of ours is given a history.
    pub(super) fn insert_past() -> String {
        let columns: Vec<&str> = WrittenColumns::COLUMNS.iter().map(|column| column.name).collect();
        let values: Vec<String> = (5..5 + columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO insights (id, repo_id, pr_number, created_at, processed, {}) VALUES ($1, $2, $3, $4, FALSE, {})",
            columns.join(", "),
            values.join(", ")
        )
    }

    fn newest_plus(&self) -> String {
        let now = self.later().now;
        let key = "i.repo_id = $2 AND i.pr_number = $3";
        match self.schema {
            Some(_) => format!(
                "GREATEST({now}, (SELECT max(i.created_at) FROM insights i WHERE {key} \
                 AND i.created_at < '{LATEST}') + interval '1 microsecond')"
            ),
            None => {
                format!("MAX({now}, COALESCE((SELECT max(i.created_at) + 1 FROM insights i WHERE {key}), 0))")
            }
        }
    }

    /// $1 repository, $2 number.
    pub(super) fn head(&self) -> String {
        let head = self.read("p", "pull_requests", "commit_sha", "text");
        format!("SELECT {head} FROM pull_requests p WHERE p.repo_id = $1 AND p.pr_number = $2")
    }

    /// $1 repository, $2 number: the repository's name, then the pull request's columns.
    pub(super) fn pull(&self) -> String {
        let read = |column: &Column| self.read("p", "pull_requests", column.name, column.kind);
        let columns: Vec<String> = TextColumns::COLUMNS.iter().map(read).collect();
        let name = self.read("r", "repositories", "full_name", "text");
        format!(
            "SELECT {name}, {} FROM pull_requests p JOIN repositories r ON r.id = p.repo_id \
             WHERE p.repo_id = $1 AND p.pr_number = $2",
            columns.join(", ")
        )
    }

    /// $1 owner/name in any case, $2 number: the key.
    pub(super) fn find(&self) -> String {
        format!(
            "SELECT p.repo_id, {} FROM repositories r JOIN pull_requests p ON p.repo_id = r.id \
             WHERE lower(r.full_name) = lower($1) AND p.pr_number = $2 \
             ORDER BY CASE WHEN r.full_name = $1 THEN 0 ELSE 1 END, r.full_name LIMIT 1",
            self.read("p", "pull_requests", "pr_number", "int4")
        )
    }

    /// $1 rows: keys. `None` where commits are not known. A request for the commit, whatever became of it, is not
    /// repeated: what fails would fail for ever.
    pub(super) fn scan(&self) -> Option<String> {
        if !self.has("pull_requests", "commit_sha") || !self.has("insights", "commit_sha") {
            return None;
        }
        let open = if self.has("pull_requests", "state") { OPEN } else { "true" };
        let requested = match self.ability() {
            Ability::Queue => {
                "AND (SELECT 1 FROM insight_requests q WHERE q.repo_id = p.repo_id \
                 AND q.pr_number = p.pr_number AND (q.state IN ('queued','running') \
                 OR lower(q.commit_sha) = lower(p.commit_sha)) LIMIT 1) IS NULL"
            }
            Ability::Insert | Ability::ReadOnly => "",
        };
        // Not EXISTS: PostgreSQL takes nearly all for open ones, and would join whole tables. Their age is looked up for
        // what was found only: the index on open ones does not hold it.
        Some(format!(
            "WITH found AS MATERIALIZED (SELECT p.repo_id, p.pr_number FROM pull_requests p \
             WHERE {open} AND p.commit_sha <> '' \
             AND (SELECT 1 FROM insights i WHERE i.repo_id = p.repo_id AND i.pr_number = p.pr_number \
             AND lower(i.commit_sha) = lower(p.commit_sha) LIMIT 1) IS NULL {requested}) \
             SELECT f.repo_id, {} FROM found f ORDER BY \
             (SELECT {} FROM pull_requests p WHERE p.repo_id = f.repo_id AND p.pr_number = f.pr_number) \
             NULLS LAST, f.repo_id, f.pr_number LIMIT $1",
            if self.schema.is_some() { "f.pr_number::int4" } else { "f.pr_number" },
            self.read("p", "pull_requests", "created_at", "timestamptz"),
        ))
    }

    /// $1 keys: the newest request of each.
    pub(super) fn latest(&self) -> String {
        format!(
            "{} SELECT {} FROM k JOIN insight_requests q ON q.id = (SELECT n.id FROM insight_requests n \
             WHERE n.repo_id = k.repo_id AND n.pr_number = k.pr_number ORDER BY n.requested_at DESC, n.id DESC LIMIT 1) \
             ORDER BY k.n",
            self.keys(),
            request()
        )
    }

    /// $1 rows: open ones, oldest first.
    pub(super) fn open() -> String {
        format!(
            "SELECT {} FROM insight_requests q WHERE q.state IN ('queued','running') \
             ORDER BY q.requested_at, q.id LIMIT $1",
            request()
        )
    }
}

/// The columns of a request `q`.
fn request() -> String {
    let columns = RequestColumns::COLUMNS.iter().map(|column| format!(", q.{}", column.name));
    format!("q.id, q.repo_id, q.pr_number{}", columns.collect::<String>())
}

/// Keys as the statements take them, without an id of ours.
pub(super) fn json(keys: &[PrKey]) -> serde_json::Value {
    let key = |(n, key): (usize, &PrKey)| {
        serde_json::json!([key.repo.uuid().simple().to_string(), key.number.get(), null, n])
    };
    keys.iter().enumerate().map(key).collect()
}
