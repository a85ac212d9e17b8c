//! What is read on demand for one pull request, on a connection of its own that is opened when first needed.

use serde_json::Value;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{
    connect::{Connector, within},
    discovery::discover,
    error::StoreError,
    read::{ANSWER, history_entry, safe},
    sql::Statements,
};
use crate::domain::{
    check::{Check, CheckOutcome, Detail, Review},
    files::Files,
    ids::{PrKey, Sha},
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
        let (conn, sql) = self.opened().await?;
        let read = read_detail(conn, sql, key, head).await;
        self.settle(read)
    }

    /// The changed files.
    ///
    /// # Errors
    /// The connection's or the server's failure.
    pub async fn files(&mut self, key: PrKey) -> Result<Files, StoreError> {
        let (conn, sql) = self.opened().await?;
        let Some(text) = &sql.files else {
            return Ok(Files::Unknown("This database's pull_requests table has no files_changed column."));
        };
        let query = sqlx::query(safe(text)).bind(key.repo.uuid()).bind(key.number.get());
        let read = within(ANSWER, "files", query.fetch_optional(conn)).await;
        let row = self.settle(read)?;
        let text: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        // Megabytes of patches must not hold up the screen.
        let parsed = tokio::task::spawn_blocking(move || Files::parse(text.as_deref())).await;
        Ok(parsed.unwrap_or(Files::Unknown("The stored file list could not be read.")))
    }

    async fn opened(&mut self) -> Result<(&mut PgConnection, &Statements), StoreError> {
        if self.open.is_none() {
            let mut connected = self.connector.connect().await?;
            let schema = within(ANSWER, "discovery", discover(&mut connected.conn)).await?;
            self.open = Some((connected.conn, Statements::compose(&schema)));
        }
        match &mut self.open {
            Some((conn, sql)) => Ok((conn, sql)),
            None => Err(StoreError::from(sqlx::Error::PoolClosed)),
        }
    }

    fn settle<T>(&mut self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        read.inspect_err(|error| {
            if error.is_connection_broken() {
                self.open = None;
            }
        })
    }
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
        for row in &rows {
            if let Some(review) = decode_review(row)? {
                detail.reviews.retain(|r| r.reviewer != review.reviewer);
                detail.reviews.push(review);
            }
        }
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

/// `None` for a plain comment, which is no verdict, and for a dismissed review.
fn decode_review(row: &PgRow) -> Result<Option<Review>, sqlx::Error> {
    let state = clean(&row.try_get::<Option<String>, _>(1)?.unwrap_or_default()).to_lowercase();
    let dismissed: Option<chrono::DateTime<chrono::Utc>> = row.try_get(3)?;
    if state == "commented" || state == "dismissed" || dismissed.is_some() {
        return Ok(None);
    }
    Ok(Some(Review {
        reviewer: clean(&row.try_get::<Option<String>, _>(0)?.unwrap_or_default()),
        state,
        submitted_at: row.try_get(2)?,
    }))
}
