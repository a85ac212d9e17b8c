//! What was looked at, in a file of its own beside the state: it has a number for each pull request in view.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::read;
use crate::private;

/// Bytes: a million pull requests are twenty million.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Pull requests as they were when the reader looked at them last. Unknown fields of a newer version are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedSeen {
    /// The server's clock at the end of the last visit; `None`: this is the first one.
    pub at: Option<DateTime<Utc>>,
    /// For each repository, of each number the print.
    pub prints: BTreeMap<Uuid, BTreeMap<i32, u64>>,
    /// Hidden until then; `None`: until something changes.
    pub snoozed: BTreeMap<Uuid, BTreeMap<i32, Option<DateTime<Utc>>>>,
}

/// Reads the file that stands beside the state file. Without it, nothing is news.
pub fn load_seen(state: &Path) -> SavedSeen {
    read(&path(state), LARGEST).unwrap_or_default()
}

/// Writes it as [`super::save`] does: what is made of the file as it is by now, if there is one that can be read.
///
/// # Errors
/// The file system's.
pub fn save_seen(state: &Path, seen: impl FnOnce(Option<SavedSeen>) -> Option<SavedSeen>) -> io::Result<()> {
    let path = path(state);
    let _lock = private::lock_beside(&path)?;
    match seen(read(&path, LARGEST)) {
        Some(seen) => private::write(&path, serde_json::to_string(&seen)?.as_bytes()),
        None => Ok(()),
    }
}

fn path(state: &Path) -> PathBuf {
    let name = state.file_name().map(|name| name.to_string_lossy().replacen("state-", "", 1));
    state.with_file_name(format!("seen-{}", name.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{super::path as state_path, *};

    #[test]
    fn it_stands_beside_the_state_and_damage_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let state = state_path(folder.path(), "postgres db-1:5433/prod as ana");
        assert_eq!(load_seen(&state), SavedSeen::default());
        let seen = SavedSeen {
            at: DateTime::from_timestamp(1_790_000_000, 0),
            prints: BTreeMap::from([(Uuid::nil(), BTreeMap::from([(421, u64::MAX >> 24)]))]),
            snoozed: BTreeMap::from([(Uuid::nil(), BTreeMap::from([(7, None)]))]),
        };
        save_seen(&state, |_| Some(seen.clone())).unwrap();
        assert_eq!(load_seen(&state), seen);
        assert!(!state.exists(), "each has its file");
        std::fs::write(path(&state), "{ damaged").unwrap();
        assert_eq!(load_seen(&state), SavedSeen::default());
    }
}
