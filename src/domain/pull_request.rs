//! A pull request with all that the board knows of it, assembled from rows that may be incomplete.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    ids::{PrKey, Sha},
    insight::{Insight, Risk},
    names::names,
    pipeline::{Evidence, HistoryEntry, Pipeline, Stage, StageStatus, StoredStage},
    pr_state::PrState,
    repository::Repository,
    text::{clean_opt, folded},
};

/// Names kept of a list.
const NAMES: usize = 50;

/// A row of `pull_requests` as read: every column but the key may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PullRow {
    pub title: Option<String>,
    pub author: Option<String>,
    pub commit_sha: Option<String>,
    pub branch_name: Option<String>,
    pub base_branch: Option<String>,
    pub state: Option<String>,
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    pub is_draft: Option<bool>,
    pub merged: Option<bool>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub labels: Option<Value>,
    pub reviewers: Option<Value>,
    pub mergeable_state: Option<String>,
    pub auto_merge: Option<bool>,
    pub queue_position: Option<i32>,
    pub pr_url: Option<String>,
}

/// A row of `pipeline_runs` as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunRow {
    /// The commit that it speaks of.
    pub commit_sha: Option<String>,
    /// The four columns with their `*_since`.
    pub stages: [StoredStage; 4],
    /// `history -> -1`.
    pub newest: Option<HistoryEntry>,
    /// When the row was last written.
    pub updated_at: Option<DateTime<Utc>>,
}

/// One line of the board. All text is cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct PullRequest {
    pub key: PrKey,
    /// Its title; empty for a run without its pull request.
    pub title: Box<str>,
    /// The author's login.
    pub author: Option<Box<str>>,
    /// Source branch.
    pub branch: Option<Box<str>>,
    /// Branch that it would be merged into.
    pub base: Option<Box<str>>,
    pub head: Option<Sha>,
    /// Its state, contradictions resolved.
    pub state: PrState,
    pub pipeline: Pipeline,
    /// The newest insight.
    pub insight: Option<Insight>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines removed.
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    /// Label names.
    pub labels: Box<[Box<str>]>,
    /// Logins of requested reviewers.
    pub reviewers: Box<[Box<str>]>,
    /// It is open, and GitHub or the merge column says that it conflicts with its base.
    pub conflict: bool,
    /// GitHub holds its merge back: something that is required is missing.
    pub held_back: bool,
    /// Place in the merge queue, from 1.
    pub queue_position: Option<i32>,
    /// Its page as stored.
    pub url: Option<Box<str>>,
    /// When it was opened.
    pub created_at: Option<DateTime<Utc>>,
    /// When the newest of its rows was written.
    pub updated_at: Option<DateTime<Utc>>,
    /// When its head came, at the latest.
    pub head_at: Option<DateTime<Utc>>,
    /// When it was closed or merged.
    pub ended_at: Option<DateTime<Utc>>,
    /// Columns of its rows, as `table.column`, whose stored value cannot be read.
    pub unreadable: Box<[Box<str>]>,
    /// Names of the failed checks of its head, as far as they are stored.
    pub failed_checks: Box<[Box<str>]>,
    /// What the filter's words are sought in: number, title, author and branch, [`folded`].
    pub haystack: Box<str>,
}

