-- The embedded database: the tables and columns of v2.0 and v2.1, as SQLite holds them. A UUID is a BLOB of 16
-- bytes, a time an INTEGER of microseconds since 1970 UTC, a truth value 0 or 1, JSON a TEXT. Runs in one
-- transaction, which also sets user_version.

CREATE TABLE repositories (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    github_id INTEGER UNIQUE NOT NULL,
    name TEXT NOT NULL,
    full_name TEXT UNIQUE NOT NULL,
    owner TEXT NOT NULL,
    owner_avatar_url TEXT,
    is_private INTEGER CHECK (is_private IN (0, 1)),
    description TEXT,
    created_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    html_url TEXT,
    default_branch TEXT,
    language TEXT,
    archived INTEGER CHECK (archived IN (0, 1)),
    github_updated_at INTEGER
) STRICT;

CREATE TABLE pull_requests (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INTEGER NOT NULL CHECK (pr_number BETWEEN -2147483648 AND 2147483647),
    title TEXT NOT NULL,
    author TEXT,
    author_avatar TEXT,
    commit_sha TEXT,
    branch_name TEXT,
    state TEXT,
    additions INTEGER,
    deletions INTEGER,
    processed INTEGER NOT NULL DEFAULT 0 CHECK (processed IN (0, 1)),
    created_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    base_branch TEXT,
    pr_url TEXT,
    labels TEXT CHECK (labels IS NULL OR json_valid(labels)),
    assignees TEXT CHECK (assignees IS NULL OR json_valid(assignees)),
    reviewers TEXT CHECK (reviewers IS NULL OR json_valid(reviewers)),
    is_draft INTEGER CHECK (is_draft IN (0, 1)),
    changed_files INTEGER,
    commits_count INTEGER,
    merged_at INTEGER,
    closed_at INTEGER,
    mergeable_state TEXT,
    auto_merge INTEGER CHECK (auto_merge IN (0, 1)),
    queue_position INTEGER,
    github_updated_at INTEGER,
    -- The wide ones last: a row is read up to the last column that is asked for.
    description TEXT,
    files_changed TEXT CHECK (files_changed IS NULL OR json_valid(files_changed)),
    UNIQUE (repo_id, pr_number)
) STRICT;

CREATE TABLE pipeline_runs (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INTEGER NOT NULL CHECK (pr_number BETWEEN -2147483648 AND 2147483647),
    commit_sha TEXT,
    status_pr TEXT DEFAULT 'pending',
    status_build TEXT DEFAULT 'pending',
    status_approval TEXT DEFAULT 'pending',
    status_merge TEXT DEFAULT 'pending',
    processed INTEGER NOT NULL DEFAULT 0 CHECK (processed IN (0, 1)),
    created_at INTEGER DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    pr_since INTEGER,
    build_since INTEGER,
    approval_since INTEGER,
    merge_since INTEGER,
    history TEXT DEFAULT '[]' CHECK (history IS NULL OR json_valid(history)),
    UNIQUE (repo_id, pr_number)
) STRICT;

CREATE TABLE insights (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INTEGER NOT NULL CHECK (pr_number BETWEEN -2147483648 AND 2147483647),
    commit_sha TEXT,
    risk_level TEXT,
    summary TEXT,
    recommendation TEXT,
    processed INTEGER NOT NULL DEFAULT 0 CHECK (processed IN (0, 1)),
    created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    score REAL,
    requested_by TEXT,
    details TEXT CHECK (details IS NULL OR json_valid(details))
) STRICT;

CREATE TABLE checks (
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    head_sha TEXT NOT NULL,
    app TEXT NOT NULL,
    suite_id INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    github_id INTEGER,
    attempt INTEGER,
    status TEXT NOT NULL,
    conclusion TEXT,
    url TEXT,
    summary TEXT,
    started_at INTEGER,
    completed_at INTEGER,
    github_updated_at INTEGER,
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (head_sha, repo_id, app, suite_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviews (
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INTEGER NOT NULL,
    review_id INTEGER NOT NULL,
    reviewer TEXT NOT NULL,
    state TEXT NOT NULL,
    commit_sha TEXT,
    submitted_at INTEGER,
    dismissed_at INTEGER,
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (repo_id, pr_number, review_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
    delivery_id BLOB PRIMARY KEY NOT NULL CHECK (length(delivery_id) = 16),
    event TEXT NOT NULL,
    action TEXT,
    repository_id INTEGER,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    claimed_by TEXT,
    lease_until INTEGER,
    next_attempt_at INTEGER,
    received_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    processed_at INTEGER,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE insight_requests (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    pr_number INTEGER NOT NULL,
    commit_sha TEXT,
    requested_by TEXT,
    state TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    claimed_by TEXT,
    lease_until INTEGER,
    next_attempt_at INTEGER,
    insight_id BLOB,
    requested_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    started_at INTEGER,
    finished_at INTEGER,
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
) STRICT;

CREATE TABLE sync_state (
    repo_id BLOB NOT NULL REFERENCES repositories(id) ON DELETE CASCADE,
    resource TEXT NOT NULL,
    etag TEXT,
    cursor TEXT,
    updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (repo_id, resource)
) STRICT, WITHOUT ROWID;

CREATE INDEX flowlens_repositories_updated ON repositories (updated_at, id);
CREATE INDEX flowlens_pull_requests_updated ON pull_requests (updated_at, id);
CREATE INDEX flowlens_pull_requests_open_updated ON pull_requests (updated_at, id)
    WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged');
CREATE INDEX flowlens_pull_requests_open_number ON pull_requests (repo_id, pr_number)
    WHERE COALESCE(lower(state),'open') NOT IN ('closed','merged');
CREATE INDEX flowlens_pull_requests_closed ON pull_requests (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX flowlens_pull_requests_commit ON pull_requests (commit_sha);
CREATE INDEX flowlens_pipeline_runs_updated ON pipeline_runs (updated_at, id);
CREATE INDEX flowlens_insights_created ON insights (created_at, id);
CREATE INDEX flowlens_insights_newest ON insights (repo_id, pr_number, created_at, id);
CREATE UNIQUE INDEX flowlens_insight_requests_queued ON insight_requests (repo_id, pr_number) WHERE state = 'queued';
CREATE UNIQUE INDEX flowlens_insight_requests_running ON insight_requests (repo_id, pr_number) WHERE state = 'running';
CREATE INDEX flowlens_insight_requests_waiting ON insight_requests (requested_at, id)
    WHERE state IN ('queued','running');
CREATE INDEX flowlens_insight_requests_updated ON insight_requests (updated_at, id);
CREATE INDEX flowlens_webhook_deliveries_pending ON webhook_deliveries (received_at, delivery_id)
    WHERE state = 'pending';
CREATE INDEX flowlens_webhook_deliveries_settled ON webhook_deliveries (state, processed_at, delivery_id)
    WHERE state <> 'pending';
