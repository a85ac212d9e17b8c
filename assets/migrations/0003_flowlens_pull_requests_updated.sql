-- no-transaction
-- Changes of pull requests since a moment, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pull_requests_updated
    ON pull_requests ((pr_number % 8), updated_at ASC, id ASC);
