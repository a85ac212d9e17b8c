-- no-transaction
-- At most one request runs for one pull request.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insight_requests_running
    ON insight_requests (repo_id, pr_number)
    WHERE state = 'running';
