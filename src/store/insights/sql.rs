//! The queue's statements, composed for the engine and for the columns that are there.
//!
//! Keys are one JSON parameter, UUIDs as hexadecimal digits in it: both engines can read that.

mod scan;
mod work;

use std::sync::Arc;

pub(super) use self::{scan::PAGE, work::Which};
use super::rows::{TextColumns, WrittenColumns};
use crate::{
    domain::{ids::PrKey, request::Ability, source::Engine},
    store::engine::{
        cells::LATEST,
        columns::{Column, Columns as _, column},
        discovery::Schema,
        rows::RequestColumns,
        transaction::Later,
    },
};

/// The column of the level.
const LEVEL: &str = "risk_level";

/// Types of the server's own that no word is made into.
const NO_WORDS: [&str; 14] = [
    "integer",
    "bigint",
    "smallint",
    "numeric",
    "real",
    "double",
    "boolean",
    "timestamp",
    "time",
    "date",
    "interval",
    "uuid",
    "bytea",
    "json",
];

/// PostgreSQL's planner does not look behind it, as with MATERIALIZED, which the grammar of version 11 has not.
const FENCE: &str = " OFFSET 0";

/// How to say it here.
#[derive(Clone)]
pub(super) struct Sql {
    /// `None`: the embedded database, whose schema is our own.
    schema: Option<Arc<Schema>>,
}

impl Sql {
    pub(super) fn new(schema: Option<Arc<Schema>>) -> Self {
        Self { schema }
    }

    pub(super) fn ability(&self) -> Ability {
        self.schema.as_ref().map_or(Ability::Queue, |schema| schema.ability())
    }

