//! Answers as facts. A picture is told only where all of it is known.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Actor, CheckRun, Context, Fingerprint, List, ListedPull, Pull, QueueEntry, Repository, Requested, Review,
    Rollup, StatusContext, Suites, WorkflowRun,
};
use crate::facts::fact::{
    AllChecksSeen, CheckConclusion, CheckName, CheckSeen, CheckStatus, Fact, MergeabilitySeen,
    PullRequestSeen, PullState, RepositoryRef, RepositorySeen, ReviewSeen, ReviewState, What, Workflow,
};

/// Who deleted their account.
pub(in crate::github) const GHOST: &str = "ghost";

impl Repository {
    /// `None`: GitHub tells no id.
    pub fn reference(&self) -> Option<RepositoryRef> {
        Some(RepositoryRef { github_id: self.database_id?, full_name: self.name_with_owner.clone() })
    }

    /// The whole of it; from a query that asked for that.
    pub fn fact(&self) -> Option<Fact> {
        let seen = RepositorySeen {
            private: self.is_private?,
            archived: self.is_archived.unwrap_or_default(),
            owner_avatar_url: self.owner.as_ref().and_then(|owner| owner.avatar_url.clone()),
            description: self.description.clone(),
            language: self.primary_language.as_ref().map(|language| language.name.clone()),
            default_branch: self.default_branch_ref.as_ref().map(|branch| branch.name.clone()),
            html_url: self.url.clone(),
            created_at: self.created_at,
        };
        Some(Fact { repository: self.reference()?, at: self.updated_at?, what: What::Repository(seen) })
    }
}

/// How it stands, by the word of any interface.
pub(in crate::github) fn state(
    word: &str,
    is_draft: bool,
    closed: Option<DateTime<Utc>>,
    merged: Option<DateTime<Utc>>,
) -> Option<PullState> {
    match word.to_ascii_lowercase().as_str() {
        "open" if is_draft => Some(PullState::Draft),
        "open" => Some(PullState::Open),
        "merged" => merged.or(closed).map(|at| PullState::Merged { at }),
        "closed" => closed.map(|at| PullState::Closed { at }),
        _ => None,
    }
}

impl ListedPull {
    /// A first picture of one that nobody knows yet: what is not listed is empty until the details come.
    pub fn first_picture(&self, repository: &RepositoryRef) -> Option<Fact> {
        let state = state(self.state.as_deref()?, self.is_draft?, self.closed_at, self.merged_at)?;
        let seen = PullRequestSeen {
            number: self.number,
            title: self.title.clone()?,
            author: self.author.as_ref().map(Actor::login),
            author_avatar: self.author.as_ref().and_then(|author| author.avatar_url.clone()),
            state,
            head_sha: self.head_ref_oid.clone()?,
            head_branch: self.head_ref_name.clone()?,
            base_branch: self.base_ref_name.clone()?,
            description: None,
            url: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            reviewers: Vec::new(),
            additions: None,
            deletions: None,
            changed_files: None,
            commits: None,
            mergeable_state: None,
            auto_merge: false,
            created_at: self.created_at?,
        };
        Some(Fact {
            repository: repository.clone(),
            at: self.updated_at,
            what: What::PullRequest(Box::new(seen)),
        })
    }
}

impl Pull {
    /// The variables of the query for further pages; `None`: all is there.
    pub fn further(&self) -> Option<Value> {
        fn after<T>(list: Option<&List<T>>) -> Option<&str> {
            list?.more()
        }
        let rollup = self.status_check_rollup.as_ref();
        let contexts = after(rollup.and_then(|rollup| rollup.contexts.as_ref()));
        let reviews = after(self.reviews.as_ref());
        let labels = after(self.labels.as_ref());
        let assignees = after(self.assignees.as_ref());
        let requests = after(self.review_requests.as_ref());
        [contexts, reviews, labels, assignees, requests].iter().any(Option::is_some).then(|| {
            json!({
                "id": self.id,
                "contexts": contexts.is_some(), "contextsAfter": contexts,
                "reviews": reviews.is_some(), "reviewsBefore": reviews,
                "labels": labels.is_some(), "labelsAfter": labels,
                "assignees": assignees.is_some(), "assigneesAfter": assignees,
                "requests": requests.is_some(), "requestsAfter": requests,
            })
        })
    }

