-- no-transaction
-- The next request to claim.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insight_requests_waiting
    ON insight_requests (requested_at ASC, id ASC)
    WHERE state IN ('queued','running');
