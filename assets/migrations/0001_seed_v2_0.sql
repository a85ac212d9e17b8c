-- Master table for repositories
CREATE TABLE repositories (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    github_id BIGINT UNIQUE NOT NULL,
    name TEXT NOT NULL,
    full_name TEXT UNIQUE NOT NULL,
    owner TEXT NOT NULL,
    owner_avatar_url TEXT,
    is_private BOOLEAN,
    description TEXT,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
);

-- Pull request data, linked to a repository
CREATE TABLE pull_requests (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INT NOT NULL,
    title TEXT NOT NULL,
    author TEXT,
    author_avatar TEXT,
    commit_sha TEXT,
    branch_name TEXT,
    state TEXT, -- 'open', 'closed', 'merged'
    files_changed JSONB, -- Stores the raw 'files_changed' array from webhooks for AI processing
    additions INT,
    deletions INT,
    processed BOOLEAN DEFAULT FALSE, -- Flag for API service polling
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now(),
    UNIQUE (repo_id, pr_number)
);

-- Pipeline status tracking, linked to a pull request
CREATE TABLE pipeline_runs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INT NOT NULL,
    commit_sha TEXT,
    status_pr TEXT DEFAULT 'pending',
    status_build TEXT DEFAULT 'pending',
    status_approval TEXT DEFAULT 'pending',
    status_merge TEXT DEFAULT 'pending',
    processed BOOLEAN DEFAULT FALSE, -- Flag for API service polling
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now(),
    UNIQUE (repo_id, pr_number)
);

-- AI-generated insights, linked to a pull request
CREATE TABLE insights (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    repo_id UUID NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INT NOT NULL,
    commit_sha TEXT,
    risk_level TEXT, -- 'low', 'medium', 'high'
    summary TEXT,
    recommendation TEXT,
    processed BOOLEAN DEFAULT FALSE, -- Flag for API service polling
    created_at TIMESTAMPTZ DEFAULT now()
);

-- Indexes for performance
CREATE INDEX idx_pull_requests_processed ON pull_requests(processed);
CREATE INDEX idx_pipeline_runs_processed ON pipeline_runs(processed);
CREATE INDEX idx_insights_processed ON insights(processed);
