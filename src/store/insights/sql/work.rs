//! The statements of workers: requests are claimed, and come to their end.

use super::Sql;
use crate::store::engine::transaction::Later;

/// Which requests may be claimed.
#[derive(Clone, Copy)]
pub(in crate::store::insights) enum Which {
    Any,
    /// They wait for a worker.
    Queued,
    /// Their worker is gone.
    Abandoned,
}

impl Sql {
    /// $1 keys, $2 who asks or NULL, $3 lease: the request of these that has waited longest and that a worker may take:
    /// whoever asked for it, or his own, or one of these keys whose worker is gone, or that nobody has begun for as
    /// long as the lease. Id, key, whether it is running (its worker is gone), attempts, error, worker, who asked,
    /// whether another one of the same pull request is (its worker is gone, too), and since when it waits.
    pub(in crate::store::insights) fn claimable(&self, which: Which) -> String {
        let now = self.later().now;
        let queued = format!(
            "(q.state = 'queued' AND (q.next_attempt_at IS NULL OR q.next_attempt_at <= {now}) \
             AND COALESCE(r.lease_until < {now}, TRUE))"
        );
        let abandoned = format!("(q.state = 'running' AND COALESCE(q.lease_until < {now}, TRUE))");
        let (states, condition, since) = match which {
            Which::Any => ("'queued','running'", format!("({queued} OR {abandoned})"), "q.requested_at"),
            Which::Queued => ("'queued'", queued, "q.requested_at"),
            Which::Abandoned => ("'running'", abandoned, "q.lease_until"),
        };
        format!(
            "{} SELECT q.id, q.repo_id, q.pr_number, q.state = 'running', q.attempts, q.error, q.claimed_by, \
             q.requested_by, r.id IS NOT NULL, {since} FROM insight_requests q \
             LEFT JOIN insight_requests r ON r.repo_id = q.repo_id AND r.pr_number = q.pr_number \
             AND r.state = 'running' AND r.id <> q.id WHERE q.state IN ({states}) AND {condition} \
             AND ($2 IS NULL OR q.requested_by = $2 OR ((q.state = 'running' OR q.updated_at < {}) \
             AND EXISTS (SELECT 1 FROM k WHERE k.repo_id = q.repo_id AND k.pr_number = q.pr_number))) \
             ORDER BY {since}, q.id LIMIT 1",
            self.keys(),
            self.after("(-$3)")
        )
    }

    /// The same, not waiting for what another worker is claiming.
    pub(in crate::store::insights) fn claim(&self, which: Which) -> String {
        let lock = if self.schema.is_some() { " FOR UPDATE OF q SKIP LOCKED" } else { "" };
        self.claimable(which) + lock
    }

    /// $1 worker: what it has claimed, as far as it knows or not. Id, key, attempts, who asked.
    pub(in crate::store::insights) fn claimed(&self) -> String {
        let lock = self.locked();
        format!(
            "SELECT q.id, q.repo_id, q.pr_number, q.attempts, q.requested_by FROM insight_requests q \
             WHERE q.state = 'running' AND q.claimed_by = $1 ORDER BY q.requested_at, q.id LIMIT 1{lock}"
        )
    }

    /// $1 id, $2 worker, $3 lease, $4 attempts: whoever came first has changed these or the lease.
    pub(in crate::store::insights) fn take(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'running', claimed_by = $2, lease_until = {}, started_at = {now}, \
             finished_at = NULL, next_attempt_at = NULL, attempts = t.attempts + 1, updated_at = {then} WHERE t.id = $1 \
             AND t.attempts = $4 AND (t.state = 'queued' OR (t.state = 'running' AND COALESCE(t.lease_until < {now}, TRUE)))",
            self.after("$3")
        )
    }

    /// $1 repository, $2 number, $3 error: ends the running request whose worker is gone.
    pub(in crate::store::insights) fn supersede(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'failed', error = $3, lease_until = NULL, finished_at = {now}, \
             updated_at = {then} WHERE t.repo_id = $1 AND t.pr_number = $2 AND t.state = 'running' \
             AND COALESCE(t.lease_until < {now}, TRUE)"
        )
    }

    /// $1 id, $2 worker, $3 attempt, $4 lease.
    pub(in crate::store::insights) fn renew(&self) -> String {
        format!(
            "UPDATE insight_requests AS t SET lease_until = {}, updated_at = {} \
             WHERE t.id = $1 AND t.claimed_by = $2 AND t.attempts = $3 AND t.state = 'running'",
            self.after("$4"),
            self.later().then
        )
    }

    /// $1 id: state, worker, attempts, insight, who asked; locked.
    pub(in crate::store::insights) fn hold(&self) -> String {
        let lock = self.locked();
        format!(
            "SELECT state, claimed_by, attempts, insight_id, requested_by FROM insight_requests WHERE id = $1{lock}"
        )
    }

    /// $1 id, $2 insight, $3 its commit.
    pub(in crate::store::insights) fn done(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = 'done', insight_id = $2, commit_sha = COALESCE($3, t.commit_sha), \
             error = NULL, lease_until = NULL, finished_at = {now}, updated_at = {then} WHERE t.id = $1"
        )
    }

    /// $1 id, $2 state, $3 error: it ended without an insight.
    pub(in crate::store::insights) fn end(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "UPDATE insight_requests AS t SET state = $2, error = $3, lease_until = NULL, next_attempt_at = NULL, \
             finished_at = {now}, updated_at = {then} WHERE t.id = $1"
        )
    }

    /// $1 id, $2 error, $3 pause, $4 attempts that do not count.
    pub(in crate::store::insights) fn requeue(&self) -> String {
        format!(
            "UPDATE insight_requests AS t SET state = 'queued', error = $2, claimed_by = NULL, lease_until = NULL, \
             started_at = NULL, next_attempt_at = {}, attempts = t.attempts - $4, updated_at = {} WHERE t.id = $1",
            self.after("$3"),
            self.later().then
        )
    }
}
