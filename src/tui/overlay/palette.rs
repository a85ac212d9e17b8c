//! The palette: commands and repositories, found by typing.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{Frame, layout::Position, style::Style};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::ids::RepoId,
    tui::{
        action::{Action, BINDINGS, KeyGroup},
        geometry::{Area, middle},
        keymap::{Hint, Key, Keymap},
        line::{LineEditor, edit_of},
        msg::{Edit, Msg, Turn},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Ranks matches of a name above all matches of a description.
const NAME_BONUS: u32 = 10_000;

/// An entry of the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Action(Action),
    /// A repository to narrow the list to.
    Repository(RepoId),
}

/// The text typed, and the cursor among the offers.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub line: LineEditor,
    /// The offer that Enter takes, whatever comes above it meanwhile; `None` until the cursor moves: the first.
    pub chosen: Option<Offer>,
}

impl Palette {
    /// Index of the offer that Enter takes.
    pub fn cursor(&self, offers: &[Offer]) -> usize {
        self.chosen.and_then(|chosen| offers.iter().position(|offer| *offer == chosen)).unwrap_or_default()
    }

    /// The offers that match the text, best first.
    pub fn offers(&self, back: Backdrop<'_>) -> Vec<Offer> {
        let pattern = Pattern::parse(self.line.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |words: &str| pattern.score(Utf32Str::new(words, &mut buffer), &mut matcher);
        let mut scored: Vec<(u32, Offer)> = Vec::new();
        for binding in BINDINGS.iter().filter(|binding| binding.group != KeyGroup::Files) {
            let found = score(binding.name).map(|n| n + NAME_BONUS).or_else(|| score(binding.help));
            scored.extend(found.map(|score| (score, Offer::Action(binding.action))));
        }
        for id in back.repositories {
            let found = score(back.board.full_name(*id)).map(|n| n + NAME_BONUS);
            scored.extend(found.map(|score| (score, Offer::Repository(*id))));
        }
        scored.sort_by_key(|(score, _)| Reverse(*score));
        scored.into_iter().map(|(_, offer)| offer).collect()
    }
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 70, 18)
}

impl Layer for Palette {
    fn keys(&self) -> Keys {
        &[]
    }

    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        [("Enter", "runs"), ("↑ ↓", "choose"), ("Esc", "closes")]
            .map(|(key, word)| (key.to_owned(), word))
            .into()
    }

    fn translate(&self, key: Key, _: Option<Action>) -> Option<Msg> {
        edit_of(key).map(Msg::Edit)
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn act(&mut self, _: Action, _: Backdrop<'_>) -> Reaction {
        Reaction::Stay
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let offers = self.offers(back);
        let cursor = self.cursor(&offers);
        match edit {
            Edit::Accept => {
                return match offers.get(cursor) {
                    Some(Offer::Action(action)) => Reaction::Run(*action),
                    Some(Offer::Repository(id)) => Reaction::Narrow(*id),
                    None => Reaction::Close,
                };
            }
            Edit::Cancel => return Reaction::Close,
            Edit::Up | Edit::ListUp => self.chosen = offers.get(cursor.saturating_sub(1)).copied(),
            Edit::Down | Edit::ListDown => {
                self.chosen = offers.get(cursor + 1).or(offers.last()).copied();
            }
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.chosen = None;
                }
            }
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            let offers = self.offers(back);
            self.chosen = offers.get(turn.from(self.cursor(&offers), offers.len())).copied();
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let offers = self.offers(back);
        let cursor = self.cursor(&offers);
        let cut = self.line.cut().map(|cut| format!("· {cut} ")).unwrap_or_default();
        let inside = boxed(frame, area(back), &format!(" Commands and repositories {cut}"), theme);
        let at = {
            let mut pen = Pen::new(frame, inside, theme);
            pen.put(" : ", theme.accent());
            let cells = pen.room();
            let at = self.line.draw(&mut pen, cells);
            pen.newline();
            let visible = pen.lines_left().max(1);
            let top = (cursor + 1).saturating_sub(visible);
            for (n, offer) in offers.iter().enumerate().skip(top).take(visible) {
                let style = if n == cursor { theme.strong() } else { Style::new() };
                pen.put(if n == cursor { theme.cursor() } else { " " }, theme.accent());
                match offer {
                    Offer::Action(action) => {
                        let binding = action.binding();
                        pen.put(&format!(" {:<18}", binding.name), style);
                        pen.put(binding.help, theme.dim());
                        pen.put_right(&format!("{} ", keymap.label(*action)), theme.accent());
                    }
                    Offer::Repository(id) => pen.put(&format!(" {}", back.board.full_name(*id)), style),
                }
                pen.newline();
            }
            if offers.is_empty() {
                pen.line("  Nothing matches.", theme.dim());
            }
            at
        };
        let x = inside.x + u16::try_from(at).unwrap_or_default().min(inside.width.saturating_sub(1));
        frame.set_cursor_position(Position { x, y: inside.y });
    }
}
