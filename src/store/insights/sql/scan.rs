//! The statements that look for heads without an insight.

use super::{FENCE, Sql};
use crate::{domain::request::Ability, store::engine::discovery::open};

impl Sql {
    /// $1 rows: keys of those whose files are stored. `None` where commits are not known.
    pub(in crate::store::insights) fn scan(&self) -> Option<String> {
        // Their age is looked up for what was found only: the index on open ones does not hold it.
        Some(format!(
            "WITH found AS ({} AND {}{}) \
             SELECT f.repo_id, {} FROM found f ORDER BY \
             (SELECT {} FROM pull_requests p WHERE p.repo_id = f.repo_id AND p.pr_number = f.pr_number) \
             NULLS LAST, f.repo_id, f.pr_number LIMIT $1",
            self.without_level()?,
            self.has_files(),
            if self.schema.is_some() { FENCE } else { "" },
            if self.schema.is_some() { "f.pr_number::int4" } else { "f.pr_number" },
            self.read("p", "pull_requests", "created_at", "timestamptz"),
        ))
    }

    /// How many cannot have an insight, for their files are not stored. `None` where commits are not known.
    pub(in crate::store::insights) fn unknown(&self) -> Option<String> {
        Some(format!("SELECT count(*) FROM ({} AND NOT ({})) h", self.without_level()?, self.has_files()))
    }

    /// Open pull requests `p` without an insight of their head, none asked for. Not EXISTS: PostgreSQL takes nearly all
    /// for open ones, and would join whole tables.
    fn without_level(&self) -> Option<String> {
        if !self.has("pull_requests", "commit_sha") || !self.has("insights", "commit_sha") {
            return None;
        }
        let open = self.schema.as_ref().map_or_else(|| open("state"), |schema| schema.is_open());
        let requested = match self.ability() {
            Ability::Queue => format!(
                "AND (SELECT 1 FROM insight_requests q WHERE q.repo_id = p.repo_id AND q.pr_number = p.pr_number \
                 AND (q.state IN ('queued','running') OR (lower(q.commit_sha) = lower(p.commit_sha) AND {})) LIMIT 1) \
                 IS NULL",
                self.is_settled()
            ),
            Ability::Insert | Ability::ReadOnly => String::new(),
        };
        Some(format!(
            "SELECT p.repo_id, p.pr_number FROM pull_requests p WHERE {open} AND p.commit_sha <> '' \
             AND (SELECT 1 FROM insights i WHERE i.repo_id = p.repo_id AND i.pr_number = p.pr_number \
             AND lower(i.commit_sha) = lower(p.commit_sha) AND {} LIMIT 1) IS NULL {requested}",
            self.has_level()
        ))
    }

    /// Whether an insight `i` names a level, where there are any.
    fn has_level(&self) -> String {
        if !(self.takes_level() && self.has("insights", "risk_level")) {
            return "TRUE".to_owned();
        }
        format!("COALESCE({}, '') <> ''", self.read("i", "insights", "risk_level", "text"))
    }

    /// Whether the request `q`, which was about the head, is the last word on it: what fails would fail for ever, unless
    /// the pull request changes; and an insight without a level is no answer.
    fn is_settled(&self) -> String {
        let changed = self.read("p", "pull_requests", "updated_at", "timestamptz");
        format!(
            "(q.state NOT IN ('done','failed') OR (q.state = 'failed' AND COALESCE(q.finished_at >= {changed}, TRUE)) \
             OR (q.state = 'done' AND (SELECT 1 FROM insights i WHERE i.id = q.insight_id AND NOT ({})) IS NULL))",
            self.has_level()
        )
    }
}
