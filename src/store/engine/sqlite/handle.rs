//! One open connection to a file: as long as the path names that file, and never longer than its value.

use std::{
    fs,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, raw_sql,
    sqlite::SqliteConnectOptions,
};
use tokio::time::Instant;

use super::file::{File, Inode, inode, inode_of, is_open, moved};
use crate::store::engine::{connect::within, error::StoreError};

/// How long a write waits for another process's.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Longest wait for a connection to be closed: its last statement may have to end before.
const CLOSING: Duration = Duration::from_secs(1);
/// Between two attempts of a writer to empty the log.
const REST: Duration = Duration::from_secs(1);
/// A log of a gigabyte takes its time.
const EMPTYING: Duration = Duration::from_mins(2);

/// What may be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Access {
    Write,
    Read,
    /// Neither the file nor one beside it can be written, so that no lock can be had: what is read holds until the
    /// file changes.
    Frozen,
}

/// A connection. SQLite's own files beside the database, the write-ahead log and its index, go with the last one: to
/// see to it, this is closed when it is dropped, however a task ends.
pub(in crate::store) struct Handle {
    /// `None` once it is closed.
    conn: Option<SqliteConnection>,
    file: File,
    access: Access,
    seen: Seen,
    /// When the log was last to be emptied.
    rested: Option<Instant>,
}

/// Which files these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    database: Option<Inode>,
    /// The log and its index: they are there for as long as anybody is connected.
    beside: [Option<Inode>; 2],
    /// Size and time of a file that is read without locks.
    state: Option<(u64, SystemTime)>,
}

impl Handle {
    /// Takes a new connection.
    pub(super) fn new(conn: SqliteConnection, file: File, access: Access) -> Self {
        let seen = Seen::now(&file, access);
        Self { conn: Some(conn), file, access, seen, rested: None }
    }

    /// Looks at the files beside the database again: its first reader makes them, or a migration. False if one that was
    /// there before has gone meanwhile: then nobody knows which of them is open.
    pub(super) fn look_again(&mut self) -> bool {
        let before = self.seen.beside;
        self.seen = Seen { database: self.seen.database, ..Seen::now(&self.file, self.access) };
        before.into_iter().zip(self.seen.beside).all(|(before, now)| before.is_none() || before == now)
    }

    /// Whether the log's index that was opened is the one that is there. SQLite has one for all connections of a process
    /// to a file; opened while the index of a file that stood here before was still there, they would neither see what
    /// others write nor be seen.
    pub(super) async fn is_joined(&mut self) -> Result<bool, StoreError> {
        let [_, index] = self.file.beside();
        if self.access == Access::Frozen || is_open(&index) {
            return Ok(true);
        }
        let mode = raw_sql("PRAGMA journal_mode").fetch_one(self.unchecked()?);
        let mode = within(BUSY, "a look at the database", mode).await?;
        Ok(mode.try_get::<String, _>(0)? != "wal")
    }

    /// The connection, whatever became of the files.
    pub(super) fn unchecked(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.conn.as_mut().ok_or_else(moved)
    }

    pub(in crate::store) fn file(&self) -> &File {
        &self.file
    }

    pub(in crate::store) fn access(&self) -> Access {
        self.access
    }

    pub(in crate::store) fn inode(&self) -> Option<Inode> {
        self.seen.database
    }

    /// Whether the files are no longer those that were opened: then this connection shows what was, and must not write
    /// beside what is.
    pub(in crate::store) fn is_outdated(&self) -> bool {
        Seen::now(&self.file, self.access) != self.seen
    }

    /// The connection, to be used now.
    pub(in crate::store) fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.is_outdated() {
            return Err(moved());
        }
        self.unchecked()
    }

    /// Empties the log, now and then, where nobody is at work. A file that is copied or replaced by people who do not
    /// know the log beside it is whole then, and nothing of it is left for another file in its place.
    pub(in crate::store) async fn rest(&mut self) -> Result<(), StoreError> {
        let recently = self.rested.is_some_and(|at| at.elapsed() < REST);
        if self.access != Access::Write || recently || self.file.log_len() == 0 {
            return Ok(());
        }
        self.rested = Some(Instant::now());
        let conn = self.conn()?;
        // It would wait for whoever reads or writes, and others for it.
        set_patience(conn, Duration::ZERO).await?;
        let emptied = within(EMPTYING, "the emptying of the log", empty(conn)).await;
        set_patience(conn, BUSY).await?;
        match emptied {
            Err(error) if error.is_connection_broken() => Err(error),
            Err(error) => {
                tracing::debug!(%error, "the log stays for now");
                Ok(())
            }
            Ok(busy) => {
                if busy {
                    tracing::debug!("the log stays for now: others are at work");
                }
                Ok(())
            }
        }
    }
}

/// Whether others were in the way.
async fn empty(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let row = raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(conn).await?;
    Ok(row.try_get::<i64, _>(0)? != 0)
}

async fn set_patience(conn: &mut SqliteConnection, patience: Duration) -> Result<(), StoreError> {
    let pragma = AssertSqlSafe(format!("PRAGMA busy_timeout = {}", patience.as_millis()));
    within(BUSY, "a setting", raw_sql(pragma).execute(conn)).await.map(drop)
}

impl Drop for Handle {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let is_moved = inode_of(self.file.path()) != self.seen.database;
        if !is_moved {
            if wait(conn.close(), CLOSING).is_none() {
                tracing::warn!(file = %self.file.shown(), "the connection is still busy");
            }
            return;
        }
        // What was moved away may be wanted, whole.
        wait(empty(&mut conn), CLOSING);
        // Closed, it would remove by their names the files of the database that is there now.
        std::mem::forget(conn);
        // That one must not take these for its own.
        for (path, inode) in self.file.beside().iter().zip(self.seen.beside) {
            if inode.is_some()
                && inode_of(path) == inode
                && let Err(error) = fs::remove_file(path)
            {
                tracing::warn!(path = %path.display(), %error, "left of a database that was moved away");
            }
        }
    }
}

impl Seen {
    fn now(file: &File, access: Access) -> Self {
        let meta = fs::metadata(file.path()).ok();
        Self {
            database: meta.as_ref().map(inode),
            beside: file.beside().map(|path| inode_of(&path)),
            state: meta
                .filter(|_| access == Access::Frozen)
                .and_then(|meta| Some((meta.len(), meta.modified().ok()?))),
        }
    }
}

/// A connection in the making. Given up half-way, it is closed as soon as it stands.
pub(super) struct Connecting(Option<BoxFuture<'static, Result<SqliteConnection, sqlx::Error>>>);

impl Connecting {
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        Self(Some(Box::pin(async move { options.connect().await })))
    }
}

impl Future for Connecting {
    type Output = Result<SqliteConnection, sqlx::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(connecting) = &mut self.0 else { return Poll::Pending };
        let done = connecting.as_mut().poll(context);
        if done.is_ready() {
            self.0 = None;
        }
        done
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(connecting) = self.0.take()
            && let Some(Ok(conn)) = wait(connecting, CLOSING)
        {
            wait(conn.close(), CLOSING);
        }
    }
}

/// Polls on this thread until it is done, if that takes no longer than the limit: for where nothing can be awaited.
fn wait<T>(fut: impl Future<Output = T>, limit: Duration) -> Option<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut fut, mut context, end) = (pin!(fut), Context::from_waker(&waker), Instant::now() + limit);
    loop {
        if let Poll::Ready(done) = fut.as_mut().poll(&mut context) {
            return Some(done);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}
