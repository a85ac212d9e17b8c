//! The reducer's rows, to and from the columns that `table` lists.

use serde_json::Value;

use crate::{
    domain::{
        ids::{PrNumber, RepoId},
        names::names,
        pipeline::StageStatus,
    },
    facts::{
        fact::{CheckConclusion, CheckStatus, ReviewState},
        rows::{CheckKey, CheckRow, HistoryItem, PipelineRunRow, PullRequestRow, RepositoryRow, ReviewRow},
    },
    store::engine::{
        cells::{Cells, Decoded, some},
        transaction::Cell,
    },
};

/// A row that is written: its key, then its columns.
pub(super) trait Written {
    /// What is not in the row itself.
    type Key;

    fn cells(&self, key: Self::Key) -> Vec<Cell>;
}

/// A pull request's number.
pub(super) struct Number(pub(super) i32);

impl Decoded for Number {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self(some(c.int()?)?))
    }
}

impl Decoded for RepositoryRow {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            github_id: some(c.big()?)?,
            id: RepoId::new(some(c.uuid()?)?),
            name: c.text()?.unwrap_or_default(),
            full_name: c.text()?.unwrap_or_default(),
            owner: c.text()?.unwrap_or_default(),
            owner_avatar_url: c.text()?,
            is_private: c.flag()?,
            description: c.text()?,
            html_url: c.text()?,
            default_branch: c.text()?,
            language: c.text()?,
            archived: c.flag()?,
            created_at: c.time()?,
            github_updated_at: c.time()?,
        })
    }
}

impl Written for RepositoryRow {
    type Key = ();

    fn cells(&self, (): ()) -> Vec<Cell> {
        vec![
            Cell::Big(Some(self.github_id)),
            self.id.into(),
            Cell::text(&self.name),
            Cell::text(&self.full_name),
            Cell::text(&self.owner),
            Cell::maybe(self.owner_avatar_url.as_deref()),
            Cell::Flag(self.is_private),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.html_url.as_deref()),
            Cell::maybe(self.default_branch.as_deref()),
            Cell::maybe(self.language.as_deref()),
            Cell::Flag(self.archived),
            Cell::time(self.created_at),
            Cell::time(self.github_updated_at),
        ]
    }
}

impl Decoded for PullRequestRow {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: some(c.uuid()?)?,
            title: c.text()?.unwrap_or_default(),
            author: c.text()?,
            author_avatar: c.text()?,
            commit_sha: c.text()?,
            branch_name: c.text()?,
            state: c.text()?,
            files_changed: c.json(),
            additions: c.int()?,
            deletions: c.int()?,
            created_at: c.time()?,
            description: c.text()?,
            base_branch: c.text()?,
            pr_url: c.text()?,
            labels: c.json().as_ref().map(names).unwrap_or_default(),
            assignees: c.json().as_ref().map(names).unwrap_or_default(),
            reviewers: c.json().as_ref().map(names).unwrap_or_default(),
            is_draft: c.flag()?,
            changed_files: c.int()?,
            commits_count: c.int()?,
            merged_at: c.time()?,
            closed_at: c.time()?,
            mergeable_state: c.text()?,
            auto_merge: c.flag()?,
            queue_position: c.int()?,
            github_updated_at: c.time()?,
        })
    }
}

impl Written for PullRequestRow {
    type Key = (RepoId, PrNumber);

    fn cells(&self, (repo, number): Self::Key) -> Vec<Cell> {
        let list = |names: &[String]| Cell::json(Some(names.iter().map(String::as_str).collect::<Value>()));
        vec![
            repo.into(),
            Cell::Int(Some(number.get())),
            self.id.into(),
            Cell::text(&self.title),
            Cell::maybe(self.author.as_deref()),
            Cell::maybe(self.author_avatar.as_deref()),
            Cell::maybe(self.commit_sha.as_deref()),
            Cell::maybe(self.branch_name.as_deref()),
            Cell::maybe(self.state.as_deref()),
            Cell::json(self.files_changed.clone()),
            Cell::Int(self.additions),
            Cell::Int(self.deletions),
            Cell::time(self.created_at),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.base_branch.as_deref()),
            Cell::maybe(self.pr_url.as_deref()),
            list(&self.labels),
            list(&self.assignees),
            list(&self.reviewers),
            Cell::Flag(self.is_draft),
            Cell::Int(self.changed_files),
            Cell::Int(self.commits_count),
            Cell::time(self.merged_at),
            Cell::time(self.closed_at),
            Cell::maybe(self.mergeable_state.as_deref()),
            Cell::Flag(self.auto_merge),
            Cell::Int(self.queue_position),
            Cell::time(self.github_updated_at),
        ]
    }
}

