//! What is stored of a repository, as far as a sync decides by it what to ask for.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    domain::{
        ids::{PrNumber, RepoId},
        pr_state::PrState,
    },
    store::engine::{
        cells::{Cells, Decoded, some},
        columns::columns,
        error::StoreError,
        session::Task,
        transaction::{Cell, Connection},
    },
};

/// A pull request as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPull {
    pub number: PrNumber,
    /// Neither closed nor merged, nor gone.
    pub is_open: bool,
    pub head_sha: Option<String>,
    pub base_branch: Option<String>,
    /// The time of the picture that it shows; `None`: none was told, only something about it.
    pub updated_at: Option<DateTime<Utc>>,
    pub mergeable_state: Option<String>,
    pub queue_position: Option<i32>,
    /// The files that are stored.
    pub files: Option<KnownFiles>,
}

/// The list of files that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFiles {
    pub head_sha: String,
    pub base_branch: Option<String>,
}

impl KnownPull {
    /// Whether the stored files are those between this head and this base. Of a list whose base is not known the head
    /// decides.
    pub fn has_files_of(&self, head_sha: &str, base_branch: &str) -> bool {
        self.files.as_ref().is_some_and(|files| {
            files.head_sha == head_sha && files.base_branch.as_deref().is_none_or(|base| base == base_branch)
        })
    }
}

/// A check as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCheck {
    pub app: String,
    pub suite_id: i64,
    pub name: String,
    /// It counts for the build.
    pub counts: bool,
}

columns!(
    struct KnownColumns {
        pr_number: Int,
        state: Text,
        commit_sha: Text,
        base_branch: Text,
        github_updated_at: Time,
        mergeable_state: Text,
        queue_position: Int,
    }
);

/// Behind the columns comes the newest entry of the history about files.
impl Decoded for KnownPull {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let row = KnownColumns::decode(c)?;
        Ok(Self {
            number: PrNumber::new(some(row.pr_number)?),
            is_open: row.state.as_deref().is_none_or(|state| PrState::parse(state).is_open()),
            head_sha: row.commit_sha,
            base_branch: row.base_branch,
            updated_at: row.github_updated_at,
            mergeable_state: row.mergeable_state,
            queue_position: row.queue_position,
            files: c.json().as_ref().and_then(files),
        })
    }
}

fn files(entry: &Value) -> Option<KnownFiles> {
    Some(KnownFiles {
        head_sha: entry.get("value")?.as_str()?.to_owned(),
        base_branch: entry.pointer("/meta/base").and_then(Value::as_str).map(str::to_owned),
    })
}

pub(super) struct ReadPulls {
    pub(super) repo: RepoId,
    pub(super) after: Option<PrNumber>,
    pub(super) limit: u32,
}

impl Task for ReadPulls {
    type Answer = Vec<KnownPull>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        // The entry is picked where it is stored: a history is long.
        let (entry, ordinal) = match conn {
            Connection::Postgres(..) => (
                "jsonb_array_elements(CASE WHEN jsonb_typeof(r.history) = 'array' THEN r.history END) \
                 WITH ORDINALITY AS e(value, place) WHERE e.value ->> 'field' = 'files'",
                "e.place",
            ),
            Connection::Sqlite(_) => {
                ("json_each(r.history) AS e WHERE json_extract(e.value, '$.field') = 'files'", "e.key")
            }
        };
        let columns = "p.pr_number, p.state, p.commit_sha, p.base_branch, p.github_updated_at, p.mergeable_state, \
                       p.queue_position";
        let sql = format!(
            "SELECT {columns}, CASE WHEN p.files_changed IS NOT NULL THEN \
             (SELECT e.value FROM {entry} ORDER BY {ordinal} DESC LIMIT 1) END \
             FROM pull_requests p LEFT JOIN pipeline_runs r ON r.repo_id = p.repo_id AND r.pr_number = p.pr_number \
             WHERE p.repo_id = $1 AND p.pr_number > $2 ORDER BY p.pr_number LIMIT $3"
        );
        let after = self.after.map_or(i32::MIN, PrNumber::get);
        let cells = vec![self.repo.into(), Cell::Int(Some(after)), Cell::Big(Some(i64::from(self.limit)))];
        conn.read(sql, cells).await
    }
}

struct CheckColumns {
    app: String,
    suite_id: i64,
    name: String,
    superseded: Option<bool>,
}

columns!(CheckColumns { app: Text, suite_id: Big, name: Text, superseded: Flag });

pub(super) struct ReadChecks<'a> {
    pub(super) repo: RepoId,
    pub(super) head_sha: &'a str,
}

impl Task for ReadChecks<'_> {
    type Answer = Vec<KnownCheck>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = "SELECT app, suite_id, name, superseded FROM checks WHERE head_sha = $2 AND repo_id = $1 \
                   ORDER BY app, suite_id, name";
        let rows: Vec<CheckColumns> =
            conn.read(sql.to_owned(), vec![self.repo.into(), Cell::text(self.head_sha)]).await?;
        let check = |CheckColumns { app, suite_id, name, superseded }| KnownCheck {
            app,
            suite_id,
            name,
            counts: superseded != Some(true),
        };
        Ok(rows.into_iter().map(check).collect())
    }
}

/// Finds the row of a repository.
pub(super) enum Find<'a> {
    Id(i64),
    /// In any case, as GitHub takes it.
    Name(&'a str),
}

columns!(
    struct IdColumn {
        id: Id,
    }
);

impl Task for Find<'_> {
    type Answer = Option<RepoId>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let (condition, cell) = match self {
            Self::Id(id) => ("github_id = $1", Cell::Big(Some(*id))),
            Self::Name(name) => ("lower(full_name) = lower($1)", Cell::text(name)),
        };
        let sql = format!("SELECT id FROM repositories WHERE {condition} ORDER BY id LIMIT 1");
        let row: Option<IdColumn> = conn.read(sql, vec![cell]).await?.pop();
        Ok(row.and_then(|row| row.id).map(RepoId::new))
    }
}
