//! A repository or an organisation to sync from GitHub: typed, or chosen among the token's.

use ratatui::{Frame, style::Style};

use super::{Backdrop, Layer, Reaction, prompt::prompt};
use crate::{
    domain::{
        remote::{Typed, shown, typed},
        sync::{Candidate, NotListed},
    },
    tui::{
        geometry::{Area, middle},
        keymap::{Hint, Keymap, fixed_hints},
        line::LineEditor,
        msg::{Edit, Turn},
        pen::boxed,
        theme::Theme,
    },
};

/// The text typed, and what the token may read.
#[derive(Clone, Debug, Default)]
pub struct AddRepository {
    pub line: LineEditor,
    /// The GitHub that is asked.
    host: String,
    /// What was asked for here: Enter takes it back.
    asked: Vec<String>,
    /// How often nothing could be asked.
    tries: usize,
    /// `None` until they are listed.
    found: Option<Result<Vec<Candidate>, NotListed>>,
    /// Why the name that was typed cannot be taken; until it is changed.
    refused: Option<String>,
    /// The name that Enter takes; `None` until the cursor moves: the first.
    chosen: Option<String>,
}

/// A line to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    /// A word about it.
    note: String,
    /// It was asked for here.
    is_asked: bool,
}

impl AddRepository {
    pub fn new(host: String, asked: Vec<String>) -> Self {
        Self { host, asked, ..Self::default() }
    }

    /// A name to be typed again, for this is wrong with it.
    #[must_use]
    pub fn refused(mut self, name: &str, why: String) -> Self {
        self.asked.retain(|asked| !asked.eq_ignore_ascii_case(name));
        Self { line: name.into(), refused: Some(why), ..self }
    }

    pub fn take(&mut self, found: Result<Vec<Candidate>, NotListed>) {
        self.found = Some(found);
    }

    /// What is typed, then the token's repositories and what was asked for that hold it.
    fn rows(&self) -> Vec<Row> {
        let typed = self.line.text().trim();
        let lower = typed.to_ascii_lowercase();
        let is_asked = |name: &str| self.asked.iter().any(|asked| asked.eq_ignore_ascii_case(name));
        let row = |name: &str, note: String| {
            let is_asked = is_asked(name);
            let note = if is_asked { "asked for · Enter takes it back".to_owned() } else { note };
            Row { name: name.to_owned(), note, is_asked }
        };
        let listed = self.found.iter().flatten().flatten().filter(|one| !is_asked(&one.full_name));
        let listed = listed.map(|one| row(&one.full_name, format!("{} open", one.open)));
        let asked = self.asked.iter().map(|name| row(name, String::new()));
        let mut rows: Vec<Row> =
            listed.chain(asked).filter(|row| row.name.to_ascii_lowercase().contains(&lower)).collect();
        let named = match self::typed(typed, &self.host) {
            Ok(Typed::Repository(name)) => Some((name, "as typed")),
            Ok(Typed::Owner(name)) => Some((name, "all of its repositories")),
            Err(_) => None,
        };
        if let Some((name, note)) = named {
            let at = rows.iter().position(|row| row.name.eq_ignore_ascii_case(&name));
            let known = at.map(|at| rows.remove(at));
            rows.insert(0, known.unwrap_or_else(|| row(&name, note.to_owned())));
        }
        rows
    }

    fn is_refused(&self) -> bool {
        matches!(self.found, Some(Err(NotListed { is_refused: true, .. })))
    }

    fn cursor(&self, rows: &[Row]) -> usize {
        let chosen = self.chosen.as_ref();
        chosen.and_then(|chosen| rows.iter().position(|row| row.name == *chosen)).unwrap_or_default()
    }

    fn choose(&mut self, rows: &[Row], at: usize) {
        self.chosen = rows.get(at).or(rows.last()).map(|row| row.name.clone());
    }

    /// A word below the list.
    fn note(&self, rows: &[Row]) -> Option<(String, bool)> {
        if let Some(why) = &self.refused {
            return Some((why.clone(), true));
        }
        let text = self.line.text();
        if !text.trim().is_empty()
            && rows.is_empty()
            && let Err(wrong) = typed(text, &self.host)
        {
            return Some((format!("{}: {wrong}", shown(text)), true));
        }
        match &self.found {
            Some(Err(NotListed { why, is_refused: true })) => {
                let asked =
                    if self.tries > 0 { format!(" (asked {} times)", self.tries + 1) } else { String::new() };
                Some((format!("{why}. Enter asks again{asked}."), true))
            }
            Some(Err(NotListed { why, is_refused: false })) => Some((why.clone(), true)),
            None => Some(("Listing your repositories with open pull requests …".to_owned(), false)),
            Some(Ok(all)) if all.is_empty() => {
                Some(("None of your repositories has an open pull request.".to_owned(), false))
            }
            Some(Ok(_)) => None,
        }
    }
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 70, 16)
}

impl Layer for AddRepository {
    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        let rows = self.rows();
        let does = if self.is_refused() {
            "asks again"
        } else if rows.get(self.cursor(&rows)).is_some_and(|row| row.is_asked) {
            "takes it back"
        } else {
            "syncs it"
        };
        fixed_hints([("Enter", does), ("↑ ↓", "choose"), ("Esc", "closes")])
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, _: Backdrop<'_>) -> Reaction {
        let rows = self.rows();
        let cursor = self.cursor(&rows);
        match edit {
            // Nothing can be read, whatever is typed.
            Edit::Accept if self.is_refused() => {
                (self.found, self.refused) = (None, None);
                self.tries += 1;
                return Reaction::List;
            }
            Edit::Accept => {
                let does = |row: &Row| if row.is_asked { Reaction::Unsync } else { Reaction::Sync };
                return rows.get(cursor).map_or(Reaction::Stay, |row| does(row)(row.name.clone()));
            }
            Edit::Cancel => return Reaction::Close,
            Edit::Up | Edit::ListUp => self.choose(&rows, cursor.saturating_sub(1)),
            Edit::Down | Edit::ListDown | Edit::Tab => self.choose(&rows, cursor + 1),
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    (self.chosen, self.refused) = (None, None);
                }
            }
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            let rows = self.rows();
            self.choose(&rows, turn.from(self.cursor(&rows), rows.len()));
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let rows = self.rows();
        let cursor = self.cursor(&rows);
        let inside = boxed(frame, area(back), " Sync from GitHub: owner/repo, or an organisation ", theme);
        let mut pen = prompt(frame, inside, theme, " > ", &self.line);
        pen.newline();
        let note = self.note(&rows);
        let kept = if note.is_some() { 4.min(pen.lines_left().saturating_sub(1)) } else { 0 };
        let visible = pen.lines_left().saturating_sub(kept).max(1);
        let top = (cursor + 1).saturating_sub(visible);
        for (n, row) in rows.iter().enumerate().skip(top).take(visible) {
            let style = if n == cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == cursor);
            pen.put(&format!(" {}", row.name), style);
            pen.put_right(&format!("{} ", row.note), theme.dim());
            pen.newline();
        }
        if let Some((text, is_bad)) = note {
            let style = if is_bad { theme.bad() } else { theme.dim() };
            let cells = usize::from(inside.width).saturating_sub(4);
            pen.to(2);
            let lines = pen.lines_left();
            pen.paragraph_within(&text, style, lines, cells);
        }
    }
}
