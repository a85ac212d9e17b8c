-- no-transaction
-- The requests of one pull request, newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insight_requests_pull
    ON insight_requests (repo_id, pr_number, requested_at DESC, id DESC) INCLUDE (commit_sha, state);
