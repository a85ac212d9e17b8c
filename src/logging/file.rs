//! The log file: bounded, private, and shared by several processes.
//!
//! Our own rather than a crate: those that bound the size rename without a lock, so that two processes
//! overwrite each other's old logs, or write from a thread of their own, which costs the first frame
//! time and loses the last lines of a crash.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::private;

/// A file that is only appended to, and renamed to `….1` when it is full.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    limit: u64,
}

impl LogFile {
    /// Opens or creates the file, and its folder; both for the user alone.
    pub(super) fn open(path: &Path, limit: u64) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: open(path)?, limit })
    }

    /// Appends a line in one write, which does not mix with those of other processes.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        // A terminal or a pipe (`--log-file /dev/stderr`) is never full; a deleted file is left.
        if metadata.is_file() && (metadata.len() >= self.limit || metadata.nlink() == 0) {
            self.turn_over()?;
        }
        self.file.write_all(line)
    }

    fn turn_over(&mut self) -> io::Result<()> {
        match self.file.try_lock() {
            // Another process is renaming this very file: the next line will find the new one.
            Err(TryLockError::WouldBlock) => return Ok(()),
            // A file system without locks: at worst an old log is lost.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // Another process may have renamed it before.
        if self.is_current()? {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            fs::rename(&self.path, old)?;
        }
        // The lock ends with the old handle.
        self.file = open(&self.path)?;
        Ok(())
    }

    /// Whether the path still leads to the open file.
    fn is_current(&self) -> io::Result<bool> {
        let open = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    match (private::append(path), path.parent()) {
        (Err(error), Some(folder)) if error.kind() == ErrorKind::NotFound => {
            private::make_folder(folder)?;
            private::append(path)
        }
        (result, _) => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn folder_and_file_are_private() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/log/flowlens.log");
        LogFile::open(&path, 100).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn it_stays_bounded() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.log");
        let mut log = LogFile::open(&path, 100).unwrap();
        for n in 0..100 {
            log.append(format!("line {n:03}\n").as_bytes()).unwrap();
        }
        let old = home.path().join("x.log.1");
        assert!(fs::metadata(&path).unwrap().len() <= 109 && fs::metadata(&old).unwrap().len() <= 109);
        let all: Vec<_> = lines(&old).into_iter().chain(lines(&path)).collect();
        assert_eq!(all.last().unwrap(), "line 099");
        let mut sorted = all.clone();
        sorted.sort();
        assert_eq!(all, sorted);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn who_else_writes_follows_to_the_new_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.log");
        let (mut a, mut b) = (LogFile::open(&path, 20).unwrap(), LogFile::open(&path, 20).unwrap());
        a.append(b"first of a, long\n").unwrap();
        b.append(b"first of b\n").unwrap();
        a.append(b"second of a\n").unwrap();
        b.append(b"second of b\n").unwrap();
        assert_eq!(lines(&home.path().join("x.log.1")), ["first of a, long", "first of b"]);
        assert_eq!(lines(&path), ["second of a", "second of b"], "the new file was not renamed again");
    }

    #[test]
    fn many_writers_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.log");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let mut log = LogFile::open(&path, 20_000).unwrap();
                scope.spawn(move || {
                    for n in 0..250 {
                        log.append(format!("writer {writer} {n:03}\n").as_bytes()).unwrap();
                    }
                });
            }
        });
        // 2 000 lines of 13 bytes make it turn over exactly once.
        let mut all = lines(&home.path().join("x.log.1"));
        all.extend(lines(&path));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 2_000);
    }

    #[test]
    fn a_deleted_file_is_begun_anew() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.log");
        let mut log = LogFile::open(&path, 1_000).unwrap();
        fs::remove_file(&path).unwrap();
        log.append(b"here\n").unwrap();
        assert_eq!(lines(&path), ["here"]);
    }

    #[test]
    fn a_device_is_never_renamed() {
        let mut log = LogFile::open(Path::new("/dev/null"), 0).unwrap();
        log.append(b"gone\n").unwrap();
    }
}