impl Decoded for PipelineRunRow {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, commit_sha) = (some(c.uuid()?)?, c.text()?);
        let mut stage = || Ok::<_, sqlx::Error>(StageStatus::parse(&c.text()?.unwrap_or_default()));
        let [status_pr, status_build, status_approval, status_merge] =
            [stage()?, stage()?, stage()?, stage()?];
        Ok(Self {
            id,
            commit_sha,
            status_pr,
            status_build,
            status_approval,
            status_merge,
            created_at: c.time()?,
            history: history(c.json()),
            pr_since: c.time()?,
            build_since: c.time()?,
            approval_since: c.time()?,
            merge_since: c.time()?,
        })
    }
}

impl Written for PipelineRunRow {
    type Key = (RepoId, PrNumber);

    fn cells(&self, (repo, number): Self::Key) -> Vec<Cell> {
        let history = self.history.iter().filter_map(|item| serde_json::to_value(item).ok()).collect();
        vec![
            repo.into(),
            Cell::Int(Some(number.get())),
            self.id.into(),
            Cell::maybe(self.commit_sha.as_deref()),
            Cell::text(self.status_pr.word()),
            Cell::text(self.status_build.word()),
            Cell::text(self.status_approval.word()),
            Cell::text(self.status_merge.word()),
            Cell::time(self.created_at),
            Cell::json(Some(Value::Array(history))),
            Cell::time(self.pr_since),
            Cell::time(self.build_since),
            Cell::time(self.approval_since),
            Cell::time(self.merge_since),
        ]
    }
}

impl Decoded for (CheckKey, CheckRow) {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let key = CheckKey {
            head_sha: c.text()?.unwrap_or_default(),
            app: c.text()?.unwrap_or_default(),
            suite_id: some(c.big()?)?,
            name: c.text()?.unwrap_or_default(),
        };
        let row = CheckRow {
            github_id: c.big()?,
            attempt: c.int()?,
            status: CheckStatus::parse(&c.text()?.unwrap_or_default()),
            conclusion: c.text()?.as_deref().map(CheckConclusion::parse),
            url: c.text()?,
            summary: c.text()?,
            started_at: c.time()?,
            completed_at: c.time()?,
            github_updated_at: c.time()?,
        };
        Ok((key, row))
    }
}

impl Written for CheckRow {
    type Key = (RepoId, CheckKey);

    fn cells(&self, (repo, key): Self::Key) -> Vec<Cell> {
        vec![
            repo.into(),
            Cell::text(&key.head_sha),
            Cell::text(&key.app),
            Cell::Big(Some(key.suite_id)),
            Cell::text(&key.name),
            Cell::Big(self.github_id),
            Cell::Int(self.attempt),
            Cell::text(self.status.word()),
            Cell::maybe(self.conclusion.as_ref().map(CheckConclusion::word)),
            Cell::maybe(self.url.as_deref()),
            Cell::maybe(self.summary.as_deref()),
            Cell::time(self.started_at),
            Cell::time(self.completed_at),
            Cell::time(self.github_updated_at),
        ]
    }
}

impl Decoded for (i64, ReviewRow) {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let id = some(c.big()?)?;
        let row = ReviewRow {
            reviewer: c.text()?.unwrap_or_default(),
            state: ReviewState::parse(&c.text()?.unwrap_or_default()),
            commit_sha: c.text()?,
            submitted_at: c.time()?,
            dismissed_at: c.time()?,
        };
        Ok((id, row))
    }
}

impl Written for ReviewRow {
    type Key = (RepoId, PrNumber, i64);

    fn cells(&self, (repo, number, id): Self::Key) -> Vec<Cell> {
        vec![
            repo.into(),
            Cell::Int(Some(number.get())),
            Cell::Big(Some(id)),
            Cell::text(&self.reviewer),
            Cell::text(self.state.word()),
            Cell::maybe(self.commit_sha.as_deref()),
            Cell::time(self.submitted_at),
            Cell::time(self.dismissed_at),
        ]
    }
}

/// Our entries of a history.
fn history(value: Option<Value>) -> Vec<HistoryItem> {
    let list = match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    list.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
}
