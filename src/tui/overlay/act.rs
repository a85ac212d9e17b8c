//! Acting on pull requests: a menu, then what the action needs to know, then a question. What is asked about is fixed
//! when the menu opens; an order is fixed when its question is asked.

mod choice;
mod menu;
mod orders;
mod pick;
mod question;
mod stock;
mod words;

use ratatui::Frame;

pub use self::{choice::Choice, question::Deed, stock::Stock};
use self::{menu::Menu, pick::Picker, question::Question, stock::Detail, words::Words};
use super::{Backdrop, Keys, Layer, LogView, Reaction};
use crate::{
    domain::hub::{ActKind, Hub, Target},
    tui::{
        action::Action,
        keymap::{Hint, Key, Keymap},
        msg::{Edit, Msg, NotWritten, Turn},
        theme::Theme,
    },
};

/// The way from a menu to an action.
#[derive(Clone, Debug)]
pub struct Acting {
    stock: Stock,
    step: Step,
    /// Words that were written, and are not sent.
    draft: Option<String>,
    /// The log from which it was opened.
    pub behind: Option<Box<LogView>>,
}

#[derive(Clone, Debug)]
enum Step {
    Menu(Menu),
    /// Something is picked from a list.
    Pick(Picker),
    /// Words are written.
    Words(Words),
    /// The question.
    Ask(Question),
}

/// Where a step leads.
enum Turned {
    Stay,
    Close,
    /// Back to the menu, to the line of this one.
    Menu(ActKind),
    /// This one was chosen in the menu.
    Chosen(Choice),
    /// Words are to be written for it.
    Words(ActKind),
    /// All is known for the question.
    Ready(ActKind, Detail),
    Reaction(Reaction),
}

impl Acting {
    pub fn new(stock: Stock) -> Self {
        Self { stock, step: Step::Menu(Menu::default()), draft: None, behind: None }
    }

    /// Where it is, in a word, for tests.
    pub fn shown(&self) -> String {
        match &self.step {
            Step::Menu(menu) => menu.shown(),
            Step::Pick(picker) => format!("pick {}", picker.shown()),
            Step::Words(words) => format!("words {}", words.text()),
            Step::Ask(question) => format!("ask {}", question.title()),
        }
    }

    /// Chooses by name what the menu has a line for.
    pub fn choose(&mut self, choice: Choice, back: Backdrop<'_>) -> Reaction {
        let Step::Menu(menu) = &mut self.step else { return Reaction::Stay };
        let turned = menu.choose(choice, &self.stock, back);
        self.turn(turned, back)
    }

    /// GitHub has answered: what was chosen meanwhile is chosen now, and what was typed is taken as far as to the
    /// question. That is answered only by who has it before them.
    pub fn answered(&mut self, back: Backdrop<'_>) -> Reaction {
        if let Step::Pick(picker) = &mut self.step {
            picker.refill(&self.stock, back);
        }
        let Step::Menu(menu) = &mut self.step else { return Reaction::Stay };
        let Some(held) = menu.released(&self.stock, back) else { return Reaction::Stay };
        let mut reaction = self.turn(Turned::Chosen(held.choice), back);
        for edit in held.typed {
            if !self.is_typing() {
                break;
            }
            // More that is looked for is not forgotten for a step of the cursor.
            let next = self.edit(&edit, back);
            if next != Reaction::Stay {
                reaction = next;
            }
        }
        reaction
    }

    /// Those that the menu is about, while it is shown.
    pub fn in_menu(&self) -> &[Target] {
        if let Step::Menu(_) = self.step { &self.stock.targets } else { &[] }
    }

    /// Whether a no would keep something from being sent.
    pub fn asks(&self) -> bool {
        matches!(&self.step, Step::Ask(question) if !question.is_empty())
    }

