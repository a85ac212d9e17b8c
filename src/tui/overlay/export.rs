//! A file to write what is shown to: its path is typed, and its ending says in which form.

use std::path::Path;

use ratatui::Frame;

use super::{Backdrop, Layer, Reaction, prompt::prompt};
use crate::{
    domain::text::counted,
    report::Form,
    tui::{
        geometry::{Area, middle},
        keymap::{Hint, Keymap, fixed_hints},
        line::LineEditor,
        msg::Edit,
        pen::boxed,
        theme::Theme,
    },
};

/// The path that is typed.
#[derive(Clone, Debug, Default)]
pub struct ExportFile {
    pub line: LineEditor,
    /// Pull requests that are shown.
    count: usize,
    /// Why it was not written.
    refused: Option<String>,
}

impl ExportFile {
    /// A file of this name, in the first form.
    pub fn new(stem: &str, count: usize) -> Self {
        let line = format!("{stem}.{}", Form::ALL[0].ending()).as_str().into();
        Self { line, count, refused: None }
    }

    /// It was not written; another path may be typed.
    pub fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    fn form(&self) -> Option<Form> {
        let ending = Path::new(self.line.text().trim()).extension()?.to_str()?;
        Form::ALL.into_iter().find(|form| form.ending().eq_ignore_ascii_case(ending))
    }

    /// The form that many places after this one.
    fn turn(&mut self, by: usize) {
        let at = self.form().and_then(|form| Form::ALL.iter().position(|other| *other == form));
        let next = at.map_or(Form::ALL[0], |at| Form::ALL[(at + by) % Form::ALL.len()]);
        let text = self.line.text();
        let stem = at.and_then(|_| text.rsplit_once('.')).map_or(text, |(stem, _)| stem);
        self.line = format!("{stem}.{}", next.ending()).as_str().into();
        self.refused = None;
    }
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 70, 8)
}

impl Layer for ExportFile {
    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        fixed_hints([("Enter", "writes"), ("Tab", "form"), ("Esc", "closes")])
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, _: Backdrop<'_>) -> Reaction {
        match edit {
            Edit::Accept => match self.form() {
                Some(form) => return Reaction::Export(self.line.text().trim().to_owned(), form),
                None => self.refused = Some("The path must end in .csv, .json or .md".to_owned()),
            },
            Edit::Cancel => return Reaction::Close,
            Edit::Up | Edit::ListUp => self.turn(Form::ALL.len() - 1),
            Edit::Down | Edit::ListDown | Edit::Tab => self.turn(1),
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.refused = None;
                }
            }
        }
        Reaction::Stay
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let title = format!(" Write {} to a file ", counted(self.count, "pull request"));
        let inside = boxed(frame, area(back), &title, theme);
        let mut pen = prompt(frame, inside, theme, " > ", &self.line);
        pen.newline();
        pen.put("   ", theme.dim());
        for form in Form::ALL {
            let style = if self.form() == Some(form) { theme.strong() } else { theme.dim() };
            pen.put(&format!("{}  ", form.name()), style);
        }
        pen.newline();
        pen.newline();
        let (text, style) = match &self.refused {
            Some(why) => (why.as_str(), theme.bad()),
            None => {
                ("A new file, which only you can read; relative to the folder where this began.", theme.dim())
            }
        };
        let cells = usize::from(inside.width).saturating_sub(6);
        pen.to(3);
        let lines = pen.lines_left();
        pen.paragraph_within(text, style, lines, cells);
    }
}
