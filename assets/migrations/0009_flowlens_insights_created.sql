-- no-transaction
-- New insights since a moment, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insights_created
    ON insights ((pr_number % 8), created_at ASC, id ASC);
