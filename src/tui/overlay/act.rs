//! Acting on pull requests: a menu, then what the action needs to know, then a question. What is asked about is fixed
//! when the menu opens; an order is fixed when its question is asked.

mod menu;
mod pick;
mod question;
mod stock;
mod words;

use ratatui::Frame;

use self::{
    menu::{Choice, Menu},
    pick::Picker,
    question::Question,
    stock::Detail,
    words::Words,
};
pub use self::{question::Deed, stock::Stock};
use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::hub::ActKind,
    tui::{
        action::Action,
        keymap::{Hint, Key, Keymap},
        msg::{Edit, Msg, Turn},
        theme::Theme,
    },
};

/// The way from a menu to an action.
#[derive(Clone, Debug)]
pub struct Acting {
    stock: Stock,
    step: Step,
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
    /// Back to the menu.
    Menu,
    /// This one was chosen in the menu.
    Chosen(Choice),
    /// All is known for the question.
    Ready(ActKind, Detail),
    Reaction(Reaction),
}

impl Acting {
    pub fn new(stock: Stock) -> Self {
        Self { stock, step: Step::Menu(Menu::default()) }
    }

    /// Where it is, in a word, for tests.
    pub fn shown(&self) -> String {
        match &self.step {
            Step::Menu(menu) => format!("menu {}", menu.cursor()),
            Step::Pick(picker) => format!("pick {}", picker.shown()),
            Step::Words(words) => format!("words {}", words.text()),
            Step::Ask(question) => format!("ask {}", question.title()),
        }
    }

    /// Whether a no would keep something from being sent.
    pub fn asks(&self) -> bool {
        matches!(&self.step, Step::Ask(question) if !question.is_empty())
    }

    /// The editor has ended: what was written, or why nothing was.
    pub fn written(&mut self, written: Result<Option<String>, String>) {
        if let Step::Words(words) = &mut self.step {
            words.written(written);
        }
    }

    fn layer(&self) -> &dyn Part {
        match &self.step {
            Step::Menu(menu) => menu,
            Step::Pick(picker) => picker,
            Step::Words(words) => words,
            Step::Ask(question) => question,
        }
    }

    fn turn(&mut self, turned: Turned, back: Backdrop<'_>) -> Reaction {
        match turned {
            Turned::Stay => {}
            Turned::Close => return Reaction::Close,
            Turned::Menu => self.step = Step::Menu(Menu::default()),
            Turned::Reaction(reaction) => return reaction,
            Turned::Chosen(Choice::Checkout) => {
                self.step = Step::Ask(Question::checkout(&self.stock));
            }
            Turned::Chosen(Choice::Act(kind)) => match Picker::of(kind, &self.stock, back) {
                Some(picker) => self.step = Step::Pick(picker),
                None if words::are_wanted(kind) => {
                    self.step = Step::Words(Words::new(kind, self.stock.name()));
                }
                None => return self.turn(Turned::Ready(kind, Detail::of(kind, &self.stock, back)), back),
            },
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

    fn act(&mut self, action: Action, stock: &Stock, back: Backdrop<'_>) -> Turned;

    fn edit(&mut self, edit: &Edit, stock: &Stock, back: Backdrop<'_>) -> Turned;

    fn wheel(&mut self, cell: (u16, u16), turn: Turn, stock: &Stock, back: Backdrop<'_>);

    fn draw(&self, stock: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>);
}

impl Acting {
    fn part(&mut self) -> (&mut dyn Part, &Stock) {
        let part: &mut dyn Part = match &mut self.step {
            Step::Menu(menu) => menu,
            Step::Pick(picker) => picker,
            Step::Words(words) => words,
            Step::Ask(question) => question,
        };
        (part, &self.stock)
    }
}

impl Layer for Acting {
    fn keys(&self) -> Keys {
        &[]
    }

    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        self.layer().hints()
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        self.layer().translate(key, bound)
    }

    fn is_typing(&self) -> bool {
        self.layer().is_typing()
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        let (part, stock) = self.part();
        let turned = part.act(action, stock, back);
        self.turn(turned, back)
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let (part, stock) = self.part();
        let turned = part.edit(edit, stock, back);
        self.turn(turned, back)
    }

    fn wheel(&mut self, cell: (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let (part, stock) = self.part();
        part.wheel(cell, turn, stock, back);
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        self.layer().draw(&self.stock, back, theme, frame);
    }
}
