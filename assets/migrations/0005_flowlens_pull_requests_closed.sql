-- no-transaction
-- The recently closed pull requests, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_closed
    ON pull_requests ((pr_number % 8), closed_at ASC, id ASC)
    WHERE closed_at IS NOT NULL;
