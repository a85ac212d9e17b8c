-- The requests of one pull request, newest first.
CREATE INDEX flowlens_insight_requests_pull ON insight_requests (repo_id, pr_number, requested_at, id);
