//! A line of text while it is typed.

use crossterm::event::KeyCode;
use unicode_segmentation::UnicodeSegmentation;

use super::{keymap::Key, msg::Edit};
use crate::domain::text::clean;

/// Longest text that may be typed, in bytes.
const LONGEST: usize = 200;

/// A line of text while it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEditor {
    text: String,
    /// What was typed or pasted last did not fit.
    is_cut: bool,
}

impl From<String> for LineEditor {
    fn from(text: String) -> Self {
        Self { text, is_cut: false }
    }
}

impl LineEditor {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What to say of text that did not fit.
    pub fn cut(&self) -> Option<String> {
        self.is_cut.then(|| format!("Cut: {LONGEST} bytes fit"))
    }

    /// Changes the text; what concerns no text is left to whoever shows the line.
    pub fn edit(&mut self, edit: &Edit) {
        self.is_cut = false;
        match edit {
            Edit::Insert(more) => self.insert(more),
            Edit::Backspace => {
                self.text.pop();
            }
            Edit::DeleteWord => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            Edit::Clear => self.text.clear(),
            Edit::Accept | Edit::Cancel | Edit::Up | Edit::Down => {}
        }
    }

    /// As much as fits.
    fn insert(&mut self, more: &str) {
        for cluster in more.graphemes(true).map(clean) {
            if self.text.len() + cluster.len() > LONGEST {
                self.is_cut = true;
                return;
            }
            self.text.push_str(&cluster);
        }
    }
}

/// What a key does to a line.
pub fn edit_of(key: Key) -> Option<Edit> {
    match (key.code, key.ctrl) {
        (KeyCode::Enter, _) => Some(Edit::Accept),
        (KeyCode::Esc, _) => Some(Edit::Cancel),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => Some(Edit::Backspace),
        (KeyCode::Backspace | KeyCode::Char('w'), true) => Some(Edit::DeleteWord),
        (KeyCode::Char('u'), true) => Some(Edit::Clear),
        (KeyCode::Up, _) | (KeyCode::Char('p'), true) => Some(Edit::Up),
        (KeyCode::Down, _) | (KeyCode::Char('n'), true) => Some(Edit::Down),
        (KeyCode::Char(c), false) if !key.alt => Some(Edit::Insert(c.to_string())),
        _ => None,
    }
}
