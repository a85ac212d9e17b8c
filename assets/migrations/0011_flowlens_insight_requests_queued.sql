-- no-transaction
-- At most one request waits for one pull request.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insight_requests_queued
    ON insight_requests (repo_id, pr_number)
    WHERE state = 'queued';
