//! A question before anything that a slip of the hand must not start.

use ratatui::{Frame, style::Style};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::{ids::PrKey, text::wrap},
    tui::{
        action::Action,
        geometry::{lower, middle},
        keymap::{Hint, Key, Keymap},
        msg::Msg,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Keys that mean yes and no, however the keys are bound.
const YES: [&str; 2] = ["Enter", "y"];
const NO: [&str; 2] = ["esc", "n"];

/// A yes or a no.
#[derive(Clone, Debug)]
pub struct Confirm {
    pub title: &'static str,
    /// What is to be done.
    pub what: String,
    /// What a yes starts.
    pub yes: Reaction,
}

impl Confirm {
    /// Before many insights are asked for; `what` is the number and kind of pull requests.
    pub fn ask(what: String, wanted: Wanted) -> Self {
        Self { title: " Ask for new insights? ", what, yes: Reaction::Ask(wanted) }
    }

    /// Nobody has pressed a key for it: whoever presses Enter just then means something else.
    const fn comes_by_itself(&self) -> bool {
        matches!(self.yes, Reaction::Remember(_))
    }

    fn yes_keys(&self) -> &'static [&'static str] {
        if self.comes_by_itself() { &YES[1..] } else { &YES }
    }
}

/// The insights that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Pull requests that new insights are asked of.
    pub keys: Vec<PrKey>,
    /// Those that are asked for already; they are waited for, too.
    pub joined: Vec<PrKey>,
    /// The keys came from marks: clear them.
    pub marked: bool,
}

impl Layer for Confirm {
    fn keys(&self) -> Keys {
        &[]
    }

    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        vec![(self.yes_keys().join(" "), "yes"), ("Esc n".to_owned(), "no")]
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        let is = |names: &[&str]| names.iter().any(|name| Key::parse(name) == Some(key));
        match bound {
            _ if is(self.yes_keys()) => Some(Action::Enter),
            _ if is(&NO) => Some(Action::Back),
            Some(Action::Back | Action::Quit) => Some(Action::Back),
            Some(Action::Suspend) => Some(Action::Suspend),
            _ => None,
        }
        .map(Msg::Action)
    }

    fn act(&mut self, action: Action, _: Backdrop<'_>) -> Reaction {
        match action {
            Action::Enter => self.yes.clone(),
            Action::Back => Reaction::Close,
            _ => Reaction::Stay,
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let cells = back.size.0.min(56).saturating_sub(6);
        let lines = u16::try_from(wrap(&self.what, usize::from(cells), 3).len()).unwrap_or(1);
        // What it is about is looked at meanwhile.
        let area = if self.comes_by_itself() { lower } else { middle }(back.size, cells + 6, lines + 5);
        let inside = boxed(frame, area, self.title, theme);
        let mut pen = Pen::new(frame, inside, theme);
        pen.newline();
        pen.to(2);
        pen.paragraph_within(&self.what, Style::new(), 3, usize::from(cells));
        pen.newline();
        pen.to(2);
        for (keys, means) in [(self.yes_keys(), "yes    "), (&["Esc", "n"], "no")] {
            for (n, key) in keys.iter().enumerate() {
                pen.put(if n > 0 { " or " } else { "" }, theme.dim());
                pen.put(key, theme.accent());
            }
            pen.put(&format!(" {means}"), theme.dim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Scope;

    #[test]
    fn a_question_takes_yes_and_no_however_the_keys_are_bound() {
        let confirm = Confirm::ask(String::new(), Wanted::default());
        let answer = |keymap: &Keymap, text: &str| {
            let key = Key::parse(text).unwrap();
            match confirm.translate(key, keymap.action(Scope::All, key)) {
                Some(Msg::Action(action)) => Some(action),
                other => {
                    assert_eq!(other, None);
                    None
                }
            }
        };
        let (down, copy, back) = (["y".to_owned(), "n".to_owned()], ["c".to_owned()], ["B".to_owned()]);
        let own = Keymap::new(&[("down", &down), ("snooze", &[]), ("copy", &copy), ("back", &back)]).unwrap();
        for keymap in [Keymap::default(), own.clone()] {
            for (text, means) in [
                ("enter", Some(Action::Enter)),
                ("y", Some(Action::Enter)),
                ("esc", Some(Action::Back)),
                ("n", Some(Action::Back)),
                ("q", Some(Action::Back)),
                ("ctrl-z", Some(Action::Suspend)),
                ("i", None),
                ("I", None),
                ("j", None),
                ("ctrl-y", None),
                ("space", None),
            ] {
                assert_eq!(answer(&keymap, text), means, "{text}");
            }
        }
        assert_eq!(answer(&own, "B"), Some(Action::Back));
    }
}