    /// Whether all pages of whom is asked for a review are there.
    pub fn has_requests(&self) -> bool {
        self.review_requests.as_ref().is_some_and(|list| list.visible().is_some())
    }

    /// Who is asked for a review; `None`: a page is missing, or the name of a team, which REST may know.
    pub fn reviewers(&self) -> Option<Vec<String>> {
        let requests = self.review_requests.as_ref()?.visible()?;
        // Nobody is asked by a request whose reviewer is deleted.
        requests
            .iter()
            .filter_map(|request| request.requested_reviewer.as_ref())
            .map(Requested::name)
            .collect()
    }

    /// The picture; `None` where a list is not whole. `reviewers` are REST's, where [`Pull::reviewers`] knows not all.
    /// `failed` tells whether a field failed.
    pub fn picture(
        &self,
        reviewers: Option<Vec<String>>,
        failed: &dyn Fn(&str) -> bool,
    ) -> Option<PullRequestSeen> {
        let told = |field: &str| (!failed(field)).then_some(());
        told("labels").and(told("assignees")).and(told("author")).and(told("autoMergeRequest"))?;
        let reviewers = match reviewers {
            Some(reviewers) => reviewers,
            None => told("reviewRequests").and_then(|()| self.reviewers())?,
        };
        Some(PullRequestSeen {
            number: self.number,
            title: self.title.clone(),
            author: self.author.as_ref().map(Actor::login),
            author_avatar: self.author.as_ref().and_then(|author| author.avatar_url.clone()),
            state: state(&self.state, self.is_draft, self.closed_at, self.merged_at)?,
            head_sha: self.head_ref_oid.clone(),
            head_branch: self.head_ref_name.clone(),
            base_branch: self.base_ref_name.clone(),
            description: self.body.clone().filter(|body| !body.is_empty()),
            url: self.url.clone(),
            labels: self.labels.as_ref()?.visible()?.iter().map(|label| label.name.clone()).collect(),
            assignees: self.assignees.as_ref()?.visible()?.iter().map(|who| who.login()).collect(),
            reviewers,
            additions: self.additions,
            deletions: self.deletions,
            changed_files: self.changed_files,
            commits: self.commits.as_ref().map(|commits| commits.total_count),
            mergeable_state: None,
            auto_merge: self.auto_merge_request.is_some(),
            created_at: self.created_at,
        })
    }

    /// All that it tells, at GitHub's time of the answer. The list of all its checks is for whoever knows the list before:
    /// see [`Pull::all_checks`].
    pub fn facts(
        &self,
        repository: &RepositoryRef,
        reviewers: Option<Vec<String>>,
        failed: &dyn Fn(&str) -> bool,
        at: DateTime<Utc>,
    ) -> Vec<Fact> {
        let fact = |at, what| Fact { repository: repository.clone(), at, what };
        let picture = self.picture(reviewers, failed);
        let mut facts: Vec<Fact> = picture
            .map(|seen| fact(self.updated_at, What::PullRequest(Box::new(seen))))
            .into_iter()
            .collect();
        let mergeability = MergeabilitySeen {
            number: self.number,
            head_sha: self.head_ref_oid.clone(),
            updated_at: self.updated_at,
            mergeable: self.mergeable.clone(),
            merge_state: self.merge_state_status.clone(),
        };
        facts.push(fact(at, What::Mergeability(mergeability)));
        let reviews = self.reviews.iter().flat_map(List::iter);
        facts.extend(
            reviews
                .filter_map(|review| review.seen(self.number))
                .map(|(at, seen)| fact(at, What::Review(seen))),
        );
        let rollup = self.status_check_rollup.as_ref();
        let checks = rollup.into_iter().flat_map(|rollup| rollup.checks(&self.head_ref_oid));
        facts.extend(checks.map(|(at, seen)| fact(at, What::Check(seen))));
        facts
    }

