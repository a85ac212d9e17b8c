-- no-transaction
-- Counts per repository and the scan for heads without an insight.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_open_number
    ON pull_requests (repo_id, pr_number) INCLUDE (commit_sha)
    WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged');
