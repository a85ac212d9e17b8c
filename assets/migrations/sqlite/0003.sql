-- A check knows its workflow, and whether it counts; a sync of a repository holds a lease.
ALTER TABLE checks ADD COLUMN workflow_id INTEGER;
ALTER TABLE checks ADD COLUMN workflow_event TEXT;
ALTER TABLE checks ADD COLUMN gone_at INTEGER;
ALTER TABLE checks ADD COLUMN superseded INTEGER CHECK (superseded IN (0, 1));
ALTER TABLE sync_state ADD COLUMN claimed_by TEXT;
ALTER TABLE sync_state ADD COLUMN lease_until INTEGER;
