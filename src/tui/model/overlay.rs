//! What lies over the panes.

use crate::domain::{
    files::{Files, patch_row},
    ids::PrKey,
};

/// What lies over the panes. One at a time.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys and the filter language, from this line on.
    Help {
        /// First line shown.
        top: usize,
    },
    /// The changed files of one pull request.
    Files(FilesView),
    /// Commands and repositories.
    Palette {
        /// What was typed.
        text: String,
        /// Index among the matches.
        cursor: usize,
    },
    /// New insights of so many that a slip of the hand must not ask for them.
    Confirm {
        /// Of which, in words.
        what: String,
        /// Of which.
        keys: Vec<PrKey>,
        /// They are the marked ones: then the marks have served.
        marked: bool,
    },
    /// A text that could not be opened or copied for certain: shown unbroken.
    Text {
        /// What it is.
        title: String,
        /// The text.
        text: String,
    },
}

/// The files overlay.
#[derive(Clone, Debug)]
pub struct FilesView {
    /// Whose files.
    pub key: PrKey,
    /// The files, once they have come, or why they have not.
    pub files: Option<Result<Files, String>>,
    /// Index of the selected file.
    pub cursor: usize,
    /// First line of its patch that is shown.
    pub scroll: usize,
    /// What it was opened for.
    pub spot: Option<Spot>,
}

/// A place in a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its path.
    pub file: String,
    /// Line of the new file.
    pub line: Option<u32>,
}

/// Where a spot is in the files that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Index of the file.
    pub file: usize,
    /// Row of its patch; `None` where no line is asked for, or the patch does not show it.
    pub row: Option<usize>,
}

impl FilesView {
    /// The files of this pull request, to be read, and opened at a spot.
    pub const fn new(key: PrKey, spot: Option<Spot>) -> Self {
        Self { key, files: None, cursor: 0, scroll: 0, spot }
    }

    /// Where its spot is; `None` where there is none, or its file is not among them.
    pub fn found(&self) -> Option<Found> {
        let (Some(Ok(Files::Known(files))), Some(spot)) = (&self.files, &self.spot) else { return None };
        let at = files.iter().position(|file| file.path == spot.file.trim())?;
        let patch = files.get(at).and_then(|file| file.patch.as_deref());
        let row = patch.zip(spot.line).and_then(|(patch, line)| patch_row(patch, line));
        Some(Found { file: at, row })
    }
}
