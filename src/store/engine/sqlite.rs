//! The embedded database: one file, made, migrated and opened here.
//!
//! Several processes may share it. It is in write-ahead-log mode, so that readers never wait; a writer waits up to
//! `BUSY` for another one.

mod handle;
mod migrate;
mod time;

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use self::handle::Connecting;
pub(in crate::store) use self::handle::{Access, Handle};
pub use self::migrate::State;
pub(in crate::store) use self::time::Micros;
use super::{
    connect::{ANSWER, within},
    error::StoreError,
    migrations::SQLITE,
};
use crate::{
    domain::{
        address::{self, AddressError},
        source::Cause,
    },
    private,
};

/// How long a write waits for another process's.
const BUSY: Duration = Duration::from_secs(5);

/// Pages that a connection keeps, in KiB (negative, as SQLite wants it): the system caches the file anyway.
const CACHE: &str = "-256";

/// An embedded database's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    shown: String,
    migrations: &'static [&'static str],
}

/// Which file it is, whatever its name.
pub(in crate::store) type Inode = (u64, u64);

impl File {
    /// The database in this file, which need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { shown: path.display().to_string(), path, migrations: SQLITE }
    }

    /// Reads `sqlite:///path/to/file` or `sqlite:relative/file`; `None` for another kind of address.
    ///
    /// # Errors
    /// The part of the address that is wrong, and the mend.
    pub fn parse(url: &str) -> Option<Result<Self, AddressError>> {
        Some(address::file(url)?.map(Self::new))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same file as people know it.
    #[must_use]
    pub fn shown_as(self, shown: impl Into<String>) -> Self {
        Self { shown: shown.into(), ..self }
    }

    /// The same file for a program that knows other migrations.
    #[must_use]
    pub fn with_migrations(self, migrations: &'static [&'static str]) -> Self {
        Self { migrations, ..self }
    }

    /// How people know it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its address; `%`, `?` and `#` in the path are encoded.
    #[must_use]
    pub fn url(&self) -> String {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        format!("sqlite://{path}")
    }

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
    pub async fn look(&self) -> Result<Option<State>, StoreError> {
        if !self.path.exists() {
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
        handle.look_again();
        handle.rest().await.map_err(|error| self.explain(error))?;
        Ok(handle)
    }

    /// Opens it, if only to read: it may be somebody else's.
    ///
    /// # Errors
    /// As [`Self::open`]; a file that cannot be written must have this version's schema.
    pub(in crate::store) async fn open_to_read(&self) -> Result<Handle, StoreError> {
        let mut handle = match self.open().await {
            Err(error) if is_locked_away(&error) && self.path.exists() => self.connect_to_read(error).await?,
            handle => return handle,
        };
        let state =
            within(ANSWER, "a look at the database", migrate::state(handle.conn()?, self.migrations)).await;
        match state
            .and_then(|state| migrate::check(state, self.migrations))
            .map_err(|error| self.explain(error))?
        {
            State::Current => Ok(handle),
            _ => Err(self.explain(older())),
        }
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

    async fn connect(&self, access: Access) -> Result<Handle, StoreError> {
        let before = inode_of(&self.path);
        let conn = within(ANSWER, "the opening of the database", Connecting::new(self.options(access))).await;
        let mut handle = Handle::new(conn.map_err(|error| self.explain(error))?, self.clone(), access);
        // Only when it is read is it opened in full.
        let state = migrate::state(handle.unchecked()?, self.migrations);
        within(ANSWER, "the opening of the database", state).await.map_err(|error| self.explain(error))?;
        handle.look_again();
        if handle.inode() == before { Ok(handle) } else { Err(self.explain(moved())) }
    }

    fn options(&self, access: Access) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            // Were it relative, `file:` at its beginning would mean something else.
            .filename(std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()))
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
        private::make_folder(self.path.parent().unwrap_or(Path::new("")))?;
        // Appending nothing: SQLite would open a file that may not be written read-only, and fail much later.
        private::append(&self.path).map(drop)
    }

    /// SQLite's own files: the write-ahead log and its index.
    fn beside(&self) -> [PathBuf; 2] {
        ["-wal", "-shm"].map(|end| {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            path.into()
        })
    }

    /// Bytes in the log.
    fn log_len(&self) -> u64 {
        let [log, _] = self.beside();
        fs::metadata(log).map_or(0, |meta| meta.len())
    }

    /// The same failure, which file it is about, and what to do.
    pub(in crate::store) fn explain(&self, error: StoreError) -> StoreError {
        let mend = match error.code() {
            Some("SQLITE_BUSY") => "another process has been writing for too long; try again",
            Some("SQLITE_FULL") => "make room on the disk; nothing that was stored is lost",
            Some("SQLITE_NOTADB") => {
                "it is no database: move it away, or name another file with --database-url sqlite:PATH"
            }
            Some("SQLITE_CORRUPT") => {
                "it is damaged: move it and the -wal file beside it away, or restore a copy"
            }
            Some("SQLITE_READONLY" | "SQLITE_CANTOPEN" | "SQLITE_PERM") => {
                "the file and its folder must be writable for you; or name another with --database-url sqlite:PATH"
            }
            _ => return error.at(&self.shown),
        };
        error.at(&self.shown).with_advice(mend)
    }
}

fn inode(meta: &fs::Metadata) -> Inode {
    (meta.dev(), meta.ino())
}

/// Which file the path names now.
fn inode_of(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().as_ref().map(inode)
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

/// The file was moved or deleted while it was open.
pub(in crate::store) fn moved() -> StoreError {
    StoreError::broken(Cause::Lost, "the file was moved or deleted; it is opened anew")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_files() {
        let path = |url: &str| File::parse(url).map(|file| file.map(|file| file.path));
        for (url, expected) in [
            ("sqlite:///var/lib/flow.db", "/var/lib/flow.db"),
            ("sqlite:/var/lib/flow.db", "/var/lib/flow.db"),
            ("SQLite:flow.db", "flow.db"),
            ("sqlite://data/flow.db", "data/flow.db"),
            ("sqlite:a%20b%3F.db", "a b?.db"),
            ("sqlite:file:/var/lib/flow.db", "/var/lib/flow.db"),
            ("sqlite:file:///var/lib/flow.db", "/var/lib/flow.db"),
            ("sqlite:FILE:flow.db", "flow.db"),
            ("sqlite://localhost/var/lib/flow.db", "/var/lib/flow.db"),
            ("sqlite:file://localhost/var/lib/flow.db", "/var/lib/flow.db"),
            ("sqlite:localhost/flow.db", "localhost/flow.db"),
            ("sqlite://localhost.db", "localhost.db"),
            ("sqlite:file%3Aflow.db", "file:flow.db"),
        ] {
            assert_eq!(path(url), Some(Ok(PathBuf::from(expected))), "{url}");
        }
        assert_eq!(path("postgres://h/d"), None);
        assert_eq!(path("flow.db"), None);
        for url in [
            "sqlite:",
            "sqlite://",
            "sqlite:file:",
            "sqlite://localhost/",
            "sqlite::memory:",
            "sqlite:x.db?mode=ro",
            "sqlite:%zz",
        ] {
            assert!(matches!(path(url), Some(Err(_))), "{url}");
        }
    }
}
