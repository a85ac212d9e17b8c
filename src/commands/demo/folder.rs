//! Where the demo keeps its database: a folder that only we may enter, and that goes with all it holds. What a demo
//! that was killed has left, the next one removes.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use uuid::Uuid;

/// What the names of all of them begin with.
const NAME: &str = "flowlens-demo-";
/// The file in it that is locked while its demo lives.
const LOCK: &str = "lock";
/// The file's content, as soon as it is locked.
const LOCKED: &[u8] = b"locked while its demo lives\n";
/// A folder without that file or content is a demo's that has just begun, or one of an earlier version.
const BEGINNING: Duration = Duration::from_mins(10);
/// How often the folder is removed again when that fails, and after which time.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Folder {
    path: PathBuf,
    /// Held while it is there.
    lock: Option<File>,
}

impl Folder {
    /// One that is not there yet.
    pub(super) fn within(parent: &Path) -> Self {
        Self { path: parent.join(format!("{NAME}{}", Uuid::new_v4().simple())), lock: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it, and removes those of others that are gone.
    pub(super) fn make(&mut self) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(&self.path)?;
        let lock = open_lock(&self.path, true)?;
        lock.lock()?;
        (&lock).write_all(LOCKED)?;
        self.lock = Some(lock);
        self.remove_stale();
        Ok(())
    }

    /// What cannot be looked at or removed is left: it is not worth a failure.
    fn remove_stale(&self) {
        let (Some(parent), Ok(own)) = (self.path.parent(), fs::symlink_metadata(&self.path)) else { return };
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME));
            if !is_named || path == self.path {
                continue;
            }
            let is_ours = |meta: &fs::Metadata| meta.is_dir() && meta.uid() == own.uid();
            if fs::symlink_metadata(&path).is_ok_and(|meta| is_ours(&meta) && is_stale(&path, &meta)) {
                match fs::remove_dir_all(&path) {
                    Ok(()) => tracing::info!(path = %path.display(), "removed what a demo had left"),
                    Err(error) => tracing::warn!(path = %path.display(), %error, "left by a demo"),
                }
            }
        }
    }
}

fn open_lock(folder: &Path, new: bool) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(new).mode(0o600).open(folder.join(LOCK))
}

/// Whether nobody holds its lock any more.
fn is_stale(folder: &Path, meta: &fs::Metadata) -> bool {
    let is_beginning = match open_lock(folder, false) {
        // Looked at under the lock: its demo cannot be about to write.
        Ok(lock) if lock.try_lock().is_ok() => lock.metadata().is_ok_and(|lock| lock.len() == 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Ok(_) | Err(_) => return false,
    };
    !is_beginning || meta.modified().is_ok_and(is_long_ago)
}

#[expect(clippy::disallowed_methods, reason = "the age of a file")]
fn is_long_ago(at: SystemTime) -> bool {
    SystemTime::now().duration_since(at).is_ok_and(|age| age > BEGINNING)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.lock.is_none() {
            return;
        }
        // A connection that was still busy may be making a file there.
        let mut tries = 0..TRIES;
        while let Err(error) = fs::remove_dir_all(&self.path) {
            if error.kind() == io::ErrorKind::NotFound && !self.path.exists() {
                return;
            }
            if tries.next().is_none() {
                tracing::warn!("cannot remove {}: {error}", self.path.display());
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_folder_is_private_and_goes() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = Folder::within(parent.path());
        folder.make().unwrap();
        fs::write(folder.path.join("demo.db-wal"), "x").unwrap();
        assert_eq!(fs::metadata(&folder.path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert_eq!(names(parent.path()), Vec::<String>::new());
    }

    #[test]
    fn what_others_have_left_goes_and_what_is_in_use_or_not_ours_stays() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let mut live = Folder::within(parent.path());
        live.make().unwrap();
        for name in [
            "flowlens-demo-killed",
            "flowlens-demo-beginning",
            "flowlens-demo-locking",
            "flowlens-demo-old",
            "another",
        ] {
            fs::create_dir(at(name)).unwrap();
            fs::write(at(name).join("demo.db"), "x").unwrap();
        }
        fs::write(at("flowlens-demo-killed").join(LOCK), LOCKED).unwrap();
        // Its lock file is there, and will be locked in a moment.
        fs::write(at("flowlens-demo-locking").join(LOCK), "").unwrap();
        let old = File::open(at("flowlens-demo-old")).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        fs::write(at("flowlens-demo-a-file"), "x").unwrap();
        symlink(at("another"), at("flowlens-demo-a-link")).unwrap();

        let mut folder = Folder::within(parent.path());
        folder.make().unwrap();
        let mut left = names(parent.path());
        left.retain(|name| !at(name).join(LOCK).exists());
        assert_eq!(
            left,
            ["another", "flowlens-demo-a-file", "flowlens-demo-a-link", "flowlens-demo-beginning"]
        );
        let others = [&live.path, &folder.path, &at("flowlens-demo-locking")];
        assert!(others.iter().all(|path| path.exists()) && at("another").join("demo.db").exists());
    }
}