    /// All its checks, where the answer had them whole and of this head, and there are any.
    pub fn all_checks(&self, failed: &dyn Fn(&str) -> bool) -> Option<AllChecksSeen> {
        let rollup = self.status_check_rollup.as_ref().filter(|_| !failed("statusCheckRollup"))?;
        let is_ours = rollup.commit.as_ref().is_some_and(|commit| commit.oid == self.head_ref_oid);
        let contexts = rollup.contexts.as_ref().filter(|_| is_ours)?.whole().filter(|all| !all.is_empty())?;
        let seen: Vec<_> =
            contexts.into_iter().map(|context| context.seen(&self.head_ref_oid)).collect::<Option<_>>()?;
        let checks = seen.iter().map(|(_, seen)| CheckName::from(seen)).collect();
        Some(AllChecksSeen { head_sha: self.head_ref_oid.clone(), checks })
    }

    /// `None`: not told.
    pub fn queue(&self) -> Option<QueuePlace> {
        queue(self.is_in_merge_queue, self.merge_queue_entry.as_ref())
    }
}

impl Fingerprint {
    /// What it says of merging, at GitHub's time of the answer.
    pub fn mergeability(&self, repository: &RepositoryRef, number: i32, at: DateTime<Utc>) -> Fact {
        let what = What::Mergeability(MergeabilitySeen {
            number,
            head_sha: self.head_ref_oid.clone(),
            updated_at: self.updated_at,
            mergeable: self.mergeable.clone(),
            merge_state: self.merge_state_status.clone(),
        });
        Fact { repository: repository.clone(), at, what }
    }

    /// `None`: not told.
    pub fn queue(&self) -> Option<QueuePlace> {
        queue(self.is_in_merge_queue, self.merge_queue_entry.as_ref())
    }
}

fn queue(is_in: Option<bool>, entry: Option<&QueueEntry>) -> Option<QueuePlace> {
    if is_in? { entry?.position.map(QueuePlace::At) } else { Some(QueuePlace::Nowhere) }
}

/// A place in the merge queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuePlace {
    Nowhere,
    /// From 1.
    At(i32),
}

impl QueuePlace {
    #[must_use]
    pub const fn position(self) -> Option<i32> {
        match self {
            Self::Nowhere => None,
            Self::At(position) => Some(position),
        }
    }
}

impl Review {
    /// Not before it is submitted.
    fn seen(&self, number: i32) -> Option<(DateTime<Utc>, ReviewSeen)> {
        let submitted_at = self.submitted_at?;
        let seen = ReviewSeen {
            number,
            review_id: self.full_database_id.or(self.database_id)?,
            reviewer: self.author.as_ref().map_or_else(|| GHOST.to_owned(), Actor::login),
            state: ReviewState::parse(&self.state),
            commit_sha: self.commit.as_ref().map(|commit| commit.oid.clone()),
            submitted_at,
        };
        Some((self.updated_at.unwrap_or(submitted_at), seen))
    }
}

impl Rollup {
    /// Those that it tells, each with its time.
    fn checks(&self, head: &str) -> Vec<(DateTime<Utc>, CheckSeen)> {
        let head = self.commit.as_ref().map_or(head, |commit| commit.oid.as_str());
        let contexts = self.contexts.iter().flat_map(List::iter);
        contexts.filter_map(|context| context.seen(head)).collect()
    }
}

impl Context {
    fn seen(&self, head: &str) -> Option<(DateTime<Utc>, CheckSeen)> {
        match self {
            Self::CheckRun(run) => run.seen(head),
            Self::StatusContext(status) => Some(status.seen(head)),
            Self::Unknown => None,
        }
    }
}

