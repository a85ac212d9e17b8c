-- A believable team for pictures and benchmarks: :repos repositories, :pulls pull requests, :open of them open.
-- Deterministic but for the clock: everything hangs on hashes of the number. Runs on the migrated schema.
-- Settings: flowlens.repos, flowlens.pulls, flowlens.open.
CREATE OR REPLACE FUNCTION pg_temp.pick(list text[], seed text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT list[1 + (hashtext(seed)::bigint & 2147483647) % cardinality(list)] $$;
CREATE OR REPLACE FUNCTION pg_temp.roll(seed text) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$ SELECT ((hashtext(seed)::bigint & 2147483647) % 100)::int $$;
CREATE OR REPLACE FUNCTION pg_temp.sha(seed text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT md5(seed) || substr(md5(seed || '2'), 1, 8) $$;

INSERT INTO repositories (id, github_id, name, full_name, owner, is_private, description, language)
SELECT md5('repo' || r)::uuid, 1000 + r, n.name, o.owner || '/' || n.name, o.owner, r % 3 = 0, 'The ' || n.name || ' service', 'Rust'
FROM generate_series(1, current_setting('flowlens.repos')::int) r,
LATERAL (SELECT (ARRAY['acme','acme','acme','globex'])[1 + r % 4] AS owner) o,
LATERAL (SELECT (ARRAY['api','web','infra','billing','search','mobile','auth','gateway','docs','ingest','reports','design-system','notifications','scheduler','data-platform','観測所','edge-cache','terraform-modules','feature-flags','release-tools'])[1 + (r - 1) % 20]
                        || CASE WHEN r > 20 THEN '-' || (r - 1) / 20 ELSE '' END AS name) n;

CREATE TEMP TABLE plan AS
SELECT n, md5('repo' || (1 + n % current_setting('flowlens.repos')::int))::uuid AS repo_id, 1 + n / current_setting('flowlens.repos')::int AS pr_number,
  CASE WHEN n < current_setting('flowlens.open')::int THEN 'open' WHEN pg_temp.roll('end' || n) < 88 THEN 'merged' ELSE 'closed' END AS state,
  pg_temp.roll('build' || n) AS build, pg_temp.roll('review' || n) AS review, pg_temp.roll('risk' || n) AS risk, pg_temp.roll('odd' || n) AS odd,
  CASE WHEN n < current_setting('flowlens.open')::int THEN now() - make_interval(mins => 3 + (pg_temp.roll('a' || n) * pg_temp.roll('b' || n) * 3))
       ELSE now() - make_interval(days => 1 + n % 400, mins => pg_temp.roll('c' || n)) END AS touched,
  pg_temp.sha('head' || n) AS sha,
  pg_temp.pick(ARRAY['ana','bo','chidi','dmitri','elif','fatou','grace','hiro','ines','juan','kofi','lena','山田','renovate[bot]'], 'who' || n) AS author,
  pg_temp.pick(ARRAY['bo','chidi','elif','grace','hiro','lena'], 'reviewer' || n) AS reviewer
FROM generate_series(0, current_setting('flowlens.pulls')::int - 1) n;

INSERT INTO pull_requests (id, repo_id, pr_number, title, author, commit_sha, branch_name, base_branch, state, is_draft, files_changed, additions, deletions, changed_files,
                           created_at, updated_at, closed_at, merged_at, labels, reviewers, mergeable_state, auto_merge, queue_position)
SELECT md5('pr' || n)::uuid, repo_id, pr_number,
  pg_temp.pick(ARRAY['Add OAuth refresh tokens','Bump tokio to 1.54','Fix a race in session expiry','Rewrite the retry loop','Cache the price list for an hour','Split the billing worker in two',
    'Remove the legacy export','Speed up search ranking','決済サービスのタイムアウトを修正する','Make the deploy pipeline resumable','Ship dark mode 🚀 to everyone','Validate webhook signatures before parsing',
    'Move feature flags to the edge','Handle an empty cart at checkout','Document the public API','Drop Python 3.8','Paginate the audit log','Retry uploads on 503','Rename user_id to account_id everywhere',
    'Raise the connection pool limit','修复移动端登录问题','Use structured logging in the gateway','Backfill missing invoices 💸','Tighten the content security policy','Reduce cold starts of the image service'], 'title' || n)
    || CASE WHEN odd < 20 THEN ' (part ' || 1 + odd % 3 || ')' WHEN odd < 30 THEN ' so that a failed run can be picked up again where it stopped instead of starting over' ELSE '' END,
  author, sha, pg_temp.pick(ARRAY['feature/','fix/','chore/'], 'branch' || n) || pg_temp.pick(ARRAY['oauth-refresh','retry-loop','price-cache','dark-mode','audit-log','csp','flags'], 'b2' || n), 'main',
  state, state = 'open' AND odd BETWEEN 90 AND 95,
  CASE WHEN n < 2000 THEN jsonb_build_array(
    jsonb_build_object('filename', 'src/auth/session.rs', 'status', 'modified', 'additions', 42, 'deletions', 7, 'patch', E'@@ -38,9 +38,12 @@ impl Session {\n     pub fn refresh(&mut self, now: Instant) -> Result<Token> {\n-        let token = self.issue(now)?;\n+        let token = self.rotate(now)?;\n+        self.store.revoke(self.current)?;\n+        self.current = token.id;\n         Ok(token)\n     }'),
    jsonb_build_object('filename', 'tests/session.rs', 'status', 'added', 'additions', 31, 'deletions', 0, 'patch', E'@@ -0,0 +1,3 @@\n+#[test]\n+fn a_rotated_token_is_revoked() {\n+}'),
    jsonb_build_object('filename', 'docs/日本語/認証.md', 'status', 'modified', 'additions', 3, 'deletions', 1, 'patch', NULL)) END,
  20 + odd * 13, odd * 4, 1 + odd % 31,
  touched - make_interval(hours => 2 + odd), touched, CASE WHEN state <> 'open' THEN touched END, CASE WHEN state = 'merged' THEN touched END,
  CASE WHEN odd % 4 = 0 THEN '["backend"]'::jsonb WHEN odd % 7 = 0 THEN '["bug","p1"]'::jsonb END,
  CASE WHEN review BETWEEN 20 AND 75 THEN jsonb_build_array(reviewer) END,
  CASE WHEN state = 'open' AND odd = 80 THEN 'dirty' END, state = 'open' AND odd = 70, CASE WHEN state = 'open' AND odd BETWEEN 71 AND 73 THEN odd - 70 END
FROM plan;

INSERT INTO pipeline_runs (id, repo_id, pr_number, commit_sha, status_pr, status_build, status_approval, status_merge, created_at, updated_at, history, pr_since, build_since, approval_since, merge_since)
SELECT md5('run' || n)::uuid, repo_id, pr_number, sha, 'pending',
  CASE WHEN state = 'open' THEN CASE WHEN build < 12 THEN 'failed' WHEN build < 24 THEN 'running' WHEN build < 30 THEN 'pending' ELSE 'passed' END ELSE 'passed' END,
  CASE WHEN state = 'open' THEN CASE WHEN review < 20 THEN 'passed' WHEN review < 30 THEN 'failed' ELSE 'pending' END ELSE 'passed' END,
  CASE state WHEN 'open' THEN 'pending' ELSE state END, touched - interval '1 hour', touched, '[]',
  touched - make_interval(hours => 2 + odd), touched - make_interval(mins => build), touched - make_interval(mins => 10 + review * 9), touched
FROM plan;

INSERT INTO checks (repo_id, head_sha, app, suite_id, name, github_id, attempt, status, conclusion, url, summary, completed_at)
SELECT repo_id, sha, 'github-actions', 1, c.name, n, 1, 'completed', CASE WHEN c.k = 1 + n % 3 THEN 'failure' ELSE 'success' END,
  'https://github.com/acme/api/actions/runs/' || n, CASE WHEN c.k = 1 + n % 3 THEN pg_temp.pick(ARRAY['2 of 41 tests failed: session::expires_on_rotate','error[E0502] in src/retry.rs:118','timed out after 30 minutes','coverage fell to 71.2 %'], 'why' || n) END, touched
FROM plan, LATERAL (VALUES (1, 'test (ubuntu)'), (2, 'lint'), (3, 'build (macos)')) c(k, name) WHERE state = 'open' AND build < 12;

INSERT INTO reviews (repo_id, pr_number, review_id, reviewer, state, submitted_at)
SELECT repo_id, pr_number, n, reviewer, CASE WHEN review < 20 THEN 'approved' ELSE 'changes_requested' END, touched - make_interval(mins => 10 + review * 9)
FROM plan WHERE state = 'open' AND review < 30;

INSERT INTO insights (id, repo_id, pr_number, commit_sha, risk_level, summary, recommendation, score, created_at)
SELECT md5('insight' || n)::uuid, repo_id, pr_number, CASE WHEN odd % 6 = 0 THEN pg_temp.sha('old' || n) ELSE sha END,
  CASE WHEN risk < 12 THEN 'high' WHEN risk < 45 THEN 'medium' ELSE 'low' END,
  pg_temp.pick(ARRAY['Rotates refresh tokens and changes the session table; an old client that replays a token is logged out everywhere.','Touches the retry path of every outgoing call.','A dependency bump without code changes.','Moves 31 files; most changes are mechanical, two change behaviour at the boundary.'], 'sum' || n),
  pg_temp.pick(ARRAY['Have security review src/auth/session.rs before merging, and merge outside the release window.','Ask for a load test of the gateway; watch the error budget for an hour after the merge.','Read the changelog of the bumped crate; nothing else is needed.','Review src/boundary.rs line by line; skim the rest.'], 'sum' || n),
  CASE WHEN risk < 12 THEN 0.5 + risk / 30.0 WHEN risk < 45 THEN 0.2 + risk / 200.0 ELSE risk / 600.0 END, touched
FROM plan WHERE odd % 9 <> 8;
DROP TABLE plan;
ANALYZE repositories, pull_requests, pipeline_runs, insights, checks, reviews;
