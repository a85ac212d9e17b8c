//! The line editor: its keys, its text with the cursor, its drawing, and the history of lines.

use crossterm::event::KeyCode;
use ratatui::style::Style;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    keymap::Key,
    msg::{Edit, LineEdit},
    pen::Pen,
};
use crate::domain::text::{clean, truncate, truncate_start, width};

/// Most lines of a history.
const REMEMBERED: usize = 50;

/// A line of text while it is typed.
#[derive(Clone, Debug, Default)]
pub struct LineEditor {
    input: Input,
    /// The last insertion did not fit.
    is_cut: bool,
}

impl From<&str> for LineEditor {
    fn from(text: &str) -> Self {
        Self { input: text.into(), is_cut: false }
    }
}

impl LineEditor {
    /// Longest text that may be typed, in bytes.
    pub const LONGEST: usize = 200;

    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The text before the cursor, and from the cursor on.
    pub fn halves(&self) -> (&str, &str) {
        let text = self.text();
        let at = text.char_indices().nth(self.input.cursor()).map_or(text.len(), |(at, _)| at);
        text.split_at_checked(at).unwrap_or((text, ""))
    }

    /// A message about text that did not fit.
    pub fn cut(&self) -> Option<String> {
        self.is_cut.then(|| format!("Cut: {} bytes fit", Self::LONGEST))
    }

    /// Changes the text, or moves the cursor. True where the text has changed.
    pub fn edit(&mut self, edit: &LineEdit) -> bool {
        self.is_cut = false;
        let request = match edit {
            LineEdit::Insert(more) => return self.insert(more),
            LineEdit::DeleteWord => return self.delete_word(),
            LineEdit::Clear => InputRequest::DeleteLine,
            LineEdit::Backspace => InputRequest::DeletePrevChar,
            LineEdit::Delete => InputRequest::DeleteNextChar,
            LineEdit::Left => InputRequest::GoToPrevChar,
            LineEdit::Right => InputRequest::GoToNextChar,
            LineEdit::Home => InputRequest::GoToStart,
            LineEdit::End => InputRequest::GoToEnd,
        };
        self.handle(request)
    }

    /// Inserts whole characters until the limit.
    fn insert(&mut self, more: &str) -> bool {
        let mut changed = false;
        for cluster in more.graphemes(true).map(clean) {
            if self.text().len() + cluster.len() > Self::LONGEST {
                self.is_cut = true;
                break;
            }
            for c in cluster.chars() {
                changed |= self.handle(InputRequest::InsertChar(c));
            }
        }
        changed
    }

    /// Puts a text in place of that before the cursor, from so many bytes on.
    pub fn complete(&mut self, from: usize, text: &str) {
        self.delete_from(from);
        self.is_cut = false;
        self.insert(text);
    }

    /// Deletes back to so many bytes from the start.
    fn delete_from(&mut self, from: usize) -> bool {
        let count = self.halves().0.get(from..).map_or(0, |part| part.chars().count());
        (0..count).fold(false, |changed, _| self.handle(InputRequest::DeletePrevChar) || changed)
    }

    /// Deletes back to a blank, as a shell does; tui-input would stop at punctuation, and filter terms are full of it.
    fn delete_word(&mut self) -> bool {
        let before = self.halves().0;
        let kept = before.trim_end().rfind(' ').map_or(0, |at| at + 1);
        self.delete_from(kept)
    }

    fn handle(&mut self, request: InputRequest) -> bool {
        self.input.handle(request).is_some_and(|change| change.value)
    }

    /// Writes the part around the cursor that fits into `cells`; returns the column of the cursor.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, cells: usize) -> usize {
        let (before, after) = self.window(cells);
        pen.put(&before, Style::new());
        let cursor = pen.column();
        pen.put(&after, Style::new());
        cursor
    }

    /// The two halves, cut to `cells`. A long line keeps about a quarter of them ahead of the cursor; behind the last
    /// character the cursor needs a cell of its own.
    fn window(&self, cells: usize) -> (String, String) {
        let (before, after) = self.halves();
        let ahead = width(after).max(1);
        let ahead = if width(before) + ahead <= cells { ahead } else { ahead.min((cells / 4).max(1)) };
        let before = truncate_start(before, cells.saturating_sub(ahead));
        let after = truncate(after, cells.saturating_sub(width(&before)));
        (before.into_owned(), after.into_owned())
    }
}

/// The edit that a key stands for while a line is typed.
pub fn edit_of(key: Key) -> Option<Edit> {
    let line = |edit| Some(Edit::Line(edit));
    match (key.code, key.ctrl) {
        (KeyCode::Enter, _) => Some(Edit::Accept),
        (KeyCode::Esc, _) => Some(Edit::Cancel),
        (KeyCode::Up, _) => Some(Edit::Up),
        (KeyCode::Down, _) => Some(Edit::Down),
        (KeyCode::Tab, _) => Some(Edit::Tab),
        (KeyCode::Char('p'), true) => Some(Edit::ListUp),
        (KeyCode::Char('n'), true) => Some(Edit::ListDown),
        (KeyCode::Left, _) => line(LineEdit::Left),
        (KeyCode::Right, _) => line(LineEdit::Right),
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => line(LineEdit::Home),
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => line(LineEdit::End),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => line(LineEdit::Backspace),
        (KeyCode::Delete, _) | (KeyCode::Char('d'), true) => line(LineEdit::Delete),
        (KeyCode::Backspace | KeyCode::Char('w'), true) => line(LineEdit::DeleteWord),
        (KeyCode::Char('u'), true) => line(LineEdit::Clear),
        (KeyCode::Char(c), false) if !key.alt => line(LineEdit::Insert(c.to_string())),
        _ => None,
    }
}

