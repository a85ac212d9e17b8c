//! Check runs, check suites, workflow runs and their jobs, commit statuses. A fork's are found by the head alone: GitHub
//! lists no pull request with them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    Dated,
    Unreadable::{self, Missing},
    form::{Maybe, objects},
};
use crate::{
    facts::fact::{CheckConclusion, CheckSeen, CheckStatus, What, Workflow},
    github::payload::{self, StatusContext},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckRunEvent {
    check_run: Maybe<CheckRun>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CheckRun {
    id: Maybe<i64>,
    name: Maybe<String>,
    head_sha: Maybe<String>,
    status: Maybe<String>,
    conclusion: Maybe<String>,
    started_at: Maybe<DateTime<Utc>>,
    completed_at: Maybe<DateTime<Utc>>,
    details_url: Maybe<String>,
    html_url: Maybe<String>,
    output: Maybe<Output>,
    check_suite: Maybe<CheckSuite>,
    app: Maybe<App>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    title: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckSuiteEvent {
    check_suite: Maybe<CheckSuite>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CheckSuite {
    id: Maybe<i64>,
    head_sha: Maybe<String>,
    status: Maybe<String>,
    conclusion: Maybe<String>,
    created_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
    latest_check_runs_count: Maybe<i64>,
    app: Maybe<App>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct App {
    slug: Maybe<String>,
    name: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WorkflowRunEvent {
    workflow_run: Maybe<WorkflowRun>,
    workflow: Maybe<NamedWorkflow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WorkflowRun {
    id: Maybe<i64>,
    check_suite_id: Maybe<i64>,
    name: Maybe<String>,
    path: Maybe<String>,
    head_sha: Maybe<String>,
    status: Maybe<String>,
    conclusion: Maybe<String>,
    event: Maybe<String>,
    workflow_id: Maybe<i64>,
    html_url: Maybe<String>,
    run_attempt: Maybe<i32>,
    run_started_at: Maybe<DateTime<Utc>>,
    created_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamedWorkflow {
    id: Maybe<i64>,
    name: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WorkflowJobEvent {
    workflow_job: Maybe<WorkflowJob>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WorkflowJob {
    id: Maybe<i64>,
    run_id: Maybe<i64>,
    run_attempt: Maybe<i32>,
    name: Maybe<String>,
    workflow_name: Maybe<String>,
    head_sha: Maybe<String>,
    status: Maybe<String>,
    conclusion: Maybe<String>,
    html_url: Maybe<String>,
    created_at: Maybe<DateTime<Utc>>,
    started_at: Maybe<DateTime<Utc>>,
    completed_at: Maybe<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusEvent {
    sha: Maybe<String>,
    context: Maybe<String>,
    state: Maybe<String>,
    description: Maybe<String>,
    target_url: Maybe<String>,
    created_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
}

objects!(CheckRunEvent, CheckSuiteEvent, WorkflowRunEvent, WorkflowJobEvent, StatusEvent);
objects!(CheckRun, Output, CheckSuite, App, WorkflowRun, NamedWorkflow, WorkflowJob);

impl App {
    /// Old servers tell no slug, and the name is near it.
    fn slug(&self) -> Option<String> {
        let made = || Some(self.name.as_ref()?.to_lowercase().replace(' ', "-"));
        self.slug.clone().or_else(made)
    }
}

/// The word, or that it has ended, for it has a conclusion.
fn status(word: &Maybe<String>, conclusion: &Maybe<String>) -> Option<String> {
    let ended = conclusion.is_some().then(|| CheckStatus::Completed.word().to_owned());
    (**word).clone().or(ended)
}

impl CheckRunEvent {
    pub(super) fn told(&self) -> Result<Dated, Unreadable> {
        let run = self.check_run.as_ref().ok_or(Missing("check_run"))?;
        let suite = run.check_suite.as_ref();
        let app = run.app.as_ref().or_else(|| suite?.app.as_ref());
        let head = run
            .head_sha
            .as_ref()
            .or_else(|| suite?.head_sha.as_ref())
            .ok_or(Missing("check_run.head_sha"))?;
        let answered = payload::CheckRun {
            database_id: Some(run.id.ok_or(Missing("check_run.id"))?),
            name: run.name.clone().ok_or(Missing("check_run.name"))?,
            status: status(&run.status, &run.conclusion).ok_or(Missing("check_run.status"))?,
            conclusion: run.conclusion.clone(),
            started_at: *run.started_at,
            completed_at: *run.completed_at,
            details_url: run.details_url.clone().or_else(|| run.html_url.clone()),
            title: run.output.as_ref().and_then(|output| output.title.clone()),
            check_suite: Some(payload::CheckSuite {
                database_id: suite.and_then(|suite| *suite.id),
                created_at: suite.and_then(|suite| suite.created_at.or(*suite.updated_at)),
                app: app.map(|app| payload::App { slug: app.slug() }),
                workflow_run: None,
            }),
        };
        let (at, seen) = answered.seen(head).ok_or(Missing("check_run.started_at"))?;
        Ok(vec![(at, What::Check(seen))])
    }
}

impl CheckSuiteEvent {
    /// Nothing of a suite that may have no check, or that has no status yet: GitHub makes one a commit for each app, and
    /// most stay empty.
    pub(super) fn told(&self) -> Result<Dated, Unreadable> {
        let suite = self.check_suite.as_ref().ok_or(Missing("check_suite"))?;
        let Some(status) = status(&suite.status, &suite.conclusion) else { return Ok(Vec::new()) };
        let status = CheckStatus::parse(&status);
        let app = suite.app.as_ref();
        let slug = app.and_then(App::slug).unwrap_or_default();
        let has_checks = suite.latest_check_runs_count.map_or(status == CheckStatus::Completed, |n| n > 0);
        let is_workflow = slug == CheckSeen::ACTIONS && status == CheckStatus::Completed;
        if !has_checks && !is_workflow {
            return Ok(Vec::new());
        }
        let seen = CheckSeen::suite(
            suite.head_sha.as_ref().ok_or(Missing("check_suite.head_sha"))?,
            &slug,
            suite.id.ok_or(Missing("check_suite.id"))?,
            app.and_then(|app| app.name.as_deref()).unwrap_or(&slug),
            status,
            suite.conclusion.as_deref().map(CheckConclusion::parse),
        );
        let at = suite.updated_at.or(*suite.created_at).ok_or(Missing("check_suite.updated_at"))?;
        Ok(vec![(at, What::Check(seen))])
    }
}

impl WorkflowRunEvent {
    pub(super) fn told(&self) -> Result<Dated, Unreadable> {
        let run = self.workflow_run.as_ref().ok_or(Missing("workflow_run"))?;
        let workflow = self.workflow.as_ref();
        // A workflow that is gone has no name any more, but its file had a path.
        let names =
            [workflow.and_then(|workflow| workflow.name.as_ref()), run.name.as_ref(), run.path.as_ref()];
        let name = names.into_iter().flatten().find(|name| !name.is_empty());
        let workflow_id = run.workflow_id.or_else(|| *workflow?.id);
        let suite = run.check_suite_id.or_else(|| run.id.map(CheckSeen::suite_of_run));
        let mut seen = CheckSeen::suite(
            run.head_sha.as_ref().ok_or(Missing("workflow_run.head_sha"))?,
            CheckSeen::ACTIONS,
            suite.ok_or(Missing("workflow_run.id"))?,
            name.map_or(CheckSeen::ACTIONS, String::as_str),
            CheckStatus::parse(&status(&run.status, &run.conclusion).ok_or(Missing("workflow_run.status"))?),
            run.conclusion.as_deref().map(CheckConclusion::parse),
        );
        seen.workflow = workflow_id.zip(run.event.clone()).map(|(id, event)| Workflow { id, event });
        seen.workflow_name = name.cloned();
        seen.attempt = *run.run_attempt;
        seen.url.clone_from(&run.html_url);
        seen.started_at = *run.run_started_at;
        let at = run.updated_at.or(*run.created_at).ok_or(Missing("workflow_run.updated_at"))?;
        Ok(vec![(at, What::Check(seen))])
    }
}

impl WorkflowJobEvent {
    pub(super) fn told(&self) -> Result<Dated, Unreadable> {
        let job = self.workflow_job.as_ref().ok_or(Missing("workflow_job"))?;
        let seen = CheckSeen {
            head_sha: job.head_sha.clone().ok_or(Missing("workflow_job.head_sha"))?,
            app: CheckSeen::ACTIONS.to_owned(),
            suite_id: job.run_id.map(CheckSeen::suite_of_run).unwrap_or_default(),
            workflow: None,
            workflow_name: job.workflow_name.clone(),
            name: job.name.clone().ok_or(Missing("workflow_job.name"))?,
            github_id: job.id.ok_or(Missing("workflow_job.id"))?,
            attempt: *job.run_attempt,
            status: CheckStatus::parse(
                &status(&job.status, &job.conclusion).ok_or(Missing("workflow_job.status"))?,
            ),
            conclusion: job.conclusion.as_deref().map(CheckConclusion::parse),
            url: job.html_url.clone(),
            summary: None,
            created_at: *job.created_at,
            started_at: *job.started_at,
            completed_at: *job.completed_at,
        };
        let made = job
            .completed_at
            .or(*job.started_at)
            .or(*job.created_at)
            .ok_or(Missing("workflow_job.created_at"))?;
        Ok(vec![(seen.time(made), What::Check(seen))])
    }
}

impl StatusEvent {
    pub(super) fn told(&self) -> Result<Dated, Unreadable> {
        let answered = StatusContext {
            context: self.context.clone().ok_or(Missing("context"))?,
            state: self.state.clone().ok_or(Missing("state"))?,
            description: self.description.clone(),
            target_url: self.target_url.clone(),
            created_at: self.created_at.or(*self.updated_at).ok_or(Missing("created_at"))?,
        };
        let (at, seen) = answered.seen(self.sha.as_ref().ok_or(Missing("sha"))?);
        Ok(vec![(at, What::Check(seen))])
    }
}
