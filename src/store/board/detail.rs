//! What is read on demand for one pull request, on a connection of its own that is opened when first needed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::Value;

use super::{
    decode::history_entry,
    read::{Reader, place},
};
use crate::{
    domain::{
        check::{Check, CheckOutcome, Detail, Review},
        files::Files,
        ids::{PrKey, RepoId, Sha},
        pipeline::HistoryEntry,
        source::Cause,
        usual::UsualTimes,
    },
    panics::{caught, caught_elsewhere},
    store::engine::{database::Database, error::StoreError},
};

/// Entries of a run's history that are kept.
const HISTORY: usize = 200;

/// Reads details; reconnects by itself.
pub struct DetailReader {
    database: Database,
    open: Option<Reader>,
}

impl DetailReader {
    /// Nothing is connected yet.
    pub fn new(database: impl Into<Database>) -> Self {
        Self { database: database.into(), open: None }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Checks of the head commit, latest reviews, history and insights, as far as the schema has them.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn detail(&mut self, key: PrKey, head: Option<&Sha>) -> Result<Detail, StoreError> {
        let head = head.cloned();
        self.ask(move |reader| {
            let head = head.clone();
            async move { read_detail(reader, key, head.as_ref()).await }.boxed()
        })
        .await
    }

    /// How long the checks of a repository usually take, by their successes on these commits that ended since then.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn usual(
        &mut self,
        repository: RepoId,
        commits: &[Sha],
        since: DateTime<Utc>,
    ) -> Result<UsualTimes, StoreError> {
        let commits = commits.to_vec();
        self.ask(move |reader| {
            let commits = commits.clone();
            async move { reader.usual(repository, &commits, since).await }.boxed()
        })
        .await
    }

    /// The changed files.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn files(&mut self, key: PrKey) -> Result<Files, StoreError> {
        let text = self.ask(move |reader| reader.files(key).boxed()).await?;
        let Some(text) = text else {
            return Ok(Files::Unknown("This database's pull_requests table has no files_changed column."));
        };
        // Megabytes of patches must not hold up the screen.
        let parsed = caught_elsewhere(move || Files::parse(text.as_deref())).await;
        Ok(parsed.unwrap_or(Files::Unknown("The stored file list could not be read.")))
    }

    /// Asks on the open connection, else on a new one. A connection that broke while nobody used it is no reason to
    /// fail.
    async fn ask<T>(
        &mut self,
        question: impl for<'c> Fn(&'c mut Reader) -> BoxFuture<'c, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // Taken out, so that a caller who gives up half-way leaves no half-read connection behind.
        if let Some(mut reader) = self.open.take() {
            match guarded(question(&mut reader)).await {
                Ok(answer) => {
                    self.open = Some(reader);
                    return Ok(answer);
                }
                Err(error) if error.cause == Cause::Timeout => {
                    self.give_up(&reader, &error);
                    return Err(error);
                }
                Err(error) => tracing::info!(%error, "the connection for details is made anew"),
            }
        }
        let mut reader = Reader::connect(&mut self.database, None).await?;
        let answer = guarded(question(&mut reader)).await;
        match &answer {
            Ok(_) => self.open = Some(reader),
            Err(error) => self.give_up(&reader, error),
        }
        answer
    }

    /// Notes a session that may still be at work on a question that nobody waits for.
    fn give_up(&mut self, reader: &Reader, error: &StoreError) {
        if error.cause == Cause::Timeout && error.is_connection_broken() {
            self.database.abandon(reader.abandoned());
        }
    }
}

/// What panics over an answer that makes no sense is a failure like any other.
async fn guarded<T>(question: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    caught(question).await.unwrap_or_else(|panic| Err(StoreError::panicked(&panic)))
}

async fn read_detail(reader: &mut Reader, key: PrKey, head: Option<&Sha>) -> Result<Detail, StoreError> {
    let mut detail = Detail { head: head.cloned(), ..Detail::default() };
    if let Some(head) = head {
        detail.checks = reader.checks(key, head).await?;
        // Databases differ in how they order names.
        detail.checks.sort_by(|one, other| order(one).cmp(&order(other)));
    }
    detail.said = reader.reviews(key).await?;
    // Stable: equal times stay in the order of the reviews' ids.
    detail.said.sort_by_key(|review| std::cmp::Reverse((review.submitted_at, review.dismissed)));
    detail.reviews = latest_reviews(&detail.said);
    detail.insights = reader.insights(key).await?;
    let text = reader.history(key).await?;
    detail.history = history(text.as_deref(), key);
    Ok(detail)
}

/// The entries of a run's history, newest first; a history that is no list is one unreadable entry.
fn history(text: Option<&str>, key: PrKey) -> Vec<HistoryEntry> {
    let Some(text) = text else { return Vec::new() };
    match serde_json::from_str::<Vec<Value>>(text) {
        Ok(list) => list.iter().rev().take(HISTORY).filter_map(history_entry).collect(),
        Err(error) => {
            let (column, place) = ("pipeline_runs.history", place(key));
            tracing::warn!(column, place, %error, "a cell cannot be read");
            vec![HistoryEntry { field: "history".to_owned(), value: "?".to_owned(), at: None, by: None }]
        }
    }
}

/// Failed ones first, then by name.
fn order(check: &Check) -> impl Ord + '_ {
    (check.outcome != CheckOutcome::Failed, &check.id.name, check.completed_at, &check.url, &check.id)
}

/// The last verdict of each reviewer, oldest first, of reviews given newest first. Comments and drafts are no
/// verdict; a dismissed one stands for none, and wins a tie.
fn latest_reviews(reviews: &[Review]) -> Vec<Review> {
    let is_verdict = |review: &&Review| !matches!(review.state.as_str(), "commented" | "pending" | "");
    let mut reviewers = HashSet::new();
    let mut latest: Vec<&Review> = reviews.iter().filter(is_verdict).collect();
    latest.retain(|review| reviewers.insert(&review.reviewer));
    latest.into_iter().rev().filter(|review| !review.dismissed).cloned().collect()
}
