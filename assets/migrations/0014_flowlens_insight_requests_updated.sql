-- no-transaction
-- Changes of requests since a moment, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insight_requests_updated
    ON insight_requests ((pr_number % 8), updated_at ASC, id ASC);
