//! `pull_requests`: the row is the newest picture, whole. Titles and authors come from nowhere else.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::{pr_state::PrState, pull_request::is_conflict},
    facts::{
        fact::{PullRequestSeen, PullState},
        rows::PullRequestRow,
    },
};

/// Puts a picture in the place of an older one. Older means: a merge is final; else by time; of one second, the
/// state that is further on, the greater number of commits, and at last the order of the columns.
pub(super) fn fold(row: &mut Option<PullRequestRow>, at: DateTime<Utc>, seen: &PullRequestSeen, id: Uuid) {
    let mut new = picture(at, seen, id);
    if let Some(old) = row {
        new.id = old.id;
        if old.github_updated_at.is_some() && order(&new) <= order(old) {
            return;
        }
        new.files_changed = old.files_changed.take();
        // As another service may have it; see `mergeability` for the words that facts tell.
        if new.commit_sha == old.commit_sha {
            new.mergeable_state = old.mergeable_state.take();
        }
    }
    *row = Some(new);
}

impl PullRequestRow {
    /// One of which only its number is known.
    pub(super) fn unseen(id: Uuid) -> Self {
        Self {
            id,
            title: String::new(),
            author: None,
            author_avatar: None,
            commit_sha: None,
            branch_name: None,
            state: None,
            files_changed: None,
            additions: None,
            deletions: None,
            created_at: None,
            description: None,
            base_branch: None,
            pr_url: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            reviewers: Vec::new(),
            is_draft: None,
            changed_files: None,
            commits_count: None,
            merged_at: None,
            closed_at: None,
            mergeable_state: None,
            auto_merge: None,
            queue_position: None,
            github_updated_at: None,
        }
    }

    /// How it stands, in whosever words.
    pub fn state(&self) -> Option<PrState> {
        self.state.as_deref().map(PrState::parse)
    }

    /// Neither closed nor merged.
    pub fn is_open(&self) -> bool {
        self.state().is_none_or(|state| state.is_open())
    }

    /// GitHub says that it cannot be merged as it stands.
    pub fn has_conflict(&self) -> bool {
        self.mergeable_state.as_deref().is_some_and(is_conflict)
    }
}

fn picture(at: DateTime<Utc>, seen: &PullRequestSeen, id: Uuid) -> PullRequestRow {
    let (state, merged_at, closed_at) = match seen.state {
        PullState::Draft | PullState::Open => ("open", None, None),
        PullState::Closed { at } => ("closed", None, Some(at)),
        PullState::Merged { at } => ("merged", Some(at), Some(at)),
    };
    PullRequestRow {
        title: seen.title.clone(),
        author: seen.author.clone(),
        author_avatar: seen.author_avatar.clone(),
        commit_sha: Some(seen.head_sha.clone()),
        branch_name: Some(seen.head_branch.clone()),
        state: Some(state.to_owned()),
        additions: seen.additions,
        deletions: seen.deletions,
        created_at: Some(seen.created_at),
        description: seen.description.clone(),
        base_branch: Some(seen.base_branch.clone()),
        pr_url: seen.url.clone(),
        labels: seen.labels.clone(),
        assignees: seen.assignees.clone(),
        reviewers: seen.reviewers.clone(),
        is_draft: Some(seen.state == PullState::Draft),
        changed_files: seen.changed_files,
        commits_count: seen.commits,
        merged_at,
        closed_at,
        auto_merge: Some(seen.auto_merge),
        github_updated_at: Some(at),
        ..PullRequestRow::unseen(id)
    }
}

/// The total order of pictures: every column that a picture has is in it.
fn order(row: &PullRequestRow) -> impl Ord {
    let state = (row.is_draft == Some(false), row.state == Some("closed".into()));
    let sizes = (row.additions, row.deletions, row.changed_files);
    let names = (row.labels.clone(), row.assignees.clone(), row.reviewers.clone());
    let texts = (row.title.clone(), row.author.clone(), row.author_avatar.clone(), row.description.clone());
    let places = (row.branch_name.clone(), row.base_branch.clone(), row.pr_url.clone());
    (
        (row.merged_at.is_some(), row.github_updated_at, state, row.commits_count, row.commit_sha.clone()),
        (row.auto_merge, sizes, names),
        (texts, places, row.created_at, row.merged_at, row.closed_at),
    )
}
