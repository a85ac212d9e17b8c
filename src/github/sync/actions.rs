//! Fine-grained tokens cannot read checks. Those of workflows are jobs of GitHub Actions, too, with the same ids and names,
//! and these such a token may read by REST.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    book::Book,
    event::SyncEvent,
    work::{Stop, Work},
};
use crate::{
    facts::fact::{CheckConclusion, CheckSeen, CheckStatus, Fact, What, Workflow},
    github::{client::Error, payload::Pull},
};

/// The app whose checks they are.
const APP: &str = "github-actions";
/// Of runs, or of a run's jobs.
const MOST_PAGES: usize = 20;

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Run>,
}

/// A run of a workflow.
#[derive(Deserialize)]
struct Run {
    id: i64,
    name: Option<String>,
    workflow_id: i64,
    check_suite_id: Option<i64>,
    event: String,
    status: Option<String>,
    conclusion: Option<String>,
    html_url: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Jobs {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    id: i64,
    name: String,
    status: String,
    conclusion: Option<String>,
    html_url: Option<String>,
    created_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

impl Work {
    /// The checks of its workflows; those of other apps nobody can read.
    pub(super) async fn jobs(&mut self, book: &Book, pull: &Pull) -> Result<Vec<Fact>, Stop> {
        let head = &pull.head_ref_oid;
        let path = format!("repos/{}/actions/runs?head_sha={head}&per_page=100", book.name());
        let runs = self.allowed::<Runs>(book, pull.number, &path).await?;
        let mut newest: BTreeMap<(i64, String), Run> = BTreeMap::new();
        for run in runs.into_iter().flat_map(|page| page.workflow_runs) {
            let key = (run.workflow_id, run.event.clone());
            if newest.get(&key).is_none_or(|known| known.id < run.id) {
                newest.insert(key, run);
            }
        }
        let mut facts = Vec::new();
        for run in newest.into_values() {
            let path = format!("repos/{}/actions/runs/{}/jobs?per_page=100", book.name(), run.id);
            let jobs = self.allowed::<Jobs>(book, pull.number, &path).await?;
            let checks = jobs.into_iter().flat_map(|page| page.jobs).map(|job| job.seen(head, &run));
            let checks: Vec<CheckSeen> = checks.chain(run.seen(head)).collect();
            facts.extend(checks.into_iter().map(|seen| Fact {
                repository: book.reference.clone(),
                at: seen.time(run.created_at),
                what: What::Check(seen),
            }));
        }
        Ok(facts)
    }

    /// All pages; fewer where not even that is allowed, which is told once, or it is gone.
    async fn allowed<T: DeserializeOwned>(
        &mut self,
        book: &Book,
        number: i32,
        path: &str,
    ) -> Result<Vec<T>, Stop> {
        let mut pages = Vec::new();
        let mut next = Some(self.ask.client.address(path)?);
        while let Some(url) = next.filter(|_| pages.len() < MOST_PAGES) {
            next = match self.ask.page::<T>(&url, &book.named(number)).await {
                Ok(page) => {
                    pages.push(page.content);
                    page.next
                }
                Err(error @ (Error::Forbidden { .. } | Error::NotFound { .. })) => {
                    if !std::mem::replace(&mut self.told_forbidden, true) {
                        self.tell(SyncEvent::Notice(format!(
                            "{}: builds cannot be read: the token needs Actions: read",
                            book.name()
                        )));
                    }
                    tracing::warn!("{}: {error}", book.named(number));
                    None
                }
                Err(error) => return Err(error.into()),
            };
        }
        Ok(pages)
    }
}

impl Run {
    fn workflow(&self) -> Workflow {
        Workflow { id: self.workflow_id, event: self.event.clone() }
    }

    /// Itself, which counts while no job of it is told.
    fn seen(&self, head: &str) -> Option<CheckSeen> {
        let status = CheckStatus::parse(self.status.as_deref()?);
        let conclusion = self.conclusion.as_deref().map(CheckConclusion::parse);
        let suite =
            CheckSeen::suite(head, APP, self.check_suite_id?, self.name.as_deref()?, status, conclusion);
        Some(CheckSeen {
            workflow: Some(self.workflow()),
            workflow_name: self.name.clone(),
            url: self.html_url.clone(),
            ..suite
        })
    }
}

impl Job {
    fn seen(self, head: &str, run: &Run) -> CheckSeen {
        CheckSeen {
            head_sha: head.to_owned(),
            app: APP.to_owned(),
            suite_id: run.check_suite_id.unwrap_or_default(),
            workflow: Some(run.workflow()),
            workflow_name: run.name.clone(),
            name: self.name,
            github_id: self.id,
            attempt: None,
            status: CheckStatus::parse(&self.status),
            conclusion: self.conclusion.as_deref().map(CheckConclusion::parse),
            url: self.html_url,
            summary: None,
            created_at: self.created_at,
            started_at: self.started_at,
            completed_at: self.completed_at,
        }
    }
}
