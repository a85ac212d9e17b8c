//! Opening a file: made, brought up to date and written where that may be, else read as far as it can be.

use std::{io, path::Path};

use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use super::{
    file::{File, inode_of, moved},
    handle::{Access, BUSY, Connecting, Handle},
    migrate::{self, FileState},
};
use crate::{
    domain::source::Cause,
    private,
    store::engine::{
        connect::{ANSWER, within},
        error::StoreError,
    },
};

/// Pages that a connection keeps, in KiB (negative, as SQLite wants it): the system caches the file anyway.
const CACHE: &str = "-256";
/// How often it is tried while others leave.
const TRIES: usize = 20;

impl File {
    /// Makes the file and brings it up to date.
    ///
    /// # Errors
    /// As every use of it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.open().await.map(drop)
    }

    /// What is in the file, without making or changing it; `None` if there is no file.
    ///
    /// # Errors
    /// It cannot be read, or is no database.
    pub async fn look(&self) -> Result<Option<FileState>, StoreError> {
        if !self.path().exists() {
            return Ok(None);
        }
        let mut handle = match self.connect(Access::Write).await {
            Err(error) if is_locked_away(&error) => self.connect_to_read(error).await?,
            handle => handle?,
        };
        let state =
            within(ANSWER, "a look at the database", migrate::state(handle.unchecked()?, self.migrations))
                .await;
        state
            .and_then(|state| migrate::check(state, self.migrations))
            .map(Some)
            .map_err(|error| self.explain(error))
    }

    /// Opens it, made and migrated if need be.
    ///
    /// # Errors
    /// The folder or the file cannot be made or written, it is no database, or one that must be left alone.
    pub(in crate::store) async fn open(&self) -> Result<Handle, StoreError> {
        self.make().map_err(|error| self.explain(unmade(&error)))?;
        let mut handle = self.connect(Access::Write).await?;
        let migrating = migrate::migrate(handle.unchecked()?, self.migrations);
        within(ANSWER, "the opening of the database", migrating)
            .await
            .map_err(|error| self.explain(error))?;
        if !handle.look_again() {
            return Err(self.explain(moved()));
        }
        handle.rest().await.map_err(|error| self.explain(error))?;
        Ok(handle)
    }

    /// Opens it, if only to read: it may be somebody else's.
    ///
    /// # Errors
    /// As [`Self::open`]; a file that cannot be written must have this version's schema.
    pub(in crate::store) async fn open_to_read(&self) -> Result<Handle, StoreError> {
        if !self.is_made && !self.path().exists() {
            return self.open_nothing().await;
        }
        let mut handle = match self.open().await {
            Err(error) if is_locked_away(&error) && self.path().exists() => {
                self.connect_to_read(error).await?
            }
            handle => return handle,
        };
        let state =
            within(ANSWER, "a look at the database", migrate::state(handle.conn()?, self.migrations)).await;
        match state
            .and_then(|state| migrate::check(state, self.migrations))
            .map_err(|error| self.explain(error))?
        {
            FileState::Current => Ok(handle),
            _ => Err(self.explain(older())),
        }
    }

    /// An empty database in the place of a file that is not there. As soon as it is, the handle is outdated.
    async fn open_nothing(&self) -> Result<Handle, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
        let conn = within(ANSWER, "the opening of the database", Connecting::new(options)).await?;
        let mut handle = Handle::new(conn, self.clone(), Access::Write);
        if handle.inode().is_some() {
            return Err(self.explain(moved()));
        }
        let migrating = migrate::migrate(handle.unchecked()?, self.migrations);
        within(ANSWER, "the opening of the database", migrating).await?;
        Ok(handle)
    }

    /// Without writing; `refused` tells why that was not possible.
    async fn connect_to_read(&self, refused: StoreError) -> Result<Handle, StoreError> {
        let [_, index] = self.beside();
        // Without the files beside it, it would make them, and then their owner might not write them.
        if index.exists()
            && let Ok(handle) = self.connect(Access::Read).await
        {
            return Ok(handle);
        }
        if self.log_len() > 0 {
            // What is in the log would be missing.
            return Err(refused);
        }
        let frozen = self.connect(Access::Frozen).await;
        frozen.map_err(|error| if error.code() == Some("SQLITE_NOTADB") { error } else { refused })
    }

    /// Connects, anew where whoever left meanwhile took the files beside the database along.
    async fn connect(&self, access: Access) -> Result<Handle, StoreError> {
        for _ in 0..TRIES {
            if let Some(handle) = self.connect_once(access).await? {
                return Ok(handle);
            }
        }
        Err(self.explain(moved()))
    }

    async fn connect_once(&self, access: Access) -> Result<Option<Handle>, StoreError> {
        let before = inode_of(self.path());
        let conn = within(ANSWER, "the opening of the database", Connecting::new(self.options(access))).await;
        let mut handle = Handle::new(conn.map_err(|error| self.explain(error))?, self.clone(), access);
        // Only when it is read is it opened in full.
        let state = migrate::state(handle.unchecked()?, self.migrations);
        within(ANSWER, "the opening of the database", state).await.map_err(|error| self.explain(error))?;
        let is_sure = handle.look_again() && handle.is_joined().await.map_err(|error| self.explain(error))?;
        if handle.inode() == before { Ok(is_sure.then_some(handle)) } else { Err(self.explain(moved())) }
    }

    fn options(&self, access: Access) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            // Were it relative, `file:` at its beginning would mean something else.
            .filename(std::path::absolute(self.path()).unwrap_or_else(|_| self.path().to_owned()))
            .create_if_missing(false)
            .read_only(access != Access::Write)
            .immutable(access == Access::Frozen)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("cache_size", CACHE)
            .thread_name(|_| "sqlite".to_owned())
            .disable_statement_logging()
    }

    /// The file and its folder, for this user alone. SQLite gives the files beside it the same permissions.
    fn make(&self) -> io::Result<()> {
        private::make_folder(self.path().parent().unwrap_or(Path::new("")))?;
        // Appending nothing: SQLite would open a file that may not be written read-only, and fail much later.
        private::append(self.path()).map(drop)
    }
}

/// The file is there, but may not be written, or none beside it made.
fn is_locked_away(error: &StoreError) -> bool {
    matches!(error.code(), Some("SQLITE_READONLY" | "SQLITE_CANTOPEN" | "SQLITE_PERM"))
}

/// A file that cannot be brought up to date.
fn older() -> StoreError {
    let message = "has an older schema, or none, and cannot be written: whoever may write it brings it up to date by \
                   flowlens db migrate";
    StoreError::broken(Cause::Schema, message)
}

/// The file or its folder could not be made.
fn unmade(error: &io::Error) -> StoreError {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => 13,
        io::ErrorKind::ReadOnlyFilesystem => 8,
        // Whatever else it is, the path or its permissions are wrong.
        _ => 14,
    };
    StoreError::from_sqlite(code, &error.to_string())
}