impl PullRequest {
    /// Joins the rows of one key. `pull` is `None` for a run without its pull request: empty title, open.
    pub fn assemble(
        key: PrKey,
        pull: Option<PullRow>,
        run: Option<&RunRow>,
        insight: Option<Insight>,
    ) -> Self {
        let pull = pull.unwrap_or_default();
        let state = resolve_state(&pull, run);
        let head = pull.commit_sha.as_deref().and_then(Sha::parse);
        let run_sha = run.and_then(|r| r.commit_sha.as_deref()).and_then(Sha::parse);
        let reviewers = shown(pull.reviewers.as_ref());
        let held_back =
            pull.mergeable_state.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("blocked"));
        let run_is_of_head = run_sha.is_none() || head.is_none() || run_sha == head;
        let merge =
            run.filter(|_| run_is_of_head).and_then(|run| run.stages[Stage::Merge.index()].word.as_deref());
        let conflict =
            state.is_open() && pull.mergeable_state.as_deref().into_iter().chain(merge).any(is_conflict);
        let ended_at = if state.is_open() { None } else { pull.merged_at.or(pull.closed_at) };
        let pipeline = Pipeline::derive(Evidence {
            state: &state,
            run: run.map(|r| &r.stages),
            run_is_of_head,
            reviewers_requested: !reviewers.is_empty(),
            conflict,
            merging: pull.queue_position.is_some() || pull.auto_merge == Some(true),
            opened_at: pull.created_at,
            ended_at,
        });
        let head_at = pipeline.stage(Stage::Build).since.or_else(|| {
            // Whoever writes the rows touches both for a new head, and only one of them for much else.
            let written = run.filter(|_| run_is_of_head).and_then(|run| run.updated_at);
            written.into_iter().chain(pull.updated_at).min().max(pull.created_at)
        });
        let mut pr = Self {
            key,
            title: clean_opt(pull.title.as_deref()).unwrap_or_default(),
            author: clean_opt(pull.author.as_deref()),
            branch: clean_opt(pull.branch_name.as_deref()),
            base: clean_opt(pull.base_branch.as_deref()),
            head: head.or(run_sha),
            state,
            pipeline,
            insight,
            additions: pull.additions,
            deletions: pull.deletions,
            changed_files: pull.changed_files,
            labels: shown(pull.labels.as_ref()),
            reviewers,
            conflict,
            held_back,
            queue_position: pull.queue_position,
            url: clean_opt(pull.pr_url.as_deref()),
            created_at: pull.created_at,
            updated_at: pull.updated_at.max(run.and_then(|r| r.updated_at)),
            head_at,
            ended_at,
            unreadable: Box::default(),
            failed_checks: Box::default(),
            haystack: Box::default(),
        };
        pr.haystack = pr.build_haystack();
        pr
    }

    fn build_haystack(&self) -> Box<str> {
        let parts = [Some(&self.title), self.author.as_ref(), self.branch.as_ref()];
        let mut text = self.key.number.to_string();
        for part in parts.into_iter().flatten() {
            text.push('\n');
            text.push_str(&folded(part));
        }
        text.into()
    }

    /// Whether this column, `table.column`, holds a value that cannot be read.
    pub fn is_unreadable(&self, column: &str) -> bool {
        self.unreadable.iter().any(|name| **name == *column)
    }

    pub const fn status(&self, stage: Stage) -> &StageStatus {
        self.pipeline.status(stage)
    }

    /// An open pull request whose build failed, or that cannot be merged.
    pub fn is_failing(&self) -> bool {
        self.cannot_merge() || self.state.is_open() && *self.status(Stage::Build) == StageStatus::Failed
    }

    /// Changes were requested on an open pull request.
    pub fn is_blocked(&self) -> bool {
        self.state.is_open() && *self.status(Stage::Approval) == StageStatus::Failed
    }

    /// It cannot be merged as it stands: it conflicts with its base, or its merge failed for whatever cause. An ended one
    /// has neither.
    pub fn cannot_merge(&self) -> bool {
        self.conflict || *self.status(Stage::Merge) == StageStatus::Failed
    }

    /// What the newest insight says, in a word.
    pub fn risk(&self) -> Option<&Risk> {
        self.insight.as_ref()?.risk.as_ref()
    }

    /// Whether the insight speaks of an older head: `None` without an insight or where a SHA is unknown.
    pub fn is_stale(&self) -> Option<bool> {
        self.insight.as_ref()?.is_stale(self.head.as_ref())
    }

    /// Its page on the web: the stored one, else where GitHub would have it.
    pub fn url(&self, repository: &Repository) -> String {
        match &self.url {
            Some(url) if url.starts_with("https://") => url.to_string(),
            Some(_) | None => format!("{}/pull/{}", repository.url(), self.key.number.get()),
        }
    }
}

/// The newest history entry decides where `pull_requests.state` and the merge column contradict each other;
/// without one about the state, `pull_requests.state` stands.
fn resolve_state(pull: &PullRow, run: Option<&RunRow>) -> PrState {
    let stored = PrState::parse(pull.state.as_deref().unwrap_or_default());
    match stored {
        PrState::Merged => PrState::Merged,
        PrState::Closed if pull.merged == Some(true) || pull.merged_at.is_some() => PrState::Merged,
        PrState::Closed => PrState::Closed,
        PrState::Open | PrState::Draft | PrState::Other(_) => {
            let ended = run.and_then(ended_by_history);
            match (ended, stored) {
                (Some(ended), _) => ended,
                (None, PrState::Open) if pull.is_draft == Some(true) => PrState::Draft,
                (None, stored) => stored,
            }
        }
    }
}

/// What the run's newest history entry says of the end, if its merge column claims one.
fn ended_by_history(run: &RunRow) -> Option<PrState> {
    let column = StageStatus::parse(run.stages[Stage::Merge.index()].word.as_deref()?);
    if !matches!(column, StageStatus::Merged | StageStatus::Closed) {
        return None;
    }
    let newest = run.newest.as_ref()?;
    if !matches!(newest.field.as_str(), "status_merge" | "merge" | "status_pr" | "state") {
        return None;
    }
    match StageStatus::parse(&newest.value) {
        StageStatus::Merged => Some(PrState::Merged),
        StageStatus::Closed => Some(PrState::Closed),
        StageStatus::Pending
        | StageStatus::Running
        | StageStatus::Passed
        | StageStatus::Failed
        | StageStatus::Skipped
        | StageStatus::Other(_) => None,
    }
}

