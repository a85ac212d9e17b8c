//! What is shown, to be saved as a view: its name is typed, and its words for the config file can be copied.

use ratatui::Frame;

use super::{Backdrop, Layer, Reaction, prompt::prompt};
use crate::{
    domain::view::View,
    tui::{
        geometry::{Area, middle},
        keymap::{Hint, Keymap, fixed_hints},
        line::LineEditor,
        msg::Edit,
        pen::boxed,
        theme::Theme,
    },
};

/// The view, and the name typed for it.
#[derive(Clone, Debug)]
pub struct SaveView {
    view: View,
    pub line: LineEditor,
    /// Why it cannot be saved so.
    pub error: Option<String>,
}

impl SaveView {
    pub fn new(view: View, error: Option<String>) -> Self {
        Self { line: view.name.as_str().into(), view, error }
    }

    /// It, under the name that is typed.
    fn named(&self) -> View {
        View { name: self.line.text().trim().to_owned(), ..self.view.clone() }
    }
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 70, 13)
}

impl Layer for SaveView {
    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        fixed_hints([("Enter", "saves it"), ("Esc", "closes"), ("Tab", "copies its lines for the config")])
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, _: Backdrop<'_>) -> Reaction {
        match edit {
            Edit::Accept => return Reaction::SaveView(Box::new(self.named())),
            Edit::Cancel => return Reaction::Close,
            Edit::Tab => return Reaction::Copy(self.named().toml()),
            Edit::Up | Edit::Down | Edit::ListUp | Edit::ListDown => {}
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.error = None;
                }
            }
        }
        Reaction::Stay
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let inside = boxed(frame, area(back), " Save as a view: its name ", theme);
        let mut pen = prompt(frame, inside, theme, " > ", &self.line);
        pen.newline();
        let cells = usize::from(inside.width).saturating_sub(4);
        if let Some(error) = &self.error {
            pen.to(3);
            let lines = pen.lines_left();
            pen.paragraph_within(error, theme.bad(), lines, cells);
        }
        for line in self.named().toml().lines() {
            pen.put("   ", theme.dim());
            pen.line(line, theme.dim());
        }
        pen.to(1);
        let lines = pen.lines_left();
        let what = if back.is_demo {
            "It is there until you quit: the demo keeps nothing. In the config file it is for all."
        } else {
            "It is kept on this machine, for this database. In the config file it is for all."
        };
        pen.paragraph_within(what, theme.dim(), lines, cells);
    }
}
