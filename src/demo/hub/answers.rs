//! What the demo's GitHub says when it is asked.

use std::collections::BTreeMap;

use super::{
    super::{
        ME, Simulation,
        pull::{Check, Pull},
        repos::BILLING,
        team::crew,
    },
    is_it, sha,
};
use crate::{
    domain::{
        hub::{
            CheckTold, ChecksTold, Gate, MergeMethod, MergeState, Permission, Pick, QueuePlace, QueueTold,
            Queued, Run, RunRef, RunState, Target, Viewer, Waits,
        },
        pr_state::PrState,
        text::clean,
    },
    facts::fact::PullState,
};

const FORGOTTEN: &str = "it is merged or closed, and the demo knows no more of it";

/// What the team puts on its pull requests.
const LABELS: [&str; 6] = ["bug", "dependencies", "documentation", "enhancement", "performance", "security"];

impl Simulation {
    /// What may be done with a pull request.
    ///
    /// # Errors
    /// The demo has forgotten it.
    pub fn gate(&self, target: &Target) -> Result<Gate, String> {
        let pull = self.known(target)?;
        let is_open = pull.is_open();
        let is_author = pull.author == ME;
        let merge_state = merge_state(pull);
        Ok(Gate {
            node: format!("PR_demo_{}_{}", pull.repo, pull.number),
            title: clean(&pull.topic.title),
            head: sha(pull)?,
            state: state(pull),
            base: "main".to_owned(),
            reviews: Some(reviews(pull).to_owned()),
            failing: Vec::new(),
            methods: vec![MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase],
            queue: match pull.queue {
                Some(position) => {
                    QueuePlace::In { position: position.into(), by: Some(pull.author.to_owned()) }
                }
                None if pull.repo == BILLING => QueuePlace::Outside,
                None => QueuePlace::None,
            },
            auto_merge: pull.auto_merge.then(|| pull.author.to_owned()),
            viewer: Viewer {
                login: ME.to_owned(),
                permission: Some(Permission::Write),
                is_author,
                has_approved: pull.has_approved(ME),
                can_update: true,
                can_close: is_open,
                can_reopen: true,
                can_label: true,
                can_update_branch: is_open,
                can_enable_auto_merge: is_open && merge_state != MergeState::Clean,
                can_disable_auto_merge: pull.auto_merge,
            },
            merge_state,
            is_frozen: false,
            has_auto_merge: true,
            is_locked: false,
            lacks_workflow_scope: false,
            runs: runs(pull),
            labels: LABELS.iter().map(|name| pick(name)).collect(),
            labelled: pull.topic.labels.iter().map(|name| pick(name)).collect(),
            people: crew(pull.repo)
                .iter()
                .filter(|one| one.login != pull.author)
                .map(|one| pick(one.login))
                .collect(),
            teams: Vec::new(),
            assigned: pull.assigned.iter().map(|name| pick(name)).collect(),
            has_more_picks: false,
            reviewers: pull.requested.iter().map(|login| (*login).to_owned()).collect(),
            locks: BTreeMap::new(),
            unseen: BTreeMap::new(),
        })
    }

    /// The checks of its head.
    ///
    /// # Errors
    /// The demo has forgotten it.
    pub fn checks(&self, target: &Target) -> Result<ChecksTold, String> {
        let pull = self.all().find(|pull| is_it(pull, target)).ok_or(FORGOTTEN)?;
        let told = |check: &Check| CheckTold {
            id: check.is_job().then_some(check.id),
            name: check.spec.name.to_owned(),
            workflow: check.spec.workflow_name().map(str::to_owned),
            run: check.is_job().then_some(check.suite),
            is_required: true,
            title: check.summary.as_deref().map(clean),
            annotations: usize::from(check.is_job() && check.has_failed()),
            url: None,
        };
        Ok(ChecksTold { head: sha(pull)?, checks: pull.checks.iter().map(told).collect(), has_more: false })
    }

    /// The merge queue from its place.
    ///
    /// # Errors
    /// The demo has forgotten it.
    pub fn queue(&self, target: &Target) -> Result<QueueTold, String> {
        let pull = self.known(target)?;
        let Some(position) = pull.queue else { return Ok(QueueTold::Never) };
        let mut all: Vec<&Pull> =
            self.open.iter().filter(|other| other.repo == pull.repo && other.queue.is_some()).collect();
        all.sort_by_key(|other| other.queue);
        let queued = |other: &&Pull| Queued {
            number: other.number,
            title: clean(&other.topic.title),
            author: Some(other.author.to_owned()),
        };
        let ahead = all.iter().filter(|other| other.queue < pull.queue).map(queued).collect();
        Ok(QueueTold::In {
            position: position.into(),
            state: "AWAITING_CHECKS".to_owned(),
            seconds: Some(i64::from(position) * 300),
            by: Some(pull.author.to_owned()),
            at: Some(pull.last),
            ahead,
            length: all.len(),
        })
    }

    pub(in crate::demo) fn known(&self, target: &Target) -> Result<&Pull, String> {
        let mut all = self.open.iter().chain(&self.closed);
        all.find(|pull| is_it(pull, target)).ok_or_else(|| FORGOTTEN.to_owned())
    }
}

fn state(pull: &Pull) -> PrState {
    match pull.state {
        PullState::Open => PrState::Open,
        PullState::Draft => PrState::Draft,
        PullState::Merged { .. } => PrState::Merged,
        PullState::Closed { .. } => PrState::Closed,
    }
}

fn merge_state(pull: &Pull) -> MergeState {
    match pull.state {
        PullState::Merged { .. } | PullState::Closed { .. } => MergeState::Unknown,
        PullState::Draft => MergeState::Draft,
        PullState::Open if pull.conflict => MergeState::Dirty,
        PullState::Open if pull.is_approved() && pull.is_green() => MergeState::Clean,
        PullState::Open => MergeState::Blocked,
    }
}

fn reviews(pull: &Pull) -> &'static str {
    match (pull.blocker(), pull.is_approved()) {
        (Some(_), _) => "CHANGES_REQUESTED",
        (None, true) => "APPROVED",
        (None, false) => "REVIEW_REQUIRED",
    }
}

/// A run for each of its workflows.
fn runs(pull: &Pull) -> Vec<Run> {
    let mut runs: BTreeMap<i64, Vec<&Check>> = BTreeMap::new();
    for check in pull.checks.iter().filter(|check| check.is_job()) {
        runs.entry(check.suite).or_default().push(check);
    }
    let run = |(id, checks): (i64, Vec<&Check>)| {
        let attempt = checks.iter().map(|check| i64::from(check.attempt)).max().unwrap_or(1);
        let name = checks.first().and_then(|check| check.spec.workflow_name()).unwrap_or("CI").to_owned();
        let state = if checks.iter().any(|check| check.conclusion.is_none()) {
            RunState::Unfinished(Waits::Running)
        } else if checks.iter().any(|check| check.has_failed()) {
            // GitHub offers the cancelled jobs with the failed ones.
            RunState::Failed
        } else {
            RunState::Passed
        };
        Run { run: RunRef { id, attempt, name }, state, is_cancelled_here: false }
    };
    runs.into_iter().map(run).collect()
}

fn pick(name: &str) -> Pick {
    Pick { id: format!("demo-{name}"), name: clean(name) }
}
