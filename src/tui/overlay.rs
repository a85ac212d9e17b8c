//! Layers over a screen, one open at a time. Each owns its state, its keys and its drawing, in a file of its own.

mod address;
mod confirm;
mod files;
mod help;
mod palette;

use ratatui::Frame;

pub use self::{address::ShownAddress, confirm::Confirm, files::FilesView, help::Help, palette::Palette};
use super::{
    action::Action,
    keymap::{Hint, Key, Keymap},
    msg::{Edit, Msg},
    theme::Theme,
};
use crate::domain::{
    board::Board,
    ids::{PrKey, RepoId},
};

#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys, the filter language and the signs.
    Help(Help),
    /// The changed files of a pull request.
    Files(FilesView),
    /// Commands and repositories, found by typing.
    Palette(Palette),
    /// A question before many insights are asked for.
    Confirm(Confirm),
    /// An address that no browser was started for.
    Address(ShownAddress),
}

/// The part of the model that overlays see.
#[derive(Clone, Copy, Debug)]
pub struct Backdrop<'m> {
    /// Repositories and pull requests.
    pub board: &'m Board,
    /// The repositories, by name.
    pub repositories: &'m [RepoId],
    /// What the database lacks, one line each.
    pub missing: &'m [String],
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// What becomes of an overlay after a key, and what `update` does then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    Stay,
    Close,
    /// It is closed, and a command runs.
    Run(Action),
    /// It is closed, and the list shows this repository alone.
    Narrow(RepoId),
    /// It is closed, and new insights are asked for; `marked` clears the marks.
    Ask {
        keys: Vec<PrKey>,
        /// The keys came from marks.
        marked: bool,
    },
}

/// Actions of an overlay, and in a word what they do; the footer leaves out those without one.
type Keys = &'static [(&'static [Action], &'static str)];

/// What an overlay does; [`Overlay`] hands everything on to the open one.
trait Layer {
    /// Its own keys. Others do nothing while it is open.
    fn keys(&self) -> Keys;

    /// What a key means here; `bound` is the action that the keymap has for it.
    fn translate(&self, _key: Key, bound: Option<Action>) -> Option<Msg> {
        // What lies on top is closed first.
        let action = if bound? == Action::Quit { Action::Back } else { bound? };
        let is_own = self.keys().iter().any(|(actions, _)| actions.contains(&action));
        (is_own || action == Action::Suspend).then_some(Msg::Action(action))
    }

    /// Its keys for the footer, most useful first.
    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        let named = self.keys().iter().filter(|(_, word)| !word.is_empty());
        named.map(|(actions, word)| keymap.hint(actions, word)).collect()
    }

    /// Whether text is typed here: then it may be pasted, too.
    fn is_typing(&self) -> bool {
        false
    }

    /// Takes a key that is bound to an action.
    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction;

    /// Takes a change of the text that is typed here.
    fn edit(&mut self, _edit: &Edit, _back: Backdrop<'_>) -> Reaction {
        Reaction::Stay
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>);
}

impl Overlay {
    fn layer(&self) -> &dyn Layer {
        match self {
            Self::Help(help) => help,
            Self::Files(files) => files,
            Self::Palette(palette) => palette,
            Self::Confirm(confirm) => confirm,
            Self::Address(address) => address,
        }
    }

    fn layer_mut(&mut self) -> &mut dyn Layer {
        match self {
            Self::Help(help) => help,
            Self::Files(files) => files,
            Self::Palette(palette) => palette,
            Self::Confirm(confirm) => confirm,
            Self::Address(address) => address,
        }
    }

    /// What a key means while it is open.
    pub fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        self.layer().translate(key, bound)
    }

    /// Its keys for the footer, most useful first.
    pub fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        self.layer().hints(keymap)
    }

    pub fn is_typing(&self) -> bool {
        self.layer().is_typing()
    }

    /// Takes a key that is bound to an action.
    pub fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        self.layer_mut().act(action, back)
    }

    /// Takes a change of the text that is typed in it.
    pub fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        self.layer_mut().edit(edit, back)
    }

    pub fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        self.layer().draw(back, keymap, theme, frame);
    }
}
