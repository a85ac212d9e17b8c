//! An address in one piece, without borders beside it, so that a mouse copies it whole.

use ratatui::{Frame, style::Style, widgets::Clear};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::text::{broken, wrap},
    tui::{
        action::Action,
        geometry::middle,
        keymap::Keymap,
        pen::{Pen, rect},
        theme::Theme,
    },
};

/// Lines of a word about it.
const SAID: usize = 3;

/// An address that was not opened.
#[derive(Clone, Debug)]
pub struct ShownAddress {
    /// The page's name.
    pub title: String,
    pub url: String,
    /// Why it was not opened, where that was on purpose.
    pub doubt: Option<String>,
}

impl Layer for ShownAddress {
    fn keys(&self) -> Keys {
        &[(&[Action::Back], "closes"), (&[Action::Enter], "")]
    }

    fn act(&mut self, action: Action, _: Backdrop<'_>) -> Reaction {
        match action {
            Action::Back | Action::Enter => Reaction::Close,
            _ => Reaction::Stay,
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let columns = back.size.0;
        let cells = usize::from(columns);
        let title = format!("{}: also sent to the clipboard, if this terminal takes it (OSC 52)", self.title);
        let doubt = self.doubt.as_ref().map(|doubt| format!("Not opened: {doubt}"));
        let mut said: Vec<(String, Style)> = Vec::new();
        for (text, style) in
            [(title, theme.strong())].into_iter().chain(doubt.map(|doubt| (doubt, theme.bad())))
        {
            said.extend(wrap(&text, cells.saturating_sub(2), SAID).into_iter().map(|line| (line, style)));
        }
        let lines = broken(&self.url, cells);
        let height = u16::try_from(said.len() + lines.len() + 3).unwrap_or(u16::MAX);
        let area = middle(back.size, columns, height);
        frame.render_widget(Clear, rect(area));
        let mut pen = Pen::new(frame, area, theme);
        pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
        for (text, style) in said {
            pen.to(1);
            pen.line(&text, style);
        }
        let room = pen.lines_left().saturating_sub(2);
        for line in lines.iter().take(room) {
            pen.line(line, theme.accent());
        }
        pen.line(&format!(" {} closes", keymap.first(Action::Back)), theme.dim());
        pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
    }
}