    pub(super) fn can_work(&self) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.can_work())
    }

    fn later(&self) -> Later {
        if self.schema.is_some() { Later::POSTGRES } else { Later::SQLITE }
    }

    /// When the statement began, so many microseconds on: the same clock for all rows.
    fn after(&self, micros: &str) -> String {
        match self.schema {
            Some(_) => format!("(statement_timestamp() + {micros} * interval '1 microsecond')"),
            None => format!("({} + {micros})", Later::SQLITE.now),
        }
    }

    /// Held until the transaction ends; the embedded database has only one writer.
    fn locked(&self) -> &'static str {
        if self.schema.is_some() { " FOR UPDATE" } else { "" }
    }

    /// The column as `kind`; NULL where it is absent.
    fn read(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        match &self.schema {
            Some(schema) => schema.read(alias, table, column, kind),
            None => format!("{alias}.{column}"),
        }
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.has(table, column))
    }

    /// For YugabyteDB's planner, which up to 2025.1 has no statistics and prefers to scan whole tables (#19494, TA-28222).
    fn hints(&self, hints: &str) -> String {
        let is_yugabyte = self.schema.as_ref().is_some_and(|schema| schema.engine == Engine::YugabyteDb);
        if is_yugabyte { format!("/*+ {hints} */ ") } else { String::new() }
    }

    /// The keys ($1): repository, number, an id of ours or NULL, and their order.
    fn keys(&self) -> String {
        match self.schema {
            Some(_) => format!(
                "WITH k(repo_id, pr_number, id, n) AS (SELECT (value ->> 0)::uuid, (value ->> 1)::int4, \
                 (value ->> 2)::uuid, (value ->> 3)::int4 FROM jsonb_array_elements($1){FENCE})"
            ),
            None => "WITH k(repo_id, pr_number, id, n) AS MATERIALIZED (SELECT unhex(value ->> 0), \
                     value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each($1))"
                .to_owned(),
        }
    }

    /// $1 keys with ids, $2 who asks. Not ON CONFLICT: YugabyteDB up to 2025.1.1 takes the wrong rows for conflicting
    /// (#29109). Who is beaten to it fails on the unique index, and looks again. An id that is there was written by a
    /// run whose COMMIT was not confirmed.
    pub(super) fn enqueue(&self) -> String {
        let now = self.later().now;
        format!(
            "{}{} INSERT INTO insight_requests \
             (id, repo_id, pr_number, commit_sha, requested_by, state, attempts, requested_at, updated_at) \
             SELECT k.id, k.repo_id, k.pr_number, {}, $2, 'queued', 0, {}, {now} \
             FROM k JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number \
             WHERE {} AND NOT EXISTS (SELECT 1 FROM insight_requests q WHERE q.repo_id = k.repo_id \
             AND q.pr_number = k.pr_number AND q.state = 'queued') \
             AND NOT ({}) ORDER BY k.repo_id, k.pr_number",
            self.hints("Leading((k p)) YbBatchedNL(k p)"),
            self.keys(),
            self.read("p", "pull_requests", "commit_sha", "text"),
            self.after("k.n"),
            self.has_files(),
            self.is_ours(),
        )
    }

    /// Whether the key's id is a request's. On a server they are looked up at once, whatever its planner thinks of joins.
    fn is_ours(&self) -> &'static str {
        match self.schema {
            Some(_) => {
                "k.id = ANY(ARRAY(SELECT q.id FROM insight_requests q WHERE q.id = ANY(ARRAY(SELECT k.id FROM k))))"
            }
            None => "EXISTS (SELECT 1 FROM insight_requests q WHERE q.id = k.id)",
        }
    }

    /// Whether files are stored for the pull request `p`: so much is known without reading them.
    fn has_files(&self) -> &'static str {
        if self.has("pull_requests", "files_changed") { "p.files_changed IS NOT NULL" } else { "TRUE" }
    }

    /// $1 keys with ids. Order, whether there is such a pull request, whether the request is ours, whether files are
    /// stored.
    pub(super) fn enqueued(&self) -> String {
        format!(
            "{}{} SELECT k.n, p.repo_id, CASE WHEN {} THEN k.id END, {} FROM k \
             LEFT JOIN pull_requests p ON p.repo_id = k.repo_id AND p.pr_number = k.pr_number ORDER BY k.n",
            self.hints("Leading((k p)) YbBatchedNL(k p)"),
            self.keys(),
            self.is_ours(),
            self.has_files()
        )
    }

    /// $1 keys.
    pub(super) fn cancel(&self) -> String {
        let Later { now, then } = self.later();
        format!(
            "{} UPDATE insight_requests AS t SET state = 'cancelled', finished_at = {now}, updated_at = {then} \
             WHERE t.state = 'queued' AND (t.repo_id, t.pr_number) IN (SELECT k.repo_id, k.pr_number FROM k)",
            self.keys()
        )
    }

    /// $1 repository, $2 number: the queued request's id.
    pub(super) const QUEUED: &str =
        "SELECT id FROM insight_requests WHERE repo_id = $1 AND pr_number = $2 AND state = 'queued'";

    /// $1 id, $2 repository, $3 number, then the columns that this database [takes](Self::takes). Later than the newest
    /// insight of the pull request, whatever clock that had.
    pub(super) fn insert(&self) -> String {
        let mut columns = vec!["id", "repo_id", "pr_number"];
        let mut values = vec!["$1".to_owned(), "$2".to_owned(), "$3".to_owned()];
        for column in WrittenColumns::COLUMNS {
            let Some(made_into) = self.takes(column) else { continue };
            let place = format!("${}", columns.len() + 1);
            values.push(made_into.map_or(place.clone(), |kind| format!("CAST({place} AS {kind})")));
            columns.push(column.name);
        }
        if self.takes(&column!(processed: Flag)).is_some() {
            columns.push("processed");
            values.push("FALSE".to_owned());
        }
        if self.has("insights", "created_at") {
            columns.push("created_at");
            values.push(self.newest_plus());
        }
        // The id is there if it was written by a run whose COMMIT was not confirmed.
        format!(
            "INSERT INTO insights ({}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM insights i WHERE i.id = $1)",
            columns.join(", "),
            values.join(", ")
        )
    }

    /// Whether `insights` has this column, of a type that it can be written as; and the type that a value is to be made
    /// into first.
    #[expect(clippy::option_option, reason = "no column, a column as it is, a column by a cast")]
    pub(super) fn takes(&self, column: &Column) -> Option<Option<String>> {
        let Some(schema) = &self.schema else { return Some(None) };
        let stored = schema.column("insights", column.name)?.kind.as_str();
        let is_text = matches!(stored, "text" | "character varying" | "character" | "citext");
        let is_own = stored.ends_with("[]") || NO_WORDS.iter().any(|own| stored.starts_with(own));
        match column.kind {
            _ if column.fits.contains(&stored) => Some(None),
            "text" if is_text => Some(None),
            // A level is a word, also in another service's ENUM.
            "text" if column.name == LEVEL && !is_own => Some(Some(stored.to_owned())),
            "float8" if matches!(stored, "real" | "numeric") => Some(None),
            "jsonb" if is_text || stored == "json" => Some(Some(stored.to_owned())),
            _ => None,
        }
    }

    /// Whether a level can be stored: an insight without one would hide the one before it.
    pub(super) fn takes_level(&self) -> bool {
        let level = WrittenColumns::COLUMNS.iter().find(|column| column.name == LEVEL);
        level.is_some_and(|level| self.takes(level).is_some())
    }

    /// $1 id, $2 repository, $3 number, $4 time, then all columns: only a database of ours is given a history.
    pub(super) fn insert_past() -> String {
        let columns: Vec<&str> = WrittenColumns::COLUMNS.iter().map(|column| column.name).collect();
        let values: Vec<String> = (5..5 + columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO insights (id, repo_id, pr_number, created_at, processed, {}) VALUES ($1, $2, $3, $4, FALSE, {})",
            columns.join(", "),
            values.join(", ")
        )
    }

    fn newest_plus(&self) -> String {
        let now = self.later().now;
        let key = "i.repo_id = $2 AND i.pr_number = $3";
        match self.schema {
            Some(_) => format!(
                "GREATEST({now}, (SELECT max(i.created_at) FROM insights i WHERE {key} \
                 AND i.created_at < '{LATEST}') + interval '1 microsecond')"
            ),
            None => {
                format!("MAX({now}, COALESCE((SELECT max(i.created_at) + 1 FROM insights i WHERE {key}), 0))")
            }
        }
    }

    /// $1 repository, $2 number.
    pub(super) fn head(&self) -> String {
        let head = self.read("p", "pull_requests", "commit_sha", "text");
        format!("SELECT {head} FROM pull_requests p WHERE p.repo_id = $1 AND p.pr_number = $2")
    }

    /// $1 repository, $2 number: the repository's name, then the pull request's columns.
    pub(super) fn pull(&self) -> String {
        let read = |column: &Column| self.read("p", "pull_requests", column.name, column.kind);
        let columns: Vec<String> = TextColumns::COLUMNS.iter().map(read).collect();
        let name = self.read("r", "repositories", "full_name", "text");
        let history = self.read("h", "pipeline_runs", "history", "text");
        format!(
            "SELECT {name}, {}, (SELECT {history} FROM pipeline_runs h WHERE h.repo_id = p.repo_id \
             AND h.pr_number = p.pr_number LIMIT 1) FROM pull_requests p JOIN repositories r ON r.id = p.repo_id \
             WHERE p.repo_id = $1 AND p.pr_number = $2",
            columns.join(", ")
        )
    }

    /// $1 owner/name in any case, $2 number: the key.
    pub(super) fn find(&self) -> String {
        format!(
            "SELECT p.repo_id, {} FROM repositories r JOIN pull_requests p ON p.repo_id = r.id \
             WHERE lower(r.full_name) = lower($1) AND p.pr_number = $2 \
             ORDER BY CASE WHEN r.full_name = $1 THEN 0 ELSE 1 END, r.full_name LIMIT 1",
            self.read("p", "pull_requests", "pr_number", "int4")
        )
    }

    /// $1 keys: the newest request of each.
    pub(super) fn latest(&self) -> String {
        if self.schema.is_some() {
            return format!(
                "{}{} SELECT DISTINCT ON (k.n) {} FROM k \
                 JOIN insight_requests q ON q.repo_id = k.repo_id AND q.pr_number = k.pr_number \
                 ORDER BY k.n, q.requested_at DESC, q.id DESC",
                self.hints("Leading((k q)) YbBatchedNL(k q)"),
                self.keys(),
                request()
            );
        }
        format!(
            "{} SELECT {} FROM k JOIN insight_requests q ON q.id = (SELECT n.id FROM insight_requests n \
             WHERE n.repo_id = k.repo_id AND n.pr_number = k.pr_number ORDER BY n.requested_at DESC, n.id DESC LIMIT 1) \
             ORDER BY k.n",
            self.keys(),
            request()
        )
    }

    /// $1 rows: open ones, oldest first.
    pub(super) fn open() -> String {
        format!(
            "SELECT {} FROM insight_requests q WHERE q.state IN ('queued','running') \
             ORDER BY q.requested_at, q.id LIMIT $1",
            request()
        )
    }

    /// $1 limit: the queued ones whose time has not come.
    pub(super) fn postponed(&self) -> String {
        let now = self.later().now;
        format!(
            "SELECT q.id FROM insight_requests q WHERE q.state = 'queued' AND q.next_attempt_at > {now} LIMIT $1"
        )
    }
}

/// The columns of a request `q`.
fn request() -> String {
    let columns = RequestColumns::COLUMNS.iter().map(|column| format!(", q.{}", column.name));
    format!("q.id, q.repo_id, q.pr_number{}", columns.collect::<String>())
}

/// Keys as the statements take them, without an id of ours.
pub(super) fn json(keys: &[PrKey]) -> serde_json::Value {
    let key = |(n, key): (usize, &PrKey)| {
        serde_json::json!([key.repo.uuid().simple().to_string(), key.number.get(), null, n])
    };
    keys.iter().enumerate().map(key).collect()
}
