-- no-transaction
-- The pull request of a commit (checks and statuses name only that).
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_commit
    ON pull_requests (commit_sha);
