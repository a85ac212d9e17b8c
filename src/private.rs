//! Files and folders that are this user's alone, whatever the umask says, and that never keep anybody waiting.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    thread,
    time::Duration,
};

use rustix::fs::OFlags;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Makes a folder and those that lead to it; what is there stays as it is.
///
/// # Errors
/// The file system's.
pub fn make_folder(path: &Path) -> io::Result<()> {
    // A path without a folder is in the current one.
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(outer) = path.parent() {
        make_folder(outer)?;
    }
    match DirBuilder::new().mode(FOLDER).create(path) {
        // Another process may have been faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(FOLDER)),
    }
}

/// Makes a folder of this program's own, or closes one that is there to others.
///
/// # Errors
/// The file system's.
pub fn own_folder(path: &Path) -> io::Result<()> {
    make_folder(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o7777 == FOLDER {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(FOLDER))
}

/// How long a lock is waited for: it is held for moments, but by a process that may be stopped in one.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(2);

/// Locks the folder of a file until the value is dropped, so that nobody else who does the same reads the file and
/// writes it anew meanwhile. `None`: this file system has no locks, or somebody holds it for too long.
///
/// # Errors
/// There is no such folder, and none can be made.
pub fn lock_beside(path: &Path) -> io::Result<Option<File>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let lock = File::open(folder)?;
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "it is not locked");
                return Ok(None);
            }
        }
    }
}

/// Writes a file whole, or not at all: a draft of a name that nobody can foresee, put in its place when it is done.
///
/// # Errors
/// The file system's; then the file is as it was.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    own_folder(folder)?;
    // Made with O_EXCL; it goes with its value.
    let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
    draft.as_file().set_permissions(Permissions::from_mode(FILE))?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    Ok(())
}

/// Makes a new file, whole or not at all, in a folder that is there; what is there is never written over.
///
/// # Errors
/// The file system's; `AlreadyExists` where something of that name is there.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
    draft.as_file().set_permissions(Permissions::from_mode(FILE))?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist_noclobber(path)?;
    Ok(())
}

/// Replaces a file that is there, whole or not at all: whoever may read it still may, and a link to it stays one.
///
/// # Errors
/// The file system's; then the file is as it was.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = fs::metadata(&path)?.permissions();
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
    draft.as_file().set_permissions(permissions)?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    Ok(())
}

/// Reads a plain file of at most so many bytes.
///
/// # Errors
/// The file system's; it is no plain file (to open a pipe waits for who writes into it), or too large.
pub fn read(path: &Path, most: u64) -> io::Result<String> {
    let not_utf8 = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    String::from_utf8(content(plain(path)?, most)?).map_err(not_utf8)
}

/// Reads a plain file of at most so many bytes that holds a secret.
///
/// # Errors
/// Those of [`read`], or others can read it, too.
pub fn read_secret(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = plain(path)?;
    if is_open_to_others(&file.metadata()?) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can read it: chmod 600"));
    }
    content(file, most)
}

/// Whether the group or others may do anything with a file.
#[must_use]
pub fn is_open_to_others(file: &Metadata) -> bool {
    file.permissions().mode() & 0o077 != 0
}

fn content(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Opens a plain file for reading.
///
/// # Errors
/// The file system's, or it is no plain file.
pub fn plain(path: &Path) -> io::Result<File> {
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    // Looked at when it is open: by then it cannot be another one.
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"))
}

/// Opens a file, or makes it, to append to it. A pipe that nobody reads is an error at once.
///
/// # Errors
/// The file system's.
pub fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(FILE);
    let there = fs::metadata(path);
    if there.as_ref().is_ok_and(|meta| meta.file_type().is_fifo()) {
        options.custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    if there.is_err() {
        file.set_permissions(Permissions::from_mode(FILE))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
    }

    #[test]
    fn a_file_is_written_whole_for_this_user_alone_and_leaves_no_draft() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("state/flowlens/x.json");
        write(&path, b"one").expect("written");
        write(&path, b"two").expect("written");
        assert_eq!(read(&path, 3).expect("read"), "two");
        assert!(read(&path, 2).is_err());
        let folder = path.parent().expect("a folder");
        assert_eq!((mode(&path), mode(folder), mode(&home.path().join("state"))), (0o600, 0o700, 0o700));
        assert_eq!(fs::read_dir(folder).expect("a folder").count(), 1);
        // What an older version left open is closed; who cannot be written over is left alone.
        fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("its mode");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("its mode");
        write(&path, b"three").expect("written");
        assert_eq!((mode(&path), mode(folder)), (0o600, 0o700));
        fs::create_dir(folder.join("y.json")).expect("a folder");
        assert!(write(&folder.join("y.json"), b"x").is_err());
        assert_eq!(fs::read_dir(folder).expect("a folder").count(), 2);
    }

    #[test]
    fn a_new_file_never_takes_anothers_place() {
        let home = tempfile::tempdir().expect("a folder");
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).expect("its mode");
        let path = home.path().join("open.csv");
        create(&path, b"one").expect("written");
        assert_eq!(create(&path, b"two").expect_err("it is there").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(
            (read(&path, 9).expect("read").as_str(), mode(&path), mode(home.path())),
            ("one", 0o600, 0o755)
        );
        assert_eq!(
            create(&home.path().join("no/x"), b"x").expect_err("no folder").kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 1, "no draft stays behind");
    }

    #[test]
    fn a_secret_is_read_from_a_file_that_is_nobody_elses() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("key");
        write(&path, b"k\xff").expect("written");
        assert_eq!(read_secret(&path, 2).expect("read"), b"k\xff");
        assert!(read_secret(&path, 1).is_err() && read(&path, 2).is_err());
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("its mode");
            let error = read_secret(&path, 9).expect_err("others can read it");
            assert_eq!(error.to_string(), "others can read it: chmod 600");
        }
    }

    #[test]
    fn a_pipe_is_refused_at_once() {
        let home = tempfile::tempdir().expect("a folder");
        let pipe = home.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        assert_eq!(read(&pipe, 9).expect_err("a pipe").to_string(), "it is not a plain file");
        assert!(append(&pipe).is_err(), "nobody reads it");
        write(&pipe, b"in its place").expect("written");
        assert_eq!(read(&pipe, 20).expect("read"), "in its place");
        assert!(read(home.path(), 9).is_err());
    }
}
