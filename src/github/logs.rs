//! The log of a job, from GitHub: the job with its steps, its log as it streams in, and what was noted of it.

mod wire;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use self::wire::{Jobs, WireJob, WireNote};
use super::client::{Client, Error, NoLog};
use crate::domain::log::{Annotation, Attempt, Job, LogAsk, LogNews, LogReader, Withheld};

/// How often it is told how much was read.
const PACE: Duration = Duration::from_millis(200);
/// How long after a job's end its log may be on the way to the store.
const SOON: TimeDelta = TimeDelta::minutes(2);
/// How what is packed begins: an archive of ZIP, and gzip.
const PACKED: [&[u8]; 2] = [b"PK\x03\x04", b"\x1f\x8b"];

/// Reads a log, and tells what comes of it, bit by bit.
pub async fn read<F: Future<Output = ()>>(client: &Client, ask: &LogAsk, tell: impl Fn(LogNews) -> F) {
    if let Err(error) = told(client, ask, &tell).await {
        tracing::warn!(repository = %ask.repository, job = ask.job, %error, "a log was not read");
        tell(match error {
            Error::Forbidden { said, .. } => LogNews::Withheld(Withheld::Forbidden(said)),
            error => LogNews::Failed(error.with_mend()),
        })
        .await;
    }
}

async fn told<F: Future<Output = ()>>(
    client: &Client,
    ask: &LogAsk,
    tell: &impl Fn(LogNews) -> F,
) -> Result<(), Error> {
    let (job, at) = match found(client, ask).await {
        Ok(found) => found,
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
    streamed(client, ask, (&job, at), tell).await?;
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

/// The job, or the one of its name in another attempt; with GitHub's clock, if it was told.
async fn found(client: &Client, ask: &LogAsk) -> Result<(Job, Option<DateTime<Utc>>), Missing> {
    let what = format!("job {} of {}", ask.job, ask.repository);
    let Some(Attempt { run, number }) = ask.attempt else {
        let url = client.address(&format!("repos/{}/actions/jobs/{}", ask.repository, ask.job))?;
        let page = client.page::<WireJob>(&url, &what).await?;
        return Ok((page.content.read(), page.at));
    };
    let path = format!("repos/{}/actions/runs/{run}/attempts/{number}/jobs?per_page=100", ask.repository);
    let jobs = client.pages::<Jobs>(&path, &what).await?;
    let mut jobs = jobs.into_iter().flat_map(|page| page.jobs).map(WireJob::read);
    let job = jobs.find(|job| job.name == ask.name);
    Ok((job.ok_or(Missing::Withheld(Withheld::NotInAttempt(number)))?, None))
}

async fn streamed<F: Future<Output = ()>>(
    client: &Client,
    ask: &LogAsk,
    (job, at): (&Job, Option<DateTime<Utc>>),
    tell: &impl Fn(LogNews) -> F,
) -> Result<(), Error> {
    let mut bytes = match client.log(&ask.repository, job.id).await? {
        Ok(bytes) => bytes,
        Err(none) => {
            tell(LogNews::Withheld(missing(none, job, at))).await;
            return Ok(());
        }
    };
    let (mut reader, mut is_told, mut told_at) = (LogReader::new(job), false, Instant::now());
    while let Some(piece) = bytes.next().await? {
        if reader.bytes() == 0 && PACKED.iter().any(|magic| piece.as_ref().starts_with(magic)) {
            tell(LogNews::Failed("The log came packed, and is not unpacked here.".to_owned())).await;
            return Ok(());
        }
        reader.feed(piece.as_ref());
        if let Some(early) = if is_told { None } else { reader.early() } {
            is_told = true;
            tell(LogNews::Log(Arc::new(early))).await;
        } else if told_at.elapsed() >= PACE {
            told_at = Instant::now();
            tell(LogNews::Reading(reader.bytes())).await;
        }
    }
    tell(if reader.bytes() == 0 {
        LogNews::Withheld(Withheld::Empty)
    } else {
        LogNews::Log(Arc::new(reader.finish()))
    })
    .await;
    Ok(())
}

/// Why an ended job has no log.
fn missing(none: NoLog, job: &Job, at: Option<DateTime<Utc>>) -> Withheld {
    let has_just_ended = job.completed_at.zip(at).is_some_and(|(end, now)| now - end < SOON);
    match (none, job.withheld()) {
        (NoLog::Gone, _) => Withheld::Expired,
        (NoLog::Missing, Withheld::Expired) if has_just_ended => Withheld::NotYet,
        (NoLog::Missing, why) => why,
    }
}

async fn annotations(client: &Client, ask: &LogAsk, job: i64) -> Result<Vec<Annotation>, Error> {
    let path = format!("repos/{}/check-runs/{job}/annotations?per_page=100", ask.repository);
    let pages = client.pages::<Vec<WireNote>>(&path, "annotations").await?;
    Ok(pages.into_iter().flatten().filter_map(WireNote::read).collect())
}
