-- FlowLens schema v2.1: what is added to the seed's v2.0 (PostgreSQL/YugabyteDB form). Additive and idempotent;
-- every new column is nullable or has a constant default. Names are a contract; indexes go in migrations of their own.
ALTER TABLE repositories  ADD COLUMN IF NOT EXISTS html_url TEXT, ADD COLUMN IF NOT EXISTS default_branch TEXT, ADD COLUMN IF NOT EXISTS language TEXT,
                          ADD COLUMN IF NOT EXISTS archived BOOLEAN, ADD COLUMN IF NOT EXISTS github_updated_at TIMESTAMPTZ;
ALTER TABLE pull_requests ADD COLUMN IF NOT EXISTS description TEXT, ADD COLUMN IF NOT EXISTS base_branch TEXT, ADD COLUMN IF NOT EXISTS pr_url TEXT,
                          ADD COLUMN IF NOT EXISTS labels JSONB, ADD COLUMN IF NOT EXISTS assignees JSONB, ADD COLUMN IF NOT EXISTS reviewers JSONB,
                          ADD COLUMN IF NOT EXISTS is_draft BOOLEAN, ADD COLUMN IF NOT EXISTS changed_files INT, ADD COLUMN IF NOT EXISTS commits_count INT,
                          ADD COLUMN IF NOT EXISTS merged_at TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS closed_at TIMESTAMPTZ,
                          ADD COLUMN IF NOT EXISTS mergeable_state TEXT, ADD COLUMN IF NOT EXISTS auto_merge BOOLEAN, ADD COLUMN IF NOT EXISTS queue_position INT,
                          ADD COLUMN IF NOT EXISTS github_updated_at TIMESTAMPTZ;
ALTER TABLE pipeline_runs ADD COLUMN IF NOT EXISTS history JSONB DEFAULT '[]',  -- [{field, value, at, meta?}], the newest 200
                          ADD COLUMN IF NOT EXISTS pr_since TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS build_since TIMESTAMPTZ,
                          ADD COLUMN IF NOT EXISTS approval_since TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS merge_since TIMESTAMPTZ;
ALTER TABLE insights      ADD COLUMN IF NOT EXISTS score DOUBLE PRECISION,      -- probability of a later fix, 0..1
                          ADD COLUMN IF NOT EXISTS details JSONB,               -- reasons, attention, focus_files, effort, source, model, duration_ms
                          ADD COLUMN IF NOT EXISTS requested_by TEXT;
CREATE TABLE IF NOT EXISTS checks (             -- one job, status context or check of one commit; newest attempt
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE, head_sha TEXT NOT NULL, app TEXT NOT NULL, suite_id BIGINT NOT NULL DEFAULT 0,
    name TEXT NOT NULL, github_id BIGINT, attempt INT, status TEXT NOT NULL, conclusion TEXT, url TEXT, summary TEXT,
    started_at TIMESTAMPTZ, completed_at TIMESTAMPTZ, github_updated_at TIMESTAMPTZ, updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (head_sha, repo_id, app, suite_id, name));
CREATE TABLE IF NOT EXISTS reviews (            -- every review by its GitHub id; the reducer takes the latest per reviewer
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE, pr_number INT NOT NULL, review_id BIGINT NOT NULL, reviewer TEXT NOT NULL,
    state TEXT NOT NULL, commit_sha TEXT, submitted_at TIMESTAMPTZ, dismissed_at TIMESTAMPTZ, updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (repo_id, pr_number, review_id));
CREATE TABLE IF NOT EXISTS webhook_deliveries ( -- inbox
    delivery_id UUID PRIMARY KEY, event TEXT NOT NULL, action TEXT, repository_id BIGINT, payload BYTEA NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',      -- pending, done, ignored, dead
    attempts INT NOT NULL DEFAULT 0, error TEXT, claimed_by TEXT, lease_until TIMESTAMPTZ, next_attempt_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(), processed_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS insight_requests (   -- at most one queued a pull request (partial unique index); one more may run
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE, pr_number INT NOT NULL,
    commit_sha TEXT, requested_by TEXT, state TEXT NOT NULL DEFAULT 'queued',   -- queued, running, done, failed, cancelled, dead
    attempts INT NOT NULL DEFAULT 0, error TEXT, claimed_by TEXT, lease_until TIMESTAMPTZ, next_attempt_at TIMESTAMPTZ, insight_id UUID,
    requested_at TIMESTAMPTZ NOT NULL DEFAULT now(), started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, updated_at TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS sync_state (         -- resume points and ETags of `flowlens sync`
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE, resource TEXT NOT NULL, etag TEXT, cursor TEXT,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(), PRIMARY KEY (repo_id, resource));
