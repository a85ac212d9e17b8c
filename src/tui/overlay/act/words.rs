//! Words for a review or a comment: a line, or more in the user's editor.

use ratatui::{Frame, layout::Position, style::Style};

use super::{
    Part, Turned,
    stock::{Detail, Stock},
};
use crate::{
    domain::{
        hub::ActKind,
        text::{clean, counted},
    },
    tui::{
        action::Action,
        geometry::middle,
        keymap::{Hint, Key, fixed_hints},
        line::{LineEditor, edit_of},
        msg::{Edit, LineEdit, Msg, NotWritten, Turn},
        overlay::{Backdrop, Reaction},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Lines of a longer text that are shown.
const SHOWN: usize = 8;
/// Characters that GitHub takes.
const LONGEST: usize = 65_536;

/// Without them there is nothing to send.
pub(super) const fn are_needed(kind: ActKind) -> bool {
    matches!(kind, ActKind::RequestChanges | ActKind::Comment)
}

/// They may be added in the question.
pub(super) const fn may_be_added(kind: ActKind) -> bool {
    matches!(kind, ActKind::Approve)
}

#[derive(Clone, Debug)]
pub(super) struct Words {
    kind: ActKind,
    name: String,
    line: LineEditor,
    /// From the editor, with more than the line holds; the line is not used then.
    text: Option<String>,
    error: Option<String>,
}

impl Words {
    /// Begins with what was written before, and not sent.
    pub(super) fn new(kind: ActKind, name: String, draft: &str) -> Self {
        let mut words = Self { kind, name, line: LineEditor::default(), text: None, error: None };
        words.fill(draft);
        words
    }

    fn fill(&mut self, text: &str) {
        let text = text.trim_end();
        (self.line, self.text) =
            if is_line(text) { (text.into(), None) } else { (LineEditor::default(), Some(text.to_owned())) };
    }

    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(self.line.text())
    }

    pub(super) fn written(&mut self, written: Result<Option<String>, NotWritten>) {
        self.error = None;
        match written {
            Ok(Some(text)) => self.fill(&text),
            Ok(None) => self.error = Some("Nothing was changed in the editor".to_owned()),
            Err(NotWritten { why, text }) => {
                if let Some(text) = text {
                    self.fill(&text);
                }
                self.error = Some(why);
            }
        }
    }
}

/// The line could hold it as it is.
fn is_line(text: &str) -> bool {
    text.len() <= LineEditor::LONGEST && clean(text) == text
}

impl Part for Words {
    fn hints(&self) -> Vec<Hint> {
        fixed_hints([("Enter", "asks first"), ("Tab", "$EDITOR"), ("Esc", "back")])
    }

    fn translate(&self, key: Key, _: Option<Action>) -> Option<Msg> {
        edit_of(key).map(Msg::Edit)
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, _: &Stock, _: Backdrop<'_>) -> Turned {
        match edit {
            Edit::Accept if self.text().trim().is_empty() && are_needed(self.kind) => {
                self.error = Some("It wants some words".to_owned());
            }
            Edit::Accept if self.text().chars().nth(LONGEST).is_some() => {
                self.error = Some(format!("GitHub takes {LONGEST} characters at most: Tab opens the editor"));
            }
            Edit::Accept => {
                return Turned::Ready(self.kind, Detail::Words(self.text().trim().to_owned()));
            }
            // Back to the question that they were for.
            Edit::Cancel if may_be_added(self.kind) => return Turned::Ready(self.kind, Detail::Nothing),
            Edit::Cancel => return Turned::Menu(self.kind),
            Edit::Tab => return Turned::Reaction(Reaction::Write(self.text().to_owned())),
            Edit::Up | Edit::Down | Edit::ListUp | Edit::ListDown => {}
            Edit::Line(LineEdit::Clear) if self.text.is_some() => (self.text, self.error) = (None, None),
            Edit::Line(_) if self.text.is_some() => {
                self.error = Some("Tab opens the editor with it again, Ctrl-u drops it".to_owned());
            }
            Edit::Line(edit) => {
                self.line.edit(edit);
                self.error = self.line.cut().map(|cut| format!("{cut}; Tab opens the editor"));
            }
        }
        Turned::Stay
    }

    fn wheel(&mut self, _: (u16, u16), _: Turn, _: &Stock, _: Backdrop<'_>) {}

    fn draw(&self, _: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>) {
        let written: Vec<String> = self.text.iter().flat_map(|text| text.lines().map(clean)).collect();
        let lines = u16::try_from(written.len().clamp(1, SHOWN)).unwrap_or(1);
        let area = middle(back.size, 84, lines + 6);
        let inside = boxed(frame, area, &format!(" {}: {} ", self.kind.name(), self.name), theme);
        let at = {
            let mut pen = Pen::new(frame, inside, theme);
            let at = if self.text.is_some() {
                for line in written.iter().take(SHOWN) {
                    pen.put(" ", theme.dim());
                    pen.line(line, Style::new());
                }
                None
            } else {
                pen.put(" > ", theme.accent());
                let cells = pen.room();
                let at = self.line.draw(&mut pen, cells);
                pen.newline();
                Some(at)
            };
            pen.newline();
            pen.to(1);
            let more = written.len().saturating_sub(SHOWN);
            let note = match (&self.error, more) {
                (Some(error), _) => error.clone(),
                (None, 1..) => format!("{} more", counted(more, "line")),
                (None, 0) => "A line of words; Tab: more of them in $EDITOR".to_owned(),
            };
            let style = if self.error.is_some() { theme.bad() } else { theme.dim() };
            let (lines, cells) = (pen.lines_left(), pen.room().saturating_sub(1));
            pen.paragraph_within(&note, style, lines, cells);
            at
        };
        if let Some(at) = at {
            let x = inside.x + u16::try_from(at).unwrap_or_default().min(inside.width.saturating_sub(1));
            frame.set_cursor_position(Position { x, y: inside.y });
        }
    }
}
