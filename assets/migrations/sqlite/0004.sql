-- A check knows when it was made, so that its wait for a machine can be told, and its workflow's name.
ALTER TABLE checks ADD COLUMN created_at INTEGER;
ALTER TABLE checks ADD COLUMN workflow_name TEXT;