    pub fn has_words(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| !draft.trim().is_empty())
    }

    /// Notes the words for these pull requests, until they are sent.
    pub fn keep_draft(&self, hub: &mut Hub) {
        let text = match &self.step {
            Step::Words(words) => Some(words.text()),
            Step::Menu(_) | Step::Pick(_) | Step::Ask(_) => self.draft.as_deref(),
        };
        let Some(text) = text else { return };
        for target in &self.stock.targets {
            hub.keep_draft(target.key, text);
        }
    }

    /// The editor has ended: what was written, or why nothing was.
    pub fn written(&mut self, written: Result<Option<String>, NotWritten>) {
        if let Step::Words(words) = &mut self.step {
            words.written(written);
        }
    }

    fn turn(&mut self, turned: Turned, back: Backdrop<'_>) -> Reaction {
        if let Step::Words(words) = &self.step {
            self.draft = Some(words.text().to_owned());
        }
        match turned {
            Turned::Stay => {}
            Turned::Close => return Reaction::Close,
            Turned::Menu(kind) => self.step = Step::Menu(Menu::on(Choice::Act(kind))),
            Turned::Reaction(reaction) => return reaction,
            Turned::Chosen(Choice::Checkout) => {
                self.step = Step::Ask(Question::checkout(&self.stock));
            }
            Turned::Chosen(Choice::Act(kind)) => match Picker::of(kind, &self.stock, back) {
                Some(picker) => self.step = Step::Pick(picker),
                None if words::are_needed(kind) => return self.turn(Turned::Words(kind), back),
                None => return self.turn(Turned::Ready(kind, Detail::of(kind, &self.stock, back)), back),
            },
            Turned::Words(kind) => {
                let kept = self.stock.targets.iter().find_map(|target| back.hub.draft(target.key));
                let draft = self.draft.as_deref().or(kept).unwrap_or_default();
                self.step = Step::Words(Words::new(kind, self.stock.name(), draft));
            }
            Turned::Ready(kind, detail) => {
                self.step = Step::Ask(Question::new(kind, &detail, &self.stock, back));
            }
        }
        Reaction::Stay
    }
}

/// A step: its keys and its drawing.
trait Part {
    fn hints(&self) -> Vec<Hint>;

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg>;

    fn is_typing(&self) -> bool {
        false
    }

    fn act(&mut self, _action: Action, _stock: &Stock, _back: Backdrop<'_>) -> Turned {
        Turned::Stay
    }

    fn edit(&mut self, edit: &Edit, stock: &Stock, back: Backdrop<'_>) -> Turned;

    fn wheel(&mut self, cell: (u16, u16), turn: Turn, stock: &Stock, back: Backdrop<'_>);

    fn draw(&self, stock: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>);
}

/// The part of a step, borrowed as the step is.
macro_rules! part {
    ($step:expr) => {
        match $step {
            Step::Menu(part) => part,
            Step::Pick(part) => part,
            Step::Words(part) => part,
            Step::Ask(part) => part,
        }
    };
}

impl Acting {
    fn part(&self) -> &dyn Part {
        part!(&self.step)
    }

    fn part_mut(&mut self) -> (&mut dyn Part, &Stock) {
        let part: &mut dyn Part = part!(&mut self.step);
        (part, &self.stock)
    }
}

impl Layer for Acting {
    fn keys(&self) -> Keys {
        &[]
    }

    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        self.part().hints()
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        self.part().translate(key, bound)
    }

    fn is_typing(&self) -> bool {
        self.part().is_typing()
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        let (part, stock) = self.part_mut();
        let turned = part.act(action, stock, back);
        self.turn(turned, back)
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let (part, stock) = self.part_mut();
        let turned = part.edit(edit, stock, back);
        self.turn(turned, back)
    }

    fn wheel(&mut self, cell: (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let (part, stock) = self.part_mut();
        part.wheel(cell, turn, stock, back);
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        if let Some(log) = &self.behind {
            log.draw(back, keymap, theme, frame);
        }
        self.part().draw(&self.stock, back, theme, frame);
    }
}
