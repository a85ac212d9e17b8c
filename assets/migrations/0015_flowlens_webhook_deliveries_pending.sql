-- no-transaction
-- The next deliveries to process, repositories in parallel.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_webhook_deliveries_pending
    ON webhook_deliveries ((COALESCE(repository_id,0) % 8), received_at ASC, delivery_id ASC)
    WHERE state = 'pending';
