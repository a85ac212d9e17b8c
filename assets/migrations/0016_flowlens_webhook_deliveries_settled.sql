-- no-transaction
-- Listing and purging what is done, ignored or dead.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_webhook_deliveries_settled
    ON webhook_deliveries (state, processed_at ASC, delivery_id ASC)
    WHERE state <> 'pending';
