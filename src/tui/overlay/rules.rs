//! What the reader is told of: rules that are turned on and off, for this session or for good.

use ratatui::{Frame, style::Style};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::{
        filter::NEEDS_ME,
        notify::Rule,
        text::{fit, truncate},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Keymap},
        msg::Turn,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Cells of a rule's name.
const NAME: usize = 20;
/// Lines below the rules: a blank, and how the chosen one tells.
const BELOW: usize = 4;

/// A rule, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    pub rule: Rule,
    /// It tells.
    pub is_on: bool,
    /// The config file has it.
    pub is_kept: bool,
}

/// The rules to choose from.
#[derive(Clone, Debug)]
pub struct RulePicker {
    pub lines: Vec<RuleLine>,
    pub cursor: usize,
    /// Nobody knows the reader's login.
    lacks_login: bool,
    /// The demo keeps nothing.
    is_demo: bool,
}

impl RulePicker {
    pub fn new(lines: Vec<RuleLine>, lacks_login: bool, is_demo: bool) -> Self {
        Self { lines, cursor: 0, lacks_login, is_demo }
    }

    /// The rule at the cursor, if it can tell at all.
    fn chosen(&mut self) -> Option<&mut RuleLine> {
        let lacks_login = self.lacks_login;
        self.lines.get_mut(self.cursor).filter(|line| !(lacks_login && line.rule.filter.needs_me()))
    }

    fn area(&self, back: Backdrop<'_>) -> Area {
        middle(back.size, 76, u16::try_from(self.lines.len() + BELOW + 2).unwrap_or(u16::MAX))
    }
}

impl Layer for RulePicker {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Mark, Action::Enter], "on, off"),
            (&[Action::Back], "closes"),
            (&[Action::SaveView], "keeps it in the config file"),
            (&[Action::Up, Action::Down, Action::Top, Action::Bottom], ""),
        ]
    }

    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        let is_offered = |actions: &[Action]| !(self.is_demo && actions.contains(&Action::SaveView));
        let keys = self.keys().iter().filter(|(actions, word)| !word.is_empty() && is_offered(actions));
        keys.map(|(actions, word)| keymap.hint(actions, word)).collect()
    }

    fn act(&mut self, action: Action, _: Backdrop<'_>) -> Reaction {
        match action {
            Action::Back => Reaction::Close,
            Action::Enter | Action::Mark | Action::SaveView => {
                let Some(line) = self.chosen() else { return Reaction::Stay };
                let rule = Box::new(line.rule.clone());
                if action == Action::SaveView {
                    return Reaction::KeepRule(rule);
                }
                line.is_on = !line.is_on;
                Reaction::Tell(rule, line.is_on)
            }
            step => {
                self.cursor = step.step(self.cursor, 1, self.lines.len());
                Reaction::Stay
            }
        }
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if self.area(back).contains(x, y) {
            self.cursor = turn.from(self.cursor, self.lines.len());
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let inside = boxed(frame, self.area(back), " Rules: be told of what comes in ", theme);
        let mut pen = Pen::new(frame, inside, theme);
        let visible = pen.lines_left().saturating_sub(BELOW).max(1);
        let top = (self.cursor + 1).saturating_sub(visible);
        for (n, line) in self.lines.iter().enumerate().skip(top).take(visible) {
            let style = if n == self.cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == self.cursor);
            pen.put(if line.is_on { " [x] " } else { " [ ] " }, theme.accent());
            pen.put(&fit(&line.rule.name, NAME), style);
            let text = if line.rule.text.is_empty() { "all pull requests" } else { &line.rule.text };
            let room = pen.room().saturating_sub(2);
            pen.line(&format!(" {}", truncate(text, room)), theme.dim());
        }
        pen.newline();
        let Some(RuleLine { rule, is_on, is_kept }) = self.lines.get(self.cursor) else { return };
        pen.to(2);
        if self.lacks_login && rule.filter.needs_me() {
            pen.paragraph(&format!("{NEEDS_ME}."), theme.bad(), BELOW - 1);
        } else {
            let stands = match (is_on, is_kept) {
                (true, true) => "On, as the config file says: it tells",
                (true, false) => "On until you quit: it tells",
                (false, true) => "Off until you quit. Turned on, it tells",
                (false, false) => "Off. Turned on, it tells",
            };
            pen.paragraph(&format!("{stands} by {}.", rule.means()), theme.dim(), BELOW - 1);
        }
    }
}
