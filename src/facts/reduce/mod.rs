//! Facts → rows. Pure: no clock, no database.
//!
//! **Invariant:** the rows are a function of the *set* of facts. Any order, any repetition and any cutting into
//! batches gives the same rows, so that a store may apply a fact as it comes. Why that holds:
//!
//! - What is kept of the facts is the greatest of each key by a total order, or a set cut to its greatest members;
//!   both are commutative, associative and idempotent:
//!   - `pull_requests`: the newest picture of the pull request (`pull`); `files_changed`: the newest list.
//!   - `checks`: the newest attempt of each key ([`checks`]); which of them count follows from all of their commit.
//!   - `reviews`: of each id the greatest of each column, the earliest dismissal (`reviews`).
//!   - `pipeline_runs.history`, the kept entries: one a picture, queue place, file list and so on, cut to the newest;
//!     the newest of each kind is never cut (`history`).
//!   - `repositories`: the newest picture, and the newest end; who bears a name follows from all who claim it
//!     ([`repository`]).
//! - All else is computed anew from what is kept: the four stages, the `*_since` and the history's other entries
//!   (`stages`, `timeline`, `builds`), the word of mergeability, the place in the queue.
//!
//! Answers are told again and again, and must change nothing when they say the same. So those that only an answer's
//! `Date` can stamp are an exception: of two equal ones in a row the first is kept (`mergeability`, `presence`), and a
//! list of all checks is of the rows at that time ([`checks`]). They are told in the order of their dates by the source
//! that asks; between them deliveries may come in any order.
//!
//! GitHub's stamps are whole seconds. Of two facts of one second the greater holds by the order of their columns,
//! beginning with what is further on: merged over closed over open over draft, completed over running, a
//! dismissal over the review, out of the queue over in it. Which one it is matters little: that it is always the
//! same one matters.

mod builds;
pub mod checks;
mod field;
mod history;
mod mergeability;
mod presence;
mod pull;
mod queue;
pub mod repository;
mod reviews;
mod stages;
mod timeline;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    fact::{Fact, What},
    rows::{PipelineRunRow, PullRequestRow, RowChange, Stored},
};
use crate::domain::{
    ids::{PrNumber, RepoId},
    pipeline::Stage,
};

/// Entries that a run's history has at most.
pub const HISTORY: usize = 200;

/// The name space of the ids that we make: v5 of `repository:ID` and so on.
const IDS: Uuid = Uuid::from_u128(0x6f1d_7f0e_52c4_5b0b_9d5e_0a8c_7e64_1f3a);

/// The id of a repository that the database does not have yet.
pub fn new_repo_id(github_id: i64) -> RepoId {
    RepoId::new(Uuid::new_v5(&IDS, format!("repository:{github_id}").as_bytes()))
}

fn new_id(table: &str, stored: &Stored) -> Uuid {
    Uuid::new_v5(&stored.repo_id.uuid(), format!("{table}:{}", stored.number.get()).as_bytes())
}

impl Stored {
    /// A pull request of which nothing is stored.
    pub fn new(repo_id: RepoId, number: PrNumber) -> Self {
        let (checks, reviews) = (BTreeMap::new(), BTreeMap::new());
        Self { repo_id, repository_gone_at: None, number, pull: None, run: None, checks, reviews }
    }

    /// The head after these facts: the store reads the checks of that commit before it calls [`reduce`].
    pub fn head_after<'a>(&self, facts: impl IntoIterator<Item = &'a Fact>) -> Option<String> {
        let mut pull = self.pull.clone();
        if let (Some(pull), Some(run)) = (&mut pull, &self.run) {
            presence::reopen(pull, &run.history);
        }
        for (fact, seen) in self.pulls(facts) {
            pull::fold(&mut pull, fact.at, seen, Uuid::nil());
        }
        pull?.commit_sha
    }

    fn pulls<'a>(
        &self,
        facts: impl IntoIterator<Item = &'a Fact>,
    ) -> impl Iterator<Item = (&'a Fact, &'a crate::facts::fact::PullRequestSeen)> {
        let number = self.number.get();
        facts.into_iter().filter_map(move |fact| match &fact.what {
            What::PullRequest(seen) if seen.number == number => Some((fact, seen.as_ref())),
            What::Repository(_)
            | What::RepositoryGone
            | What::PullRequest(_)
            | What::Mergeability(_)
            | What::Gone(_)
            | What::Files(_)
            | What::Check(_)
            | What::AllChecks(_)
            | What::Review(_)
            | What::ReviewDismissed(_)
            | What::MergeQueue(_) => None,
        })
    }
}

