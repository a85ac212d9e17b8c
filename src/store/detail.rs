//! What is read on demand for one pull request, on a connection of its own that is opened when first needed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::Value;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{
    connect::{Connector, within},
    decode::history_entry,
    discovery::discover,
    error::StoreError,
    read::{ANSWER, safe},
    sql::Statements,
};
use crate::domain::{
    check::{Check, CheckOutcome, Detail, Review},
    files::Files,
    ids::{PrKey, Sha},
    source::Cause,
    text::{clean, clean_opt},
};

/// Entries of a run's history that are kept.
const HISTORY: usize = 200;

/// Reads details; reconnects by itself.
pub struct DetailReader {
    connector: Connector,
    open: Option<(PgConnection, Statements)>,
}

impl DetailReader {
    /// Nothing is connected yet.
    pub const fn new(connector: Connector) -> Self {
        Self { connector, open: None }
    }

    /// Lets go of the connection until it is needed again.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Checks of the head commit, latest reviews and history, as far as the schema has them.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn detail(&mut self, key: PrKey, head: Option<&Sha>) -> Result<Detail, StoreError> {
        let head = head.cloned();
        self.ask(move |conn, sql| {
            let head = head.clone();
            async move { read_detail(conn, sql, key, head.as_ref()).await }.boxed()
        })
        .await
    }

    /// The changed files.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn files(&mut self, key: PrKey) -> Result<Files, StoreError> {
        let text = self.ask(move |conn, sql| read_files(conn, sql, key).boxed()).await?;
        let Some(text) = text else {
            return Ok(Files::Unknown("This database's pull_requests table has no files_changed column."));
        };
        // Megabytes of patches must not hold up the screen.
        let parsed = tokio::task::spawn_blocking(move || Files::parse(text.as_deref())).await;
        Ok(parsed.unwrap_or(Files::Unknown("The stored file list could not be read.")))
    }

    /// Asks on the open connection, else on a new one. A connection that broke while nobody used it is no reason to
    /// fail.
    async fn ask<T>(
        &mut self,
        question: impl for<'c> Fn(&'c mut PgConnection, &'c Statements) -> BoxFuture<'c, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // Taken out, so that a caller who gives up half-way leaves no half-read connection behind.
        if let Some((mut conn, sql)) = self.open.take() {
            match question(&mut conn, &sql).await {
                Ok(answer) => {
                    self.open = Some((conn, sql));
                    return Ok(answer);
                }
                Err(error) if error.cause == Cause::Timeout => return Err(error),
                Err(error) => tracing::info!(%error, "the connection for details is made anew"),
            }
        }
        let mut connected = self.connector.connect().await?;
        let schema =
            within(ANSWER, "discovery", discover(&mut connected.conn)).await.inspect_err(|error| {
                if error.is_connection_broken() {
                    self.connector.rotate();
                }
            })?;
        let (mut conn, sql) = (connected.conn, Statements::compose(&schema));
        let answer = question(&mut conn, &sql).await?;
        self.open = Some((conn, sql));
        Ok(answer)
    }
}

/// `None` where the schema has no such column, `Some(None)` where the pull request has no list.
async fn read_files(
    conn: &mut PgConnection,
    sql: &Statements,
    key: PrKey,
) -> Result<Option<Option<String>>, StoreError> {
    let Some(text) = &sql.files else { return Ok(None) };
    let query = sqlx::query(safe(text)).bind(key.repo.uuid()).bind(key.number.get());
    let row = within(ANSWER, "files", query.fetch_optional(conn)).await?;
    Ok(Some(row.map(|row| row.try_get(0)).transpose()?.flatten()))
}

async fn read_detail(
    conn: &mut PgConnection,
    sql: &Statements,
    key: PrKey,
    head: Option<&Sha>,
) -> Result<Detail, StoreError> {
    let mut detail = Detail::default();
    let (repo, number) = (key.repo.uuid(), key.number.get());
    if let (Some(text), Some(head)) = (&sql.checks, head) {
        let query = sqlx::query(safe(text)).bind(repo).bind(head.as_str());
        let rows = within(ANSWER, "checks", query.fetch_all(&mut *conn)).await?;
        detail.checks = rows.iter().map(decode_check).collect::<Result<_, _>>()?;
        detail.checks.sort_by_key(|check| check.outcome != CheckOutcome::Failed);
    }
    if let Some(text) = &sql.reviews {
        let query = sqlx::query(safe(text)).bind(repo).bind(number);
        let rows = within(ANSWER, "reviews", query.fetch_all(&mut *conn)).await?;
        detail.reviews = latest_reviews(rows.iter().map(decode_review).collect::<Result<_, _>>()?);
    }
    if let Some(text) = &sql.history {
        let query = sqlx::query(safe(text)).bind(repo).bind(number);
        let row = within(ANSWER, "history", query.fetch_optional(&mut *conn)).await?;
        let text: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        let list: Option<Vec<Value>> = text.and_then(|text| serde_json::from_str(&text).ok());
        detail.history =
            list.unwrap_or_default().iter().rev().take(HISTORY).filter_map(history_entry).collect();
    }
    Ok(detail)
}

fn decode_check(row: &PgRow) -> Result<Check, sqlx::Error> {
    let text = |at: usize| row.try_get::<Option<String>, _>(at);
    Ok(Check {
        name: clean(&text(0)?.unwrap_or_default()),
        outcome: CheckOutcome::parse(&text(1)?.unwrap_or_default(), text(2)?.as_deref()),
        url: clean_opt(text(3)?.as_deref()).map(Into::into),
        summary: clean_opt(text(4)?.as_deref()).map(Into::into),
        completed_at: row.try_get(5)?,
    })
}

/// A review, and whether it was dismissed.
fn decode_review(row: &PgRow) -> Result<(Review, bool), sqlx::Error> {
    let state = clean(&row.try_get::<Option<String>, _>(1)?.unwrap_or_default()).to_lowercase();
    let dismissed: Option<DateTime<Utc>> = row.try_get(3)?;
    let dismissed = dismissed.is_some() || state == "dismissed";
    let reviewer = clean(&row.try_get::<Option<String>, _>(0)?.unwrap_or_default());
    Ok((Review { reviewer, state, submitted_at: row.try_get(2)? }, dismissed))
}

/// The last verdict of each reviewer, oldest first, of reviews given newest first. Comments and drafts are no
/// verdict; a dismissed one stands for none, and wins a tie.
fn latest_reviews(mut reviews: Vec<(Review, bool)>) -> Vec<Review> {
    reviews.retain(|(review, _)| !matches!(review.state.as_str(), "commented" | "pending" | ""));
    // Stable: equal times stay in the order of the reviews' ids.
    reviews.sort_by_key(|(review, dismissed)| std::cmp::Reverse((review.submitted_at, *dismissed)));
    let mut reviewers = HashSet::new();
    reviews.retain(|(review, _)| reviewers.insert(review.reviewer.clone()));
    reviews.into_iter().rev().filter(|(_, dismissed)| !dismissed).map(|(review, _)| review).collect()
}
