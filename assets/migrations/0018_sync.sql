-- A check knows its workflow, and whether it counts; a sync of a repository holds a lease.
ALTER TABLE checks     ADD COLUMN IF NOT EXISTS workflow_id BIGINT, ADD COLUMN IF NOT EXISTS workflow_event TEXT,
                       ADD COLUMN IF NOT EXISTS gone_at TIMESTAMPTZ,     -- GitHub does not have it any more
                       ADD COLUMN IF NOT EXISTS superseded BOOLEAN;      -- TRUE: it does not count
ALTER TABLE sync_state ADD COLUMN IF NOT EXISTS claimed_by TEXT, ADD COLUMN IF NOT EXISTS lease_until TIMESTAMPTZ;