impl CheckRun {
    pub(in crate::github) fn seen(&self, head: &str) -> Option<(DateTime<Utc>, CheckSeen)> {
        let suite = self.check_suite.as_ref();
        let seen = CheckSeen {
            head_sha: head.to_owned(),
            app: suite.and_then(|suite| suite.app.as_ref()?.slug.clone()).unwrap_or_default(),
            suite_id: suite.and_then(|suite| suite.database_id).unwrap_or_default(),
            workflow: suite.and_then(|suite| suite.workflow_run.as_ref()?.workflow()),
            workflow_name: suite
                .and_then(|suite| suite.workflow_run.as_ref()?.workflow.as_ref()?.name.clone()),
            name: self.name.clone(),
            github_id: self.database_id.unwrap_or_default(),
            attempt: None,
            status: CheckStatus::parse(&self.status),
            conclusion: self.conclusion.as_deref().map(CheckConclusion::parse),
            url: self.details_url.clone(),
            summary: self.title.clone(),
            created_at: None,
            started_at: self.started_at,
            completed_at: self.completed_at,
        };
        let made = self.completed_at.or(self.started_at).or_else(|| suite?.created_at)?;
        Some((seen.time(made), seen))
    }
}

impl WorkflowRun {
    fn workflow(&self) -> Option<Workflow> {
        Some(Workflow { id: self.workflow.as_ref()?.database_id?, event: self.event.clone()? })
    }
}

impl StatusContext {
    pub(in crate::github) fn seen(&self, head: &str) -> (DateTime<Utc>, CheckSeen) {
        let is_settled = !matches!(self.state.to_ascii_lowercase().as_str(), "pending" | "expected");
        let seen = CheckSeen {
            head_sha: head.to_owned(),
            app: CheckSeen::STATUS.to_owned(),
            suite_id: 0,
            workflow: None,
            workflow_name: None,
            name: self.context.clone(),
            github_id: 0,
            attempt: None,
            status: if is_settled { CheckStatus::Completed } else { CheckStatus::Pending },
            conclusion: is_settled.then(|| CheckConclusion::parse(&self.state)),
            url: self.target_url.clone(),
            summary: self.description.clone(),
            created_at: None,
            started_at: None,
            completed_at: is_settled.then_some(self.created_at),
        };
        (self.created_at, seen)
    }
}

impl Suites {
    /// Where the page of suites before these begins.
    pub fn more(&self) -> Option<&str> {
        let commits = self.commits.iter().flat_map(List::iter);
        commits.filter_map(|commit| commit.commit.check_suites.as_ref()).find_map(List::more)
    }

    /// The suites of workflows, each on its own: one that waits for somebody's word has no check.
    pub fn facts(&self, repository: &RepositoryRef) -> Vec<Fact> {
        let commits = self.commits.iter().flat_map(List::iter);
        let suites = commits.flat_map(|commit| {
            let suites = commit.commit.check_suites.iter().flat_map(List::iter);
            suites.map(|suite| (commit.commit.oid.as_str(), suite))
        });
        suites
            .filter_map(|(head, suite)| {
                let run = suite.workflow_run.as_ref()?;
                let mut seen = CheckSeen::suite(
                    head,
                    suite.app.as_ref()?.slug.as_deref()?,
                    suite.database_id?,
                    run.workflow.as_ref()?.name.as_deref()?,
                    CheckStatus::parse(suite.status.as_deref()?),
                    suite.conclusion.as_deref().map(CheckConclusion::parse),
                );
                seen.workflow = run.workflow();
                seen.workflow_name = Some(seen.name.clone());
                seen.url.clone_from(&run.url);
                Some(Fact { repository: repository.clone(), at: suite.created_at?, what: What::Check(seen) })
            })
            .collect()
    }
}
