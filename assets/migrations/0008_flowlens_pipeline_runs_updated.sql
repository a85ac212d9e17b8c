-- no-transaction
-- Changes of runs since a moment, one scan a bucket.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_pipeline_runs_updated
    ON pipeline_runs ((pr_number % 8), updated_at ASC, id ASC);
