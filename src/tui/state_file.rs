//! The state saved between runs, two files for each database: written whole, then renamed.

mod merge;
mod seen;
mod views;

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use self::seen::{SavedSeen, load_seen, save_seen};
pub use self::views::{SavedPlace, SavedView};
use super::geometry::Panes;
use crate::private;

/// Bytes: fifty long filters are ten thousand.
const LARGEST: u64 = 1024 * 1024;

/// The user's place and choices. Unknown fields of a newer version are ignored, missing ones take their default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// The name of the view that was shown last. A former version had sets instead.
    #[serde(alias = "quick_choice")]
    pub view_choice: Option<Choice<String>>,
    /// The selected pull request of that view: repository and number.
    pub selected: Option<(Uuid, i32)>,
    /// The filter that was typed there.
    pub filter: String,
    /// The name of its sort.
    pub sort_choice: Option<Choice<String>>,
    /// The name of its grouping.
    pub group_choice: Option<Choice<String>>,
    /// The names of its columns.
    pub columns_choice: Option<Choice<Vec<String>>>,
    /// The places in the other views.
    pub places: Vec<SavedPlace>,
    /// Views that were saved from the screen.
    pub views: Vec<SavedView>,
    /// The list showed this repository alone.
    pub repository: Option<Uuid>,
    /// Times instead of ages.
    pub times_choice: Option<Choice<bool>>,
    /// Filters typed before, the newest last.
    pub filters: Vec<String>,
    /// The reader's sizes and places of the panes.
    pub panes: Panes,
    /// The theme's name.
    pub theme_choice: Option<Choice<String>>,
}

/// A choice made on the screen. It holds as long as the configuration says what it said then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<T> {
    pub chosen: T,
    /// The value of the configuration at that time.
    pub configured: T,
}

impl<T: PartialEq> Choice<T> {
    /// `None` where nothing else is chosen than is configured.
    pub fn of(chosen: T, configured: T) -> Option<Self> {
        (chosen != configured).then_some(Self { chosen, configured })
    }

    /// The choice, if it was made against this value of the configuration.
    pub fn against(self, configured: &T) -> Option<T> {
        (self.configured == *configured).then_some(self.chosen)
    }
}

/// The state file of one database, in `folder`; `identity` names engine, nodes, database and user.
pub fn path(folder: &Path, identity: &str) -> PathBuf {
    let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, identity.as_bytes());
    folder.join(format!("state-{}.json", key.simple()))
}

/// Reads the file. A missing or damaged file is worth no failure: the state starts anew.
pub fn load(path: &Path) -> SavedState {
    read(path, LARGEST).unwrap_or_default()
}

fn read<T: DeserializeOwned>(path: &Path, largest: u64) -> Option<T> {
    let text = match private::read(path, largest) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the state file cannot be read");
            return None;
        }
    };
    let read = serde_json::from_str(&text);
    read.inspect_err(|error| {
        tracing::warn!(path = %path.display(), %error, "the state file is damaged and starts anew");
    })
    .ok()
}

/// Writes a draft beside the file and renames it: readable by its owner alone, never half written. What other
/// dashboards have written since stays, as [`SavedState::beside`] says; one that saves at the same time waits.
///
/// # Errors
/// The file system's.
pub fn save(path: &Path, base: &SavedState, state: SavedState, first: &str) -> io::Result<()> {
    let _lock = private::lock_beside(path)?;
    let state = match read(path, LARGEST) {
        Some(theirs) => state.beside(base, theirs, first),
        None => state,
    };
    private::write(path, serde_json::to_string_pretty(&state)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn it_comes_back_as_it_was_and_damage_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder.path().join("deep"), "postgres db-1:5433/prod as ana");
        assert_eq!(load(&path), SavedState::default());
        let state = SavedState {
            selected: Some((Uuid::nil(), 7)),
            filter: "risk:high".into(),
            ..SavedState::default()
        };
        save(&path, &SavedState::default(), state.clone(), "Open").unwrap();
        assert_eq!(load(&path), state);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft stays behind");
        fs::write(&path, "{ damaged").unwrap();
        assert_eq!(load(&path), SavedState::default());
    }

    #[test]
    fn of_many_that_save_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path(), "postgres db-1:5433/prod as ana");
        let view = |n: usize| SavedView { name: n.to_string(), ..SavedView::default() };
        std::thread::scope(|scope| {
            for n in 0..16 {
                let (path, base) = (&path, SavedState::default());
                let state = SavedState { views: vec![view(n)], ..SavedState::default() };
                scope.spawn(move || save(path, &base, state, "Open").unwrap());
            }
        });
        let mut names: Vec<usize> = load(&path).views.iter().map(|view| view.name.parse().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, (0..16).collect::<Vec<_>>());
    }
}