/// Whether GitHub's word says that it cannot be merged as it stands: REST's `mergeable_state` (`dirty`), GraphQL's
/// `mergeStateStatus` (`DIRTY`) and `mergeable` (`CONFLICTING`); a merge column may say `conflict`.
pub fn is_conflict(word: &str) -> bool {
    ["dirty", "conflicting", "conflict"].iter().any(|conflict| word.trim().eq_ignore_ascii_case(conflict))
}

/// The names in a JSON column, cleaned.
fn shown(value: Option<&Value>) -> Box<[Box<str>]> {
    let names = value.map(names).unwrap_or_default();
    names.iter().filter_map(|name| clean_opt(Some(name))).take(NAMES).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::ids::{PrNumber, RepoId},
        *,
    };

    fn key() -> PrKey {
        PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(7))
    }

    fn pull(state: &str) -> PullRow {
        PullRow { state: Some(state.to_owned()), ..PullRow::default() }
    }

    fn run(merge: &str, newest: Option<(&str, &str)>) -> RunRow {
        let mut run = RunRow::default();
        run.stages[3].word = Some(merge.to_owned());
        run.newest =
            newest.map(|(f, v)| HistoryEntry { field: f.into(), value: v.into(), at: None, by: None });
        run
    }

    #[test]
    fn contradictions_are_settled_by_the_newest_entry() {
        for (state, merge, newest, want) in [
            ("open", "merged", Some(("status_merge", "merged")), PrState::Merged),
            ("open", "merged", None, PrState::Open),
            ("open", "closed", Some(("status_pr", "reopened")), PrState::Open),
            ("open", "closed", Some(("status_build", "building")), PrState::Open),
            ("OPEN", "closed", Some(("status_merge", "closed")), PrState::Closed),
            ("closed", "pending", None, PrState::Closed),
            ("merged", "closed", None, PrState::Merged),
        ] {
            let pr = PullRequest::assemble(key(), Some(pull(state)), Some(&run(merge, newest)), None);
            assert_eq!(pr.state, want, "{state} {merge} {newest:?}");
        }
        let merged = PullRow { merged: Some(true), ..pull("closed") };
        let at_a_time = PullRow { merged_at: Some(DateTime::UNIX_EPOCH), ..pull("closed") };
        let unmerged = PullRow { merged: Some(false), ..pull("closed") };
        for (row, want) in
            [(merged, PrState::Merged), (at_a_time, PrState::Merged), (unmerged, PrState::Closed)]
        {
            assert_eq!(PullRequest::assemble(key(), Some(row), None, None).state, want);
        }
    }

    #[test]
    fn what_has_ended_needs_nobody() {
        let mut run = run("failed", None);
        for stage in [Stage::Build, Stage::Approval] {
            run.stages[stage.index()].word = Some("failed".to_owned());
        }
        for (state, needs) in [("open", true), ("draft", true), ("closed", false), ("merged", false)] {
            let row = PullRow { mergeable_state: Some("dirty".to_owned()), ..pull(state) };
            let pr = PullRequest::assemble(key(), Some(row), Some(&run), None);
            assert_eq!(
                [pr.is_failing(), pr.is_blocked(), pr.cannot_merge(), pr.conflict],
                [needs; 4],
                "{state}"
            );
        }
    }

    #[test]
    fn a_run_alone_is_open_and_untitled() {
        let pr = PullRequest::assemble(key(), None, Some(&run("pending", None)), None);
        assert_eq!((&*pr.title, &pr.state), ("", &PrState::Open));
    }

    #[test]
    fn a_conflict_is_one_in_any_of_githubs_words() {
        for (word, conflict) in [
            ("dirty", true),
            ("DIRTY", true),
            ("CONFLICTING", true),
            (" Conflicting", true),
            ("MERGEABLE", false),
            ("clean", false),
            ("", false),
        ] {
            let row = PullRow { mergeable_state: Some(word.to_owned()), ..pull("open") };
            let pr = PullRequest::assemble(key(), Some(row), None, None);
            assert_eq!((pr.conflict, pr.cannot_merge()), (conflict, conflict), "{word}");
        }
    }

    #[test]
    fn a_merge_that_failed_is_no_conflict_unless_somebody_says_so() {
        for (word, fails, conflict) in
            [("failed", true, false), ("conflict", true, true), ("pending", false, false)]
        {
            let pr = PullRequest::assemble(key(), Some(pull("open")), Some(&run(word, None)), None);
            assert_eq!((pr.cannot_merge(), pr.is_failing(), pr.conflict), (fails, fails, conflict), "{word}");
        }
    }

    #[test]
    fn a_hostile_url_is_not_opened() {
        let repo = Repository {
            id: key().repo,
            full_name: "acme/api".into(),
            html_url: Some("file:///etc/passwd".into()),
        };
        let row = PullRow { pr_url: Some("javascript:alert(1)".into()), ..pull("open") };
        let pr = PullRequest::assemble(key(), Some(row), None, None);
        assert_eq!(pr.url(&repo), "https://github.com/acme/api/pull/7");
    }
}
