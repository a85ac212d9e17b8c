-- no-transaction
-- The open pull requests, newest first, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_open_updated
    ON pull_requests ((pr_number % 8), updated_at ASC, id ASC)
    WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged');
