//! An address in one piece, without borders beside it, so that a mouse copies it whole.

use ratatui::{Frame, widgets::Clear};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::text::broken,
    tui::{
        action::Action,
        geometry::middle,
        keymap::Keymap,
        pen::{Pen, rect},
        theme::Theme,
    },
};

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
        let lines = broken(&self.url, usize::from(columns));
        let height = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(4 + u16::from(self.doubt.is_some()));
        let area = middle(back.size, columns, height);
        frame.render_widget(Clear, rect(area));
        let mut pen = Pen::new(frame, area, theme);
        pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
        let title = &self.title;
        pen.line(
            &format!(" {title}: also sent to the clipboard, if this terminal takes it (OSC 52)"),
            theme.strong(),
        );
        if let Some(doubt) = &self.doubt {
            pen.line(&format!(" Not opened: {doubt}"), theme.bad());
        }
        let room = pen.lines_left().saturating_sub(2);
        for line in lines.iter().take(room) {
            pen.line(line, theme.accent());
        }
        pen.line(&format!(" {} closes", keymap.first(Action::Back)), theme.dim());
        pen.line(&theme.thin().repeat(usize::from(columns)), theme.accent());
    }
}