/// Lines typed before, and the place among them while a new line is typed.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Newest last.
    lines: Vec<String>,
    /// Index of the recalled line, and the text that it replaced.
    shown: Option<(usize, String)>,
}

impl From<Vec<String>> for History {
    fn from(lines: Vec<String>) -> Self {
        let mut history = Self::default();
        for line in lines {
            history.remember(&clean(&line));
        }
        history
    }
}

impl History {
    /// Newest last.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// A new line begins: nothing is recalled.
    pub fn rewind(&mut self) {
        self.shown = None;
    }

    /// Adds a line as the newest.
    pub fn remember(&mut self, line: &str) {
        self.lines.retain(|other| other != line);
        if !line.trim().is_empty() {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > REMEMBERED {
            self.lines.remove(0);
        }
    }

    /// Recalls the next older line that differs from the typed text; `None` at the oldest.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        let (end, draft) = match &self.shown {
            Some((at, draft)) => (*at, draft.clone()),
            None => (self.lines.len(), typed.to_owned()),
        };
        let at = self.lines.iter().take(end).rposition(|line| *line != draft && line != typed)?;
        self.shown = Some((at, draft));
        self.lines.get(at).cloned()
    }

    /// Recalls the next newer line; behind the newest the text that was typed, and then `None`.
    pub fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.shown.take()?;
        let Some((at, line)) = self.lines.iter().enumerate().skip(at + 1).find(|(_, line)| **line != draft)
        else {
            return Some(draft);
        };
        self.shown = Some((at, draft));
        Some(line.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with its cursor as `|`.
    fn shown((before, after): (&str, &str)) -> String {
        format!("{before}|{after}")
    }

    #[test]
    fn the_part_around_the_cursor_fits_and_cuts_no_glyph() {
        for (text, lefts, cells, want) in [
            ("short", 0, 20, "short|"),
            ("short", 5, 20, "|short"),
            ("short", 0, 6, "short|"),
            ("short", 0, 5, "…ort|"),
            ("short", 2, 5, "sho|rt"),
            ("0123456789", 0, 6, "…6789|"),
            ("0123456789", 3, 6, "…3456|…"),
            ("0123456789", 8, 6, "01|234…"),
            ("0123456789", 10, 6, "|01234…"),
            ("認証トークンの更新", 0, 10, "…ンの更新|"),
            ("認証トークンの更新", 5, 10, "認証トー|…"),
            ("認証トークンの更新", 9, 10, "|認証トー…"),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 1, 3, "…e\u{301}|e\u{301}"),
            ("abc", 1, 1, "|c"),
            ("abc", 1, 0, "|"),
        ] {
            let mut line = LineEditor::from(text);
            for _ in 0..lefts {
                line.edit(&LineEdit::Left);
            }
            let (before, after) = line.window(cells);
            assert_eq!(shown((&before, &after)), want, "{text} at {lefts} in {cells}");
            assert!(width(&before) + width(&after) <= cells);
        }
    }

    #[test]
    fn the_line_and_its_cursor_stay_within_the_cells() {
        let text = "is:open 認証 ☺ e\u{301} x";
        for cells in 0..30 {
            let mut line = LineEditor::from(text);
            for _ in 0..=text.chars().count() {
                let (before, after) = line.window(cells);
                assert!(width(&before) + width(&after) <= cells, "{cells}: {before}|{after}");
                assert!(
                    cells == 0 || width(&before) < cells,
                    "{cells}: no cell for the cursor: {before}|{after}"
                );
                line.edit(&LineEdit::Left);
            }
        }
    }

    #[test]
    fn history_goes_back_and_forth_and_keeps_what_was_typed() {
        let mut history = History::from(["a", "b", "", "a", "c"].map(str::to_owned).to_vec());
        assert_eq!(history.lines(), ["b", "a", "c"], "each once, the newest last");
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(history.newer(), None);
        assert_eq!(history.older("typed"), some("c"));
        assert_eq!(history.older("c"), some("a"));
        assert_eq!(history.older("a, changed"), some("b"));
        assert_eq!(history.older("b"), None);
        assert_eq!(
            (history.newer(), history.newer(), history.newer()),
            (some("a"), some("c"), some("typed"))
        );
        assert_eq!(history.newer(), None);
        assert_eq!(
            (history.older("c"), history.newer()),
            (some("a"), some("c")),
            "the filter in force is the newest"
        );
        for n in 0..200 {
            history.remember(&n.to_string());
        }
        assert_eq!((history.lines().len(), history.lines()[0].as_str()), (REMEMBERED, "150"));
    }
}
