//! A line of text while it is typed.

use crossterm::event::KeyCode;

use super::{keymap::Key, msg::Edit};
use crate::domain::text::clean;

/// Longest text that may be typed, in bytes.
const LONGEST: usize = 200;

/// A line of text while it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEditor {
    text: String,
}

impl From<String> for LineEditor {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl LineEditor {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Changes the text; what concerns no text is left to whoever shows the line.
    pub fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Insert(more) if self.text.len() + more.len() <= LONGEST => {
                self.text.push_str(&clean(more));
            }
            Edit::Backspace => {
                self.text.pop();
            }
            Edit::DeleteWord => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            Edit::Clear => self.text.clear(),
            Edit::Insert(_) | Edit::Accept | Edit::Cancel | Edit::Up | Edit::Down => {}
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
