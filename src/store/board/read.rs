//! What both engines serve, each in its own way: the questions of the feed and of the detail reader, asked on one
//! connection, each under a time-out.

mod keys;
mod page;
mod postgres;
mod sqlite;
mod sqlite_sql;

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(in crate::store) use self::keys::cells;
pub(in crate::store) use self::page::{Bounds, Cursor, JoinedPage, KeyPage, latest, place};
use self::{postgres::PgReader, sqlite::SqliteReader};
use super::{
    decode::{Probe, Versions},
    failed,
    scope::{Polled, Scope},
};
use crate::{
    domain::{
        check::{Check, Review},
        ids::{PrKey, RepoId, Sha},
        ingest::Ingest,
        insight::PastInsight,
        repository::Repository,
        request::Request,
        source::Source,
        sync::Synced,
        usual::UsualTimes,
    },
    store::engine::{abandoned::Abandoned, database::Database, error::StoreError, sqlite::Inode},
};

/// A connection of either engine, and its questions.
pub(in crate::store) enum Reader {
    Postgres(Box<PgReader>),
    Sqlite(Box<SqliteReader>),
}

/// Asks the engine at hand.
macro_rules! ask {
    ($self:expr, $reader:ident => $question:expr) => {
        match $self {
            Reader::Postgres($reader) => $question,
            Reader::Sqlite($reader) => $question,
        }
    };
}

impl Reader {
    /// Connects, and finds out what there is; `origin` says where the address came from.
    pub(in crate::store) async fn connect(
        database: &mut Database,
        origin: Option<String>,
    ) -> Result<Self, StoreError> {
        match database {
            Database::Postgres(connector) => {
                let connected = connector.connect().await?;
                Ok(Self::Postgres(Box::new(PgReader::new(connected, origin)?)))
            }
            Database::Sqlite(file) => {
                Ok(Self::Sqlite(Box::new(SqliteReader::new(file.clone(), origin).await?)))
            }
        }
    }

    pub(in crate::store) fn source(&self) -> &Source {
        ask!(self, reader => reader.source())
    }

    /// Which node, server process or file answers, and which database of it.
    pub(in crate::store) fn incarnation(&self) -> String {
        match self {
            Self::Postgres(reader) => format!("{} {}", reader.source().node, reader.incarnation()),
            Self::Sqlite(reader) => format!("{:?}", reader.inode()),
        }
    }

    /// The session to be noted where nobody waits for its answer any more.
    pub(in crate::store) fn abandoned(&self) -> Option<Abandoned> {
        match self {
            Self::Postgres(reader) => reader.abandoned(),
            Self::Sqlite(_) => None,
        }
    }

    /// Waits no longer for answers, where another node may have them.
    pub(in crate::store) fn be_patient(&mut self, patience: Duration) {
        match self {
            Self::Postgres(reader) => reader.be_patient(patience),
            Self::Sqlite(_) => {}
        }
    }

    /// Reads smaller pages, by this divisor: the usual ones took too long.
    pub(in crate::store) fn divide_pages(&mut self, divisor: usize) {
        match self {
            Self::Postgres(reader) => reader.divide_pages(divisor),
            Self::Sqlite(_) => {}
        }
    }

