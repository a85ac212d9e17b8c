-- no-transaction
-- The newest insight of one pull request.
CREATE INDEX CONCURRENTLY IF NOT EXISTS flowlens_insights_newest
    ON insights (repo_id, pr_number, created_at DESC, id DESC) INCLUDE (commit_sha);
