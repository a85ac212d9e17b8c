-- A repository is known to be deleted, so that what comes to be known of it later is not taken for open.
ALTER TABLE repositories ADD COLUMN IF NOT EXISTS gone_at TIMESTAMPTZ;