    /// Which file is read; `None` of a server.
    pub(in crate::store) fn inode(&self) -> Option<Inode> {
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite(reader) => reader.inode(),
        }
    }

    /// Finds out again what there is: a migration may have added columns and indexes.
    pub(in crate::store) async fn rediscover(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(reader) => reader.rediscover().await,
            // It was brought to our schema when it was opened.
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Pull requests to read at once.
    pub(in crate::store) fn row_page(&self) -> usize {
        ask!(self, reader => reader.row_page())
    }

    /// What changed since the lower bound, in one round trip; on request also which tables have any row.
    pub(in crate::store) async fn probe(
        &mut self,
        since: DateTime<Utc>,
        filled: bool,
    ) -> Result<Probe, StoreError> {
        ask!(self, reader => reader.probe(since, filled).await)
    }

    /// The clock before the first complete read: nothing else is asked of it.
    pub(in crate::store) async fn first_probe(&mut self) -> Result<Probe, StoreError> {
        match self {
            Self::Postgres(reader) => Ok(reader.first_probe()),
            Self::Sqlite(reader) => reader.probe(latest(), true).await,
        }
    }

    /// All repositories and the first page of open pull requests at once, where that saves a round trip.
    pub(in crate::store) async fn opening(
        &mut self,
        bounds: Bounds<'_>,
    ) -> Result<Option<(Vec<Repository>, KeyPage)>, StoreError> {
        match self {
            Self::Postgres(reader) => reader.opening(bounds).await,
            Self::Sqlite(_) => Ok(None),
        }
    }

    /// One page of rows of a table written after the cursor, oldest first.
    pub(in crate::store) async fn changed(
        &mut self,
        table: Polled,
        after: Cursor,
    ) -> Result<KeyPage, StoreError> {
        ask!(self, reader => reader.changed(table, after).await)
    }

    /// One page of the scope's keys after the cursor, newest first.
    pub(in crate::store) async fn keys(
        &mut self,
        scope: Scope,
        after: Cursor,
        bounds: Bounds<'_>,
    ) -> Result<KeyPage, StoreError> {
        ask!(self, reader => reader.keys(scope, after, bounds).await)
    }

    /// The versions of the rows of these keys.
    pub(in crate::store) async fn versions(
        &mut self,
        keys: &[PrKey],
    ) -> Result<Vec<(PrKey, Versions)>, StoreError> {
        ask!(self, reader => reader.versions(keys).await)
    }

    /// All rows of these keys, [`Self::row_page`] of them at most; with the names of failed checks, which cost another
    /// question only where a build failed.
    pub(in crate::store) async fn rows(&mut self, keys: &[PrKey]) -> Result<JoinedPage, StoreError> {
        let mut page = ask!(self, reader => reader.rows(keys).await)?;
        let heads = failed::heads(&page.found);
        if !heads.is_empty() {
            failed::note(&mut page.found, ask!(self, reader => reader.failed_checks(&heads).await)?);
        }
        Ok(page)
    }

    pub(in crate::store) async fn repositories(&mut self) -> Result<Vec<Repository>, StoreError> {
        ask!(self, reader => reader.repositories().await)
    }

    /// Open pull requests of each repository.
    pub(in crate::store) async fn open_counts(
        &mut self,
        only: Option<&[Uuid]>,
    ) -> Result<HashMap<RepoId, u64>, StoreError> {
        ask!(self, reader => reader.open_counts(only).await)
    }

    /// Requests for insights: those written since the lower bound, and where it is asked for all that are open.
    pub(in crate::store) async fn requests(
        &mut self,
        since: DateTime<Utc>,
        open: bool,
    ) -> Result<Vec<Request>, StoreError> {
        ask!(self, reader => reader.requests(since, open).await)
    }

    /// How the deliveries of webhooks stand; `None` where that cannot be known cheaply.
    pub(in crate::store) async fn ingest(&mut self) -> Result<Option<Ingest>, StoreError> {
        ask!(self, reader => reader.ingest().await)
    }

    /// How old GitHub's word on these repositories is, for those that a sync reads.
    pub(in crate::store) async fn synced(&mut self, repos: Vec<Uuid>) -> Result<Vec<Synced>, StoreError> {
        ask!(self, reader => reader.synced(repos).await)
    }

    /// The changed files as JSON: `None` where the schema has no such column, `Some(None)` where the pull request
    /// has no list.
    pub(in crate::store) async fn files(&mut self, key: PrKey) -> Result<Option<Option<String>>, StoreError> {
        ask!(self, reader => reader.files(key).await)
    }

    /// The run's history as JSON.
    pub(in crate::store) async fn history(&mut self, key: PrKey) -> Result<Option<String>, StoreError> {
        ask!(self, reader => reader.history(key).await)
    }

    /// Checks of a commit; where there are too many, all that did not pass are among them.
    pub(in crate::store) async fn checks(
        &mut self,
        key: PrKey,
        head: &Sha,
    ) -> Result<Vec<Check>, StoreError> {
        ask!(self, reader => reader.checks(key, head).await)
    }

    /// How long the checks of a repository took that passed on these commits since then; of the first
    /// [`HEADS`](failed::HEADS) of them.
    pub(in crate::store) async fn usual(
        &mut self,
        repository: RepoId,
        commits: &[Sha],
        since: DateTime<Utc>,
    ) -> Result<UsualTimes, StoreError> {
        let commits = commits.get(..failed::HEADS).unwrap_or(commits);
        let found = ask!(self, reader => reader.usual(repository, commits, since).await)?;
        Ok(found.into_iter().filter_map(|(timed, usual)| Some((timed, usual?))).collect())
    }

    /// Reviews, newest first.
    pub(in crate::store) async fn reviews(&mut self, key: PrKey) -> Result<Vec<Review>, StoreError> {
        ask!(self, reader => reader.reviews(key).await)
    }

    /// Insights, newest first, at most 12; the two newest with their details.
    pub(in crate::store) async fn insights(&mut self, key: PrKey) -> Result<Vec<PastInsight>, StoreError> {
        ask!(self, reader => reader.insights(key).await)
    }
}
