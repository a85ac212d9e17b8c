-- A check knows when it was made, so that its wait for a machine can be told, and its workflow's name.
ALTER TABLE checks ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS workflow_name TEXT;
