//! Jobs and annotations, as REST has them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::{
    files::Spot,
    log::{Annotation, Attempt, Job, Kind, Step},
    text::{clean, clean_opt},
};

/// Where GitHub puts annotations that are of no file: their line is one of the log.
const NO_FILE: &str = ".github";

#[derive(Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<WireJob>,
}

#[derive(Deserialize)]
pub(super) struct WireJob {
    id: i64,
    run_id: Option<i64>,
    run_attempt: Option<i32>,
    name: String,
    status: String,
    conclusion: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    html_url: Option<String>,
    steps: Option<Vec<WireStep>>,
}

#[derive(Deserialize)]
struct WireStep {
    number: i64,
    name: String,
    conclusion: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
pub(super) struct WireNote {
    path: Option<String>,
    start_line: Option<u32>,
    annotation_level: Option<String>,
    title: Option<String>,
    message: Option<String>,
}

impl WireJob {
    pub(super) fn read(self) -> Job {
        let attempt = self.run_id.zip(self.run_attempt);
        Job {
            id: self.id,
            name: clean(&self.name),
            attempt: attempt.map(|(run, number)| Attempt { run, number }),
            status: clean(&self.status),
            conclusion: self.conclusion.as_deref().map(clean),
            started_at: self.started_at,
            completed_at: self.completed_at,
            url: self.html_url.as_deref().map(clean),
            steps: self.steps.into_iter().flatten().map(WireStep::read).collect(),
        }
    }
}

impl WireStep {
    fn read(self) -> Step {
        Step {
            number: self.number,
            name: clean(&self.name),
            conclusion: self.conclusion.as_deref().map(clean),
            started_at: self.started_at,
            completed_at: self.completed_at,
        }
    }
}

impl WireNote {
    /// `None` for one that says nothing.
    pub(super) fn read(self) -> Option<Annotation> {
        let message = clean_opt(self.message.as_deref())?;
        let kind = match self.annotation_level.as_deref() {
            Some("failure") => Kind::Error,
            Some("warning") => Kind::Warning,
            Some(_) | None => Kind::Notice,
        };
        let file = clean_opt(self.path.as_deref()).filter(|path| &**path != NO_FILE);
        let spot = file.map(|file| Spot { file: file.into(), line: self.start_line });
        let title = clean_opt(self.title.as_deref()).map(Into::into);
        Some(Annotation { kind, spot, title, message: message.into() })
    }
}
