//! An embedded database's file: how it is named, and what stands beside it.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{
    domain::{
        address::{self, AddressError},
        source::Cause,
    },
    store::engine::{error::StoreError, migrations::SQLITE},
};

/// An embedded database's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    shown: String,
    /// It is made where it is not there.
    pub(super) is_made: bool,
    pub(super) migrations: &'static [&'static str],
}

/// Which file it is, whatever its name.
pub(in crate::store) type Inode = (u64, u64);

impl File {
    /// The database in this file, which need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { shown: path.display().to_string(), path, is_made: true, migrations: SQLITE }
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

    /// The same file for whoever only reads: while it is not there, it is empty.
    #[must_use]
    pub fn not_made(self) -> Self {
        Self { is_made: false, ..self }
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

    /// SQLite's own files: the write-ahead log and its index.
    pub(super) fn beside(&self) -> [PathBuf; 2] {
        ["-wal", "-shm"].map(|end| {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            path.into()
        })
    }

    /// Bytes in the log.
    pub(super) fn log_len(&self) -> u64 {
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

pub(super) fn inode(meta: &fs::Metadata) -> Inode {
    (meta.dev(), meta.ino())
}

/// Which file the path names now.
pub(super) fn inode_of(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().as_ref().map(inode)
}

/// Whether this process has the file open that the path names now; true where there is none, or no way to know.
pub(super) fn is_open(path: &Path) -> bool {
    let (Some(there), Ok(open)) = (inode_of(path), fs::read_dir("/proc/self/fd")) else { return true };
    open.flatten().any(|descriptor| inode_of(&descriptor.path()) == Some(there))
}

/// The file was moved or deleted while it was open.
pub(super) fn moved() -> StoreError {
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
