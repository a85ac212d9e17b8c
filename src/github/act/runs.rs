//! Runs of workflows. Nothing pins a rerun: a run is read just before.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    domain::{
        hub::{Act, Run, RunRef, RunState, Waits},
        ids::Sha,
        text::clean,
    },
    github::client::{Client, Error},
};

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<WorkflowRun>,
}

/// A run, as GitHub tells it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WorkflowRun {
    id: i64,
    name: Option<String>,
    workflow_id: Option<i64>,
    event: Option<String>,
    head_sha: Option<String>,
    /// A server that knows no attempts has one.
    #[serde(default = "first")]
    pub(super) run_attempt: i64,
    status: Option<String>,
    conclusion: Option<String>,
}

const fn first() -> i64 {
    1
}

impl WorkflowRun {
    pub(super) fn state(&self) -> RunState {
        RunState::parse(self.status.as_deref().unwrap_or_default(), self.conclusion.as_deref())
    }

    fn run(&self) -> Run {
        let name = clean(self.name.as_deref().unwrap_or("a workflow"));
        let run = RunRef { id: self.id, attempt: self.run_attempt, name };
        Run { run, state: self.state(), is_cancelled_here: false }
    }
}

/// The newest run of each workflow for a commit.
pub(super) async fn of_head(client: &Client, repository: &str, head: &Sha) -> Result<Vec<Run>, Error> {
    let path = format!("repos/{repository}/actions/runs?head_sha={head}&per_page=100");
    let pages = client.pages::<Runs>(&path, repository).await?;
    let mut newest: BTreeMap<(Option<i64>, Option<String>), WorkflowRun> = BTreeMap::new();
    for run in pages.into_iter().flat_map(|page| page.workflow_runs) {
        let key = (run.workflow_id, run.event.clone());
        if newest.get(&key).is_none_or(|known| known.id < run.id) {
            newest.insert(key, run);
        }
    }
    let mut runs: Vec<Run> = newest.values().map(WorkflowRun::run).collect();
    runs.sort_by(|a, b| a.run.name.cmp(&b.run.name));
    Ok(runs)
}

pub(super) async fn one(client: &Client, repository: &str, id: i64) -> Result<WorkflowRun, Error> {
    let url = client.address(&format!("repos/{repository}/actions/runs/{id}"))?;
    Ok(client.page::<WorkflowRun>(&url, &format!("the run {id}")).await?.content)
}

/// Why it is not the run that was shown any more, or not in the state for this.
pub(super) fn differs(act: &Act, shown: &RunRef, head: &Sha, run: &WorkflowRun) -> Option<String> {
    if run.head_sha.as_deref().and_then(Sha::parse).as_ref() != Some(head) {
        return Some("the run is of another commit".to_owned());
    }
    if run.run_attempt != shown.attempt {
        return Some(format!("it was started again meanwhile: attempt {}", run.run_attempt));
    }
    let state = run.state();
    let is_over = !matches!(state, RunState::Unfinished(_));
    let why = match act {
        Act::RerunFailed(_) | Act::RerunDebug(_) if is_over && state == RunState::Passed => {
            "nothing in it has failed"
        }
        Act::RerunFailed(_) | Act::RerunAll(_) | Act::RerunDebug(_) if !is_over => "the run is not over",
        Act::CancelRun(_) | Act::ForceCancel(_) if is_over => "the run is over",
        Act::ApproveRun(_) if state != RunState::Unfinished(Waits::Approval) => {
            "the run does not wait for it"
        }
        _ => return None,
    };
    Some(why.to_owned())
}