/// Folds facts of one repository into the rows of one of its pull requests. Facts that name another pull request
/// are passed over; checks go by their commit and are all taken.
///
/// `stored` must hold its pull request, run and reviews, and the checks of the head ([`Stored::head_after`]) and of
/// the commits that check facts name.
#[must_use]
pub fn reduce<'a>(stored: Stored, facts: impl IntoIterator<Item = &'a Fact>) -> Stored {
    let mut after = stored;
    let pull_id = new_id("pull_request", &after);
    let mut kept = after.run.as_ref().map(|run| history::kept(&run.history)).unwrap_or_default();
    let mut named = after.pull.is_some() || after.run.is_some();
    if let (Some(pull), Some(run)) = (&mut after.pull, &after.run) {
        presence::reopen(pull, &run.history);
    }
    let facts: Vec<&Fact> = facts.into_iter().collect();
    checks::fold_all(&mut after.checks, facts.iter().copied());
    for fact in facts {
        if fact.what.number() != Some(after.number.get()) {
            continue;
        }
        named = true;
        match &fact.what {
            What::PullRequest(seen) => {
                pull::fold(&mut after.pull, fact.at, seen, pull_id);
                kept.push(history::picture(fact.at, seen));
            }
            What::Files(seen) => {
                let row = after.pull.get_or_insert_with(|| PullRequestRow::unseen(pull_id));
                history::fold_files(&mut kept, row, fact.at, seen);
            }
            What::Review(seen) => reviews::fold(&mut after.reviews, fact.at, seen),
            What::ReviewDismissed(seen) => reviews::fold_dismissal(&mut after.reviews, fact.at, seen),
            What::MergeQueue(seen) => kept.push(queue::entry(fact.at, seen)),
            What::Mergeability(seen) => kept.extend(mergeability::entry(fact.at, seen)),
            What::Gone(_) => kept.push(presence::absence(fact.at)),
            What::Repository(_) | What::RepositoryGone | What::Check(_) | What::AllChecks(_) => {}
        }
    }
    if named {
        finish(&mut after, history::cut(kept));
    }
    after
}

/// Computes what follows from the kept rows: mergeability, queue position, stages, `*_since`, history.
fn finish(after: &mut Stored, mut kept: Vec<super::rows::HistoryItem>) {
    if let Some(pull) = &mut after.pull {
        let gone_at = after.repository_gone_at.filter(|_| pull.is_open());
        kept.extend(gone_at.map(|at| presence::absence_of_repository(at, &kept)));
        // Where no fact told any, another service may have.
        if mergeability::newest(kept.iter()).is_some() {
            let head = pull.commit_sha.as_deref();
            pull.mergeable_state = head.and_then(|head| mergeability::of_head(&kept, head, None));
        }
        presence::close(pull, &kept);
        pull.queue_position = if pull.is_open() { queue::position(&kept, None) } else { None };
    }
    let stages = stages::now(after);
    let story = timeline::tell(after, &kept, &stages);
    let pull = after.pull.as_ref();
    let [status_pr, status_build, status_approval, status_merge] = stages;
    let row = PipelineRunRow {
        id: after.run.as_ref().map_or_else(|| new_id("pipeline_run", after), |run| run.id),
        commit_sha: pull.and_then(|pull| pull.commit_sha.clone()),
        status_pr,
        status_build,
        status_approval,
        status_merge,
        created_at: pull.and_then(|pull| pull.created_at),
        pr_since: story.since(Stage::Pr),
        build_since: story.since(Stage::Build),
        approval_since: story.since(Stage::Approval),
        merge_since: story.since(Stage::Merge),
        history: history::join(kept, story.into_items()),
    };
    after.run = Some(row);
}

/// What has to be written to come from the one to the other: whole rows, only those that differ.
pub fn diff(before: &Stored, after: &Stored) -> Vec<RowChange> {
    let mut changes = Vec::new();
    for (key, row) in &after.checks {
        if before.checks.get(key) != Some(row) {
            changes.push(RowChange::Check(key.clone(), Box::new(row.clone())));
        }
    }
    for (id, row) in &after.reviews {
        if before.reviews.get(id) != Some(row) {
            changes.push(RowChange::Review(*id, Box::new(row.clone())));
        }
    }
    if let Some(row) = after.pull.as_ref().filter(|row| before.pull.as_ref() != Some(*row)) {
        changes.push(RowChange::Pull(Box::new(row.clone())));
    }
    if let Some(row) = after.run.as_ref().filter(|row| before.run.as_ref() != Some(*row)) {
        changes.push(RowChange::Run(Box::new(row.clone())));
    }
    changes
}
