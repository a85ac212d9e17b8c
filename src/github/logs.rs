//! The log of a job, from GitHub: the job with its steps, its log as it streams in, and what was noted of it.

mod wire;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use self::wire::{Jobs, WireJob, WireNote};
use super::client::{Client, Error};
use crate::domain::log::{Annotation, Attempt, Job, LogAsk, LogNews, LogReader, Withheld};

/// Of an attempt's jobs.
const MOST_PAGES: usize = 10;
/// How often it is told how much was read.
const PACE: Duration = Duration::from_millis(200);

/// Reads a log, and tells what comes of it, bit by bit.
pub async fn read<F: Future<Output = ()>>(client: &Client, ask: &LogAsk, tell: impl Fn(LogNews) -> F) {
    if let Err(error) = told(client, ask, &tell).await {
        tracing::warn!(repository = %ask.repository, job = ask.job, %error, "a log was not read");
        let mend = error.mend().map(|mend| format!("; {mend}")).unwrap_or_default();
        tell(match error {
            Error::Forbidden { said, .. } => LogNews::Withheld(Withheld::Forbidden(said)),
            error => LogNews::Failed(format!("{error}{mend}")),
        })
        .await;
    }
}

async fn told<F: Future<Output = ()>>(
    client: &Client,
    ask: &LogAsk,
    tell: &impl Fn(LogNews) -> F,
) -> Result<(), Error> {
    let job = match found(client, ask).await {
        Ok(job) => job,
        Err(Missing::Withheld(why)) => {
            tell(LogNews::Withheld(why)).await;
            return Ok(());
        }
        Err(Missing::Error(error)) => return Err(error),
    };
    tell(LogNews::Job(Box::new(job.clone()))).await;
    if matches!(job.withheld(), Withheld::Queued | Withheld::Running) {
        tell(LogNews::Withheld(job.withheld())).await;
        return Ok(());
    }
    streamed(client, ask, &job, tell).await?;
    match annotations(client, ask, job.id).await {
        Ok(notes) => tell(LogNews::Annotations(notes)).await,
        // A job that was skipped has none; and without them the log is as good.
        Err(error) => tracing::debug!(job = job.id, %error, "annotations were not read"),
    }
    Ok(())
}

/// Why there is no job.
enum Missing {
    Withheld(Withheld),
    Error(Error),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { .. } => Self::Withheld(Withheld::NotFound),
            error => Self::Error(error),
        }
    }
}

/// The job, or the one of its name in another attempt.
async fn found(client: &Client, ask: &LogAsk) -> Result<Job, Missing> {
    let what = format!("job {} of {}", ask.job, ask.repository);
    let Some(Attempt { run, number }) = ask.attempt else {
        let url = client.address(&format!("repos/{}/actions/jobs/{}", ask.repository, ask.job))?;
        return Ok(client.page::<WireJob>(&url, &what).await?.content.read());
    };
    let path = format!("repos/{}/actions/runs/{run}/attempts/{number}/jobs?per_page=100", ask.repository);
    let mut next = Some(client.address(&path)?);
    for _ in 0..MOST_PAGES {
        let Some(url) = next else { break };
        let page = client.page::<Jobs>(&url, &what).await?;
        if let Some(job) = page.content.jobs.into_iter().map(WireJob::read).find(|job| job.name == ask.name) {
            return Ok(job);
        }
        next = page.next;
    }
    Err(Missing::Withheld(Withheld::NotInAttempt(number)))
}

async fn streamed<F: Future<Output = ()>>(
    client: &Client,
    ask: &LogAsk,
    job: &Job,
    tell: &impl Fn(LogNews) -> F,
) -> Result<(), Error> {
    let Some(mut bytes) = client.log(&ask.repository, job.id).await? else {
        tell(LogNews::Withheld(job.withheld())).await;
        return Ok(());
    };
    let (mut reader, mut is_told, mut told_at) = (LogReader::new(job), false, Instant::now());
    while let Some(piece) = bytes.next().await? {
        reader.feed(piece.as_ref());
        if let Some(early) = if is_told { None } else { reader.early() } {
            is_told = true;
            tell(LogNews::Log(Arc::new(early))).await;
        } else if told_at.elapsed() >= PACE {
            told_at = Instant::now();
            tell(LogNews::Reading(reader.bytes())).await;
        }
    }
    tell(LogNews::Log(Arc::new(reader.finish()))).await;
    Ok(())
}

async fn annotations(client: &Client, ask: &LogAsk, job: i64) -> Result<Vec<Annotation>, Error> {
    let path = format!("repos/{}/check-runs/{job}/annotations?per_page=100", ask.repository);
    let page = client.page::<Vec<WireNote>>(&client.address(&path)?, "annotations").await?;
    Ok(page.content.into_iter().filter_map(WireNote::read).collect())
}
